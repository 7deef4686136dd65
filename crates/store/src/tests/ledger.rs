//! The ledger's chain: changes that break it, changes that do not, and changes that only a noted hash shows.

use std::fs;

use ringside_domain::{CallId, CallSign, LedgerEntry, SetBy, Timestamp, WishedState};
use rusqlite::Connection;
use tempfile::tempdir;

use super::{NOW, call, full_call, open, reach, saved};
use crate::{Broken, Chain, ChainHash, LedgerRow, Store, Write, quarantine::with_suffix};

fn entered(number: u64, entry: LedgerEntry) -> Write {
    Write::Ledger { number, at: NOW.plus(std::time::Duration::from_secs(number)), entry }
}

fn wished(number: u64) -> Write {
    entered(number, LedgerEntry::Wished { wish: number, state: WishedState::Busy, by: SetBy::Window })
}

fn ended(number: u64, call: u64) -> Write {
    entered(number, LedgerEntry::Call { call: CallId(call), sign: CallSign::Ended })
}

fn chain(store: &Store) -> Chain {
    store.ledger(None, |_| {}).unwrap()
}

/// Writes ten entries, each in a batch of its own, and reads them.
async fn filled(store: &Store) -> Vec<LedgerRow> {
    for number in 1..=10 {
        store.write(vec![wished(number)]).await.unwrap();
    }
    let mut rows = Vec::new();
    store.ledger(None, |row| rows.push(row)).unwrap();
    rows
}

/// Changes the ledger as a person who can write the file could.
async fn tamper(store: &Store, sql: &'static str) {
    reach(store, move |db| {
        db.execute_batch("DROP TRIGGER ledger_is_not_changed; DROP TRIGGER ledger_is_not_shortened").unwrap();
        db.execute_batch(sql)
    })
    .await
    .unwrap();
}

#[tokio::test]
async fn entries_are_chained_in_the_order_of_their_commits() {
    let store = Store::in_memory().unwrap();
    assert_eq!(chain(&store), Chain::default());
    let rows = filled(&store).await;
    assert_eq!(rows.iter().map(|row| row.id).collect::<Vec<_>>(), (1..=10).collect::<Vec<_>>());
    assert_eq!(rows[2].entry, Some(LedgerEntry::Wished { wish: 3, state: WishedState::Busy, by: SetBy::Window }));
    assert_eq!(rows[2].at, Timestamp(NOW.0 + 3000));
    let chain = chain(&store);
    assert_eq!((chain.entries, chain.broken, chain.last.unwrap().hash), (10, None, rows[9].hash));
    assert_eq!(rows[9].hash.to_string().parse(), Ok(rows[9].hash));
    assert!("12".parse::<ChainHash>().is_err() && "é".repeat(32).parse::<ChainHash>().is_err());
}

