//! A disk that fails under SQLite: it is full when the write-ahead log is copied into the database (S2), or another program holds its
//! files (S15).

// SQLite's interface to file systems is in C.
#![allow(unsafe_code)]

use std::{
    ffi::{c_char, c_int, c_void},
    path::{Path, PathBuf},
    ptr,
    sync::{
        Mutex, Once, OnceLock,
        atomic::{AtomicI32, Ordering},
    },
    time::Duration,
};

use ringside_domain::{CampaignId, FloorChange, NumberFilter, Problem, ProblemCode};
use rusqlite::ffi::{
    SQLITE_FULL, SQLITE_IOERR_WRITE, SQLITE_OK, SQLITE_OPEN_MAIN_DB, sqlite3_file, sqlite3_io_methods, sqlite3_vfs, sqlite3_vfs_find,
    sqlite3_vfs_register,
};
use tempfile::tempdir;

use super::{NOW, call, event, floor, open, reach, saved, setting};
use crate::{FloorStore, Store, StoreError, open::connect, quarantine::with_suffix};

/// The result of every write to the database's file, and to its write-ahead log.
static DATABASE: AtomicI32 = AtomicI32::new(SQLITE_OK);
static LOG: AtomicI32 = AtomicI32::new(SQLITE_OK);
/// Held by the test that uses the failing disk: there is only one.
static TURN: Mutex<()> = Mutex::new(());

type Write = unsafe extern "C" fn(*mut sqlite3_file, *const c_void, c_int, i64) -> c_int;
static WRITE: OnceLock<Write> = OnceLock::new();

/// # Safety
/// Only SQLite calls it.
unsafe extern "C" fn write<const TO_DATABASE: bool>(file: *mut sqlite3_file, bytes: *const c_void, count: c_int, at: i64) -> c_int {
    let outcome = if TO_DATABASE { &DATABASE } else { &LOG }.load(Ordering::SeqCst);
    match WRITE.get() {
        // SAFETY: the method that this one replaced gets SQLite's own arguments.
        Some(real) if outcome == SQLITE_OK => unsafe { real(file, bytes, count, at) },
        _ => outcome,
    }
}

/// Opens the file as the system does, and replaces the file's method for writing by `write`.
///
/// # Safety
/// Only SQLite calls it.
unsafe extern "C" fn open_file(_: *mut sqlite3_vfs, name: *const c_char, file: *mut sqlite3_file, flags: c_int, out: *mut c_int) -> c_int {
    // SAFETY: the system's function gets SQLite's own arguments. A file that it opened has methods; their copy is never freed.
    unsafe {
        let system = sqlite3_vfs_find(ptr::null());
        let opened = (*system).xOpen.unwrap()(system, name, file, flags, out);
        if opened == SQLITE_OK {
            let mut methods: sqlite3_io_methods = *(*file).pMethods;
            WRITE.get_or_init(|| methods.xWrite.unwrap());
            methods.xWrite = Some(if flags & SQLITE_OPEN_MAIN_DB != 0 { write::<true> } else { write::<false> });
            (*file).pMethods = Box::leak(Box::new(methods));
        }
        opened
    }
}

/// The name of the file on the failing disk.
fn on_failing_disk(file: &Path) -> PathBuf {
    static REGISTERED: Once = Once::new();
    REGISTERED.call_once(|| {
        // SAFETY: what is registered is a copy of the system's, which is never freed.
        unsafe {
            let mut disk: sqlite3_vfs = *sqlite3_vfs_find(ptr::null());
            disk.zName = c"failing".as_ptr();
            disk.pNext = ptr::null_mut();
            disk.xOpen = Some(open_file);
            assert_eq!(sqlite3_vfs_register(Box::leak(Box::new(disk)), 0), SQLITE_OK);
        }
    });
    format!("file:{}?vfs=failing", file.display()).into()
}

/// A store on the failing disk.
fn failing(folder: &Path, retry: Duration) -> Store {
    let file = folder.join("ringside.db");
    let connections = connect(&on_failing_disk(&file), true, Duration::from_secs(1)).unwrap();
    Store::start(connections, with_suffix(&file, "-wal"), retry).unwrap()
}

fn large(number: u32) -> crate::Write {
    event(format!("{number}{}", "x".repeat(200_000)))
}

