//! Times: the platform's local time (N5), a time with its own offset, or the time since 1970 in any unit, as number or text.

use std::time::Duration;

use jiff::{
    civil::{Date, Time},
    tz::Offset,
};
use ringside_domain::Timestamp;

use crate::{Zone, loose::Text};

/// A time before 2000 or after 2100 is a mistake (L36).
const SENSIBLE: std::ops::Range<i64> = 946_684_800_000..4_102_444_800_000;
const DAY: i64 = 86_400_000;

/// The result of reading a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Moment {
    /// No value, in any spelling; zero dates count as well.
    Nothing,
    At(Timestamp),
    /// A text that is not a readable time.
    Unreadable,
}

impl Moment {
    pub fn at(self) -> Option<Timestamp> {
        match self {
            Self::At(at) => Some(at),
            Self::Nothing | Self::Unreadable => None,
        }
    }
}

/// Reads a time in any of the platform's spellings; None for no value, and for unreadable and impossible times.
pub fn parse(text: &str, zone: &Zone) -> Option<Timestamp> {
    read(text, zone, None).at()
}

/// Reads a time. `near` is an approximate time from another source; it decides in the hour that occurs twice.
pub(crate) fn read(text: &str, zone: &Zone, near: Option<Timestamp>) -> Moment {
    let text: String = Text::new(text).said().chars().filter(|c| !is_invisible(*c)).map(narrow).collect();
    let text = text.trim();
    if is_nothing(text) {
        return Moment::Nothing;
    }
    let millis = match number(text) {
        Some(millis) => Some(millis),
        None => civil(text, zone, near).or_else(|| mail(text)),
    };
    match millis {
        // A date in 1970 is a zero that was written as a date.
        Some(millis) if millis.abs() <= DAY => Moment::Nothing,
        Some(millis) if SENSIBLE.contains(&millis) => Moment::At(Timestamp(millis)),
        _ => Moment::Unreadable,
    }
}

/// Replaces full-width digits and signs by plain ones.
fn narrow(c: char) -> char {
    match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(c as u32 - 0xfee0).unwrap_or(c),
        '\u{3000}' => ' ',
        other => other,
    }
}

fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200d}' | '\u{2060}')
}

/// Whether the text is a zero date, with any zone, or a number that is no time.
fn is_nothing(text: &str) -> bool {
    // The dates at which databases begin to count.
    let zeros = ["0000", "0001-01-01", "-0001", "1900-01-01 00:00:00", "1899-12-30 00:00:00"];
    let is_zero =
        zeros.into_iter().any(|zero| text.starts_with(zero)) || text.chars().all(|c| matches!(c, '0' | ':' | '-' | '/' | ' ' | '.'));
    text.is_empty() || is_zero || text.starts_with('-') && text[1..].parse::<f64>().is_ok()
}

/// Seconds, milliseconds, microseconds or nanoseconds since 1970, distinguished by their size; also in the form of .NET.
fn number(text: &str) -> Option<i64> {
    let text = text.strip_prefix("/Date(").and_then(|text| text.strip_suffix(")/")).unwrap_or(text);
    if !text.bytes().all(|byte| byte.is_ascii_digit() || b".eE+".contains(&byte)) || !text.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    // `yyyymmddhhmmss` has 14 digits; no unit has 14 in this century.
    if text.len() == 14 && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let Ok(whole) = whole.parse::<i64>() else {
        let number: f64 = text.parse().ok()?;
        return number.is_finite().then(|| by_size(number as i64, (number.fract() * 1000.0) as i64));
    };
    if fraction.contains(['e', 'E', '+']) || fraction.contains('.') {
        let number: f64 = text.parse().ok()?;
        return Some(by_size(number as i64, (number.fract() * 1000.0) as i64));
    }
    let thousandths: i64 = format!("{fraction:0<3}")[..3].parse().ok()?;
    Some(by_size(whole, thousandths))
}

