//! Replaces numbers of customers in texts.

use std::collections::HashMap;

use serde_json::Value;

/// So many digits can be the number of a customer. Shorter ones are ports, codes and durations.
const SHORTEST: usize = 5;
/// Likewise for digits in groups.
const SHORTEST_GROUPED: usize = 7;

/// The labels that were given: the same number has the same one in all texts, so that a call can be followed.
#[derive(Debug, Default)]
pub struct Numbers(HashMap<String, usize>);

impl Numbers {
    /// The text with a label in the place of each number that may be a customer's. The time at the beginning of a line, dates and ports stay.
    pub fn mask(&mut self, text: &str) -> String {
        let mut masked = String::with_capacity(text.len());
        for line in text.split_inclusive('\n') {
            let time = time_at_the_beginning(line);
            masked.push_str(&line[..time]);
            self.mask_line(&line[time..], &mut masked);
        }
        masked
    }

    /// Masks the texts in a JSON value. Its numbers are times, counts and durations.
    pub fn mask_json(&mut self, value: &mut Value) {
        match value {
            Value::String(text) => *text = self.mask(text),
            Value::Array(values) => values.iter_mut().for_each(|value| self.mask_json(value)),
            Value::Object(fields) => fields.values_mut().for_each(|value| self.mask_json(value)),
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    fn mask_line(&mut self, line: &str, masked: &mut String) {
        let mut rest = line;
        while let Some(start) = rest.find(|c: char| c.is_ascii_digit()) {
            let length = length(&rest[start..]);
            let (before, number) = (&rest[..start], &rest[start..start + length]);
            masked.push_str(before);
            let digits: String = number.chars().filter(char::is_ascii_digit).collect();
            let is_grouped = digits.len() < number.len();
            let is_port = is_after_an_address(masked) && digits.len() == SHORTEST && !is_grouped;
            let is_short = digits.len() < if is_grouped { SHORTEST_GROUPED } else { SHORTEST };
            if is_short || is_port || is_date(number) {
                masked.push_str(number);
            } else {
                let next = self.0.len() + 1;
                let label = *self.0.entry(digits).or_insert(next);
                masked.push_str(&format!("‹number {label}›"));
            }
            rest = &rest[start + length..];
        }
        masked.push_str(rest);
    }
}

/// How long the number at the beginning of this text is: digits, and single spaces or hyphens between them.
fn length(text: &str) -> usize {
    let bytes = text.as_bytes();
    let is_digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
    let mut end = 0;
    while is_digit(end) || (matches!(bytes.get(end), Some(b' ' | b'-')) && is_digit(end + 1)) {
        end += 1;
    }
    end
}

/// Whether this is a day such as 2026-01-31, perhaps with the hour after it.
fn is_date(number: &str) -> bool {
    let day = number.get(..10).unwrap_or_default();
    let is_year = day.starts_with("19") || day.starts_with("20");
    is_year && day.parse::<jiff::civil::Date>().is_ok() && number.len() <= "2026-01-31 08".len()
}

/// Whether the text ends with an address of the network and the colon before its port.
fn is_after_an_address(before: &str) -> bool {
    before.strip_suffix(':').is_some_and(|address| address.ends_with(|c: char| c.is_ascii_digit() || c == ']'))
}

/// The length of a time such as 2026-01-31T08:30:00.123456Z at the beginning of a line of the log.
fn time_at_the_beginning(line: &str) -> usize {
    let end = line.find(' ').unwrap_or(0);
    let word = &line[..end];
    if word.contains('T') && word.ends_with('Z') && word.parse::<jiff::Timestamp>().is_ok() { end } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_customers_get_labels_and_the_same_one_the_same() {
        let mut numbers = Numbers::default();
        for (text, masked) in [
            ("caller 013912345678, callee 10086", "caller ‹number 1›, callee ‹number 2›"),
            ("+86 139-1234-5678 again 013912345678", "+‹number 3› again ‹number 1›"),
            ("tel:013912345678;x13912345678y", "tel:‹number 1›;x‹number 4›y"),
            ("100 ms, code 1003, 127.0.0.1:49152, [::1]:17780", "100 ms, code 1003, 127.0.0.1:49152, [::1]:17780"),
            ("callee:10086, 0471 12 34 56, 2026-99-31", "callee:‹number 2›, ‹number 5›, ‹number 6›"),
            ("on 2026-01-31 and 2026-01-31 08", "on 2026-01-31 and 2026-01-31 08"),
            ("2026-01-31T08:30:00.123456Z  INFO took 12345678", "2026-01-31T08:30:00.123456Z  INFO took ‹number 7›"),
            ("", ""),
            ("号码013912345678。\n2026-01-31T08:30:00.123456Z 5", "号码‹number 1›。\n2026-01-31T08:30:00.123456Z 5"),
        ] {
            assert_eq!(numbers.mask(text), masked, "{text}");
        }
    }

    #[test]
    fn in_json_only_texts_are_masked() {
        let mut value =
            serde_json::json!({ "at": 1_764_470_000_000_i64, "calls": [{ "detail": "no answer from 013912345678" }], "on": true });
        Numbers::default().mask_json(&mut value);
        assert_eq!(value.to_string(), r#"{"at":1764470000000,"calls":[{"detail":"no answer from ‹number 1›"}],"on":true}"#);
    }

    #[test]
    fn no_text_loses_anything_else() {
        let mut random = fastrand::Rng::with_seed(1);
        for _ in 0..2000 {
            let signs: Vec<char> = "0123456789- :+TZ.号\né".chars().collect();
            let text: String = (0..random.usize(..40)).map(|_| *random.choice(&signs).unwrap()).collect();
            let masked = Numbers::default().mask(&text);
            let letters = |text: &str| text.chars().filter(|c| "号é\n".contains(*c)).collect::<String>();
            assert_eq!(letters(&masked), letters(&text), "{text:?}");
            assert!(masked.split(|c: char| !c.is_ascii_digit()).all(|run| run.len() <= SHORTEST), "{text:?} {masked:?}");
        }
    }
}
