//! When a desk connects again, and when it asks whether it was revoked.

use std::time::Duration;

/// After so many refusals the desk asks whether it was revoked, or gets a new token.
const REFUSALS: u32 = 2;

/// The pause before this try to connect again, the first being 1: doubles from half a second to eight seconds. `spread` is a random number
/// from 0 to 1: after a restart of the server not all desks may come at the same moment.
pub fn pause(attempt: u32, spread: f64) -> Duration {
    let longest = Duration::from_millis(500) * 2_u32.pow(attempt.saturating_sub(1).min(4));
    longest.mul_f64(0.25 + 0.75 * spread.clamp(0.0, 1.0))
}

/// Refusals of the token since the last connection. A try that ended otherwise says nothing of the token: the server closes the connection
/// after its refusal, and the end can be heard before the refusal.
#[derive(Debug, Default)]
pub struct Refusals(u32);

impl Refusals {
    /// The server refused the token. Whether to ask the gateway about it now.
    pub fn refused(&mut self) -> bool {
        self.0 += 1;
        self.0.is_multiple_of(REFUSALS)
    }

    pub fn connected(&mut self) {
        self.0 = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn g10_pauses_grow_to_eight_seconds_and_are_spread() {
        let pauses: Vec<u128> = (1..8).map(|attempt| pause(attempt, 1.0).as_millis()).collect();
        assert_eq!(pauses, [500, 1000, 2000, 4000, 8000, 8000, 8000]);
        assert_eq!([pause(7, 0.0), pause(1, 0.0), pause(u32::MAX, 9.0)].map(|pause| pause.as_millis()), [2000, 125, 8000]);
    }

    #[test]
    fn the_gateway_is_asked_at_every_second_refusal_since_the_last_connection() {
        let mut refusals = Refusals::default();
        assert_eq!([(); 4].map(|()| refusals.refused()), [false, true, false, true]);
        refusals.refused();
        refusals.connected();
        assert_eq!([(); 2].map(|()| refusals.refused()), [false, true]);
    }
}
