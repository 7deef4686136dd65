//! Copies of the databases in the data folder, made before another version of Ringside uses them, and put back if an older version must go
//! on with them.

use std::{
    fs,
    io::{self, Read},
    ops::Range,
    path::{Path, PathBuf},
    time::Duration,
};

use ringside_domain::Timestamp;
use rusqlite::{Connection, config::DbConfig};

use crate::{
    StoreError, connection, floor,
    migration::{self, STEPS, Steps},
    quarantine::{self, Aside, patiently, with_suffix},
};

/// The databases, with the schema that this program knows.
const DATABASES: [(&str, Steps); 2] = [("ringside.db", STEPS), ("floor.db", floor::STEPS)];
/// How long another program may hold a database (S7).
const PATIENCE: Duration = Duration::from_secs(5);
/// The bytes of SQLite's header, and those of `PRAGMA user_version` in it.
const HEADER: u64 = 100;
const USER_VERSION: Range<usize> = 60..64;

/// Copies each database of the folder to a file such as `ringside-backup-20260131T235959Z.db` beside it. An earlier copy of the same schema
/// is removed; one of another schema stays, since only an older Ringside can read it. A damaged database is not copied: its opening sets it
/// aside. No other process must use the databases. Blocks.
///
/// # Errors
/// The first one, after the other database was tried too: [`StoreError::Newer`] if a newer Ringside has used it, [`StoreError::Full`] if there
/// is no room. The earlier copies of that database stay.
pub fn back_up(folder: &Path, now: Timestamp) -> Result<(), StoreError> {
    let all = DATABASES.map(|(name, steps)| match back_up_one(folder, name, steps, now) {
        Err(StoreError::Damaged(what)) => {
            tracing::warn!(name, what, "a damaged database is not copied");
            Ok(())
        }
        tried => tried,
    });
    all.into_iter().collect()
}

fn back_up_one(folder: &Path, name: &str, steps: Steps, now: Timestamp) -> Result<(), StoreError> {
    let file = folder.join(name);
    // The same name each time, so that runs that are killed leave one at most.
    let part = with_suffix(&file, ".backup-part");
    patiently(PATIENCE, || remove_if_there(&part))?;
    if !file.try_exists()? {
        return Ok(());
    }
    let (found, known) = (version(&file)?, migration::known(steps));
    if found > known {
        return Err(StoreError::Newer { found, known });
    }
    if found == 0 {
        return Ok(());
    }
    let to = quarantine::free_name(&file, Aside::Backup, now);
    if let Err(error) = copy(&file, &part).and_then(|()| Ok(quarantine::rename(&part, &to, PATIENCE)?)) {
        remove(&part);
        return Err(error);
    }
    tracing::info!(file = %to.display(), "a database was copied");
    for (_, earlier) in copies(folder, name)? {
        if earlier != to && version(&earlier).is_ok_and(|of_it| of_it == found) {
            remove(&earlier);
        }
    }
    Ok(())
}

/// An error if this program would change the schema of a database of which there is no copy: an older Ringside could not go on then. Blocks.
pub(crate) fn refuse_uncopied(file: &Path, steps: Steps) -> Result<(), StoreError> {
    let (Some(folder), Some(name)) = (file.parent(), file.file_name()) else { return Ok(()) };
    if !file.try_exists()? {
        return Ok(());
    }
    let (found, known) = (version(file)?, migration::known(steps));
    if found == 0 || found >= known {
        return Ok(());
    }
    let copies = copies(folder, &name.to_string_lossy())?;
    let is_copied = copies.iter().any(|(_, copy)| version(copy).is_ok_and(|of_it| of_it == found));
    if is_copied { Ok(()) } else { Err(StoreError::Uncopied { found, known }) }
}

/// Copies the database to a file that is not there.
fn copy(file: &Path, to: &Path) -> Result<(), StoreError> {
    let log = with_suffix(file, "-wal");
    let had_log = log.try_exists()?;
    let db = connection::connect(file, false, PATIENCE)?;
    // The start looks at a crash's write-ahead log, so it must be there (S6).
    db.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    db.pragma_update(None, "synchronous", "FULL")?;
    let copied = db.execute("VACUUM INTO ?1", [to.to_string_lossy()]);
    drop(db);
    // SQLite makes an empty one, which would hide that the log was lost (S6).
    if !had_log && fs::metadata(&log).is_ok_and(|made| made.len() == 0) {
        remove(&log);
        remove(&with_suffix(file, "-shm"));
    }
    Ok(copied.map(drop)?)
}

/// When the copy was made that [`restore`] would use. None: this program can read the databases, or of one of them there is no copy that it
/// can read. Blocks.
pub fn restorable(folder: &Path) -> Option<Timestamp> {
    let newer = DATABASES.iter().filter(|(file, steps)| is_newer(&folder.join(file), steps));
    let copies: Option<Vec<_>> = newer.map(|(file, steps)| newest_copy(folder, file, steps)).collect();
    copies?.into_iter().map(|(at, _)| at).min()
}

