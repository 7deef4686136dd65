//! The customer of a call, the use of the customer's number, and whether the call was answered.

use std::time::Duration;

use ringside_domain::*;

use crate::desk::*;

const CUSTOMER: &str = "13800000001";
const COMPANY: &str = "02566823420";

fn incoming(status: LegStatus, uuid: &str, caller: &str) -> LegEvent {
    LegEvent {
        caller: caller.into(),
        callee: OWN.into(),
        direction: Direction::Incoming,
        method: Method::Ivr,
        display_number: String::new(),
        ..leg(status, uuid)
    }
}

fn incoming_bill(uuid: Option<&str>, called: &str, calling: &str, from: Timestamp) -> CallRecord {
    CallRecord {
        customer_number: called.into(),
        display_number: calling.into(),
        direction: Direction::Incoming,
        method: Method::Ivr,
        ..record(uuid, from)
    }
}

fn only_row(desk: &Desk) -> Call {
    let rows: Vec<Call> = desk.log().into_values().collect();
    assert_eq!(rows.len(), 1, "{rows:?}");
    rows[0].clone()
}

fn give(desk: &mut Desk, records: Vec<CallRecord>) {
    desk.pass_seconds(600);
    desk.answer(|request| matches!(request, Request::ReadRecords { .. }), Ok(Outcome::Records(records)));
}

#[test]
fn fc1_the_customer_of_an_incoming_bill_is_the_caller() {
    for called in [OWN, COMPANY] {
        for uuid in [Some("a"), None] {
            for heard in [true, false] {
                let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
                let from = desk.now.wall;
                if heard {
                    desk.leg(incoming(LegStatus::Ring, "a", CUSTOMER));
                    desk.leg(incoming(LegStatus::Answer, "a", CUSTOMER));
                    desk.pass_seconds(34);
                    desk.leg(incoming(LegStatus::Hangup, "a", CUSTOMER));
                }
                let bill = incoming_bill(uuid, called, CUSTOMER, from);
                desk.record(bill.clone());
                give(&mut desk, vec![CallRecord { uuid: None, ..bill }]);
                let row = only_row(&desk);
                assert_eq!(row.customer_number, CUSTOMER, "{called} {uuid:?} {heard}");
                assert_ne!(row.display_number, OWN);
            }
        }
    }
}

/// By the documentation, the customer is in `destnumber`. The number known from signals decides.
#[test]
fn fc1_the_number_from_signals_decides_between_two_numbers() {
    for uuid in [Some("a"), None] {
        let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
        let from = desk.now.wall;
        desk.leg(incoming(LegStatus::Ring, "a", CUSTOMER));
        desk.pass_seconds(34);
        desk.leg(incoming(LegStatus::Hangup, "a", CUSTOMER));
        desk.record(incoming_bill(uuid, CUSTOMER, COMPANY, from));
        let row = only_row(&desk);
        assert_eq!((row.customer_number.as_str(), row.display_number.as_str()), (CUSTOMER, COMPANY), "{uuid:?}");
    }
}

#[test]
fn fc1_between_two_extensions_the_other_one_is_the_customer() {
    for (direction, called, calling) in [
        (Direction::Incoming, OWN, "100002"),
        (Direction::Outgoing, OWN, "100002"),
        (Direction::Outgoing, "100002", OWN),
        (Direction::Incoming, "100002", OWN),
    ] {
        for uuid in [Some("a"), None] {
            let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
            let from = desk.now.wall;
            let event = |status| LegEvent { method: Method::Internal, ..incoming(status, "a", "100002") };
            desk.leg(event(LegStatus::Ring));
            desk.leg(event(LegStatus::Answer));
            desk.pass_seconds(34);
            desk.leg(event(LegStatus::Hangup));
            desk.record(CallRecord { direction, method: Method::Internal, ..incoming_bill(uuid, called, calling, from) });
            assert_eq!(only_row(&desk).customer_number, "100002", "{direction:?} {called} {calling}");
        }
    }
}