/// `thousandths` count only if the number is in seconds.
fn by_size(number: i64, thousandths: i64) -> i64 {
    match number {
        ..100_000_000_000 => number * 1000 + thousandths,
        100_000_000_000..100_000_000_000_000 => number,
        100_000_000_000_000..100_000_000_000_000_000 => number / 1000,
        _ => number / 1_000_000,
    }
}

/// Date and time of day, year first, with or without its own zone.
fn civil(text: &str, zone: &Zone, near: Option<Timestamp>) -> Option<i64> {
    let mut left = Left(text);
    let date = left.date()?;
    left.separator()?;
    let (time, next_day) = left.time()?;
    let date = if next_day { date.tomorrow().ok()? } else { date };
    let time = date.to_datetime(time);
    let named = left.zone();
    if let Some(named) = named {
        return named.when(time, near);
    }
    match left.offset()? {
        Some(offset) => offset.to_timestamp(time).ok().map(jiff::Timestamp::as_millisecond),
        None => zone.when(time, near),
    }
}

/// `Wed, 14 Jan 2026 14:16:46 +0800`, as in mail and HTTP.
fn mail(text: &str) -> Option<i64> {
    jiff::fmt::rfc2822::parse(text).ok().map(|time| time.timestamp().as_millisecond())
}

/// The part of a time that is not read yet.
struct Left<'a>(&'a str);

