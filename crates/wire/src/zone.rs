//! Where the platform's clock is (N5, P13).

use jiff::{
    civil::DateTime,
    tz::{AmbiguousOffset, Offset, TimeZone, TimeZoneDatabase},
};
use ringside_domain::Timestamp;

/// Where the platform's clock is: an offset from UTC, or a place with its changes of clocks (P13).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Zone(TimeZone);

impl Default for Zone {
    /// UTC+8 (N5).
    fn default() -> Self {
        Self(TimeZone::fixed(Offset::constant(8)))
    }
}

impl Zone {
    /// So many seconds from UTC, the whole year; None where no clock is so far from it.
    pub fn fixed(seconds: i32) -> Option<Self> {
        Offset::from_seconds(seconds).ok().map(|offset| Self(TimeZone::fixed(offset)))
    }

    /// A zone by its name in the time-zone database, such as `America/Mexico_City`. The database is the program's own, so that a computer
    /// without one reads the same times.
    pub fn named(name: &str) -> Option<Self> {
        TimeZoneDatabase::bundled().get(name).ok().filter(|zone| !zone.is_unknown()).map(Self)
    }

    /// The name, where it is a place.
    pub fn name(&self) -> Option<&str> {
        self.0.iana_name()
    }

    /// Seconds from UTC at this moment.
    pub fn offset_at(&self, at: Timestamp) -> i32 {
        self.0.to_offset(instant(at)).seconds()
    }

    /// When the clocks there show this. In the hour that comes twice: the one that is nearer to `near`, else the later one, since a call
    /// that seems to ring an hour from now is shown and one from an hour ago is not.
    pub(crate) fn when(&self, time: DateTime, near: Option<Timestamp>) -> Option<i64> {
        let millis = |offset: Offset| offset.to_timestamp(time).ok().map(jiff::Timestamp::as_millisecond);
        match self.0.to_ambiguous_timestamp(time).offset() {
            AmbiguousOffset::Unambiguous { offset } | AmbiguousOffset::Gap { before: offset, .. } => millis(offset),
            AmbiguousOffset::Fold { before, after } => {
                let (earlier, later) = (millis(before)?, millis(after)?);
                let is_earlier = near.is_some_and(|near| near.0.abs_diff(earlier) < near.0.abs_diff(later));
                Some(if is_earlier { earlier } else { later })
            }
        }
    }

    /// What the clocks there show at this moment.
    pub(crate) fn clock_at(&self, at: Timestamp) -> DateTime {
        self.0.to_datetime(instant(at))
    }
}

fn instant(at: Timestamp) -> jiff::Timestamp {
    jiff::Timestamp::from_millisecond(at.0).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::moment::{Moment, format, parse, read};

    #[test]
    fn fr4_a_place_with_changes_of_clocks() {
        let zone = Zone::named("America/Mexico_City").unwrap();
        assert_eq!(zone.name(), Some("America/Mexico_City"));
        let utc = |text| parse(text, &Zone::fixed(0).unwrap());
        for (local, at) in [
            ("2022-01-14 14:00:00", "2022-01-14 20:00:00"),
            ("2022-07-14 14:00:00", "2022-07-14 19:00:00"),
            // No more changes since the end of 2022.
            ("2026-07-14 14:00:00", "2026-07-14 20:00:00"),
            // An offset of its own wins.
            ("2022-07-14T14:00:00+00:00", "2022-07-14 14:00:00"),
            // This hour was left out.
            ("2022-04-03 02:30:00", "2022-04-03 08:30:00"),
        ] {
            assert_eq!(parse(local, &zone), utc(at), "{local}");
            assert!(parse(local, &zone).is_some());
        }
        // This hour came twice.
        let (first, second) = (utc("2022-10-30 06:30:00").unwrap(), utc("2022-10-30 07:30:00").unwrap());
        assert_eq!(read("2022-10-30 01:30:00", &zone, None), Moment::At(second));
        assert_eq!(read("2022-10-30 01:30:00", &zone, Some(first.plus(Duration::from_secs(900)))), Moment::At(first));
        assert_eq!(read("2022-10-30 01:30:00", &zone, Some(second)), Moment::At(second));
        for at in [first, second] {
            assert_eq!(format(at, &zone), "2022-10-30 01:30:00");
        }
        assert_eq!((zone.offset_at(first), zone.offset_at(second)), (-5 * 3600, -6 * 3600));
        assert_eq!(Zone::named("Mars/Olympus_Mons"), None);
        assert_eq!(Zone::named("../etc/passwd"), None);
    }
}
