//! One JSON text per key: the state that engine and store read again at the next start.

use rusqlite::{Connection, OptionalExtension};

pub(crate) const V1: &str = "
CREATE TABLE setting (
    key  TEXT PRIMARY KEY,
    json TEXT NOT NULL
) STRICT, WITHOUT ROWID;
";

pub(crate) fn put(db: &Connection, key: &str, json: &str) -> rusqlite::Result<()> {
    db.prepare_cached("INSERT INTO setting (key, json) VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET json = excluded.json")?
        .execute((key, json))?;
    Ok(())
}

pub(crate) fn get(db: &Connection, key: &str) -> rusqlite::Result<Option<String>> {
    let found = db.prepare_cached("SELECT json FROM setting WHERE key = ?1")?.query_row([key], |row| {
        // Bytes that are not UTF-8 are replaced: the caller decides whether the rest is of use.
        Ok(row.get_ref(0)?.as_bytes().map(|bytes| String::from_utf8_lossy(bytes).into_owned()).unwrap_or_default())
    });
    found.optional()
}
