//! The database opens and its rows are read, whatever values the tables contain.

use std::path::Path;

use proptest::{collection::vec, prelude::*};
use ringside_domain::{Begin, CallId, Extension, Filter, NumberRules, Span, Timestamp};
use rusqlite::Connection;
use tempfile::tempdir;

use super::{NOW, call, event, full_call, open, owner, saved, setting};
use crate::{FetchOrder, Store, Write};

/// Makes a database with rows in every table, and closes it.
async fn filled(folder: &Path) {
    let (store, _) = open(folder);
    let mut ended = full_call(1, NOW.0 - 5000);
    ended.extension = owner().extension;
    let entry = ringside_domain::LedgerEntry::Started { version: "1".into() };
    store
        .write(vec![
            saved(&ended),
            saved(&call(2, NOW.0 - 4000)),
            saved(&full_call(3, NOW.0 - 3000)),
            Write::Note { call: CallId(1), edit: ringside_domain::Edit::Text("a note".into()) },
            Write::Fetched { scope: "calls".into(), span: Span { since: Timestamp(0), until: Timestamp(10) } },
            Write::Fetched { scope: "calls".into(), span: Span { since: Timestamp(20), until: Timestamp(30) } },
            Write::Ledger { number: 1, at: NOW, entry },
            setting("session", r#"{"signed_out":true}"#),
            setting("store.highest_deleted_call", "5"),
            event("e"),
            super::dead_letter(b"dead"),
            Write::SetAside { what: "call 9".into(), content: b"c".to_vec(), at: NOW },
        ])
        .await
        .unwrap();
}

/// Changes the file as another program could, past the schema's constraints and triggers.
fn meddle(folder: &Path, sql: &str) {
    let db = Connection::open(folder.join("ringside.db")).unwrap();
    db.execute_batch(&format!(
        "PRAGMA ignore_check_constraints = ON; DROP TRIGGER ledger_is_not_changed; DROP TRIGGER ledger_is_not_shortened; {sql}"
    ))
    .unwrap();
}

/// Reads everything that a start and the log's first page read.
fn read_all(store: &Store) {
    store.setting("session").unwrap();
    let restored = store.restored_calls(Timestamp(i64::MIN), 200).unwrap();
    assert!(restored.calls.len() <= 3);
    let highest = store.max_call_id().unwrap();
    assert!(highest.is_none_or(|CallId(id)| id < 1 << 53), "{highest:?}");
    let spans = store.fetched("calls").unwrap();
    assert!(spans.windows(2).all(|pair| pair[0].until < pair[1].since) && spans.iter().all(|span| span.since < span.until), "{spans:?}");
    for text in ["", "0150", "longer than a gram"] {
        let filter = Filter { text: text.into(), ..Filter::default() };
        store.log(&filter, Begin::Newest, 0, 100).unwrap();
        store.log_counts(&filter, &[Timestamp(i64::MIN), Timestamp(i64::MAX)]).unwrap();
        assert!(store.export(filter).take(10).filter(|page| page.as_ref().is_ok_and(|rows| !rows.is_empty())).count() < 10);
    }
    store.earlier_calls(&owner(), "0150", &NumberRules::default(), NOW, 5).unwrap();
    store.sums(None, &[Timestamp(i64::MIN), Timestamp(i64::MAX)]).unwrap();
    store.calls_between(Timestamp(i64::MIN), Timestamp(i64::MAX)).unwrap();
    store.wanted_recordings(Some(&Extension("000123".into())), FetchOrder::NewestFirst, Timestamp(0), NOW, 10).unwrap();
    store.counts().unwrap();
}

/// Writes the kinds of data that the engine writes right after its start.
async fn write_all(store: &Store) {
    let entry = ringside_domain::LedgerEntry::Started { version: "2".into() };
    store.write(vec![Write::Ledger { number: 2, at: NOW, entry }, saved(&call(7, NOW.0)), setting("session", "{}")]).await.unwrap();
    assert_eq!(store.call(CallId(7)).unwrap(), Some(call(7, NOW.0)));
}

#[tokio::test]
async fn fc15_a_nul_in_a_stored_number_is_read_without_it() {
    let folder = tempdir().unwrap();
    let (store, _) = open(folder.path());
    let mut nul = full_call(1, NOW.0);
    (nul.customer_number, nul.customer_id) = ("138\0\u{202e}00".into(), Some("\0id".into()));
    store.write(vec![saved(&nul)]).await.unwrap();
    drop(store);
    let (store, _) = open(folder.path());
    let restored = store.restored_calls(Timestamp(0), 10).unwrap();
    assert_eq!((restored.calls[0].customer_number.as_str(), restored.calls[0].customer_id.as_deref()), ("13800", Some("id")));
    assert_eq!(restored.damage, [], "no value is reported as damaged");
    let row = store.entry(CallId(1)).unwrap().unwrap();
    assert_eq!(row.call.customer_number, "13800");
}

#[tokio::test]
async fn fc15_a_row_with_damaged_values_loses_only_them_and_is_reported() {
    let folder = tempdir().unwrap();
    filled(folder.path()).await;
    meddle(
        folder.path(),
        "UPDATE call SET uuid = CAST(x'ff00fe' AS TEXT), method = -1, answered_at = 9223372036854775807, direction = 'sideways',
             waited_seconds = -5, ending = CAST(x'c3' AS TEXT) WHERE id = 1;
         INSERT INTO call SELECT -1, uuid, buuid, record_id, extension, queue, '1', display_number, direction, 5, started_at, rang_at,
             1, ended_at, hung_up_by, 'normal', 1, 1, recording, member_id, customer_id, maturity, account, agent FROM call WHERE id = 3",
    );
    let (store, opened) = open(folder.path());
    assert_eq!(opened.damaged, None);
    let mut restored = store.restored_calls(Timestamp(0), 200).unwrap();
    restored.calls.sort_by_key(|call| call.id);
    let [first, second, third] = &restored.calls[..] else { panic!("{restored:?}") };
    assert_eq!((first.id, first.answered_at, first.waited_seconds), (CallId(1), None, None));
    assert_eq!((first.customer_number.as_str(), first.uuid.as_deref()), ("<b>0150", Some("\u{fffd}\u{fffd}")), "the readable values stay");
    assert_eq!((second.id, third), (CallId(2), &full_call(3, NOW.0 - 3000)));
    let mut told: Vec<&str> = restored.damage.iter().map(|damage| damage.what.as_str()).collect();
    told.sort_unstable();
    assert_eq!(told, ["call -1: id", "call 1: uuid, direction, method, answered_at, ending, waited_seconds"]);
    let row = restored.damage.iter().find(|damage| damage.what.starts_with("call 1")).unwrap();
    assert!(row.content.contains("uuid = x'ff00fe'\n") && row.content.contains("customer_number = \"<b>0150\"\n"), "{}", row.content);
    assert_eq!(store.max_call_id().unwrap(), Some(CallId(5)), "the damaged row does not change the next id");
    read_all(&store);
    write_all(&store).await;
}

#[tokio::test]
async fn data_set_aside_is_kept_once_and_bounded() {
    let store = Store::in_memory().unwrap();
    let aside = |number: u32| Write::SetAside { what: "a".into(), content: number.to_string().into_bytes(), at: NOW };
    store.write(vec![aside(0), aside(0)]).await.unwrap();
    let count = |store: &Store| -> i64 { store.read(|db| db.query_row("SELECT count(*) FROM set_aside", (), |row| row.get(0))).unwrap() };
    assert_eq!(count(&store), 1);
    store.write((1..300).map(aside).collect()).await.unwrap();
    assert_eq!(count(&store), 200);
    assert!(
        store.is_set_aside("a", b"299").unwrap() && !store.is_set_aside("a", b"0").unwrap() && !store.is_set_aside("b", b"299").unwrap()
    );
}

#[tokio::test]
async fn fetched_spans_that_overlap_or_run_backwards_are_read_in_order() {
    let folder = tempdir().unwrap();
    filled(folder.path()).await;
    meddle(
        folder.path(),
        "DELETE FROM fetched;
         INSERT INTO fetched VALUES ('calls', 0, 100), ('calls', 50, 60), ('calls', 90, 120), ('calls', 200, 150), ('calls', 300, 300),
             ('calls', 400, 9223372036854775807), ('calls', -9223372036854775808, -5)",
    );
    let (store, _) = open(folder.path());
    let spans: Vec<_> = store.fetched("calls").unwrap().iter().map(|span| (span.since.0, span.until.0)).collect();
    assert_eq!(spans, [(i64::MIN, -5), (0, 120), (400, i64::MAX)]);
    read_all(&store);
}

#[tokio::test]
async fn entries_can_be_appended_to_a_ledger_whose_last_entry_is_damaged() {
    for sql in [
        "UPDATE ledger SET hash = x'00'",
        "UPDATE ledger SET id = 9223372036854775807",
        "UPDATE ledger SET id = -3",
        "UPDATE ledger SET entry = CAST(x'ff' AS TEXT)",
        "UPDATE ledger SET entry = 'null', at = -9223372036854775808",
        "DELETE FROM ledger",
    ] {
        let folder = tempdir().unwrap();
        filled(folder.path()).await;
        meddle(folder.path(), sql);
        let (store, opened) = open(folder.path());
        // A hash of another length violates the table's constraint, so the whole database is set aside.
        if opened.damaged.is_none() {
            read_all(&store);
        }
        write_all(&store).await;
        let chain = store.ledger(None, |_| {}).unwrap();
        assert!(chain.broken.is_some() || sql.starts_with("DELETE") || opened.damaged.is_some(), "{sql}: {chain:?}");
    }
}

/// Every column: its table, its name, and its type.
fn columns(folder: &Path) -> Vec<(String, String, String)> {
    let db = Connection::open(folder.join("ringside.db")).unwrap();
    let mut found = db
        .prepare(
            "SELECT tables.name, columns.name, columns.type FROM sqlite_schema AS tables, pragma_table_info(tables.name) AS columns
             WHERE tables.type = 'table' AND tables.name NOT LIKE 'sqlite_%' ORDER BY 1, columns.cid",
        )
        .unwrap();
    found.query_map((), |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).unwrap().map(Result::unwrap).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

    #[test]
    fn fc15_no_value_of_any_column_prevents_the_database_from_opening(
        hits in vec((any::<prop::sample::Index>(), vec(any::<u8>(), 0..40), any::<i64>(), 0_u8..6), 1..6)
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let folder = tempdir().unwrap();
        runtime.block_on(filled(folder.path()));
        let columns = columns(folder.path());
        let mut sql = String::new();
        for (which, bytes, number, extreme) in hits {
            let (table, column, kind) = which.get(&columns);
            let digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
            let number = [number, i64::MIN + 1, i64::MAX, -1, 0, number % 1000][usize::from(extreme)];
            let value = match kind.as_str() {
                "INTEGER" => number.to_string(),
                "TEXT" => format!("CAST(x'{digits}' AS TEXT)"),
                _ => format!("x'{digits}'"),
            };
            sql.push_str(&format!("UPDATE OR IGNORE {table} SET {column} = {value} WHERE rowid % 2 = 1;").replace(
                "WHERE rowid % 2 = 1",
                if matches!(table.as_str(), "setting" | "fetched" | "search_set" | "search_pending") { "" } else { "WHERE rowid % 2 = 1" },
            ));
        }
        meddle(folder.path(), &sql);
        let (store, _) = Store::open(folder.path(), NOW).map_err(|error| TestCaseError::fail(format!("{sql}: {error}")))?;
        read_all(&store);
        runtime.block_on(write_all(&store));
    }
}