#[test]
fn fc1_the_own_extension_is_recognised_in_any_spelling() {
    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
    let own = format!("sip:{OWN}@pbx");
    desk.leg(LegEvent { callee: own.clone(), direction: Direction::Outgoing, ..incoming(LegStatus::Ring, "a", CUSTOMER) });
    assert_eq!(desk.snapshot().calls[0].customer_number, CUSTOMER);
    desk.record(incoming_bill(Some("a"), &own, CUSTOMER, desk.now.wall));
    assert_eq!(only_row(&desk).customer_number, CUSTOMER);
}

#[test]
fn fc3_a_call_without_talking_time_is_missed() {
    for (ending, heard) in [(Ending::Cancelled, true), (Ending::Normal, true), (Ending::Cancelled, false), (Ending::NoAnswer, false)] {
        let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
        let from = desk.now.wall;
        if heard {
            desk.leg(leg(LegStatus::Ring, "a"));
            desk.pass_seconds(5);
            desk.leg(leg(LegStatus::Hangup, "a"));
        }
        let ended_at = Some(from.plus(Duration::from_secs(5)));
        let bill = CallRecord { answered_at: ended_at, ended_at, talked_seconds: 0, ending, ..record(Some("a"), from) };
        desk.record(bill);
        let row = LogRow::new(only_row(&desk), Note::default());
        assert_eq!((row.outcome, row.is_to_do()), (Some(CallOutcome::Missed), true), "{ending:?} {heard}");
        assert!(!desk.snapshot().recent[0].answered);
    }
}

#[test]
fn fc4_a_withheld_number_has_no_contact_no_page_and_no_call_back() {
    for number in ["anonymous", "Restricted", "unknown", "0", "匿名", "sip:anonymous@anonymous.invalid", "-", ""] {
        let settings = Settings {
            crm: CrmSettings { mode: Some(CrmMode::OnRing), template: Some("https://crm.example.com/?n={customer_number}".into()) },
            ..Settings::default()
        };
        let saved = SavedState { settings, ..SavedState::default() };
        let mut desk = Desk::new(Start { saved, crm_schemes: vec!["https".into()], ..start() });
        desk.sign_in(&["queue-1"]);
        desk.answer(|request| is_join(request, "queue-1"), Ok(Outcome::Joined { already: true }));
        desk.answer_seats(SeatState::Waiting);
        let known = CallRecord { customer_number: number.into(), ..record(Some("z"), desk.now.wall.minus(Duration::from_secs(900))) };
        desk.record(known);
        desk.contact = desk.log().into_values().next().map(|call| LogRow::new(call, Note { text: "another's".into(), ..Note::default() }));
        desk.leg(incoming(LegStatus::Ring, "a", number));
        let snapshot = desk.leg(incoming(LegStatus::Ring, "b", number));
        assert_eq!(snapshot.calls.iter().filter(|call| call.card).count(), 2, "{number}");
        for call in &snapshot.calls {
            assert!(call.looked_up && call.last_contact.is_none(), "{number}");
            assert_eq!(call.customer_number, "", "the UI shows a text of its own");
        }
        let call = snapshot.calls[0].id;
        desk.intent(Intent::OpenCrm { call });
        assert!(desk.opened.is_empty(), "{number}: {:?}", desk.opened);
        assert_eq!(desk.saved_calls.last().unwrap().customer_number, number, "stored as sent");
        let row = LogRow::new(desk.saved_calls.last().unwrap().clone(), Note::default());
        assert_eq!(row.seen().call.customer_number, "", "in the log as well");
        for uuid in ["a", "b"] {
            desk.leg(incoming(LegStatus::Hangup, uuid, number));
        }
        let snapshot = desk.snapshot();
        assert!(
            snapshot
                .notices
                .iter()
                .all(|notice| matches!(&notice.what, NoticeKind::Missed { customer_number, .. } if customer_number.is_empty()))
        );
        assert!(snapshot.recent.iter().all(|call| call.customer_number.is_empty()));
        desk.answer_seats(SeatState::Waiting);
        assert!(desk.snapshot().call_back.offered);
        desk.intent(Intent::CallBack { call });
        assert!(!desk.is_asked(|request| matches!(request, Request::CallBack(_))), "{number}");
        assert_eq!(desk.snapshot().call_back.last, None);
    }
}

