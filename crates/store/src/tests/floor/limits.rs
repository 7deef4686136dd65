//! Full, read-only and locked databases.

use std::time::Duration;

use ringside_domain::{CampaignId, FloorChange, PartState};
use rusqlite::{Connection, TransactionBehavior};
use tempfile::tempdir;

use super::{NOW, SINCE_30_DAYS, TODAY, account, campaign, fates, good, put, rules, sending, take};
use crate::{FloorStore, StoreError};

#[test]
fn s1_a_disk_that_is_full_in_the_middle_of_a_change_leaves_the_state_before_it() {
    let folder = tempdir().unwrap();
    let (store, _) = FloorStore::open(folder.path(), NOW).unwrap();
    take(&store, 1, &["100"]);
    store.stage(1, &(2..30_002).map(|row| good(row, &row.to_string())).collect::<Vec<_>>()).unwrap();
    assert_eq!(store.check(1, &account(), &rules(), TODAY).unwrap().good, 29_999);
    let room = |pages: i64| {
        let db = store.writer();
        let used: i64 = db.pragma_query_value(None, "page_count", |row| row.get(0)).unwrap();
        db.pragma_update_and_check(None, "max_page_count", used + pages, |_| Ok(())).unwrap();
    };
    // Enough for the first part, not for all.
    room(40);
    let part = FloorChange::Part { campaign: CampaignId(1), part: 0, state: sending(0), refused: Vec::new() };
    let changes = [part, put(campaign(2)), FloorChange::TakeImport { import: 1, campaign: CampaignId(2) }];
    let error = store.apply(&changes).unwrap_err();
    assert!(matches!(error, StoreError::Full(_)), "{error:?}");
    let stored = store.campaigns(TODAY, SINCE_30_DAYS).unwrap();
    assert_eq!((stored.len(), &stored[0].parts[0].state), (1, &PartState::Waiting));
    room(10_000);
    assert_eq!(store.apply(&changes).unwrap().len(), 3);
}

#[test]
fn s3_a_floor_that_becomes_read_only_is_an_error_until_it_is_writable() {
    let folder = tempdir().unwrap();
    let (store, _) = FloorStore::open(folder.path(), NOW).unwrap();
    take(&store, 1, &["100"]);
    let read_only = |on: bool| store.writer().pragma_update(None, "query_only", on).unwrap();
    read_only(true);
    for error in [
        store.apply(&[put(campaign(2))]).unwrap_err(),
        store.stage(1, &[good(2, "100")]).unwrap_err(),
        store.save_mapping(&[], &[]).unwrap_err(),
    ] {
        assert!(matches!(error, StoreError::ReadOnly(_)), "{error:?}");
    }
    assert_eq!(fates(&store, 1).len(), 1);
    read_only(false);
    store.apply(&[put(campaign(2))]).unwrap();
    store.stage(1, &[good(2, "200")]).unwrap();
    assert_eq!(store.check(1, &account(), &rules(), TODAY).unwrap().rows, 1);
}

/// Not even root can create files there.
#[cfg(target_os = "linux")]
#[test]
fn s3_a_folder_for_the_floor_that_nobody_may_write_to_is_an_error() {
    for path in ["/sys", "/sys/ringside"] {
        let error = FloorStore::open(path.as_ref(), NOW).unwrap_err();
        assert!(matches!(error, StoreError::ReadOnly(_)), "{path}: {error:?}");
    }
}

#[test]
fn s7_a_floor_that_is_locked_too_long_is_busy_and_can_be_read() {
    let folder = tempdir().unwrap();
    let file = folder.path().join("floor.db");
    let store = FloorStore::connect(&file, true, Duration::from_millis(20)).unwrap();
    take(&store, 1, &["100"]);
    let mut other = Connection::open(&file).unwrap();
    let held = other.transaction_with_behavior(TransactionBehavior::Immediate).unwrap();
    let error = store.apply(&[put(campaign(2))]).unwrap_err();
    assert!(matches!(error, StoreError::Busy(_)), "{error:?}");
    assert_eq!(store.next_campaign().unwrap(), 2);
    held.commit().unwrap();
    store.apply(&[put(campaign(2))]).unwrap();
}
