//! The call log without a window: one log of callbacks and bills, the agent's notes, and exports.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::{collections::BTreeSet, fs, path::Path, time::Duration};

use ringside_domain::{
    Account, Agent, Begin, CallOutcome, Cursor, ExportFormat, ExportState, Extension, Filter, Intent, Label, LogRow, NoteEdit, QueueName,
    Timestamp,
};
use ringside_engine::config::Given;
use ringside_simulator::{CallbackFault, CallbackKind, Clock, Options, Party, QueueSpec, RingSpec, Simulator};
use ringside_tests::{Desk, OWN, platform};
use ringside_vault::Vault;

const CUSTOMER: &str = "013387525701";
const DAY: Duration = Duration::from_secs(24 * 3600);

/// A desk without a narrow budget of requests.
fn open(folder: &Path, vault: Vault) -> Desk {
    Desk::open_with(folder, vault, Given { requests_per_second: Some(50.0), ..Given::default() })
}

/// The whole log, page by page, the oldest call first.
async fn log(desk: &Desk) -> Vec<LogRow> {
    let mut rows: Vec<LogRow> = Vec::new();
    loop {
        let begin = rows.last().map_or(Begin::Oldest, |row| Begin::After(Cursor::after(&row.call)));
        let page = desk.handle.log_page(Filter::default(), begin, 0, 500).await.unwrap();
        if page.is_empty() {
            return rows;
        }
        rows.extend(page);
    }
}

fn record_ids(rows: &[LogRow]) -> BTreeSet<&str> {
    rows.iter().filter_map(|row| row.call.record_id.as_deref()).collect()
}

async fn all_fetched(desk: &Desk) {
    let since = desk.clock_now().minus(89 * DAY);
    desk.until(|snapshot| snapshot.log.fetch.is_none() && snapshot.log.complete.is_some_and(|span| span.since < since)).await;
}

/// A call of this customer that the agent answers and that ends.
async fn talk(desk: &Desk, simulator: &Simulator, customer: &str) {
    let call = simulator.ring(RingSpec::predictive(OWN, customer, "queue-1"));
    desk.until(|snapshot| snapshot.label == Label::Ringing).await;
    simulator.answer(call).unwrap();
    desk.until(|snapshot| snapshot.label == Label::OnCall).await;
    simulator.hang_up(call, Party::Customer).unwrap();
    desk.until(|snapshot| snapshot.calls.is_empty()).await;
}

#[tokio::test]
async fn a_first_fetch_that_a_restart_interrupts_has_every_call_once() {
    let simulator = Simulator::local(Options { past_bills: 5_000, ..Options::test() }).await.unwrap();
    let (folder, vault) = (tempfile::tempdir().unwrap(), Vault::memory());
    let desk = open(folder.path(), vault.clone());
    desk.sign_in(&simulator, "demo-key", &[]);
    let part = desk.until(|snapshot| snapshot.log.fetch.is_some_and(|fetch| fetch.done >= 3)).await;
    assert!(part.log.fetch.unwrap().total >= 90 && !part.log.gaps.is_empty());
    let first = log(&desk).await.len();
    assert!((1..5_000).contains(&first), "in the middle: {first}");
    desk.close().await;
    let mark = simulator.ledger().mark();

    let desk = open(folder.path(), vault);
    all_fetched(&desk).await;
    let rows = log(&desk).await;
    assert_eq!((rows.len(), record_ids(&rows).len()), (5_000, 5_000));
    assert!(rows.is_sorted_by_key(|row| (row.call.started_at, row.call.id)));
    let again = simulator.ledger().entries_after(mark).iter().filter(|entry| entry.request("GetBill").is_some()).count();
    assert!(again < 91, "the fetch continued: {again}");
    assert!(simulator.ledger().requests("GetBill").iter().all(|request| request.parameter("syncflag") == "3"), "N10");

    let boundaries = [desk.clock_now().minus(30 * DAY), desk.clock_now().minus(3 * DAY), desk.clock_now()];
    let counts = desk.handle.log_counts(Filter::default(), boundaries.to_vec()).await.unwrap();
    assert_eq!(counts.iter().sum::<u64>(), 5_000);
    let sums = desk.handle.log_sums(boundaries.to_vec()).await.unwrap();
    let answered = rows.iter().filter(|row| row.outcome == Some(CallOutcome::Answered)).count() as u64;
    assert_eq!(sums.iter().map(|sums| sums.answered).sum::<u64>(), answered);
    desk.close().await;
}

