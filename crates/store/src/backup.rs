//! Copies of the databases in the data folder, made before another version of Ringside uses them or changes their schema, and put back if an
//! older version must go on with them.

use std::{
    fs,
    io::{self, Read},
    ops::Range,
    path::{Path, PathBuf},
    time::Duration,
};

use ringside_domain::Timestamp;

use crate::{
    StoreError, connection, floor,
    migration::{self, STEPS, Steps},
    quarantine::{self, Aside, patiently, with_suffix},
};

/// The databases of the data folder.
pub const DATABASES: [&str; 2] = ["ringside.db", "floor.db"];
/// The databases, with the schema that this program knows.
const SCHEMAS: [(&str, Steps); 2] = [(DATABASES[0], STEPS), (DATABASES[1], floor::STEPS)];
/// How long another program may hold a database (S7).
const PATIENCE: Duration = Duration::from_secs(5);
/// The bytes of SQLite's header, and those of `PRAGMA user_version` in it.
const HEADER: u64 = 100;
const USER_VERSION: Range<usize> = 60..64;

/// Copies each database of the folder that is `wanted` by its name and has the schema of this program to a file such as
/// `ringside-backup-20260131T235959Z.db` beside it, and says what became of each. One of an older schema is copied by its opening, just
/// before it is changed; one of a newer schema is not used; a damaged one is set aside by its opening. An earlier copy of the same schema is
/// removed; one of another schema stays, since only an older Ringside can read it. No other process must use the databases. Blocks.
///
/// # Errors
/// Among others [`StoreError::Full`] if there is no room. The earlier copies of that database stay.
pub fn back_up(folder: &Path, now: Timestamp, wanted: impl Fn(&str) -> bool) -> Vec<(&'static str, Result<(), StoreError>)> {
    let of_these = SCHEMAS.into_iter().filter(|(name, _)| wanted(name));
    let copied = of_these.map(|(name, steps)| match back_up_one(&folder.join(name), steps, now) {
        Err(StoreError::Damaged(what)) => {
            tracing::warn!(name, what, "a damaged database is not copied");
            (name, Ok(()))
        }
        tried => (name, tried),
    });
    copied.collect()
}

fn back_up_one(file: &Path, steps: Steps, now: Timestamp) -> Result<(), StoreError> {
    patiently(PATIENCE, || remove_if_there(&part_of(file)))?;
    let schema = if file.try_exists()? { version(file)? } else { 0 };
    if schema == 0 || schema != migration::known(steps) { Ok(()) } else { make_copy(file, schema, now) }
}

/// Copies a sound database if this program is about to change its schema: an older Ringside could not go on otherwise. Blocks.
///
/// # Errors
/// [`StoreError::Damaged`] if the copying has met damage; otherwise [`StoreError::Uncopied`].
pub(crate) fn back_up_before_migration(file: &Path, steps: Steps, now: Timestamp) -> Result<(), StoreError> {
    if !file.try_exists()? {
        return Ok(());
    }
    let (found, known) = (version(file)?, migration::known(steps));
    if found == 0 || found >= known {
        return Ok(());
    }
    make_copy(file, found, now).map_err(|error| match error {
        StoreError::Damaged(_) => error,
        _ => StoreError::Uncopied { found, known, why: error.to_string() },
    })
}

fn make_copy(file: &Path, schema: i64, now: Timestamp) -> Result<(), StoreError> {
    let part = part_of(file);
    patiently(PATIENCE, || remove_if_there(&part))?;
    let to = quarantine::free_name(file, Aside::Backup, now);
    if let Err(error) = copy(file, &part).and_then(|()| Ok(quarantine::rename(&part, &to, PATIENCE)?)) {
        remove(&part);
        return Err(error);
    }
    tracing::info!(file = %to.display(), "a database was copied");
    // The copy is made, whatever becomes of the earlier ones.
    for (_, earlier) in dated(file, Aside::Backup).unwrap_or_default() {
        if earlier != to && version(&earlier).is_ok_and(|of_it| of_it == schema) {
            remove(&earlier);
        }
    }
    Ok(())
}

/// A copy that is being made. The same name each time, so that runs that are killed leave one at most.
fn part_of(file: &Path) -> PathBuf {
    with_suffix(file, ".backup-part")
}

/// Copies the database to a file that is not there.
fn copy(file: &Path, to: &Path) -> Result<(), StoreError> {
    let keeps_log = connection::has_log(file)?;
    let db = connection::connect(file, false, PATIENCE)?;
    connection::keep_log(&db, keeps_log)?;
    db.pragma_update(None, "synchronous", "FULL")?;
    Ok(db.execute("VACUUM INTO ?1", [to.to_string_lossy()]).map(drop)?)
}

/// When the copy was made that [`restore`] would use. None: this program can read the databases, or of one of them there is no copy that it
/// can read. Blocks.
pub fn restorable(folder: &Path) -> Option<Timestamp> {
    try_restorable(folder).unwrap_or_else(|error| {
        tracing::warn!(%error, "the copies of the databases cannot be read");
        None
    })
}

