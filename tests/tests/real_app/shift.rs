//! A whole shift in the real app. At its end ledger, log and the platform's records agree, call by call.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
    process::Command,
    time::Duration,
};

use ringside_domain::{Begin, CallId, CallOutcome, CallSign, Filter, LedgerEntry, LogRow, QueueName, Timestamp};
use ringside_engine::ShiftReceipt;
use ringside_simulator::{Callback, CallbackFault, CallbackKind, Delivery, Fault, Party, SeatState, Simulator};
use ringside_store::{LedgerRow, Store};
use ringside_tests::{
    OWN,
    desktop::{App, Logind, PATIENCE, Tray, eventually, picture, tell, until},
    platform,
};
use serde_json::Value;

use super::{ANY_PORT, KEY, call_back, ring};

const CALLS: usize = 20;
/// The call during the network outage, which the desk does not see.
const UNSEEN: usize = 11;
const ALWAYS: (Timestamp, Timestamp) = (Timestamp(0), Timestamp(i64::MAX));

#[derive(Clone, Copy, PartialEq)]
enum Fate {
    Missed,
    /// Answered; the next call or the agent ends the wrap-up.
    Talked,
    /// Answered, with a note and a disposition.
    Noted,
}

fn fate(n: usize) -> Fate {
    match n % 5 {
        2 => Fate::Missed,
        4 => Fate::Noted,
        _ => Fate::Talked,
    }
}

fn number(n: usize) -> String {
    format!("0133875257{n:02}")
}

