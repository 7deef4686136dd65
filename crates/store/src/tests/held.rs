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

/// Opens a file so that nobody else can open it, rename it or delete it.
fn hold(file: &Path) -> File {
    OpenOptions::new().read(true).share_mode(0).open(file).unwrap()
}

fn names(folder: &Path) -> Vec<String> {
    fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

#[tokio::test]
async fn s15_a_database_that_is_held_for_a_moment_is_opened_after_it() {
    let folder = tempdir().unwrap();
    let (store, opened) = open(folder.path());
    store.write(vec![event("a")]).await.unwrap();
    drop(store);
    let held = hold(&opened.file);
    let scanner = thread::spawn(move || {
        thread::sleep(Duration::from_millis(300));
        drop(held);
    });
    let (store, opened) = open(folder.path());
    assert_eq!((opened.damaged, store.counts().unwrap().events), (None, 1));
    scanner.join().unwrap();
}

#[tokio::test]
async fn s15_a_database_that_stays_held_is_reported_and_is_not_taken_for_damaged() {
    let folder = tempdir().unwrap();
    let (store, opened) = open(folder.path());
    store.write(vec![event("a")]).await.unwrap();
    drop(store);
    let held = hold(&opened.file);
    for error in [Store::open(folder.path(), NOW).unwrap_err(), Store::open_to_read(folder.path()).unwrap_err()] {
        assert!(matches!(error, StoreError::ReadOnly(_)), "{error:?}");
        assert_eq!(Problem::from(&error).code, ProblemCode::StoreReadOnly);
    }
    drop(held);
    assert_eq!(names(folder.path()), ["ringside.db"], "nothing was set aside");
    let (store, opened) = open(folder.path());
    assert_eq!((opened.damaged, store.counts().unwrap().events), (None, 1));
}

#[tokio::test]
async fn s15_a_write_ahead_log_that_is_held_at_the_close_is_used_by_the_next_start() {
    let folder = tempdir().unwrap();
    let (store, opened) = open(folder.path());
    store.write(vec![setting("session", "1")]).await.unwrap();
    // As a backup: others may read and write, but neither rename nor delete.
    let backup = OpenOptions::new().read(true).share_mode(3).open(with_suffix(&opened.file, "-wal")).unwrap();
    drop(store);
    let (store, opened) = open(folder.path());
    assert_eq!((opened.damaged, opened.log_lost), (None, false));
    assert_eq!(store.setting("session").unwrap().as_deref(), Some("1"));
    drop(backup);
}

#[tokio::test]
async fn s15_a_damaged_database_that_is_held_for_a_moment_is_set_aside_after_it() {
    let folder = tempdir().unwrap();
    let file = folder.path().join("ringside.db");
    fs::write(&file, "no database").unwrap();
    let held = OpenOptions::new().read(true).share_mode(3).open(&file).unwrap();
    let scanner = thread::spawn(move || {
        thread::sleep(Duration::from_millis(200));
        drop(held);
    });
    let (_store, opened) = open(folder.path());
    assert_eq!(fs::read_to_string(opened.damaged.unwrap()).unwrap(), "no database");
    scanner.join().unwrap();
}
