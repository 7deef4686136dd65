//! Reads damaged JSON: the part before the damage is kept.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

/// The value, and the error that ended the reading. If a key occurs twice, the last one counts.
pub(super) fn read(json: &str) -> (Value, Option<serde_json::Error>) {
    let mut value = Value::Null;
    let mut reader = serde_json::Deserializer::from_str(json);
    let error = reader.deserialize_any(Slot(&mut value)).and_then(|()| reader.end()).err();
    (value, error)
}

/// The destination of a value. It is filled step by step, so that it keeps what was read before an error.
struct Slot<'a>(&'a mut Value);

impl<'de> DeserializeSeed<'de> for Slot<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

macro_rules! plain {
    ($($visit:ident: $kind:ty),*) => {
        $(fn $visit<E>(self, value: $kind) -> Result<(), E> {
            *self.0 = Value::from(value);
            Ok(())
        })*
    };
}

impl<'de> Visitor<'de> for Slot<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    plain!(visit_bool: bool, visit_i64: i64, visit_u64: u64, visit_f64: f64, visit_str: &str, visit_string: String);

    fn visit_unit<E>(self) -> Result<(), E> {
        *self.0 = Value::Null;
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        *self.0 = Value::Array(Vec::new());
        loop {
            let mut item = Value::Null;
            let read = items.next_element_seed(Slot(&mut item));
            if let (Value::Array(kept), false) = (&mut *self.0, matches!(read, Ok(None))) {
                kept.push(item);
            }
            if read?.is_none() {
                return Ok(());
            }
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<(), A::Error> {
        *self.0 = Value::Object(Map::new());
        while let Some(key) = fields.next_key::<String>()? {
            let mut field = Value::Null;
            let read = fields.next_value_seed(Slot(&mut field));
            if let Value::Object(kept) = &mut *self.0 {
                kept.insert(key, field);
            }
            read?;
        }
        Ok(())
    }
}
