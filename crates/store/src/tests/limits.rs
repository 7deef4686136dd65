//! Full, read-only and locked databases; the store recovers from all of them by itself.

use std::time::Duration;

use ringside_domain::{Begin, CallId, Filter, Problem, ProblemCode};
use rusqlite::{Connection, TransactionBehavior, ffi};
use tempfile::tempdir;

use super::{NOW, call, event, open, reach, saved, setting};
use crate::{Store, StoreError, quarantine::with_suffix};

const SHORT: Duration = Duration::from_millis(20);
/// Longer than any test.
const LONG: Duration = Duration::from_secs(600);

#[tokio::test]
async fn s1_a_full_disk_is_an_error_until_there_is_room() {
    let folder = tempdir().unwrap();
    let (store, _) = open(folder.path());
    store.write(vec![event("first")]).await.unwrap();
    let pages = reach(&store, |db| {
        let pages: i64 = db.pragma_query_value(None, "page_count", |row| row.get(0)).unwrap();
        db.pragma_update_and_check(None, "max_page_count", pages, |_| Ok(())).unwrap();
        pages
    })
    .await;

    let large = "x".repeat(100_000);
    let error = store.write(vec![event(large.clone()), saved(&call(1, 1)), setting("session", &large)]).await.unwrap_err();
    assert!(matches!(error, StoreError::Full(_)), "{error:?}");
    let problem = Problem::from(&error);
    assert_eq!((problem.code, problem.retryable), (ProblemCode::StoreFull, true));
    assert_eq!(store.counts().unwrap().events, 1);

    reach(&store, move |db| db.pragma_update_and_check(None, "max_page_count", pages + 1000, |_| Ok(()))).await.unwrap();
    store.write(vec![event(large.clone())]).await.unwrap();
    assert_eq!(store.counts().unwrap().events, 2);
    assert_eq!(store.setting("session").unwrap(), Some(large), "the setting, which nobody sends again, was written later");
    assert_eq!(store.recent_calls(9).unwrap(), [call(1, 1)]);
}

#[tokio::test]
async fn s1_a_search_whose_blocks_cannot_be_built_still_finds_every_call() {
    let folder = tempdir().unwrap();
    let (store, _) = open(folder.path());
    let full = "CREATE TRIGGER full BEFORE INSERT ON search_block BEGIN SELECT raise(ABORT, 'no room'); END";
    reach(&store, move |db| db.execute_batch(full)).await.unwrap();
    store.write((0..100).map(|id| saved(&call(id, 0))).collect()).await.unwrap();
    let found = |filter: &Filter| store.log(filter, Begin::Newest, 0, 1000).unwrap().len();
    let number = Filter { text: "2991".to_owned(), ..Filter::default() };
    let waiting = || store.read(|db| db.query_row("SELECT count(*) FROM search_pending", (), |row| row.get::<_, u32>(0))).unwrap();
    assert_eq!((found(&number), waiting()), (100, 100));
    reach(&store, |db| db.execute_batch("DROP TRIGGER full")).await.unwrap();
    store.write(vec![saved(&call(100, 0))]).await.unwrap();
    // The blocks are built after a write was answered.
    let caught_up = async {
        while waiting() > 1 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), caught_up).await.unwrap();
    assert_eq!(found(&number), 101);
}

#[tokio::test]
async fn s3_a_database_that_becomes_read_only_is_an_error_until_it_is_writable() {
    let folder = tempdir().unwrap();
    let (store, _) = open(folder.path());
    reach(&store, |db| db.pragma_update(None, "query_only", true)).await.unwrap();
    let error = store.write(vec![event("a"), setting("session", "1")]).await.unwrap_err();
    assert!(matches!(error, StoreError::ReadOnly(_)), "{error:?}");
    assert_eq!(Problem::from(&error).code, ProblemCode::StoreReadOnly);
    reach(&store, |db| db.pragma_update(None, "query_only", false)).await.unwrap();
    store.write(vec![event("a")]).await.unwrap();
    assert_eq!(store.setting("session").unwrap().as_deref(), Some("1"));
}

#[test]
fn s3_a_folder_that_cannot_be_created_is_an_error() {
    let folder = tempdir().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, "").unwrap();
    for path in [file.clone(), file.join("below")] {
        let error = Store::open(&path, NOW).unwrap_err();
        assert!(matches!(error, StoreError::ReadOnly(_)), "{path:?}: {error:?}");
    }
}

/// Not even root can create files there.
#[cfg(target_os = "linux")]
#[test]
fn s3_a_folder_that_nobody_may_write_to_is_an_error() {
    for path in ["/sys", "/sys/ringside"] {
        let error = Store::open(path.as_ref(), NOW).unwrap_err();
        assert!(matches!(error, StoreError::ReadOnly(_)), "{path}: {error:?}");
    }
}

#[test]
fn s3_a_folder_with_the_name_of_the_database_is_an_error() {
    let folder = tempdir().unwrap();
    std::fs::create_dir(folder.path().join("ringside.db")).unwrap();
    assert!(matches!(Store::open(folder.path(), NOW).unwrap_err(), StoreError::ReadOnly(_)));
}

#[tokio::test]
async fn s7_a_write_waits_for_another_program_that_has_locked_the_database() {
    let folder = tempdir().unwrap();
    let (store, opened) = open(folder.path());
    let mut other = Connection::open(&opened.file).unwrap();
    let held = other.transaction_with_behavior(TransactionBehavior::Immediate).unwrap();
    let write = tokio::spawn(store.write(vec![event("a")]));
    reading_goes_on(&store);
    held.commit().unwrap();
    write.await.unwrap().unwrap();
    assert_eq!(store.counts().unwrap().events, 1);
}

