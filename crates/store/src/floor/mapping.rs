//! The meaning of a file's columns, saved under its titles.

use ringside_domain::Column;
use rusqlite::{Connection, OptionalExtension};

use crate::{StoreError, column};

pub(super) const V1: &str = "
CREATE TABLE mapping (
    titles  TEXT PRIMARY KEY, -- JSON
    columns TEXT NOT NULL     -- JSON
) STRICT, WITHOUT ROWID;
";

pub(super) fn put(db: &Connection, titles: &[String], columns: &[Option<Column>]) -> Result<(), StoreError> {
    db.prepare_cached("INSERT INTO mapping VALUES (?1, ?2) ON CONFLICT (titles) DO UPDATE SET columns = excluded.columns")?
        .execute((json(titles)?, json(columns)?))?;
    Ok(())
}

/// `None` also for a mapping that this program cannot read.
pub(super) fn get(db: &Connection, titles: &[String]) -> Result<Option<Vec<Option<Column>>>, StoreError> {
    let found = db
        .prepare_cached("SELECT columns FROM mapping WHERE titles = ?1")?
        .query_row([json(titles)?], |row| column::filled(row, 0))
        .optional()?;
    Ok(found.and_then(|columns| serde_json::from_str(&columns).ok()))
}

fn json<T: serde::Serialize + ?Sized>(value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| StoreError::Failed(error.to_string()))
}
