//! Bodies that no platform would send, by the million: nothing panics, and what is accepted says the same when it is read again.
//!
//! Real bodies are changed at random from a fixed seed, so that a failure can be had again. A short run is part of the tests;
//!
//! ```text
//! RINGSIDE_FUZZ_RUNS=5000000 cargo test --release -p ringside-platform --lib fuzz -- --nocapture
//! ```
//!
//! is a long one.

#![allow(clippy::print_stdout, clippy::panic, reason = "a test tells how many inputs it tried, and stops at the first failure")]

use std::{panic::catch_unwind, sync::LazyLock};

use ringside_domain::Delivery;

use crate::{Zone, callback, capture, envelope, json, moment, text};

/// One a line, as the simulator answered.
const ANSWERS: &str = include_str!("../tests/answers.txt");
const CALLBACKS: [&str; 6] = [
    include_str!("../tests/callbacks/ring_by_api.json"),
    include_str!("../tests/callbacks/ring_by_hand.json"),
    include_str!("../tests/callbacks/bill.json"),
    include_str!("../tests/callbacks/bill_of_nobody.json"),
    include_str!("../tests/callbacks/task.json"),
    include_str!("../tests/callbacks/unknown.json"),
];
/// Pieces that parsers stumble over.
const PIECES: [&str; 39] = [
    "\"",
    "\\",
    "\\u0000",
    "\\ud800",
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "null",
    "1e309",
    "-1",
    "99999999999999999999",
    "\u{feff}",
    "号",
    "\r\n--x",
    "detail=",
    "%",
    "\"token\":",
    "{\"detail\":",
    "{\"result\":[",
    "\"1\":",
    "]}",
    "\n",
    "\0",
    "\\'",
    "&",
    "=",
    "detail[status]=ring",
    "+08:00",
    "24:00",
    "1768371406.123",
    "\nNotice: ",
    "%u5ba2",
    ";",
    "&amp;",
    "\\\"",
    "00:00:09",
];
/// Which are not UTF-8.
const BYTES: [&[u8]; 4] = [b"\xd5\x5c", b"\xe4\xb8", b"\xff\xfe", b"\x81\x30\x81\x30"];

static MEXICO: LazyLock<Zone> = LazyLock::new(|| Zone::named("America/Mexico_City").unwrap());

struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        (self.next() % end.max(1) as u64) as usize
    }

    /// A short stretch of a body.
    fn stretch(&mut self, length: usize) -> std::ops::Range<usize> {
        let from = self.below(length + 1);
        from..(from + self.below(24)).min(length)
    }
}

/// A real body, changed in up to four places.
fn changed(corpus: &[Vec<u8>], random: &mut Random) -> Vec<u8> {
    let mut body = corpus[random.below(corpus.len())].clone();
    for _ in 0..random.below(5) {
        let at = random.below(body.len() + 1);
        match random.below(9) {
            0 if at < body.len() => body[at] ^= 1 << random.below(8),
            1 if at < body.len() => body[at] = random.next() as u8,
            8 => drop(body.splice(at..at, BYTES[random.below(BYTES.len())].iter().copied())),
            2 => drop(body.splice(at..at, PIECES[random.below(PIECES.len())].bytes())),
            3 => drop(body.drain(random.stretch(body.len()))),
            4 => {
                let copy = body[random.stretch(body.len())].to_vec();
                drop(body.splice(at..at, copy));
            }
            5 => {
                let other = &corpus[random.below(corpus.len())];
                let piece = other[random.stretch(other.len())].to_vec();
                let gone = random.stretch(body.len());
                drop(body.splice(gone, piece));
            }
            6 if random.below(4) == 0 => body.truncate(at),
            _ => {
                // A value for another one: from a colon to the next comma.
                if let Some(colon) = body[at..].iter().position(|byte| *byte == b':') {
                    let from = at + colon + 1;
                    let length = body[from..].iter().position(|byte| matches!(byte, b',' | b'}')).unwrap_or(0);
                    drop(body.splice(from..from + length, PIECES[random.below(PIECES.len())].bytes()));
                }
            }
        }
    }
    body
}

/// Runs as often as asked for; prints of how many inputs the closure says yes.
fn run((what, word): (&str, &str), corpus: &[Vec<u8>], accepted: fn(&[u8]) -> bool) {
    let runs: u64 = std::env::var("RINGSIDE_FUZZ_RUNS").map_or(20_000, |runs| runs.parse().unwrap());
    let mut random = Random(1);
    let mut taken = 0;
    for number in 0..runs {
        let body = changed(corpus, &mut random);
        match catch_unwind(|| accepted(&body)) {
            Ok(accepted) => taken += u64::from(accepted),
            Err(_) => panic!("{what} {number}: {}", body.escape_ascii()),
        }
    }
    println!("{what}: {runs} executions, {taken} {word} ({:.1} %)", taken as f64 * 100.0 / runs as f64);
    assert!(taken > runs / 20 && taken < runs, "the changes are too coarse or too fine to find anything: {taken}");
}

#[test]
fn the_callback_decoder_survives_anything() {
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
            assert_eq!(events, [event], "what is kept says the same when it is read again");
        }
        true
    });
}

#[test]
fn the_readers_of_text_json_and_times_survive_anything() {
    let corpus: Vec<Vec<u8>> = CALLBACKS.iter().map(|json| json.as_bytes().to_vec()).collect();
    run(("JSON reader", "read"), &corpus, |body| {
        let text = text::decode(body);
        let Ok(first) = json::first(&text) else { return false };
        let again = json::first(&first.json).unwrap();
        assert_eq!((&again.json, again.rest, again.repair), (&first.json, "", None), "what is mended is valid");
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
        // But for the hour that comes twice.
        assert!([0, 3_600_000].contains(&(second.0 - at.second().0)), "{}", body.escape_ascii());
        true
    });
}

#[test]
fn the_envelope_decoder_survives_anything() {
    let corpus: Vec<Vec<u8>> = ANSWERS.lines().map(|line| line.as_bytes().to_vec()).collect();
    run(("envelope decoder", "accepted"), &corpus, |body| {
        let status = [200, 200, 200, 500][body.len() % 4];
        let answer = envelope::open(status, body);
        let accepted = answer.is_ok();
        if let Ok(answer) = answer
            && let Ok(rows) = answer.list::<callback::Fields>("rows")
        {
            for row in rows {
                callback::record(&row, &Zone::default());
            }
        }
        accepted
    });
}

#[test]
fn masking_survives_anything_and_leaves_no_token() {
    let corpus: Vec<Vec<u8>> = ANSWERS.lines().map(|line| line.as_bytes().to_vec()).collect();
    run(("mask", "masked"), &corpus, |body| {
        let text = String::from_utf8_lossy(body);
        let masked = capture::mask(&text, &["sip-100001"]);
        assert!(!masked.contains("sip-100001"));
        masked != text
    });
}
