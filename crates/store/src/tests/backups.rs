//! Copies of the databases before another version uses them, and the way back to them.

use std::{
    fs,
    path::Path,
    time::{Duration, UNIX_EPOCH},
};

use ringside_domain::Timestamp;
use rusqlite::{Connection, config::DbConfig};
use tempfile::{TempDir, tempdir};

use super::{NOW, back_up, event, open};
use crate::{
    FloorStore, Store, StoreError,
    backup::exchange,
    floor,
    migration::{self, Steps},
    remove_backups, restorable, restore,
};

const LATER: Timestamp = Timestamp(NOW.0 + 60_000);

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

fn copies(folder: &Path) -> Vec<String> {
    names(folder).into_iter().filter(|name| name.contains("-backup-") && name.ends_with(".db")).collect()
}

/// As a newer Ringside leaves a database.
fn make_newer(file: &Path) {
    Connection::open(file).unwrap().pragma_update(None, "user_version", 999).unwrap();
}

/// As an older Ringside leaves a database: without the last step.
fn make_older(file: &Path, steps: Steps) {
    let db = Connection::open(file).unwrap();
    let older = steps.len() - 1;
    for sql in steps[..older].iter().copied().flatten() {
        db.execute_batch(sql).unwrap();
    }
    db.pragma_update(None, "user_version", i64::try_from(older).unwrap()).unwrap();
}

/// The files that a running store had at this moment, as a crash leaves them.
async fn crashed(suffixes: &[&str]) -> TempDir {
    let (folder, crashed) = (tempdir().unwrap(), tempdir().unwrap());
    let (store, opened) = open(folder.path());
    store.write(vec![event("a")]).await.unwrap();
    for suffix in suffixes {
        let name = format!("ringside.db{suffix}");
        fs::copy(opened.file.with_file_name(&name), crashed.path().join(name)).unwrap();
    }
    crashed
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
    let crashed = crashed(&["", "-wal"]).await;
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
    fs::create_dir(folder.join("ringside.db.backup-part")).unwrap();
    assert!(back_up(folder, LATER).is_err());
    assert_eq!(copies(folder), ["ringside-backup-20260131T235959Z.db"]);
    fs::remove_dir(folder.join("ringside.db.backup-part")).unwrap();
    back_up(folder, LATER).unwrap();
    assert_eq!(copies(folder), ["ringside-backup-20260201T000059Z.db"]);
    remove_backups(folder, LATER).unwrap();
    assert_eq!(copies(folder).len(), 1);
    remove_backups(folder, LATER.plus(Duration::from_secs(1))).unwrap();
    assert!(copies(folder).is_empty());
}

