//! Whether the time of day can be trusted.

use ringside_domain::{ClockReading, Now};

/// The wall clock and the monotonic clock may be apart by this many milliseconds more than before.
const STEP: i64 = 20_000;

/// Whether the time of day can be trusted: the platform's clock was read, and since then neither was ours set nor did the computer sleep.
pub(super) struct Trust {
    last: Now,
    /// The reading that does not count, since it is from before the clocks went apart.
    outdated: Option<ClockReading>,
    given: bool,
}

impl Trust {
    pub fn new(now: Now) -> Self {
        Self { last: now, outdated: None, given: false }
    }

    /// Returns the new state if it changed.
    pub fn check(&mut self, now: Now, reading: Option<ClockReading>) -> Option<bool> {
        let mono = i64::try_from(now.mono.saturating_sub(self.last.mono).as_millis()).unwrap_or(i64::MAX);
        let by = now.wall.0.saturating_sub(self.last.wall.0).saturating_sub(mono);
        self.last = now;
        if by.saturating_abs() > STEP {
            self.outdated = reading;
        }
        let trusted = reading.is_some() && reading != self.outdated;
        (trusted != self.given).then(|| {
            self.given = trusted;
            trusted
        })
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use ringside_domain::Timestamp;

    use super::*;

    #[test]
    fn the_clock_is_trusted_after_a_reading_of_the_platforms_clock_until_it_is_set() {
        let now = |wall: i64, mono| Now { wall: Timestamp(wall * 1000), mono: Duration::from_secs(mono) };
        let reading = |at: i64| Some(ClockReading { asked_at: Timestamp(at), stamped_at: Timestamp(at), answered_at: Timestamp(at) });
        let mut trust = Trust::new(now(1000, 1));
        assert_eq!(trust.check(now(1001, 2), None), None);
        assert_eq!(trust.check(now(1002, 3), reading(1)), Some(true));
        assert_eq!(trust.check(now(1060, 60), reading(1)), None);
        assert_eq!(trust.check(now(4660, 61), reading(1)), Some(false), "set by an hour, or slept");
        assert_eq!(trust.check(now(4661, 62), reading(1)), None);
        assert_eq!(trust.check(now(4662, 63), reading(2)), Some(true));
        assert_eq!(trust.check(now(1000, 64), reading(2)), Some(false));
    }
}
