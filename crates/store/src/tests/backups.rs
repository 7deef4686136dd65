//! Copies of the databases before another version uses them, and the way back to them.

use std::{fs, path::Path, time::Duration};

use ringside_domain::Timestamp;
use rusqlite::Connection;
use tempfile::tempdir;

use super::{NOW, event, open};
use crate::{FloorStore, Store, StoreError, back_up, remove_backups, restorable, restore, would_migrate};

const LATER: Timestamp = Timestamp(NOW.0 + 60_000);

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// As a newer Ringside leaves a database.
fn make_newer(file: &Path) {
    Connection::open(file).unwrap().pragma_update(None, "user_version", 999).unwrap();
}

async fn with_events(folder: &Path, count: usize) {
    let (store, _) = open(folder);
    for number in 0..count {
        store.write(vec![event(number.to_string())]).await.unwrap();
    }
}

#[tokio::test]
async fn an_older_program_goes_on_with_the_copy_and_keeps_the_newer_database() {
    let folder = tempdir().unwrap();
    let folder = folder.path();
    with_events(folder, 3).await;
    drop(FloorStore::open(folder, NOW).unwrap());
    back_up(folder, NOW).unwrap();
    assert_eq!(restorable(folder), None, "this program reads its own database");
    with_events(folder, 2).await;
    make_newer(&folder.join("ringside.db"));
    assert!(matches!(Store::open(folder, LATER), Err(StoreError::Newer { .. })));
    assert_eq!(restorable(folder), Some(NOW));
    assert_eq!(restore(folder, LATER), (vec![folder.join("ringside-newer-20260201T000059Z.db")], None));
    assert_eq!(open(folder).0.counts().unwrap().events, 3);
    assert_eq!(restorable(folder), None);
    let databases: Vec<String> = names(folder).into_iter().filter(|name| name.ends_with(".db")).collect();
    assert_eq!(
        databases,
        [
            "floor-backup-20260131T235959Z.db",
            "floor.db",
            "ringside-backup-20260131T235959Z.db",
            "ringside-newer-20260201T000059Z.db",
            "ringside.db"
        ],
        "the floor's database, which this program can read, stays as it is"
    );
    assert_eq!(restore(folder, LATER), (Vec::new(), None), "a second restoration changes nothing");
}

#[tokio::test]
async fn what_a_crash_left_in_the_write_ahead_log_is_copied_and_stays_there() {
    let (folder, crashed) = (tempdir().unwrap(), tempdir().unwrap());
    let (store, opened) = open(folder.path());
    store.write(vec![event("a")]).await.unwrap();
    for suffix in ["", "-wal"] {
        let name = format!("ringside.db{suffix}");
        fs::copy(opened.file.with_file_name(&name), crashed.path().join(name)).unwrap();
    }
    back_up(crashed.path(), NOW).unwrap();
    assert!(fs::metadata(crashed.path().join("ringside.db-wal")).unwrap().len() > 0);
    let copy = tempdir().unwrap();
    fs::copy(crashed.path().join("ringside-backup-20260131T235959Z.db"), copy.path().join("ringside.db")).unwrap();
    assert_eq!(open(copy.path()).0.counts().unwrap().events, 1);
}

#[tokio::test]
async fn there_is_one_copy_and_a_copy_that_fails_leaves_the_one_before() {
    let folder = tempdir().unwrap();
    let folder = folder.path();
    back_up(folder, NOW).unwrap();
    assert!(names(folder).is_empty(), "without a database there is nothing to copy");
    with_events(folder, 1).await;
    back_up(folder, NOW).unwrap();
    // A copy cannot be made in the place of a folder.
    fs::create_dir(folder.join("ringside-backup-20260201T000059Z.db.part")).unwrap();
    assert!(back_up(folder, LATER).is_err());
    let copies = |names: Vec<String>| names.into_iter().filter(|name| name.contains("backup") && name.ends_with(".db")).collect::<Vec<_>>();
    assert_eq!(copies(names(folder)), ["ringside-backup-20260131T235959Z.db"]);
    fs::remove_dir(folder.join("ringside-backup-20260201T000059Z.db.part")).unwrap();
    back_up(folder, LATER).unwrap();
    assert_eq!(copies(names(folder)), ["ringside-backup-20260201T000059Z.db"]);
    remove_backups(folder, LATER).unwrap();
    assert_eq!(copies(names(folder)).len(), 1);
    remove_backups(folder, LATER.plus(Duration::from_secs(1))).unwrap();
    assert!(copies(names(folder)).is_empty());
}

