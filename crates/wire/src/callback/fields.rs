//! The flat JSON object of a callback or bill, with each value as text, exactly as sent (N4, L28).

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use ringside_domain::Extension;
use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, Visitor},
};
use serde_json::value::RawValue;

use crate::loose::{Text, word};

/// Texts by the normal form of their names; if a name occurs twice, the last one with a value counts (L27).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fields {
    texts: BTreeMap<String, Text>,
    /// The names whose values are non-empty lists or objects.
    structures: BTreeSet<String>,
}

impl Fields {
    pub(super) fn of(members: &[(String, &RawValue)]) -> Self {
        let mut fields = Self::default();
        for (name, value) in members {
            let text = text(value.get());
            if text.is_none() && value.get().len() > "[]".len() {
                fields.structures.insert(word(name));
            }
            fields.put(name, text.unwrap_or_default());
        }
        fields
    }

    fn put(&mut self, name: &str, text: Text) {
        let name = word(name);
        if !text.said().is_empty() || !self.has(&name) {
            self.texts.insert(name, text);
        }
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.texts.contains_key(name)
    }

    /// Empty if there is no value.
    pub(super) fn text(&self, name: &str) -> &str {
        self.texts.get(name).map_or("", Text::said)
    }

    /// The value in the normal form of the platform's words.
    pub(super) fn word(&self, name: &str) -> String {
        word(self.text(name))
    }

    pub(super) fn first<const N: usize>(&self, names: [&str; N]) -> String {
        names.into_iter().map(|name| self.text(name)).find(|text| !text.is_empty()).unwrap_or_default().to_owned()
    }

    /// None if there is no value.
    pub fn some(&self, name: &str) -> Option<String> {
        self.texts.get(name)?.some()
    }

    pub(super) fn custom(&self, name: &str) -> Option<String> {
        self.texts.get(name)?.custom()
    }

    pub(super) fn number(&self, name: &str) -> Option<u32> {
        self.texts.get(name)?.number()
    }

    pub(super) fn seconds(&self, name: &str) -> Option<u32> {
        self.texts.get(name)?.seconds()
    }

    /// Whether the value is a list or an object instead of a text.
    pub(super) fn is_structure(&self, name: &str) -> bool {
        self.structures.contains(name) && self.text(name).is_empty()
    }

    pub(super) fn is_true(&self, name: &str) -> bool {
        self.texts.get(name).is_some_and(Text::is_true)
    }

    pub(super) fn extension(&self) -> Extension {
        Extension(self.text("extnumber").to_owned())
    }
}

impl<'de> Deserialize<'de> for Fields {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let texts = BTreeMap::<String, Text>::deserialize(deserializer)?;
        let mut fields = Self::default();
        texts.into_iter().for_each(|(name, text)| fields.put(&name, text));
        Ok(fields)
    }
}

/// The members of an object, in order.
pub(super) struct Members<'a>(pub Vec<(String, &'a RawValue)>);

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;

        impl<'de> Visitor<'de> for Reader {
            type Value = Members<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }

        deserializer.deserialize_map(Reader)
    }
}

/// A number keeps all its digits. A list or an object is no text and is kept only in the payload, except PHP's form of a time.
pub(super) fn text(raw: &str) -> Option<Text> {
    match raw.as_bytes().first() {
        // A lone surrogate is no character; the text as written is better than none (L29).
        Some(b'"') => Some(Text::new(serde_json::from_str(raw).unwrap_or_else(|_| raw.trim_matches('"').to_owned()))),
        Some(b'{') => serde_json::from_str(raw).ok().map(|PhpTime { date, timezone }| Text::new(format!("{date} {timezone}"))),
        Some(b'[') | None => None,
        _ => Some(Text::of_number(raw)),
    }
}

/// `{"date":"2026-01-14 14:16:46.000000","timezone_type":3,"timezone":"Asia/Shanghai"}`.
#[derive(Deserialize)]
struct PhpTime {
    date: String,
    timezone: String,
}
