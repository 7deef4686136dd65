//! Opening the floor's database: damage, newer schemas, staged rows of a run that ended.

use std::fs;

use data_encoding::HEXLOWER;
use ringside_domain::{Campaign, CampaignId, DialledOutcome, FloorChange, NumberFilter, Timestamp};
use rusqlite::Connection;
use sha2::{Digest, Sha256};
use tempfile::tempdir;

use super::{NOW, SINCE_30_DAYS, TODAY, account, another, bill, campaign, counts, fates, good, put, rules, set, take, taken};
use crate::{FloorStore, StoreError, floor::STEPS, migration, quarantine};

/// The SHA-256 of each step as it was released, in order. A new step adds a line; a changed line is a mistake.
const RELEASED: &[&str] = &[
    "f951e993f7b6c67e9a6655bdef9759307077701f1834641d1236652d91e9c848",
    "e32d49ff0316994005cb06e403e616b94b8c6a18d4605706fdd1f5a1cf554c48",
    "f5e479ca7d8e1c930ea9ef1ec70deb6376721397c277f96d672ddac279d4fb8c",
    "47ccfabd93840ed29262c5b464806e11a930fb3354638d98016f292226ccc34c",
    "1c73e6176f8c382490a3af33a4d1bc2ee55e911052c681024dbf6748881c3704",
];

#[test]
fn released_steps_of_the_floor_are_not_changed() {
    let digests: Vec<String> = STEPS.iter().map(|step| HEXLOWER.encode(&Sha256::digest(step.concat().as_bytes()))).collect();
    assert_eq!(digests, RELEASED);
}

#[test]
fn a_clean_close_leaves_one_file_with_everything_in_it() {
    let folder = tempdir().unwrap();
    let (store, opened) = FloorStore::open(folder.path(), NOW).unwrap();
    take(&store, 1, &["100"]);
    assert_eq!(opened.file, folder.path().join("floor.db"));
    let clone = store.clone();
    drop(store);
    clone.apply(&[put(campaign(2))]).unwrap();
    drop(clone);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    let (store, opened) = FloorStore::open(folder.path(), NOW).unwrap();
    assert_eq!((opened.damaged, opened.log_lost), (None, false));
    assert_eq!((store.next_campaign().unwrap(), counts(&store, 1).waiting), (3, 1));
}

#[test]
fn s4_a_damaged_database_is_set_aside_under_its_own_name_and_removed_with_its_age() {
    let folder = tempdir().unwrap();
    let (store, opened) = FloorStore::open(folder.path(), NOW).unwrap();
    store.stage(1, &(2..5000).map(|row| good(row, &row.to_string())).collect::<Vec<_>>()).unwrap();
    store.check(1, &account(), &rules(), TODAY).unwrap();
    store.apply(&[put(campaign(1)), FloorChange::TakeImport { import: 1, campaign: CampaignId(1) }]).unwrap();
    drop(store);
    let mut bytes = fs::read(&opened.file).unwrap();
    let middle = bytes.len() / 2 / 4096 * 4096;
    bytes[middle..middle + 4096].fill(0xa5);
    fs::write(&opened.file, &bytes).unwrap();
    let (store, opened) = FloorStore::open(folder.path(), NOW).unwrap();
    let aside = opened.damaged.unwrap();
    assert_eq!(aside, folder.path().join("floor-damaged-20260131T235959Z.db"));
    assert_eq!(fs::read(&aside).unwrap(), bytes, "as it was found");
    assert_eq!(store.campaigns(TODAY, SINCE_30_DAYS).unwrap(), []);
    quarantine::remove(folder.path(), NOW).unwrap();
    assert!(aside.exists());
    quarantine::remove(folder.path(), NOW.plus(std::time::Duration::from_secs(60))).unwrap();
    assert!(!aside.exists());
}

#[test]
fn s4_damage_found_while_running_makes_the_next_opening_check_the_database() {
    let folder = tempdir().unwrap();
    let (store, _) = FloorStore::open(folder.path(), NOW).unwrap();
    store
        .writer()
        .execute_batch(
            "PRAGMA writable_schema = ON;
             UPDATE sqlite_schema SET rootpage = (SELECT rootpage FROM sqlite_schema WHERE name = 'dialled_by_time') WHERE name = 'campaign';
             PRAGMA writable_schema = RESET",
        )
        .unwrap();
    let error = store.apply(&[put(campaign(1))]).unwrap_err();
    assert!(matches!(error, StoreError::Damaged(_)), "{error:?}");
    drop(store);
    let aside = FloorStore::open(folder.path(), NOW).unwrap().1.damaged.unwrap();
    let closed: String =
        Connection::open(aside).unwrap().query_row("SELECT json FROM setting WHERE key = 'store.closed'", (), |row| row.get(0)).unwrap();
    assert_eq!(closed, "false");
}