fn try_restorable(folder: &Path) -> Result<Option<Timestamp>, StoreError> {
    let mut times = Vec::new();
    for (name, steps) in SCHEMAS {
        let file = folder.join(name);
        if is_newer(&file, steps)? {
            let Some(copy) = newest_copy(&file, steps)? else { return Ok(None) };
            times.push(copy.at);
        }
    }
    Ok(times.into_iter().min())
}

/// Sets each database aside that a newer Ringside has written, as a file such as `ringside-newer-20260131T235959Z.db`, and puts the newest
/// copy of the latest schema in its place. A database that is not there is put back too, since an earlier call may have been interrupted.
/// Returns the files set aside, and the error that ended it, if one did; then another call goes on with the rest. No other process must use
/// them. Blocks.
///
/// # Errors
/// Also if a database was set aside, and neither it nor a copy is in its place.
pub fn restore(folder: &Path, now: Timestamp) -> (Vec<PathBuf>, Option<StoreError>) {
    let mut aside = Vec::new();
    for (name, steps) in SCHEMAS {
        match restore_one(&folder.join(name), steps, now) {
            Ok(moved) => aside.extend(moved),
            Err(error) => return (aside, Some(error)),
        }
    }
    (aside, None)
}

fn restore_one(file: &Path, steps: Steps, now: Timestamp) -> Result<Option<PathBuf>, StoreError> {
    let part = with_suffix(file, ".part");
    patiently(PATIENCE, || remove_if_there(&part))?;
    let is_there = file.try_exists()?;
    if is_there && !is_newer(file, steps)? {
        return Ok(None);
    }
    let Some(copy) = newest_copy(file, steps)? else {
        return match dated(file, Aside::Newer)?.into_iter().max() {
            // Its opening would begin an empty one.
            Some((_, aside)) if !is_there => {
                let (file, aside) = (file.display(), aside.display());
                Err(StoreError::Failed(format!(
                    "{file} is missing, and there is no copy of it; rename {aside} to it, or put a copy beside it"
                )))
            }
            _ => Ok(None),
        };
    };
    // Before the other is moved, so that a full disk changes nothing.
    let written = patiently(PATIENCE, || fs::copy(&copy.file, &part)).and_then(|_| fs::File::options().write(true).open(&part)?.sync_all());
    written.map_err(StoreError::from).and_then(|()| exchange(&part, file, now)).inspect_err(|_| remove(&part))
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
    for name in DATABASES {
        dated(&folder.join(name), Aside::Backup)?.iter().filter(|(at, _)| *at < before).for_each(|(_, copy)| remove(copy));
    }
    Ok(())
}

/// Whether a newer Ringside has written the database. A damaged one is not newer: its opening sets it aside.
fn is_newer(file: &Path, steps: Steps) -> Result<bool, StoreError> {
    Ok(file.try_exists()? && sound_version(file)?.is_some_and(|of_it| of_it > migration::known(steps)))
}

/// The number of the schema; `None` if the file is damaged.
fn sound_version(file: &Path) -> Result<Option<i64>, StoreError> {
    match version(file) {
        Err(StoreError::Damaged(_)) => Ok(None),
        read => read.map(Some),
    }
}

/// The number of the schema of a database that this process has not open.
fn version(file: &Path) -> Result<i64, StoreError> {
    let has_content = |suffix| fs::metadata(with_suffix(file, suffix)).is_ok_and(|found| found.len() > 0);
    if has_content("-wal") || has_content("-journal") {
        return migration::version(&connection::lone_reader(file, PATIENCE)?);
    }
    // SQLite would make an empty write-ahead log, which would hide that the log was lost (S6).
    let mut header = Vec::new();
    patiently(PATIENCE, || fs::File::open(file))?.take(HEADER).read_to_end(&mut header)?;
    let number = header.get(USER_VERSION).and_then(|bytes| bytes.try_into().ok()).filter(|_| header.starts_with(b"SQLite format 3\0"));
    number.map(|bytes| i32::from_be_bytes(bytes).into()).ok_or_else(|| StoreError::Damaged("the file is no database".to_owned()))
}

struct Copied {
    at: Timestamp,
    schema: i64,
    file: PathBuf,
}

/// The newest copy of the latest schema that this program can read.
fn newest_copy(file: &Path, steps: Steps) -> Result<Option<Copied>, StoreError> {
    let readable = copies(file)?.into_iter().filter(|copy| copy.schema <= migration::known(steps));
    Ok(readable.max_by_key(|copy| (copy.schema, copy.at)))
}

/// The sound copies of the database.
fn copies(file: &Path) -> Result<Vec<Copied>, StoreError> {
    let all = dated(file, Aside::Backup)?.into_iter();
    let sound = all.filter_map(|(at, file)| match sound_version(&file) {
        Ok(schema) => Some(Ok(Copied { at, schema: schema?, file })),
        Err(error) => Some(Err(error)),
    });
    sound.collect()
}

/// The files beside the database that are not in use for this reason, with the time of each.
fn dated(file: &Path, why: Aside) -> Result<Vec<(Timestamp, PathBuf)>, StoreError> {
    let (Some(folder), Some(name)) = (file.parent(), file.file_stem()) else { return Ok(Vec::new()) };
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if let Some(of_it) = quarantine::parse(&path).filter(|of_it| of_it.why == why && name == of_it.database) {
            found.push((of_it.at(&path), path));
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
