//! The wire's loose types: a number may be text, text may be a number, nothing has many spellings (N4).

use std::borrow::Cow;

use ringside_domain::clean;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use crate::Code;

/// Text or number, as text; null and absent are empty. Leading zeros are kept. Without what no text of ours can hold: every text
/// of the platform's becomes one of these before it is anything else.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Text(pub String);

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self::new(match Value::deserialize(deserializer)? {
            Value::String(text) => text,
            Value::Number(number) => number.to_string(),
            Value::Bool(truth) => truth.to_string(),
            // A list or an object where a text should be is not ours to understand; it stands in the raw payload.
            Value::Null | Value::Array(_) | Value::Object(_) => String::new(),
        }))
    }
}

impl Text {
    pub fn new(text: String) -> Self {
        match clean(&text) {
            Cow::Borrowed(_) => Self(text),
            Cow::Owned(cleaned) => Self(cleaned),
        }
    }

    pub fn as_str(&self) -> &str {
        self.0.trim()
    }

    pub fn owned(&self) -> String {
        self.as_str().to_owned()
    }

    /// None where empty.
    pub fn some(&self) -> Option<String> {
        Some(self.as_str()).filter(|text| !text.is_empty()).map(str::to_owned)
    }

    /// Custom data: none where empty or "0".
    pub fn custom(&self) -> Option<String> {
        self.some().filter(|text| text != "0")
    }

    /// A count or code; None where it is not a whole number that fits.
    pub fn number(&self) -> Option<u32> {
        let text = self.as_str();
        text.parse().ok().or_else(|| whole(text))
    }

    /// One of the platform's codes; 0 where there is none.
    pub fn code(&self) -> Code {
        Code::from_number(self.number().unwrap_or(0))
    }

    pub fn is_true(&self) -> bool {
        matches!(self.as_str().to_ascii_lowercase().as_str(), "true" | "1")
    }
}

/// `12.0` and `1.2e1` are 12 too.
fn whole(text: &str) -> Option<u32> {
    let number: f64 = text.parse().ok()?;
    let fits = number.fract() == 0.0 && (0.0..=f64::from(u32::MAX)).contains(&number);
    fits.then_some(number as u32)
}

#[cfg(test)]
mod tests {
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
    fn fc20_a_text_holds_no_nul_and_no_control_of_direction() {
        assert_eq!(text(r#""138\u0000\u202e001""#).owned(), "138001");
        assert_eq!(text(r#""\u0000""#).some(), None, "nothing is left of it");
        assert_eq!(text(r#""\u2066queue-1\u2069""#).as_str(), "queue-1");
    }
}