#[tokio::test]
async fn s7_a_database_that_is_locked_too_long_is_busy_and_calls_are_written_later() {
    let folder = tempdir().unwrap();
    let (store, opened) = Store::open_with(folder.path(), NOW, SHORT, LONG).unwrap();
    let mut other = Connection::open(&opened.file).unwrap();
    let held = other.transaction_with_behavior(TransactionBehavior::Immediate).unwrap();
    let error = store.write(vec![event("a"), saved(&call(1, 1))]).await.unwrap_err();
    assert!(matches!(error, StoreError::Busy(_)), "{error:?}");
    assert!(Problem::from(&error).retryable);
    reading_goes_on(&store);
    held.commit().unwrap();
    store.write(vec![event("b")]).await.unwrap();
    assert_eq!(store.counts().unwrap().events, 1);
    assert_eq!(store.recent_calls(9).unwrap(), [call(1, 1)]);
}

#[tokio::test]
async fn a_call_that_could_not_be_written_is_tried_again_without_another_write() {
    let folder = tempdir().unwrap();
    let (store, opened) = Store::open_with(folder.path(), NOW, SHORT, SHORT).unwrap();
    let mut other = Connection::open(&opened.file).unwrap();
    let held = other.transaction_with_behavior(TransactionBehavior::Immediate).unwrap();
    assert!(store.write(vec![event("a"), saved(&call(1, 1))]).await.is_err());
    held.commit().unwrap();
    let written = async {
        while store.call(CallId(1)).unwrap().is_none() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), written).await.unwrap();
    assert_eq!(store.counts().unwrap().events, 0);
}

#[tokio::test]
async fn a_call_that_could_not_be_written_is_tried_again_at_the_close() {
    let folder = tempdir().unwrap();
    let (store, opened) = Store::open_with(folder.path(), NOW, SHORT, LONG).unwrap();
    let mut other = Connection::open(&opened.file).unwrap();
    let held = other.transaction_with_behavior(TransactionBehavior::Immediate).unwrap();
    assert!(store.write(vec![saved(&call(1, 1))]).await.is_err());
    held.commit().unwrap();
    drop(store);
    assert_eq!(open(folder.path()).0.recent_calls(9).unwrap(), [call(1, 1)]);
}

#[tokio::test]
async fn s7_two_stores_on_one_file_lose_nothing() {
    let folder = tempdir().unwrap();
    let (one, _) = open(folder.path());
    let (two, opened) = open(folder.path());
    assert_eq!(opened.damaged, None);
    let writes: Vec<_> = (0..200).map(|number| [&one, &two][number % 2].write(vec![event(number.to_string())])).collect();
    for write in writes {
        write.await.unwrap();
    }
    assert_eq!(one.counts().unwrap(), two.counts().unwrap());
    drop(one);
    assert_eq!(two.counts().unwrap().events, 200);
}

fn reading_goes_on(store: &Store) {
    assert_eq!(store.counts().unwrap().events, 0);
}

#[tokio::test]
async fn s12_a_long_reader_does_not_stop_writing_and_the_write_ahead_log_shrinks_after_it() {
    let folder = tempdir().unwrap();
    let (store, opened) = open(folder.path());
    let log = || std::fs::metadata(with_suffix(&opened.file, "-wal")).unwrap().len();
    let mut other = Connection::open(&opened.file).unwrap();
    let reading = other.transaction().unwrap();
    let seen = || reading.query_row("SELECT count(*) FROM event", (), |row| row.get::<_, i64>(0)).unwrap();
    assert_eq!(seen(), 0);
    let write = async |from: usize, to: usize| {
        for number in from..to {
            store.write(vec![event(format!("{number}{}", "x".repeat(200_000)))]).await.unwrap();
        }
    };
    write(0, 150).await;
    assert_eq!(seen(), 0, "the reader keeps its snapshot");
    assert!(log() > 24 << 20, "{}", log());
    reading.commit().unwrap();
    write(150, 160).await;
    assert!(log() <= 16 << 20, "{}", log());
    assert_eq!(store.counts().unwrap().events, 160);
}

/// Bytes of pages that the connection keeps in memory.
#[allow(unsafe_code)]
fn cached(db: &Connection) -> i32 {
    let (mut now, mut most) = (0, 0);
    // SAFETY: the connection is open, and both numbers outlive the call.
    let code = unsafe { ffi::sqlite3_db_status(db.handle(), ffi::SQLITE_DBSTATUS_CACHE_USED, &mut now, &mut most, 0) };
    assert_eq!(code, ffi::SQLITE_OK);
    now
}

#[tokio::test]
async fn pages_that_were_kept_in_memory_are_freed_when_asked() {
    const FEW: i32 = 50_000;
    let folder = tempdir().unwrap();
    let (store, _) = open(folder.path());
    store.write((1..=2000).map(|n| saved(&call(n, i64::try_from(n).unwrap()))).collect()).await.unwrap();
    let of_reader = || store.read(|db| Ok(cached(db))).unwrap();
    assert_eq!(store.recent_calls(2000).unwrap().len(), 2000);
    assert!(of_reader() > FEW, "{}", of_reader());
    assert!(reach(&store, |db| cached(db)).await > FEW);

    store.release_memory().unwrap();
    assert!(of_reader() < FEW, "{}", of_reader());
    assert!(reach(&store, |db| cached(db)).await < FEW);
    assert_eq!(store.recent_calls(2000).unwrap().len(), 2000);
}
