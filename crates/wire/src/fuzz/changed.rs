//! Real bodies, changed at random from a fixed seed, so that a failure can be had again. `ringside-platform` includes this file too.

use std::panic::catch_unwind;

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
pub(crate) fn run((what, word): (&str, &str), corpus: &[Vec<u8>], accepted: fn(&[u8]) -> bool) {
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
