//! The envelope of every answer: three levels (N2), with their exceptions (N3).

use ringside_domain::clean;
use ringside_wire::{Code, Text, is_list, items, json, plain_names, text};
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::PlatformError;

/// A service's answer: `data.result`, or `data` itself if it is bare (N3); null if there is neither.
#[derive(Debug)]
pub(crate) struct Answer {
    pub result: Value,
    /// The platform's time of the answer, in epoch seconds.
    pub answered_at: Option<i64>,
}

impl Answer {
    pub fn read<T: DeserializeOwned>(self, what: &'static str) -> Result<T, PlatformError> {
        serde_json::from_value(self.result).map_err(|_| PlatformError::Incomplete(what))
    }

    /// Reads a list, in any of the forms that PHP gives it (A9, P11).
    pub fn list<T: DeserializeOwned>(self, what: &'static str) -> Result<Vec<T>, PlatformError> {
        let items = items(self.result).ok_or(PlatformError::Incomplete(what))?;
        items.into_iter().map(serde_json::from_value).collect::<Result<_, _>>().map_err(|_| PlatformError::Incomplete(what))
    }
}

/// Reads the three levels. `status` is the HTTP status; it decides the error if the body is not an envelope.
pub(crate) fn open(status: u16, body: &[u8]) -> Result<Answer, PlatformError> {
    let no_envelope = || not_the_platform(status, body);
    let text = text::decode(body);
    let read = |text| json::first(text).and_then(|first| serde_json::from_str(&first.json).map_err(|error| error.to_string()));
    let Ok(Value::Object(mut envelope)) = json::after_notice(&text, read).map(plain_names) else { return Err(no_envelope()) };
    let ret = envelope.get("ret").and_then(number).ok_or_else(no_envelope)?;
    if ret != 200 {
        let message = envelope.get("msg").map(words).unwrap_or_default();
        return Err(PlatformError::Refused { code: Code::from_number(ret), message });
    }
    if !(200..300).contains(&status) {
        return Err(no_envelope());
    }
    let data = envelope.remove("data").unwrap_or(Value::Null);
    let Value::Object(mut data) = data else { return Ok(Answer { result: data, answered_at: None }) };
    if !data.is_empty() && is_list(data.keys()) {
        return Ok(Answer { result: Value::Object(data), answered_at: None });
    }
    if data.get("status").and_then(number).unwrap_or(0) != 0 {
        return Err(failure(&data));
    }
    let answered_at = data.get("rsptime").and_then(number).map(i64::from);
    Ok(Answer { result: data.remove("result").unwrap_or(Value::Null), answered_at })
}

fn failure(data: &serde_json::Map<String, Value>) -> PlatformError {
    let errors = data.get("errors");
    let code = errors.and_then(|errors| errors.get("code")).and_then(number).unwrap_or(0);
    let said = [data.get("desc"), errors.and_then(|errors| errors.get("codemsg"))];
    let mut said: Vec<String> = said.into_iter().flatten().map(words).filter(|text| !text.is_empty()).collect();
    said.dedup();
    PlatformError::Failed { code: Code::from_number(code), message: said.join(", ") }
}

/// The error contains the first bytes of the body, so that a person can see which server answered (N3, A8).
fn not_the_platform(status: u16, body: &[u8]) -> PlatformError {
    if status == 407 {
        return PlatformError::ProxyRefused;
    }
    if status == 429 || status >= 500 {
        return PlatformError::Http { status, retry_after: None };
    }
    let first: String = text::decode(&body[..body.len().min(400)]).chars().take(120).collect();
    PlatformError::NotThePlatform { status, first_bytes: first.escape_debug().to_string() }
}

fn number(value: &Value) -> Option<u32> {
    match value {
        Value::Number(number) => Text::new(number.to_string()).number(),
        Value::String(text) => Text::new(text).number(),
        _ => None,
    }
}

