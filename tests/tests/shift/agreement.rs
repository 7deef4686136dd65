//! Compares log, ledger and platform, call by call and entry by entry.

use std::{collections::BTreeMap, time::Duration};

use ringside_domain::{CallId, CallOutcome, CallSign, Direction, LedgerEntry, LogRow, Timestamp, WishedState};
use ringside_simulator::{Record, SeatState};
use ringside_store::{Chain, LedgerRow};

use super::{script::QUEUES, time::STEP};

/// Tolerance, since the platform writes whole seconds.
const ROUNDING: Duration = Duration::from_millis(1500);
/// Changes of a call's entry: for its record, for a late callback, and for a corrected queue.
const MOST_CHANGES: usize = 3;

/// The seats of all queues at the platform from this time of the desk's clock on; None: not signed in to the queue.
pub type Seats = (Timestamp, [Option<SeatState>; QUEUES.len()]);

fn near(a: Timestamp, b: Timestamp) -> bool {
    a.0.abs_diff(b.0) <= ROUNDING.as_millis() as u64
}

fn moment(at: jiff::Timestamp) -> Timestamp {
    Timestamp(at.as_millisecond())
}

/// The platform's words for a withheld number are not a number; the log may leave them out.
fn is_withheld(number: &str) -> bool {
    !number.bytes().any(|byte| byte.is_ascii_digit())
}

fn named(record: &Record) -> String {
    let call = record.call.map(|call| call.to_string()).unwrap_or_default();
    format!(
        "call {call} ({:?} {}, record {}, uuid {}, began {})",
        record.direction, record.customer, record.id, record.uuid, record.started
    )
}

/// Differences between the log and the platform's calls, one line each.
pub fn of_the_log(records: &[Record], rows: &[LogRow]) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut of_platform = vec![false; rows.len()];
    for record in records {
        let id = record.id.to_string();
        let is_of = |row: &LogRow| row.call.record_id.as_deref() == Some(&id) || row.call.uuid.as_deref() == Some(&record.uuid);
        let found: Vec<usize> = (0..rows.len()).filter(|at| is_of(&rows[*at])).collect();
        for at in &found {
            of_platform[*at] = true;
        }
        match found[..] {
            [] => wrong.push(format!("{}: not in the log", named(record))),
            [at] => wrong.extend(differences(record, &rows[at])),
            _ => wrong.push(format!("{}: {} times in the log: {:?}", named(record), found.len(), rows_of(rows, &found))),
        }
    }
    for (row, _) in rows.iter().zip(of_platform).filter(|(_, of_platform)| !of_platform) {
        wrong.push(format!("row {:?}: no call of the platform: {:?}", row.call.id, row.call));
    }
    wrong
}

fn rows_of(rows: &[LogRow], places: &[usize]) -> Vec<(CallId, Option<String>, Option<String>)> {
    places.iter().map(|at| &rows[*at].call).map(|call| (call.id, call.record_id.clone(), call.uuid.clone())).collect()
}

fn differences(record: &Record, row: &LogRow) -> Vec<String> {
    let call = &row.call;
    let mut wrong = Vec::new();
    let mut differs = |what: &str, is: String, should: String| {
        wrong.push(format!("{}, row {:?}: {what} is {is} and should be {should}", named(record), call.id));
    };
    if call.record_id.as_deref().is_some_and(|id| id != record.id.to_string()) {
        differs("the record's id", format!("{:?}", call.record_id), record.id.to_string());
    }
    if call.uuid.as_deref().is_some_and(|uuid| uuid != record.uuid) {
        differs("the uuid", format!("{:?}", call.uuid), record.uuid.clone());
    }
    let withheld = is_withheld(&record.customer) && is_withheld(&call.customer_number);
    if call.customer_number != record.customer && !withheld {
        differs("the customer", call.customer_number.clone(), record.customer.clone());
    }
    let incoming = record.direction == ringside_simulator::Direction::CallIn;
    if (call.direction == Direction::Incoming) != incoming {
        differs("the direction", format!("{:?}", call.direction), format!("{:?}", record.direction));
    }
    let answered = row.outcome == Some(CallOutcome::Answered);
    if answered != record.answered.is_some() {
        differs("the outcome", format!("{:?}", row.outcome), format!("answered at {:?}", record.answered));
    }
    let times = [
        ("the start", Some(call.started_at), Some(record.started)),
        ("the answer", call.answered_at, record.answered),
        ("the end", call.ended_at, Some(record.ended)),
    ];
    for (what, is, should) in times {
        let should = should.map(moment);
        if is.zip(should).map_or(is != should, |(is, should)| !near(is, should)) {
            differs(what, format!("{is:?}"), format!("{should:?}"));
        }
    }
    if call.recording.as_deref().unwrap_or_default() != record.recording {
        differs("the recording", format!("{:?}", call.recording), record.recording.clone());
    }
    if let Some(queue) = call.queue.as_ref().filter(|queue| Some(&queue.0) != record.queue.as_ref()) {
        differs("the queue", queue.0.clone(), format!("{:?}", record.queue));
    }
    wrong
}

