//! Acknowledged writes are on disk; group commit, duplicates, batches.

use std::sync::atomic::Ordering;

use tempfile::tempdir;

use super::{call, dead_letter, event, hold, open, reach, saved, setting};
use crate::{Counts, Store, StoreError, Write};

#[tokio::test]
async fn acknowledged_writes_can_be_read_after_a_restart() {
    let folder = tempdir().unwrap();
    let (store, opened) = open(folder.path());
    store.write(vec![event("{}"), dead_letter(b"\xff"), setting("session", "{}"), saved(&call(1, 10))]).await.unwrap();
    drop(store);
    let (store, again) = open(folder.path());
    assert_eq!(again, opened);
    assert_eq!(store.counts().unwrap(), Counts { events: 1, dead_letters: 1 });
    assert_eq!(store.setting("session").unwrap().as_deref(), Some("{}"));
    assert_eq!(store.recent_calls(5).unwrap(), [call(1, 10)]);
}

#[tokio::test]
async fn ten_thousand_writes_are_committed_in_order_and_in_groups() {
    let folder = tempdir().unwrap();
    let (store, _) = open(folder.path());
    let writes: Vec<_> =
        (0..10_000).map(|number| store.write(vec![event(format!("{number}")), setting("last", &format!("{number}"))])).collect();
    for write in writes {
        write.await.unwrap();
    }
    let payloads: Vec<String> =
        store.read(|db| db.prepare("SELECT payload FROM event ORDER BY id")?.query_map((), |row| row.get(0))?.collect()).unwrap();
    assert_eq!(payloads, (0..10_000).map(|number| number.to_string()).collect::<Vec<_>>());
    assert_eq!(store.setting("last").unwrap().as_deref(), Some("9999"));
    let commits = store.shared().commits.load(Ordering::Relaxed);
    assert!((40..2_000).contains(&commits), "{commits} commits for 10,000 writes");
}

