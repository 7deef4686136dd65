//! The migration steps of the schema.

use data_encoding::HEXLOWER;
use ringside_domain::{Begin, CallId, Extension, Filter, Owner};
use rusqlite::Connection;
use sha2::{Digest, Sha256};
use tempfile::tempdir;

use super::{NOW, call, event, open, saved, setting};
use crate::{Store, StoreError, migration};

/// The SHA-256 of each step as it was released, in order. A new step adds a line; a changed line is a mistake.
const RELEASED: &[&str] = &[
    "7941d1e068943c3b9448987476ec88f72f3a7eb7d070aed25c82333b0d498d01",
    "922a6d5bb4cb48849eaa0e2d99295a4684daf49cbbb67114d13d794d532e0d2f",
    "e8ef31fc7bb381648e2f5a5b8e2088a7a0704d348e4ae23f8b109d3798486531",
    "3d8e05dfebcab09f64df5040d892d864abf6006feffcd31abc35de3ebc869308",
    "3d9246984cbd762fed4a77564f2c721bec4a6fb0677b190e012a17b520ba160a",
    "673a173b0b0e0cf1ea5e0f923c3cc2523cc74807610fc1e53c951df4cd4515d2",
    "f5f6075a05e8366323502e9064f6539acb6eb2c451285ac00b4431ecb0a47a24",
    "6ba231bd3a38e8ab438419e2864bb0b82ce70b934ccd6d9a7d0efb8e06394110",
    "62e04ef50f12ff5aa2b5d97c4c681e1f888a345d979e4ec504d1b0b67529e974",
];

const SESSION: &str = r#"{"account":{"appid":"demo"},"agent":{"extension":"100001","agentId":"10"}}"#;

#[test]
fn released_steps_are_not_changed() {
    let digests: Vec<String> = migration::STEPS.iter().map(|step| HEXLOWER.encode(&Sha256::digest(step.concat().as_bytes()))).collect();
    assert_eq!(digests, RELEASED);
}

#[tokio::test]
async fn every_earlier_schema_is_brought_up_to_date() {
    for taken in 0..=migration::STEPS.len() {
        let folder = tempdir().unwrap();
        let db = Connection::open(folder.path().join("ringside.db")).unwrap();
        for sql in migration::STEPS[..taken].iter().copied().flatten() {
            db.execute_batch(sql).unwrap();
        }
        db.pragma_update(None, "user_version", i64::try_from(taken).unwrap()).unwrap();
        // Creates the file if no step was taken.
        db.execute_batch("VACUUM").unwrap();
        if taken >= 1 {
            db.execute("INSERT INTO setting VALUES ('session', ?1)", [SESSION]).unwrap();
        }
        if taken >= 1 {
            let insert = "INSERT INTO call (id, extension, customer_number, display_number, direction, method, started_at, recording)
                              VALUES (?1, '100001', '1502991' || ?1, '', 'incoming', 5, 1000 - ?1, iif(?1 = 7, 'a.wav', NULL))";
            for id in 100..120 {
                db.execute(insert, [id]).unwrap();
            }
            db.execute(insert, [7]).unwrap();
        }
        if taken >= 3 {
            db.execute("UPDATE call SET account = 'demo'", ()).unwrap();
        }
        drop(db);

        let (store, opened) = open(folder.path());
        assert_eq!(opened.damaged, None, "from {taken}");
        assert!(!opened.search_rebuilt, "from {taken}");
        if taken >= 1 {
            let filter = Filter { text: "2991".to_owned(), ..Filter::default() };
            assert_eq!(store.log(&filter, Begin::Newest, 0, 100).unwrap().len(), 21, "from {taken}");
            // Earlier versions did not keep the calls' owner: they become the last user's.
            let owner = |account: &str| Owner { account: account.to_owned(), extension: Extension("100001".to_owned()), agent: None };
            let own = |owner| store.log(&Filter { owner: Some(owner), ..filter.clone() }, Begin::Newest, 0, 100).unwrap().len();
            assert_eq!((own(owner("demo")), own(owner("other"))), (21, 0), "from {taken}");
            let of = |agent: &str| Owner { agent: Some(agent.to_owned()), ..owner("demo") };
            assert_eq!((own(of("10")), own(of("11"))), if taken < 7 { (21, 0) } else { (0, 0) }, "from {taken}");
            assert!(store.recording(CallId(7)).unwrap().is_some());
        }
        assert_eq!(store.setting("session").unwrap().is_some(), taken >= 1);
        store.write(vec![event("e"), saved(&call(1, 1)), setting("a", "1")]).await.unwrap();
        assert_eq!(store.counts().unwrap().events, 1);
        let version = store.read(|db| db.pragma_query_value(None, "user_version", |row| row.get::<_, i64>(0))).unwrap();
        assert_eq!(version, migration::known(migration::STEPS));
    }
}

/// Nothing remains of a step that fails in the middle (S9).
#[test]
fn s9_a_step_that_fails_leaves_the_old_schema() {
    let folder = tempdir().unwrap();
    let file = folder.path().join("ringside.db");
    let mut db = Connection::open(&file).unwrap();
    // The last table of the step exists already, so the step fails after it made the others.
    db.execute_batch("PRAGMA journal_mode = WAL; CREATE TABLE setting (theirs)").unwrap();
    assert!(matches!(migration::run(&mut db, migration::STEPS), Err(StoreError::Failed(_))));
    let tables: Vec<String> = db
        .prepare("SELECT name FROM sqlite_schema WHERE type = 'table'")
        .unwrap()
        .query_map((), |row| row.get(0))
        .unwrap()
        .map(Result::unwrap)
        .collect();
    assert_eq!(tables, ["setting"]);
    assert_eq!(migration::version(&db).unwrap(), 0);
}

#[tokio::test]
async fn s10_a_newer_schema_is_refused_and_not_changed() {
    let folder = tempdir().unwrap();
    let (store, opened) = open(folder.path());
    store.write(vec![setting("session", "1")]).await.unwrap();
    drop(store);
    let newer = migration::known(migration::STEPS) + 1;
    Connection::open(&opened.file).unwrap().pragma_update(None, "user_version", newer).unwrap();
    let before = std::fs::read(&opened.file).unwrap();

    let error = Store::open(folder.path(), NOW).unwrap_err();
    assert_eq!(error, StoreError::Newer { found: newer, known: migration::known(migration::STEPS) });
    assert_eq!(std::fs::read(&opened.file).unwrap(), before);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "nothing was set aside or added");
}