#[tokio::test]
async fn callbacks_and_bills_of_the_same_calls_give_one_row_each() {
    let simulator = platform().await;
    let folder = tempfile::tempdir().unwrap();
    let desk = Desk::available(folder.path(), &simulator, &["queue-1"]).await;
    // Some calls have all callbacks, some lack the bill's, some have the bill only.
    for number in 0..6 {
        match number % 3 {
            0 => {}
            1 => simulator.callback_fault(CallbackKind::Bill, CallbackFault::Drop, 1),
            _ => simulator.callback_fault(None, CallbackFault::Drop, None),
        }
        let customer = format!("0133875257{number:02}");
        if number % 3 == 2 {
            let call = simulator.ring(RingSpec::predictive(OWN, &customer, "queue-1"));
            simulator.answer(call).unwrap();
            simulator.hang_up(call, Party::Agent).unwrap();
            simulator.clear_faults();
        } else {
            talk(&desk, &simulator, &customer).await;
        }
    }
    desk.handle.intent(Intent::FetchLog { on: true });
    let mut revision = 0;
    let rows = loop {
        let rows = log(&desk).await;
        if rows.len() >= 6 && rows.iter().all(|row| row.call.record_id.is_some()) {
            break rows;
        }
        revision = desk.until(|snapshot| snapshot.log.revision > revision).await.log.revision;
    };
    assert_eq!((rows.len(), record_ids(&rows).len()), (6, 6));
    let customers: BTreeSet<&str> = rows.iter().map(|row| row.call.customer_number.as_str()).collect();
    assert_eq!(customers.len(), 6);
    assert!(rows.iter().all(|row| row.outcome == Some(CallOutcome::Answered)));
    desk.close().await;
}

#[tokio::test]
async fn a_note_survives_the_calls_record_and_is_shown_at_the_customers_next_ring() {
    let simulator = platform().await;
    let folder = tempfile::tempdir().unwrap();
    let desk = Desk::available(folder.path(), &simulator, &["queue-1"]).await;
    simulator.callback_fault(CallbackKind::Bill, CallbackFault::Drop, None);
    talk(&desk, &simulator, CUSTOMER).await;
    let call = desk.now().recent[0].id;
    let before = desk.handle.log_row(call).await.unwrap().unwrap();
    assert_eq!(before.call.talked_seconds, None, "no record yet");
    for edit in [NoteEdit::Text { text: "=1+1, 问保险".into() }, NoteEdit::Disposition { disposition: Some("Sold".into()) }] {
        desk.handle.intent(Intent::EditNote { call, edit });
    }
    desk.handle.intent(Intent::FetchLog { on: true });
    desk.until(|snapshot| snapshot.recent[0].recording).await;
    let mut revision = 0;
    let row = loop {
        let row = desk.handle.log_row(call).await.unwrap().unwrap();
        if row.call.talked_seconds.is_some() && row.note.disposition.is_some() {
            break row;
        }
        revision = desk.until(|snapshot| snapshot.log.revision > revision).await.log.revision;
    };
    assert_eq!((row.note.text.as_str(), row.note.disposition.as_deref()), ("=1+1, 问保险", Some("Sold")));
    let found = |text: &str| Filter { text: text.into(), ..Filter::default() };
    assert_eq!(desk.handle.log_page(found("保险"), Begin::Newest, 0, 9).await.unwrap(), [row]);

    simulator.ring(RingSpec::predictive(OWN, CUSTOMER, "queue-1"));
    let ringing = desk.until(|snapshot| snapshot.calls.first().is_some_and(|call| call.looked_up)).await;
    let contact = ringing.calls[0].last_contact.clone().unwrap();
    assert_eq!((contact.disposition.as_deref(), contact.note.as_str()), (Some("Sold"), "=1+1, 问保险"));
    desk.close().await;
}

