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

/// Copies each database of the folder to a file such as `ringside-backup-20260131T235959Z.db` beside it, and removes the copies that were
/// there. No other process must use them. Blocks.
///
/// # Errors
/// [`StoreError::Newer`] if a newer Ringside has used them; [`StoreError::Full`] if there is no room. The earlier copies then stay.
pub fn back_up(folder: &Path, now: Timestamp) -> Result<(), StoreError> {
    let mut made = Vec::new();
    for (file, steps) in DATABASES {
        let file = folder.join(file);
        if !file.exists() {
            continue;
        }
        let to = quarantine::free_name(&file, Aside::Backup, now);
        let part = with_suffix(&to, ".part");
        let copied = copy(&file, steps, &part).and_then(|()| Ok(fs::rename(&part, &to)?));
        if let Err(error) = copied {
            remove(part.clone());
            made.into_iter().for_each(remove);
            return Err(error);
        }
        made.push(to);
    }
    for (_, copy) in copies(folder)? {
        if !made.contains(&copy) {
            remove(copy);
        }
    }
    Ok(())
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

/// When the copy was made that [`restore`] would use. None: this program can read the databases, or there is no copy that it can read.
/// Blocks.
pub fn restorable(folder: &Path) -> Option<Timestamp> {
    let newer = DATABASES.iter().filter(|(file, steps)| is_newer(&folder.join(file), steps));
    newer.filter_map(|(file, steps)| newest_copy(folder, file, steps)).map(|(at, _)| at).min()
}

/// Sets each database aside that a newer Ringside has written, as a file such as `ringside-newer-20260131T235959Z.db`, and puts the newest
/// copy in its place. Returns the files set aside. A database without a copy stays. No other process must use them. Blocks.
pub fn restore(folder: &Path, now: Timestamp) -> Result<Vec<PathBuf>, StoreError> {
    let mut aside = Vec::new();
    for (name, steps) in DATABASES {
        let file = folder.join(name);
        let Some((_, copy)) = newest_copy(folder, name, steps).filter(|_| is_newer(&file, steps)) else { continue };
        // Before the other is moved, so that a full disk changes nothing.
        let part = with_suffix(&file, ".part");
        if let Err(error) = fs::copy(&copy, &part).and_then(|_| fs::File::options().write(true).open(&part)?.sync_all()) {
            remove(part);
            return Err(error.into());
        }
        aside.push(quarantine::set_aside(&file, Aside::Newer, now)?);
        fs::rename(&part, &file)?;
    }
    Ok(aside)
}

/// Removes copies that were made before this time. Blocks.
pub fn remove_backups(folder: &Path, before: Timestamp) -> Result<(), StoreError> {
    copies(folder)?.into_iter().filter(|(at, _)| *at < before).for_each(|(_, copy)| remove(copy));
    Ok(())
}

fn is_newer(file: &Path, steps: Steps) -> bool {
    file.exists() && matches!(schema(file, steps), Err(StoreError::Newer { .. }))
}

fn schema(file: &Path, steps: Steps) -> Result<(), StoreError> {
    let db: Connection = connection::reader(file, PATIENCE)?;
    db.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    migration::refuse_newer(&db, steps)
}

fn newest_copy(folder: &Path, file: &str, steps: Steps) -> Option<(Timestamp, PathBuf)> {
    let of_it = |copy: &Path| quarantine::parse(copy).is_some_and(|aside| format!("{}.db", aside.database) == file);
    let found = copies(folder).ok()?.into_iter().filter(|(_, copy)| of_it(copy) && schema(copy, steps).is_ok());
    found.max_by_key(|(at, _)| *at)
}

/// The copies in the folder, with the time of each.
fn copies(folder: &Path) -> Result<Vec<(Timestamp, PathBuf)>, StoreError> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if let Some(aside) = quarantine::parse(&path).filter(|aside| aside.why == Aside::Backup) {
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
