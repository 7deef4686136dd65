//! Days by the platform's clock.

use std::time::Duration;

use ringside_domain::{Span, Timestamp};
use ringside_wire::Zone;

use crate::Handle;

/// The time zone of the platform's clock. A gateway says its own, perhaps later than the desk's start.
#[derive(Clone)]
pub(super) struct PlatformZone {
    pub session: Handle,
    pub configured: Zone,
}

impl PlatformZone {
    pub fn now(&self) -> Zone {
        self.session.platform_zone().unwrap_or_else(|| self.configured.clone())
    }
}

const DAY: i64 = 86_400_000;

/// Minutes that the platform's clock is ahead of UTC at this moment.
pub(super) fn utc_minutes(zone: &Zone, at: Timestamp) -> i32 {
    zone.offset_at(at) / 60
}

fn ahead(zone: &Zone, at: Timestamp) -> i64 {
    i64::from(zone.offset_at(at)) * 1000
}

/// The day of this moment, from midnight to midnight: it has another length than 24 hours when daylight saving begins or ends.
pub(super) fn day_of(zone: &Zone, at: Timestamp) -> Span {
    let now_ahead = ahead(zone, at);
    let day = at.0.saturating_add(now_ahead).div_euclid(DAY);
    let midnight = |day: i64| Timestamp(day * DAY - ahead(zone, Timestamp(day * DAY - now_ahead)));
    Span { since: midnight(day), until: midnight(day + 1) }
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

    #[test]
    fn n5_the_day_on_which_daylight_saving_changes_ends_at_the_next_midnight() {
        let zone = Zone::named("Europe/Berlin").unwrap();
        // 2024-03-31 has 23 hours, and 2024-10-27 has 25.
        for (since, hours) in [(1_711_839_600_000, 23), (1_729_980_000_000, 25)] {
            let until = since + hours * 3_600_000;
            for at in [since, since + 4 * 3_600_000, until - 1] {
                let day = day_of(&zone, Timestamp(at));
                assert_eq!((day.since.0, day.until.0), (since, until), "{hours} hours, at {at}");
            }
            assert_eq!(day_of(&zone, Timestamp(until)).since.0, until);
        }
    }
}
