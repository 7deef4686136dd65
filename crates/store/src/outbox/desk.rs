//! This gateway's copy of the company's registry: it is read while NATS is away, and fills an empty registry again.

use rusqlite::Connection;

pub(crate) const V1: &str = "
CREATE TABLE desk (
    key  TEXT PRIMARY KEY, -- as in the shared registry
    json TEXT NOT NULL
) STRICT, WITHOUT ROWID;
";

/// An entry of the registry, as the gateways share it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Desk {
    pub key: String,
    pub json: String,
}

pub(crate) fn put(db: &Connection, desk: &Desk) -> rusqlite::Result<()> {
    db.prepare_cached("INSERT INTO desk (key, json) VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET json = excluded.json")?
        .execute((&desk.key, &desk.json))?;
    Ok(())
}

pub(crate) fn delete(db: &Connection, key: &str) -> rusqlite::Result<()> {
    db.prepare_cached("DELETE FROM desk WHERE key = ?1")?.execute([key])?;
    Ok(())
}

pub(crate) fn all(db: &Connection) -> rusqlite::Result<Vec<Desk>> {
    db.prepare_cached("SELECT key, json FROM desk ORDER BY key")?
        .query_map((), |row| Ok(Desk { key: row.get(0)?, json: row.get(1)? }))?
        .collect()
}
