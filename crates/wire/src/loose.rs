//! The platform's loose types: numbers and texts are interchangeable, «no value» has many spellings (N4, P8), a list may be an object
//! (P11).

use ringside_domain::clean;
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

use crate::Code;

/// The spellings of «no value» by systems that feed the platform (P8), in lower case.
const NOTHING: [&str; 9] = ["null", "(null)", "undefined", "false", "nil", "none", "nan", "n/a", "[object object]"];

/// JSON readers and writers keep whole numbers below this exactly.
const EXACT: f64 = 9_007_199_254_740_992.0;
/// A week, in seconds.
const LONGEST_CALL: f64 = 604_800.0;

/// A text or number, as text; null and a missing value are empty. Leading zeros are kept, control characters are removed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Text(String);

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self::new(match Value::deserialize(deserializer)? {
            Value::String(text) => text,
            Value::Number(number) => return Ok(Self::of_number(&number.to_string())),
            Value::Bool(truth) => truth.to_string(),
            // A list or an object in place of a text is not understood; it is kept in the raw payload.
            Value::Null | Value::Array(_) | Value::Object(_) => String::new(),
        }))
    }
}

impl Text {
    /// Removes control characters.
    pub fn new(text: impl AsRef<str>) -> Self {
        Self(clean(text.as_ref()).into_owned())
    }

    /// A JSON number. A whole number becomes its digits, even if it is written with a fraction or an exponent.
    pub(crate) fn of_number(written: &str) -> Self {
        let is_plain = !written.contains(['.', 'e', 'E']);
        let whole = written.parse::<f64>().ok().filter(|number| !is_plain && number.fract() == 0.0 && number.abs() < EXACT);
        Self::new(whole.map_or(written.to_owned(), |number| format!("{number:.0}")))
    }

    /// The text as sent, without control characters only; a password may begin with a space.
    pub fn untrimmed(self) -> String {
        self.0
    }

    /// The trimmed text.
    pub fn as_str(&self) -> &str {
        self.0.trim()
    }

    /// The trimmed text as a name, which may be any word.
    pub fn owned(&self) -> String {
        self.as_str().to_owned()
    }

    /// The trimmed text; empty if it is a spelling of «no value».
    pub fn said(&self) -> &str {
        let text = self.as_str();
        if NOTHING.iter().any(|word| text.eq_ignore_ascii_case(word)) { "" } else { text }
    }

    /// None if it is empty or a spelling of «no value».
    pub fn some(&self) -> Option<String> {
        Some(self.said()).filter(|text| !text.is_empty()).map(str::to_owned)
    }

    /// Custom data or a file name; "0" counts as no value, too.
    pub(crate) fn custom(&self) -> Option<String> {
        self.some().filter(|text| text != "0")
    }

    /// A count or code; None if it is not a whole number of this size.
    pub fn number(&self) -> Option<u32> {
        let text = self.as_str();
        text.parse().ok().or_else(|| whole(text))
    }

    /// A duration in seconds, from seconds, from `00:01:09`, or with a unit; None if it is no duration or longer than a week.
    pub(crate) fn seconds(&self) -> Option<u32> {
        let text = self.said();
        let number = match text.parse::<f64>() {
            Ok(number) => number,
            Err(_) => clock(text)?,
        };
        (0.0..=LONGEST_CALL).contains(&number).then_some(number as u32)
    }

    /// One of the platform's codes; 0 if there is none.
    pub fn code(&self) -> Code {
        Code::from_number(self.number().unwrap_or(0))
    }

    pub(crate) fn is_true(&self) -> bool {
        matches!(word(self.as_str()).as_str(), "true" | "1" | "yes" | "y")
    }
}

/// Accepts `12.0` and `1.2e1` as 12.
fn whole(text: &str) -> Option<u32> {
    let number: f64 = text.parse().ok()?;
    let fits = number.fract() == 0.0 && (0.0..=f64::from(u32::MAX)).contains(&number);
    fits.then_some(number as u32)
}

/// Reads `h:mm:ss` and `m:ss`, or seconds with a unit.
fn clock(text: &str) -> Option<f64> {
    let units = ["seconds", "second", "secs", "sec", "s", "秒"];
    let small = text.to_lowercase();
    let plain = units.into_iter().find_map(|unit| small.strip_suffix(unit)).unwrap_or(&small).trim();
    let parts: Vec<f64> = plain.split(':').map(|part| part.parse().ok()).collect::<Option<_>>()?;
    (parts.len() <= 3).then(|| parts.into_iter().fold(0.0, |sum, part| sum * 60.0 + part))
}

