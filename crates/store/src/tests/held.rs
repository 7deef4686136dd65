//! Files that another program holds open, as a virus scanner or a backup does on Windows (S15). Other systems refuse nothing then.

use std::{
    fs::{self, File, OpenOptions},
    os::windows::fs::OpenOptionsExt,
    path::Path,
    thread,
    time::Duration,
};

use ringside_domain::{Problem, ProblemCode};
use tempfile::tempdir;

use super::{NOW, event, open, setting};
use crate::{Store, StoreError, quarantine::with_suffix};

/// Opens a file so that others may do only what `share` says with it, and neither rename nor delete it.
fn hold(file: &Path, share: u32) -> File {
    OpenOptions::new().read(true).share_mode(share).open(file).unwrap()
}

fn names(folder: &Path) -> Vec<String> {
    fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

/// What other programs may do meanwhile.
const NOTHING: u32 = 0;
const READ: u32 = 1;
const WRITE: u32 = 2;
/// Longer than SQLite itself waits for a file.
const LONG: Duration = Duration::from_millis(2500);

/// Holds the file for that long.
fn hold_for(file: &Path, share: u32, time: Duration) -> thread::JoinHandle<()> {
    let held = hold(file, share);
    thread::spawn(move || {
        thread::sleep(time);
        drop(held);
    })
}

#[tokio::test]
async fn s15_a_database_that_another_program_holds_for_some_seconds_is_opened_after_it() {
    let folder = tempdir().unwrap();
    let (store, opened) = open(folder.path());
    store.write(vec![event("a")]).await.unwrap();
    drop(store);
    // A virus scanner, and a backup.
    for share in [NOTHING, READ] {
        let holder = hold_for(&opened.file, share, LONG);
        let (store, opened) = open(folder.path());
        assert_eq!((opened.damaged, store.counts().unwrap().events), (None, 1));
        store.write(vec![setting("session", "1")]).await.unwrap();
        holder.join().unwrap();
    }
}

#[tokio::test]
async fn s15_a_write_ahead_log_that_another_program_holds_for_some_seconds_is_used_after_it() {
    let folder = tempdir().unwrap();
    let (store, opened) = open(folder.path());
    store.write(vec![setting("session", "1")]).await.unwrap();
    let log = with_suffix(&opened.file, "-wal");
    let backup = hold(&log, READ | WRITE);
    drop(store);
    drop(backup);
    let holder = hold_for(&log, NOTHING, LONG);
    let (store, opened) = open(folder.path());
    assert_eq!((opened.damaged, opened.log_lost), (None, false));
    assert_eq!(store.setting("session").unwrap().as_deref(), Some("1"));
    holder.join().unwrap();
}

#[tokio::test]
async fn s15_a_database_that_stays_held_is_busy_and_is_not_taken_for_damaged_or_protected() {
    let folder = tempdir().unwrap();
    let (store, opened) = open(folder.path());
    store.write(vec![event("a")]).await.unwrap();
    drop(store);
    for share in [NOTHING, READ] {
        let held = hold(&opened.file, share);
        let short = Duration::from_millis(200);
        for error in [Store::open_with(folder.path(), NOW, short, short).unwrap_err(), Store::open_to_read(folder.path()).unwrap_err()] {
            assert!(matches!(error, StoreError::Busy(_)), "{error:?}");
            let problem = Problem::from(&error);
            assert_eq!((problem.code, problem.retryable), (ProblemCode::StoreBusy, true));
        }
        drop(held);
    }
    assert_eq!(names(folder.path()), ["ringside.db"], "nothing was set aside");
    let (store, opened) = open(folder.path());
    assert_eq!((opened.damaged, store.counts().unwrap().events), (None, 1));
}

#[tokio::test]
async fn s15_a_write_ahead_log_that_is_held_at_the_close_is_used_by_the_next_start() {
    let folder = tempdir().unwrap();
    let (store, opened) = open(folder.path());
    store.write(vec![setting("session", "1")]).await.unwrap();
    let backup = hold(&with_suffix(&opened.file, "-wal"), READ | WRITE);
    drop(store);
    let (store, opened) = open(folder.path());
    assert_eq!((opened.damaged, opened.log_lost), (None, false));
    assert_eq!(store.setting("session").unwrap().as_deref(), Some("1"));
    drop(backup);
}

#[tokio::test]
async fn s15_a_damaged_database_that_is_held_for_some_seconds_is_set_aside_after_it() {
    let folder = tempdir().unwrap();
    let file = folder.path().join("ringside.db");
    fs::write(&file, "no database").unwrap();
    let scanner = hold_for(&file, READ | WRITE, LONG);
    let (_store, opened) = open(folder.path());
    assert_eq!(fs::read_to_string(opened.damaged.unwrap()).unwrap(), "no database");
    scanner.join().unwrap();
}