/// The hash is computed here by the rule in the documentation of the ledger's module.
#[tokio::test]
async fn the_first_hash_follows_the_documented_rule() {
    use sha2::{Digest, Sha256};
    let store = Store::in_memory().unwrap();
    store.write(vec![entered(1, LedgerEntry::Confirmed { wish: 7 })]).await.unwrap();
    let mut bytes = vec![0; 32];
    bytes.extend(1_u64.to_be_bytes());
    bytes.extend((NOW.0 + 1000).to_be_bytes());
    bytes.extend(br#"{"kind":"confirmed","wish":7}"#);
    let hash: String = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(chain(&store).last.unwrap().hash.to_string(), hash);
}

#[tokio::test]
async fn the_program_itself_cannot_change_or_delete_an_entry() {
    let store = Store::in_memory().unwrap();
    filled(&store).await;
    for sql in ["UPDATE ledger SET at = 0 WHERE id = 3", "DELETE FROM ledger WHERE id = 10"] {
        assert!(reach(&store, move |db| db.execute_batch(sql)).await.is_err(), "{sql}");
    }
    assert_eq!(chain(&store).broken, None);
}

#[tokio::test]
async fn the_first_entry_that_does_not_fit_is_reported() {
    for (sql, broken) in [
        ("UPDATE ledger SET entry = replace(entry, 'busy', 'available') WHERE id = 4", Broken::Changed(4)),
        ("UPDATE ledger SET at = at + 1 WHERE id = 1", Broken::Changed(1)),
        ("UPDATE ledger SET hash = zeroblob(32) WHERE id = 10", Broken::Changed(10)),
        ("DELETE FROM ledger WHERE id = 5", Broken::Missing(5)),
        ("DELETE FROM ledger WHERE id = 1", Broken::Missing(1)),
        // The gap is closed by new numbers.
        ("DELETE FROM ledger WHERE id = 5; UPDATE ledger SET id = id - 1 WHERE id > 5", Broken::Changed(5)),
        (
            "UPDATE ledger SET id = 0 WHERE id = 6; UPDATE ledger SET id = 6 WHERE id = 7; UPDATE ledger SET id = 7 WHERE id = 0",
            Broken::Changed(6),
        ),
        ("INSERT INTO ledger SELECT 11, at, entry, hash FROM ledger WHERE id = 10", Broken::Changed(11)),
    ] {
        let store = Store::in_memory().unwrap();
        filled(&store).await;
        tamper(&store, sql).await;
        assert_eq!(chain(&store).broken, Some(broken), "{sql}");
    }
}

#[tokio::test]
async fn a_cut_end_is_found_only_with_a_noted_hash() {
    let store = Store::in_memory().unwrap();
    let rows = filled(&store).await;
    let (early, late) = (rows[5].hash, rows[9].hash);
    tamper(&store, "DELETE FROM ledger WHERE id > 8").await;
    let found = store.ledger(Some(late), |_| {}).unwrap();
    assert_eq!((found.broken, found.entries), (None, 8), "the rest is a sound chain");
    assert_eq!(found.noted, None, "but the noted end is not in it");
    assert_eq!(store.ledger(Some(early), |_| {}).unwrap().noted.map(|link| link.id), Some(6), "an earlier noted hash still is");
    store.write(vec![wished(11), wished(12)]).await.unwrap();
    let found = store.ledger(Some(late), |_| {}).unwrap();
    assert_eq!((found.broken, found.entries, found.noted), (None, 10, None), "also when the chain has grown again");
}

/// A limit of the ledger, as a test, so that nobody claims more.
#[tokio::test]
async fn a_chain_that_was_computed_anew_as_a_whole_passes_the_check() {
    let store = Store::in_memory().unwrap();
    let end = filled(&store).await[9].hash;
    tamper(&store, "DELETE FROM ledger").await;
    for number in 1..=10 {
        store.write(vec![entered(number, LedgerEntry::Confirmed { wish: number })]).await.unwrap();
    }
    let found = store.ledger(Some(end), |_| {}).unwrap();
    assert_eq!((found.broken, found.entries, found.noted), (None, 10, None));
}

#[tokio::test]
async fn retention_deletes_calls_and_leaves_the_chain_sound() {
    let store = Store::in_memory().unwrap();
    store
        .write(vec![saved(&full_call(1, 10)), ended(1, 1), saved(&call(2, 20)), ended(2, 2), saved(&call(3, 30)), ended(3, 3)])
        .await
        .unwrap();
    assert_eq!(chain(&store).calls.same, 3);
    store.delete_before(Timestamp(25), 10).await.unwrap();
    let found = chain(&store);
    assert_eq!((found.broken, found.entries), (None, 3));
    assert_eq!((found.calls.same, found.calls.gone, found.calls.changed), (1, 2, vec![]));
    let kept: String = store.read(|db| db.query_row("SELECT group_concat(entry) FROM ledger", (), |row| row.get(0))).unwrap();
    assert!(!kept.contains("0150"), "no number of a customer stays: {kept}");
}

#[tokio::test]
async fn a_call_that_is_changed_without_a_ledger_entry_is_reported() {
    let store = Store::in_memory().unwrap();
    store.write(vec![saved(&full_call(1, 10)), ended(1, 1), saved(&full_call(2, 20)), ended(2, 2)]).await.unwrap();
    // Its record completes the call: it is entered again, and its last entry counts.
    let completed = ringside_domain::Call { talked_seconds: Some(34), ..full_call(2, 20) };
    store.write(vec![saved(&completed), ended(3, 2)]).await.unwrap();
    assert_eq!(chain(&store).calls.changed, []);
    for column in ["answered_at = NULL", "queue = 'x'", "talked_seconds = talked_seconds + 1", "customer_number = '1'"] {
        reach(&store, move |db| db.execute_batch(&format!("UPDATE call SET {column} WHERE id = 2"))).await.unwrap();
        assert_eq!(chain(&store).calls.changed, [CallId(2)], "{column}");
        store.write(vec![saved(&completed)]).await.unwrap();
        assert_eq!(chain(&store).calls.changed, [], "{column}");
    }
}

#[tokio::test]
async fn after_a_kill_the_chain_is_sound_and_can_be_continued() {
    let (folder, copy) = (tempdir().unwrap(), tempdir().unwrap());
    let (store, opened) = open(folder.path());
    filled(&store).await;
    // As after a kill: the last entries are in the write-ahead log, and the database is not marked as closed.
    for suffix in ["", "-wal"] {
        fs::copy(with_suffix(&opened.file, suffix), with_suffix(&copy.path().join("ringside.db"), suffix)).unwrap();
    }
    let end = chain(&store).last;
    drop(store);

    let beside = Store::open_to_read(copy.path()).unwrap().unwrap();
    assert_eq!((chain(&beside).broken, chain(&beside).last), (None, end));
    drop(beside);
    let (store, _) = open(copy.path());
    store.write(vec![wished(1)]).await.unwrap();
    let found = store.ledger(end.map(|link| link.hash), |_| {}).unwrap();
    assert_eq!((found.broken, found.entries, found.noted), (None, 11, end));
}

/// A commit that is torn by a kill loses whole entries, so the chain before it stays sound.
#[tokio::test]
async fn a_torn_write_ahead_log_leaves_a_shorter_sound_chain() {
    let (folder, copy) = (tempdir().unwrap(), tempdir().unwrap());
    let (store, opened) = open(folder.path());
    filled(&store).await;
    let (database, log) = (fs::read(&opened.file).unwrap(), fs::read(with_suffix(&opened.file, "-wal")).unwrap());
    let mut lengths = std::collections::BTreeSet::new();
    for tenth in 0..=10 {
        let file = copy.path().join(tenth.to_string()).join("ringside.db");
        fs::create_dir(file.parent().unwrap()).unwrap();
        fs::write(&file, &database).unwrap();
        fs::write(with_suffix(&file, "-wal"), &log[..log.len() * tenth / 10]).unwrap();
        let found = chain(&open(file.parent().unwrap()).0);
        assert_eq!(found.broken, None, "{tenth} tenths");
        lengths.insert(found.entries);
    }
    assert!(lengths.len() > 5 && lengths.contains(&10), "{lengths:?}");
}

#[tokio::test]
async fn an_entry_that_could_not_be_written_is_written_later_and_once() {
    let store = Store::in_memory().unwrap();
    reach(&store, |db| db.execute_batch("CREATE TRIGGER no BEFORE INSERT ON call BEGIN SELECT raise(ABORT, 'no'); END")).await.unwrap();
    assert!(store.write(vec![saved(&call(1, 1)), ended(1, 1), wished(2)]).await.is_err());
    assert_eq!(chain(&store).entries, 0, "a batch is written as a whole or not at all");
    reach(&store, |db| db.execute_batch("DROP TRIGGER no")).await.unwrap();
    store.write(vec![wished(3)]).await.unwrap();
    store.write(vec![wished(4)]).await.unwrap();
    let mut wishes = Vec::new();
    let found = store
        .ledger(None, |row| {
            wishes.push(match row.entry {
                Some(LedgerEntry::Wished { wish, .. }) => wish,
                _ => 0,
            });
        })
        .unwrap();
    assert_eq!((wishes, found.calls.same), (vec![0, 2, 3, 4], 1));
}

#[tokio::test]
async fn an_entry_of_an_unknown_kind_is_checked_like_the_others() {
    let store = Store::in_memory().unwrap();
    filled(&store).await;
    tamper(&store, "UPDATE ledger SET entry = '{\"kind\":\"dreamt\"}' WHERE id = 10").await;
    assert_eq!(chain(&store).broken, Some(Broken::Changed(10)));
    let text = r#"{"kind":"dreamt"}"#;
    reach(&store, move |db: &mut Connection| {
        let (before, at): ([u8; 32], i64) =
            db.query_row("SELECT hash, (SELECT at FROM ledger WHERE id = 10) FROM ledger WHERE id = 9", (), |row| {
                Ok((row.get(0)?, row.get(1)?))
            })?;
        db.execute("UPDATE ledger SET hash = ?1 WHERE id = 10", [crate::ledger::chained(before, 10, at, text)])
    })
    .await
    .unwrap();
    let mut rows = Vec::new();
    assert_eq!(store.ledger(None, |row| rows.push(row)).unwrap().broken, None);
    assert_eq!(rows[9].entry, None);
}
