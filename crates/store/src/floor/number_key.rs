//! The key by which numbers are compared, and the index of a sheet's numbers by it.

use ringside_domain::NumberRules;
use rusqlite::{Connection, OptionalExtension};
use sha2::{Digest, Sha256};

use super::{clean::DELETED, sheet::SheetId};

/// In the order of the keys, so that a sheet of a million numbers is written page after page.
pub(super) const V1: &str = "
CREATE TABLE number_key (
    sheet INTEGER NOT NULL, -- sheet.id
    key   INTEGER NOT NULL, -- of the number in its plain form; a sheet has each number once
    place INTEGER NOT NULL, -- in the sheet, from 0
    PRIMARY KEY (sheet, key)
) STRICT, WITHOUT ROWID;
";

/// The key of a call whose number is withheld: no number has it, so such calls are of no customer.
pub(super) const WITHHELD: i64 = 0;

/// The most digits that a key holds as they are.
const DIGITS: usize = 18;

/// The key of a number in any spelling: without leading zeros, and a Chinese mobile number without 86, since a bill may have a number with a
/// prefix that it was sent without, or the other way round. Up to 18 digits are kept as they are, after a 1. The key of another text is
/// negative: the first 8 bytes of its hash.
pub(super) fn key(number: &str) -> i64 {
    let bare = NumberRules::default().bare(number);
    if (1..=DIGITS).contains(&bare.len()) && bare.bytes().all(|byte| byte.is_ascii_digit()) {
        return bare.bytes().fold(1, |key, digit| key * 10 + i64::from(digit - b'0'));
    }
    let hash: [u8; 32] = Sha256::digest(bare.as_bytes()).into();
    hash[..8].iter().fold(0, |key, byte| (key << 8) | i64::from(*byte)) | i64::MIN
}

/// The key of the number without the administrator's prefixes, such as the digit for an outside line, which the platform may add to the
/// number that was sent.
pub(super) fn by_rules(numbers: &NumberRules, number: &str) -> i64 {
    key(&numbers.bare(number))
}

/// [`by_rules`] of the number that has this key. Text, and a number of more than 18 digits, has its own key.
pub(super) fn by_rules_of(numbers: &NumberRules, key: i64) -> i64 {
    if numbers.prefixes.is_empty() {
        return key;
    }
    match key.to_string().strip_prefix('1') {
        Some(digits) => by_rules(numbers, digits),
        None => key,
    }
}

/// The keys of the number in all spellings, each once: with and without the administrator's prefixes and a zero for long distance.
pub(super) fn spelled(numbers: &NumberRules, number: &str) -> Vec<i64> {
    let bare = numbers.bare(number);
    let is_text = !bare.bytes().all(|byte| byte.is_ascii_digit());
    if numbers.prefixes.is_empty() || is_text {
        return vec![key(number)];
    }
    let forms = [number, &format!("0{bare}"), &bare];
    let mut keys: Vec<i64> = forms.iter().flat_map(|form| numbers.spellings(form)).map(|spelling| key(&spelling)).collect();
    keys.sort_unstable();
    keys.dedup();
    keys
}

/// Inserts the keys with their places; `keys` is in order.
pub(super) fn insert(db: &Connection, sheet: SheetId, keys: &[(i64, u32)]) -> rusqlite::Result<()> {
    let mut statement = db.prepare_cached("INSERT INTO number_key VALUES (?1, ?2, ?3)")?;
    for (key, place) in keys {
        statement.execute((sheet.0, *key, *place))?;
    }
    Ok(())
}

pub(super) fn place(db: &Connection, sheet: SheetId, key: i64) -> rusqlite::Result<Option<u32>> {
    db.prepare_cached("SELECT place FROM number_key WHERE sheet = ?1 AND key = ?2")?.query_row((sheet.0, key), |row| row.get(0)).optional()
}

/// Deletes some keys of the sheet. False: there were none.
pub(super) fn delete_some(db: &Connection, sheet: SheetId) -> rusqlite::Result<bool> {
    let deleted = db
        .prepare_cached(
            "DELETE FROM number_key WHERE sheet = ?1 AND key IN (SELECT key FROM number_key WHERE sheet = ?1 ORDER BY key LIMIT ?2)",
        )?
        .execute((sheet.0, DELETED))?;
    Ok(deleted > 0)
}

/// All keys of the sheet with their places, by key.
pub(super) fn each(db: &Connection, sheet: SheetId, mut each: impl FnMut(i64, u32)) -> rusqlite::Result<()> {
    let mut statement = db.prepare_cached("SELECT key, place FROM number_key WHERE sheet = ?1 ORDER BY key")?;
    let mut rows = statement.query([sheet.0])?;
    while let Some(row) = rows.next()? {
        each(row.get(0)?, row.get(1)?);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_the_same_key_exactly_if_their_bare_forms_are_the_same() {
        for spelling in ["138-0013 8000", "013800138000", "+86 138 0013 8000", "0086 138 0013 8000", "8613800138000"] {
            assert_eq!(key(spelling), key("13800138000"), "{spelling}");
        }
        assert_eq!(key("0571 8888 6666"), key("57188886666"));
        let different = ["1", "2", "13800138001", "123456789012345678", "1234567890123456789", "12345678901234567890", "jdoe", "*100#", ""];
        let mut keys: Vec<i64> = different.iter().map(|number| key(number)).collect();
        keys.sort_unstable();
        keys.dedup();
        assert_eq!(keys.len(), different.len());
    }

    #[test]
    fn each_spelling_of_a_number_has_the_keys_of_all_others() {
        let rules = |prefixes: &[&str]| NumberRules { prefixes: prefixes.iter().map(|prefix| (*prefix).to_owned()).collect() };
        let same: [(&[&str], &[&str]); 5] = [
            (&["9"], &["13800138000", "013800138000", "913800138000", "9013800138000", "+8613800138000", "9-0138 0013 8000"]),
            (&["9"], &["57188886666", "057188886666", "957188886666", "9057188886666"]),
            (&["9", "0"], &["57188886666", "057188886666", "957188886666", "9057188886666"]),
            (&["9", "+86"], &["57188886666", "057188886666", "+8657188886666", "9057188886666", "9008657188886666"]),
            (&["9", "8"], &["57188886666", "957188886666", "857188886666", "9857188886666", "8957188886666"]),
        ];
        for (prefixes, spellings) in same {
            for one in spellings {
                let keys = spelled(&rules(prefixes), one);
                assert!(keys.is_sorted_by(|key, next| key < next), "each once");
                for other in spellings {
                    assert!(keys.contains(&key(other)), "{prefixes:?}: {one} and {other}");
                }
            }
        }
        assert_eq!(spelled(&rules(&[]), "013800138000"), [key("13800138000")]);
        assert_eq!(spelled(&rules(&["9"]), "95588"), spelled(&rules(&["9"]), "995588"), "a service number keeps its 9");
        assert!(!spelled(&rules(&["9"]), "95588").contains(&key("5588")));
        assert_eq!(spelled(&rules(&["9"]), "extension"), [key("extension")], "text is no number");
    }
}
