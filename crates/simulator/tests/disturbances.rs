//! Faults by chance, a network that is down, and other tenants' formats, as a client sees them.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test stops at the first surprise")]

mod support;

use std::time::Duration;

use jiff::SignedDuration;
use ringside_simulator::{
    BillDialect, CallbackKind, Clock, Delivery, Direction, Disturbance, Fault, Network, Options, Party, Phone, RingSpec, SeatState,
    Simulator,
};
use serde_json::{Value, json};
use support::{Client, Company, PATIENCE, still};

const LIST: &str = "App.Sip_Queue.GetQueueList";

async fn started(options: Options) -> (Simulator, Client) {
    let simulator = Simulator::local(options).await.unwrap();
    let client = Client::new(&simulator).await;
    (simulator, client)
}

async fn bytes(client: &Client) -> Vec<u8> {
    let response = client.send(&[("service", LIST), ("token", &client.token)]).await.unwrap();
    response.bytes().await.unwrap().to_vec()
}

#[tokio::test]
async fn a_correct_answer_can_be_distorted_as_by_php() {
    let (simulator, client) = started(still()).await;
    let right = client.result(LIST, &[]).await;
    simulator.fault(LIST, Fault::ByteOrderMark, 1);
    assert!(bytes(&client).await.starts_with(b"\xef\xbb\xbf{\""));
    simulator.fault(LIST, Fault::PhpNotice, 1);
    let noticed = String::from_utf8(bytes(&client).await).unwrap();
    assert!(noticed.starts_with("<br />") && noticed.ends_with('}'), "{noticed}");
    simulator.fault(LIST, Fault::Gbk, 1);
    assert!(String::from_utf8(bytes(&client).await).is_err());
    simulator.fault(LIST, Fault::ListsAsObjects, 1);
    assert_eq!(client.result(LIST, &[]).await, json!({ "1": right[0], "3": right[1] }));
    simulator.fault(LIST, Fault::ListsWithNull, 1);
    assert_eq!(client.result(LIST, &[]).await, json!([null, right[0], right[1]]));
    simulator.fault(LIST, Fault::Nulls, 1);
    assert_eq!(client.result(LIST, &[]).await[0]["queuename"], Value::Null);
    simulator.fault(LIST, Fault::DoneButHttp(502), 1);
    assert_eq!(client.send(&[("service", LIST)]).await.unwrap().status(), 502);
    assert_eq!(client.result(LIST, &[]).await, right);
}

#[tokio::test]
async fn a_network_that_is_down_answers_no_request_and_loses_callbacks() {
    let company = Company::new().await;
    let (simulator, client) = started(Options { callback_url: Some(company.url.clone()), ..still() }).await;
    simulator.set_network(Network::Cut);
    assert!(client.try_post(&[("service", LIST)]).await.is_err());
    let call = simulator.ring(RingSpec::predictive("100001", "0131", "queue-1"));
    let lost = simulator.ledger().wait_for(|entry| entry.callback().is_some(), PATIENCE).await.unwrap();
    assert_eq!(lost.callback().unwrap().delivery, Delivery::Dropped);
    simulator.set_network(Network::Silent);
    assert!(tokio::time::timeout(Duration::from_millis(100), client.send(&[("service", LIST)])).await.is_err());
    simulator.set_network(Network::Up);
    client.result(LIST, &[]).await;
    simulator.hang_up(call, Party::Customer).unwrap();
    let ended =
        simulator.ledger().wait_for(|entry| entry.callback().is_some_and(|callback| callback.delivery.is_accepted()), PATIENCE).await;
    assert_eq!(ended.unwrap().callback().unwrap().call, Some(call));
}

/// The deliveries of a hundred rings with this seed.
async fn disturbed(seed: u64) -> Vec<Delivery> {
    let company = Company::new().await;
    let simulator = Simulator::local(Options { callback_url: Some(company.url.clone()), ..still() }).await.unwrap();
    let late_by = (Duration::ZERO, Duration::from_millis(2));
    simulator.disturb(Disturbance { seed, lost: 10, late: 10, late_by, repeated: 10 });
    let calls: Vec<_> = (0..100).map(|number| simulator.ring(RingSpec::predictive("100001", format!("0{number}"), "queue-1"))).collect();
    let ledger = simulator.ledger();
    let about = |call| move |entry: &ringside_simulator::Entry| entry.callback().is_some_and(|callback| callback.call == Some(call));
    let mut fates = Vec::new();
    for call in calls {
        let entry = ledger.wait_for(about(call), PATIENCE).await.unwrap();
        fates.push(match &entry.callback().unwrap().delivery {
            Delivery::Answered { status, .. } => Delivery::Answered { status: *status, after: Duration::ZERO },
            other => other.clone(),
        });
    }
    fates
}

