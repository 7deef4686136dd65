//! The company's callbacks, each once. A row without a sequence number is not in the stream yet, as far as this gateway knows.

use ringside_domain::Timestamp;
use rusqlite::{Connection, OptionalExtension};

pub(crate) const V1: &str = "
CREATE TABLE callback (
    id          INTEGER PRIMARY KEY,
    key         BLOB NOT NULL UNIQUE CHECK (length(key) = 32), -- SHA-256 of the payload, the message's id in the stream
    desk        TEXT NOT NULL,                                 -- the last word of the message's subject
    extension   TEXT,                                          -- of the callback; NULL unless no desk has this extension
    payload     TEXT NOT NULL,                                 -- the callback's JSON, as sent
    received_at INTEGER NOT NULL,                              -- ms since 1970, the gateway's clock
    seq         INTEGER                                        -- the message's number in the stream; 0: lost by it, and too old
) STRICT;
CREATE INDEX callback_unsent ON callback (id) WHERE seq IS NULL;
CREATE INDEX callback_sent ON callback (seq) WHERE seq IS NOT NULL;
CREATE INDEX callback_unmapped ON callback (extension, received_at) WHERE extension IS NOT NULL;
";

/// A callback that is not in the stream yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unsent {
    pub id: i64,
    pub key: [u8; 32],
    pub desk: String,
    /// Of the callback, if no desk had it.
    pub extension: Option<String>,
    pub payload: String,
    pub received_at: Timestamp,
}

/// A callback's place in the stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sent {
    pub key: [u8; 32],
    pub seq: u64,
}

/// An extension whose callbacks came while no desk had it (G17).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unmapped {
    pub extension: String,
    pub callbacks: u64,
    pub first_at: Timestamp,
    pub last_at: Timestamp,
}

/// Keeps the callback. The first of several duplicates stays.
pub(crate) fn insert(
    db: &Connection,
    key: &[u8; 32],
    desk: &str,
    extension: Option<&str>,
    payload: &str,
    received_at: Timestamp,
) -> rusqlite::Result<()> {
    db.prepare_cached(
        "INSERT INTO callback (key, desk, extension, payload, received_at) VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (key) DO NOTHING",
    )?
    .execute((key, desk, extension, payload, received_at.0))?;
    Ok(())
}

pub(crate) fn sent(db: &Connection, sent: &Sent) -> rusqlite::Result<()> {
    db.prepare_cached("UPDATE callback SET seq = ?2 WHERE key = ?1")?.execute((&sent.key, number(sent.seq)))?;
    Ok(())
}

/// How many callbacks one commit marks as lost: those that are taken meanwhile wait for it.
pub(crate) const LOST_AT_ONCE: u32 = 4096;

/// The stream has lost all messages after `seq`: they are to be sent again, except those received before `since`. Marks the last ones of them.
pub(crate) fn lost(db: &Connection, after: u64, since: Timestamp) -> rusqlite::Result<()> {
    db.prepare_cached(
        "UPDATE callback SET seq = iif(received_at < ?2, 0, NULL)
         WHERE id IN (SELECT id FROM callback WHERE seq > ?1 ORDER BY seq DESC LIMIT ?3)",
    )?
    .execute((number(after), since.0, LOST_AT_ONCE))?;
    Ok(())
}

/// At most `limit` callbacks that are not in the stream, in the order of receipt, after the row `after`.
pub(crate) fn unsent(db: &Connection, after: i64, limit: u32) -> rusqlite::Result<Vec<Unsent>> {
    db.prepare_cached(
        "SELECT id, key, desk, extension, payload, received_at FROM callback WHERE seq IS NULL AND id > ?1 ORDER BY id LIMIT ?2",
    )?
    .query_map((after, limit), |row| {
        Ok(Unsent {
            id: row.get(0)?,
            key: row.get(1)?,
            desk: row.get(2)?,
            extension: row.get(3)?,
            payload: row.get(4)?,
            received_at: Timestamp(row.get(5)?),
        })
    })?
    .collect()
}

/// The callback with the highest number in the stream up to `seq`.
pub(crate) fn sent_up_to(db: &Connection, seq: u64) -> rusqlite::Result<Option<Sent>> {
    db.prepare_cached("SELECT key, seq FROM callback WHERE seq <= ?1 AND seq > 0 ORDER BY seq DESC LIMIT 1")?
        .query_row([number(seq)], |row| Ok(Sent { key: row.get(0)?, seq: u64::try_from(row.get::<_, i64>(1)?).unwrap_or(0) }))
        .optional()
}

/// At most `limit` callbacks before the row `before`, the latest first: row, time of receipt, payload.
pub(crate) fn latest(db: &Connection, before: i64, limit: u32) -> rusqlite::Result<Vec<(i64, Timestamp, String)>> {
    db.prepare_cached("SELECT id, received_at, payload FROM callback WHERE id < ?1 ORDER BY id DESC LIMIT ?2")?
        .query_map((before, limit), |row| Ok((row.get(0)?, Timestamp(row.get(1)?), row.get(2)?)))?
        .collect()
}

/// The payload under this key.
pub(crate) fn payload(db: &Connection, key: &[u8; 32]) -> rusqlite::Result<Option<String>> {
    db.prepare_cached("SELECT payload FROM callback WHERE key = ?1")?.query_row([key], |row| row.get(0)).optional()
}

/// How many callbacks were ever kept, how many are not in the stream, and when the oldest of those was received.
pub(crate) fn counts(db: &Connection) -> rusqlite::Result<(u64, u64, Option<Timestamp>)> {
    let callbacks: i64 = db.prepare_cached("SELECT coalesce(max(id), 0) FROM callback")?.query_row((), |row| row.get(0))?;
    let unsent: i64 = db.prepare_cached("SELECT count(*) FROM callback WHERE seq IS NULL")?.query_row((), |row| row.get(0))?;
    let oldest: Option<i64> = db
        .prepare_cached("SELECT received_at FROM callback WHERE seq IS NULL ORDER BY id LIMIT 1")?
        .query_row((), |row| row.get(0))
        .optional()?;
    let count = |number: i64| u64::try_from(number).unwrap_or(0);
    Ok((count(callbacks), count(unsent), oldest.map(Timestamp)))
}

/// The extensions that had no desk when their callbacks came, the latest first; at most `limit`.
pub(crate) fn unmapped(db: &Connection, since: Timestamp, limit: u32) -> rusqlite::Result<Vec<Unmapped>> {
    db.prepare_cached(
        "SELECT extension, count(*), min(received_at), max(received_at) FROM callback WHERE extension IS NOT NULL AND received_at >= ?1
         GROUP BY extension ORDER BY max(received_at) DESC LIMIT ?2",
    )?
    .query_map((since.0, limit), |row| {
        Ok(Unmapped {
            extension: row.get(0)?,
            callbacks: u64::try_from(row.get::<_, i64>(1)?).unwrap_or(0),
            first_at: Timestamp(row.get(2)?),
            last_at: Timestamp(row.get(3)?),
        })
    })?
    .collect()
}

/// Deletes up to `limit` callbacks that are in the stream and were received before `before`. The newest stays: its id is the count.
pub(crate) fn delete(db: &Connection, before: Timestamp, limit: u32) -> rusqlite::Result<usize> {
    db.prepare_cached(
        "DELETE FROM callback WHERE id IN (SELECT id FROM callback ORDER BY id LIMIT ?2) AND received_at < ?1 AND seq IS NOT NULL
         AND id < (SELECT max(id) FROM callback)",
    )?
    .execute((before.0, limit))
}

/// SQLite's numbers are signed; the stream's numbers never come near the limit.
fn number(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}
