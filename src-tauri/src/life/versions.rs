//! The data folder, as one version of Ringside after another uses it: the databases are copied before another version uses them for the
//! first time, and an older version can go on with the copy. A database whose format changes is copied by the opening that changes it.

use std::{fs, io, path::Path, time::Duration};

use ringside_domain::{Problem, ProblemCode, Timestamp};
use ringside_store::{DATABASES, StoreError, back_up, remove_backups, restorable, restore};

use super::paths::{Paths, replace_private};

/// A copy is removed after this time: by then the new version has shown that it works.
const KEPT: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// Prepares the data folder for this version, before anything else uses it. Returns what a person must know. Blocks.
///
/// # Errors
/// The wanted copy could not take the place of the data, or not in all. Then this run must not use the data: what is missing would be begun
/// anew. The next start tries again.
pub fn prepare(paths: &Paths, version: &str, now: Timestamp) -> Result<Option<Problem>, Problem> {
    let restored = restore_if_wanted(paths, now)?;
    remove_old(paths, now);
    let failed = copy_if_another_version(paths, version, now);
    Ok(restored.or_else(|| failed.map(|detail| Problem::new(ProblemCode::BackupFailed, detail, true))))
}

/// Copies each database of which it is not noted that this version has used it already. Returns what failed.
fn copy_if_another_version(paths: &Paths, version: &str, now: Timestamp) -> Option<String> {
    let line = |database: &str| format!("{database} {version}");
    let noted = fs::read_to_string(paths.version()).unwrap_or_default();
    let mut lines: Vec<String> = noted.lines().map(str::to_owned).collect();
    if DATABASES.iter().all(|database| lines.contains(&line(database))) {
        return None;
    }
    // Until there is a copy, no version is noted: if this one fails to make it, the one before must copy what this one has written.
    if let Err(error) = remove_if_there(&paths.version()) {
        tracing::warn!(%error, "the record of the last version stays");
    }
    let tried = back_up(&paths.data, now, |database| !lines.contains(&line(database)));
    let mut failed = Vec::new();
    for (database, copied) in tried {
        match copied {
            Ok(()) => lines.push(line(database)),
            Err(error) => {
                tracing::error!(database, %error, "a database could not be copied; the next start tries again");
                failed.push(format!("{database}: {error}"));
            }
        }
    }
    lines.retain(|noted| DATABASES.iter().any(|database| *noted == line(database)));
    if let Err(error) = replace_private(&paths.version(), lines.join("\n")) {
        tracing::warn!(%error, "the next start copies the databases again");
    }
    if failed.is_empty() { None } else { Some(failed.join("; ")) }
}

/// An error while the wanted copy has not taken the place of the data.
pub fn may_open(paths: &Paths) -> Result<(), Problem> {
    if !is_wanted(paths)? {
        return Ok(());
    }
    Err(Problem::new(ProblemCode::StoreFailed, "the copy of the data is not in use yet; the next start tries again", true))
}

fn is_wanted(paths: &Paths) -> Result<bool, Problem> {
    paths.backup_wanted().try_exists().map_err(|error| Problem::from(&StoreError::from(error)))
}

