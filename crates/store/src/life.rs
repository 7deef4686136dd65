//! The mark whether the last run closed the database. It is in the database itself, so that mark and data cannot disagree.

use rusqlite::Connection;

use crate::{StoreError, connection::checkpoint, setting};

const KEY: &str = "store.closed";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LastRun {
    Closed,
    /// Killed, or still running.
    Open,
}

pub(crate) fn last_run(db: &Connection) -> Result<LastRun, StoreError> {
    Ok(if setting::get(db, KEY)?.as_deref() == Some("false") { LastRun::Open } else { LastRun::Closed })
}

/// Marks the database as open. The mark goes into the database file itself before the first write: if the write-ahead log is missing
/// later, it was lost and not closed (S6).
pub(crate) fn begin(db: &Connection) -> Result<(), StoreError> {
    setting::put(db, KEY, "false")?;
    checkpoint(db)
}

pub(crate) fn end(db: &Connection) -> Result<(), StoreError> {
    setting::put(db, KEY, "true")?;
    checkpoint(db)
}
