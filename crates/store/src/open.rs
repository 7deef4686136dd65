//! Opening the database: an existing file is checked before it is used, and set aside if it is damaged.

use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use ringside_domain::Timestamp;
use rusqlite::{Connection, config::DbConfig};

use crate::{
    StoreError,
    backup::back_up_before_migration,
    connection,
    life::{self, LastRun},
    migration::{self, STEPS, Steps},
    quarantine::{Aside, set_aside, with_suffix},
    readers::READERS,
    search, volume,
};

const FILE: &str = "ringside.db";
/// Bytes of SQLite's smallest page.
const SMALLEST: u64 = 512;
/// The schema since which the search has its present sets: in an older database they are built, which is not reported as a repair.
const SEARCH: i64 = 7;
/// Databases up to this many bytes are checked at every start, since that takes no noticeable time.
const ALWAYS_CHECKED: u64 = 16 << 20;

/// The result of opening the database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opened {
    /// The database in use.
    pub file: PathBuf,
    /// The file to which a damaged database was set aside; a new one was begun (S4).
    pub damaged: Option<PathBuf>,
    /// The last run did not close the database, and its write-ahead log is gone: its last writes may be missing (S6).
    pub log_lost: bool,
    /// The folder is on a network drive, so there is no write-ahead log: safe, but slower (S8).
    pub on_network: bool,
    /// The search's tables did not match the calls, and were built anew (S13).
    pub search_rebuilt: bool,
}

#[derive(Debug)]
pub(crate) struct Connections {
    pub writer: Connection,
    pub readers: Vec<Connection>,
    pub search_rebuilt: bool,
}

/// Opens the folder's database, or creates one. Blocks.
pub(crate) fn open(folder: &Path, now: Timestamp, patience: Duration) -> Result<(Connections, Opened), StoreError> {
    let mut opened = prepare_and_copy(folder, FILE, now, patience, STEPS)?;
    let connections = connect(&opened.file, !opened.on_network, patience)?;
    opened.search_rebuilt = connections.search_rebuilt;
    Ok((connections, opened))
}

/// As [`prepare`]; afterwards there is also a copy of a database whose schema is to be changed.
pub(crate) fn prepare_and_copy(folder: &Path, file: &str, now: Timestamp, patience: Duration, steps: Steps) -> Result<Opened, StoreError> {
    let mut opened = prepare(folder, file, now, patience, steps)?;
    match back_up_before_migration(&opened.file, steps, now) {
        // The copying reads more than the check does.
        Err(StoreError::Damaged(what)) => {
            tracing::warn!(%what, "the database is damaged");
            opened.damaged = Some(set_aside(&opened.file, Aside::Damaged, now, patience)?);
            Ok(opened)
        }
        copied => copied.map(|()| opened),
    }
}

/// Creates the folder if needed, and checks the file if there is one: afterwards it is sound, or there is none.
pub(crate) fn prepare(folder: &Path, file: &str, now: Timestamp, patience: Duration, steps: Steps) -> Result<Opened, StoreError> {
    fs::create_dir_all(folder)?;
    let file = folder.join(file);
    let (damaged, log_lost) = match inspect(&file, patience, steps)? {
        Found::Nothing => (None, false),
        Found::Sound { log_lost } => (None, log_lost),
        Found::Damaged => (Some(set_aside(&file, Aside::Damaged, now, patience)?), false),
    };
    Ok(Opened { file, damaged, log_lost, on_network: volume::is_network(folder), search_rebuilt: false })
}

/// A connection that reads; `None` if there is no database. Blocks.
pub(crate) fn readers(folder: &Path, patience: Duration) -> Result<Option<Vec<Connection>>, StoreError> {
    let file = folder.join(FILE);
    if size(&file)?.is_none() {
        return Ok(None);
    }
    let reader = connection::lone_reader(&file, patience)?;
    migration::refuse_newer(&reader, STEPS)?;
    if migration::version(&reader)? < migration::known(STEPS) {
        return Err(StoreError::Failed("the database is of an older Ringside; start this one once".to_owned()));
    }
    Ok(Some(vec![reader]))
}