#[tokio::test]
async fn a_newer_database_is_not_copied_over_the_copy_that_an_older_program_needs() {
    let folder = tempdir().unwrap();
    let folder = folder.path();
    with_events(folder, 1).await;
    back_up(folder, NOW).unwrap();
    make_newer(&folder.join("ringside.db"));
    assert!(matches!(back_up(folder, LATER), Err(StoreError::Newer { .. })));
    assert_eq!(restorable(folder), Some(NOW));
    make_newer(&folder.join("ringside-backup-20260131T235959Z.db"));
    assert_eq!(restorable(folder), None, "a copy that is newer too is not offered");
    assert_eq!(restore(folder, LATER), (Vec::new(), None));
}

#[test]
fn a_deletion_of_old_calls_deletes_the_copies_of_that_time_too() {
    let folder = tempdir().unwrap();
    let folder = folder.path();
    let old = ["ringside-backup-20260131T235958Z.db", "floor-newer-20250101T000000Z-2.db-wal", "outbox-damaged-20260131T235900Z.db"];
    let kept = ["ringside-backup-20260131T235959Z.db", "ringside-backup-notes.db", "ringside.db", "floor-damaged-20260131T235959Z.db"];
    old.iter().chain(&kept).for_each(|name| fs::write(folder.join(name), "").unwrap());
    assert_eq!(crate::quarantine::remove(folder, NOW).unwrap().0, 0);
    let mut kept = kept.map(str::to_owned);
    kept.sort();
    assert_eq!(names(folder), kept);
}

#[tokio::test]
async fn a_restoration_that_was_killed_between_its_two_steps_is_finished() {
    let folder = tempdir().unwrap();
    let folder = folder.path();
    with_events(folder, 2).await;
    back_up(folder, NOW).unwrap();
    fs::remove_file(folder.join("ringside.db")).unwrap();
    // The start of another version copies what is there, and takes no copy of what is not.
    back_up(folder, LATER).unwrap();
    assert_eq!(restore(folder, LATER), (Vec::new(), None));
    assert_eq!(open(folder).0.counts().unwrap().events, 2);
}

#[tokio::test]
async fn a_copy_of_an_older_schema_stays_beside_a_newer_one() {
    let folder = tempdir().unwrap();
    let folder = folder.path();
    with_events(folder, 1).await;
    let older = folder.join("ringside-backup-20260131T000000Z.db");
    back_up(folder, NOW).unwrap();
    fs::copy(folder.join("ringside-backup-20260131T235959Z.db"), &older).unwrap();
    Connection::open(&older).unwrap().pragma_update(None, "user_version", 1).unwrap();
    back_up(folder, LATER).unwrap();
    let copies: Vec<String> = names(folder).into_iter().filter(|name| name.contains("backup") && name.ends_with(".db")).collect();
    assert_eq!(copies, ["ringside-backup-20260131T000000Z.db", "ringside-backup-20260201T000059Z.db"]);
}

#[tokio::test]
async fn a_copy_is_offered_only_if_there_is_one_of_each_database_that_cannot_be_read() {
    let folder = tempdir().unwrap();
    let folder = folder.path();
    drop(FloorStore::open(folder, NOW).unwrap());
    back_up(folder, NOW).unwrap();
    with_events(folder, 1).await;
    assert!(!would_migrate(folder));
    for name in ["ringside.db", "floor.db"] {
        make_newer(&folder.join(name));
    }
    assert_eq!(restorable(folder), None);
    Connection::open(folder.join("ringside.db")).unwrap().pragma_update(None, "user_version", 1).unwrap();
    assert_eq!(restorable(folder), Some(NOW));
    assert!(would_migrate(folder));
}