#[tokio::test]
async fn the_same_seed_loses_the_same_callbacks() {
    let first = disturbed(7).await;
    let lost = first.iter().filter(|fate| **fate == Delivery::Dropped).count();
    assert!((2..=25).contains(&lost), "{lost} of a hundred were lost, at a rate of 10 %");
    assert!(first.iter().all(|fate| fate.is_accepted() || *fate == Delivery::Dropped));
    assert_eq!(disturbed(7).await, first);
    assert_ne!(disturbed(8).await, first);
}

#[tokio::test]
async fn bills_can_be_written_as_other_tenants_have_them() {
    let mut company = Company::new().await;
    let bills = BillDialect::ELSEWHERE;
    let (simulator, client) = started(Options { callback_url: Some(company.url.clone()), bills, ..still() }).await;
    let call = simulator.ring(RingSpec {
        extension: "100001".into(),
        customer: "0131".into(),
        direction: Direction::CallIn,
        display_number: "2190270009".into(),
        ..RingSpec::default()
    });
    simulator.hang_up(call, Party::Customer).unwrap();
    let sent = company.json(3).await;
    let bill = sent.iter().find(|callback| callback.get("billSec").is_some()).unwrap();
    assert_eq!((&bill["destNumber"], &bill["disNumber"], &bill["extNumber"]), (&json!("2190270009"), &json!("0131"), &json!("100001")));
    assert_eq!((&bill["billSec"], &bill["answerTime"]), (&json!(0), &bill["endTime"]));
    let fields = [("starttime", "2026-03-03 00:00:00"), ("endtime", "2026-03-04 00:00:00"), ("callmethod", "0"), ("syncflag", "3")];
    let row = client.result("App.Sip_Cdr.GetBill", &fields).await["bills"][0].clone();
    assert_eq!((&row["destnumber"], &row["displaynumber"], &row["answertime"]), (&json!("2190270009"), &json!("0131"), &row["endtime"]));
    let [record] = &simulator.records("100001")[..] else { panic!("one call") };
    assert_eq!((record.call, record.customer.as_str(), record.answered), (Some(call), "0131", None));
    assert!(matches!(simulator.ledger().callbacks().last().unwrap().kind, CallbackKind::Bill));
}

#[tokio::test]
async fn signing_in_without_a_registered_phone_can_be_refused() {
    let (simulator, client) = started(Options { registered_only: true, ..still() }).await;
    simulator.set_phone("100001", Phone::NotRegistered);
    let fields = [("queuename", "queue-1"), ("extnumber", "100001"), ("crmid", "10")];
    assert_eq!(client.code("App.Sip_Queue.SipSignIn", &fields).await, "1014");
    simulator.set_phone("100001", Phone::Registered);
    client.result("App.Sip_Queue.SipSignIn", &fields).await;
}

#[tokio::test]
async fn if_an_agent_has_one_state_a_call_changes_the_seats_of_all_queues() {
    let (simulator, _) = started(Options { one_state_an_agent: true, ..still() }).await;
    for queue in ["queue-1", "queue-2"] {
        simulator.sign_in(queue, "100001", "10");
    }
    let seats = || ["queue-1", "queue-2"].map(|queue| simulator.seat(queue, "100001").unwrap());
    let call = simulator.ring(RingSpec::predictive("100001", "0131", "queue-2"));
    assert_eq!(seats(), [SeatState::Receiving; 2]);
    simulator.answer(call).unwrap();
    assert_eq!(seats(), [SeatState::Answered; 2]);
    simulator.hang_up(call, Party::Agent).unwrap();
    assert_eq!(seats(), [SeatState::Waiting; 2]);
    simulator.set_seat("queue-1", "100001", SeatState::Paused);
    simulator.ring(RingSpec::predictive("100001", "0131", "queue-2"));
    assert_eq!(seats(), [SeatState::Paused, SeatState::Receiving]);
}

#[tokio::test]
async fn the_platforms_clock_can_be_ahead_or_behind() {
    let wall = Clock::wall();
    for seconds in [-40, 40] {
        let by = SignedDuration::from_secs(seconds);
        let (before, ahead, after) = (wall.now(), Clock::ahead(by).now(), wall.now());
        assert!((before + by..=after + by).contains(&ahead), "{before} {ahead} {after}");
    }
}
