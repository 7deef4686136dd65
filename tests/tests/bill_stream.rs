//! GetBill as a stream: complete, in order, correct while records are added, and able to continue after a failure (N10, N11).

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "platform_faults/test_client.rs"]
#[allow(dead_code, reason = "the faults' tests use the rest")]
mod test_client;

use std::{collections::BTreeSet, pin::pin, time::Duration};

use futures_util::{StreamExt, TryStreamExt};
use ringside_domain::Timestamp;
use ringside_platform::{Bill, BillQuery};
use ringside_simulator::{Fault, Options, RingSpec};
use ringside_tests::{OWN, PATIENCE};
use test_client::{TestClient, agent, quick};

const DAY: i64 = 86_400_000;

fn ids(bills: &[Bill]) -> BTreeSet<String> {
    bills.iter().map(|bill| bill.record.record_id.clone().unwrap()).collect()
}

fn last_days(test: &TestClient, days: i64) -> BillQuery {
    let now = test.simulator.now().as_millisecond();
    BillQuery { from: Timestamp(now - days * DAY), to: Timestamp(now + DAY), ..BillQuery::default() }
}

#[tokio::test]
async fn thousands_of_records_come_once_each_ordered_by_their_start() {
    let test = TestClient::with(Options { past_bills: 7_200, ..Options::test() }, quick()).await;
    let query = last_days(&test, 12);
    let bills: Vec<Bill> = test.client.bill_stream(query.clone()).try_collect().await.unwrap();
    assert_eq!(bills.len(), 7_200);
    assert_eq!(ids(&bills).len(), 7_200);
    assert!(bills.is_sorted_by_key(|bill| bill.record.started_at));
    assert_eq!(test.client.bill_page(&query, 1, 1).await.unwrap().total, 7_200);
    let asked = test.simulator.ledger().requests("GetBill");
    assert!(asked.iter().any(|request| request.parameter("currentpage") == "2"));
    assert!(asked.iter().all(|request| request.parameter("syncflag") == "3"), "N10");
    let records = test.client.bills(&agent().extension, query.from, query.to).await.unwrap();
    assert_eq!(records, bills.into_iter().map(|bill| bill.record).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_failure_ends_the_stream_and_another_one_continues_from_the_last_record() {
    let test = TestClient::with(Options { past_bills: 7_200, ..Options::test() }, quick()).await;
    let query = last_days(&test, 12);
    test.simulator.fault("GetBill", Fault::Slow(Duration::ZERO), 9);
    test.simulator.fault("GetBill", Fault::HttpStatus(502), None);
    let mut stream = pin!(test.client.bill_stream(query.clone()));
    let mut kept = Vec::new();
    let error = loop {
        match stream.next().await.unwrap() {
            Ok(bill) => kept.push(bill),
            Err(error) => break error,
        }
    };
    assert!(matches!(error, ringside_platform::PlatformError::Http { status: 502, .. }), "{error:?}");
    assert!(stream.next().await.is_none(), "the stream has ended");
    test.simulator.clear_faults();
    let first = kept.len();
    assert!((1..7_200).contains(&first), "{first}");
    let from = kept.last().unwrap().record.started_at;
    let rest: Vec<Bill> = test.client.bill_stream(BillQuery { from, ..query }).try_collect().await.unwrap();
    kept.extend(rest);
    assert_eq!(ids(&kept).len(), 7_200);
    assert!(kept.len() - 7_200 < 10, "only records of the same second are repeated");
}

#[tokio::test]
async fn records_that_are_added_while_pages_are_read_are_found_once_each() {
    let test = TestClient::new().await;
    let in_vain = || test.simulator.dial_in_vain(RingSpec::predictive(OWN, "0133", "queue-1"), 10005);
    for _ in 0..1500 {
        in_vain();
    }
    let from = Timestamp(test.simulator.now().as_millisecond() - 60_000);
    let hour = BillQuery { from, to: Timestamp(from.0 + 3_600_000), ..BillQuery::default() };
    test.simulator.fault("GetBill", Fault::Slow(Duration::from_millis(300)), 1);
    let mark = test.simulator.ledger().mark();
    let reading = tokio::spawn(test.client.bill_stream(hour).try_collect::<Vec<Bill>>());
    test.simulator.ledger().wait_for_after(mark, |entry| entry.request("GetBill").is_some(), PATIENCE).await.unwrap();
    for _ in 0..700 {
        in_vain();
    }
    let bills = reading.await.unwrap().unwrap();
    assert_eq!((bills.len(), ids(&bills).len()), (2200, 2200));
    let pages: Vec<String> =
        test.simulator.ledger().requests("GetBill").iter().map(|request| request.parameter("currentpage").to_owned()).collect();
    assert_eq!(pages, ["1", "2", "3", "1", "2", "3"], "read again, since the window had grown");
}

#[tokio::test]
async fn a_window_that_ends_before_it_begins_is_empty_and_sends_no_request() {
    let test = TestClient::new().await;
    let query = BillQuery { from: Timestamp(DAY), to: Timestamp(0), ..BillQuery::default() };
    assert_eq!(test.client.bill_stream(query).try_collect::<Vec<_>>().await.unwrap(), []);
    assert_eq!(test.asked("GetBill"), 0);
}
