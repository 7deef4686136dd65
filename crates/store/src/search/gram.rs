//! Grams, the keys of the sets: each run of one, two or three characters, and each filter, is a number of its own.

use std::borrow::Cow;

use sha2::{Digest, Sha256};

/// Characters in the longest run.
pub(super) const LONGEST: usize = 3;

// Runs are numbers from 0 up. Below 0: named filters from -2^63, repeated characters from -2^62, and the filters below this line.
const REPEATED: i64 = i64::MIN | (1 << 62);
pub(super) const OUTGOING: i64 = -1;
pub(super) const INCOMING: i64 = -2;
pub(super) const ANSWERED: i64 = -3;
pub(super) const MISSED: i64 = -4;
pub(super) const NO_ANSWER: i64 = -5;
pub(super) const TO_DO: i64 = -6;

/// The number of a filter by name: 62 bits of a digest, so that two names do not get the same number.
pub(super) fn named(kind: &str, name: &str) -> i64 {
    let digest = Sha256::new().chain_update(kind).chain_update([0]).chain_update(name).finalize();
    let mut bytes = [0; 8];
    bytes.copy_from_slice(&digest[..8]);
    i64::MIN | (i64::from_le_bytes(bytes) & (i64::MAX >> 1))
}

/// The text in the form in which texts are compared: small letters, and plain letters and digits for full-width ones.
pub(super) fn fold(text: &str) -> Cow<'_, str> {
    if text.bytes().all(|byte| byte.is_ascii() && !byte.is_ascii_uppercase()) {
        return Cow::Borrowed(text);
    }
    text.chars()
        .map(|letter| match letter {
            '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(letter) - 0xfee0).unwrap_or(letter),
            '\u{3000}' => ' ',
            _ => letter,
        })
        .flat_map(char::to_lowercase)
        .collect()
}

/// Calls `found` with every run of the text, and with every character that is repeated more than three times.
pub(super) fn all(folded: &str, mut found: impl FnMut(i64)) {
    let (mut last, mut before) = (None, None);
    let mut same = 0;
    for letter in folded.chars() {
        let one = number(letter);
        found(one);
        same = if last == Some(one) { same + 1 } else { 1 };
        if same > LONGEST {
            found(repeated(one, same));
        }
        if let Some(last) = last {
            found(last << 21 | one);
            if let Some(before) = before {
                found(before << 42 | last << 21 | one);
            }
        }
        (before, last) = (last, Some(one));
    }
}

/// The grams that every text with this word has: its longest runs and repeats. The last runs come first, since the last digits tell
/// numbers apart, and before the others those that do not overlap: an overlapping run excludes few further calls.
pub(super) fn of_word(folded: &str) -> Vec<i64> {
    let letters: Vec<i64> = folded.chars().map(number).collect();
    let runs: Vec<i64> = letters
        .windows(LONGEST.min(letters.len().max(1)))
        .rev()
        .map(|run| run.iter().fold(0, |gram, letter| gram << 21 | letter))
        .collect();
    let apart = (0..LONGEST).flat_map(|first| runs.iter().skip(first).step_by(LONGEST));
    let repeats = letters.chunk_by(|a, b| a == b).filter(|same| same.len() > LONGEST).map(|same| repeated(same[0], same.len()));
    let mut grams: Vec<i64> = repeats.chain(apart.copied()).collect();
    let mut seen = std::collections::HashSet::new();
    grams.retain(|gram| seen.insert(*gram));
    grams
}

/// The gram of a character that is repeated so many times: all runs of «88888888» are the same one.
fn repeated(letter: i64, times: usize) -> i64 {
    let times = i64::try_from(times.min(usize::from(u16::MAX))).unwrap_or(0);
    REPEATED | times << 21 | letter
}

// From 1, so that runs of different lengths are different numbers.
fn number(letter: char) -> i64 {
    i64::from(u32::from(letter)) + 1
}
