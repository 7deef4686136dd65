//! Reads a telephone number from a cell: repairs it if the repair is certain, asks if it is not.

mod fold;
mod numeric;
mod parts;
mod statistics;
#[cfg(test)]
mod tests;

use ringside_domain::{DoubtAnswer, NumberDoubt, NumberRules, RowRefusal, plain_number};

pub(crate) use fold::fold;
pub(crate) use statistics::Statistics;

use crate::cell::{Cell, Kind};
use numeric::Amount;
use parts::Parts;

/// The permitted numbers of digits.
const LENGTH: std::ops::RangeInclusive<usize> = 3..=20;

/// What a cell says about the number to be called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Reading {
    Good {
        phone: String,
        repaired: bool,
    },
    /// All numbers of the cell, as the answer to its doubt was.
    Several(Vec<String>),
    Doubtful {
        doubt: NumberDoubt,
        proposal: String,
    },
    Refused(RowRefusal),
}

/// What is found in a cell, before the answers and the other rows are considered.
#[derive(Debug, PartialEq, Eq)]
enum Found {
    /// Digits, with `+` if it was written.
    One(String),
    Doubt(NumberDoubt, Vec<String>),
    Refused(RowRefusal),
}

/// The question that a cell raises, answered or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    pub doubt: NumberDoubt,
    pub proposal: String,
}

/// Reads the number in a cell under these rules, with a person's answers and with what the other rows show.
pub(crate) fn read(
    cell: &Cell,
    rules: &NumberRules,
    answers: &[(NumberDoubt, DoubtAnswer)],
    statistics: &Statistics,
) -> (Reading, Option<Question>) {
    let good = |number: &str| {
        let phone = dialled(number, rules);
        if !LENGTH.contains(&phone.len()) {
            return Reading::Refused(RowRefusal::Invalid);
        }
        let repaired = phone != cell.text;
        Reading::Good { phone, repaired }
    };
    let (doubt, numbers) = match find(cell) {
        Found::Refused(reason) => return (Reading::Refused(reason), None),
        Found::One(number) if statistics.lost_zero(&number) => (NumberDoubt::LeadingZero, vec![format!("0{number}"), number]),
        Found::One(number) => return (good(&number), None),
        Found::Doubt(NumberDoubt::Exponent, _) if statistics.rounds() => return (Reading::Refused(RowRefusal::Spoilt), None),
        Found::Doubt(doubt, numbers) => (doubt, numbers),
    };
    let proposal = match good(numbers.first().map_or("", String::as_str)) {
        Reading::Good { phone, .. } => phone,
        refused => return (refused, None),
    };
    let question = Question { doubt, proposal: proposal.clone() };
    let reading = match answers.iter().find(|(asked, _)| *asked == doubt).map(|(_, answer)| *answer) {
        None => Reading::Doubtful { doubt, proposal },
        Some(DoubtAnswer::LeaveOut) => Reading::Refused(RowRefusal::LeftOut),
        Some(DoubtAnswer::AsItIs) if doubt == NumberDoubt::LeadingZero => good(&numbers[1]),
        // A number that holds anything but digits cannot be sent as it stands.
        Some(DoubtAnswer::AsItIs) => Reading::Refused(RowRefusal::Invalid),
        Some(DoubtAnswer::Both) if doubt == NumberDoubt::TwoNumbers => {
            let phones = numbers.iter().map(|number| dialled(number, rules)).filter(|phone| LENGTH.contains(&phone.len()));
            Reading::Several(phones.collect())
        }
        Some(DoubtAnswer::Repair | DoubtAnswer::Both) => Reading::Good { phone: proposal, repaired: true },
    };
    (reading, Some(question))
}

