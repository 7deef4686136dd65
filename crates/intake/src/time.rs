//! Reads a preset time from a cell.

use ringside_domain::Timestamp;

use crate::{cell, number::fold};

/// Gives the moment of a local date and time, written `2026-11-29 14:05:30`; None if there is none.
pub type Zone<'a> = dyn Fn(&str) -> Option<Timestamp> + 'a;

/// The serial numbers that are taken for dates: from 1954 to 2119.
const SERIALS: std::ops::Range<f64> = 20_000.0..80_000.0;

/// The moment that the text says, in one of many spellings; None if it is not certain.
pub(crate) fn read(text: &str, zone: &Zone<'_>) -> Option<Timestamp> {
    let text = fold(text);
    let text = text.trim_matches(['\'', '"']).trim();
    if let Some(found) = number(text, zone) {
        return found;
    }
    let (civil, offset) = spelled(text)?;
    match offset {
        None => zone(&civil.text()),
        Some(minutes) => Some(Timestamp((civil.seconds() - minutes * 60) * 1000)),
    }
}

/// Whether the text is a date with a time of day, written as a date and not as a number.
pub(crate) fn is_moment(text: &str) -> bool {
    let text = fold(text);
    text.contains(':') && spelled(&text).is_some()
}

/// The outer None: it is not written as a number.
fn number(text: &str, zone: &Zone<'_>) -> Option<Option<Timestamp>> {
    let whole = text.split_once('.').map_or(text, |(whole, after)| if after.bytes().all(|digit| digit == b'0') { whole } else { text });
    if whole.bytes().all(|byte| byte.is_ascii_digit()) {
        let compact = |text: &str| Civil::compact(text).and_then(|civil| zone(&civil.text()));
        match whole.len() {
            10 => return Some(whole.parse::<i64>().ok().map(|seconds| Timestamp(seconds * 1000))),
            13 => return Some(whole.parse().ok().map(Timestamp)),
            8 | 12 | 14 => return Some(compact(whole)),
            _ => {}
        }
    }
    let is_number =
        text.contains(|letter: char| letter.is_ascii_digit()) && text.chars().all(|letter| letter.is_ascii_digit() || letter == '.');
    let serial = text.parse::<f64>().ok().filter(|_| is_number)?;
    Some(if SERIALS.contains(&serial) { cell::date(serial).and_then(|civil| zone(&civil)) } else { None })
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Civil {
    year: i64,
    month: i64,
    day: i64,
    hour: i64,
    minute: i64,
    second: i64,
}

impl Civil {
    /// A date and time that exist.
    fn checked(self) -> Option<Self> {
        let leap = self.year % 4 == 0 && (self.year % 100 != 0 || self.year % 400 == 0);
        let days = match self.month {
            4 | 6 | 9 | 11 => 30,
            2 if leap => 29,
            2 => 28,
            _ => 31,
        };
        let is_date = (1970..=9999).contains(&self.year) && (1..=12).contains(&self.month) && (1..=days).contains(&self.day);
        (is_date && self.hour < 24 && self.minute < 60 && self.second < 60).then_some(self)
    }

    /// `20261129140530`, without the seconds, or without a time.
    fn compact(text: &str) -> Option<Self> {
        let part = |from: usize, length: usize| text.get(from..from + length).map_or(Some(0), |part| part.parse().ok());
        Self { year: part(0, 4)?, month: part(4, 2)?, day: part(6, 2)?, hour: part(8, 2)?, minute: part(10, 2)?, second: part(12, 2)? }
            .checked()
    }

    fn text(self) -> String {
        format!("{:04}-{:02}-{:02} {:02}:{:02}:{:02}", self.year, self.month, self.day, self.hour, self.minute, self.second)
    }

    /// Seconds since 1970, if it is a time in UTC.
    fn seconds(self) -> i64 {
        let (year, month) = if self.month > 2 { (self.year, self.month - 3) } else { (self.year - 1, self.month + 9) };
        let days = 365 * year + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + self.day - 1 - 719_468;
        days * 86_400 + self.hour * 3600 + self.minute * 60 + self.second
    }
}

/// Chinese words of dates.
const MARKS: [(&str, &str); 11] = [
    ("年", "-"),
    ("月", "-"),
    ("日", " "),
    ("号", " "),
    ("時", ":"),
    ("时", ":"),
    ("点", ":"),
    ("分", ":"),
    ("秒", ""),
    ("上午", "am"),
    ("下午", "pm"),
];

/// A date in words and marks, and its own offset from UTC in minutes if it has one.
fn spelled(text: &str) -> Option<(Civil, Option<i64>)> {
    let mut text = text.to_lowercase();
    if !text.is_ascii() {
        for (mark, plain) in MARKS {
            text = text.replace(mark, plain);
        }
    }
    let mut afternoon = None;
    for (word, is_afternoon) in [("am", false), ("pm", true)] {
        if let Some(at) = text.find(word) {
            afternoon = Some(is_afternoon);
            text.replace_range(at..at + word.len(), " ");
        }
    }
    let text = text.trim();
    let (date, rest) = text.split_at(text.find([' ', 't']).unwrap_or(text.len()));
    let (year, month, day) = day(date)?;
    let (clock, offset) = offset(rest.trim_start_matches([' ', 't']).trim())?;
    let (hour, minute, second) = clock_time(clock)?;
    let hour = match (afternoon, hour) {
        (None, hour) => hour,
        (Some(_), 0 | 13..) => return None,
        (Some(false), 12) => 0,
        (Some(true), 12) => 12,
        (Some(late), hour) => hour + if late { 12 } else { 0 },
    };
    Some((Civil { year, month, day, hour, minute, second }.checked()?, offset))
}

/// Year, month and day. «05/06/2026» may be May or June and is not read.
fn day(text: &str) -> Option<(i64, i64, i64)> {
    let mark = text.chars().find(|letter| matches!(letter, '-' | '/' | '.'))?;
    let parts: Vec<&str> = text.trim_end_matches(mark).split(mark).collect();
    let [first, middle, last] = parts[..] else { return None };
    let value = |part: &str| small(part, 4);
    let (one, two, three) = (value(first)?, value(middle)?, value(last)?);
    match (first.len(), last.len()) {
        (4, _) => Some((one, two, three)),
        (_, 4) if mark == '.' || one > 12 || one == two => Some((three, two, one)),
        (_, 4) if two > 12 => Some((three, one, two)),
        _ => None,
    }
}

/// The time of day without its offset, and the offset in minutes.
fn offset(text: &str) -> Option<(&str, Option<i64>)> {
    if let Some(clock) = text.strip_suffix('z') {
        return Some((clock.trim(), Some(0)));
    }
    let Some(at) = text.find(['+', '-']) else { return Some((text, None)) };
    let (clock, offset) = text.split_at(at);
    let sign = if offset.starts_with('-') { -1 } else { 1 };
    let digits: String = offset[1..].chars().filter(|letter| *letter != ':').collect();
    let (hours, minutes) = (small(digits.get(..2)?, 2)?, if digits.len() > 2 { small(digits.get(2..)?, 2)? } else { 0 });
    Some((clock.trim(), Some(sign * (hours * 60 + minutes))))
}

fn clock_time(text: &str) -> Option<(i64, i64, i64)> {
    if text.is_empty() {
        return Some((0, 0, 0));
    }
    let mut parts = text.trim_end_matches(':').split(':');
    let (hour, minute) = (small(parts.next()?, 2)?, parts.next().map_or(Some(0), |part| small(part, 2))?);
    let second = parts.next().map_or(Some(0), |part| small(part.split('.').next().unwrap_or(part), 2))?;
    parts.next().is_none().then_some((hour, minute, second))
}

fn small(text: &str, most: usize) -> Option<i64> {
    let is_small = (1..=most).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    is_small.then(|| text.parse().ok())?
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// 2026-11-29 14:05:30 in UTC.
    const MOMENT: i64 = 1_795_961_130;

    /// A platform at UTC+8.
    fn east(text: &str) -> Option<Timestamp> {
        let civil = Civil::compact(&text.replace(['-', ' ', ':'], ""))?;
        assert_eq!(civil.text(), text);
        Some(Timestamp((civil.seconds() - 8 * 3600) * 1000))
    }

    fn at(text: &str) -> Option<i64> {
        read(text, &east).map(|at| at.0 / 1000)
    }

    #[test]
    fn a_time_is_read_in_all_its_spellings() {
        let local = Some(MOMENT - 8 * 3600);
        for text in [
            "2026-11-29 14:05:30",
            "2026/11/29 14:05:30",
            "2026.11.29 14:05:30",
            "29.11.2026 14:05:30",
            "29/11/2026 14:05:30",
            "11/29/2026 14:05:30",
            "11/29/2026 2:05:30 PM",
            "2026-11-29T14:05:30.250",
            "2026年11月29日 14:05:30",
            "2026年11月29日14时05分30秒",
            "2026年11月29日 下午2:05:30",
            "20261129140530",
            "２０２６-11-29 14:05:30",
            "2026-11-29T14:05:30+08:00",
            "2026-11-29T06:05:30Z",
            "2026-11-29 01:05:30-0500",
            "1795932330",
            "1795932330.0",
            "1795932330000",
            "46355.587152777778",
        ] {
            assert_eq!(at(text), local, "{text}");
        }
        let minute = Some(MOMENT - 30 - 8 * 3600);
        for text in
            ["2026-11-29 14:05", "2026/11/29 14:05", "29.11.2026 14:05", "202611291405", "2026年11月29日14时05分", "46355.586805555555"]
        {
            assert_eq!(at(text), minute, "{text}");
        }
        for text in ["2026-11-29", "20261129", "46355", "11/29/2026 12:00 AM"] {
            assert_eq!(at(text), Some(1_795_910_400 - 8 * 3600), "{text}");
        }
    }

    #[test]
    fn a_time_that_is_not_certain_is_not_read() {
        for text in [
            "05/06/2026 10:00",
            "29.11.26 14:05",
            "2026-02-29 10:00",
            "2026-13-01",
            "2026-11-29 24:00",
            "2026-11-29 10:61",
            "14:05",
            "tomorrow",
            "5",
            "99999",
            "1.79E+09",
            "11/29/2026 14:05 PM",
            "2026-11-29 1:2:3:4",
        ] {
            assert_eq!(at(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_a_panic(text in "\\PC{0,30}", marks in "[0-9:./\\-+ tzampTZ年月日时]{0,24}") {
            read(&text, &|_| None);
            read(&marks, &|_| None);
        }
    }
}
