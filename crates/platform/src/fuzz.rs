//! Sends millions of mutated answers through the envelope reader and the mask: nothing panics, and no secret remains.
//!
//! The tests include a short run. A long run:
//!
//! ```text
//! RINGSIDE_FUZZ_RUNS=5000000 cargo test --release -p ringside-platform --lib fuzz -- --nocapture
//! ```

#![allow(clippy::print_stdout, clippy::panic, reason = "the test prints the number of inputs, and stops at the first failure")]

#[path = "../../wire/src/fuzz/changed.rs"]
mod changed;

use changed::run;
use ringside_wire::{Zone, callback};

use crate::{capture, envelope};

/// Answers of the simulator, one per line.
const ANSWERS: &str = include_str!("../tests/answers.txt");

#[test]
fn the_envelope_decoder_does_not_panic_on_any_input() {
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
fn masking_does_not_panic_on_any_input_and_leaves_no_secret() {
    let corpus: Vec<Vec<u8>> = ANSWERS.lines().map(|line| line.as_bytes().to_vec()).collect();
    run(("mask", "masked"), &corpus, |body| {
        let text = String::from_utf8_lossy(body);
        let masked = capture::mask(&text, &["sip-100001"]);
        assert!(!masked.contains("sip-100001"));
        masked != text
    });
}
