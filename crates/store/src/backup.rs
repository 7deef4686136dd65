//! Copies of the databases in the data folder, made before another version of Ringside uses them, and put back if an older version must go
//! on with them.

use std::{
    fs, io,
    path::{Path, PathBuf},
    time::Duration,
};

use ringside_domain::Timestamp;
use rusqlite::{Connection, config::DbConfig};

use crate::{
    StoreError, connection, floor,
    migration::{self, STEPS, Steps},
    quarantine::{self, Aside, with_suffix},
};

/// The databases, with the schema that this program knows.
const DATABASES: [(&str, Steps); 2] = [("ringside.db", STEPS), ("floor.db", floor::STEPS)];
/// How long another program may hold a database (S7).
const PATIENCE: Duration = Duration::from_secs(5);

/// Copies each database of the folder to a file such as `ringside-backup-20260131T235959Z.db` beside it. An earlier copy of the same schema
/// is removed; one of another schema stays, since only an older Ringside can read it. No other process must use the databases. Blocks.
///
/// # Errors
/// The first one, after the other database was tried too: [`StoreError::Newer`] if a newer Ringside has used it, [`StoreError::Full`] if there
/// is no room. The earlier copies of that database stay.
pub fn back_up(folder: &Path, now: Timestamp) -> Result<(), StoreError> {
    let all = DATABASES.map(|(name, steps)| back_up_one(folder, name, steps, now));
    all.into_iter().collect()
}

fn back_up_one(folder: &Path, name: &str, steps: Steps, now: Timestamp) -> Result<(), StoreError> {
    let file = folder.join(name);
    if !file.try_exists()? {
        return Ok(());
    }
    let to = quarantine::free_name(&file, Aside::Backup, now);
    let part = with_suffix(&to, ".part");
    if let Err(error) = copy(&file, steps, &part).and_then(|()| Ok(fs::rename(&part, &to)?)) {
        remove(part);
        return Err(error);
    }
    let made = version(&to)?;
    for (_, earlier) in copies(folder, name)? {
        if earlier != to && version(&earlier).is_ok_and(|of_it| of_it == made) {
            remove(earlier);
        }
    }
    Ok(())
}

/// Whether this program would change the schema of a database in the folder. Blocks.
pub fn would_migrate(folder: &Path) -> bool {
    DATABASES.iter().any(|(name, steps)| {
        let file = folder.join(name);
        file.exists() && version(&file).is_ok_and(|of_it| of_it > 0 && of_it < migration::known(steps))
    })
}

fn copy(file: &Path, steps: Steps, to: &Path) -> Result<(), StoreError> {
    // Left by a run that was killed; SQLite does not write over it.
    if let Err(error) = fs::remove_file(to)
        && error.kind() != io::ErrorKind::NotFound
    {
        return Err(error.into());
    }
    let db = connection::connect(file, false, PATIENCE)?;
    // The start looks at a crash's write-ahead log, so it must be there (S6).
    db.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    db.pragma_update(None, "synchronous", "FULL")?;
    migration::refuse_newer(&db, steps)?;
    Ok(db.execute("VACUUM INTO ?1", [to.to_string_lossy()]).map(drop)?)
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
/// aside, and the error that ended it, if one did. No other process must use them. Blocks.
pub fn restore(folder: &Path, now: Timestamp) -> (Vec<PathBuf>, Option<StoreError>) {
    let mut aside = Vec::new();
    let all = DATABASES.into_iter().try_for_each(|(name, steps)| restore_one(folder, name, steps, now, &mut aside));
    (aside, all.err())
}

fn restore_one(folder: &Path, name: &str, steps: Steps, now: Timestamp, aside: &mut Vec<PathBuf>) -> Result<(), StoreError> {
    let file = folder.join(name);
    let is_there = file.try_exists()?;
    let Some((_, copy)) = newest_copy(folder, name, steps).filter(|_| !is_there || is_newer(&file, steps)) else { return Ok(()) };
    // Before the other is moved, so that a full disk changes nothing.
    let part = with_suffix(&file, ".part");
    if let Err(error) = fs::copy(&copy, &part).and_then(|_| fs::File::options().write(true).open(&part)?.sync_all()) {
        remove(part);
        return Err(error.into());
    }
    if is_there {
        aside.push(quarantine::set_aside(&file, Aside::Newer, now, PATIENCE)?);
    }
    Ok(fs::rename(&part, &file)?)
}

/// Removes copies that were made before this time. Blocks.
pub fn remove_backups(folder: &Path, before: Timestamp) -> Result<(), StoreError> {
    for (name, _) in DATABASES {
        copies(folder, name)?.into_iter().filter(|(at, _)| *at < before).for_each(|(_, copy)| remove(copy));
    }
    Ok(())
}

fn is_newer(file: &Path, steps: Steps) -> bool {
    file.exists() && version(file).is_ok_and(|of_it| of_it > migration::known(steps))
}

/// The number of the schema.
fn version(file: &Path) -> Result<i64, StoreError> {
    let db: Connection = connection::reader(file, PATIENCE)?;
    db.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    migration::version(&db)
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

fn remove(file: PathBuf) {
    if let Err(error) = fs::remove_file(&file)
        && error.kind() != io::ErrorKind::NotFound
    {
        tracing::warn!(file = %file.display(), %error, "a copy of a database stays");
    }
}
