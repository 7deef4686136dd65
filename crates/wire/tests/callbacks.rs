//! The signals of the documentation's callbacks, and of each field as number, text, null and missing (N4, N22 to N28).
//!
//! The fixtures have the documentation's shapes and our own values. `cargo insta review`, or `INSTA_UPDATE=always`, accepts changes.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test stops at the first surprise")]

use std::{fmt::Write, fs, path::Path};

use ringside_domain::{Delivery, Event, Signal};
use ringside_wire::{Zone, callback};
use serde_json::{Map, Value, json};

const FIXTURES: [&str; 6] = ["ring_by_api", "ring_by_hand", "bill", "bill_of_nobody", "task", "unknown"];

fn fixture(name: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/callbacks");
    fs::read_to_string(folder.join(name).with_extension("json")).unwrap()
}

fn event(body: &[u8]) -> Event {
    match callback::parse(body, &Zone::default()).unwrap() {
        Delivery::Events { mut events, flaw: None, .. } if events.len() == 1 => events.remove(0),
        other => panic!("{other:?}"),
    }
}

fn signal(body: &[u8]) -> Signal {
    *event(body).signal
}

fn shown(fields: &Map<String, Value>) -> String {
    format!("{:#?}", signal(json!(fields).to_string().as_bytes()))
}

/// The lines of `new` that are not in `old`, joined to one line.
fn news(new: &str, old: &str) -> String {
    let old: Vec<&str> = old.lines().collect();
    let lines: Vec<&str> = new.lines().filter(|line| !old.contains(line)).map(str::trim).collect();
    if lines.is_empty() { "the same".to_owned() } else { lines.join(" ") }
}

/// The value as a number, as a text, as null, and missing.
fn variations(value: &Value) -> [(&'static str, Option<Value>); 4] {
    let text = match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let number = text.parse().map_or(json!(7), |number: u64| json!(number));
    [("number", Some(number)), ("text", Some(json!(text))), ("null", Some(Value::Null)), ("absent", None)]
}

#[test]
fn every_field_of_every_callback_is_read_in_every_type() {
    for name in FIXTURES {
        let fields: Map<String, Value> = serde_json::from_str(&fixture(name)).unwrap();
        let base = shown(&fields);
        let mut text = format!("{base}\n");
        for (field, value) in &fields {
            for (shape, varied) in variations(value) {
                let mut changed = fields.clone();
                match varied {
                    Some(value) => changed.insert(field.clone(), value),
                    None => changed.remove(field),
                };
                writeln!(text, "{field} {shape}: {}", news(&shown(&changed), &base)).unwrap();
            }
        }
        insta::assert_snapshot!(name, text);
    }
}

#[test]
fn n23_every_encoding_gives_the_same_event() {
    for name in FIXTURES {
        let json = fixture(name);
        let encoded: String = json.bytes().map(|byte| format!("%{byte:02x}")).collect();
        let part = |head: &str| format!("--x\r\nContent-Disposition: form-data; name=\"detail\"{head}\r\n\r\n{json}\r\n--x--\r\n");
        for body in [
            json.clone(),
            format!("\u{feff}{json}"),
            json!(json).to_string(),
            format!("detail={encoded}"),
            format!("a=b&detail={encoded}&c=d"),
            part(""),
            part("; filename=\"detail.json\"\r\nContent-Type: text/plain"),
        ] {
            let said = event(body.as_bytes());
            assert_eq!(*said.signal, signal(json.as_bytes()), "{body}");
            assert_eq!(said.payload, json.trim(), "the payload is stored as sent");
        }
    }
}

#[test]
fn l30_unknown_fields_are_kept_and_change_nothing() {
    for name in FIXTURES {
        let mut fields: Map<String, Value> = serde_json::from_str(&fixture(name)).unwrap();
        let base = shown(&fields);
        fields.insert("skill".into(), json!({"level": [1, 2]}));
        assert_eq!(shown(&fields), base);
        let payload = event(json!(fields).to_string().as_bytes()).payload;
        assert!(payload.contains("\"skill\":{\"level\":[1,2]}"));
    }
}
