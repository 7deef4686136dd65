//! Which events a desk has, and when it must ask for those that it missed.

use std::collections::BTreeSet;

use crate::words::{Batch, Position};

/// Numbers of events that are remembered while the desk asks; an event beyond them comes a second time.
const REMEMBERED: usize = 4096;

/// How far the desk has its events. An event that it hears live is taken at once, whether one before it is missing or not: a ring must not
/// wait.
#[derive(Clone, Debug)]
pub struct Track {
    position: Position,
    /// Events that were heard live while the desk had to ask.
    heard: BTreeSet<u64>,
    must_ask: bool,
}

impl Track {
    /// A new connection: events may have been missed.
    pub fn new(position: Position) -> Self {
        Self { position, heard: BTreeSet::new(), must_ask: true }
    }

    pub fn position(&self) -> Position {
        self.position
    }

    /// Whether events are missing, or may be.
    pub fn must_ask(&self) -> bool {
        self.must_ask
    }

    /// An event was heard live; `before`: the number of the desk's event before it. Whether the position has changed.
    pub fn heard(&mut self, seq: u64, before: u64) -> bool {
        // Without an epoch, a new desk's position says nothing.
        let is_next = self.position.epoch > 0 && before <= self.position.seq && seq > self.position.seq;
        if is_next {
            self.position.seq = seq;
        } else {
            // An event is missing; or a number that the desk has passed was given again, so that an epoch has ended.
            self.must_ask = true;
        }
        if self.must_ask {
            if self.heard.len() == REMEMBERED {
                self.heard.pop_first();
            }
            self.heard.insert(seq);
        }
        is_next
    }

    /// The leader said the number of the desk's last event.
    pub fn told(&mut self, last: Position) {
        self.must_ask |= last.epoch > self.position.epoch || last.seq > self.position.seq;
    }

    /// Nothing was heard for a while.
    pub fn check(&mut self) {
        self.must_ask = true;
    }

    /// An answer to `since` from the present position. Returns the numbers among its events that were heard live before.
    pub fn answered(&mut self, batch: &Batch) -> BTreeSet<u64> {
        // In another epoch an equal number may be another event's.
        let is_comparable = batch.through.epoch == self.position.epoch || self.position.epoch == 0;
        let known = if is_comparable { self.heard.clone() } else { BTreeSet::new() };
        self.position = Position { epoch: batch.through.epoch, seq: self.position_after(batch) };
        self.heard.retain(|seq| *seq > self.position.seq);
        self.must_ask = batch.more || !self.heard.is_empty();
        known
    }

    /// In the same epoch a position never goes back: an event may have been heard while the answer was under way.
    fn position_after(&self, batch: &Batch) -> u64 {
        if batch.through.epoch == self.position.epoch { self.position.seq.max(batch.through.seq) } else { batch.through.seq }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::StoredEvent;

    fn at(epoch: u64, seq: u64) -> Position {
        Position { epoch, seq }
    }

    fn batch(epoch: u64, numbers: &[u64], more: bool) -> Batch {
        let event = |seq: &u64| StoredEvent { seq: *seq, received: 0, body: String::new(), oversize: false };
        let through = at(epoch, numbers.last().copied().unwrap_or(0));
        Batch { through, events: numbers.iter().map(event).collect(), more, gap: false }
    }

    /// A track that has asked once.
    fn in_order(position: Position) -> Track {
        let mut track = Track::new(position);
        assert!(track.must_ask(), "a new connection");
        track.answered(&Batch { through: position, ..batch(0, &[], false) });
        assert!(!track.must_ask());
        track
    }

    #[test]
    fn events_in_order_move_the_position_and_nothing_is_asked() {
        let mut track = in_order(at(1, 10));
        assert!(track.heard(14, 10));
        assert!(track.heard(15, 14));
        // The event before was removed from the stream, or is not known to it.
        assert!(track.heard(20, 0));
        assert_eq!((track.position(), track.must_ask()), (at(1, 20), false));
    }

    #[test]
    fn g6_a_gap_is_seen_at_the_next_event_and_filled_without_taking_that_event_twice() {
        let mut track = in_order(at(1, 10));
        assert!(!track.heard(16, 14));
        assert_eq!((track.position(), track.must_ask()), (at(1, 10), true));
        let known = track.answered(&batch(1, &[12, 14, 16], false));
        assert_eq!(known.into_iter().collect::<Vec<_>>(), [16]);
        assert_eq!((track.position(), track.must_ask()), (at(1, 16), false));
        assert!(track.heard(17, 16));
    }

    #[test]
    fn an_event_that_was_heard_while_the_answer_was_under_way_does_not_make_the_position_go_back() {
        let mut track = in_order(at(1, 10));
        track.told(at(1, 14));
        assert!(track.heard(14, 10));
        assert!(track.heard(18, 14));
        track.answered(&batch(1, &[14], false));
        assert_eq!((track.position(), track.must_ask()), (at(1, 18), false));
    }

    #[test]
    fn a_new_desks_first_events_come_once_though_they_are_heard_before_the_first_answer() {
        let mut track = Track::new(Position::default());
        assert!(!track.heard(5, 0));
        assert!(!track.heard(7, 5));
        let known = track.answered(&batch(1, &[5, 7], false));
        assert_eq!(known.into_iter().collect::<Vec<_>>(), [5, 7]);
        assert_eq!((track.position(), track.must_ask()), (at(1, 7), false));
        assert!(track.heard(9, 7));
    }

    #[test]
    fn an_event_in_order_while_the_first_question_is_open_is_not_taken_again() {
        let mut track = Track::new(at(1, 10));
        assert!(track.heard(12, 10));
        assert!(track.answered(&batch(1, &[12], false)).contains(&12));
        assert_eq!((track.position(), track.must_ask()), (at(1, 12), false));
    }

    #[test]
    fn a_lost_last_event_is_missed_when_the_state_tells_its_number() {
        let mut track = in_order(at(1, 10));
        track.told(at(1, 10));
        assert!(!track.must_ask());
        track.told(at(1, 12));
        assert!(track.must_ask());
    }

    #[test]
    fn it_asks_on_while_there_are_more_or_one_is_still_missing() {
        let mut track = in_order(at(1, 10));
        assert!(!track.heard(300, 280));
        track.answered(&batch(1, &[12, 100], true));
        assert!(track.must_ask());
        // The server that answered did not have the newest yet.
        track.answered(&batch(1, &[200, 280], false));
        assert_eq!((track.position(), track.must_ask()), (at(1, 280), true));
        track.answered(&batch(1, &[300], false));
        assert!(!track.must_ask());
    }

    #[test]
    fn g3_numbers_that_are_given_again_are_taken_and_the_position_follows_the_new_epoch() {
        let mut track = in_order(at(1, 120));
        assert!(!track.heard(101, 99), "a number that was passed");
        assert!(track.must_ask());
        let known = track.answered(&batch(2, &[101, 102], false));
        assert!(known.is_empty(), "an equal number of another epoch is another event");
        assert_eq!((track.position(), track.must_ask()), (at(2, 102), false));
        track.told(at(3, 90));
        assert!(track.must_ask(), "a new epoch");
    }

    #[test]
    fn ten_thousand_events_ahead_take_a_limited_memory() {
        let mut track = in_order(at(1, 10));
        for seq in 0..10_000 {
            track.heard(100 + 2 * seq, 99 + 2 * seq);
        }
        assert_eq!(track.heard.len(), REMEMBERED);
    }
}
