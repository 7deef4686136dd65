//! Setting up SQLite's connections.

use std::{path::Path, thread, time::Duration};

use rusqlite::{Connection, MAIN_DB, OpenFlags, config::DbConfig};

use crate::{
    StoreError,
    migration::{self, Steps},
    quarantine::{HELD_PAUSE, is_held, with_suffix},
};

/// Bytes to which the write-ahead log's file shrinks after it was copied into the database.
const LOG_BYTES: i64 = 16 << 20;
/// KiB of pages that a reader keeps in memory: a search without a hit reads sets of every block.
const CACHE: i64 = 32 << 10;
/// Prepared statements that a connection keeps; the store has fewer.
const STATEMENTS: usize = 64;

/// Opens the file; if `create` is set and it is missing, creates it. A locked database is waited for during `patience`, and a file that
/// another program holds too (S15).
pub(crate) fn connect(file: &Path, create: bool, patience: Duration) -> Result<Connection, StoreError> {
    let mut left = patience;
    loop {
        if !is_held(file) {
            let opened = open(file, create, patience);
            // Where others may only read, SQLite opens the file to read it.
            let is_whole = opened.as_ref().is_ok_and(|db| db.is_readonly(MAIN_DB).is_ok_and(|only_read| !only_read));
            if is_whole || !is_held(file) {
                return opened;
            }
        }
        let Some(rest) = left.checked_sub(HELD_PAUSE) else {
            return Err(StoreError::Busy(format!("another program holds {}", file.display())));
        };
        thread::sleep(HELD_PAUSE);
        left = rest;
    }
}

fn open(file: &Path, create: bool, patience: Duration) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_URI;
    let flags = if create { flags | OpenFlags::SQLITE_OPEN_CREATE } else { flags };
    let db = Connection::open_with_flags(file, flags)?;
    db.busy_timeout(patience)?;
    db.pragma_update(None, "temp_store", "MEMORY")?;
    db.pragma_update(None, "cell_size_check", true)?;
    db.set_prepared_statement_cache_capacity(STATEMENTS);
    Ok(db)
}

/// Opens the connection that writes. `log`: with a write-ahead log, whose memory shared between processes needs a local disk (S8).
pub(crate) fn writer(file: &Path, log: bool, patience: Duration, steps: Steps) -> Result<Connection, StoreError> {
    let db = connect(file, true, patience)?;
    migration::refuse_newer(&db, steps)?;
    db.pragma_update_and_check(None, "journal_mode", if log { "WAL" } else { "DELETE" }, |_| Ok(()))?;
    db.pragma_update(None, "synchronous", "FULL")?;
    // Deleted content is overwritten: old calls and callbacks for other extensions must not stay readable in the file.
    db.pragma_update_and_check(None, "secure_delete", true, |_| Ok(()))?;
    db.pragma_update_and_check(None, "journal_size_limit", LOG_BYTES, |_| Ok(()))?;
    Ok(db)
}

/// Whether there is a write-ahead log, be it empty: a run that was killed in its first moment leaves an empty one.
pub(crate) fn has_log(file: &Path) -> Result<bool, StoreError> {
    Ok(with_suffix(file, "-wal").try_exists()?)
}

/// `keeps`: closing the connection leaves the write-ahead log as it is, since the next start looks at what a crash has left (S6). Otherwise,
/// if nobody else uses it, closing removes the one that SQLite itself has made, which would hide that the log was lost.
pub(crate) fn keep_log(db: &Connection, keeps: bool) -> Result<(), StoreError> {
    db.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, keeps)?;
    Ok(())
}

/// Opens a connection that reads, and leaves the write-ahead log as it found it.
pub(crate) fn lone_reader(file: &Path, patience: Duration) -> Result<Connection, StoreError> {
    let keeps_log = has_log(file)?;
    let db = reader(file, patience)?;
    keep_log(&db, keeps_log)?;
    Ok(db)
}

/// Opens a connection that reads, beside the one that writes.
pub(crate) fn reader(file: &Path, patience: Duration) -> Result<Connection, StoreError> {
    let db = connect(file, false, patience)?;
    db.pragma_update(None, "synchronous", "FULL")?;
    // Setting this reads the schema, so it must not come before the file was checked.
    db.pragma_update(None, "cache_size", -CACHE)?;
    db.pragma_update(None, "query_only", true)?;
    Ok(db)
}

/// Copies the write-ahead log into the database and empties it, as far as readers allow.
pub(crate) fn checkpoint(db: &Connection) -> Result<(), StoreError> {
    Ok(db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", (), |_| Ok(()))?)
}
