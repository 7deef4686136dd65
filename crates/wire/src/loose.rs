//! The wire's loose types: a number may be text, text may be a number, nothing has many spellings (N4, P8), a list may be an object (P11).

use ringside_domain::clean;
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

use crate::Code;

/// What systems that feed the platform write where they have nothing (P8), in lower case.
const NOTHING: [&str; 9] = ["null", "(null)", "undefined", "false", "nil", "none", "nan", "n/a", "[object object]"];

/// Whole numbers below this are exact in JSON's usual readers and writers.
const EXACT: f64 = 9_007_199_254_740_992.0;
/// Seconds in a week.
const LONGEST_CALL: f64 = 604_800.0;

/// Text or number, as text; null and absent are empty. Leading zeros are kept, controls are not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Text(String);

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self::new(match Value::deserialize(deserializer)? {
            Value::String(text) => text,
            Value::Number(number) => return Ok(Self::of_number(&number.to_string())),
            Value::Bool(truth) => truth.to_string(),
            // A list or an object where a text should be is not ours to understand; it stands in the raw payload.
            Value::Null | Value::Array(_) | Value::Object(_) => String::new(),
        }))
    }
}

impl Text {
    /// Without controls.
    pub fn new(text: impl AsRef<str>) -> Self {
        Self(clean(text.as_ref()).into_owned())
    }

    /// A number of JSON's: whole ones as their digits, also where they are written with a fraction or an exponent.
    pub(crate) fn of_number(written: &str) -> Self {
        let is_plain = !written.contains(['.', 'e', 'E']);
        let whole = written.parse::<f64>().ok().filter(|number| !is_plain && number.fract() == 0.0 && number.abs() < EXACT);
        Self::new(whole.map_or(written.to_owned(), |number| format!("{number:.0}")))
    }

    /// As it was sent, but for controls; a password may begin with a space.
    pub fn untrimmed(self) -> String {
        self.0
    }

    /// Trimmed.
    pub fn as_str(&self) -> &str {
        self.0.trim()
    }

    /// A name, which can be any word.
    pub fn owned(&self) -> String {
        self.as_str().to_owned()
    }

    /// Empty where it is a word for nothing.
    pub fn said(&self) -> &str {
        let text = self.as_str();
        if NOTHING.iter().any(|word| text.eq_ignore_ascii_case(word)) { "" } else { text }
    }

    /// None where nothing is said.
    pub fn some(&self) -> Option<String> {
        Some(self.said()).filter(|text| !text.is_empty()).map(str::to_owned)
    }

    /// Custom data and names of files: none where nothing is said, or "0".
    pub(crate) fn custom(&self) -> Option<String> {
        self.some().filter(|text| text != "0")
    }

    /// A count or code; None where it is not a whole number that fits.
    pub fn number(&self) -> Option<u32> {
        let text = self.as_str();
        text.parse().ok().or_else(|| whole(text))
    }

    /// A length of time, as seconds, as `00:01:09`, or with the word for seconds; None where it is none, or absurdly long.
    pub(crate) fn seconds(&self) -> Option<u32> {
        let text = self.said();
        let number = match text.parse::<f64>() {
            Ok(number) => number,
            Err(_) => clock(text)?,
        };
        (0.0..=LONGEST_CALL).contains(&number).then_some(number as u32)
    }

    /// One of the platform's codes; 0 where there is none.
    pub fn code(&self) -> Code {
        Code::from_number(self.number().unwrap_or(0))
    }

    pub(crate) fn is_true(&self) -> bool {
        matches!(word(self.as_str()).as_str(), "true" | "1" | "yes" | "y")
    }
}

/// `12.0` and `1.2e1` are 12 too.
fn whole(text: &str) -> Option<u32> {
    let number: f64 = text.parse().ok()?;
    let fits = number.fract() == 0.0 && (0.0..=f64::from(u32::MAX)).contains(&number);
    fits.then_some(number as u32)
}

/// `h:mm:ss` and `m:ss`, or seconds that say so.
fn clock(text: &str) -> Option<f64> {
    let units = ["seconds", "second", "secs", "sec", "s", "秒"];
    let small = text.to_lowercase();
    let plain = units.into_iter().find_map(|unit| small.strip_suffix(unit)).unwrap_or(&small).trim();
    let parts: Vec<f64> = plain.split(':').map(|part| part.parse().ok()).collect::<Option<_>>()?;
    (parts.len() <= 3).then(|| parts.into_iter().fold(0.0, |sum, part| sum * 60.0 + part))
}

/// Something is said, and it is not the negative number that stands for nothing.
pub(crate) fn is_odd_length(text: &str) -> bool {
    !text.is_empty() && !text.parse::<f64>().is_ok_and(|number| number < 0.0)
}

/// A word in its one spelling: `callMethod`, `call_method` and `CALL METHOD` are the same (P2).
pub(crate) fn word(text: &str) -> String {
    text.chars().filter(|c| !matches!(c, '_' | '-') && !c.is_whitespace()).flat_map(char::to_lowercase).collect()
}

/// The same with every name in its one spelling; of names that become one, the last that says something is taken (L27).
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

/// The items of a list, those that are null left out. PHP writes a list with gaps as an object with numbers for names (P11), and an
/// empty one in many ways (A9). None: not a list.
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
    fn l28_numbers_and_texts_are_the_same_thing() {
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
    fn fc9_words_for_nothing_are_nothing() {
        for nothing in ["null", "false", "\"null\"", "\"NULL\"", "\" undefined \"", "\"None\"", "\"\"", "\"[object Object]\"", "[]"] {
            assert_eq!(text(nothing).some(), None, "{nothing}");
        }
        for something in ["nullify", "0", "-", "falsey", "Nan Li"] {
            assert_eq!(text(&format!("\"{something}\"")).some().as_deref(), Some(something));
        }
    }

    #[test]
    fn p11_lists_of_every_shape() {
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
    fn p2_names_have_one_spelling() {
        let value = json!({"Call_Method": {"extNumber": 1, "ext-number": null}, "a b": [{"C": 2}]});
        assert_eq!(plain_names(value), json!({"callmethod": {"extnumber": 1}, "ab": [{"c": 2}]}));
    }
}
