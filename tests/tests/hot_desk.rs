//! Two agents at one hot desk without a window: one token, but a log, receipt and capture for each agent.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::{path::Path, time::Duration};

use ringside_domain::{
    Account, Agent, Begin, CallId, CallSign, Extension, Filter, Intent, Label, LedgerEntry, NoteEdit, Owner, Place, QueueName,
    SignInPolicy, Timestamp,
};
use ringside_engine::{ShiftReceipt, config::Given};
use ringside_simulator::{CallbackFault, CallbackKind, Party, RingSpec, Simulator};
use ringside_store::Store;
use ringside_tests::{Desk, OWN, PATIENCE, platform};
use ringside_vault::Vault;

const CUSTOMER: &str = "013387525701";
const ALWAYS: (Timestamp, Timestamp) = (Timestamp(0), Timestamp(i64::MAX));

async fn hot_desk(folder: &Path, simulator: &Simulator) -> Desk {
    let given = Given {
        extension: Some(Extension(OWN.into())),
        after_sign_in: Some(SignInPolicy::Available),
        requests_per_second: Some(50.0),
        ..Given::default()
    };
    let mut desk = Desk::open_as(folder, Vault::memory(), given, |parts| {
        parts.place = Place { locked: vec!["agent.extension".into()], ..Place::default() };
    });
    desk.listen(simulator).await;
    desk
}

async fn come(desk: &Desk, simulator: &Simulator, folder: &Path, agent_id: &str, accesskey: Option<&str>) {
    desk.handle.intent(Intent::SignIn {
        account: Account { url: simulator.url().to_string(), appid: "demo".into() },
        agent: Agent { extension: Extension(OWN.into()), agent_id: agent_id.into(), queues: vec![QueueName("queue-1".into())] },
        accesskey: accesskey.map(|key| key.to_owned().into()),
    });
    desk.until(|snapshot| snapshot.label == Label::Available).await;
    entered(folder, |entry| matches!(entry, LedgerEntry::SignedIn { .. })).await;
}

