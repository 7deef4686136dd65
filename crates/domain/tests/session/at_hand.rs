//! The calls in memory: which open and ended calls are in view, and what removes them from view.

use std::time::Duration;

use ringside_domain::*;

use crate::desk::*;

const CUSTOMER: &str = "013387525701";

fn cards(snapshot: &Snapshot) -> usize {
    snapshot.calls.iter().filter(|call| call.card).count()
}

fn listens(desk: &mut Desk) {
    let report = ShellReport::Listening { url: "http://127.0.0.1:1/callbacks/s".into(), shown: "…".into(), public: false };
    desk.apply(Input::Report(report));
}

/// Starts a test and lets its ring arrive; returns the call.
fn test_ring(desk: &mut Desk) -> CallId {
    desk.intent(Intent::TestCallback);
    let Some((_, Request::PostTestRing(ring))) = desk.asked.last() else { panic!("{:?}", desk.asked) };
    let event = leg(LegStatus::Ring, &ring.uuid);
    let snapshot = desk.leg(event);
    let tests: Vec<CallId> = snapshot.calls.iter().filter(|call| call.test).map(|call| call.id).collect();
    assert_eq!(tests.len(), 1, "{:?}", snapshot.calls);
    tests[0]
}

fn late_ring(desk: &mut Desk, uuid: &str) {
    let started_at = Some(desk.now.wall.minus(Duration::from_secs(60)));
    desk.leg(LegEvent { started_at, ..leg(LegStatus::Ring, uuid) });
}

fn fails_to_read_the_phone(desk: &mut Desk) {
    desk.answer(|request| matches!(request, Request::ReadPhone { .. }), Err(problem(ProblemCode::Unreachable, true)));
}

#[test]
fn a_second_sign_in_of_the_same_agent_keeps_the_card_of_a_ring() {
    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
    desk.leg(leg(LegStatus::Ring, "a"));
    desk.sign_in(&["queue-2"]);
    assert_eq!(cards(&desk.snapshot()), 1, "{:?}", desk.snapshot().calls);
}

#[test]
fn an_old_ring_is_shown_at_once_if_the_phone_cannot_be_read() {
    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
    desk.pass_seconds(2);
    desk.answer_where(|request| matches!(request, Request::ReadPhone { .. }), |_| Ok(phone(PhoneState::Idle)));
    late_ring(&mut desk, "a");
    assert_eq!(cards(&desk.snapshot()), 0);
    let rang = desk.now.mono;
    fails_to_read_the_phone(&mut desk);
    assert!(desk.now.mono < rang + Duration::from_secs(3), "before the time limit would show it");
    assert_eq!(cards(&desk.snapshot()), 1);
}

/// The reading does not say which of the two calls rings, so each may be the one.
#[test]
fn with_two_calls_a_ringing_phone_shows_the_old_ring() {
    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
    desk.pass_seconds(2);
    desk.answer_where(|request| matches!(request, Request::ReadPhone { .. }), |_| Ok(phone(PhoneState::Idle)));
    desk.leg(LegEvent { callee: "013900000000".into(), ..leg(LegStatus::Ring, "b") });
    late_ring(&mut desk, "a");
    assert_eq!((desk.snapshot().calls.len(), cards(&desk.snapshot())), (2, 1));
    let rang = desk.now.mono;
    desk.answer(|request| matches!(request, Request::ReadPhone { .. }), Ok(phone_with(PhoneState::Ringing, CUSTOMER)));
    assert!(desk.now.mono < rang + Duration::from_secs(3));
    assert_eq!(cards(&desk.snapshot()), 2, "{:?}", desk.snapshot().calls);
}

#[test]
fn a_hidden_card_disappears_while_its_call_goes_on() {
    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
    let first = desk.leg(leg(LegStatus::Ring, "a")).calls[0].id;
    desk.leg(LegEvent { callee: "013900000000".into(), ..leg(LegStatus::Ring, "b") });
    let snapshot = desk.intent(Intent::HideCard { call: first });
    assert_eq!((snapshot.calls.len(), cards(&snapshot)), (2, 1));
    assert!(snapshot.calls.iter().all(|call| call.card != (call.id == first)), "{:?}", snapshot.calls);
}

#[test]
fn hiding_a_test_card_ends_the_test_call() {
    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
    listens(&mut desk);
    let ring = desk.leg(leg(LegStatus::Ring, "a")).calls[0].id;
    let test = test_ring(&mut desk);
    assert_eq!(desk.intent(Intent::HideCard { call: ring }).calls.len(), 2, "the test card stays");
    let snapshot = desk.intent(Intent::HideCard { call: test });
    assert_eq!(snapshot.calls.iter().map(|call| call.id).collect::<Vec<_>>(), [ring]);
}

