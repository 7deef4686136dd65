//! Databases that are not in use, under dated names beside the one in use: damaged ones (S4), those of a newer Ringside, and copies.

use std::{
    ffi::OsString,
    fs::{self, OpenOptions},
    io,
    path::{Path, PathBuf},
    thread,
    time::{Duration, UNIX_EPOCH},
};

use jiff::{civil::DateTime, tz::TimeZone};
use ringside_domain::Timestamp;

use crate::StoreError;

/// The databases, without `.db`.
const NAMES: [&str; 3] = ["ringside", "floor", "outbox"];
/// The time in a name; such names sort by time.
const MOMENT: &str = "%Y%m%dT%H%M%SZ";
const MOMENT_LENGTH: usize = "20260131T235959Z".len();
/// A database's file and its companions, of which the write-ahead log is the first.
const FILES: [&str; 4] = ["-wal", "-shm", "-journal", ""];
/// Between two tries to reach a file that another program holds.
pub(crate) const HELD_PAUSE: Duration = Duration::from_millis(100);

/// Why a database is not in use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Aside {
    Damaged,
    /// A newer Ringside wrote it, and an older one goes on with a copy.
    Newer,
    /// It is a copy.
    Backup,
}

impl Aside {
    const ALL: [Self; 3] = [Self::Damaged, Self::Newer, Self::Backup];

    /// Stands in the name, between the database and the time.
    fn word(self) -> &'static str {
        match self {
            Self::Damaged => "-damaged-",
            Self::Newer => "-newer-",
            Self::Backup => "-backup-",
        }
    }
}

/// What a dated name says.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Dated {
    pub database: &'static str,
    pub why: Aside,
    named: Timestamp,
    /// The rest of the name: `.db` or that of a companion, perhaps after a number.
    rest: String,
}

impl Dated {
    /// Since when the file has its content: the time in the name, or that of the last write if that is earlier, since the clock may have
    /// been ahead when the name was given.
    pub fn at(&self, file: &Path) -> Timestamp {
        let written = fs::metadata(file).and_then(|found| found.modified()).ok();
        let since_1970 = written.and_then(|at| at.duration_since(UNIX_EPOCH).ok()).and_then(|since| i64::try_from(since.as_millis()).ok());
        since_1970.map_or(self.named, |millis| self.named.min(Timestamp(millis)))
    }
}

/// Reads the name of a database that is not in use; companions such as `….db-wal` are not databases.
pub(crate) fn parse(file: &Path) -> Option<Dated> {
    read(file).filter(|dated| dated.rest.ends_with(".db"))
}

fn read(file: &Path) -> Option<Dated> {
    let name = file.file_name()?.to_str()?;
    let begins = |database: &'static str, why: Aside| Some((database, why, name.strip_prefix(database)?.strip_prefix(why.word())?));
    let (database, why, dated) = NAMES.iter().find_map(|database| Aside::ALL.iter().find_map(|why| begins(database, *why)))?;
    let at = DateTime::strptime(MOMENT, dated.get(..MOMENT_LENGTH)?).ok()?.to_zoned(TimeZone::UTC).ok()?;
    Some(Dated { database, why, named: Timestamp(at.timestamp().as_millisecond()), rest: dated[MOMENT_LENGTH..].to_owned() })
}

