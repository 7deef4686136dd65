//! The data folder, as one version of Ringside after another uses it: the databases are copied before another version uses them for the
//! first time, and an older version can go on with the copy.

use std::{fs, io, time::Duration};

use ringside_domain::{Problem, ProblemCode, Timestamp};
use ringside_store::{StoreError, back_up, remove_backups, restorable, restore, would_migrate};

use super::paths::{Paths, replace_private};

/// A copy is removed after this time: by then the new version has shown that it works.
const KEPT: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// Prepares the data folder for this version, before anything else uses it. Returns what a person must know. Blocks.
pub fn prepare(paths: &Paths, version: &str, now: Timestamp) -> Option<Problem> {
    let restored = restore_if_wanted(paths, now);
    remove_old(paths, now);
    let last = fs::read_to_string(paths.version()).unwrap_or_default();
    if last.trim() == version {
        return restored;
    }
    match back_up(&paths.data, now) {
        Ok(()) => {
            tracing::info!(last, "another version used this data before; the databases were copied");
            note(paths, version);
            restored
        }
        // This version will not use it either, and its opening says so; a damaged one is set aside whole.
        Err(StoreError::Newer { .. } | StoreError::Damaged(_)) => restored,
        Err(error) => {
            tracing::error!(%error, "the databases could not be copied; the next start tries again");
            restored.or_else(|| Some(Problem::new(ProblemCode::BackupFailed, error.to_string(), true)))
        }
    }
}

/// Whether this version may open the databases: it changes their schema only after they were copied. Blocks.
pub fn may_open(paths: &Paths, version: &str) -> Result<(), Problem> {
    let is_prepared = fs::read_to_string(paths.version()).is_ok_and(|last| last.trim() == version);
    if is_prepared || !would_migrate(&paths.data) {
        return Ok(());
    }
    Err(Problem::new(ProblemCode::BackupFailed, "this version would change their format", true))
}

fn note(paths: &Paths, version: &str) {
    if let Err(error) = replace_private(&paths.version(), version) {
        tracing::warn!(%error, "the next start copies the databases again");
    }
}

/// Removes copies that are too old. Blocks.
pub fn remove_old(paths: &Paths, now: Timestamp) {
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

fn restore_if_wanted(paths: &Paths, now: Timestamp) -> Option<Problem> {
    if !paths.backup_wanted().exists() {
        return None;
    }
    let restored = restore(&paths.data, now);
    if let Err(error) = fs::remove_file(paths.backup_wanted()) {
        tracing::warn!(%error, "the next start may use the copy of the databases again");
    }
    match restored {
        (aside, None) if aside.is_empty() => None,
        (aside, None) => {
            let files: Vec<String> = aside.iter().map(|file| file.display().to_string()).collect();
            tracing::warn!(?files, "a copy of the databases is used; those of the newer version were set aside");
            Some(Problem::new(ProblemCode::BackupUsed, files.join(", "), false))
        }
        (aside, Some(error)) => {
            tracing::error!(%error, ?aside, "the copy of the databases could not be used");
            Some(Problem::from(&error))
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{
        io::{Seek, SeekFrom, Write},
        path::Path,
    };

    use ringside_store::Store;

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
        assert_eq!(prepare(&paths, "1.0.0", NOW), None, "there is nothing to copy yet");
        drop(Store::open(&paths.data, NOW).unwrap());
        assert_eq!(prepare(&paths, "1.0.0", NOW), None);
        assert_eq!(copies(&paths), 0);
        assert_eq!(prepare(&paths, "1.1.0", NOW), None);
        assert_eq!(copies(&paths), 1);
        assert_eq!(prepare(&paths, "1.1.0", NOW.plus(KEPT)), None);
        assert_eq!(copies(&paths), 1);
        assert_eq!(prepare(&paths, "1.1.0", LATER.plus(KEPT)), None);
        assert_eq!(copies(&paths), 0);
    }

    #[tokio::test]
    async fn a_copy_that_fails_is_said_and_tried_again_at_the_next_start() {
        let folder = tempfile::tempdir().unwrap();
        let paths = paths(&folder);
        drop(Store::open(&paths.data, NOW).unwrap());
        let in_the_way = paths.data.join("ringside-backup-20260131T235959Z.db.part");
        fs::create_dir(&in_the_way).unwrap();
        assert_eq!(prepare(&paths, "1.1.0", NOW).unwrap().code, ProblemCode::BackupFailed);
        assert_eq!(may_open(&paths, "1.1.0"), Ok(()), "the format stays the same");
        set_schema(&paths.data.join("ringside.db"), 1);
        assert_eq!(may_open(&paths, "1.1.0").unwrap_err().code, ProblemCode::BackupFailed, "it would be changed without a copy");
        fs::remove_dir(&in_the_way).unwrap();
        assert_eq!(prepare(&paths, "1.1.0", NOW), None);
        assert_eq!(may_open(&paths, "1.1.0"), Ok(()));
        assert_eq!(copies(&paths), 1);
    }

    #[tokio::test]
    async fn an_older_version_goes_on_with_the_copy_when_a_person_wants_it() {
        let folder = tempfile::tempdir().unwrap();
        let paths = paths(&folder);
        drop(Store::open(&paths.data, NOW).unwrap());
        prepare(&paths, "1.1.0", NOW);
        assert_eq!(backup_at(&paths), None);
        set_schema(&paths.data.join("ringside.db"), 999);
        assert_eq!(prepare(&paths, "1.0.0", LATER), None);
        assert_eq!(backup_at(&paths), Some(NOW));
        want_backup(&paths).unwrap();
        let told = prepare(&paths, "1.0.0", LATER).unwrap();
        assert_eq!(told.code, ProblemCode::BackupUsed);
        assert!(told.detail.ends_with("ringside-newer-20260201T000059Z.db"), "{}", told.detail);
        assert!(Store::open(&paths.data, LATER).is_ok());
        assert_eq!(prepare(&paths, "1.0.0", LATER), None, "the wish counts once");
    }
}
