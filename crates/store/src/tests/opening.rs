//! Closing, crashing, and the start after it.

use std::{fs, path::Path};

use ringside_domain::{Begin, Filter};
use tempfile::tempdir;

use super::{call, event, open, reach, saved, setting};
use crate::{Store, quarantine::with_suffix};

/// Copies the files of a running store at one moment, as a crash leaves them.
async fn crash(store: &crate::Store, file: &Path, to: &Path, suffixes: &'static [&'static str]) {
    let (file, to) = (file.to_owned(), to.to_owned());
    // On the writer's thread, so that there is no commit between the two copies.
    reach(store, move |_| {
        for suffix in suffixes {
            fs::copy(with_suffix(&file, suffix), with_suffix(&to.join("ringside.db"), suffix)).unwrap();
        }
    })
    .await;
}

#[tokio::test]
async fn a_clean_close_leaves_one_file() {
    let folder = tempdir().unwrap();
    let (store, opened) = open(folder.path());
    store.write(vec![event("a")]).await.unwrap();
    assert!(with_suffix(&opened.file, "-wal").exists());
    let clone = store.clone();
    drop(store);
    clone.write(vec![event("b")]).await.unwrap();
    drop(clone);
    let names: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names, ["ringside.db"]);
}

#[tokio::test]
async fn queued_writes_are_committed_before_the_close() {
    let folder = tempdir().unwrap();
    let (store, _) = open(folder.path());
    let writes: Vec<_> = (0..1000).map(|number| store.write(vec![event(number.to_string())])).collect();
    drop(store);
    for write in writes {
        write.await.unwrap();
    }
    assert_eq!(open(folder.path()).0.counts().unwrap().events, 1000);
}

#[tokio::test]
async fn s5_after_a_crash_the_last_acknowledged_commit_is_there() {
    let (folder, copy) = (tempdir().unwrap(), tempdir().unwrap());
    let (store, opened) = open(folder.path());
    for number in 0..50 {
        store.write(vec![event(number.to_string()), setting("session", &number.to_string())]).await.unwrap();
    }
    crash(&store, &opened.file, copy.path(), &["", "-wal"]).await;
    let (store, opened) = open(copy.path());
    assert_eq!((opened.damaged, opened.log_lost), (None, false));
    assert_eq!(store.counts().unwrap().events, 50);
    assert_eq!(store.setting("session").unwrap().as_deref(), Some("49"));
}

#[tokio::test]
async fn s5_a_torn_end_of_the_write_ahead_log_loses_only_unacknowledged_writes() {
    let (folder, copy) = (tempdir().unwrap(), tempdir().unwrap());
    let (store, opened) = open(folder.path());
    store.write(vec![setting("session", "acknowledged")]).await.unwrap();
    let whole = fs::metadata(with_suffix(&opened.file, "-wal")).unwrap().len();
    store.write(vec![setting("session", "torn"), event("x".repeat(20_000))]).await.unwrap();
    crash(&store, &opened.file, copy.path(), &["", "-wal"]).await;
    let log = with_suffix(&copy.path().join("ringside.db"), "-wal");
    let length = fs::metadata(&log).unwrap().len();
    assert!(length > whole + 100);
    for cut in [length - 1, length - 4000, whole + 100, whole] {
        let torn = tempdir().unwrap();
        let file = torn.path().join("ringside.db");
        fs::copy(copy.path().join("ringside.db"), &file).unwrap();
        fs::write(with_suffix(&file, "-wal"), &fs::read(&log).unwrap()[..usize::try_from(cut).unwrap()]).unwrap();
        let (store, opened) = open(torn.path());
        assert_eq!(opened.damaged, None, "cut at {cut} of {length}");
        assert_eq!(store.setting("session").unwrap().as_deref(), Some("acknowledged"), "cut at {cut} of {length}");
        assert_eq!(store.counts().unwrap().events, 0);
    }
}

#[tokio::test]
async fn s6_a_lost_write_ahead_log_is_reported_and_the_database_opens() {
    let (folder, copy) = (tempdir().unwrap(), tempdir().unwrap());
    let (store, _) = open(folder.path());
    store.write(vec![setting("session", "1")]).await.unwrap();
    drop(store);
    let (store, opened) = open(folder.path());
    assert!(!opened.log_lost);
    store.write(vec![setting("session", "2")]).await.unwrap();
    crash(&store, &opened.file, copy.path(), &[""]).await;

    let (store, opened) = open(copy.path());
    assert_eq!((opened.damaged, opened.log_lost), (None, true));
    assert_eq!(store.setting("session").unwrap().as_deref(), Some("1"));
    drop(store);
    assert!(!open(copy.path()).1.log_lost, "reported once");
}

#[tokio::test]
async fn a_store_opened_to_read_works_beside_a_running_one_and_changes_nothing_after_a_crash() {
    let (folder, copy) = (tempdir().unwrap(), tempdir().unwrap());
    assert!(Store::open_to_read(folder.path()).unwrap().is_none());
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "no file is created");
    let (store, opened) = open(folder.path());
    store.write(vec![saved(&call(1, 1))]).await.unwrap();
    let calls = |store: &Store| store.log(&Filter::default(), Begin::Newest, 0, 9).unwrap().len();
    let reader = Store::open_to_read(folder.path()).unwrap().unwrap();
    assert_eq!(calls(&reader), 1);
    store.write(vec![saved(&call(2, 2))]).await.unwrap();
    assert_eq!(calls(&reader), 2);
    assert!(reader.write(vec![saved(&call(3, 3))]).await.is_err());
    crash(&store, &opened.file, copy.path(), &["", "-wal"]).await;
    drop(reader);

    let reader = Store::open_to_read(copy.path()).unwrap().unwrap();
    assert_eq!(calls(&reader), 2);
    drop(reader);
    let (store, opened) = open(copy.path());
    assert!(!opened.log_lost, "the write-ahead log is still there (S6)");
    assert_eq!(calls(&store), 2);
}