/// Calls with a withheld number are matched, too: readings, callbacks and bill of one call make one row.
#[test]
fn fc4_the_signals_of_one_withheld_call_make_one_row() {
    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
    let reading = |state| {
        Outcome::Phone(PhoneReading {
            phone: Phone::Ready,
            state,
            caller: Some("anonymous".into()),
            callee: Some(OWN.into()),
            display_number: None,
            direction: Some(Direction::Incoming),
        })
    };
    desk.answer_phone(reading(PhoneState::Ringing));
    let from = desk.now.wall;
    assert_eq!(desk.leg(incoming(LegStatus::Ring, "a", "anonymous")).calls.len(), 1);
    desk.answer_phone(reading(PhoneState::Talking));
    desk.pass_seconds(10);
    desk.answer_phone(phone(PhoneState::Idle));
    let ended_at = Some(desk.now.wall.second());
    give(&mut desk, vec![CallRecord { ended_at, ..incoming_bill(None, COMPANY, "Restricted", from) }]);
    assert_eq!(only_row(&desk).uuid.as_deref(), Some("a"));
}

/// A page that names the customer by other data can be opened.
#[test]
fn fc4_a_withheld_customer_known_by_other_data_has_a_page() {
    let crm =
        CrmSettings { mode: Some(CrmMode::OnRing), template: Some("https://crm.example.com/{customer_id}?n={customer_number}".into()) };
    let saved = SavedState { settings: Settings { crm, ..Settings::default() }, ..SavedState::default() };
    let mut desk = Desk::new(Start { saved, crm_schemes: vec!["https".into()], ..start() });
    desk.sign_in(&["queue-1"]);
    desk.leg(LegEvent { customer_id: Some("c7".into()), ..incoming(LegStatus::Ring, "a", "anonymous") });
    assert_eq!(desk.opened, ["https://crm.example.com/c7?n="]);
}

#[test]
fn fc21_a_value_missing_in_a_record_removes_nothing() {
    let bill = |from| CallRecord { answered_at: None, ..record(Some("a"), from) };
    for (talked_seconds, ending, answered) in [
        (30, Ending::Normal, true),
        (0, Ending::Normal, true),
        (0, Ending::Other(0), true),
        (0, Ending::Cancelled, false),
        (0, Ending::NoAnswer, false),
    ] {
        let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
        let from = desk.now.wall;
        for status in [LegStatus::Ring, LegStatus::Answer, LegStatus::Hangup] {
            desk.leg(leg(status, "a"));
            desk.pass_seconds(2);
        }
        desk.record(CallRecord { talked_seconds, ending, ..bill(from) });
        assert_eq!(only_row(&desk).answered_at.is_some(), answered, "{talked_seconds} {ending:?}");
    }
    // Billed, although no signal came.
    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
    let from = desk.now.wall;
    desk.record(bill(from));
    assert_eq!(only_row(&desk).answered_at, Some(from.plus(Duration::from_secs(4))));
}

#[test]
fn fc21_a_bill_without_times_completes_its_call_and_keeps_the_known_times() {
    let undated = |desk: &Desk, uuid| CallRecord { undated: true, answered_at: None, ended_at: None, ..record(uuid, desk.now.wall) };
    for uuid in [Some("a"), None] {
        let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
        let from = desk.now.wall;
        for status in [LegStatus::Ring, LegStatus::Answer, LegStatus::Hangup] {
            desk.leg(leg(status, "a"));
            desk.pass_seconds(4);
        }
        desk.pass_seconds(20);
        for _ in 0..2 {
            let bill = CallRecord { record_id: uuid.map(str::to_owned), ..undated(&desk, uuid) };
            desk.record(bill);
            let row = only_row(&desk);
            assert_eq!((row.started_at, row.ended_at), (from, Some(from.plus(Duration::from_secs(8)))), "{uuid:?}");
            assert!(row.answered_at == Some(from.plus(Duration::from_secs(4))) && row.recording.is_some());
            desk.pass_seconds(60);
        }
    }
    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
    let bill = undated(&desk, Some("a"));
    desk.record(bill.clone());
    desk.record(bill);
    let row = only_row(&desk);
    assert_eq!((row.talked_seconds, row.ended_at), (Some(30), Some(desk.now.wall)), "a call without signals");
}
