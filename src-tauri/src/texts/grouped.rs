//! Telephone numbers in groups of digits, for reading.

use ringside_domain::clean;

/// A telephone number in groups of four digits from the right, after its country code. The windows group in the same way (`format.ts`).
pub fn grouped(number: &str) -> String {
    let number = clean(number);
    let (plus, digits) = number.strip_prefix('+').map_or(("", &*number), |digits| ("+", digits));
    if digits.len() < 7 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return number.into_owned();
    }
    let (mark, abroad) = match digits.strip_prefix("00") {
        Some(rest) if plus.is_empty() && rest.len() >= 7 => ("00", rest),
        _ => (plus, digits),
    };
    // Chinese mobile numbers are also written with 86 and without a plus.
    let is_chinese = abroad.len() == 13 && matches!(abroad.as_bytes(), [b'8', b'6', b'1', b'3'..=b'9', ..]);
    if abroad.starts_with('0') || (mark.is_empty() && !is_chinese) {
        return format!("{plus}{}", in_fours(digits));
    }
    let (code, national) = abroad.split_at(country_digits(abroad));
    format!("{mark}{code} {}", in_fours(national))
}

/// How many digits the country code in front of a number has.
fn country_digits(number: &str) -> usize {
    match number.as_bytes() {
        [b'1' | b'7', ..] => 1,
        [b'2', b'0' | b'7', ..]
        | [b'3', b'0'..=b'4' | b'6' | b'9', ..]
        | [b'4', b'0' | b'1' | b'3'..=b'9', ..]
        | [b'5', b'1'..=b'8', ..]
        | [b'6', b'0'..=b'6', ..]
        | [b'8', b'1' | b'2' | b'4' | b'6', ..]
        | [b'9', b'0'..=b'5' | b'8', ..] => 2,
        _ => 3,
    }
}

fn in_fours(digits: &str) -> String {
    if digits.len() < 7 {
        return digits.to_owned();
    }
    // A single digit in front would be hard to read.
    let first = match digits.len() % 4 {
        0 => 4,
        1 => 5,
        rest => rest,
    };
    let (head, tail) = digits.split_at(first);
    let mut text = head.to_owned();
    for group in tail.as_bytes().chunks(4) {
        text.push(' ');
        text.extend(group.iter().map(|byte| char::from(*byte)));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fr7_numbers_are_grouped_as_in_the_windows() {
        let numbers: Vec<(String, String)> = serde_json::from_str(include_str!("../../../ui/src/lib/numbers.json")).unwrap();
        assert!(numbers.len() > 10);
        for (number, shown) in numbers {
            assert_eq!(grouped(&number), shown);
        }
    }
}
