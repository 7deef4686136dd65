//! What the caller is brought. The desk never waits for its caller: an event for which there is no room is left out, and is asked for once the
//! caller has taken what came before.

use std::collections::VecDeque;

use tokio::sync::mpsc;

use super::{Fed, FedEvent, track::Track};
use crate::words::{Batch, Enrolled, Position, StoredEvent};

pub struct Feed {
    track: Track,
    caller: mpsc::Sender<Fed>,
    /// One answer's events, and a new token, for which there was no room.
    waiting: VecDeque<Fed>,
    /// The position that the caller was brought.
    brought: Position,
}

impl Feed {
    pub fn new(position: Position, caller: mpsc::Sender<Fed>) -> Self {
        Self { track: Track::new(position), caller, waiting: VecDeque::new(), brought: position }
    }

    pub fn position(&self) -> Position {
        self.track.position()
    }

    /// Whether to ask for missing events. Not while the last answer's wait, or they would become more and more.
    pub fn must_ask(&self) -> bool {
        self.waiting.is_empty() && self.track.must_ask()
    }

    pub fn asked(&mut self) {
        self.track.asked();
    }

    pub fn connected(&mut self) {
        self.track = Track::new(self.track.position());
    }

    /// The leader said the number of the desk's last event.
    pub fn last_is(&mut self, last: Position) {
        self.track.last_is(last);
    }

    pub fn check(&mut self) {
        self.track.check();
    }

    /// An event was heard live; `before`: the number of the desk's event before it.
    pub fn heard(&mut self, event: FedEvent, before: u64) {
        match self.caller.try_reserve() {
            Ok(room) => {
                self.track.heard(event.seq, before);
                room.send(Fed::Event(event));
            }
            Err(_) => self.track.missed(event.seq),
        }
        self.bring();
    }

    /// An answer came. Whether events are missing all the same although the stream has no more.
    pub fn answered(&mut self, batch: Batch, fed: impl Fn(StoredEvent) -> FedEvent) -> bool {
        let Batch { gap, more, .. } = batch;
        let events = self.track.answered(batch);
        self.waiting.extend(gap.then_some(Fed::Gap));
        self.waiting.extend(events.into_iter().map(|event| Fed::Event(fed(event))));
        self.bring();
        self.track.must_ask() && !more
    }

    pub fn enrolled(&mut self, enrolled: Enrolled) {
        self.waiting.push_back(Fed::Enrolled(enrolled));
        self.bring();
    }

    /// Brings what waits, as far as there is room; then the position, since all events up to it are before it now.
    pub fn bring(&mut self) {
        while self.is_behind()
            && let Ok(room) = self.caller.try_reserve()
        {
            room.send(self.waiting.pop_front().unwrap_or_else(|| {
                self.brought = self.track.position();
                Fed::Position(self.brought)
            }));
        }
    }

    /// Whether there is something to bring for which there was no room.
    pub fn is_behind(&self) -> bool {
        !self.waiting.is_empty() || self.brought != self.track.position()
    }

    /// Waits until the caller has room.
    pub async fn room(&self) {
        drop(self.caller.reserve().await);
    }

    /// Waits until the caller has gone.
    pub async fn closed(&self) {
        self.caller.closed().await;
    }
}

#[cfg(test)]
mod tests;