impl Left<'_> {
    fn take(&mut self, fits: impl Fn(char) -> bool) -> bool {
        match self.0.chars().next().filter(|c| fits(*c)) {
            Some(c) => {
                self.0 = &self.0[c.len_utf8()..];
                true
            }
            None => false,
        }
    }

    fn spaces(&mut self) {
        self.0 = self.0.trim_start();
    }

    fn word(&mut self, word: &str) -> bool {
        // «AM» must not match the begin of «America».
        let ends = |rest: &str| !word.is_ascii() || !rest.starts_with(|c: char| c.is_ascii_alphabetic());
        let fits = self.0.split_at_checked(word.len()).is_some_and(|(given, rest)| given.eq_ignore_ascii_case(word) && ends(rest));
        if fits {
            self.0 = &self.0[word.len()..];
        }
        fits
    }

    /// A number with one to `most` digits.
    fn digits(&mut self, most: usize) -> Option<i16> {
        let count = self.0.bytes().take(most).take_while(u8::is_ascii_digit).count();
        let number = self.0[..count].parse().ok()?;
        self.0 = &self.0[count..];
        Some(number)
    }

    fn small(&mut self) -> Option<i8> {
        self.digits(2).and_then(|number| i8::try_from(number).ok())
    }

    fn date(&mut self) -> Option<Date> {
        let is_year = self.0.len() >= 4 && self.0.bytes().take(4).all(|byte| byte.is_ascii_digit());
        let year = self.digits(4).filter(|_| is_year)?;
        let is_apart = self.take(|c| matches!(c, '-' | '/' | '.' | '年'));
        let is_compact = !is_apart && self.0.len() >= 4 && self.0.bytes().take(4).all(|byte| byte.is_ascii_digit());
        let month = self.small().filter(|_| is_apart || is_compact)?;
        if is_apart && !self.take(|c| matches!(c, '-' | '/' | '.' | '月')) {
            return None;
        }
        let day = self.small()?;
        self.take(|c| c == '日');
        Date::new(year, month, day).ok()
    }

    /// The separator of date and time; it may be missing only between digits without signs. A `+` is an escaped space of a form.
    fn separator(&mut self) -> Option<()> {
        let before = self.0.len();
        self.spaces();
        self.take(|c| matches!(c, 'T' | 't' | '_' | '+' | ','));
        self.spaces();
        let is_compact = self.0.len() >= 6 && self.0.bytes().take(6).all(|byte| byte.is_ascii_digit());
        (self.0.len() < before || is_compact || self.0.starts_with(['上', '下'])).then_some(())
    }

    /// The time of day, and whether it is midnight at the end of the day.
    fn time(&mut self) -> Option<(Time, bool)> {
        let mut half = self.half();
        let hour = self.small()?;
        let is_apart = self.take(|c| matches!(c, ':' | '时' | '時'));
        let minute = self.small()?;
        let has_seconds = if is_apart { self.take(|c| matches!(c, ':' | '分')) } else { true };
        let second = if has_seconds { self.small().or((!self.0.starts_with(|c: char| c.is_ascii_digit())).then_some(0))? } else { 0 };
        let mut nanos = 0;
        if self.take(|c| matches!(c, '.' | ',')) {
            let count = self.0.bytes().take_while(u8::is_ascii_digit).count();
            let nine = format!("{:0<9}", &self.0[..count]);
            nanos = nine[..9].parse().ok().filter(|_| count > 0)?;
            self.0 = &self.0[count..];
        }
        self.take(|c| c == '秒');
        if half.is_none() {
            half = self.half();
        }
        let hour = match half {
            None => hour,
            Some(_) if !(1..=12).contains(&hour) => return None,
            Some(is_afternoon) => hour % 12 + if is_afternoon { 12 } else { 0 },
        };
        let is_end = hour == 24 && minute == 0 && second == 0 && nanos == 0;
        // A leap second counts as the second before it.
        let time = Time::new(if is_end { 0 } else { hour }, minute, second.min(if second == 60 { 59 } else { i8::MAX }), nanos).ok()?;
        Some((time, is_end))
    }

    /// Whether the time is marked as in the afternoon.
    fn half(&mut self) -> Option<bool> {
        self.spaces();
        let said = [("AM", false), ("PM", true), ("上午", false), ("下午", true)].into_iter().find(|(word, _)| self.word(word));
        self.spaces();
        said.map(|(_, is_afternoon)| is_afternoon)
    }

    /// The name of a time zone, such as `Asia/Shanghai`; it has priority over the platform's zone.
    fn zone(&mut self) -> Option<Zone> {
        self.spaces();
        Some(self.0.trim_end()).filter(|name| name.contains('/')).and_then(Zone::named)
    }

    /// The given offset from UTC, if any; None if the rest is something else.
    fn offset(&mut self) -> Option<Option<Offset>> {
        self.spaces();
        let is_utc = ["UTC", "GMT", "Z"].into_iter().any(|word| self.word(word));
        self.spaces();
        let sign = match self.0.chars().next() {
            Some('+') => 1,
            Some('-' | '\u{2212}') => -1,
            _ => 0,
        };
        let mut offset = is_utc.then_some(Offset::UTC);
        if sign != 0 {
            self.take(|_| true);
            let hours = self.small()?;
            self.take(|c| c == ':');
            let minutes = self.small().unwrap_or(0);
            let fits = (0..=15).contains(&hours) && (0..60).contains(&minutes);
            let seconds = sign * (i32::from(hours) * 3600 + i32::from(minutes) * 60);
            offset = Some(Offset::from_seconds(seconds).ok().filter(|_| fits)?);
        }
        self.spaces();
        // The name of the zone may follow its offset.
        let is_named = offset.is_some() && self.0.starts_with('[') && self.0.ends_with(']');
        (self.0.is_empty() || is_named).then_some(offset)
    }
}

/// The platform's local time as `yyyy-mm-dd hh:mm:ss`, for GetBill.
pub fn format(at: Timestamp, zone: &Zone) -> String {
    zone.clock_at(at).strftime("%Y-%m-%d %H:%M:%S").to_string()
}

/// The time this many seconds later, if the time is known.
pub(crate) fn after(at: Option<Timestamp>, seconds: u32) -> Option<Timestamp> {
    at.map(|at| at.plus(Duration::from_secs(u64::from(seconds))))
}

/// The time this many seconds earlier, if the time is known.
pub(crate) fn before(at: Option<Timestamp>, seconds: u32) -> Option<Timestamp> {
    at.map(|at| at.minus(Duration::from_secs(u64::from(seconds))))
}

#[cfg(test)]
mod tests;
