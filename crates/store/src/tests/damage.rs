//! Damaged files are set aside as a whole, and never taken for empty ones (S4).

use std::{fs, path::Path};

use rusqlite::Connection;
use tempfile::tempdir;

use super::{NOW, event, open, reach, setting};
use crate::{Store, StoreError, quarantine::with_suffix};

/// Makes a database with many pages, and closes it.
async fn filled(folder: &Path) -> std::path::PathBuf {
    let (store, opened) = open(folder);
    let writes: Vec<_> = (0..400).map(|number| store.write(vec![event(format!("{number:0>500}"))])).collect();
    for write in writes {
        write.await.unwrap();
    }
    opened.file
}

fn scribble(file: &Path, at: usize, length: usize) {
    let mut bytes = fs::read(file).unwrap();
    bytes[at..at + length].fill(0xa5);
    fs::write(file, bytes).unwrap();
}

async fn assert_set_aside(folder: &Path, before: &[u8]) {
    let (store, opened) = open(folder);
    let aside = opened.damaged.expect("the damage is reported");
    assert_eq!(aside, folder.join("ringside-damaged-20260131T235959Z.db"));
    assert_eq!(fs::read(&aside).unwrap(), before, "as it was found");
    assert_eq!(store.counts().unwrap().events, 0);
    store.write(vec![event("new")]).await.unwrap();
    drop(store);
    assert_eq!(open(folder).1.damaged, None);
}

#[tokio::test]
async fn s4_a_damaged_page_is_found() {
    let folder = tempdir().unwrap();
    let file = filled(folder.path()).await;
    let middle = fs::metadata(&file).unwrap().len() as usize / 2 / 4096 * 4096;
    scribble(&file, middle, 4096);
    let before = fs::read(&file).unwrap();
    assert_set_aside(folder.path(), &before).await;
}

#[tokio::test]
async fn s4_a_damaged_header_is_found() {
    let folder = tempdir().unwrap();
    let file = filled(folder.path()).await;
    scribble(&file, 0, 100);
    let before = fs::read(&file).unwrap();
    assert_set_aside(folder.path(), &before).await;
}

#[tokio::test]
async fn s4_a_truncated_file_is_found() {
    for length in [0, 1, 100, 511, 512, 4096, 50_000, 65_536] {
        let folder = tempdir().unwrap();
        let file = filled(folder.path()).await;
        let before = fs::read(&file).unwrap()[..length].to_vec();
        fs::write(&file, &before).unwrap();
        assert_set_aside(folder.path(), &before).await;
    }
}

#[tokio::test]
async fn s4_the_write_ahead_log_is_set_aside_with_its_database() {
    let (folder, copy) = (tempdir().unwrap(), tempdir().unwrap());
    filled(folder.path()).await;
    let (store, opened) = open(folder.path());
    store.write(vec![event("in the log")]).await.unwrap();
    let file = copy.path().join("ringside.db");
    for suffix in ["", "-wal", "-shm"] {
        fs::copy(with_suffix(&opened.file, suffix), with_suffix(&file, suffix)).unwrap();
    }
    drop(store);
    scribble(&file, 5 * 4096, 60 * 4096);
    let (before, log) = (fs::read(&file).unwrap(), fs::read(with_suffix(&file, "-wal")).unwrap());
    assert!(!log.is_empty());
    let (store, opened) = open(copy.path());
    let aside = opened.damaged.unwrap();
    assert_eq!(fs::read(&aside).unwrap(), before);
    assert_eq!(fs::read(with_suffix(&aside, "-wal")).unwrap(), log);
    assert_eq!(store.counts().unwrap().events, 0, "the new database does not use the old one's write-ahead log");
}

#[tokio::test]
async fn s4_a_write_ahead_log_without_its_database_is_set_aside() {
    let (folder, copy) = (tempdir().unwrap(), tempdir().unwrap());
    let (store, opened) = open(folder.path());
    store.write(vec![event("in the log")]).await.unwrap();
    fs::copy(with_suffix(&opened.file, "-wal"), copy.path().join("ringside.db-wal")).unwrap();
    let aside = open(copy.path()).1.damaged.unwrap();
    assert!(with_suffix(&aside, "-wal").exists());
}

#[tokio::test]
async fn s4_a_database_that_was_set_aside_earlier_is_not_overwritten() {
    let folder = tempdir().unwrap();
    let mut names = Vec::new();
    for content in ["first", "second", "third"] {
        fs::write(folder.path().join("ringside.db"), content).unwrap();
        let aside = Store::open(folder.path(), NOW).unwrap().1.damaged.unwrap();
        assert_eq!(fs::read_to_string(&aside).unwrap(), content);
        names.push(aside.file_name().unwrap().to_str().unwrap().to_owned());
    }
    assert_eq!(
        names,
        ["ringside-damaged-20260131T235959Z.db", "ringside-damaged-20260131T235959Z-2.db", "ringside-damaged-20260131T235959Z-3.db"]
    );
}

#[tokio::test]
async fn s4_damage_found_while_running_is_an_error_and_the_next_start_checks_the_database() {
    let folder = tempdir().unwrap();
    let (store, _) = open(folder.path());
    store.write(vec![setting("session", "1")]).await.unwrap();
    // The table's root page becomes that of an index, as after a misplaced write.
    reach(&store, |db| {
        db.execute_batch(
            "PRAGMA writable_schema = ON;
             UPDATE sqlite_schema SET rootpage = (SELECT rootpage FROM sqlite_schema WHERE name = 'call_by_start') WHERE name = 'event';
             PRAGMA writable_schema = RESET",
        )
    })
    .await
    .unwrap();
    let error = store.write(vec![event("a")]).await.unwrap_err();
    assert!(matches!(error, StoreError::Damaged(_)), "{error:?}");
    drop(store);
    let aside = open(folder.path()).1.damaged.unwrap();
    // This mark makes the next start check a large database, too.
    let closed: String =
        Connection::open(aside).unwrap().query_row("SELECT json FROM setting WHERE key = 'store.closed'", (), |row| row.get(0)).unwrap();
    assert_eq!(closed, "false");
}

/// The database is larger than the size up to which every start checks.
#[tokio::test]
async fn s4_a_large_database_is_checked_after_a_crash() {
    let (folder, copy) = (tempdir().unwrap(), tempdir().unwrap());
    let (store, _) = open(folder.path());
    for number in 0..20 {
        store.write(vec![event(format!("{number}{}", "x".repeat(1 << 20)))]).await.unwrap();
    }
    drop(store);
    let (store, opened) = open(folder.path());
    let file = copy.path().join("ringside.db");
    for suffix in ["", "-wal"] {
        fs::copy(with_suffix(&opened.file, suffix), with_suffix(&file, suffix)).unwrap();
    }
    drop(store);
    scribble(&file, 10 << 20, 4096);
    assert!(open(copy.path()).1.damaged.is_some());
}