#[tokio::test]
async fn a_bill_that_comes_again_long_after_its_call_creates_no_second_row() {
    let simulator = Simulator::local(Options { past_bills: 900, ..Options::test() }).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let mut desk = open(folder.path(), Vault::memory());
    desk.listen(&simulator).await;
    desk.sign_in(&simulator, "demo-key", &[]);
    all_fetched(&desk).await;
    let old = log(&desk).await.remove(0).call;
    let local = |at: Timestamp| {
        let at = jiff::Timestamp::from_millisecond(at.0).unwrap();
        jiff::tz::Offset::constant(8).to_datetime(at).strftime("%Y-%m-%d %H:%M:%S").to_string()
    };
    let bill = |talked: u32| {
        serde_json::json!({
            "id": old.record_id, "extnumber": OWN, "destnumber": old.customer_number, "disnumber": old.display_number,
            "type": if old.direction == ringside_domain::Direction::Incoming { "callin" } else { "callout" },
            "callmethod": old.method.code(), "starttime": local(old.started_at), "endtime": local(old.ended_at.unwrap()),
            "answertime": "", "duration": 3, "billsec": talked, "hangupdirection": 10041, "hangupcause": 10001,
        })
    };
    let revision = desk.now().log.revision;
    assert!(simulator.deliver_raw(bill(77).to_string(), "application/json").await.is_accepted());
    desk.until(|snapshot| snapshot.log.revision > revision).await;
    let rows = log(&desk).await;
    assert_eq!(rows.len(), 900);
    let row = rows.iter().find(|row| row.call.id == old.id).unwrap();
    assert_eq!(row.call.talked_seconds, Some(77), "the last record counts");
    desk.close().await;
}

#[tokio::test]
async fn agents_who_share_a_data_folder_see_only_their_own_calls() {
    // Without wrap-up, which the other agent's sign-in would break off and leave as something to do.
    let queues = vec![QueueSpec { wrap_up: 0, ..QueueSpec::new("queue-1", "Renewals") }];
    let simulator = Simulator::local(Options { queues, ..Options::test() }).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let desk = Desk::available(folder.path(), &simulator, &["queue-1"]).await;
    talk(&desk, &simulator, CUSTOMER).await;
    let missed = simulator.ring(RingSpec::predictive(OWN, "0133", "queue-1"));
    desk.until(|snapshot| snapshot.label == Label::Ringing).await;
    simulator.miss(missed).unwrap();
    desk.until(|snapshot| snapshot.log.to_do == 1 && snapshot.recent.len() == 2).await;
    let own = log(&desk).await;
    assert_eq!(own.len(), 2);

    let sign_in = |extension: &str| {
        let agent = Agent { extension: Extension(extension.into()), agent_id: "11".into(), queues: vec![QueueName("queue-1".into())] };
        let account = Account { url: simulator.url().into(), appid: "demo".into() };
        desk.handle.intent(Intent::SignIn { account, agent, accesskey: Some("demo-key".to_owned().into()) });
    };
    let revision = desk.now().log.revision;
    // Busy after it: availability was the first agent's choice.
    sign_in("100002");
    let other = desk.until(|snapshot| snapshot.log.to_do == 0 && snapshot.recent.is_empty() && snapshot.label == Label::Busy).await;
    assert!(other.log.revision > revision, "views read the log again");
    assert_eq!(log(&desk).await, []);
    let day = [desk.clock_now().minus(DAY), desk.clock_now()];
    assert_eq!(desk.handle.log_sums(day.to_vec()).await.unwrap(), [ringside_domain::Sums::default()]);
    // This agent has no contact with the same customer.
    let call = simulator.ring(RingSpec::predictive("100002", CUSTOMER, "queue-1"));
    let ringing = desk.until(|snapshot| snapshot.calls.first().is_some_and(|call| call.looked_up)).await;
    assert_eq!(ringing.calls[0].last_contact, None);
    simulator.answer(call).unwrap();
    simulator.hang_up(call, Party::Customer).unwrap();
    desk.until(|snapshot| snapshot.recent.len() == 1).await;

    sign_in(OWN);
    desk.until(|snapshot| snapshot.log.to_do == 1 && snapshot.recent.len() == 2).await;
    let again = log(&desk).await;
    assert_eq!(again.iter().map(|row| row.call.id).collect::<Vec<_>>(), own.iter().map(|row| row.call.id).collect::<Vec<_>>());
    desk.close().await;
}