#[tokio::test]
async fn a_newer_database_is_not_copied_over_the_copy_that_an_older_program_needs() {
    let folder = tempdir().unwrap();
    let folder = folder.path();
    with_events(folder, 1).await;
    back_up(folder, NOW).unwrap();
    make_newer(&folder.join("ringside.db"));
    assert_eq!(back_up(folder, LATER), Ok(()));
    assert_eq!(copies(folder), ["ringside-backup-20260131T235959Z.db"]);
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
async fn a_restoration_fails_while_the_only_copy_of_a_missing_database_cannot_be_read() {
    let folder = tempdir().unwrap();
    let folder = folder.path();
    with_events(folder, 2).await;
    back_up(folder, NOW).unwrap();
    fs::rename(folder.join("ringside.db"), folder.join("ringside-newer-20260131T235959Z.db")).unwrap();
    let (copy, elsewhere) = (folder.join("ringside-backup-20260131T235959Z.db"), folder.join("elsewhere"));
    fs::rename(&copy, &elsewhere).unwrap();
    // A folder cannot be read as a file, whoever asks.
    fs::create_dir(&copy).unwrap();
    assert!(restore(folder, LATER).1.is_some());
    fs::remove_dir(&copy).unwrap();
    assert!(matches!(restore(folder, LATER).1, Some(StoreError::Failed(_))), "the newer one is set aside, and there is no copy");
    fs::rename(&elsewhere, &copy).unwrap();
    assert_eq!(restore(folder, LATER), (Vec::new(), None));
    assert_eq!(open(folder).0.counts().unwrap().events, 2);
}

#[tokio::test]
async fn the_newest_copy_of_the_latest_schema_is_used_whatever_the_clock_said() {
    let folder = tempdir().unwrap();
    let folder = folder.path();
    let [right, ahead, older] =
        ["20260131T235959Z", "20350101T000000Z", "20350102T000000Z"].map(|at| folder.join(format!("ringside-backup-{at}.db")));
    with_events(folder, 1).await;
    for copy in [&ahead, &older] {
        fs::copy(folder.join("ringside.db"), copy).unwrap();
    }
    Connection::open(&older).unwrap().pragma_update(None, "user_version", 1).unwrap();
    with_events(folder, 3).await;
    fs::copy(folder.join("ringside.db"), &right).unwrap();
    for (file, at) in [(&older, NOW.0 + 30_000), (&ahead, NOW.0 - 60_000), (&right, NOW.0 + 60_000)] {
        let at = UNIX_EPOCH + Duration::from_millis(u64::try_from(at).unwrap());
        fs::File::options().write(true).open(file).unwrap().set_modified(at).unwrap();
    }
    make_newer(&folder.join("ringside.db"));
    assert_eq!(restorable(folder), Some(NOW));
    assert_eq!(restore(folder, LATER).1, None);
    assert_eq!(open(folder).0.counts().unwrap().events, 3);
    remove_backups(folder, NOW).unwrap();
    assert!(!ahead.exists() && right.exists());
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
    assert_eq!(copies(folder), ["ringside-backup-20260131T000000Z.db", "ringside-backup-20260201T000059Z.db"]);
}

#[tokio::test]
async fn a_copy_is_offered_only_if_there_is_one_of_each_database_that_cannot_be_read() {
    let folder = tempdir().unwrap();
    let folder = folder.path();
    drop(FloorStore::open(folder, NOW).unwrap());
    back_up(folder, NOW).unwrap();
    with_events(folder, 1).await;
    for name in ["ringside.db", "floor.db"] {
        make_newer(&folder.join(name));
    }
    assert_eq!(restorable(folder), None);
    Connection::open(folder.join("ringside.db")).unwrap().pragma_update(None, "user_version", 1).unwrap();
    assert_eq!(restorable(folder), Some(NOW));
}

#[tokio::test]
async fn a_damaged_database_is_not_copied_and_its_opening_sets_it_aside() {
    let folder = tempdir().unwrap();
    let folder = folder.path();
    drop(FloorStore::open(folder, NOW).unwrap());
    for version in ["the same", "an older one"] {
        let file = folder.join("ringside.db");
        if version == "the same" {
            with_events(folder, 1).await
        } else {
            make_older(&file, migration::STEPS)
        }
        let mut bytes = fs::read(&file).unwrap();
        bytes[4096..].fill(0xa5);
        fs::write(&file, bytes).unwrap();
        back_up(folder, NOW).unwrap();
        let (_, opened) = open(folder);
        assert!(opened.damaged.is_some(), "{version}");
        fs::remove_file(file).unwrap();
    }
    assert!(names(folder).iter().any(|name| name.starts_with("floor-backup-")), "the other is copied");
}

/// The copy reads all of it, the opening of a large one does not.
#[tokio::test]
async fn damage_that_only_the_copy_met_is_found_before_the_schema_changes() {
    let folder = tempdir().unwrap();
    let folder = folder.path();
    let file = folder.join("ringside.db");
    make_older(&file, migration::STEPS);
    let db = Connection::open(&file).unwrap();
    db.execute("INSERT INTO event (digest, payload, received_at) VALUES (zeroblob(32), ?1, 0)", ["x".repeat(17 << 20)]).unwrap();
    drop(db);
    let mut bytes = fs::read(&file).unwrap();
    // A page of the text names the next one in its first bytes.
    let page = bytes.len() / 2 / 4096 * 4096;
    bytes[page..page + 4].fill(0xa5);
    fs::write(&file, bytes).unwrap();
    back_up(folder, NOW).unwrap();
    assert!(open(folder).1.damaged.is_some());
}

#[test]
fn each_opening_copies_the_database_that_it_changes_whatever_became_of_other_copies() {
    let folder = tempdir().unwrap();
    let folder = folder.path();
    make_older(&folder.join("ringside.db"), migration::STEPS);
    make_older(&folder.join("floor.db"), floor::STEPS);
    back_up(folder, NOW).unwrap();
    remove_backups(folder, LATER).unwrap();
    assert!(copies(folder).is_empty());
    drop((Store::open(folder, LATER).unwrap(), FloorStore::open(folder, LATER).unwrap()));
    assert_eq!(copies(folder), ["floor-backup-20260201T000059Z.db", "ringside-backup-20260201T000059Z.db"]);
    for (name, steps) in [("ringside", migration::STEPS), ("floor", floor::STEPS)] {
        let copy = Connection::open(folder.join(format!("{name}-backup-20260201T000059Z.db"))).unwrap();
        assert_eq!(migration::version(&copy).unwrap(), migration::known(steps) - 1);
    }
}

#[test]
fn an_opening_that_cannot_copy_changes_nothing_though_there_is_an_earlier_copy() {
    let folder = tempdir().unwrap();
    let folder = folder.path();
    make_older(&folder.join("floor.db"), floor::STEPS);
    let earlier = folder.join("floor-backup-20260131T235959Z.db");
    fs::copy(folder.join("floor.db"), &earlier).unwrap();
    fs::create_dir(folder.join("floor.db.backup-part")).unwrap();
    let before = fs::read(folder.join("floor.db")).unwrap();
    assert!(matches!(FloorStore::open(folder, LATER), Err(StoreError::Uncopied { .. })));
    assert_eq!(fs::read(folder.join("floor.db")).unwrap(), before);
    assert!(earlier.exists());
    fs::remove_dir(folder.join("floor.db.backup-part")).unwrap();
    assert!(FloorStore::open(folder, LATER).is_ok());
    assert_eq!(copies(folder), ["floor-backup-20260201T000059Z.db"]);
}

#[tokio::test]
async fn a_copy_that_was_killed_leaves_one_part_at_most() {
    let folder = tempdir().unwrap();
    let folder = folder.path();
    with_events(folder, 1).await;
    for part in ["ringside.db.backup-part", "ringside.db.part", "floor.db.backup-part", "floor.db.part"] {
        fs::write(folder.join(part), "half a copy").unwrap();
    }
    assert_eq!(restore(folder, NOW), (Vec::new(), None));
    back_up(folder, NOW).unwrap();
    assert_eq!(names(folder), ["ringside-backup-20260131T235959Z.db", "ringside.db"]);
}

#[tokio::test]
async fn s6_a_lost_log_is_still_reported_after_a_copy() {
    let folder = crashed(&[""]).await;
    assert_eq!(restorable(folder.path()), None);
    back_up(folder.path(), NOW).unwrap();
    assert!(open(folder.path()).1.log_lost);
}

#[tokio::test]
async fn s6_a_lost_log_is_still_reported_after_others_have_read_the_database() {
    let folder = crashed(&[""]).await;
    for _ in 0..2 {
        assert!(Store::open_to_read(folder.path()).unwrap().unwrap().counts().is_ok());
    }
    assert!(open(folder.path()).1.log_lost);
    // After a crash in the first moment of a run there is a log, which is empty.
    let folder = crashed(&[""]).await;
    fs::write(folder.path().join("ringside.db-wal"), "").unwrap();
    drop(Store::open_to_read(folder.path()).unwrap().unwrap());
    assert!(!open(folder.path()).1.log_lost);
}

#[tokio::test]
async fn a_newer_database_is_set_aside_with_all_its_writes_in_one_file() {
    let folder = crashed(&["", "-wal"]).await;
    let folder = folder.path();
    let newer = folder.join("newer.db");
    back_up(folder, NOW).unwrap();
    let db = Connection::open(folder.join("ringside.db")).unwrap();
    db.pragma_update(None, "user_version", 999).unwrap();
    db.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true).unwrap();
    drop(db);
    assert!(fs::metadata(folder.join("ringside.db-wal")).unwrap().len() > 0);
    let (aside, failed) = restore(folder, LATER);
    assert_eq!(failed, None);
    assert!(!names(folder).iter().any(|name| name.contains("newer") && !name.ends_with(".db")), "{:?}", names(folder));
    fs::copy(&aside[0], &newer).unwrap();
    let db = Connection::open(&newer).unwrap();
    assert_eq!(migration::version(&db).unwrap(), 999);
    assert_eq!(db.query_row("SELECT count(*) FROM event", (), |row| row.get::<_, u32>(0)).unwrap(), 1);
}

#[tokio::test]
async fn a_copy_that_cannot_take_a_databases_place_leaves_it_there() {
    let folder = tempdir().unwrap();
    let folder = folder.path();
    with_events(folder, 2).await;
    assert!(exchange(&folder.join("none"), &folder.join("ringside.db"), NOW).is_err());
    assert_eq!(names(folder), ["ringside.db"]);
    assert_eq!(open(folder).0.counts().unwrap().events, 2);
}
