//! How a connection is set up.

use std::{path::Path, time::Duration};

use rusqlite::{Connection, OpenFlags};

use crate::StoreError;

/// The log shrinks to this many bytes once it has been copied into the database.
const LOG_BYTES: i64 = 16 << 20;
/// Kibibytes of pages that a reader remembers: a search that finds nothing looks into every block.
const CACHE: i64 = 32 << 10;
/// Statements that a connection keeps ready; there are fewer.
const STATEMENTS: usize = 64;

/// Opens the file, and makes it where `create` says so.
pub(crate) fn connect(file: &Path, create: bool, patience: Duration) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_URI;
    let flags = if create { flags | OpenFlags::SQLITE_OPEN_CREATE } else { flags };
    let db = Connection::open_with_flags(file, flags)?;
    db.busy_timeout(patience)?;
    db.pragma_update(None, "temp_store", "MEMORY")?;
    db.pragma_update(None, "cell_size_check", true)?;
    db.set_prepared_statement_cache_capacity(STATEMENTS);
    Ok(db)
}

/// The one that writes. `log`: a write-ahead log, which needs memory shared between processes and so a local disk (S8).
pub(crate) fn writer(file: &Path, log: bool, patience: Duration) -> Result<Connection, StoreError> {
    let db = connect(file, true, patience)?;
    crate::migration::refuse_newer(&db)?;
    db.pragma_update_and_check(None, "journal_mode", if log { "WAL" } else { "DELETE" }, |_| Ok(()))?;
    db.pragma_update(None, "synchronous", "FULL")?;
    // What is deleted for its age, or was another's, is not to be found in the file any more.
    db.pragma_update_and_check(None, "secure_delete", true, |_| Ok(()))?;
    db.pragma_update_and_check(None, "journal_size_limit", LOG_BYTES, |_| Ok(()))?;
    Ok(db)
}

/// The one that reads.
pub(crate) fn reader(file: &Path, patience: Duration) -> Result<Connection, StoreError> {
    let db = connect(file, false, patience)?;
    db.pragma_update(None, "synchronous", "FULL")?;
    // Reads the schema, so not before the file was looked at.
    db.pragma_update(None, "cache_size", -CACHE)?;
    db.pragma_update(None, "query_only", true)?;
    Ok(db)
}

/// Copies the write-ahead log into the database and empties it, as far as readers allow.
pub(crate) fn checkpoint(db: &Connection) -> Result<(), StoreError> {
    Ok(db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", (), |_| Ok(()))?)
}