/// Removes copies that are too old. Blocks.
fn remove_old(paths: &Paths, now: Timestamp) {
    if let Err(error) = remove_backups(&paths.data, now.moved(-millis(KEPT))) {
        tracing::warn!(%error, "old copies of the databases could not be removed");
    }
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

/// When the copy was made with which this version can go on in place of data that it cannot read. Blocks.
pub fn backup_at(paths: &Paths) -> Option<Timestamp> {
    restorable(&paths.data)
}

/// Makes the next start go on with the copy.
pub fn want_backup(paths: &Paths) -> io::Result<()> {
    replace_private(&paths.backup_wanted(), "")
}

fn restore_if_wanted(paths: &Paths, now: Timestamp) -> Result<Option<Problem>, Problem> {
    if !is_wanted(paths)? {
        return Ok(None);
    }
    let (aside, failed) = restore(&paths.data, now);
    let files: Vec<String> = aside.iter().map(|file| file.display().to_string()).collect();
    if !files.is_empty() {
        tracing::warn!(?files, "a copy of the databases is used; those of the newer version were set aside");
    }
    // The wish is kept if something failed, so that the next start goes on with the rest.
    let failed = failed.map(|error| Problem::from(&error));
    let failed = failed.or_else(|| remove_if_there(&paths.backup_wanted()).err().map(|error| Problem::from(&StoreError::from(error))));
    match failed {
        Some(problem) => {
            tracing::error!(%problem, "the copy of the databases could not be used");
            let detail = [problem.detail].into_iter().chain(files).collect::<Vec<_>>().join(", ");
            Err(Problem { detail, ..problem })
        }
        None if files.is_empty() => Ok(None),
        None => Ok(Some(Problem::new(ProblemCode::BackupUsed, files.join(", "), false))),
    }
}

fn remove_if_there(file: &Path) -> io::Result<()> {
    match fs::remove_file(file) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Seek, SeekFrom, Write};

    use ringside_store::{FloorStore, Store};

    use super::*;

    const NOW: Timestamp = Timestamp(1_769_903_999_000);
    const LATER: Timestamp = Timestamp(NOW.0 + 60_000);

    fn paths(folder: &tempfile::TempDir) -> Paths {
        Paths { data: folder.path().to_owned(), given_data: None, is_default: false, is_demo: false }
    }

    /// The header of SQLite's file has the number of the schema at byte 60.
    fn set_schema(file: &Path, number: u32) {
        let mut database = fs::File::options().write(true).open(file).unwrap();
        database.seek(SeekFrom::Start(60)).unwrap();
        database.write_all(&number.to_be_bytes()).unwrap();
    }

    fn copies(paths: &Paths) -> usize {
        let names = fs::read_dir(&paths.data).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
        names.filter(|name| name.contains("-backup-")).count()
    }

    #[tokio::test]
    async fn the_databases_are_copied_once_before_the_first_start_of_another_version_and_the_copy_goes_after_a_week() {
        let folder = tempfile::tempdir().unwrap();
        let paths = paths(&folder);
        assert_eq!(prepare(&paths, "1.0.0", NOW), Ok(None), "there is nothing to copy yet");
        drop(Store::open(&paths.data, NOW).unwrap());
        assert_eq!(prepare(&paths, "1.0.0", NOW), Ok(None));
        assert_eq!(copies(&paths), 0);
        assert_eq!(prepare(&paths, "1.1.0", NOW), Ok(None));
        assert_eq!(copies(&paths), 1);
        assert_eq!(prepare(&paths, "1.1.0", NOW.plus(KEPT)), Ok(None));
        assert_eq!(copies(&paths), 1);
        assert_eq!(prepare(&paths, "1.1.0", LATER.plus(KEPT)), Ok(None));
        assert_eq!(copies(&paths), 0);
    }

    #[tokio::test]
    async fn a_copy_that_fails_is_said_and_tried_again_at_the_next_start() {
        let folder = tempfile::tempdir().unwrap();
        let paths = paths(&folder);
        drop(Store::open(&paths.data, NOW).unwrap());
        let in_the_way = paths.data.join("ringside.db.backup-part");
        fs::create_dir(&in_the_way).unwrap();
        assert_eq!(prepare(&paths, "1.1.0", NOW).unwrap().unwrap().code, ProblemCode::BackupFailed);
        assert!(Store::open(&paths.data, NOW).is_ok(), "the format stays the same");
        fs::remove_dir(&in_the_way).unwrap();
        assert_eq!(prepare(&paths, "1.1.0", NOW), Ok(None));
        assert_eq!(copies(&paths), 1);
    }

    #[tokio::test]
    async fn each_database_is_copied_once_whatever_becomes_of_the_other() {
        let folder = tempfile::tempdir().unwrap();
        let paths = paths(&folder);
        drop((Store::open(&paths.data, NOW).unwrap(), FloorStore::open(&paths.data, NOW).unwrap()));
        set_schema(&paths.data.join("floor.db"), 999);
        let in_the_way = paths.data.join("ringside.db.backup-part");
        fs::create_dir(&in_the_way).unwrap();
        let problem = prepare(&paths, "1.1.0", NOW).unwrap().unwrap();
        assert!(problem.detail.starts_with("ringside.db: "), "a newer database beside it hides nothing: {}", problem.detail);
        fs::remove_dir(&in_the_way).unwrap();
        assert_eq!(prepare(&paths, "1.1.0", NOW), Ok(None));
        let in_the_way = paths.data.join("floor.db.backup-part");
        fs::create_dir(&in_the_way).unwrap();
        assert_eq!(prepare(&paths, "1.1.0", LATER), Ok(None), "nothing is tried again");
        assert!(prepare(&paths, "1.2.0", LATER).unwrap().unwrap().detail.starts_with("floor.db: "));
        fs::remove_dir(&in_the_way).unwrap();
        assert_eq!(prepare(&paths, "1.2.0", LATER.plus(Duration::from_secs(60))), Ok(None));
        assert!(paths.data.join("ringside-backup-20260201T000059Z.db").exists(), "only the other was copied again");
    }

    #[tokio::test]
    async fn a_version_that_comes_back_copies_what_the_one_between_has_written() {
        let folder = tempfile::tempdir().unwrap();
        let paths = paths(&folder);
        drop(Store::open(&paths.data, NOW).unwrap());
        prepare(&paths, "1.1.0", NOW).unwrap();
        let in_the_way = paths.data.join("ringside.db.backup-part");
        fs::create_dir(&in_the_way).unwrap();
        assert!(prepare(&paths, "1.0.0", LATER).unwrap().is_some());
        fs::remove_dir(&in_the_way).unwrap();
        prepare(&paths, "1.1.0", LATER).unwrap();
        assert!(paths.data.join("ringside-backup-20260201T000059Z.db").exists());
    }

    #[tokio::test]
    async fn a_copy_that_could_take_the_place_of_one_database_only_says_so_and_the_next_start_goes_on() {
        let folder = tempfile::tempdir().unwrap();
        let paths = paths(&folder);
        drop((Store::open(&paths.data, NOW).unwrap(), FloorStore::open(&paths.data, NOW).unwrap()));
        prepare(&paths, "1.1.0", NOW).unwrap();
        for name in ["ringside.db", "floor.db"] {
            set_schema(&paths.data.join(name), 999);
        }
        want_backup(&paths).unwrap();
        let in_the_way = paths.data.join("floor.db.part");
        fs::create_dir(&in_the_way).unwrap();
        let problem = prepare(&paths, "1.0.0", LATER).unwrap_err();
        assert!(problem.detail.ends_with("ringside-newer-20260201T000059Z.db"), "{}", problem.detail);
        assert!(may_open(&paths).is_err());
        fs::remove_dir(&in_the_way).unwrap();
        let told = prepare(&paths, "1.0.0", LATER).unwrap().unwrap();
        assert_eq!(told.code, ProblemCode::BackupUsed);
        assert_eq!(may_open(&paths), Ok(()));
        assert!(Store::open(&paths.data, LATER).is_ok() && FloorStore::open(&paths.data, LATER).is_ok());
    }

    #[tokio::test]
    async fn an_older_version_goes_on_with_the_copy_when_a_person_wants_it() {
        let folder = tempfile::tempdir().unwrap();
        let paths = paths(&folder);
        drop(Store::open(&paths.data, NOW).unwrap());
        prepare(&paths, "1.1.0", NOW).unwrap();
        assert_eq!(backup_at(&paths), None);
        set_schema(&paths.data.join("ringside.db"), 999);
        assert_eq!(prepare(&paths, "1.0.0", LATER), Ok(None));
        assert_eq!(backup_at(&paths), Some(NOW));
        want_backup(&paths).unwrap();
        let told = prepare(&paths, "1.0.0", LATER).unwrap().unwrap();
        assert_eq!(told.code, ProblemCode::BackupUsed);
        assert!(told.detail.ends_with("ringside-newer-20260201T000059Z.db"), "{}", told.detail);
        assert!(Store::open(&paths.data, LATER).is_ok());
        assert_eq!(prepare(&paths, "1.0.0", LATER), Ok(None), "the wish counts once");
    }
}
