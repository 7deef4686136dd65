use std::time::Duration;

use ringside_domain::*;

use crate::desk::*;

fn cards(snapshot: &Snapshot) -> usize {
    snapshot.calls.iter().filter(|call| call.card).count()
}

#[test]
fn a_ring_shows_one_card_until_the_hangup() {
    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
    let snapshot = desk.leg(leg(LegStatus::Ring, "a"));
    assert_eq!((cards(&snapshot), snapshot.label), (1, Label::Ringing));
    assert_eq!(snapshot.calls[0].customer_number, "013387525701");
    assert_eq!(snapshot.calls[0].queue, Some(QueueName("queue-1".into())));
    for _ in 0..100 {
        desk.leg(leg(LegStatus::Ring, "a"));
    }
    assert_eq!(cards(&desk.snapshot()), 1, "L31: one card for a repeated ring");
    let snapshot = desk.leg(leg(LegStatus::Hangup, "a"));
    assert_eq!((cards(&snapshot), snapshot.calls.len()), (0, 0));
    assert!(matches!(&snapshot.notices[0].what, NoticeKind::Missed { .. }));
    assert_eq!(snapshot.recent.len(), 1);
}

#[test]
fn an_answer_hides_the_card_and_the_call_goes_on() {
    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
    desk.leg(leg(LegStatus::Ring, "a"));
    desk.pass_seconds(4);
    let snapshot = desk.leg(leg(LegStatus::Answer, "a"));
    assert_eq!((cards(&snapshot), snapshot.label), (0, Label::OnCall));
    let snapshot = desk.leg(leg(LegStatus::Hangup, "a"));
    assert!(snapshot.notices.is_empty(), "an answered call is not missed");
    assert!(snapshot.recent[0].answered);
}

#[test]
fn l32_signals_in_reverse_order_show_no_late_card() {
    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
    desk.leg(leg(LegStatus::Hangup, "a"));
    desk.leg(leg(LegStatus::Answer, "a"));
    let snapshot = desk.leg(leg(LegStatus::Ring, "a"));
    assert_eq!((snapshot.calls.len(), snapshot.recent.len()), (0, 1));
    assert!(snapshot.recent[0].answered);
}

#[test]
fn l35_fs22_a_ring_for_another_extension_is_counted_but_not_shown_or_stored_as_sent() {
    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
    let snapshot = desk.leg(LegEvent { extension: Extension("100002".into()), ..leg(LegStatus::Ring, "a") });
    assert!(snapshot.calls.is_empty());
    desk.record(CallRecord { extension: Extension("100002".into()), ..record(Some("a"), desk.now.wall) });
    desk.leg(leg(LegStatus::Ring, "mine"));
    assert_eq!((desk.foreign.len(), desk.appended.len()), (2, 1));
    desk.pass_seconds(2);
    assert_eq!(desk.snapshot().connection.foreign, 2);
}

#[test]
fn l39_an_old_ring_shows_a_card_only_if_the_phone_rings() {
    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
    let old = LegEvent { started_at: Some(desk.now.wall.minus(Duration::from_secs(60))), ..leg(LegStatus::Ring, "a") };
    assert_eq!(cards(&desk.leg(old.clone())), 0);
    desk.pass_seconds(2);
    desk.answer(|request| matches!(request, Request::ReadPhone { .. }), Ok(phone_with(PhoneState::Ringing, "013387525701")));
    assert_eq!(cards(&desk.snapshot()), 1, "a slow clock must not cost a live ring (N6)");

    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
    desk.leg(old);
    desk.pass_seconds(3);
    desk.answer_where(|request| matches!(request, Request::ReadPhone { .. }), |_| Ok(phone(PhoneState::Idle)));
    desk.pass_seconds(12);
    desk.answer_where(|request| matches!(request, Request::ReadPhone { .. }), |_| Ok(phone(PhoneState::Idle)));
    assert_eq!((cards(&desk.snapshot()), desk.snapshot().calls.len()), (0, 0));
    assert_eq!(desk.snapshot().recent.len(), 1, "the call is in the log");
}

#[test]
fn a_ring_whose_end_was_lost_ends_when_the_phone_is_idle() {
    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
    desk.leg(leg(LegStatus::Ring, "a"));
    desk.answer_where(|request| matches!(request, Request::ReadPhone { .. }), |_| Ok(phone(PhoneState::Idle)));
    assert_eq!(cards(&desk.snapshot()), 1, "the reading was asked for before the ring");
    desk.pass_seconds(12);
    desk.answer_where(|request| matches!(request, Request::ReadPhone { .. }), |_| Ok(phone(PhoneState::Idle)));
    assert!(desk.snapshot().calls.is_empty());
}

