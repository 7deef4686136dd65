//! The gateway's database.

use std::{fs, path::Path, time::Duration};

use ringside_domain::Timestamp;
use rusqlite::Connection;
use tempfile::tempdir;

use super::NOW;
use crate::{Desk, OutboxStore, OutboxWrite, Sent, StoreError, outbox, quarantine::with_suffix};

fn open(folder: &Path) -> OutboxStore {
    OutboxStore::open(folder, NOW).unwrap().0
}

fn key(number: u32) -> [u8; 32] {
    let mut key = [0; 32];
    key[..4].copy_from_slice(&number.to_be_bytes());
    key
}

fn callback(number: u32) -> OutboxWrite {
    OutboxWrite::Callback {
        key: key(number),
        desk: "5wmfy7u3erlj45fo".to_owned(),
        unmapped: None,
        payload: format!("{{\"n\":{number}}}"),
        received_at: NOW.moved(i64::from(number)),
    }
}

fn sent(number: u32, seq: u64) -> OutboxWrite {
    OutboxWrite::Sent(Sent { key: key(number), seq })
}

fn numbers(store: &OutboxStore) -> Vec<String> {
    store.unsent(0, u32::MAX).unwrap().into_iter().map(|row| row.payload).collect()
}

#[tokio::test]
async fn g2_a_callback_is_kept_once_and_stays_unsent_until_the_stream_has_it() {
    let folder = tempdir().unwrap();
    let store = open(folder.path());
    store.write(vec![callback(1), callback(2), callback(1)]).await.unwrap();
    store.write(vec![callback(2), sent(1, 7)]).await.unwrap();
    drop(store);
    let store = open(folder.path());
    let rows = store.unsent(0, 10).unwrap();
    assert_eq!(rows.len(), 1);
    assert_eq!((rows[0].key, rows[0].desk.as_str(), rows[0].received_at), (key(2), "5wmfy7u3erlj45fo", NOW.moved(2)));
    let counts = store.counts().unwrap();
    assert_eq!((counts.callbacks, counts.unsent, counts.oldest_unsent), (2, 1, Some(NOW.moved(2))));
    assert_eq!(store.payload(&key(1)).unwrap().as_deref(), Some("{\"n\":1}"));
    let latest: Vec<_> =
        store.latest(i64::MAX, 10).unwrap().into_iter().map(|(_, at, payload)| (at.since(NOW).as_millis(), payload)).collect();
    assert_eq!(latest, [(2, "{\"n\":2}".to_owned()), (1, "{\"n\":1}".to_owned())]);
    assert_eq!(store.latest(2, 10).unwrap().len(), 1);
    // The platform sends it once more: it is in the stream already.
    store.write(vec![callback(1)]).await.unwrap();
    assert_eq!(numbers(&store), ["{\"n\":2}"]);
}

/// Ten thousand callbacks of an outage are sent in order, in pages.
#[tokio::test]
async fn g1_ten_thousand_unsent_callbacks_are_read_in_pages_in_the_order_of_receipt() {
    let store = OutboxStore::in_memory().unwrap();
    let writes: Vec<_> = (0..10_000).map(|number| store.write(vec![callback(number)])).collect();
    for write in writes {
        write.await.unwrap();
    }
    let (mut after, mut read) = (0, Vec::new());
    loop {
        let page = store.unsent(after, 256).unwrap();
        let Some(last) = page.last() else { break };
        after = last.id;
        read.extend(page.into_iter().map(|row| row.payload));
    }
    assert_eq!(read, (0..10_000).map(|number| format!("{{\"n\":{number}}}")).collect::<Vec<_>>());
    assert_eq!(store.counts().unwrap().unsent, 10_000);
    store.write((0..10_000).map(|number| sent(number, u64::from(number) + 1)).collect()).await.unwrap();
    assert_eq!((store.counts().unwrap().unsent, store.counts().unwrap().oldest_unsent), (0, None));
}

#[tokio::test]
async fn g3_what_the_stream_has_lost_is_to_be_sent_again_unless_it_is_too_old() {
    let store = OutboxStore::in_memory().unwrap();
    store.write((1..=5).map(callback).collect()).await.unwrap();
    store.write(vec![sent(1, 10), sent(2, 12), sent(3, 13), sent(4, 14)]).await.unwrap();
    let up_to = |seq| store.sent_up_to(seq).unwrap().map(|sent| (sent.key, sent.seq));
    assert_eq!(up_to(u64::MAX), Some((key(4), 14)));
    assert_eq!(up_to(12), Some((key(2), 12)));
    assert_eq!(up_to(11), Some((key(1), 10)));
    assert_eq!(up_to(9), None);
    store.write(vec![OutboxWrite::Lost { after: 11, since: NOW.moved(3) }]).await.unwrap();
    assert_eq!(numbers(&store), ["{\"n\":3}", "{\"n\":4}", "{\"n\":5}"]);
    assert_eq!(up_to(u64::MAX), Some((key(1), 10)), "nothing is taken for stored that is not");
}

