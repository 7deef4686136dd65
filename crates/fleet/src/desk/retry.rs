//! When a desk connects again, and when it asks whether it was revoked.

use std::time::Duration;

/// After so many refusals the desk asks whether it was revoked, or gets a new token.
const REFUSALS: u32 = 2;

/// The first pause, at most.
const FIRST: Duration = Duration::from_millis(500);

/// The pauses double up to this, or to twice the time that the gateway says.
const LONGEST: Duration = Duration::from_secs(8);

/// The pause before this try to connect again, the first being 1. After the first one, desks are spread over `spread` at least: if that failed, it
/// is the server that was away, and all desks come; see [`crate::words::State::reconnect_ms`]. `chance`: a random number from 0 to 1.
pub fn pause(attempt: u32, spread: Duration, chance: f64) -> Duration {
    let doubled = |first: Duration, times: u32| first * 2_u32.pow(times.min(4));
    let longest = match attempt {
        0 | 1 => FIRST,
        _ => doubled(FIRST, attempt - 1).max(doubled(spread, attempt - 2)).min(LONGEST.max(2 * spread)),
    };
    longest.mul_f64(0.25 + 0.75 * chance.clamp(0.0, 1.0))
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
    fn g10_pauses_grow_with_the_tries_and_with_the_company_and_are_spread() {
        let pauses = |spread: u64, chance| {
            [1, 2, 3, 4, 5, 6, u32::MAX].map(|attempt| pause(attempt, Duration::from_millis(spread), chance).as_millis())
        };
        assert_eq!(pauses(0, 1.0), [500, 1000, 2000, 4000, 8000, 8000, 8000]);
        assert_eq!(pauses(500, 0.0), [125, 250, 500, 1000, 2000, 2000, 2000]);
        assert_eq!(pauses(3000, 1.0), [500, 3000, 6000, 8000, 8000, 8000, 8000]);
        assert_eq!(pauses(10_000, 9.0), [500, 10_000, 20_000, 20_000, 20_000, 20_000, 20_000]);
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
