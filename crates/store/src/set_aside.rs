//! Stored data that could not be read, kept as it was found, so that somebody can find the cause. The oldest rows are deleted.

use ringside_domain::Timestamp;
use rusqlite::Connection;
use sha2::{Digest, Sha256};

/// Rows kept.
const ROWS: u32 = 200;
/// Bytes kept of each content.
const BYTES: usize = 256 << 10;

pub(crate) const V8: &str = "
CREATE TABLE set_aside (
    id      INTEGER PRIMARY KEY,
    digest  BLOB NOT NULL UNIQUE, -- SHA-256 of all of what was found, by which a second finding is told
    at      INTEGER NOT NULL,     -- ms since 1970: when it was found
    what    TEXT NOT NULL,        -- where it stood, and which part of it could not be read
    content BLOB NOT NULL         -- as found, the first 256 KiB
) STRICT;
";

/// Keeps the content; if it is there already, changes nothing.
pub(crate) fn put(db: &Connection, what: &str, content: &[u8], at: Timestamp) -> rusqlite::Result<()> {
    db.prepare_cached("INSERT INTO set_aside (digest, at, what, content) VALUES (?1, ?2, ?3, ?4) ON CONFLICT (digest) DO NOTHING")?
        .execute((digest(what, content), at.0, what, &content[..content.len().min(BYTES)]))?;
    db.prepare_cached("DELETE FROM set_aside WHERE id <= (SELECT id FROM set_aside ORDER BY id DESC LIMIT 1 OFFSET ?1)")?
        .execute([ROWS])?;
    Ok(())
}

pub(crate) fn holds(db: &Connection, what: &str, content: &[u8]) -> rusqlite::Result<bool> {
    db.prepare_cached("SELECT 1 FROM set_aside WHERE digest = ?1")?.exists([digest(what, content)])
}

fn digest(what: &str, content: &[u8]) -> [u8; 32] {
    Sha256::new().chain_update(what.as_bytes()).chain_update([0]).chain_update(content).finalize().into()
}
