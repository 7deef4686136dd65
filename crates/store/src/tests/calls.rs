//! Writing and reading calls, and the order of the log.

use ringside_domain::{Begin, CallId, Cursor, Direction, Ending, Filter, HungUpBy, Method, Timestamp};

use super::{call, full_call, saved};
use crate::{Store, call as table, entry, search::block};

#[tokio::test]
async fn a_call_is_read_as_it_was_written() {
    let store = Store::in_memory().unwrap();
    let full = full_call(7, 1000);
    let bare = call(8, -5);
    store.write(vec![saved(&full), saved(&bare)]).await.unwrap();
    assert_eq!(store.call(full.id).unwrap(), Some(full));
    assert_eq!(store.call(bare.id).unwrap(), Some(bare));
    assert_eq!(store.call(CallId(9)).unwrap(), None);
}

#[tokio::test]
async fn every_ending_side_method_and_direction_is_read_as_it_was_written() {
    let store = Store::in_memory().unwrap();
    let endings = [
        Ending::Normal,
        Ending::Cancelled,
        Ending::Refused,
        Ending::LineFailure,
        Ending::NoAnswer,
        Ending::CustomerBusy,
        Ending::Other(10020),
        Ending::Other(0),
    ];
    let sides = [HungUpBy::Caller, HungUpBy::Called, HungUpBy::Other(10015)];
    let methods = (0..8).map(Method::from_code).collect::<Vec<_>>();
    let mut id = 0;
    for ending in endings {
        for side in sides {
            for (method, direction) in methods.iter().zip([Direction::Outgoing, Direction::Incoming].into_iter().cycle()) {
                id += 1;
                let mut call = call(id, 0);
                (call.ending, call.hung_up_by, call.method, call.direction) = (Some(ending), Some(side), *method, direction);
                store.write(vec![saved(&call)]).await.unwrap();
                assert_eq!(store.call(call.id).unwrap(), Some(call));
            }
        }
    }
}

#[tokio::test]
async fn writing_a_call_again_replaces_every_field() {
    let store = Store::in_memory().unwrap();
    store.write(vec![saved(&call(1, 50))]).await.unwrap();
    let full = full_call(1, 1000);
    store.write(vec![saved(&full)]).await.unwrap();
    assert_eq!(store.call(CallId(1)).unwrap(), Some(full));
    store.write(vec![saved(&call(1, 50))]).await.unwrap();
    assert_eq!(store.call(CallId(1)).unwrap(), Some(call(1, 50)));
    assert_eq!(store.recent_calls(10).unwrap().len(), 1);
}

#[tokio::test]
async fn s14_the_log_is_ordered_by_start_then_by_id_and_its_pages_contain_every_call_once() {
    let store = Store::in_memory().unwrap();
    // Written in another order than the starts; several calls have the same start.
    let starts = [30, 10, 20, 20, 20, 10, 40, 20, 20, 30];
    let calls: Vec<_> = (1..).zip(starts).map(|(id, start)| call(id, start)).collect();
    store.write(calls.iter().rev().map(saved).collect()).await.unwrap();
    let mut expected: Vec<(i64, u64)> = calls.iter().map(|call| (call.started_at.0, call.id.0)).collect();
    expected.sort_by(|a, b| b.cmp(a));

    let keys = |calls: &[ringside_domain::Call]| calls.iter().map(|call| (call.started_at.0, call.id.0)).collect::<Vec<_>>();
    assert_eq!(keys(&store.recent_calls(100).unwrap()), expected);
    for size in 1..=10 {
        let page = |begin| {
            let page = store.log(&Filter::default(), begin, 0, size).unwrap();
            page.into_iter().map(|entry| entry.call).collect::<Vec<_>>()
        };
        let mut part = page(Begin::Newest);
        let mut all = Vec::new();
        while let Some(last) = part.last().map(Cursor::after) {
            assert!(part.len() <= size);
            all.extend(keys(&part));
            part = page(Begin::Before(last));
        }
        assert_eq!(all, expected, "pages of {size}");
    }
    let count = |begin| store.log(&Filter::default(), begin, 0, 100).unwrap().len();
    assert_eq!(count(Begin::Before(Cursor::at(Timestamp(20)))), 2, "before the beginning of a day");
    assert_eq!(count(Begin::After(Cursor::at(Timestamp(20)))), 8);
}

#[tokio::test]
async fn open_calls_have_no_end_and_began_at_the_given_time_or_later() {
    let store = Store::in_memory().unwrap();
    let mut ended = call(1, 100);
    ended.ended_at = Some(Timestamp(0));
    store.write(vec![saved(&ended), saved(&call(2, 99)), saved(&call(3, 100)), saved(&call(4, 100)), saved(&call(5, 99))]).await.unwrap();
    let open = store.open_calls(Timestamp(100)).unwrap();
    assert_eq!(open.iter().map(|call| call.id.0).collect::<Vec<_>>(), [3, 4]);
    let open = store.open_calls(Timestamp(99)).unwrap();
    assert_eq!(open.iter().map(|call| call.id.0).collect::<Vec<_>>(), [2, 5, 3, 4]);
}

#[tokio::test]
async fn the_highest_call_id_is_known() {
    let store = Store::in_memory().unwrap();
    assert_eq!(store.max_call_id().unwrap(), None);
    store.write(vec![saved(&call(12, 100)), saved(&call(7, 200))]).await.unwrap();
    assert_eq!(store.max_call_id().unwrap(), Some(CallId(12)));
}

/// A read is as fast with a million calls as with a thousand, since no read scans the table (S11).
#[test]
fn s11_every_read_of_the_log_uses_an_index() {
    let store = Store::in_memory().unwrap();
    let plan = |sql: &str| {
        store
            .read(|db| {
                let mut statement = db.prepare(&format!("EXPLAIN QUERY PLAN {sql}"))?;
                // The parameters stay unbound: only the plan is made.
                statement.raw_query().mapped(|row| row.get::<_, String>(3)).collect::<rusqlite::Result<Vec<_>>>()
            })
            .unwrap()
            .join("; ")
    };
    assert_eq!(plan(table::RECENT), "SCAN call USING INDEX call_by_start");
    assert_eq!(plan(table::OPEN), "SEARCH call USING INDEX call_open (started_at>?)");
    assert_eq!(
        plan(entry::EARLIER),
        "SEARCH call USING INDEX call_by_customer (customer_number=? AND account=? AND extension=? AND started_at<?)"
    );
    assert_eq!(
        plan(entry::EARLIER_SPELT),
        "SEARCH spelt USING COVERING INDEX spelt_by_plain (plain=?); SEARCH call USING INTEGER PRIMARY KEY (rowid=?); \
         USE TEMP B-TREE FOR ORDER BY"
    );
    assert_eq!(plan(block::STRETCH), "SEARCH call USING COVERING INDEX call_by_start (started_at>? AND started_at<?)");
}