#[tokio::test]
#[allow(clippy::await_holding_lock, reason = "the other test waits for its turn")]
async fn s2_a_full_disk_loses_nothing_while_the_write_ahead_log_is_copied_and_the_log_shrinks_when_there_is_room() {
    let _turn = TURN.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let folder = tempdir().unwrap();
    let log = || std::fs::metadata(folder.path().join("ringside.db-wal")).unwrap().len();
    let store = failing(folder.path(), Duration::from_secs(600));
    DATABASE.store(SQLITE_FULL, Ordering::SeqCst);
    for number in 0..150 {
        store.write(vec![large(number)]).await.unwrap();
    }
    store.write(vec![saved(&call(1, 1)), setting("session", "1")]).await.unwrap();
    assert_eq!(store.counts().unwrap().events, 150, "written, and readable");
    assert!(log() > 24 << 20, "{}", log());

    DATABASE.store(SQLITE_OK, Ordering::SeqCst);
    for number in 150..152 {
        store.write(vec![large(number)]).await.unwrap();
    }
    assert!(log() <= 16 << 20, "{}", log());

    DATABASE.store(SQLITE_FULL, Ordering::SeqCst);
    store.write(vec![large(152)]).await.unwrap();
    drop(store);
    DATABASE.store(SQLITE_OK, Ordering::SeqCst);
    let (store, opened) = open(folder.path());
    assert_eq!((opened.damaged, opened.log_lost), (None, false));
    assert_eq!(store.counts().unwrap().events, 153, "also the event that could not be copied at the close");
    assert_eq!(store.recent_calls(9).unwrap(), [call(1, 1)]);
}

#[tokio::test]
async fn s2_temporary_data_is_kept_in_memory() {
    let folder = tempdir().unwrap();
    let (store, _) = open(folder.path());
    let in_memory = 2;
    let kept = |db: &rusqlite::Connection| db.pragma_query_value(None, "temp_store", |row| row.get::<_, i64>(0));
    assert_eq!(reach(&store, move |db| kept(db)).await.unwrap(), in_memory);
    assert_eq!(store.read(kept).unwrap(), in_memory);
}

/// On Windows SQLite itself waits a little for a file that another program holds; this is the failure after that.
#[tokio::test]
#[allow(clippy::await_holding_lock, reason = "the other test waits for its turn")]
async fn s15_a_file_that_another_program_holds_is_an_error_and_calls_and_settings_are_tried_again() {
    let _turn = TURN.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let folder = tempdir().unwrap();
    let store = failing(folder.path(), Duration::from_millis(20));
    LOG.store(SQLITE_IOERR_WRITE, Ordering::SeqCst);
    let error = store.write(vec![event("a"), saved(&call(1, 1)), setting("session", "1")]).await.unwrap_err();
    assert!(matches!(error, StoreError::Failed(_)), "{error:?}");
    assert_eq!(Problem::from(&error).code, ProblemCode::StoreFailed);
    assert_eq!(store.counts().unwrap().events, 0, "not acknowledged, and not written");

    LOG.store(SQLITE_OK, Ordering::SeqCst);
    let written = async {
        while store.setting("session").unwrap().is_none() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), written).await.unwrap();
    assert_eq!(store.recent_calls(9).unwrap(), [call(1, 1)]);
    store.write(vec![event("a")]).await.unwrap();
    drop(store);
    let (store, opened) = open(folder.path());
    assert_eq!((opened.damaged, store.counts().unwrap().events), (None, 1), "it is not taken for damage");
}

/// The disk is full when the transaction that makes a campaign of an import is committed (S1).
#[test]
fn s1_a_campaign_that_does_not_fit_on_the_disk_is_not_made_and_its_import_stays() {
    let _turn = TURN.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let folder = tempdir().unwrap();
    let file = folder.path().join("floor.db");
    let store = FloorStore::connect(&on_failing_disk(&file), true, Duration::from_secs(1)).unwrap();
    let rows: Vec<_> = (2..12_002).map(|row| floor::good(row, &row.to_string())).collect();
    store.stage(1, &rows[..5000]).unwrap();
    LOG.store(SQLITE_FULL, Ordering::SeqCst);
    let error = store.stage(1, &rows[5000..]).unwrap_err();
    assert!(matches!(error, StoreError::Full(_)), "{error:?}");
    LOG.store(SQLITE_OK, Ordering::SeqCst);
    store.stage(1, &rows[5000..]).unwrap();
    assert_eq!(store.check(1, &floor::account(), &floor::rules(), floor::TODAY).unwrap().good, 12_000, "no row is staged twice");

    let change = FloorChange::Campaign(Box::new(floor::campaign(1)));
    let changes = [change, FloorChange::TakeImport { import: 1, campaign: CampaignId(1) }];
    LOG.store(SQLITE_FULL, Ordering::SeqCst);
    let error = store.apply(&changes).unwrap_err();
    assert_eq!(Problem::from(&error).code, ProblemCode::StoreFull);
    assert_eq!(store.campaigns(floor::TODAY, floor::SINCE_30_DAYS).unwrap(), []);
    LOG.store(SQLITE_OK, Ordering::SeqCst);
    assert_eq!(store.apply(&changes).unwrap().len(), 2);
    drop(store);
    let (store, opened) = FloorStore::open(folder.path(), NOW).unwrap();
    assert_eq!((opened.damaged, store.number_count(CampaignId(1), &NumberFilter::default()).unwrap()), (None, 12_000));
}
