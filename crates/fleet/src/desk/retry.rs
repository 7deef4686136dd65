//! When a desk connects again, and when it asks whether it was revoked.

use std::time::Duration;

/// After so many refusals in a row the desk asks whether it was revoked, or gets a new token.
const REFUSALS: u32 = 2;

#[derive(Debug, Default)]
pub struct Retry {
    failures: u32,
    refusals: u32,
}

impl Retry {
    pub fn connected(&mut self) {
        *self = Self::default();
    }

    /// The connection failed, or was lost. Returns the pause before the next try. `spread` is a random number from 0 to 1: after a
    /// restart of the server not all desks may come at the same moment.
    pub fn failed(&mut self, spread: f64) -> Duration {
        self.refusals = 0;
        self.pause(spread)
    }

    /// The server does not accept the token. Returns the pause, and whether to ask the gateway about it now.
    pub fn refused(&mut self, spread: f64) -> (Duration, bool) {
        self.refusals += 1;
        (self.pause(spread), self.refusals.is_multiple_of(REFUSALS))
    }

    /// Doubles from half a second to eight seconds, and is spread over its last three quarters.
    fn pause(&mut self, spread: f64) -> Duration {
        let longest = Duration::from_millis(500) * 2_u32.pow(self.failures.min(4));
        self.failures = self.failures.saturating_add(1);
        longest.mul_f64(0.25 + 0.75 * spread.clamp(0.0, 1.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn g10_pauses_grow_to_eight_seconds_and_are_spread() {
        let mut retry = Retry::default();
        let pauses: Vec<u128> = (0..7).map(|_| retry.failed(1.0).as_millis()).collect();
        assert_eq!(pauses, [500, 1000, 2000, 4000, 8000, 8000, 8000]);
        assert_eq!(retry.failed(0.0), Duration::from_secs(2));
        retry.connected();
        assert_eq!(retry.failed(0.0), Duration::from_millis(125));
    }

    #[test]
    fn the_gateway_is_asked_at_every_second_refusal_in_a_row() {
        let mut retry = Retry::default();
        assert!(!retry.refused(0.5).1);
        assert!(retry.refused(0.5).1);
        assert!(!retry.refused(0.5).1);
        retry.failed(0.5);
        assert!(!retry.refused(0.5).1, "not in a row");
        assert!(retry.refused(0.5).1);
    }
}
