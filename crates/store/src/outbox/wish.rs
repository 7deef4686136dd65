//! Requests of desks that must not be carried out twice: written before the platform is asked (A6).

use ringside_domain::Timestamp;
use rusqlite::{Connection, OptionalExtension};

pub(crate) const V1: &str = "
CREATE TABLE wish (
    id       TEXT PRIMARY KEY, -- made by the desk
    begun_at INTEGER NOT NULL, -- ms since 1970, the gateway's clock
    outcome  TEXT              -- JSON; NULL while it is not known
) STRICT, WITHOUT ROWID;
";

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wish {
    pub begun_at: Timestamp,
    pub outcome: Option<String>,
}

/// The first entry stays.
pub(crate) fn begin(db: &Connection, id: &str, at: Timestamp) -> rusqlite::Result<()> {
    db.prepare_cached("INSERT INTO wish (id, begun_at) VALUES (?1, ?2) ON CONFLICT (id) DO NOTHING")?.execute((id, at.0))?;
    Ok(())
}

pub(crate) fn end(db: &Connection, id: &str, outcome: &str) -> rusqlite::Result<()> {
    db.prepare_cached("UPDATE wish SET outcome = ?2 WHERE id = ?1")?.execute((id, outcome))?;
    Ok(())
}

pub(crate) fn get(db: &Connection, id: &str) -> rusqlite::Result<Option<Wish>> {
    db.prepare_cached("SELECT begun_at, outcome FROM wish WHERE id = ?1")?
        .query_row([id], |row| Ok(Wish { begun_at: Timestamp(row.get(0)?), outcome: row.get(1)? }))
        .optional()
}

pub(crate) fn delete(db: &Connection, before: Timestamp) -> rusqlite::Result<usize> {
    db.prepare_cached("DELETE FROM wish WHERE begun_at < ?1")?.execute([before.0])
}
