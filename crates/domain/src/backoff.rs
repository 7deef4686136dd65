//! Growing pauses between attempts.

use std::time::Duration;

/// The pauses double with each failure in a row, from `first` to `longest`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backoff {
    first: Duration,
    longest: Duration,
    failures: u32,
}

impl Backoff {
    pub const fn new(first: Duration, longest: Duration) -> Self {
        Self { first, longest, failures: 0 }
    }

    /// The same pauses after this number of failures in a row; for a caller that stores the number itself.
    pub const fn after(self, failures: u32) -> Self {
        Self { failures, ..self }
    }

    /// The pause after one more failure. `unit`, from 0 to 1, spreads the pause over its upper half, so that many desks do not ask at the
    /// same moment. A pause that the platform asked for (Retry-After) is a lower bound; `unit` only lengthens it.
    pub fn failed(&mut self, asked_for: Option<Duration>, unit: f64) -> Duration {
        let grown = self.first.saturating_mul(1 << self.failures.min(20)).min(self.longest);
        self.failures = self.failures.saturating_add(1);
        let unit = unit.clamp(0.0, 1.0);
        let pause = grown.mul_f64(0.5 + 0.5 * unit);
        match asked_for {
            Some(asked_for) => pause.max(asked_for.mul_f64(1.0 + 0.1 * unit)),
            None => pause,
        }
    }

    /// A success: the next failure begins with the shortest pause.
    pub fn succeeded(&mut self) {
        self.failures = 0;
    }

    /// Number of failures in a row.
    pub fn failures(&self) -> u32 {
        self.failures
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn pauses_double_up_to_the_longest_and_start_again_after_a_success() {
        let mut backoff = Backoff::new(SECOND, 60 * SECOND);
        let pauses: Vec<u64> = (0..9).map(|_| backoff.failed(None, 1.0).as_secs()).collect();
        assert_eq!(pauses, [1, 2, 4, 8, 16, 32, 60, 60, 60]);
        for _ in 0..10_000 {
            assert!(backoff.failed(None, 1.0) <= 60 * SECOND);
        }
        backoff.succeeded();
        assert_eq!(backoff.failed(None, 1.0), SECOND);
    }

    #[test]
    fn a_pause_is_never_shorter_than_retry_after() {
        let mut backoff = Backoff::new(SECOND, 10 * SECOND);
        for unit in [0.0, 0.3, 1.0, f64::INFINITY, -1.0] {
            assert!(backoff.failed(Some(60 * SECOND), unit) >= 60 * SECOND);
        }
    }

    #[test]
    fn the_unit_spreads_a_pause_over_its_upper_half() {
        let pause = |unit| Backoff::new(10 * SECOND, 60 * SECOND).failed(None, unit);
        assert_eq!((pause(0.0), pause(1.0)), (5 * SECOND, 10 * SECOND));
    }
}
