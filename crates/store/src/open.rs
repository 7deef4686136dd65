//! Opening: what is found is looked at before it is used, and set aside where it is damaged.

use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use ringside_domain::Timestamp;
use rusqlite::{Connection, config::DbConfig};

use crate::{
    StoreError, connection,
    life::{self, LastRun},
    migration,
    quarantine::{set_aside, with_suffix},
    readers::READERS,
    search, volume,
};

const FILE: &str = "ringside.db";
/// Bytes of the smallest page there is.
const SMALLEST: u64 = 512;
/// The schema since which the search has the sets that it has.
const SEARCH: i64 = 7;
/// Up to this size the check takes no time that a person notices, so it is always made.
const ALWAYS_CHECKED: u64 = 16 << 20;

/// What was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opened {
    /// The database in use.
    pub file: PathBuf,
    /// A damaged database was set aside here, and a new one begun (S4).
    pub damaged: Option<PathBuf>,
    /// The last run did not close, and its write-ahead log is gone: what it wrote last may be missing (S6).
    pub log_lost: bool,
    /// The folder is on a network: safe, but slower (S8).
    pub on_network: bool,
    /// What the search needs did not fit the calls, and was built anew (S13).
    pub search_rebuilt: bool,
}

/// The connections, ready for use.
#[derive(Debug)]
pub(crate) struct Connections {
    pub writer: Connection,
    pub readers: Vec<Connection>,
    pub search_rebuilt: bool,
}

/// Opens the folder's database, or makes one; blocks.
pub(crate) fn open(folder: &Path, now: Timestamp, patience: Duration) -> Result<(Connections, Opened), StoreError> {
    fs::create_dir_all(folder)?;
    let file = folder.join(FILE);
    let (damaged, log_lost) = match inspect(&file, patience)? {
        Found::Nothing => (None, false),
        Found::Sound { log_lost } => (None, log_lost),
        Found::Damaged => (Some(set_aside(&file, now)?), false),
    };
    let on_network = volume::is_network(folder);
    let connections = connect(&file, !on_network, patience)?;
    let search_rebuilt = connections.search_rebuilt;
    Ok((connections, Opened { file, damaged, log_lost, on_network, search_rebuilt }))
}

/// A connection that reads, if the database is there; blocks.
pub(crate) fn readers(folder: &Path, patience: Duration) -> Result<Option<Vec<Connection>>, StoreError> {
    let file = folder.join(FILE);
    if size(&file)?.is_none() {
        return Ok(None);
    }
    let reader = connection::reader(&file, patience)?;
    // What a crash left is for the next start to judge (S6).
    reader.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    migration::refuse_newer(&reader)?;
    if migration::version(&reader)? < migration::known() {
        return Err(StoreError::Failed("the database is of an older Ringside; start this one once".to_owned()));
    }
    Ok(Some(vec![reader]))
}

/// Brings the schema up to date and marks the database as in use.
pub(crate) fn connect(file: &Path, log: bool, patience: Duration) -> Result<Connections, StoreError> {
    let mut writer = connection::writer(file, log, patience)?;
    let search_was_there = migration::version(&writer)? >= SEARCH;
    migration::run(&mut writer)?;
    let search_rebuilt = mend_search(&mut writer)? && search_was_there;
    life::begin(&writer)?;
    let readers = (0..READERS).map(|_| connection::reader(file, patience)).collect::<Result<_, _>>()?;
    Ok(Connections { writer, readers, search_rebuilt })
}

/// Call by call after a crash, else by the counts. True: it was out of step, or a schema without it was brought up to date (S13).
fn mend_search(db: &mut Connection) -> Result<bool, StoreError> {
    let thorough = life::last_run(db)? == LastRun::Open;
    let transaction = db.transaction()?;
    match search::in_step(&transaction, thorough).map_err(StoreError::from) {
        Ok(true) => return Ok(false),
        Ok(false) => {}
        // What it is made of is there, so it can be made anew whatever is in it.
        Err(StoreError::Failed(what)) => tracing::warn!(what, "the search cannot be read"),
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

fn inspect(file: &Path, patience: Duration) -> Result<Found, StoreError> {
    let log = size(&with_suffix(file, "-wal"))?;
    match size(file)? {
        // A log without its database would be deleted by SQLite, and a file too short for a header taken for an empty one.
        None if log.is_none_or(|bytes| bytes == 0) => return Ok(Found::Nothing),
        None | Some(0..SMALLEST) => return Ok(Found::Damaged),
        Some(_) => {}
    }
    match look(file, log, patience) {
        Err(StoreError::Damaged(what)) => {
            tracing::warn!(%what, "the database is damaged");
            Ok(Found::Damaged)
        }
        Err(error) => Err(error),
        Ok(log_lost) => Ok(Found::Sound { log_lost }),
    }
}

/// Whether the log was lost; a damage comes back as the error.
fn look(file: &Path, log: Option<u64>, patience: Duration) -> Result<bool, StoreError> {
    let db = connection::connect(file, false, patience)?;
    // Nothing is to change in a file that may have to be set aside: closing would copy the log into it.
    db.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    let seen = examine(&db, file, log);
    if !matches!(seen, Err(StoreError::Damaged(_))) {
        db.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, false)?;
    }
    seen
}

fn examine(db: &Connection, file: &Path, log: Option<u64>) -> Result<bool, StoreError> {
    migration::refuse_newer(db)?;
    let last_run = if migration::version(db)? == 0 { LastRun::Closed } else { life::last_run(db)? };
    let clean = last_run == LastRun::Closed && log.is_none_or(|bytes| bytes == 0);
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

/// None: no such file.
fn size(file: &Path) -> Result<Option<u64>, StoreError> {
    match fs::metadata(file) {
        Ok(found) if found.is_file() => Ok(Some(found.len())),
        Ok(_) => Err(StoreError::ReadOnly(format!("{} is not a file", file.display()))),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error.into()),
    }
}
