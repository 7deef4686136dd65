//! A pause after failures, of one kind of request or of the whole connection.

use std::time::Duration;

use super::Failure;
use crate::Backoff;

#[derive(Debug)]
pub(super) struct Pause {
    pub pauses: (Duration, Duration),
    pub backoff: Backoff,
    pub until: Duration,
    /// The end of the pause that the platform asked for (Retry-After); a person cannot end it.
    pub asked_for: Duration,
    pub failed_at: Duration,
    /// This pause was ended when the connection worked again. A failure after that is the kind's own, so its pause stays.
    pub forgiven: bool,
}

impl Pause {
    pub fn new(pauses: (Duration, Duration)) -> Self {
        let never = Duration::ZERO;
        Self { pauses, backoff: Backoff::new(pauses.0, pauses.1), until: never, asked_for: never, failed_at: never, forgiven: false }
    }

    pub fn fail(&mut self, failure: &Failure, now: Duration) {
        // Requests that were under way at the earlier failure fail for the same reason and count as one.
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