async fn one_call(app: &App, simulator: &Simulator, n: usize) {
    let call = ring(simulator, &number(n));
    app.label("ringing").await;
    if fate(n) == Fate::Missed {
        simulator.miss(call).unwrap();
        return app.label("available").await;
    }
    simulator.answer(call).unwrap();
    app.label("onCall").await;
    simulator.hang_up(call, Party::Customer).unwrap();
    app.label("wrapUp").await;
    if fate(n) == Fate::Noted {
        app.text_with("[data-testid='wrap-up']", &number(n)[8..]).await;
        app.fill("note", &format!("note {n}")).await;
        app.select("[data-testid='dispositions'] [aria-pressed='false']").await.click().await.unwrap();
        app.select("[data-testid='dispositions'] [aria-pressed='true']").await;
    }
    app.click("finish").await;
    until("the after-call work is over", async || !app.has("[data-testid='wrap-up']").await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn ledger_log_and_platform_agree_after_a_whole_shift_in_the_real_app() {
    let simulator = platform().await;
    let logind = Logind::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut driver = Command::new("tauri-driver");
    let (name, address) = logind.variable();
    driver.env(name, address);
    let clock = folder.path().join("clock");
    turn(&clock, "+0");
    // The file sets the wall clock of all processes that the driver starts; the monotonic clock is not changed.
    driver
        .env("LD_PRELOAD", "/usr/$LIB/faketime/libfaketimeMT.so.1")
        .env("FAKETIME_TIMESTAMP_FILE", &clock)
        .envs([("FAKETIME_CACHE_DURATION", "1"), ("FAKETIME_DONT_FAKE_MONOTONIC", "1")]);
    let options = ["--after-sign-in", "available", "--break", "Lunch=30", "--disposition", "Sold", "--disposition", "No interest"];
    let app = App::start_by(driver, folder.path(), &[&ANY_PORT[..], &options].concat()).await;
    app.sign_in(simulator.url().as_str(), KEY, "queue-1").await;
    app.label("available").await;
    app.click("leave-busy").await;
    logind.is_inhibited().await;
    call_back(&app, &simulator).await;

    for n in 0..CALLS {
        match n {
            5 => {
                assert_eq!(app.tell(&["--set", "break:Lunch"]).0, Some(0));
                app.label("break").await;
                assert_eq!(simulator.seat("queue-1", OWN), Some(SeatState::Paused));
                assert_eq!(app.tell(&["--set", "idle"]).0, Some(0));
                app.label("available").await;
            }
            // The record of this call comes by polling.
            7 => simulator.callback_fault(CallbackKind::Bill, CallbackFault::Drop, 1),
            UNSEEN => {
                network_loss(&app, &simulator).await;
                continue;
            }
            15 => {
                logind.prepare_for_sleep().await;
                assert_eq!(simulator.seat("queue-1", OWN), Some(SeatState::Paused), "before the system continued");
                app.label("unconfirmed").await;
                logind.wake().await;
                app.label("busy").await;
                app.click("state-button").await;
                app.label("available").await;
            }
            17 => clock_jump(&app, &simulator, &clock).await,
            _ => {}
        }
        one_call(&app, &simulator, n).await;
    }
    picture("app-shift");
    let recorded = async || {
        let rows = log(&Store::open_to_read(folder.path()).ok()??);
        (rows.len() >= CALLS && rows.iter().all(|row| row.call.record_id.is_some())).then_some(())
    };
    eventually("all records are fetched", recorded).await;
    app.click("nav-settings").await;
    app.click("sign-out").await;
    app.find("submit").await;
    until("out of the queue", async || simulator.seat("queue-1", OWN).is_none()).await;
    let signed_out = async || {
        let rows = ShiftReceipt::read(&Store::open_to_read(folder.path()).ok()??, None, ALWAYS.0, ALWAYS.1).ok()?.rows;
        (entries(&rows).last() == Some(&LedgerEntry::SignedOut)).then_some(())
    };
    eventually("signed out at the platform", signed_out).await;
    Tray::find().await.click("Quit").await;
    app.gone().await;

    let store = Store::open_to_read(folder.path()).unwrap().unwrap();
    let rows = log(&store);
    let answered = log_and_platform_agree(&rows, &simulator);
    let receipt = ShiftReceipt::read(&store, None, ALWAYS.0, ALWAYS.1).unwrap();
    assert_eq!((receipt.chain.broken, receipt.chain.calls.same, receipt.chain.calls.changed.len()), (None, CALLS as u64, 0));
    assert_eq!((receipt.sums.answered, receipt.sums.missed, receipt.sums.no_answer), (answered, CALLS as u64 - answered, 0));
    ledger_and_log_agree(&receipt.rows, &rows);
    ledger_and_platform_agree(&receipt.rows, &simulator);
    let (status, text) = tell(folder.path(), &["receipt", "verify", "--json"]);
    let said: Value = serde_json::from_str(&text).unwrap();
    assert_eq!((status, &said["sound"], said["calls"]["same"].as_u64()), (Some(0), &Value::Bool(true), Some(CALLS as u64)), "{text}");
}

/// A call rings, is answered and ends while neither requests nor callbacks get through.
async fn network_loss(app: &App, simulator: &Simulator) {
    simulator.fault("*", Fault::Reset, None);
    simulator.callback_fault(None, CallbackFault::Drop, None);
    app.label("unconfirmed").await;
    let call = ring(simulator, &number(UNSEEN));
    simulator.answer(call).unwrap();
    simulator.hang_up(call, Party::Customer).unwrap();
    let lost =
        |callback: &Callback| (callback.call, callback.kind, &callback.delivery) == (Some(call), CallbackKind::Bill, &Delivery::Dropped);
    simulator.ledger().wait_for(|entry| entry.callback().is_some_and(lost), PATIENCE).await.unwrap();
    simulator.clear_faults();
    app.label("available").await;
}

/// A sleep that was not announced: an hour has passed, and old states are no longer shown as confirmed.
async fn clock_jump(app: &App, simulator: &Simulator, clock: &Path) {
    simulator.fault("GetQueueSipStatus", Fault::Slow(Duration::from_secs(3)), None);
    turn(clock, "+3600");
    app.label("unconfirmed").await;
    simulator.clear_faults();
    app.label("available").await;
    turn(clock, "+0");
}

fn turn(clock: &Path, by: &str) {
    let next = clock.with_extension("next");
    fs::write(&next, by).unwrap();
    fs::rename(&next, clock).unwrap();
}

fn log(store: &Store) -> Vec<LogRow> {
    store.log(&Filter::default(), Begin::Oldest, 0, 2 * CALLS).unwrap()
}

/// Bills are the platform's records, whether their callbacks arrived or not. Returns the number of answered calls.
fn log_and_platform_agree(rows: &[LogRow], simulator: &Simulator) -> u64 {
    let bills: BTreeMap<String, Value> = simulator
        .ledger()
        .callbacks()
        .into_iter()
        .filter(|callback| callback.kind == CallbackKind::Bill)
        .map(|callback| serde_json::from_str::<Value>(&callback.body).unwrap())
        .map(|bill| (text(&bill["id"]), bill))
        .collect();
    assert_eq!((bills.len(), rows.len()), (CALLS, CALLS));
    let mut numbers = BTreeSet::new();
    for LogRow { call, outcome, note } in rows {
        let bill = &bills[call.record_id.as_ref().unwrap()];
        let n: usize = call.customer_number[10..].parse().unwrap();
        // For a call that the desk did not see, only the billed seconds say whether it was answered (P3).
        let is_said = !bill["answertime"].is_null() && !text(&bill["answertime"]).is_empty();
        let answered = if n == UNSEEN { text(&bill["billsec"]) != "0" } else { is_said };
        assert_eq!(call.customer_number, text(&bill["destnumber"]), "{bill}");
        assert_eq!(call.extension.0, text(&bill["extnumber"]), "{bill}");
        assert_eq!(call.talked_seconds.unwrap().to_string(), text(&bill["billsec"]), "{bill}");
        assert_eq!(call.waited_seconds.unwrap().to_string(), text(&bill["duration"]), "{bill}");
        assert_eq!(call.recording.clone().unwrap_or_default(), text(&bill["recordfilename"]), "{bill}");
        assert_eq!(*outcome, Some(if answered { CallOutcome::Answered } else { CallOutcome::Missed }), "{bill}");
        assert_eq!(is_said, fate(n) != Fate::Missed, "{bill}");
        let (said, disposition) = if fate(n) == Fate::Noted { (format!("note {n}"), Some("Sold")) } else { (String::new(), None) };
        assert_eq!((&note.text, note.disposition.as_deref()), (&said, disposition), "call {n}");
        assert!(numbers.insert(n), "each call once: {n}");
    }
    rows.iter().filter(|row| row.outcome == Some(CallOutcome::Answered)).count() as u64
}

/// A bill's values are numbers or strings (N4).
fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn entries(rows: &[LedgerRow]) -> impl Iterator<Item = &LedgerEntry> {
    rows.iter().map(|row| row.entry.as_ref().unwrap())
}

/// Each call was entered once as ended, in the order of the ends; the unseen call was entered as fetched.
fn ledger_and_log_agree(ledger: &[LedgerRow], rows: &[LogRow]) {
    let signed = |wanted: CallSign| -> Vec<CallId> {
        let one = |entry: &LedgerEntry| match entry {
            LedgerEntry::Call { call, sign } if *sign == wanted => Some(*call),
            _ => None,
        };
        entries(ledger).filter_map(one).collect()
    };
    let (unseen, seen): (Vec<&LogRow>, Vec<&LogRow>) = rows.iter().partition(|row| row.call.customer_number == number(UNSEEN));
    let ids = |rows: Vec<&LogRow>| rows.iter().map(|row| row.call.id).collect::<Vec<_>>();
    assert_eq!(signed(CallSign::Fetched), ids(unseen));
    let mut ended = ids(seen);
    ended.sort_unstable();
    assert_eq!(signed(CallSign::Ended), ended);
}

/// Every wish was confirmed, and no other change was sent; the queue was joined and left once.
fn ledger_and_platform_agree(ledger: &[LedgerRow], simulator: &Simulator) {
    let requests = |service: &str| simulator.ledger().requests(service);
    let wished: Vec<u64> =
        entries(ledger).filter_map(|entry| if let LedgerEntry::Wished { wish, .. } = entry { Some(*wish) } else { None }).collect();
    for wish in &wished {
        let confirmed = LedgerEntry::Confirmed { wish: *wish };
        assert_eq!(entries(ledger).filter(|entry| **entry == confirmed).count(), 1, "{wish}");
    }
    assert_eq!(requests("SetSeatsStatus").len(), wished.len());
    let queue = QueueName("queue-1".into());
    assert_eq!((requests("SipSignIn").len(), requests("SipSignOut").len(), requests("Logout").len()), (1, 1, 1));
    let of = |wanted: &LedgerEntry| entries(ledger).filter(|entry| *entry == wanted).count();
    assert_eq!(of(&LedgerEntry::QueueJoined { queue: queue.clone(), already: false }), 1);
    assert_eq!(of(&LedgerEntry::SigningOut { queues: vec![queue] }), 1);
    assert_eq!(entries(ledger).last(), Some(&LedgerEntry::SignedOut));
}
