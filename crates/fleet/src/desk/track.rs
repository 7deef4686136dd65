//! Which events a desk has, and when it must ask for those that it missed.

use std::collections::BTreeSet;

use crate::words::{Batch, Position, StoredEvent};

/// Numbers of events beyond the position that are remembered; an event beyond them comes a second time.
const REMEMBERED: usize = 4096;

/// How far a desk has its events. Each event of the desk up to the position was brought, or was reported as gone; the position moves over such
/// numbers only. An event that is heard live moves it if the event before it is not beyond the position. Every other number that the desk
/// learns, and everything that may have hidden a number, makes it ask from the position. An event that is heard live is brought at once,
/// whether one before it is missing or not: a ring must not wait.
#[derive(Clone, Debug)]
pub struct Track {
    position: Position,
    /// The highest number that the desk has learned in this connection and epoch, of an event that was brought or not.
    last: u64,
    /// Events beyond the position that were brought.
    brought: BTreeSet<u64>,
    /// Events may be missing whose numbers are not known.
    unsure: bool,
}

impl Track {
    /// A new connection: events may have been missed.
    pub fn new(position: Position) -> Self {
        Self { position, last: 0, brought: BTreeSet::new(), unsure: true }
    }

    pub fn position(&self) -> Position {
        self.position
    }

    /// Whether events are missing, or may be.
    pub fn must_ask(&self) -> bool {
        self.unsure || self.last > self.position.seq
    }

    /// An event was heard live and is brought; `before`: the number of the desk's event before it.
    pub fn heard(&mut self, seq: u64, before: u64) {
        let at = self.position.seq;
        // Without an epoch, a new desk's position says nothing. 0 means that the stream does not have the event before, or none was ever
        // there.
        let is_next = self.position.epoch > 0 && seq > at && before <= at && (before > 0 || at == 0);
        if is_next {
            self.position.seq = seq;
            self.brought.remove(&seq);
        } else {
            if self.brought.len() == REMEMBERED {
                self.brought.pop_first();
            }
            self.brought.insert(seq);
        }
        self.learned(seq, at);
    }

    /// An event was heard live and could not be brought.
    pub fn missed(&mut self, seq: u64) {
        self.learned(seq, self.position.seq);
    }

    fn learned(&mut self, seq: u64, at: u64) {
        self.last = self.last.max(seq);
        // A number that the desk had passed was given again: an epoch has ended.
        self.unsure |= seq <= at;
    }

    /// The leader said the number of the desk's last event.
    pub fn last_is(&mut self, last: Position) {
        self.unsure |= last.epoch > self.position.epoch;
        if last.epoch == self.position.epoch {
            self.last = self.last.max(last.seq);
        }
    }

    /// Something may have been missed; or a question was not answered.
    pub fn check(&mut self) {
        self.unsure = true;
    }

    /// A question is asked from the present position. What may be missed from now on, its answer does not tell.
    pub fn asked(&mut self) {
        self.unsure = false;
    }

