//! Days by the platform's clock.

use std::time::Duration;

use ringside_domain::{Span, Timestamp};
use ringside_wire::Zone;

const DAY: i64 = 86_400_000;

/// Minutes that the platform's clock is ahead of UTC at this moment.
pub(super) fn utc_minutes(zone: &Zone, at: Timestamp) -> i32 {
    zone.offset_at(at) / 60
}

/// The day of this moment.
pub(super) fn day_of(zone: &Zone, at: Timestamp) -> Span {
    let ahead = i64::from(zone.offset_at(at)) * 1000;
    let since = at.0.saturating_add(ahead).div_euclid(DAY) * DAY - ahead;
    Span { since: Timestamp(since), until: Timestamp(since + DAY) }
}

pub(super) fn since_30_days(at: Timestamp) -> Timestamp {
    at.minus(Duration::from_secs(30 * 86_400))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn n5_a_day_begins_at_midnight_by_the_platforms_clock() {
        // 2023-11-14 22:13:20 UTC is 06:13:20 on the next day at UTC+8.
        let day = day_of(&Zone::default(), Timestamp(1_700_000_000_000));
        assert_eq!((day.since.0, day.until.0), (1_699_977_600_000, 1_700_064_000_000));
        assert_eq!(day_of(&Zone::default(), day.since), day);
        assert_eq!(day_of(&Zone::default(), Timestamp(day.until.0 - 1)), day);
    }
}