/// The text is not empty, and not the negative number that stands for no value.
pub(crate) fn is_odd_length(text: &str) -> bool {
    !text.is_empty() && !text.parse::<f64>().is_ok_and(|number| number < 0.0)
}

/// The word in one normal form: `callMethod`, `call_method` and `CALL METHOD` are the same (P2).
pub(crate) fn word(text: &str) -> String {
    text.chars().filter(|c| !matches!(c, '_' | '-') && !c.is_whitespace()).flat_map(char::to_lowercase).collect()
}

/// The value with all names in their normal form; if two names become the same, the last one with a value counts (L27).
pub fn plain_names(value: Value) -> Value {
    match value {
        Value::Object(fields) => {
            let mut plain = Map::new();
            for (name, value) in fields {
                let (name, value) = (word(&name), plain_names(value));
                if !value.is_null() || !plain.contains_key(&name) {
                    plain.insert(name, value);
                }
            }
            Value::Object(plain)
        }
        Value::Array(items) => Value::Array(items.into_iter().map(plain_names).collect()),
        other => other,
    }
}

/// The items of a list without the nulls. PHP writes a list with gaps as an object with numbers as names (P11), and an empty list in many
/// forms (A9). None: not a list.
pub fn items(value: Value) -> Option<Vec<Value>> {
    let items = match value {
        Value::Null | Value::Bool(false) => Vec::new(),
        Value::String(text) if Text::new(&text).said().is_empty() => Vec::new(),
        Value::Array(items) => items,
        Value::Object(fields) if is_list(fields.keys()) => {
            let mut fields: Vec<(u64, Value)> = fields.into_iter().map(|(name, item)| (name.parse().unwrap_or(u64::MAX), item)).collect();
            fields.sort_by_key(|(number, _)| *number);
            fields.into_iter().map(|(_, item)| item).collect()
        }
        _ => return None,
    };
    Some(items.into_iter().filter(|item| !item.is_null()).collect())
}

/// Whether an object with these names is a list.
pub fn is_list<'a>(mut names: impl Iterator<Item = &'a String>) -> bool {
    names.all(|name| !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn text(json: &str) -> Text {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn l28_numbers_and_texts_are_interchangeable() {
        assert_eq!(text("\"015029913692\"").owned(), "015029913692");
        assert_eq!(text("20000013").owned(), "20000013");
        assert_eq!(text("9223372036854775808").owned(), "9223372036854775808");
        assert_eq!(text("\"1003\"").number(), Some(1003));
        assert_eq!(text("12.0").number(), Some(12));
        assert_eq!(text("-1").number(), None);
        assert_eq!(text("null").some(), None);
        assert_eq!(text("\"0\"").custom(), None);
        assert_eq!(text("{}").some(), None);
    }

    #[test]
    fn fc9_spellings_of_no_value_are_recognised() {
        for nothing in ["null", "false", "\"null\"", "\"NULL\"", "\" undefined \"", "\"None\"", "\"\"", "\"[object Object]\"", "[]"] {
            assert_eq!(text(nothing).some(), None, "{nothing}");
        }
        for something in ["nullify", "0", "-", "falsey", "Nan Li"] {
            assert_eq!(text(&format!("\"{something}\"")).some().as_deref(), Some(something));
        }
    }

    #[test]
    fn p11_lists_are_read_in_every_form() {
        assert_eq!(items(json!([null, {"a": 1}])).unwrap(), [json!({"a": 1})]);
        assert_eq!(items(json!({"10": "c", "2": "b", "1": "a", "3": null})).unwrap(), ["a", "b", "c"]);
        for empty in [json!(null), json!([]), json!({}), json!(""), json!(false), json!("null")] {
            assert_eq!(items(empty).unwrap(), [Value::Null; 0]);
        }
        for other in [json!({"a": 1}), json!("a"), json!(1), json!({"1": 1, "a": 2})] {
            assert_eq!(items(other), None);
        }
    }

    #[test]
    fn p2_names_are_normalised() {
        let value = json!({"Call_Method": {"extNumber": 1, "ext-number": null}, "a b": [{"C": 2}]});
        assert_eq!(plain_names(value), json!({"callmethod": {"extnumber": 1}, "ab": [{"c": 2}]}));
    }
}