fn words(value: &Value) -> String {
    match value {
        Value::String(text) => clean(text).chars().take(200).collect(),
        Value::Null => String::new(),
        other => other.to_string().chars().take(200).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn n2_errors_are_read_on_both_levels() {
        let done = open(200, br#"{"ret":200,"data":{"status":0,"result":[1],"rsptime":5},"msg":""}"#).unwrap();
        assert_eq!((done.result.to_string().as_str(), done.answered_at), ("[1]", Some(5)));
        let refused = open(200, br#"{"ret":400,"data":[],"msg":"Illegal request"}"#).unwrap_err();
        assert_eq!(refused, PlatformError::Refused { code: Code::IllegalRequest, message: "Illegal request".into() });
        let failed = open(200, br#"{"ret":200,"data":{"status":1,"desc":"xxxfail","errors":{"code":"1003"}}}"#).unwrap_err();
        assert_eq!(failed, PlatformError::Failed { code: Code::Failed, message: "xxxfail".into() });
    }

    #[test]
    fn a9_n3_envelopes_of_other_forms_are_read_or_reported() {
        assert!(open(200, br#"{"ret":"200","data":[{"name":"test2"}],"msg":""}"#).unwrap().result.is_array());
        assert!(open(200, br#"{"ret":200,"data":{},"msg":""}"#).unwrap().result.is_null());
        assert!(open(200, br#"{"ret":200}"#).unwrap().result.is_null());
        assert!(matches!(open(200, br#"{"ret":777,"data":{}}"#), Err(PlatformError::Refused { code: Code::Other(777), .. })));
        assert!(
            matches!(open(500, br#"{"ret":600,"data":[]}"#), Err(PlatformError::Refused { code: Code::TokenInvalid, .. })),
            "an envelope is read with any HTTP status"
        );
    }

    #[test]
    fn fs20_answers_in_the_forms_that_php_writes_are_read() {
        let answer = br#"{"ret":200,"data":{"status":0,"result":{"1":{"queueName":"a"},"10":{"queuename":"c"},"3":{"queuename":"b"}},"rsptime":"5"},"msg":""}"#;
        let rows = |body: &[u8]| open(200, body).unwrap().list::<std::collections::BTreeMap<String, String>>("rows").unwrap();
        let named = |names: &[&str]| names.iter().map(|name| [("queuename".to_owned(), (*name).to_owned())].into()).collect::<Vec<_>>();
        for before in
            [&b""[..], b"\xef\xbb\xbf", b"\r\n", b"<br />\n<b>Notice</b>:  Undefined index: a{b} in <b>/x.php</b> on line <b>3</b><br />\n"]
        {
            for after in [&b""[..], b"\n", b"\nWarning: {x}"] {
                assert_eq!(rows(&[before, answer, after].concat()), named(&["a", "b", "c"]));
            }
        }
        assert_eq!(rows(br#"{"ret":200,"data":{"status":0,"result":[null,{"queuename":"a"}]}}"#), named(&["a"]));
        assert_eq!(rows(br#"{"ret":200,"data":{"1":{"queuename":"a"},"4":{"queuename":"b"}}}"#), named(&["a", "b"]));
        assert_eq!(rows(b"{\"ret\":200,\"data\":[{\"queuename\":\"a\n\"},]}"), named(&["a\n"]));
        for empty in ["null", "[]", "{}", "\"\"", "false", "[null]"] {
            assert_eq!(rows(format!(r#"{{"ret":200,"data":{{"status":0,"result":{empty}}}}}"#).as_bytes()), named(&[]), "{empty}");
        }
        let gbk =
            [&b"{\"ret\":200,\"data\":{\"status\":1,\"desc\":\"\xb7\xd6\xbb\xfa\xd5\x5c\",\"errors\":{\"code\":\"1014\"}}}"[..]].concat();
        assert_eq!(open(200, &gbk).unwrap_err(), PlatformError::Failed { code: Code::NotRegistered, message: "分机誠".into() });
        let none = open(200, br#"{"ret":200,"data":{"status":0,"result":"soon"}}"#).unwrap().list::<Value>("rows");
        assert_eq!(none.unwrap_err(), PlatformError::Incomplete("rows"));
    }

    #[test]
    fn a8_a_body_that_is_not_an_envelope_is_not_from_the_platform() {
        for body in ["<html>login</html>", "", "[]", "{\"ret\":", "{}", "null"] {
            assert!(matches!(open(200, body.as_bytes()), Err(PlatformError::NotThePlatform { .. })), "{body}");
        }
        assert!(matches!(open(502, b"<html>"), Err(PlatformError::Http { status: 502, .. })));
    }
}
