//! The ledger of the floor: the table and the chain of hashes are those of the ledger of the shift.

use ringside_domain::{FloorEntry, Timestamp};
use rusqlite::Connection;

use crate::{Chain, StoreError, column, ledger};

pub(super) const V1: &str = ledger::V6;

pub(super) fn append(db: &Connection, entry: &FloorEntry) -> Result<(), StoreError> {
    let text = serde_json::to_string(entry).map_err(|error| StoreError::Failed(error.to_string()))?;
    Ok(ledger::append_text(db, entry.at, &text)?)
}

/// Newest first.
pub(super) fn page(db: &Connection, skip: u64, limit: u64) -> rusqlite::Result<Vec<FloorEntry>> {
    // Entries have numbers without a gap.
    db.prepare_cached("SELECT at, entry FROM ledger WHERE id <= (SELECT max(id) FROM ledger) - ?1 ORDER BY id DESC LIMIT ?2")?
        .query_map((skip.cast_signed(), limit.cast_signed()), |row| {
            let (at, text) = (Timestamp(column::number(row, 0)?.unwrap_or_default()), column::filled(row, 1)?);
            Ok(entry(at, text))
        })?
        .collect()
}

/// An entry that cannot be read is shown as it stands.
fn entry(at: Timestamp, text: String) -> FloorEntry {
    serde_json::from_str(&text).unwrap_or_else(|_| FloorEntry {
        at,
        by: String::new(),
        what: String::new(),
        subject: String::new(),
        result: String::new(),
        detail: text,
    })
}

/// Checks the chain. `each` gets every entry before the first that does not fit.
pub(super) fn verify(db: &Connection, mut each: impl FnMut(FloorEntry)) -> rusqlite::Result<Chain> {
    ledger::walk_texts(db, None, |link, text| each(entry(link.at, text.to_owned())))
}
