//! The rules: inputs and time in, effects and a snapshot out.

use std::sync::Arc;
use std::time::Duration;

use crate::{Call, Effect, Input, Now, Place, SavedState, Snapshot};

/// What a session begins with.
#[derive(Debug)]
pub struct Start {
    pub saved: SavedState,
    /// Calls that were going on when the last run ended, and the most recent finished ones, newest first.
    pub calls: Vec<Call>,
    /// The id that the next call gets.
    pub next_call_id: u64,
    pub demo: bool,
    pub place: Place,
    /// Seeds the jitter of polling.
    pub seed: u64,
    /// Polling never asks more often than this, per second.
    pub requests_per_second: f64,
    /// Whether an accesskey is at hand, so that a saved account can sign in by itself.
    pub accesskey_kept: bool,
}

/// The state of one agent at one desk, owned by one task.
#[derive(Debug)]
pub struct Session {
    snapshot: Arc<Snapshot>,
}

impl Session {
    pub fn new(start: Start, now: Now) -> (Self, Vec<Effect>) {
        let _ = (start, now);
        unimplemented!()
    }

    pub fn apply(&mut self, input: Input, now: Now) -> Vec<Effect> {
        let _ = (input, now);
        unimplemented!()
    }

    pub fn snapshot(&self) -> Arc<Snapshot> {
        Arc::clone(&self.snapshot)
    }

    /// When to come back with `Input::Tick`, on the monotonic clock.
    pub fn next_deadline(&self) -> Option<Duration> {
        None
    }
}