#[test]
fn a_card_disappears_after_two_minutes() {
    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
    desk.leg(leg(LegStatus::Ring, "a"));
    desk.pass_seconds(121);
    assert_eq!(cards(&desk.snapshot()), 0);
    assert_eq!(desk.snapshot().calls.len(), 1, "only a reading of the phone can end the call");
}

#[test]
fn a_polled_ring_and_its_callback_are_one_call() {
    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
    desk.pass_seconds(2);
    desk.answer(|request| matches!(request, Request::ReadPhone { .. }), Ok(phone_with(PhoneState::Ringing, "013387525701")));
    assert_eq!(cards(&desk.snapshot()), 1);
    let snapshot = desk.leg(leg(LegStatus::Ring, "a"));
    assert_eq!((cards(&snapshot), snapshot.calls.len()), (1, 1));
    let snapshot = desk.leg(leg(LegStatus::Hangup, "a"));
    assert_eq!((snapshot.calls.len(), snapshot.recent.len()), (0, 1));
}

#[test]
fn behind_nat_a_whole_call_is_known_from_polling() {
    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
    for (state, label) in [(PhoneState::Ringing, Label::Ringing), (PhoneState::Talking, Label::OnCall)] {
        desk.answer_phone(phone_with(state, "013387525701"));
        assert_eq!(desk.snapshot().label, label);
    }
    desk.answer_phone(phone(PhoneState::Idle));
    assert_eq!((desk.snapshot().calls.len(), desk.snapshot().recent.len()), (0, 1));
    let started = desk.snapshot().recent[0].started_at;
    desk.record(record(Some("a"), started));
    assert_eq!(desk.snapshot().recent.len(), 1, "N12: the record belongs to the same call");
    assert!(desk.snapshot().recent[0].recording);
}

#[test]
fn n25_only_the_agents_leg_shows_a_card() {
    for (method, is_b_leg, direction, pops) in [
        (Method::Predictive, true, Direction::Outgoing, true),
        (Method::Predictive, false, Direction::Outgoing, true),
        (Method::Manual, true, Direction::Outgoing, false),
        (Method::Manual, false, Direction::Outgoing, true),
        (Method::Api, true, Direction::Outgoing, false),
        (Method::Double, true, Direction::Incoming, true),
        (Method::Internal, true, Direction::Outgoing, true),
    ] {
        let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
        let snapshot = desk.leg(LegEvent { method, is_b_leg, direction, ..leg(LegStatus::Ring, "a") });
        assert_eq!(cards(&snapshot) == 1, pops, "{method:?} {is_b_leg} {direction:?}");
        assert_eq!(snapshot.calls[0].party == Party::Agent, pops);
    }
}

#[test]
fn the_customers_leg_changes_the_state_of_the_same_call() {
    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
    let api = |status, is_b_leg| LegEvent { method: Method::Api, is_b_leg, buuid: Some("b".into()), ..leg(status, "a") };
    assert_eq!(desk.leg(api(LegStatus::Ring, false)).calls[0].state, CallState::Ringing);
    assert_eq!(desk.leg(api(LegStatus::Answer, false)).calls[0].state, CallState::Talking);
    assert_eq!(desk.leg(api(LegStatus::Ring, true)).calls[0].state, CallState::Calling);
    assert_eq!(desk.leg(api(LegStatus::Answer, true)).calls[0].state, CallState::Talking);
    let snapshot = desk.leg(api(LegStatus::Hangup, true));
    assert_eq!((snapshot.calls.len(), snapshot.recent.len()), (0, 1));
    assert_eq!(desk.leg(api(LegStatus::Hangup, false)).recent.len(), 1);
}

#[test]
fn l33_l34_a_record_makes_or_completes_a_row() {
    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
    let at = desk.now.wall.minus(Duration::from_secs(3600));
    desk.record(record(Some("z"), at));
    assert_eq!(desk.snapshot().recent.len(), 1);
    let changed = CallRecord { talked_seconds: 31, ..record(Some("z"), at) };
    let snapshot = desk.record(changed);
    assert_eq!((snapshot.recent.len(), snapshot.recent[0].talked_seconds), (1, 31), "the last record is shown");
    assert_eq!(desk.appended.len(), 2, "both are stored");
}

#[test]
fn l37_a_hundred_rings_are_five_cards_and_a_count() {
    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
    for n in 0..100 {
        desk.leg(LegEvent { callee: format!("0{n}"), ..leg(LegStatus::Ring, &format!("u{n}")) });
    }
    let snapshot = desk.snapshot();
    assert_eq!((snapshot.calls.len(), snapshot.more_calls), (5, 95));
    assert_eq!(snapshot.calls[0].customer_number, "00", "oldest first");
    assert!(serde_json::to_string(&*snapshot).unwrap().len() < 8192);
}

#[test]
fn l38_a_very_long_number_leaves_the_snapshot_small() {
    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
    let snapshot = desk.leg(LegEvent { callee: "号".repeat(10_000), ..leg(LegStatus::Ring, "a") });
    assert!(serde_json::to_string(&*snapshot).unwrap().len() < 8192);
    assert_eq!(desk.saved_calls.last().unwrap().customer_number.chars().count(), 10_000, "kept raw");
}