/// One commit over all callbacks of a month would keep those waiting that are taken meanwhile.
#[tokio::test]
async fn g3_many_lost_callbacks_are_marked_in_parts_the_last_ones_first() {
    let store = OutboxStore::in_memory().unwrap();
    store.write((0..10_000).map(callback).collect()).await.unwrap();
    store.write((0..10_000).map(|number| sent(number, u64::from(number) + 1)).collect()).await.unwrap();
    let mut parts = Vec::new();
    while let Some(top) = store.sent_up_to(u64::MAX).unwrap().filter(|top| top.seq > 100) {
        parts.push(top.seq);
        store.write(vec![OutboxWrite::Lost { after: 100, since: Timestamp(0) }]).await.unwrap();
    }
    assert_eq!(parts, [10_000, 10_000 - 4096, 10_000 - 2 * 4096]);
    assert_eq!(store.counts().unwrap().unsent, 9_900);
}

#[tokio::test]
async fn g17_extensions_without_a_desk_are_listed_with_their_times_the_latest_first() {
    let store = OutboxStore::in_memory().unwrap();
    assert_eq!(store.unmapped(NOW, 10).unwrap(), []);
    let strange = |number: u32, extension: &str| match callback(number) {
        OutboxWrite::Callback { key, payload, received_at, .. } => {
            OutboxWrite::Callback { key, desk: "_x".to_owned(), unmapped: Some(extension.to_owned()), payload, received_at }
        }
        other => other,
    };
    store.write(vec![strange(1, "7001"), callback(2), strange(3, "7002"), strange(4, "7001")]).await.unwrap();
    let told: Vec<_> = store
        .unmapped(NOW, 10)
        .unwrap()
        .into_iter()
        .map(|row| (row.extension, row.callbacks, row.first_at.since(NOW).as_millis(), row.last_at.since(NOW).as_millis()))
        .collect();
    assert_eq!(told, [("7001".to_owned(), 2, 1, 4), ("7002".to_owned(), 1, 3, 3)]);
    assert_eq!(store.unmapped(NOW.moved(4), 10).unwrap().len(), 1);
    assert_eq!(store.unmapped(NOW, 1).unwrap().len(), 1);
}

#[tokio::test]
async fn the_registrys_copy_and_the_wishes_are_there_after_a_restart() {
    let folder = tempdir().unwrap();
    let store = open(folder.path());
    let desk = |key: &str, json: &str| Desk { key: key.to_owned(), json: json.to_owned() };
    let wish = |id: &str, at| OutboxWrite::WishBegun { id: id.to_owned(), at };
    store
        .write(vec![
            OutboxWrite::Desk(desk("desk.b", "1")),
            OutboxWrite::Desk(desk("desk.a", "1")),
            OutboxWrite::Desk(desk("desk.b", "2")),
            OutboxWrite::Desk(desk("desk.c", "1")),
            OutboxWrite::DeskGone { key: "desk.c".to_owned() },
            wish("one", NOW),
            wish("one", NOW.moved(5)),
            OutboxWrite::WishEnded { id: "one".to_owned(), outcome: "{}".to_owned() },
            wish("two", NOW.moved(9)),
            OutboxWrite::Setting { key: "epoch".to_owned(), json: "4".to_owned() },
        ])
        .await
        .unwrap();
    drop(store);
    let store = open(folder.path());
    assert_eq!(store.desks().unwrap(), [desk("desk.a", "1"), desk("desk.b", "2")]);
    let one = store.wish("one").unwrap().unwrap();
    assert_eq!((one.begun_at, one.outcome.as_deref()), (NOW, Some("{}")));
    assert_eq!(store.wish("two").unwrap().unwrap().outcome, None);
    assert_eq!(store.wish("three").unwrap(), None);
    assert_eq!(store.setting("epoch").unwrap().as_deref(), Some("4"));
    assert!(!store.delete_older(NOW.moved(1), 100).await.unwrap());
    assert_eq!((store.wish("one").unwrap(), store.wish("two").unwrap().is_some()), (None, true));
}

