//! The flat JSON object that every callback and every bill is, with each value as text, exactly as sent (N4, L28).

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use super::CallbackError;
use crate::wire::Text;

/// Field names to texts; of a name that comes twice the last is taken (L27).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Fields(BTreeMap<String, Text>);

impl Fields {
    /// The object in a payload, and that payload; one that is an object written as a JSON string is unwrapped once (L24).
    pub fn read(payload: String) -> Result<(Self, String), CallbackError> {
        let error = match Self::parse(&payload) {
            Ok(fields) => return Ok((fields, payload)),
            Err(error) => error,
        };
        if let Ok(inner) = serde_json::from_str::<String>(&payload)
            && let Ok(fields) = Self::parse(&inner)
        {
            return Ok((fields, inner.trim().to_owned()));
        }
        Err(CallbackError::Json(error.to_string()))
    }

    fn parse(json: &str) -> serde_json::Result<Self> {
        let raw: BTreeMap<String, &RawValue> = serde_json::from_str(json)?;
        Ok(Self(raw.into_iter().map(|(name, value)| (name, text(value.get()))).collect()))
    }

    pub fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// Empty where absent.
    pub fn text(&self, name: &str) -> &str {
        self.0.get(name).map_or("", Text::as_str)
    }

    pub fn first<const N: usize>(&self, names: [&str; N]) -> String {
        names.into_iter().map(|name| self.text(name)).find(|text| !text.is_empty()).unwrap_or_default().to_owned()
    }

    pub fn some(&self, name: &str) -> Option<String> {
        self.0.get(name)?.some()
    }

    pub fn custom(&self, name: &str) -> Option<String> {
        self.0.get(name)?.custom()
    }

    pub fn number(&self, name: &str) -> Option<u32> {
        self.0.get(name)?.number()
    }

    pub fn is_true(&self, name: &str) -> bool {
        self.0.get(name).is_some_and(Text::is_true)
    }
}

impl<'de> Deserialize<'de> for Fields {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        BTreeMap::deserialize(deserializer).map(Self)
    }
}

/// A number keeps its digits, however many; a list or an object is not a text and stands in the payload only.
fn text(raw: &str) -> Text {
    Text::new(match raw.as_bytes().first() {
        // A lone surrogate is not a character; the text as written is better than none (L29).
        Some(b'"') => serde_json::from_str(raw).unwrap_or_else(|_| raw.trim_matches('"').to_owned()),
        Some(b'[' | b'{') | None => String::new(),
        _ if raw == "null" => String::new(),
        _ => raw.to_owned(),
    })
}
