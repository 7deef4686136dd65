//! Notes, fetched spans, the sums of a day, export, retention, and a search that does not match the calls.

use proptest::{collection::vec, prelude::*};
use ringside_domain::{Begin, CallId, CallOutcome, Direction, Edit, Filter, Note, Span, Sums, Timestamp};
use tempfile::tempdir;

use super::{call, event, full_call, open, reach, saved, setting};
use crate::{Deleted, Store, Write, quarantine::with_suffix};

fn edit(call: u64, edit: Edit) -> Write {
    Write::Note { call: CallId(call), edit }
}

fn ids(store: &Store, filter: &Filter) -> Vec<u64> {
    store.log(filter, Begin::Newest, 0, 1000).unwrap().iter().map(|entry| entry.call.id.0).collect()
}

fn texted(text: &str) -> Filter {
    Filter { text: text.to_owned(), ..Filter::default() }
}

fn span(since: i64, until: i64) -> Span {
    Span { since: Timestamp(since), until: Timestamp(until) }
}

#[tokio::test]
async fn notes_survive_every_update_of_their_call_and_the_last_text_counts() {
    let folder = tempdir().unwrap();
    let (store, _) = open(folder.path());
    store.write(vec![saved(&call(1, 100))]).await.unwrap();
    for text in ["回", "回电", "回电 5pm"] {
        store.write(vec![edit(1, Edit::Text(text.to_owned()))]).await.unwrap();
    }
    store.write(vec![edit(1, Edit::Disposition(Some("跟进".to_owned())))]).await.unwrap();
    store.write(vec![saved(&full_call(1, 90))]).await.unwrap();
    store.write(vec![edit(1, Edit::WrappedUp(Some(Timestamp(120))))]).await.unwrap();
    drop(store);
    let (store, _) = open(folder.path());
    let note = Note {
        text: "回电 5pm".to_owned(),
        disposition: Some("跟进".to_owned()),
        done_at: None,
        wrapped_up_at: Some(Timestamp(120)),
        owed_at: None,
    };
    let entry = store.entry(CallId(1)).unwrap().unwrap();
    assert_eq!((entry.call, entry.note), (full_call(1, 90), note));
    assert_eq!(ids(&store, &texted("5PM")), [1]);
    assert!(ids(&store, &texted("回电5")).is_empty());
}

#[tokio::test]
async fn a_missed_call_is_to_do_until_it_is_done() {
    let store = Store::in_memory().unwrap();
    let missed = |id: u64| {
        let mut missed = call(id, 0);
        (missed.direction, missed.ended_at) = (Direction::Incoming, Some(Timestamp(5)));
        missed
    };
    let mut answered = missed(3);
    answered.answered_at = Some(Timestamp(1));
    let mut dialled = missed(4);
    dialled.direction = Direction::Outgoing;
    store.write(vec![saved(&missed(1)), saved(&missed(2)), saved(&answered), saved(&dialled), saved(&call(5, 9))]).await.unwrap();
    let to_do = Filter { to_do: true, ..Filter::default() };
    assert_eq!(ids(&store, &to_do), [2, 1]);
    store.write(vec![edit(1, Edit::Done(Some(Timestamp(7))))]).await.unwrap();
    assert_eq!(ids(&store, &to_do), [2]);
    assert_eq!(ids(&store, &Filter { outcome: Some(CallOutcome::Missed), ..Filter::default() }), [2, 1]);
    assert_eq!(ids(&store, &Filter { outcome: Some(CallOutcome::NoAnswer), ..Filter::default() }), [4]);
    store.write(vec![edit(1, Edit::Done(None))]).await.unwrap();
    assert_eq!(ids(&store, &to_do), [2, 1]);
    store.write(vec![edit(3, Edit::Owed(Some(Timestamp(8))))]).await.unwrap();
    assert_eq!(ids(&store, &to_do), [3, 2, 1], "a call whose after-call work was broken off");
    store.write(vec![edit(3, Edit::Done(Some(Timestamp(9))))]).await.unwrap();
    assert_eq!(ids(&store, &to_do), [2, 1]);
}