#[tokio::test]
async fn old_callbacks_are_deleted_unless_the_stream_has_not_got_them() {
    let store = OutboxStore::in_memory().unwrap();
    store.write((0..30).map(callback).collect()).await.unwrap();
    store.write((0..30).filter(|number| *number != 3).map(|number| sent(number, u64::from(number) + 1)).collect()).await.unwrap();
    while store.delete_older(NOW.moved(20), 7).await.unwrap() {}
    assert_eq!(numbers(&store), ["{\"n\":3}"]);
    let kept: Vec<_> = (0..30).filter(|number| store.payload(&key(*number)).unwrap().is_some()).collect();
    assert!(kept.contains(&3) && kept.ends_with(&(20..30).collect::<Vec<_>>()), "{kept:?}");
    assert_eq!(store.counts().unwrap().callbacks, 30, "deleted ones count");
}

#[tokio::test]
async fn s5_after_a_crash_each_acknowledged_callback_is_there() {
    let (folder, copy) = (tempdir().unwrap(), tempdir().unwrap());
    let store = open(folder.path());
    store.write((0..100).map(callback).collect()).await.unwrap();
    // The files at this moment are those that a killed process leaves.
    for suffix in ["", "-wal"] {
        fs::copy(with_suffix(&folder.path().join("outbox.db"), suffix), with_suffix(&copy.path().join("outbox.db"), suffix)).unwrap();
    }
    let (after, opened) = OutboxStore::open(copy.path(), NOW).unwrap();
    assert_eq!((opened.damaged, opened.log_lost), (None, false));
    assert_eq!(after.counts().unwrap().unsent, 100);
}

#[tokio::test]
async fn s4_a_damaged_outbox_is_set_aside_and_callbacks_are_taken() {
    let folder = tempdir().unwrap();
    drop(open(folder.path()));
    let file = folder.path().join("outbox.db");
    let mut bytes = fs::read(&file).unwrap();
    bytes[..100].fill(0xa5);
    fs::write(&file, bytes).unwrap();
    let (store, opened) = OutboxStore::open(folder.path(), NOW).unwrap();
    assert_eq!(opened.damaged, Some(folder.path().join("outbox-damaged-20260131T235959Z.db")));
    store.write(vec![callback(1)]).await.unwrap();
}

#[test]
fn s10_an_outbox_of_a_newer_gateway_is_refused_and_not_changed() {
    let folder = tempdir().unwrap();
    drop(open(folder.path()));
    let file = folder.path().join("outbox.db");
    let newer = crate::migration::known(outbox::STEPS) + 1;
    Connection::open(&file).unwrap().pragma_update(None, "user_version", newer).unwrap();
    let before = fs::read(&file).unwrap();
    let error = OutboxStore::open(folder.path(), NOW).unwrap_err();
    assert_eq!(error, StoreError::Newer { found: newer, known: newer - 1 });
    assert_eq!(fs::read(&file).unwrap(), before);
}

#[tokio::test]
async fn a_copy_is_sound_and_made_while_callbacks_are_taken() {
    let (folder, copy) = (tempdir().unwrap(), tempdir().unwrap());
    let store = open(folder.path());
    store.write((0..100).map(callback).collect()).await.unwrap();
    let writes: Vec<_> = (100..1000).map(|number| store.write(vec![callback(number)])).collect();
    let file = copy.path().join("outbox.db");
    store.back_up(&file).unwrap();
    for write in writes {
        write.await.unwrap();
    }
    assert!(matches!(store.back_up(&file), Err(StoreError::Failed(_))), "an earlier copy is not overwritten");
    let (copied, opened) = OutboxStore::open(copy.path(), NOW).unwrap();
    assert_eq!(opened.damaged, None);
    assert!(copied.counts().unwrap().unsent >= 100);
}

#[tokio::test]
async fn an_outcome_that_could_not_be_written_is_tried_again() {
    let folder = tempdir().unwrap();
    let (store, opened) = OutboxStore::open_with(folder.path(), NOW, Duration::from_millis(5)).unwrap();
    let db = Connection::open(&opened.file).unwrap();
    db.execute_batch("CREATE TRIGGER no BEFORE UPDATE ON wish BEGIN SELECT raise(ABORT, 'no'); END").unwrap();
    store.write(vec![OutboxWrite::WishBegun { id: "a".to_owned(), at: Timestamp(1) }]).await.unwrap();
    assert!(store.write(vec![OutboxWrite::WishEnded { id: "a".to_owned(), outcome: "{}".to_owned() }]).await.is_err());
    db.execute_batch("DROP TRIGGER no").unwrap();
    while store.wish("a").unwrap().unwrap().outcome.is_none() {
        tokio::task::yield_now().await;
    }
}
