//! Tests with real files.

mod backups;
mod calls;
mod content;
mod damage;
#[cfg(unix)]
mod disk;
mod finding;
mod floor;
mod foreign;
#[cfg(windows)]
mod held;
mod ledger;
mod limits;
mod log;
mod migrations;
mod opening;
mod outbox;
mod recordings;
mod searching;
mod writing;

use std::path::Path;

use ringside_domain::{Call, CallId, Direction, Ending, Extension, HungUpBy, Method, Owner, QueueName, Timestamp};
use rusqlite::Connection;
use tokio::sync::oneshot;

use crate::{
    Opened, Store, StoreError, Write,
    writer::{Job, Task},
};

/// 2026-01-31T23:59:59Z.
const NOW: Timestamp = Timestamp(1_769_903_999_000);

/// Runs `hand` on the writer's connection and waits for its result.
async fn reach<T: Send + 'static>(store: &Store, hand: impl FnOnce(&mut Connection) -> T + Send + 'static) -> T {
    let (reply, answer) = oneshot::channel();
    store.send(Job::Task(Task(Box::new(move |db| drop(reply.send(hand(db)))))));
    answer.await.unwrap()
}

/// Blocks the writer until the returned sender is dropped.
fn hold(store: &Store) -> std::sync::mpsc::Sender<()> {
    let (hold, held) = std::sync::mpsc::channel();
    store.send(Job::Task(Task(Box::new(move |_| {
        let _ = held.recv();
    }))));
    hold
}

fn open(folder: &Path) -> (Store, Opened) {
    Store::open(folder, NOW).unwrap()
}

/// Copies both databases; returns the first error.
fn back_up(folder: &Path, now: Timestamp) -> Result<(), StoreError> {
    crate::back_up(folder, now, |_| true).into_iter().try_for_each(|(_, copied)| copied)
}

fn event(payload: impl Into<String>) -> Write {
    Write::Event { payload: payload.into(), received_at: NOW }
}

fn dead_letter(body: &[u8]) -> Write {
    Write::DeadLetter { body: body.to_vec(), reason: "not JSON".to_owned(), received_at: NOW }
}

fn setting(key: &str, json: &str) -> Write {
    Write::Setting { key: key.to_owned(), json: json.to_owned() }
}

fn saved(call: &Call) -> Write {
    Write::Call(Box::new(call.clone()))
}

/// The owner of the calls that [`call`] makes.
fn owner() -> Owner {
    Owner { account: "demo".to_owned(), extension: Extension("000123".to_owned()), agent: None }
}

/// A call that just began.
fn call(id: u64, started_at: i64) -> Call {
    Call {
        id: CallId(id),
        uuid: None,
        buuid: None,
        record_id: None,
        account: "demo".to_owned(),
        extension: Extension("000123".to_owned()),
        agent: None,
        queue: None,
        customer_number: "015029913692".to_owned(),
        display_number: String::new(),
        direction: Direction::Outgoing,
        method: Method::Other(0),
        started_at: Timestamp(started_at),
        rang_at: None,
        answered_at: None,
        ended_at: None,
        hung_up_by: None,
        ending: None,
        waited_seconds: None,
        talked_seconds: None,
        recording: None,
        member_id: None,
        customer_id: None,
        maturity: None,
    }
}

/// A call with a value in every field.
fn full_call(id: u64, started_at: i64) -> Call {
    Call {
        uuid: Some("a".to_owned()),
        buuid: Some("b".to_owned()),
        record_id: Some("0077".to_owned()),
        queue: Some(QueueName("销售-1".to_owned())),
        customer_number: "<b>0150".to_owned(),
        display_number: "02912345678".to_owned(),
        direction: Direction::Incoming,
        method: Method::Predictive,
        rang_at: Some(Timestamp(started_at + 1)),
        answered_at: Some(Timestamp(started_at + 2)),
        ended_at: Some(Timestamp(started_at + 3)),
        hung_up_by: Some(HungUpBy::Called),
        ending: Some(Ending::CustomerBusy),
        waited_seconds: Some(u32::MAX),
        talked_seconds: Some(0),
        recording: Some("2021/a b.wav".to_owned()),
        member_id: Some("0012".to_owned()),
        customer_id: Some("a 'quoted' id".to_owned()),
        maturity: Some("0".to_owned()),
        ..call(id, started_at)
    }
}
