//! Times: local at the platform (N5), epoch seconds or milliseconds, as number or text.

use jiff::{civil::DateTime, tz::Offset};
use ringside_domain::Timestamp;

/// Before 2000 or after 2100 a time is a mistake (L36).
const SENSIBLE: std::ops::Range<i64> = 946_684_800_000..4_102_444_800_000;

/// An instant from any of the platform's spellings; None for nothing, nonsense and the absurd.
pub(crate) fn parse(text: &str, offset: Offset) -> Option<Timestamp> {
    let text = text.trim();
    let millis = match text.parse::<i64>() {
        Ok(number) if number.abs() < 100_000_000_000 => number.checked_mul(1000)?,
        Ok(number) => number,
        Err(_) => local(text, offset)?,
    };
    SENSIBLE.contains(&millis).then_some(Timestamp(millis))
}

fn local(text: &str, offset: Offset) -> Option<i64> {
    let time: DateTime = text.replacen(' ', "T", 1).parse().ok()?;
    offset.to_timestamp(time).ok().map(|at| at.as_millisecond())
}

/// `yyyy-mm-dd hh:mm:ss` at the platform, as GetBill takes it.
pub(crate) fn format(at: Timestamp, offset: Offset) -> String {
    let time = jiff::Timestamp::from_millisecond(at.0).unwrap_or_default();
    offset.to_datetime(time).strftime("%Y-%m-%d %H:%M:%S").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    const AT: Timestamp = Timestamp(1_612_836_003_000);

    #[test]
    fn n5_local_times_are_utc_plus_eight() {
        let offset = Offset::constant(8);
        for spelling in ["2021-02-09 10:00:03", " 2021-02-09T10:00:03 ", "1612836003", "1612836003000"] {
            assert_eq!(parse(spelling, offset), Some(AT), "{spelling}");
        }
        assert_eq!(format(AT, offset), "2021-02-09 10:00:03");
        for nothing in ["", "0", "null", "1970-01-01 00:00:00", "2021-13-45 99:00:00", "9999999999999999", "-1", "1e309"] {
            assert_eq!(parse(nothing, offset), None, "{nothing}");
        }
    }
}