/// Waits until the last entry about signing in or out is `wanted`: it is shown before it is on disk.
async fn entered(folder: &Path, wanted: impl Fn(&LedgerEntry) -> bool) {
    let store = Store::open_to_read(folder).unwrap().unwrap();
    let is_last = || {
        let rows = ShiftReceipt::read(&store, None, ALWAYS.0, ALWAYS.1).unwrap().rows;
        let door = |entry: &&LedgerEntry| matches!(entry, LedgerEntry::SignedIn { .. } | LedgerEntry::SignedOut);
        rows.iter().rev().filter_map(|row| row.entry.as_ref()).find(door).is_some_and(&wanted)
    };
    let entered = async {
        while !is_last() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(PATIENCE, entered).await.expect("the entry is on disk");
}

async fn go(desk: &Desk, simulator: &Simulator, folder: &Path) {
    desk.handle.intent(Intent::SignOut);
    let left = |snapshot: &ringside_domain::Snapshot| snapshot.owner() == Owner::default() && snapshot.recent.is_empty();
    desk.until(left).await;
    entered(folder, |entry| *entry == LedgerEntry::SignedOut).await;
    assert!(simulator.ledger().requests("Logout").is_empty(), "N8: the token belongs to the desk");
}

async fn call(desk: &Desk, simulator: &Simulator, customer: &str, taken: bool) -> CallId {
    let call = simulator.ring(RingSpec::predictive(OWN, customer, "queue-1"));
    let ringing = desk.until(|snapshot| snapshot.label == Label::Ringing).await;
    if taken {
        simulator.answer(call).unwrap();
        desk.until(|snapshot| snapshot.label == Label::OnCall).await;
    }
    simulator.hang_up(call, Party::Customer).unwrap();
    desk.until(|snapshot| snapshot.calls.is_empty()).await;
    ringing.calls[0].id
}

async fn log(desk: &Desk) -> Vec<CallId> {
    desk.handle.log_page(Filter::default(), Begin::Oldest, 0, 99).await.unwrap().iter().map(|row| row.call.id).collect()
}

async fn receipt(desk: &Desk) -> (Vec<CallId>, Vec<String>) {
    let receipt = desk.handle.shift_receipt(ALWAYS.0, ALWAYS.1).await.unwrap();
    let (mut calls, mut agents) = (vec![], vec![]);
    for row in receipt.rows {
        match row.entry.unwrap() {
            LedgerEntry::Call { call, sign: CallSign::Ended } => calls.push(call),
            LedgerEntry::SignedIn { agent_id, .. } => agents.push(agent_id),
            _ => {}
        }
    }
    (calls, agents)
}

#[tokio::test]
async fn agents_of_a_hot_desk_share_a_token_but_not_log_receipt_and_capture() {
    let simulator = platform().await;
    let folder = tempfile::tempdir().unwrap();
    let desk = hot_desk(folder.path(), &simulator).await;
    desk.handle.switch_capture(true).unwrap();
    come(&desk, &simulator, folder.path(), "10", Some("demo-key")).await;
    let first = [call(&desk, &simulator, CUSTOMER, true).await, call(&desk, &simulator, "013387525702", false).await];
    desk.handle.intent(Intent::EditNote { call: first[0], edit: NoteEdit::Text { text: "of the first".into() } });
    let mut revision = 0;
    while desk.handle.log_row(first[0]).await.unwrap().is_none_or(|row| row.note.text.is_empty()) {
        revision = desk.until(|snapshot| snapshot.log.revision > revision).await.log.revision;
    }
    desk.until(|snapshot| snapshot.log.to_do == 1).await;
    assert_eq!(log(&desk).await, first);
    let of_the_first = |captured: &str| captured.contains("SipSignIn") && captured.contains("crmid=10");
    assert!(of_the_first(&desk.handle.captured_text()), "{}", desk.handle.captured_text());
    go(&desk, &simulator, folder.path()).await;
    assert!(log(&desk).await.is_empty() && desk.handle.log_row(first[0]).await.unwrap().is_none());
    assert_eq!(desk.now().log.to_do, 0);

    come(&desk, &simulator, folder.path(), "11", None).await;
    assert!(!of_the_first(&desk.handle.captured_text()), "{}", desk.handle.captured_text());
    assert_eq!(log(&desk).await, []);
    assert_eq!((&desk.now().notices, desk.now().log.to_do), (&vec![], 0));
    let sums = desk.handle.log_sums(vec![ALWAYS.0, ALWAYS.1]).await.unwrap();
    assert_eq!((sums[0].answered, sums[0].missed), (0, 0));
    // The same customer: the first agent's note is not shown.
    let ringing = simulator.ring(RingSpec::predictive(OWN, CUSTOMER, "queue-1"));
    let card = desk.until(|snapshot| snapshot.calls.first().is_some_and(|call| call.looked_up)).await;
    assert_eq!(card.calls[0].last_contact, None);
    simulator.hang_up(ringing, Party::Customer).unwrap();
    desk.until(|snapshot| snapshot.calls.is_empty() && snapshot.log.to_do == 1).await;
    let second = vec![card.calls[0].id];
    assert_eq!(log(&desk).await, second);
    assert_eq!(receipt(&desk).await, (second, vec!["11".to_owned()]));

    go(&desk, &simulator, folder.path()).await;
    come(&desk, &simulator, folder.path(), "10", None).await;
    assert_eq!(log(&desk).await, first);
    assert_eq!(receipt(&desk).await, (first.to_vec(), vec!["10".to_owned(), "10".to_owned()]));
    assert_eq!(simulator.ledger().requests("Login").len(), 1);
    let joined: Vec<String> =
        simulator.ledger().requests("SipSignIn").iter().map(|request| request.parameter("crmid").to_owned()).collect();
    assert_eq!(joined, ["10", "11", "10"]);
    desk.close().await;
}

/// GetBill reads records by the extension. A record belongs to the agent who took its call.
#[tokio::test]
async fn a_record_that_comes_while_another_agent_is_signed_in_stays_with_the_first_agent() {
    let simulator = platform().await;
    let folder = tempfile::tempdir().unwrap();
    let desk = hot_desk(folder.path(), &simulator).await;
    come(&desk, &simulator, folder.path(), "10", Some("demo-key")).await;
    simulator.callback_fault(CallbackKind::Bill, CallbackFault::Drop, None);
    let seen = call(&desk, &simulator, CUSTOMER, true).await;
    go(&desk, &simulator, folder.path()).await;
    come(&desk, &simulator, folder.path(), "11", None).await;
    desk.until(|snapshot| snapshot.log.complete.is_some() && snapshot.log.fetch.is_none()).await;
    assert!(log(&desk).await.is_empty());
    go(&desk, &simulator, folder.path()).await;
    come(&desk, &simulator, folder.path(), "10", None).await;
    let mut revision = 0;
    loop {
        let row = desk.handle.log_row(seen).await.unwrap().unwrap();
        if row.call.record_id.is_some() {
            break assert_eq!(row.call.agent.as_deref(), Some("10"));
        }
        revision = desk.until(|snapshot| snapshot.log.revision > revision).await.log.revision;
    }
    assert_eq!(log(&desk).await, [seen], "once");
    desk.close().await;
}