/// Opens the connections, brings the schema up to date, and marks the database as open.
pub(crate) fn connect(file: &Path, log: bool, patience: Duration) -> Result<Connections, StoreError> {
    let mut writer = connection::writer(file, log, patience, STEPS)?;
    let search_was_there = migration::version(&writer)? >= SEARCH;
    migration::run(&mut writer, STEPS)?;
    let search_rebuilt = mend_search(&mut writer)? && search_was_there;
    life::begin(&writer)?;
    let readers = (0..READERS).map(|_| connection::reader(file, patience)).collect::<Result<_, _>>()?;
    Ok(Connections { writer, readers, search_rebuilt })
}

/// Checks the search's tables, after a crash call by call, else by counts, and builds them anew if they do not match (S13). True: built.
fn mend_search(db: &mut Connection) -> Result<bool, StoreError> {
    let thorough = life::last_run(db)? == LastRun::Open;
    let transaction = db.transaction()?;
    match search::in_step(&transaction, thorough).map_err(StoreError::from) {
        Ok(true) => return Ok(false),
        Ok(false) => {}
        // The search's tables are made from the calls alone, so they can be built anew whatever is in them.
        Err(StoreError::Failed(what)) => tracing::warn!(what, "the search's tables cannot be read"),
        Err(error) => return Err(error),
    }
    search::rebuild(&transaction)?;
    transaction.commit()?;
    Ok(true)
}

enum Found {
    Nothing,
    Sound { log_lost: bool },
    Damaged,
}

fn inspect(file: &Path, patience: Duration, steps: Steps) -> Result<Found, StoreError> {
    let log = size(&with_suffix(file, "-wal"))?;
    match size(file)? {
        // SQLite would delete a write-ahead log without its database, and take a file that is too short for a header for an empty database.
        None if log.is_none_or(|bytes| bytes == 0) => return Ok(Found::Nothing),
        None | Some(0..SMALLEST) => return Ok(Found::Damaged),
        Some(_) => {}
    }
    match look(file, log, patience, steps) {
        Err(StoreError::Damaged(what)) => {
            tracing::warn!(%what, "the database is damaged");
            Ok(Found::Damaged)
        }
        Err(error) => Err(error),
        Ok(log_lost) => Ok(Found::Sound { log_lost }),
    }
}

/// Checks the file; damage is returned as an error. True: its write-ahead log was lost.
fn look(file: &Path, log: Option<u64>, patience: Duration, steps: Steps) -> Result<bool, StoreError> {
    let db = connection::connect(file, false, patience)?;
    // A file that may be set aside must not change: closing it would copy the write-ahead log into it.
    db.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    let seen = examine(&db, file, log, steps);
    if !matches!(seen, Err(StoreError::Damaged(_))) {
        db.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, false)?;
    }
    seen
}

fn examine(db: &Connection, file: &Path, log: Option<u64>, steps: Steps) -> Result<bool, StoreError> {
    migration::refuse_newer(db, steps)?;
    let schema = migration::version(db)?;
    let last_run = if schema == 0 { LastRun::Closed } else { life::last_run(db)? };
    // Also before the schema changes: the copy that is made before may have met damage.
    let clean = last_run == LastRun::Closed && log.is_none_or(|bytes| bytes == 0) && schema == migration::known(steps);
    if !clean || size(file)?.is_some_and(|bytes| bytes <= ALWAYS_CHECKED) {
        quick_check(db)?;
    }
    let mode: String = db.pragma_query_value(None, "journal_mode", |row| row.get(0))?;
    Ok(last_run == LastRun::Open && log.is_none() && mode == "wal")
}

fn quick_check(db: &Connection) -> Result<(), StoreError> {
    let answer: String = db.query_row("PRAGMA quick_check(1)", (), |row| row.get(0))?;
    if answer == "ok" { Ok(()) } else { Err(StoreError::Damaged(answer)) }
}

/// Bytes of the file; `None` if there is no such file.
fn size(file: &Path) -> Result<Option<u64>, StoreError> {
    match fs::metadata(file) {
        Ok(found) if found.is_file() => Ok(Some(found.len())),
        Ok(_) => Err(StoreError::ReadOnly(format!("{} is not a file", file.display()))),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error.into()),
    }
}
