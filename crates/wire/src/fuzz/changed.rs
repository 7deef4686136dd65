//! Changes real bodies at random from a fixed seed, so that a failure can be reproduced. The fuzz tests of `ringside-platform` include this
//! file, too.

use std::{ops::Range, panic::catch_unwind};

use fastrand::Rng;

/// Pieces that are hard for parsers.
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
/// Pieces that are not UTF-8.
const BYTES: [&[u8]; 4] = [b"\xd5\x5c", b"\xe4\xb8", b"\xff\xfe", b"\x81\x30\x81\x30"];

/// A short random range of a body.
fn stretch(random: &mut Rng, length: usize) -> Range<usize> {
    let from = random.usize(..=length);
    from..(from + random.usize(..24)).min(length)
}

/// A real body with up to four random changes.
fn changed(corpus: &[Vec<u8>], random: &mut Rng) -> Vec<u8> {
    let mut body = corpus[random.usize(..corpus.len())].clone();
    for _ in 0..random.usize(..5) {
        let at = random.usize(..=body.len());
        match random.usize(..9) {
            0 if at < body.len() => body[at] ^= 1 << random.usize(..8),
            1 if at < body.len() => body[at] = random.u8(..),
            8 => drop(body.splice(at..at, BYTES[random.usize(..BYTES.len())].iter().copied())),
            2 => drop(body.splice(at..at, PIECES[random.usize(..PIECES.len())].bytes())),
            3 => drop(body.drain(stretch(random, body.len()))),
            4 => {
                let copy = body[stretch(random, body.len())].to_vec();
                drop(body.splice(at..at, copy));
            }
            5 => {
                let other = &corpus[random.usize(..corpus.len())];
                let piece = other[stretch(random, other.len())].to_vec();
                let gone = stretch(random, body.len());
                drop(body.splice(gone, piece));
            }
            6 if random.usize(..4) == 0 => body.truncate(at),
            _ => {
                // Replaces a value, from a colon to the next comma.
                if let Some(colon) = body[at..].iter().position(|byte| *byte == b':') {
                    let from = at + colon + 1;
                    let length = body[from..].iter().position(|byte| matches!(byte, b',' | b'}')).unwrap_or(0);
                    drop(body.splice(from..from + length, PIECES[random.usize(..PIECES.len())].bytes()));
                }
            }
        }
    }
    body
}

/// Runs the number of times in `RINGSIDE_FUZZ_RUNS` and prints how many inputs were accepted.
pub(crate) fn run((what, word): (&str, &str), corpus: &[Vec<u8>], accepted: fn(&[u8]) -> bool) {
    let runs: u64 = std::env::var("RINGSIDE_FUZZ_RUNS").map_or(20_000, |runs| runs.parse().unwrap());
    let mut random = Rng::with_seed(1);
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