#[test]
fn a_test_ring_shows_a_card_and_leaves_no_trace() {
    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
    let report = ShellReport::Listening { url: "http://127.0.0.1:1/callbacks/s".into(), shown: "…".into(), public: false };
    desk.apply(Input::Report(report));
    desk.intent(Intent::TestCallback);
    let Some((_, Request::PostTestRing(ring))) = desk.asked.last() else { panic!() };
    let event = leg(LegStatus::Ring, &ring.uuid);
    desk.pass(Duration::from_millis(40));
    let snapshot = desk.leg(event.clone());
    assert_eq!((cards(&snapshot), snapshot.label), (1, Label::Available));
    let call = snapshot.calls[0].id;
    desk.pass(Duration::from_millis(20));
    desk.intent(Intent::CardPainted { call });
    let test = desk.snapshot().listener.test.clone();
    assert!(matches!(test, Some(CallbackTest::Arrived { arrived_ms: 40, painted_ms: Some(60), .. })), "{test:?}");
    assert!(desk.snapshot().connection.callbacks_alive);
    desk.pass_seconds(6);
    assert!(desk.snapshot().calls.is_empty());
    desk.leg(event);
    assert!(desk.appended.is_empty() && desk.snapshot().recent.is_empty() && desk.saved_calls.is_empty());
}

#[test]
fn a_test_ring_that_does_not_arrive_is_reported() {
    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
    desk.intent(Intent::TestCallback);
    let test = |desk: &Desk| desk.snapshot().listener.test.clone();
    assert!(matches!(test(&desk), Some(CallbackTest::Failed { problem, .. }) if problem.code == ProblemCode::NoCallbackAddress));
    let report = ShellReport::Listening { url: "http://127.0.0.1:1/callbacks/s".into(), shown: "…".into(), public: true };
    desk.apply(Input::Report(report));
    desk.intent(Intent::TestCallback);
    desk.pass_seconds(11);
    assert!(matches!(test(&desk), Some(CallbackTest::Failed { problem, .. }) if problem.code == ProblemCode::CallbackNotArrived));
}

#[test]
fn a_reading_of_the_phone_ends_a_call_of_the_last_run() {
    let mut before = Desk::in_queues(&["queue-1"], SeatState::Waiting);
    before.leg(leg(LegStatus::Ring, "a"));
    let open = before.saved_calls.last().unwrap().clone();
    let mut desk = Desk::new(Start { calls: vec![open], next_call_id: 2, ..start() });
    assert_eq!(cards(&desk.snapshot()), 0, "no late card");
    desk.sign_in(&["queue-1"]);
    desk.answer(|request| is_join(request, "queue-1"), Ok(Outcome::Joined { already: true }));
    desk.pass_seconds(3);
    desk.answer_where(|request| matches!(request, Request::ReadPhone { .. }), |_| Ok(phone(PhoneState::Idle)));
    assert_eq!((desk.snapshot().calls.len(), desk.snapshot().recent.len()), (0, 1));
}

#[test]
fn fc15_the_notice_of_data_set_aside_stays_until_it_is_dismissed() {
    let problem = Problem::new(ProblemCode::SetAside, "session: settings.theme", false);
    let mut desk = Desk::new(Start { set_aside: Some(problem.clone()), ..start() });
    desk.sign_in(&["queue-1"]);
    let standing = |desk: &Desk| -> Vec<u64> {
        let snapshot = desk.snapshot();
        let set_aside = snapshot.notices.iter().filter(|notice| matches!(notice.what, NoticeKind::SetAside { .. }));
        set_aside.map(|notice| notice.id).collect()
    };
    assert_eq!(standing(&desk).len(), 1);
    desk.apply(Input::Report(ShellReport::Store(None)));
    desk.apply(Input::Intent(Intent::SignOut));
    let [notice] = standing(&desk)[..] else { panic!("the notice stays after a sign-out and a working store") };
    desk.apply(Input::Report(ShellReport::SetAside(problem)));
    assert_eq!(standing(&desk).len(), 1, "the same notice is shown once");
    let [again] = standing(&desk)[..] else { unreachable!("counted above") };
    assert_ne!(again, notice);
    desk.apply(Input::Intent(Intent::Dismiss { notice: again }));
    assert!(standing(&desk).is_empty());
}

#[test]
fn the_card_of_a_repeated_ring_disappears_after_two_minutes_too() {
    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
    for _ in 0..4 {
        desk.leg(leg(LegStatus::Ring, "a"));
        desk.pass(Duration::from_millis(30_010));
    }
    assert_eq!((cards(&desk.snapshot()), desk.snapshot().calls.len()), (0, 1));
}