    /// An answer to the question: returns those of its events that are to be brought.
    pub fn answered(&mut self, batch: Batch) -> Vec<StoredEvent> {
        let Batch { through, mut events, more, .. } = batch;
        if through.epoch != self.position.epoch && self.position.epoch > 0 {
            // In another epoch an equal number may be another event's.
            self.position.seq = 0;
            self.brought.clear();
            (self.last, self.unsure) = (0, true);
        }
        // Others of them were heard while the answer was under way, so that the position may be beyond it.
        events.retain(|event| event.seq > self.position.seq && !self.brought.contains(&event.seq));
        self.position = Position { epoch: through.epoch, seq: self.position.seq.max(through.seq) };
        self.brought.retain(|seq| *seq > self.position.seq);
        self.unsure |= more;
        events
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(epoch: u64, seq: u64) -> Position {
        Position { epoch, seq }
    }

    fn batch(epoch: u64, numbers: &[u64], more: bool) -> Batch {
        let event = |seq: &u64| StoredEvent { seq: *seq, ..StoredEvent::default() };
        let through = at(epoch, numbers.last().copied().unwrap_or(0));
        Batch { through, events: numbers.iter().map(event).collect(), more, gap: false }
    }

    /// Asks, and takes this answer; the numbers that are brought.
    fn ask(track: &mut Track, batch: Batch) -> Vec<u64> {
        assert!(track.must_ask());
        track.asked();
        answer(track, batch)
    }

    fn answer(track: &mut Track, batch: Batch) -> Vec<u64> {
        track.answered(batch).into_iter().map(|event| event.seq).collect()
    }

    fn state(track: &Track) -> (Position, bool) {
        (track.position(), track.must_ask())
    }

    /// A track that has asked once.
    fn in_order(position: Position) -> Track {
        let mut track = Track::new(position);
        ask(&mut track, Batch { through: position, ..batch(0, &[], false) });
        assert_eq!(state(&track), (position, false));
        track
    }

    #[test]
    fn events_in_order_move_the_position_and_nothing_is_asked() {
        let mut track = in_order(at(1, 10));
        track.heard(14, 10);
        track.heard(15, 14);
        // The position is that of the epoch's beginning, beyond the desk's last event.
        let mut moved = in_order(at(2, 20));
        moved.heard(24, 9);
        assert_eq!([state(&track), state(&moved)], [(at(1, 15), false), (at(2, 24), false)]);
    }

    #[test]
    fn an_event_before_which_the_stream_has_none_is_brought_and_the_desk_asks() {
        let mut track = in_order(at(1, 10));
        track.heard(20, 0);
        assert_eq!(state(&track), (at(1, 10), true));
        assert_eq!(ask(&mut track, batch(1, &[18, 20], false)), [18]);
        assert_eq!(state(&track), (at(1, 20), false));
        let mut first = in_order(at(1, 0));
        first.heard(5, 0);
        assert_eq!(state(&first), (at(1, 5), false), "a desk's first event");
    }

    #[test]
    fn g6_a_gap_is_seen_at_the_next_event_and_filled_without_bringing_that_event_twice() {
        let mut track = in_order(at(1, 10));
        track.heard(16, 14);
        assert_eq!(state(&track), (at(1, 10), true));
        assert_eq!(ask(&mut track, batch(1, &[12, 14, 16], false)), [12, 14]);
        assert_eq!(state(&track), (at(1, 16), false));
        track.heard(17, 16);
        assert_eq!(state(&track), (at(1, 17), false));
    }

    #[test]
    fn g15_an_event_that_could_not_be_brought_is_asked_for_though_later_ones_are_in_order() {
        let mut track = in_order(at(1, 10));
        track.missed(12);
        track.heard(14, 12);
        assert_eq!(state(&track), (at(1, 10), true));
        assert_eq!(ask(&mut track, batch(1, &[12, 14], false)), [12]);
        assert_eq!(state(&track), (at(1, 14), false));
    }

    #[test]
    fn what_is_missed_while_an_answer_is_under_way_is_asked_for_after_it() {
        let ways: [fn(&mut Track); 4] =
            [|track| track.missed(14), |track| track.last_is(at(1, 14)), Track::check, |track| track.heard(14, 13)];
        for learn in ways {
            let mut track = Track::new(at(1, 10));
            track.asked();
            learn(&mut track);
            assert_eq!(answer(&mut track, batch(1, &[12], false)), [12]);
            assert_eq!(state(&track), (at(1, 12), true));
        }
    }

    #[test]
    fn an_event_that_was_heard_while_the_answer_was_under_way_does_not_make_the_position_go_back() {
        let mut track = in_order(at(1, 10));
        track.last_is(at(1, 14));
        track.asked();
        track.heard(14, 10);
        track.heard(18, 14);
        assert!(answer(&mut track, batch(1, &[14], false)).is_empty());
        assert_eq!(state(&track), (at(1, 18), false));
    }

    #[test]
    fn a_new_desks_first_events_come_once_though_they_are_heard_before_the_first_answer() {
        let mut track = Track::new(Position::default());
        track.heard(5, 0);
        track.heard(7, 5);
        assert!(ask(&mut track, batch(1, &[5, 7], false)).is_empty());
        assert_eq!(state(&track), (at(1, 7), false));
        track.heard(9, 7);
        assert_eq!(state(&track), (at(1, 9), false));
    }

    #[test]
    fn a_lost_last_event_is_missed_when_the_state_tells_its_number() {
        let mut track = in_order(at(1, 10));
        track.last_is(at(1, 10));
        assert!(!track.must_ask());
        track.last_is(at(1, 12));
        assert!(track.must_ask());
    }

    #[test]
    fn it_asks_on_while_there_are_more_or_one_is_still_missing() {
        let mut track = in_order(at(1, 10));
        track.heard(300, 280);
        ask(&mut track, batch(1, &[12, 100], true));
        // The server that answered did not have the newest yet.
        ask(&mut track, batch(1, &[200, 280], false));
        assert_eq!(state(&track), (at(1, 280), true));
        assert!(ask(&mut track, batch(1, &[300], false)).is_empty());
        assert!(!track.must_ask());
    }

    #[test]
    fn g3_numbers_that_are_given_again_are_brought_and_the_position_follows_the_new_epoch() {
        let mut track = in_order(at(1, 120));
        track.heard(101, 99);
        assert_eq!(state(&track), (at(1, 120), true), "a number that was passed");
        assert_eq!(ask(&mut track, batch(2, &[101, 102], false)), [101, 102], "an equal number of another epoch is another event");
        assert_eq!(track.position(), at(2, 102));
        assert!(ask(&mut track, Batch { through: at(2, 102), ..batch(2, &[], false) }).is_empty(), "once more, since all numbers are new");
        assert!(!track.must_ask());
        track.last_is(at(3, 90));
        assert!(track.must_ask(), "a new epoch");
    }

    #[test]
    fn ten_thousand_events_ahead_take_a_limited_memory() {
        let mut track = in_order(at(1, 10));
        for seq in 0..10_000 {
            track.heard(100 + 2 * seq, 99 + 2 * seq);
        }
        assert_eq!(track.brought.len(), REMEMBERED);
    }
}