/// Errors in the ledger, one line each.
pub fn of_the_ledger(entries: &[LedgerRow], chain: &Chain, rows: &[LogRow], seats: &[Seats]) -> Vec<String> {
    let mut wrong = Vec::new();
    if chain.broken.is_some() || !chain.calls.changed.is_empty() {
        wrong.push(format!("the chain does not hold: {chain:?}"));
    }
    wrong.extend(calls(entries, rows));
    let mut wished: BTreeMap<u64, (WishedState, Timestamp)> = BTreeMap::new();
    let mut confirmed = 0;
    for LedgerRow { id, at, entry, .. } in entries {
        let between = |from: Timestamp, holds: &dyn Fn(Option<SeatState>) -> bool, which: &dyn Fn(usize) -> bool| {
            during(seats, from, *at).any(|seats| (0..QUEUES.len()).filter(|place| which(*place)).all(|place| holds(seats[place])))
        };
        let here = at.minus(Duration::from_secs(15));
        match entry {
            Some(LedgerEntry::Wished { wish, state, .. }) => drop(wished.insert(*wish, (*state, *at))),
            Some(LedgerEntry::Confirmed { wish }) => {
                confirmed += 1;
                let Some((state, since)) = wished.get(wish) else {
                    wrong.push(format!("entry {id}: wish {wish} is confirmed, and nobody wished it"));
                    continue;
                };
                let is = |seat: Option<SeatState>| match state {
                    WishedState::Busy => seat == Some(SeatState::Paused),
                    WishedState::Available => seat.is_some_and(|seat| seat != SeatState::Paused),
                };
                if !between(*since, &is, &|_| true) {
                    let seen: Vec<_> = during(seats, *since, *at).collect();
                    wrong.push(format!("entry {id}: {state:?} is confirmed, and the seats were {seen:?}"));
                }
            }
            Some(LedgerEntry::QueueJoined { queue, .. }) if !between(here, &|seat| seat.is_some(), &|place| QUEUES[place] == queue.0) => {
                wrong.push(format!("entry {id}: {queue:?} is joined, and the platform has no seat there"));
            }
            Some(LedgerEntry::QueueLeft { queue }) if !between(here, &|seat| seat.is_none(), &|place| QUEUES[place] == queue.0) => {
                wrong.push(format!("entry {id}: {queue:?} is left, and the seat is there"));
            }
            Some(LedgerEntry::SignedOut) if !between(here, &|seat| seat.is_none(), &|_| true) => {
                wrong.push(format!("entry {id}: signed out, and there are seats"));
            }
            Some(entry @ LedgerEntry::QueueLost { .. }) => wrong.push(format!("entry {id}: {entry:?}, and nobody took it")),
            Some(entry @ LedgerEntry::RolledBack { .. }) => wrong.push(format!("entry {id}: {entry:?}, and nothing was refused")),
            Some(_) => {}
            None => wrong.push(format!("entry {id} cannot be read")),
        }
    }
    if confirmed == 0 {
        wrong.push("no wish was ever confirmed".to_owned());
    }
    wrong
}

/// The seats at all times between `from` and `to`.
fn during(seats: &[Seats], from: Timestamp, to: Timestamp) -> impl Iterator<Item = &[Option<SeatState>; QUEUES.len()]> {
    let first = seats.iter().rposition(|(at, _)| *at <= from).unwrap_or(0);
    // The seats are read after each step.
    let to = to.plus(2 * STEP);
    seats[first..].iter().take_while(move |(at, _)| *at <= to).map(|(_, states)| states)
}

/// Checks that each call is entered once when it ends, and is changed a few times at most.
fn calls(entries: &[LedgerRow], rows: &[LogRow]) -> Vec<String> {
    let mut signs: BTreeMap<CallId, Vec<CallSign>> = rows.iter().map(|row| (row.call.id, Vec::new())).collect();
    let mut wrong = Vec::new();
    for row in entries {
        if let Some(LedgerEntry::Call { call, sign }) = &row.entry {
            match signs.get_mut(call) {
                Some(signs) => signs.push(*sign),
                None => wrong.push(format!("entry {}: {call:?} is not in the log", row.id)),
            }
        }
    }
    for (call, signs) in signs {
        let first = signs.first().is_some_and(|sign| *sign != CallSign::Completed);
        let rest = signs.iter().skip(1).all(|sign| *sign == CallSign::Completed);
        if !first || !rest || signs.len() > 1 + MOST_CHANGES {
            wrong.push(format!("{call:?} is entered as {signs:?}"));
        }
    }
    wrong
}