#[tokio::test]
async fn calls_and_their_fetched_span_are_written_together_or_not_at_all() {
    let folder = tempdir().unwrap();
    let (store, _) = open(folder.path());
    let fetched = |since, until| Write::Fetched { scope: "mine".to_owned(), span: span(since, until) };
    store.write(vec![saved(&call(1, 10)), fetched(0, 20)]).await.unwrap();
    reach(&store, |db| {
        db.execute_batch("CREATE TRIGGER no BEFORE INSERT ON setting WHEN new.key = 'bad' BEGIN SELECT raise(ABORT, 'no'); END")
    })
    .await
    .unwrap();
    assert!(store.write(vec![saved(&call(2, 30)), fetched(20, 40), setting("bad", "1")]).await.is_err());
    store.write(vec![event("another")]).await.unwrap();
    assert_eq!(store.fetched("mine").unwrap(), [span(0, 20)], "the span of the failed batch is to be fetched again");
    drop(store);
    // After a restart, fetching goes on with the missing spans.
    let (store, _) = open(folder.path());
    assert_eq!(span(-10, 60).gaps(&store.fetched("mine").unwrap()), [span(-10, 0), span(20, 60)]);
    assert_eq!(span(-10, 60).gaps(&store.fetched("all").unwrap()), [span(-10, 60)]);
}

proptest! {
    #[test]
    fn fetched_spans_merge_and_gaps_are_the_rest(spans in vec((0..60_i64, -2..15_i64), 0..20), from in 0..70_i64, length in 0..30_i64) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let store = Store::in_memory().unwrap();
        let mut covered = [false; 100];
        for (since, length) in &spans {
            let scope = "s".to_owned();
            runtime.block_on(store.write(vec![Write::Fetched { scope, span: span(*since, since + length) }])).unwrap();
            (*since..since + length).for_each(|moment| covered[usize::try_from(moment).unwrap()] = true);
        }
        let kept = store.fetched("s").unwrap();
        prop_assert!(kept.windows(2).all(|pair| pair[0].until < pair[1].since));
        let holds = |spans: &[Span], moment: i64| spans.iter().any(|span| (span.since.0..span.until.0).contains(&moment));
        let gaps = span(from, from + length).gaps(&kept);
        for moment in 0..100 {
            let is_covered = covered[usize::try_from(moment).unwrap()];
            prop_assert_eq!(holds(&kept, moment), is_covered);
            prop_assert_eq!(holds(&gaps, moment), !is_covered && (from..from + length).contains(&moment));
        }
    }
}

#[tokio::test]
async fn sums_are_those_of_the_calls_between_two_boundaries() {
    let store = Store::in_memory().unwrap();
    let mut answered = call(1, 1_000);
    answered.rang_at = Some(Timestamp(2_000));
    answered.answered_at = Some(Timestamp(6_000));
    answered.ended_at = Some(Timestamp(36_000));
    let mut billed = call(2, 59_000);
    billed.answered_at = Some(Timestamp(60_000));
    billed.ended_at = Some(Timestamp(80_000));
    billed.talked_seconds = Some(7);
    let mut missed = call(3, 60_000);
    missed.rang_at = Some(Timestamp(60_000));
    missed.ended_at = Some(Timestamp(75_999));
    let mut dialled = call(4, 100_000);
    dialled.ended_at = Some(Timestamp(110_000));
    let writes = [&answered, &billed, &missed, &dialled, &call(5, 110_000), &call(6, -1), &call(7, 120_000)].map(saved).to_vec();
    store.write(writes).await.unwrap();
    store.write(vec![edit(1, Edit::WrappedUp(Some(Timestamp(46_000)))), edit(2, Edit::WrappedUp(Some(Timestamp(0))))]).await.unwrap();
    let sums = store.sums(None, &[0, 60_000, 120_000].map(Timestamp)).unwrap();
    let first = Sums { answered: 2, talk_seconds: 37, ring_seconds: 4, wrap_up_seconds: 10, ..Sums::default() };
    let second = Sums { missed: 1, no_answer: 1, ring_seconds: 15, ..Sums::default() };
    assert_eq!(sums, [first, second]);
    assert_eq!(store.sums(None, &[]).unwrap(), []);
}

