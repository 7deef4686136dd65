//! Accepted callbacks, each once: duplicates are told by the digest of the payload (L31), never by a time (L36).

use ringside_domain::Timestamp;
use rusqlite::Connection;
use sha2::{Digest, Sha256};

pub(crate) const V1: &str = "
CREATE TABLE event (
    id          INTEGER PRIMARY KEY,
    digest      BLOB NOT NULL UNIQUE CHECK (length(digest) = 32), -- SHA-256 of the payload
    payload     TEXT NOT NULL,                                    -- the callback's JSON, as sent
    received_at INTEGER NOT NULL                                  -- ms since 1970, our clock
) STRICT;
";

/// Keeps the payload; of duplicates, the first stays.
pub(crate) fn insert(db: &Connection, payload: &str, received_at: Timestamp) -> rusqlite::Result<()> {
    let digest: [u8; 32] = Sha256::digest(payload.as_bytes()).into();
    db.prepare_cached("INSERT INTO event (digest, payload, received_at) VALUES (?1, ?2, ?3) ON CONFLICT (digest) DO NOTHING")?
        .execute((digest, payload, received_at.0))?;
    Ok(())
}

/// How many there are: none is ever deleted, so the ids count them without a walk through the table.
pub(crate) fn count(db: &Connection) -> rusqlite::Result<u64> {
    let last: i64 = db.prepare_cached("SELECT coalesce(max(id), 0) FROM event")?.query_row((), |row| row.get(0))?;
    Ok(u64::try_from(last).unwrap_or(0))
}
