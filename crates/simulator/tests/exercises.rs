//! The exercises.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test stops at the first surprise")]

mod support;

use std::time::Duration;

use ringside_simulator::{Clock, Exercise, Options, ReplyKind, Simulator};
use serde_json::Value;
use support::{Client, morning};

/// The demo agent's bills of an hour of the exercise.
async fn hour(exercise: Exercise) -> Vec<Value> {
    let options = Options { clock: Clock::manual(morning()), past_bills: 0, ..Options::demo() };
    let simulator = Simulator::local(options).await.unwrap();
    simulator.practise(Some(exercise));
    simulator.sign_in("queue-1", "100001", "10");
    simulator.advance(Duration::from_secs(3600));
    let client = Client::new(&simulator).await;
    let fields = [
        ("starttime", "2026-03-03 10:00:00"),
        ("endtime", "2026-03-03 11:00:00"),
        ("callmethod", "5"),
        ("itemsperpage", "1000"),
        ("extnumber", "100001"),
    ];
    client.result("App.Sip_Cdr.GetBill", &fields).await["bills"].as_array().unwrap().clone()
}

fn cancelled(bills: &[Value]) -> usize {
    bills.iter().filter(|bill| bill["hangupcause"] == 10002).count()
}

#[tokio::test]
async fn a_busy_hour_has_more_calls_than_a_calm_one_and_angry_callers_hang_up() {
    let (calm, busy, angry) = (hour(Exercise::CalmHour).await, hour(Exercise::BusyHour).await, hour(Exercise::AngryCallers).await);
    assert!((10..45).contains(&calm.len()), "{}", calm.len());
    assert!(busy.len() > calm.len() * 3 / 2, "{} to {}", busy.len(), calm.len());
    assert_eq!(cancelled(&calm), 0);
    assert!(cancelled(&angry) > angry.len() / 6, "{} of {}", cancelled(&angry), angry.len());
}

#[tokio::test]
async fn a_dropping_network_is_down_for_20_of_every_90_seconds() {
    let options = Options { clock: Clock::manual(morning()), ..Options::demo() };
    let simulator = Simulator::local(options).await.unwrap();
    let client = Client::new(&simulator).await;
    simulator.practise(Some(Exercise::DroppingNetwork));
    let fields = [("service", "App.Sip_Queue.GetQueueList"), ("token", client.token.as_str())];
    let mut reached = Vec::new();
    for _ in 0..18 {
        reached.push(client.send(&fields).await.is_ok());
        simulator.advance(Duration::from_secs(10));
    }
    let one_period = [true, true, true, true, true, true, true, false, false];
    assert_eq!(reached, [one_period, one_period].concat());
    let seen = simulator.ledger().requests("GetQueueList");
    assert_eq!(seen.iter().filter(|request| request.outcome == ReplyKind::Fault("reset")).count(), 4);
    simulator.practise(None);
    simulator.advance(Duration::from_secs(75));
    assert!(client.send(&fields).await.is_ok());
}
