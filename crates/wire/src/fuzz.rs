//! Changes real bodies at random: no decoder may panic, and an accepted body must give the same result when it is read again.
//!
//! A short run is part of the tests. A long run:
//!
//! ```text
//! RINGSIDE_FUZZ_RUNS=5000000 cargo test --release -p ringside-wire --lib fuzz -- --nocapture
//! ```

#![allow(clippy::print_stdout, clippy::panic, reason = "a test tells how many inputs it tried, and stops at the first failure")]

mod changed;

use std::sync::LazyLock;

use changed::run;
use ringside_domain::Delivery;

use crate::{Zone, callback, json, moment, text};

const CALLBACKS: [&str; 6] = [
    include_str!("../tests/callbacks/ring_by_api.json"),
    include_str!("../tests/callbacks/ring_by_hand.json"),
    include_str!("../tests/callbacks/bill.json"),
    include_str!("../tests/callbacks/bill_of_nobody.json"),
    include_str!("../tests/callbacks/task.json"),
    include_str!("../tests/callbacks/unknown.json"),
];

static MEXICO: LazyLock<Zone> = LazyLock::new(|| Zone::named("America/Mexico_City").unwrap());

#[test]
fn the_callback_decoder_never_panics() {
    let mut corpus = Vec::new();
    for json in CALLBACKS {
        let encoded: String = url::form_urlencoded::byte_serialize(json.as_bytes()).collect();
        corpus.push(json.as_bytes().to_vec());
        corpus.push(serde_json::to_vec(json).unwrap());
        corpus.push(format!("detail={encoded}").into_bytes());
        corpus.push(format!("detail={json}").into_bytes());
        corpus.push(format!("[{json},{json}]").into_bytes());
        corpus.push(format!("{{\"result\":{{\"1\":{json}}}}}").into_bytes());
        corpus.push(format!("Notice: x\n{json}").into_bytes());
        let fields: serde_json::Map<String, serde_json::Value> = serde_json::from_str(json).unwrap();
        let pair = |(name, value): (&String, &serde_json::Value)| format!("{name}={}&", value.to_string().trim_matches('"'));
        corpus.push(fields.iter().map(pair).collect::<String>().into_bytes());
        corpus.push(format!("--x\r\nContent-Disposition: form-data; name=\"detail\"\r\n\r\n{json}\r\n--x--\r\n").into_bytes());
    }
    run(("callback decoder", "accepted"), &corpus, |body| {
        let Ok(Delivery::Events { events, .. }) = callback::parse(body, &Zone::default()) else { return false };
        assert!(!events.is_empty());
        for event in events {
            let Ok(Delivery::Events { events, .. }) = callback::parse(event.payload.as_bytes(), &Zone::default()) else { panic!() };
            assert_eq!(events, [event], "the stored payload gives the same event");
        }
        true
    });
}

#[test]
fn the_readers_of_text_json_and_times_never_panic() {
    let corpus: Vec<Vec<u8>> = CALLBACKS.iter().map(|json| json.as_bytes().to_vec()).collect();
    run(("JSON reader", "read"), &corpus, |body| {
        let text = text::decode(body);
        let Ok(first) = json::first(&text) else { return false };
        let again = json::first(&first.json).unwrap();
        assert_eq!((&again.json, again.rest, again.repair), (&first.json, "", None), "repaired JSON is valid");
        true
    });
    let times = [
        "2026-01-14 14:16:46",
        "2026/1/4 下午2:16:46",
        "2026-01-14T06:16:46.123+08:00",
        "1768371406.123",
        "20260114141646",
        "/Date(1768371406123)/",
    ];
    let times: Vec<Vec<u8>> = times.iter().map(|time| time.as_bytes().to_vec()).collect();
    run(("time reader", "read"), &times, |body| {
        let zone = &*MEXICO;
        let Some(at) = moment::parse(&text::decode(body), zone) else { return false };
        let second = moment::parse(&moment::format(at, zone), zone).unwrap();
        // The hour that occurs twice may be read as the later one.
        assert!([0, 3_600_000].contains(&(second.0 - at.second().0)), "{}", body.escape_ascii());
        true
    });
}
