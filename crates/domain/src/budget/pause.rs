//! A pause after failures: of one kind of question, or of the way.

use std::time::Duration;

use super::Failure;
use crate::Backoff;

#[derive(Debug)]
pub(super) struct Pause {
    pub pauses: (Duration, Duration),
    pub backoff: Backoff,
    pub until: Duration,
    /// The platform asked for this one; no person's impatience ends it.
    pub asked_for: Duration,
    pub failed_at: Duration,
    /// It was ended once, when the way was open again. What fails after that fails by itself, and waits as it should.
    pub forgiven: bool,
}

impl Pause {
    pub fn new(pauses: (Duration, Duration)) -> Self {
        let never = Duration::ZERO;
        Self { pauses, backoff: Backoff::new(pauses.0, pauses.1), until: never, asked_for: never, failed_at: never, forgiven: false }
    }

    pub fn fail(&mut self, failure: &Failure, now: Duration) {
        // What was under way when it failed before fails for the same reason: that is one failure.
        if failure.asked_at >= self.failed_at {
            self.until = self.until.max(now + self.backoff.failed(None, failure.unit));
            self.failed_at = now;
        }
        if let Some(pause) = failure.retry_after {
            self.asked_for = self.asked_for.max(now + pause.mul_f64(1.0 + 0.1 * failure.unit.clamp(0.0, 1.0)));
        }
    }

    pub fn end(&self) -> Duration {
        self.until.max(self.asked_for)
    }
}