#[test]
fn a_second_test_replaces_the_first_test_but_no_call() {
    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
    listens(&mut desk);
    let ring = desk.leg(leg(LegStatus::Ring, "a")).calls[0].id;
    let first = test_ring(&mut desk);
    desk.pass_seconds(1);
    let second = test_ring(&mut desk);
    assert_ne!(first, second);
    assert_eq!(desk.snapshot().calls.iter().map(|call| call.id).collect::<Vec<_>>(), [ring, second]);
}

/// A desk without a sign-in has no other deadlines.
#[test]
fn the_deadline_is_the_end_of_a_card() {
    let mut desk = Desk::new(start());
    let account = Account { url: "https://call.example.com/".into(), appid: "acme".into() };
    desk.intent(Intent::SignIn { account, agent: agent(&["queue-1"]), accesskey: Some("k".into()) });
    desk.answer(|request| matches!(request, Request::SignIn { .. }), Err(problem(ProblemCode::WrongAccesskey, false)));
    listens(&mut desk);
    test_ring(&mut desk);
    assert_eq!(desk.session.next_deadline(), Some(desk.now.mono + Duration::from_secs(5)));
    desk.pass_seconds(5);
    assert!(desk.snapshot().calls.is_empty());
    desk.leg(leg(LegStatus::Ring, "a"));
    assert_eq!(desk.session.next_deadline(), Some(desk.now.mono + Duration::from_secs(120)));
}

#[test]
fn the_caller_of_a_call_from_the_last_run_is_looked_up() {
    let mut before = Desk::in_queues(&["queue-1"], SeatState::Waiting);
    before.leg(leg(LegStatus::Ring, "a"));
    let saved = before.saved.clone();
    let desk = Desk::new(Start { saved, calls: before.log().into_values().collect(), next_call_id: 2, ..start() });
    let call = &desk.snapshot().calls[0];
    assert!(call.looked_up && call.last_contact.is_none(), "{call:?}");
}

#[test]
fn the_talking_time_is_shown_before_the_record_comes() {
    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
    desk.leg(leg(LegStatus::Ring, "a"));
    desk.pass_seconds(4);
    desk.leg(leg(LegStatus::Answer, "a"));
    desk.pass_seconds(34);
    assert_eq!(desk.leg(leg(LegStatus::Hangup, "a")).recent[0].talked_seconds, 34);
    desk.leg(leg(LegStatus::Ring, "b"));
    assert_eq!(desk.leg(leg(LegStatus::Hangup, "b")).recent[0].talked_seconds, 0);
}

/// Only the customer's leg gave signals, none came of the agent's phone.
#[test]
fn a_call_that_did_not_ring_at_the_agents_phone_is_not_missed() {
    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
    let customers = |status| LegEvent { method: Method::Manual, is_b_leg: true, ..leg(status, "a") };
    desk.leg(customers(LegStatus::Ring));
    let snapshot = desk.leg(customers(LegStatus::Hangup));
    assert_eq!((snapshot.calls.len(), snapshot.recent.len()), (0, 1));
    assert!(snapshot.notices.is_empty(), "{:?}", snapshot.notices);
}

#[test]
fn the_link_of_a_recent_calls_recording_is_requested_without_a_look_up() {
    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
    for (uuid, file) in [("a", "a.wav"), ("b", "b.wav")] {
        desk.record(CallRecord { record_id: Some(uuid.into()), recording: Some(file.into()), ..record(Some(uuid), desk.now.wall) });
        desk.pass_seconds(60);
    }
    let call = desk.log().into_values().find(|call| call.uuid.as_deref() == Some("b")).unwrap().id;
    let effects = desk.session.apply(Input::Intent(Intent::FetchLink { call }), desk.now);
    assert!(!effects.iter().any(|effect| matches!(effect, Effect::FindRecording { .. })), "the store need not be asked: {effects:?}");
    desk.wait_for(|request| matches!(request, Request::FetchLink { .. }));
    assert!(effects.iter().any(|effect| matches!(effect, Effect::Ask { request: Request::FetchLink { file }, .. } if file == "b.wav")));
}

#[test]
fn calls_removed_from_the_store_leave_the_recent_calls() {
    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
    let day = Duration::from_secs(24 * 3600);
    for (uuid, days) in [("old", 9), ("new", 5)] {
        desk.record(CallRecord { record_id: Some(uuid.into()), ..record(Some(uuid), desk.now.wall.minus(days * day)) });
    }
    assert_eq!(desk.snapshot().recent.len(), 2);
    desk.change(SettingChange::KeepCallsDays(7));
    desk.apply(Input::Removed(Removal { at: desk.now.wall, calls: 1, recordings: 0, bytes: 0, failed: 0, problem: None }));
    let snapshot = desk.snapshot();
    assert_eq!(snapshot.recent.iter().map(|call| call.started_at).collect::<Vec<_>>(), [desk.now.wall.minus(5 * day)]);
}