fn find(cell: &Cell) -> Found {
    if cell.kind == Kind::Date {
        return Found::Refused(RowRefusal::Invalid);
    }
    let is_digits = !cell.text.is_empty() && cell.text.bytes().all(|byte| byte.is_ascii_digit());
    if is_digits && cell.kind == Kind::Number && cell.text.len() > numeric::KEPT {
        return Found::Refused(RowRefusal::Spoilt);
    }
    if is_digits {
        return Found::One(cell.text.clone());
    }
    let folded = fold(&cell.text);
    let text = unquoted(&folded);
    if text.is_empty() {
        return Found::Refused(RowRefusal::Empty);
    }
    match numeric::amount(text) {
        Some(Amount::Whole(number)) => return Found::One(number),
        Some(Amount::Rounded(number)) => return Found::Doubt(NumberDoubt::Exponent, vec![number]),
        Some(Amount::Fraction(number)) => return Found::Doubt(NumberDoubt::Fraction, vec![number]),
        Some(Amount::Spoilt) => return Found::Refused(RowRefusal::Spoilt),
        None => {}
    }
    let found = match address(text) {
        Some(address) => address,
        None => parts::parts(text),
    };
    match found {
        Parts::One(number) => Found::One(number),
        Parts::Doubt(doubt, numbers) => Found::Doubt(doubt, numbers),
        Parts::Nothing => Found::Refused(RowRefusal::Invalid),
    }
}

/// Without the apostrophe or the quotes by which a spreadsheet marks a text: `'138…`, `="138…"`.
fn unquoted(text: &str) -> &str {
    text.strip_prefix('=').filter(|rest| rest.starts_with('"')).unwrap_or(text).trim_matches(['\'', '"']).trim()
}

/// The number in an address: `tel:…`, `sip:…@host`.
fn address(text: &str) -> Option<Parts> {
    let (scheme, rest) = text.split_once(':')?;
    if ["tel", "callto"].iter().any(|known| scheme.trim().eq_ignore_ascii_case(known)) {
        let mut fields = rest.trim_start_matches('/').split(';');
        let number = parts::parts(fields.next().unwrap_or_default());
        return Some(match number {
            Parts::One(number) if fields.any(|field| field.trim().to_lowercase().starts_with("ext=")) => {
                Parts::Doubt(NumberDoubt::Letters, vec![number])
            }
            other => other,
        });
    }
    let plain = plain_number(text);
    let digits = plain.strip_prefix('+').unwrap_or(&plain);
    (!digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())).then(|| Parts::One(plain.into_owned()))
}

/// The digits that are sent. A country code is removed if the rules say so, otherwise it is written after 00: without the mark that it is a
/// country code it would be the number of somebody else.
fn dialled(number: &str, rules: &NumberRules) -> String {
    let plain = plain_number(number);
    if !plain.starts_with('+') {
        return plain.into_owned();
    }
    let is_country = |prefix: &&String| prefix.starts_with('+') || prefix.starts_with("00");
    let countries = NumberRules { prefixes: rules.prefixes.iter().filter(is_country).cloned().collect() };
    // A prefix 0 takes the code of China from a mobile number; from other numbers it must not take the zero that is dialled.
    let trunk = NumberRules { prefixes: rules.prefixes.iter().filter(|prefix| *prefix == "0").cloned().collect() };
    let national = countries.core(&plain);
    let national = if national.starts_with('+') { trunk.core(&plain) } else { national };
    match national.strip_prefix('+') {
        Some(abroad) => format!("00{abroad}"),
        None => national.into_owned(),
    }
}

/// Whether the cell probably holds a telephone number: 7 to 15 digits, repaired or not.
pub(crate) fn is_probable(cell: &Cell) -> bool {
    let digits = |number: &str| number.bytes().filter(u8::is_ascii_digit).count();
    match find(cell) {
        Found::One(number) => (7..=15).contains(&digits(&number)),
        Found::Doubt(NumberDoubt::Exponent | NumberDoubt::TwoNumbers, numbers) => {
            numbers.iter().any(|number| (7..=15).contains(&digits(number)))
        }
        _ => false,
    }
}