#[tokio::test]
async fn older_calls_and_callbacks_are_deleted_a_few_at_a_time_and_no_id_is_given_twice() {
    let folder = tempdir().unwrap();
    let (store, _) = open(folder.path());
    let calls = (1..=25).map(|id| saved(&call(id, 1000 - i64::try_from(id).unwrap())));
    store.write(calls.collect()).await.unwrap();
    store.write(vec![edit(25, Edit::Text("最高".to_owned())), edit(3, Edit::Text("stays".to_owned()))]).await.unwrap();
    for received_at in [10, 20, 2000].map(Timestamp) {
        store.write(vec![Write::Event { payload: received_at.0.to_string(), received_at }]).await.unwrap();
    }
    let mut steps = Vec::new();
    loop {
        let deleted = store.delete_before(Timestamp(990), 6).await.unwrap();
        steps.push((deleted.calls, deleted.events));
        if !deleted.more {
            break;
        }
    }
    assert_eq!(steps, [(6, 2), (6, 0), (3, 0)]);
    assert_eq!(store.log(&Filter::default(), Begin::Newest, 0, 100).unwrap().len(), 10);
    assert!(ids(&store, &texted("最高")).is_empty());
    assert_eq!(ids(&store, &texted("stays")), [3]);
    drop(store);
    let (store, _) = open(folder.path());
    assert_eq!(store.max_call_id().unwrap(), Some(CallId(25)));
    assert_eq!(store.counts().unwrap().events, 3, "deleted ones are counted");
    assert_eq!(store.delete_before(Timestamp(990), 6).await.unwrap(), Deleted::default());
    assert_eq!(store.delete_before(Timestamp(i64::MAX), 100).await.unwrap(), Deleted { calls: 10, events: 0, more: false });
    assert_eq!(store.max_call_id().unwrap(), Some(CallId(25)));
}

#[tokio::test]
async fn s12_a_slow_export_does_not_keep_the_write_ahead_log_from_shrinking() {
    let folder = tempdir().unwrap();
    let (store, opened) = open(folder.path());
    store.write((1..=1200).map(|id| saved(&call(id, 5))).collect()).await.unwrap();
    let mut export = store.export(Filter { to: Some(Timestamp(6)), ..Filter::default() });
    let mut exported = export.next().unwrap().unwrap().len();
    for number in 0..100 {
        store.write(vec![event(format!("{number}{}", "x".repeat(200_000))), saved(&call(5000 + number, 7))]).await.unwrap();
    }
    let log = std::fs::metadata(with_suffix(&opened.file, "-wal")).unwrap().len();
    assert!(log <= 16 << 20, "{log}");
    exported += export.map(|page| page.unwrap().len()).sum::<usize>();
    assert_eq!(exported, 1200);
}

#[tokio::test]
async fn s13_a_search_that_does_not_match_the_calls_is_found_at_the_start_and_built_anew() {
    let harm = [
        "DELETE FROM search_block WHERE id = (SELECT min(id) FROM search_block)",
        "DELETE FROM search_keys WHERE block = (SELECT min(block) FROM search_keys)",
        "DELETE FROM search_set WHERE gram = 50",
        "DELETE FROM search_pending",
        "DROP TRIGGER search_call_inserted; INSERT INTO call SELECT 999, uuid, buuid, record_id, extension, queue, '777', display_number,
             direction, method, started_at, rang_at, answered_at, ended_at, hung_up_by, ending, waited_seconds, talked_seconds, recording,
             member_id, customer_id, maturity, account, agent FROM call WHERE id = 1",
    ];
    for harm in harm {
        let folder = tempdir().unwrap();
        let (store, opened) = open(folder.path());
        // Two more calls, too few for building a block, so that some calls wait.
        store.write((1..=60).map(|id| saved(&call(id, i64::try_from(id).unwrap()))).collect()).await.unwrap();
        store.write(vec![saved(&call(61, 61)), saved(&call(62, 62))]).await.unwrap();
        drop(store);
        let db = rusqlite::Connection::open(&opened.file).unwrap();
        db.execute_batch(harm).unwrap();
        // As after a crash, so that the start checks call by call.
        db.execute_batch("UPDATE setting SET json = 'false' WHERE key = 'store.closed'").unwrap();
        let calls: usize = db.query_row("SELECT count(*) FROM call", (), |row| row.get::<_, u32>(0)).unwrap() as usize;
        drop(db);
        let (store, opened) = open(folder.path());
        assert!(opened.search_rebuilt, "{harm}");
        assert_eq!(ids(&store, &Filter::default()).len(), calls, "{harm}");
        assert_eq!(ids(&store, &texted("1")).len(), calls - usize::from(calls > 62), "{harm}");
        drop(store);
        assert!(!open(folder.path()).1.search_rebuilt, "reported once: {harm}");
    }
}

#[tokio::test]
async fn s13_calls_that_another_program_changed_are_found() {
    let folder = tempdir().unwrap();
    let (store, opened) = open(folder.path());
    store.write((1..=60).map(|id| saved(&call(id, i64::try_from(id).unwrap()))).collect()).await.unwrap();
    let other = rusqlite::Connection::open(&opened.file).unwrap();
    other.execute_batch("UPDATE call SET customer_number = '4242' WHERE id = 7; DELETE FROM call WHERE id = 8").unwrap();
    assert_eq!(ids(&store, &texted("424")), [7]);
    assert_eq!(ids(&store, &Filter::default()).len(), 59);
}
