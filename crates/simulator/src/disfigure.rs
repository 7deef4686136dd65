//! Distortions of correct answers that PHP back ends cause (P10, P11).

use serde_json::{Map, Value};

/// Placeholder for the words in GBK; no answer contains it.
const HERE: &str = "@words-in-gbk@";
/// 获取成功誠 in GBK. The second byte of the last character is a backslash, directly before the closing quote.
const WORDS: &[u8] = b"\xbb\xf1\xc8\xa1\xb3\xc9\xb9\xa6\xd5\x5c";

/// `null` in every field, however deep.
pub(crate) fn nulls(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(nulls),
        Value::Object(fields) => fields.values_mut().for_each(nulls),
        field => *field = Value::Null,
    }
}

/// Each list becomes an object with the keys 1, 3, 5: so PHP encodes a list from which elements were removed.
pub(crate) fn lists_as_objects(value: &mut Value) {
    match value {
        Value::Array(items) => {
            items.iter_mut().for_each(lists_as_objects);
            let items = std::mem::take(items);
            let keyed: Map<String, Value> = items.into_iter().enumerate().map(|(at, item)| ((2 * at + 1).to_string(), item)).collect();
            *value = Value::Object(keyed);
        }
        Value::Object(fields) => fields.values_mut().for_each(lists_as_objects),
        _ => {}
    }
}

pub(crate) fn lists_with_null(value: &mut Value) {
    match value {
        Value::Array(items) => {
            items.iter_mut().for_each(lists_with_null);
            items.insert(0, Value::Null);
        }
        Value::Object(fields) => fields.values_mut().for_each(lists_with_null),
        _ => {}
    }
}

/// The envelope's bytes, with its words in GBK.
pub(crate) fn gbk(mut envelope: Value) -> Vec<u8> {
    let words = if envelope.pointer("/data/desc").is_some() { &mut envelope["data"]["desc"] } else { &mut envelope["msg"] };
    *words = Value::String(HERE.to_owned());
    let text = envelope.to_string();
    let (before, after) = text.split_once(HERE).unwrap_or((&text, ""));
    [before.as_bytes(), WORDS, after.as_bytes()].concat()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn lists_and_fields_are_distorted_at_every_depth() {
        let right = json!({"rows": [{"a": 1, "b": ["x", "y"]}, {"a": null, "b": []}]});
        let mut value = right.clone();
        lists_as_objects(&mut value);
        assert_eq!(value, json!({"rows": {"1": {"a": 1, "b": {"1": "x", "3": "y"}}, "3": {"a": null, "b": {}}}}));
        let mut value = right.clone();
        lists_with_null(&mut value);
        assert_eq!(value, json!({"rows": [null, {"a": 1, "b": [null, "x", "y"]}, {"a": null, "b": [null]}]}));
        let mut value = right;
        nulls(&mut value);
        assert_eq!(value, json!({"rows": [{"a": null, "b": [null, null]}, {"a": null, "b": []}]}));
    }

    #[test]
    fn words_in_gbk_end_in_a_backslash_before_the_quote() {
        let bytes = gbk(json!({"ret": 200, "data": {"desc": "get success", "status": 0}, "msg": ""}));
        assert!(bytes.windows(3).any(|window| window == b"\xd5\x5c\""));
        assert!(std::str::from_utf8(&bytes).is_err());
    }
}
