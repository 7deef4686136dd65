//! Accepted callbacks, each once. Duplicates are recognised by the digest of the payload (L31), never by a time (L36).

use std::time::Duration;

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

/// Callbacks for other extensions keep digest and time only, with an empty payload. Of earlier callbacks, payloads stay that name an
/// extension at which somebody worked here, as a JSON string or number, and payloads that are not JSON.
pub(crate) const V8: &str = "
UPDATE event SET payload = '' WHERE json_valid(payload) AND NOT EXISTS (
    SELECT 1 FROM (
        SELECT extension FROM call
        UNION SELECT coalesce(json_extract(json, '$.agent.extension'), '') FROM setting WHERE key = 'session' AND json_valid(json)
    )
    WHERE extension <> '' AND (
        instr(payload, '\"' || extension || '\"') OR instr(payload, ':' || extension || ',') OR instr(payload, ':' || extension || '}')
        OR instr(payload, ': ' || extension || ',') OR instr(payload, ': ' || extension || '}')
    )
);
CREATE INDEX event_of_others ON event (received_at) WHERE payload = '';
";

/// How long digests are kept: the platform repeats a callback within minutes, but a proxy before us may hold one over a weekend.
const OTHERS_REMEMBERED: Duration = Duration::from_secs(7 * 24 * 3600);

/// Keeps the callback. The first of several duplicates stays; if its payload is empty, it gets this one.
pub(crate) fn insert(db: &Connection, payload: &str, received_at: Timestamp) -> rusqlite::Result<()> {
    db.prepare_cached(
        "INSERT INTO event (digest, payload, received_at) VALUES (?1, ?2, ?3)
         ON CONFLICT (digest) DO UPDATE SET payload = excluded.payload WHERE payload = ''",
    )?
    .execute((digest(payload), payload, received_at.0))?;
    Ok(())
}

/// Keeps the digest of a callback for another extension, and deletes those that are older than a week.
pub(crate) fn remember(db: &Connection, payload: &str, received_at: Timestamp) -> rusqlite::Result<()> {
    db.prepare_cached("INSERT INTO event (digest, payload, received_at) VALUES (?1, '', ?2) ON CONFLICT (digest) DO NOTHING")?
        .execute((digest(payload), received_at.0))?;
    db.prepare_cached("DELETE FROM event WHERE payload = '' AND received_at < ?1 AND id < (SELECT max(id) FROM event)")?
        .execute([received_at.minus(OTHERS_REMEMBERED).0])?;
    Ok(())
}

fn digest(payload: &str) -> [u8; 32] {
    Sha256::digest(payload.as_bytes()).into()
}

/// How many callbacks were ever kept: the newest is never deleted, so the last id is their number, found without a scan of the table.
pub(crate) fn count(db: &Connection) -> rusqlite::Result<u64> {
    let last: i64 = db.prepare_cached("SELECT coalesce(max(id), 0) FROM event")?.query_row((), |row| row.get(0))?;
    Ok(u64::try_from(last).unwrap_or(0))
}