/// Sets each database aside that a newer Ringside has written, as a file such as `ringside-newer-20260131T235959Z.db`, and puts the newest
/// copy in its place. A database that is not there is put back too, since an earlier call may have been interrupted. Returns the files set
/// aside, and the error that ended it, if one did; then another call goes on with the rest. No other process must use them. Blocks.
pub fn restore(folder: &Path, now: Timestamp) -> (Vec<PathBuf>, Option<StoreError>) {
    let mut aside = Vec::new();
    for (name, steps) in DATABASES {
        match restore_one(folder, name, steps, now) {
            Ok(moved) => aside.extend(moved),
            Err(error) => return (aside, Some(error)),
        }
    }
    (aside, None)
}

fn restore_one(folder: &Path, name: &str, steps: Steps, now: Timestamp) -> Result<Option<PathBuf>, StoreError> {
    let file = folder.join(name);
    let part = with_suffix(&file, ".part");
    patiently(PATIENCE, || remove_if_there(&part))?;
    let is_there = file.try_exists()?;
    let Some((_, copy)) = newest_copy(folder, name, steps).filter(|_| !is_there || is_newer(&file, steps)) else { return Ok(None) };
    // Before the other is moved, so that a full disk changes nothing.
    let written = patiently(PATIENCE, || fs::copy(&copy, &part)).and_then(|_| fs::File::options().write(true).open(&part)?.sync_all());
    written.map_err(StoreError::from).and_then(|()| exchange(&part, &file, now)).inspect_err(|_| remove(&part))
}

/// Puts the part in the database's place, and returns where the database is now, if there was one. If that fails, nothing has changed.
pub(crate) fn exchange(part: &Path, file: &Path, now: Timestamp) -> Result<Option<PathBuf>, StoreError> {
    let aside = if file.try_exists()? {
        // A process that is killed between the two renames must not part the database from its last writes.
        if let Err(error) = empty_log(file) {
            tracing::warn!(%error, "the write-ahead log is moved beside its database");
        }
        Some(quarantine::set_aside(file, Aside::Newer, now, PATIENCE)?)
    } else {
        None
    };
    if let Err(error) = quarantine::rename(part, file, PATIENCE) {
        if let Some(aside) = &aside {
            quarantine::put_back(aside, file, PATIENCE);
        }
        return Err(error.into());
    }
    Ok(aside)
}

/// Copies the write-ahead log into the database, whatever its schema, and removes it.
fn empty_log(file: &Path) -> Result<(), StoreError> {
    connection::checkpoint(&connection::connect(file, false, PATIENCE)?)
}

/// Removes copies that were made before this time. Blocks.
pub fn remove_backups(folder: &Path, before: Timestamp) -> Result<(), StoreError> {
    for (name, _) in DATABASES {
        copies(folder, name)?.iter().filter(|(at, _)| *at < before).for_each(|(_, copy)| remove(copy));
    }
    Ok(())
}

fn is_newer(file: &Path, steps: Steps) -> bool {
    file.exists() && version(file).is_ok_and(|of_it| of_it > migration::known(steps))
}

/// The number of the schema of a database that this process has not open.
fn version(file: &Path) -> Result<i64, StoreError> {
    let has_content = |suffix| fs::metadata(with_suffix(file, suffix)).is_ok_and(|found| found.len() > 0);
    if has_content("-wal") || has_content("-journal") {
        let db: Connection = connection::reader(file, PATIENCE)?;
        db.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
        return migration::version(&db);
    }
    // SQLite would make an empty write-ahead log, which would hide that the log was lost (S6).
    let mut header = Vec::new();
    patiently(PATIENCE, || fs::File::open(file))?.take(HEADER).read_to_end(&mut header)?;
    let number = header.get(USER_VERSION).and_then(|bytes| bytes.try_into().ok()).filter(|_| header.starts_with(b"SQLite format 3\0"));
    number.map(|bytes| i32::from_be_bytes(bytes).into()).ok_or_else(|| StoreError::Damaged("the file is no database".to_owned()))
}

/// The newest copy of the database that this program can read.
fn newest_copy(folder: &Path, name: &str, steps: Steps) -> Option<(Timestamp, PathBuf)> {
    let can_be_read = |copy: &Path| version(copy).is_ok_and(|of_it| of_it <= migration::known(steps));
    copies(folder, name).ok()?.into_iter().filter(|(_, copy)| can_be_read(copy)).max_by_key(|(at, _)| *at)
}

/// The copies of a database in the folder, with the time of each.
fn copies(folder: &Path, name: &str) -> Result<Vec<(Timestamp, PathBuf)>, StoreError> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let is_of_it = |aside: &quarantine::Dated| aside.why == Aside::Backup && name.strip_suffix(".db") == Some(aside.database);
        if let Some(aside) = quarantine::parse(&path).filter(is_of_it) {
            found.push((aside.at, path));
        }
    }
    Ok(found)
}

fn remove(file: &Path) {
    if let Err(error) = remove_if_there(file) {
        tracing::warn!(file = %file.display(), %error, "a copy of a database stays");
    }
}

fn remove_if_there(file: &Path) -> io::Result<()> {
    match fs::remove_file(file) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