#[test]
fn s10_a_newer_schema_of_the_floor_is_refused_and_not_changed() {
    let folder = tempdir().unwrap();
    let (store, opened) = FloorStore::open(folder.path(), NOW).unwrap();
    drop(store);
    let known = migration::known(STEPS);
    Connection::open(&opened.file).unwrap().pragma_update(None, "user_version", known + 1).unwrap();
    let before = fs::read(&opened.file).unwrap();
    assert_eq!(FloorStore::open(folder.path(), NOW).unwrap_err(), StoreError::Newer { found: known + 1, known });
    assert_eq!(fs::read(&opened.file).unwrap(), before);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn rows_that_an_earlier_run_staged_are_removed_and_campaigns_stay() {
    let folder = tempdir().unwrap();
    let (store, _) = FloorStore::open(folder.path(), NOW).unwrap();
    take(&store, 1, &["100", "101"]);
    store.stage(1, &(2..12_000).map(|row| good(row, &row.to_string())).collect::<Vec<_>>()).unwrap();
    store.check(1, &account(), &rules(), TODAY).unwrap();
    drop(store);
    let (store, _) = FloorStore::open(folder.path(), NOW).unwrap();
    let count = |table: &str| {
        let sql = format!("SELECT count(*) FROM {table}");
        store.read(|db| db.query_row(&sql, (), |row| row.get::<_, u32>(0))).unwrap()
    };
    assert_eq!((count("number"), count("sheet")), (2, 1));
    assert!(store.check(1, &account(), &rules(), TODAY).is_err(), "the import ended with its run");
    store.stage(1, &[good(2, "200")]).unwrap();
    assert_eq!(store.check(1, &account(), &rules(), TODAY).unwrap().rows, 1, "an import with the same number is a new one");
}

/// After a crash the write-ahead log has what the last change wrote.
#[test]
fn s5_after_a_crash_the_last_change_is_there() {
    let (folder, copy) = (tempdir().unwrap(), tempdir().unwrap());
    let (store, opened) = FloorStore::open(folder.path(), NOW).unwrap();
    take(&store, 1, &["100", "101"]);
    for suffix in ["", "-wal"] {
        fs::copy(quarantine::with_suffix(&opened.file, suffix), quarantine::with_suffix(&copy.path().join("floor.db"), suffix)).unwrap();
    }
    let (store, opened) = FloorStore::open(copy.path(), NOW).unwrap();
    assert_eq!((opened.damaged, opened.log_lost), (None, false));
    assert_eq!(counts(&store, 1).waiting, 2);
}

#[test]
fn the_numbers_of_a_campaign_that_was_hidden_long_ago_are_deleted_and_its_counts_stay() {
    let folder = tempdir().unwrap();
    let (store, _) = FloorStore::open(folder.path(), NOW).unwrap();
    let days = |days: u64| NOW.minus(std::time::Duration::from_secs(days * 86_400));
    for (id, hidden) in [(1, Some(days(31))), (2, Some(days(29))), (3, None)] {
        take(&store, id, &[&format!("{id}00"), &format!("{id}01")]);
        set(&store, id, 0, taken(0));
        store.apply(&[put(Campaign { removed_at: hidden, ..campaign(id) })]).unwrap();
    }
    let before = store.campaigns(TODAY, SINCE_30_DAYS).unwrap();
    assert_eq!(store.open_campaigns().unwrap(), [campaign(3)]);
    drop(store);
    let (store, _) = FloorStore::open(folder.path(), NOW).unwrap();
    let count = |table: &str| {
        let sql = format!("SELECT count(*) FROM {table}");
        store.read(|db| db.query_row(&sql, (), |row| row.get::<_, u32>(0))).unwrap()
    };
    assert_eq!((count("number"), count("number_key"), count("phones"), count("sheet")), (4, 4, 2, 3));
    assert_eq!(store.campaigns(TODAY, SINCE_30_DAYS).unwrap(), before);
    assert_eq!(store.numbers(CampaignId(1), &NumberFilter::default(), 0, 10).unwrap(), []);
    take(&store, 4, &["100"]);
    assert_eq!(fates(&store, 4).len(), 1);
}

#[test]
fn calls_of_more_than_400_days_ago_are_deleted() {
    let folder = tempdir().unwrap();
    let (store, _) = FloorStore::open(folder.path(), NOW).unwrap();
    let call = |key: &str, days: i64| bill(key, "100", -days * 86_400, DialledOutcome::Abandoned);
    store.apply(&[FloorChange::Dialled { account: account(), calls: vec![call("old", 401), call("new", 399)] }]).unwrap();
    drop(store);
    let (store, _) = FloorStore::open(folder.path(), NOW).unwrap();
    let left: Vec<String> = store.abandoned(&account(), Timestamp(0)).unwrap().into_iter().map(|call| call.key).collect();
    assert_eq!(left, ["new"]);
    assert_eq!(store.read(|db| db.query_row("SELECT count(*) FROM dialled", (), |row| row.get::<_, u32>(0))).unwrap(), 1);
}

#[test]
fn a_database_of_the_second_step_keeps_each_accounts_calls_apart_and_its_do_not_call_list() {
    let folder = tempdir().unwrap();
    let mut old = Connection::open(folder.path().join("floor.db")).unwrap();
    migration::run(&mut old, &STEPS[..2]).unwrap();
    let json = |campaign: &Campaign| serde_json::to_string(campaign).unwrap();
    let theirs = Campaign { account: another(), ..campaign(2) };
    let mut insert = old.prepare("INSERT INTO campaign VALUES (?1, 0, ?2)").unwrap();
    insert.execute((1, json(&campaign(1)))).unwrap();
    insert.execute((2, json(&theirs))).unwrap();
    insert.execute((3, "damaged")).unwrap();
    let call = "INSERT INTO dialled VALUES (NULL, ?1, ?2, ?2, ?3, ?3, 1, 0, 0, NULL, '', ?4)";
    for (bill, number, campaign) in [("a", 100, Some(1)), ("b", 101, Some(2)), ("c", 102, None)] {
        old.execute(call, (bill, number, NOW.0, campaign)).unwrap();
    }
    old.execute("INSERT INTO setting VALUES ('floor.dialled_until', ?1)", [NOW.0.to_string()]).unwrap();
    old.execute("INSERT INTO do_not_call VALUES ('300', 0, 0, '10', '')", ()).unwrap();
    drop(insert);
    drop(old);
    let (store, opened) = FloorStore::open(folder.path(), NOW).unwrap();
    assert_eq!(opened.damaged, None);
    let keys = |account: &ringside_domain::Account| {
        store.abandoned(account, Timestamp(0)).unwrap().into_iter().map(|call| call.key).collect::<Vec<_>>()
    };
    assert_eq!((keys(&account()), keys(&another())), (vec!["a".to_owned()], vec!["c".to_owned(), "b".to_owned()]));
    assert_eq!(store.dialled_until().unwrap(), [(another(), NOW)], "the newest campaign's");
    assert!(store.must_not_call("300").unwrap() && store.removals().unwrap().is_empty());
    assert_eq!(store.campaigns(TODAY, SINCE_30_DAYS).unwrap().len(), 2);
}

#[test]
fn a_start_with_a_clock_that_is_years_ahead_deletes_no_recent_calls_and_no_numbers_of_a_campaign_hidden_just_now() {
    let folder = tempdir().unwrap();
    let (store, _) = FloorStore::open(folder.path(), NOW).unwrap();
    let call = bill("new", "100", -86_400, DialledOutcome::Abandoned);
    store
        .apply(&[
            FloorChange::Dialled { account: account(), calls: vec![call] },
            FloorChange::DialledUntil { account: account(), until: NOW },
        ])
        .unwrap();
    take(&store, 1, &["100"]);
    store.apply(&[put(Campaign { removed_at: Some(NOW), ..campaign(1) })]).unwrap();
    drop(store);
    let ahead = NOW.plus(std::time::Duration::from_secs(800 * 86_400));
    let (store, _) = FloorStore::open(folder.path(), ahead).unwrap();
    assert_eq!(store.abandoned(&account(), Timestamp(0)).unwrap().len(), 1, "attempts and limits are counted from it");
    assert_eq!(store.numbers(CampaignId(1), &NumberFilter::default(), 0, 9).unwrap().len(), 1);
}
