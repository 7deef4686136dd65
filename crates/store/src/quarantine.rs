//! Setting a damaged database aside, whole, under a dated name (S4).

use std::{
    ffi::OsString,
    fs, io,
    path::{Path, PathBuf},
};

use ringside_domain::Timestamp;

use crate::StoreError;

/// The databases that can be set aside, without `.db`.
const NAMES: [&str; 3] = ["ringside", "floor", "outbox"];
const DAMAGED: &str = "-damaged-";

/// Renames `ringside.db` and its companions to `ringside-damaged-20260131T235959Z.db`, `….db-wal`, `….db-shm`.
///
/// The write-ahead log goes first: SQLite would take it for the log of a new database beside it.
pub(crate) fn set_aside(file: &Path, now: Timestamp) -> Result<PathBuf, StoreError> {
    let target = free_name(file, now);
    for suffix in ["-wal", "-shm", "-journal", ""] {
        match rename(&with_suffix(file, suffix), &with_suffix(&target, suffix)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            moved => moved?,
        }
    }
    Ok(target)
}

/// Removes the databases that were set aside before `before`, with their companions, since they contain calls of that time. Returns how
/// many files could not be removed, and the last error.
pub(crate) fn remove(folder: &Path, before: Timestamp) -> io::Result<(u64, Option<io::Error>)> {
    let limit = moment(before);
    let (mut left, mut why) = (0, None);
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let set_aside_at = NAMES.iter().find_map(|database| name.strip_prefix(database)?.strip_prefix(DAMAGED));
        // Dates in this format sort by time.
        if set_aside_at.is_some_and(|at| at.starts_with('2') && at < limit.as_str())
            && let Err(error) = fs::remove_file(entry.path())
        {
            (left, why) = (left + 1, Some(io::Error::new(error.kind(), format!("{}: {error}", entry.path().display()))));
        }
    }
    Ok((left, why))
}

fn moment(at: Timestamp) -> String {
    jiff::Timestamp::from_millisecond(at.0).unwrap_or_default().strftime("%Y%m%dT%H%M%SZ").to_string()
}

/// Appends to the file's name: `ringside.db` and `-wal` give `ringside.db-wal`.
pub(crate) fn with_suffix(file: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(file);
    name.push(suffix);
    PathBuf::from(name)
}

fn free_name(file: &Path, now: Timestamp) -> PathBuf {
    let moment = moment(now);
    let name = file.file_stem().unwrap_or_default().to_string_lossy();
    let numbered = (2_u32..).map(|number| format!("{name}{DAMAGED}{moment}-{number}.db"));
    std::iter::once(format!("{name}{DAMAGED}{moment}.db"))
        .chain(numbered)
        .map(|name| file.with_file_name(name))
        .find(|path| !["", "-wal", "-shm", "-journal"].iter().any(|suffix| with_suffix(path, suffix).exists()))
        .unwrap_or_else(|| file.with_file_name(format!("{name}-damaged.db")))
}

/// Renames a file. On Windows another program, such as a virus scanner, may hold it for a moment: then tries again for half a second (S15).
fn rename(from: &Path, to: &Path) -> io::Result<()> {
    let mut tries_left = 5;
    loop {
        match fs::rename(from, to) {
            Err(error) if is_held(&error) && tries_left > 0 => {
                tries_left -= 1;
                std::thread::sleep(std::time::Duration::from_millis(100));
            }
            done => return done,
        }
    }
}

/// Whether another program holds the file: Windows denies the access, or names a violation of sharing or of a lock.
pub(crate) fn is_held(error: &io::Error) -> bool {
    cfg!(windows) && matches!(error.raw_os_error(), Some(5 | 32 | 33))
}
