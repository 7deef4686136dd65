//! Dead letters: bodies that could not be read as callbacks, kept so that one can see what was sent (L23, L25). The oldest are deleted.

use ringside_domain::Timestamp;
use rusqlite::Connection;

/// Rows kept.
pub(crate) const ROWS: u32 = 500;
/// Bytes kept of each body.
pub(crate) const BYTES: usize = 4096;
/// Characters kept of each reason.
const REASON: usize = 200;

pub(crate) const V1: &str = "
CREATE TABLE dead_letter (
    id          INTEGER PRIMARY KEY,
    body        BLOB NOT NULL,    -- the first 4096 bytes
    size        INTEGER NOT NULL, -- bytes as received
    reason      TEXT NOT NULL,
    received_at INTEGER NOT NULL  -- ms since 1970, our clock
) STRICT;
";

pub(crate) fn insert(db: &Connection, body: &[u8], reason: &str, received_at: Timestamp) -> rusqlite::Result<()> {
    let size = i64::try_from(body.len()).unwrap_or(i64::MAX);
    let reason: String = reason.chars().take(REASON).collect();
    db.prepare_cached("INSERT INTO dead_letter (body, size, reason, received_at) VALUES (?1, ?2, ?3, ?4)")?.execute((
        &body[..body.len().min(BYTES)],
        size,
        reason,
        received_at.0,
    ))?;
    db.prepare_cached("DELETE FROM dead_letter WHERE id <= (SELECT id FROM dead_letter ORDER BY id DESC LIMIT 1 OFFSET ?1)")?
        .execute([ROWS])?;
    Ok(())
}

/// How many dead letters were ever written: only the oldest are deleted, so the last id is their number.
pub(crate) fn count(db: &Connection) -> rusqlite::Result<u64> {
    let last: i64 = db.prepare_cached("SELECT coalesce(max(id), 0) FROM dead_letter")?.query_row((), |row| row.get(0))?;
    Ok(u64::try_from(last).unwrap_or(0))
}
