//! The time zone of the platform's clock (N5, P13).

use std::fmt;

use jiff::{
    civil::DateTime,
    tz::{AmbiguousOffset, Offset, TimeZone, TimeZoneDatabase},
};
use ringside_domain::Timestamp;

/// The seconds of an offset such as `+05:30`.
fn seconds(offset: &str) -> Option<i32> {
    let (sign, rest) = offset.split_at_checked(1)?;
    let (hours, minutes) = rest.split_once(':')?;
    let two = |digits: &str| digits.parse::<i32>().ok().filter(|_| digits.len() == 2 && digits.bytes().all(|byte| byte.is_ascii_digit()));
    let (hours, minutes) = (two(hours).filter(|hours| *hours <= 14)?, two(minutes).filter(|minutes| *minutes <= 59)?);
    Some((hours * 3600 + minutes * 60) * if sign == "-" { -1 } else { 1 })
}

/// The time zone of the platform's clock: a fixed offset from UTC, or a named zone with daylight saving time (P13).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Zone(TimeZone);

impl Default for Zone {
    /// UTC+8 (N5).
    fn default() -> Self {
        Self(TimeZone::fixed(Offset::constant(8)))
    }
}

/// As [`Zone::parse`] reads it.
impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(name) = self.name() {
            return f.write_str(name);
        }
        let seconds = self.offset_at(Timestamp(0));
        let (sign, minutes) = (if seconds < 0 { '-' } else { '+' }, seconds.unsigned_abs() / 60);
        write!(f, "{sign}{:02}:{:02}", minutes / 60, minutes % 60)
    }
}

impl Zone {
    /// A fixed offset from UTC in seconds; None if it is impossible.
    pub fn fixed(seconds: i32) -> Option<Self> {
        Offset::from_seconds(seconds).ok().map(|offset| Self(TimeZone::fixed(offset)))
    }

    /// A zone by its name in the time-zone database, such as `America/Mexico_City`. The database is part of the program, so that the
    /// computer needs none.
    pub fn named(name: &str) -> Option<Self> {
        TimeZoneDatabase::bundled().get(name).ok().filter(|zone| !zone.is_unknown()).map(Self)
    }

    /// A zone as an administrator writes it: `+08:00`, `-03:30`, `Z`, or a zone's name.
    pub fn parse(text: &str) -> Option<Self> {
        match text.as_bytes().first() {
            Some(b'+' | b'-') => seconds(text).and_then(Self::fixed),
            Some(_) if text.eq_ignore_ascii_case("Z") => Self::fixed(0),
            _ => Self::named(text),
        }
    }

    /// The zone's name, unless it is a fixed offset.
    pub fn name(&self) -> Option<&str> {
        self.0.iana_name()
    }

    /// The offset from UTC at this moment, in seconds.
    pub fn offset_at(&self, at: Timestamp) -> i32 {
        self.0.to_offset(instant(at)).seconds()
    }

    /// The instant at which the clocks of the zone show this time. In the hour that occurs twice it is the one nearer to `near`, else the
    /// later one: a call that seems to ring in an hour is shown, one from an hour ago is not.
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

    /// The local time at this moment.
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
    fn fr4_a_zone_with_daylight_saving_time_is_read() {
        let zone = Zone::named("America/Mexico_City").unwrap();
        assert_eq!(zone.name(), Some("America/Mexico_City"));
        let utc = |text| parse(text, &Zone::fixed(0).unwrap());
        for (local, at) in [
            ("2022-01-14 14:00:00", "2022-01-14 20:00:00"),
            ("2022-07-14 14:00:00", "2022-07-14 19:00:00"),
            // Mexico has had no daylight saving time since the end of 2022.
            ("2026-07-14 14:00:00", "2026-07-14 20:00:00"),
            // A time's own offset has priority.
            ("2022-07-14T14:00:00+00:00", "2022-07-14 14:00:00"),
            // This hour was skipped.
            ("2022-04-03 02:30:00", "2022-04-03 08:30:00"),
        ] {
            assert_eq!(parse(local, &zone), utc(at), "{local}");
            assert!(parse(local, &zone).is_some());
        }
        // This hour occurred twice.
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
