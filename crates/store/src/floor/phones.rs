//! The phone numbers of each part in one text, in which digits are found faster than in rows. It is written once and not changed.

use ringside_domain::CampaignId;
use rusqlite::Connection;

pub(super) const V1: &str = "
CREATE TABLE phones (
    part INTEGER PRIMARY KEY, -- part.id
    text TEXT NOT NULL        -- one line per row of the sheet; empty: the row is not a number of the campaign
) STRICT;
";

pub(super) fn insert(db: &Connection, part: i64, text: &str) -> rusqlite::Result<()> {
    db.prepare_cached("INSERT INTO phones VALUES (?1, ?2)")?.execute((part, text))?;
    Ok(())
}

/// Deletes the texts of the campaign's parts. False: there were none.
pub(super) fn delete(db: &Connection, campaign: CampaignId) -> rusqlite::Result<bool> {
    let deleted = db.prepare_cached("DELETE FROM phones WHERE part IN (SELECT id FROM part WHERE campaign = ?1)")?.execute([campaign.0])?;
    Ok(deleted > 0)
}

/// Runs the query on the text of the part; it is empty if the text is missing.
pub(super) fn with<T>(db: &Connection, part: i64, query: impl FnOnce(&[u8]) -> T) -> rusqlite::Result<T> {
    let mut statement = db.prepare_cached("SELECT text FROM phones WHERE part = ?1")?;
    let mut rows = statement.query([part])?;
    let row = rows.next()?;
    let text = row.map(|row| row.get_ref(0)).transpose()?.and_then(|text| text.as_bytes().ok()).unwrap_or_default();
    Ok(query(text))
}

/// The lines that contain these digits, from 0. There is at least one digit, and nothing else.
///
/// The last 16 digits that were read are kept in a number, four bits for each. The lower half of the byte of a line's end is 10, which is
/// no digit, so that no match reaches over a line's end.
pub(super) fn lines_with(text: &[u8], digits: &str) -> Vec<u32> {
    let digits = digits.as_bytes();
    if digits.len() > 16 {
        let lines = (0..).zip(text.split(|byte| *byte == b'\n'));
        return lines.filter(|(_, line)| line.windows(digits.len()).any(|found| found == digits)).map(|(line, _)| line).collect();
    }
    let with = |window: u64, byte: u8| (window << 4) | u64::from(byte & 15);
    let wanted = digits.iter().fold(0, |window, digit| with(window, *digit));
    let mask = u64::MAX >> (64 - 4 * digits.len());
    let mut found = Vec::new();
    let (mut line, mut window) = (0, u64::MAX);
    for byte in text {
        window = with(window, *byte);
        if *byte == b'\n' {
            line += 1;
        } else if window & mask == wanted && found.last() != Some(&line) {
            found.push(line);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_line_is_found_once() {
        let text = "1381381380\n\n0138\n7\n138\n";
        assert_eq!(lines_with(text.as_bytes(), "138"), [0, 2, 4]);
        assert_eq!(lines_with(text.as_bytes(), "7"), [3]);
        assert_eq!(lines_with(text.as_bytes(), "9"), [0_u32; 0]);
        assert_eq!(lines_with(b"138", "138"), [0]);
        let long = b"1234567890123456\n12345678901234567890\n";
        assert_eq!((lines_with(long, "1234567890123456"), lines_with(long, "34567890123456789")), (vec![0, 1], vec![1]));
    }
}