/// Renames `ringside.db` and its companions to names such as `ringside-damaged-20260131T235959Z.db`, `….db-wal`, `….db-shm`.
///
/// The write-ahead log goes first: SQLite would take it for the log of a new database beside it.
pub(crate) fn set_aside(file: &Path, why: Aside, now: Timestamp, patience: Duration) -> Result<PathBuf, StoreError> {
    let target = free_name(file, why, now);
    let mut moved = Vec::new();
    for suffix in FILES {
        let (from, to) = (with_suffix(file, suffix), with_suffix(&target, suffix));
        match rename(&from, &to, patience) {
            Ok(()) => moved.push((from, to)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => {
                // A database without its write-ahead log would have lost its last writes.
                moved.into_iter().for_each(|(from, to)| move_back(&to, &from, patience));
                return Err(error.into());
            }
        }
    }
    Ok(target)
}

/// Moves a database that was set aside, and its companions, to the place in which it was.
pub(crate) fn put_back(aside: &Path, file: &Path, patience: Duration) {
    // The database goes first: SQLite would take its write-ahead log for that of another one that is put there.
    FILES.iter().rev().for_each(|suffix| move_back(&with_suffix(aside, suffix), &with_suffix(file, suffix), patience));
}

fn move_back(from: &Path, to: &Path, patience: Duration) {
    if let Err(error) = rename(from, to, patience)
        && error.kind() != io::ErrorKind::NotFound
    {
        tracing::error!(%error, file = %to.display(), "a part of a database was not moved back");
    }
}

/// Removes the databases that are not in use since before `before`, with their companions, since they contain calls of that time. Returns
/// how many files could not be removed, and the last error.
pub(crate) fn remove(folder: &Path, before: Timestamp) -> io::Result<(u64, Option<io::Error>)> {
    let (mut left, mut why) = (0, None);
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if read(&path).is_some_and(|dated| dated.at(&path) < before)
            && let Err(error) = fs::remove_file(&path)
        {
            (left, why) = (left + 1, Some(io::Error::new(error.kind(), format!("{}: {error}", path.display()))));
        }
    }
    Ok((left, why))
}

fn moment(at: Timestamp) -> String {
    jiff::Timestamp::from_millisecond(at.0).unwrap_or_default().strftime(MOMENT).to_string()
}

/// Appends to the file's name: `ringside.db` and `-wal` give `ringside.db-wal`.
pub(crate) fn with_suffix(file: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(file);
    name.push(suffix);
    PathBuf::from(name)
}

/// A dated name beside the database that no file has.
pub(crate) fn free_name(file: &Path, why: Aside, now: Timestamp) -> PathBuf {
    let (word, moment) = (why.word(), moment(now));
    let name = file.file_stem().unwrap_or_default().to_string_lossy();
    let numbered = (2_u32..).map(|number| format!("{name}{word}{moment}-{number}.db"));
    std::iter::once(format!("{name}{word}{moment}.db"))
        .chain(numbered)
        .map(|name| file.with_file_name(name))
        .find(|path| !FILES.iter().any(|suffix| with_suffix(path, suffix).exists()))
        .unwrap_or_else(|| file.with_file_name(format!("{name}{word}last.db")))
}

pub(crate) fn rename(from: &Path, to: &Path, patience: Duration) -> io::Result<()> {
    patiently(patience, || fs::rename(from, to))
}

/// Does something with a file. On Windows another program, such as a virus scanner, may hold it: then tries again during `patience` (S15).
pub(crate) fn patiently<T>(patience: Duration, act: impl Fn() -> io::Result<T>) -> io::Result<T> {
    let mut left = patience;
    loop {
        match act() {
            // Windows may also deny the access then.
            Err(error) if cfg!(windows) && (is_by_holder(&error) || is_denied(&error)) => {
                left = left.checked_sub(HELD_PAUSE).ok_or(error)?;
                thread::sleep(HELD_PAUSE);
            }
            done => return done,
        }
    }
}

/// Whether another program holds the database's file or one of its companions, so that it cannot be written to (S15). Only on Windows; on
/// other systems opening and closing the file would also end SQLite's locks.
pub(crate) fn is_held(file: &Path) -> bool {
    let held =
        |suffix: &&str| OpenOptions::new().read(true).write(true).open(with_suffix(file, suffix)).is_err_and(|error| is_by_holder(&error));
    cfg!(windows) && FILES.iter().any(held)
}

/// Whether Windows names a violation of another program's sharing or of its lock.
pub(crate) fn is_by_holder(error: &io::Error) -> bool {
    cfg!(windows) && matches!(error.raw_os_error(), Some(32 | 33))
}

fn is_denied(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::PermissionDenied
}
