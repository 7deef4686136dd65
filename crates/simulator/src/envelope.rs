//! The envelope of every answer: its levels of success and failure (N2), its exceptions (N3), its varying types (N4).

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::codes::{self, Code};
use crate::random::Random;

/// A service's answer without its envelope.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Answer {
    /// Done, without a `result`.
    Done,
    /// Done, with a `result`.
    Result(Value),
    /// The whole of `data`, as GetGroupExt answers (N3).
    Bare(Value),
    /// `data.status` 1 with a code.
    Failed(Code),
}

/// A request that did not reach its service: `ret` other than 200.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) ret: u16,
    /// Appended to the words for `ret`; may be empty.
    pub(crate) detail: String,
}

impl Refusal {
    pub(crate) fn new(ret: u16) -> Self {
        Self { ret, detail: String::new() }
    }

    /// `ret` 400; the detail names the parameter and what is wrong with it.
    pub(crate) fn parameter(detail: impl Into<String>) -> Self {
        Self { ret: 400, detail: detail.into() }
    }
}

/// The language of answers' words, and whether their types vary.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Manner {
    pub(crate) chinese: bool,
    pub(crate) drift: bool,
}

impl Manner {
    fn of(self, (english, chinese): (&'static str, &'static str)) -> &'static str {
        if self.chinese { chinese } else { english }
    }

    /// The complete envelope. `done` holds the English and Chinese words for a success.
    pub(crate) fn envelope(
        self,
        outcome: Result<Answer, Refusal>,
        done: (&'static str, &'static str),
        (requested, now): (Timestamp, Timestamp),
        random: &mut Random,
    ) -> Value {
        let times = |mut data: Value| {
            data["reqtime"] = json!(requested.as_second());
            data["rsptime"] = json!(now.as_second());
            data
        };
        let data = match outcome {
            Err(refusal) => {
                let words = self.of(codes::refusal(refusal.ret));
                let msg = match refusal.detail.as_str() {
                    "" => words.to_owned(),
                    detail => format!("{words}: {detail}"),
                };
                return json!({ "ret": refusal.ret, "data": [], "msg": msg });
            }
            Ok(Answer::Done) => times(json!({ "status": 0, "desc": self.of(done) })),
            Ok(Answer::Result(mut result)) => {
                if self.drift {
                    drift(&mut result, random);
                }
                times(json!({ "status": 0, "desc": self.of(done), "result": result }))
            }
            Ok(Answer::Bare(data)) => data,
            Ok(Answer::Failed(code)) => times(json!({
                "status": 1,
                "desc": self.of(codes::words(code)),
                "errors": { "code": code.to_string(), "codemsg": self.of(codes::words(code)) },
            })),
        };
        json!({ "ret": 200, "data": data, "msg": "" })
    }
}

/// Custom fields that the platform sometimes omits or sends as `null` (N4).
const CUSTOM: [&str; 5] = ["userid", "memberid", "chengshudu", "customuuid", "userkey"];

/// By chance, turns numbers into strings and back, and makes empty custom fields `null` or absent (N4). Leading zeros are kept.
pub(crate) fn drift(value: &mut Value, random: &mut Random) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| drift(item, random)),
        Value::Object(fields) => drift_fields(fields, random),
        Value::Number(number) if random.percent(50) => *value = Value::String(number.to_string()),
        Value::String(text) if random.percent(50) => {
            let number = text.parse::<i64>().ok();
            if let Some(number) = number.filter(|n| n.to_string() == *text) {
                *value = json!(number);
            }
        }
        _ => {}
    }
}

fn drift_fields(fields: &mut Map<String, Value>, random: &mut Random) {
    for key in CUSTOM {
        let none = matches!(fields.get(key), Some(Value::String(text)) if text.is_empty() || text == "0");
        if none {
            match random.between(0, 3) {
                0 => drop(fields.remove(key)),
                1 => drop(fields.insert(key.to_owned(), Value::Null)),
                2 => drop(fields.insert(key.to_owned(), json!(""))),
                _ => {}
            }
        }
    }
    fields.values_mut().for_each(|value| drift(value, random));
}

#[cfg(test)]
mod tests {
    use super::*;

    const DONE: (&str, &str) = ("get success", "获取成功");

    fn envelope(outcome: Result<Answer, Refusal>, chinese: bool) -> Value {
        let manner = Manner { chinese, drift: false };
        let at = Timestamp::UNIX_EPOCH;
        manner.envelope(outcome, DONE, (at, at), &mut Random::new(0))
    }

    #[test]
    fn refusals_failures_successes_and_bare_data_have_their_envelopes() {
        assert_eq!(
            envelope(Err(Refusal::parameter("token is required")), false),
            json!({"ret": 400, "data": [], "msg": "Illegal request: token is required"})
        );
        assert_eq!(
            envelope(Ok(Answer::Failed(1218)), true),
            json!({"ret": 200, "msg": "", "data": {"status": 1, "desc": "已签入",
                "errors": {"code": "1218", "codemsg": "已签入"}, "reqtime": 0, "rsptime": 0}})
        );
        assert_eq!(
            envelope(Ok(Answer::Done), false),
            json!({"ret": 200, "msg": "", "data": {"status": 0, "desc": "get success", "reqtime": 0, "rsptime": 0}})
        );
        assert_eq!(envelope(Ok(Answer::Bare(json!([]))), false), json!({"ret": 200, "data": [], "msg": ""}));
    }

    #[test]
    fn drift_keeps_leading_zeros_and_produces_every_type() {
        let mut random = Random::new(3);
        let (mut number, mut text, mut absent) = (false, false, false);
        for _ in 0..200 {
            let mut value = json!({"destnumber": "015029913692", "code": 9024, "x": "9024", "userid": "0"});
            drift(&mut value, &mut random);
            assert_eq!(value["destnumber"], "015029913692");
            number |= value["x"] == json!(9024);
            text |= value["code"] == json!("9024");
            absent |= value.get("userid").is_none();
        }
        assert!(number && text && absent);
    }
}
