//! Sends millions of changed answers through the envelope reader and the mask: nothing panics, and no token is left.
//!
//! A short run is part of the tests;
//!
//! ```text
//! RINGSIDE_FUZZ_RUNS=5000000 cargo test --release -p ringside-platform --lib fuzz -- --nocapture
//! ```
//!
//! is a long one.

#![allow(clippy::print_stdout, clippy::panic, reason = "a test tells how many inputs it tried, and stops at the first failure")]

#[path = "../../wire/src/fuzz/changed.rs"]
mod changed;

use changed::run;
use ringside_wire::{Zone, callback};

use crate::{capture, envelope};

/// One a line, as the simulator answered.
const ANSWERS: &str = include_str!("../tests/answers.txt");

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