#[tokio::test]
async fn fs25_a_call_that_began_after_this_computers_time_is_exported() {
    let queues = vec![QueueSpec { wrap_up: 0, ..QueueSpec::new("queue-1", "Renewals") }];
    // As if this computer's clock were slow.
    let clock = Clock::ahead(jiff::SignedDuration::from_secs(90));
    let simulator = Simulator::local(Options { queues, clock, ..Options::test() }).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let desk = Desk::available(folder.path(), &simulator, &["queue-1"]).await;
    talk(&desk, &simulator, CUSTOMER).await;
    let rows = loop {
        let revision = desk.now().log.revision;
        let rows = log(&desk).await;
        if rows.iter().any(|row| row.call.record_id.is_some()) {
            break rows;
        }
        desk.until(|snapshot| snapshot.log.revision > revision).await;
    };
    assert!(rows.last().unwrap().call.started_at > desk.clock_now().plus(Duration::from_secs(30)), "by the platform's clock");
    for filter in [Filter::default(), Filter { from: Some(Timestamp(0)), ..Filter::default() }] {
        desk.handle.intent(Intent::ExportLog { filter, format: ExportFormat::JsonLines });
        let is_done = |state: &ExportState| matches!(state, ExportState::Done { .. });
        let done = desk.until(|snapshot| snapshot.log.export.as_ref().is_some_and(|export| is_done(&export.state))).await;
        let Some(ExportState::Done { path }) = done.log.export.as_ref().map(|export| &export.state) else { panic!() };
        assert_eq!(fs::read_to_string(path).unwrap().lines().count(), rows.len());
        desk.handle.intent(Intent::EndExport);
        desk.until(|snapshot| snapshot.log.export.is_none()).await;
    }
    desk.close().await;
}

#[tokio::test]
async fn an_export_contains_the_filtered_calls_and_can_be_read_again() {
    let simulator = Simulator::local(Options { past_bills: 1_200, ..Options::test() }).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let desk = open(folder.path(), Vault::memory());
    desk.sign_in(&simulator, "demo-key", &[]);
    all_fetched(&desk).await;
    let rows = log(&desk).await;
    let call = rows[5].call.id;
    desk.handle.intent(Intent::EditNote { call, edit: NoteEdit::Text { text: "=HYPERLINK(\"x\"),\n二".into() } });
    let revision = desk.now().log.revision;
    desk.until(|snapshot| snapshot.log.revision > revision).await;
    let rows = log(&desk).await;

    let export = async |filter: Filter, format| {
        desk.handle.intent(Intent::ExportLog { filter, format });
        let done =
            desk.until(|snapshot| matches!(snapshot.log.export.as_ref().map(|export| &export.state), Some(ExportState::Done { .. }))).await;
        desk.handle.intent(Intent::EndExport);
        desk.until(|snapshot| snapshot.log.export.is_none()).await;
        let export = done.log.export.clone().unwrap();
        assert_eq!(export.written, export.total);
        let ExportState::Done { path } = export.state else { panic!() };
        path
    };
    let path = export(Filter::default(), ExportFormat::JsonLines).await;
    let text = fs::read_to_string(&path).unwrap();
    let read: Vec<LogRow> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(read, rows);
    #[cfg(unix)]
    assert_eq!(std::os::unix::fs::PermissionsExt::mode(&fs::metadata(&path).unwrap().permissions()) & 0o777, 0o600);

    let noted = Filter { text: "二".into(), ..Filter::default() };
    let path = export(noted, ExportFormat::Csv).await;
    let text = fs::read_to_string(&path).unwrap();
    let text = text.strip_prefix('\u{feff}').expect("a byte order mark");
    assert!(text.starts_with("started,direction,customer_number,"), "{text}");
    assert!(text.contains(",\"'=HYPERLINK(\"\"x\"\"),\n二\","), "no formula: {text}");
    assert_eq!(text.matches("\r\n").count(), 2, "the header and one call");
    let parts = fs::read_dir(folder.path().join("exports"))
        .unwrap()
        .filter(|file| file.as_ref().unwrap().path().extension().is_some_and(|name| name == "part"));
    assert_eq!(parts.count(), 0);
    desk.close().await;
}