#[tokio::test(flavor = "multi_thread")]
async fn l31_a_hundred_duplicates_at_once_are_one_row_and_all_acknowledged() {
    let folder = tempdir().unwrap();
    let (store, _) = open(folder.path());
    let tasks: Vec<_> = (0..100)
        .map(|_| {
            let store = store.clone();
            tokio::spawn(async move {
                store.write(vec![event(r#"{"status":"ring"}"#)]).await.unwrap();
                // Acknowledged, so the first is committed: another connection sees it.
                assert_eq!(store.counts().unwrap().events, 1);
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    store.write(vec![event(r#"{"status": "ring"}"#)]).await.unwrap();
    assert_eq!(store.counts().unwrap().events, 2, "another text is another event");
}

#[tokio::test]
async fn l29_payloads_are_kept_unchanged() {
    let store = Store::in_memory().unwrap();
    let payload = "\u{feff}{\"a\":\"\\ud800 \0 示闲\"}";
    store.write(vec![event(payload)]).await.unwrap();
    let kept: String = store.read(|db| db.query_row("SELECT payload FROM event", (), |row| row.get(0))).unwrap();
    assert_eq!(kept, payload);
}

#[tokio::test]
async fn l25_dead_letters_are_bounded_in_number_and_size() {
    let store = Store::in_memory().unwrap();
    for number in 0..620_u32 {
        let mut body = number.to_be_bytes().to_vec();
        body.resize(if number == 600 { 10_000 } else { 4 }, b'x');
        store.write(vec![dead_letter(&body)]).await.unwrap();
    }
    assert_eq!(store.counts().unwrap().dead_letters, 620);
    let (rows, first, largest, said): (u32, Vec<u8>, u32, u32) = store
        .read(|db| {
            db.query_row(
                "SELECT count(*), (SELECT body FROM dead_letter ORDER BY id LIMIT 1), max(length(body)), max(size) FROM dead_letter",
                (),
                |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)),
            )
        })
        .unwrap();
    assert_eq!((rows, first, largest, said), (500, 120_u32.to_be_bytes().to_vec(), 4096, 10_000));
}

#[tokio::test]
async fn a_batch_with_a_failing_write_is_not_kept_and_the_other_batches_are() {
    let store = Store::in_memory().unwrap();
    // This trigger, which only the test makes, lets a write fail in the middle of its batch.
    reach(&store, |db| {
        db.execute_batch("CREATE TRIGGER no BEFORE INSERT ON setting WHEN new.key = 'bad' BEGIN SELECT raise(ABORT, 'no'); END")
    })
    .await
    .unwrap();
    let hold = hold(&store);
    // All three wait while the writer is blocked, so they are one group.
    let before = store.write(vec![event("before")]);
    let bad = store.write(vec![event("lost"), setting("bad", "1"), setting("good", "2")]);
    let after = store.write(vec![event("after")]);
    drop(hold);
    assert_eq!(before.await, Ok(()));
    assert!(matches!(bad.await, Err(StoreError::Failed(_))));
    assert_eq!(after.await, Ok(()));
    assert_eq!(store.counts().unwrap().events, 2);

    // The callback is dropped, since it can be sent again; the settings are tried again, each alone, with the next write.
    store.write(vec![event("next")]).await.unwrap();
    assert_eq!(store.counts().unwrap().events, 3);
    assert_eq!(store.setting("good").unwrap().as_deref(), Some("2"));
    assert_eq!(store.setting("bad").unwrap(), None);
}

#[tokio::test]
async fn an_older_value_that_is_tried_again_does_not_replace_a_newer_one() {
    let store = Store::in_memory().unwrap();
    reach(&store, |db| {
        db.execute_batch("CREATE TRIGGER no BEFORE INSERT ON setting WHEN new.json = 'old' BEGIN SELECT raise(ABORT, 'no'); END")
    })
    .await
    .unwrap();
    assert!(store.write(vec![setting("a", "old")]).await.is_err());
    store.write(vec![setting("a", "new")]).await.unwrap();
    reach(&store, |db| db.execute_batch("DROP TRIGGER no")).await.unwrap();
    store.write(vec![setting("b", "1")]).await.unwrap();
    assert_eq!(store.setting("a").unwrap().as_deref(), Some("new"));
}

#[tokio::test]
async fn a_write_whose_future_is_dropped_is_kept() {
    let store = Store::in_memory().unwrap();
    drop(store.write(vec![setting("a", "1")]));
    store.write(Vec::new()).await.unwrap();
    assert_eq!(store.setting("a").unwrap().as_deref(), Some("1"));
}

#[tokio::test]
async fn callbacks_beyond_the_limit_are_refused_at_once_but_calls_and_settings_are_written() {
    let store = Store::in_memory().unwrap();
    let hold = hold(&store);
    let payload = |number: u32| format!("{number}{}", "x".repeat(199_990));
    let writes: Vec<_> = (0..100).map(|number| store.write(vec![event(payload(number)), saved(&call(u64::from(number), 0))])).collect();
    let refused = store.write(vec![event(payload(100)), Write::Setting { key: "a".to_owned(), json: "1".to_owned() }]);
    // Answered while the writer is still blocked.
    assert!(matches!(refused.await, Err(StoreError::Busy(_))));
    drop(hold);
    let mut kept = 0;
    for write in writes {
        match write.await {
            Ok(()) => kept += 1,
            Err(error) => assert!(matches!(error, StoreError::Busy(_))),
        }
    }
    assert_eq!(kept, (16 << 20) / 199_992, "of 199,991 to 199,993 bytes each");
    assert_eq!(store.counts().unwrap().events, kept);
    assert_eq!(store.setting("a").unwrap().as_deref(), Some("1"));
    assert_eq!(store.recent_calls(200).unwrap().len(), 100);
    // The whole limit is free again.
    assert_eq!(store.shared().waiting.load(Ordering::Relaxed), 0);
    store.write(vec![event(payload(101))]).await.unwrap();
}
