//! What the session does with a body that the listener received.

use std::time::Duration;

use ringside_domain::*;

use crate::desk::*;

fn cards(snapshot: &Snapshot) -> usize {
    snapshot.calls.iter().filter(|call| call.card).count()
}

fn events(events: impl IntoIterator<Item = (Signal, &'static str)>) -> Delivery {
    let event = |(signal, payload): (Signal, &str)| Event { signal: Box::new(signal), company: None, payload: payload.to_owned() };
    Delivery::Events { events: events.into_iter().map(event).collect(), flaw: None, path: PublicPath::None, passed: None }
}

#[test]
fn fc7_all_events_of_a_body_are_stored_in_one_commit() {
    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
    let began = desk.now.wall;
    let ring = LegEvent { started_at: Some(began), ..leg(LegStatus::Ring, "a") };
    let body = events([
        (Signal::Leg(ring), "1"),
        (Signal::Record(CallRecord { customer_number: "0100".into(), ..record(Some("b"), began) }), "2"),
        (Signal::Unknown { extension: Extension::default() }, "3"),
    ]);
    let effects = desk.session.apply(Input::Delivery(body), desk.now);
    let appended: Vec<&str> = effects
        .iter()
        .filter_map(|effect| if let Effect::Append { payload, .. } = effect { Some(payload.as_str()) } else { None })
        .collect();
    assert_eq!(appended, ["1", "2", "3"], "the effects of one input are one commit");
    assert_eq!(cards(&desk.snapshot()), 1);
}

#[test]
fn fc8_a_repaired_body_is_stored_as_sent_and_its_call_is_shown() {
    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
    let Delivery::Events { events, path, .. } = events([(Signal::Leg(leg(LegStatus::Ring, "a")), "{}")]) else { panic!() };
    let flaw = Some(Flaw { body: b"{,}".to_vec(), reason: "a comma too many".to_owned() });
    let effects = desk.session.apply(Input::Delivery(Delivery::Events { events, flaw, path, passed: None }), desk.now);
    assert!(effects.iter().any(|effect| matches!(effect, Effect::KeepMalformed { body, .. } if body == b"{,}")));
    assert!(effects.iter().any(|effect| matches!(effect, Effect::Append { .. })));
    assert_eq!((cards(&desk.snapshot()), desk.snapshot().connection.malformed), (1, 0), "the body was readable");
}

#[test]
fn fs22_malformed_callbacks_for_others_are_not_stored() {
    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
    let others = LegEvent { extension: Extension("100002".into()), ..leg(LegStatus::Ring, "a") };
    let Delivery::Events { events, path, .. } = events([(Signal::Leg(others), "{}")]) else { panic!() };
    let flaw = Some(Flaw { body: b"13800000001".to_vec(), reason: "a comma too many".to_owned() });
    let effects = desk.session.apply(Input::Delivery(Delivery::Events { events, flaw, path, passed: None }), desk.now);
    assert!(matches!(effects.as_slice(), [Effect::AppendForeign { .. }, ..]), "{effects:?}");
    assert!(!effects.iter().any(|effect| matches!(effect, Effect::KeepMalformed { .. })));
    // Of a body with events of both, only the own ones are stored.
    let others = LegEvent { extension: Extension("100002".into()), ..leg(LegStatus::Ring, "b") };
    let mixed = self::events([(Signal::Leg(leg(LegStatus::Ring, "c")), "own"), (Signal::Leg(others), "13800000001")]);
    let Delivery::Events { events, path, .. } = mixed else { panic!() };
    let flaw = Some(Flaw { body: b"[own,13800000001,]".to_vec(), reason: "a comma too many".to_owned() });
    let effects = desk.session.apply(Input::Delivery(Delivery::Events { events, flaw, path, passed: None }), desk.now);
    assert!(effects.iter().any(|effect| matches!(effect, Effect::KeepMalformed { body, .. } if body == b"own")), "{effects:?}");
}

#[test]
fn fs22_of_a_repaired_body_for_several_extensions_only_own_events_are_stored() {
    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
    let others = LegEvent { extension: Extension("100002".into()), ..leg(LegStatus::Ring, "a") };
    let mine = leg(LegStatus::Ring, "b");
    let signals = [
        (Signal::Leg(others), "13800000001"),
        (Signal::Leg(mine), "013387525701"),
        (Signal::Unknown { extension: ringside_domain::Extension::default() }, "{}"),
    ];
    let Delivery::Events { events, path, .. } = events(signals) else { panic!() };
    let flaw = Some(Flaw { body: b"[13800000001,013387525701,{},]".to_vec(), reason: "a comma too many".to_owned() });
    let effects = desk.session.apply(Input::Delivery(Delivery::Events { events, flaw, path, passed: None }), desk.now);
    let kept = effects.iter().find_map(|effect| match effect {
        Effect::KeepMalformed { body, reason } => Some((String::from_utf8_lossy(body).into_owned(), reason.as_str())),
        _ => None,
    });
    assert_eq!(kept, Some(("013387525701\n{}".to_owned(), "a comma too many")));
}

#[test]
fn fc14_a_ring_under_another_companys_code_is_not_shown() {
    let ring = |desk: &mut Desk, uuid: &str, company: Option<&str>| {
        let event =
            Event { signal: Box::new(Signal::Leg(leg(LegStatus::Ring, uuid))), company: company.map(Into::into), payload: uuid.to_owned() };
        desk.apply(Input::Delivery(Delivery::Events { events: vec![event], flaw: None, path: PublicPath::None, passed: None }));
        let shown = cards(&desk.snapshot());
        desk.leg(leg(LegStatus::Hangup, uuid));
        desk.pass_seconds(60);
        shown
    };
    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
    for (uuid, company, shown) in [
        ("a", Some("9024"), 1),
        ("b", Some("009024"), 1),
        ("c", None, 1),
        ("d", Some(""), 1),
        ("e", Some("9025"), 0),
        ("f", Some("90240"), 0),
    ] {
        assert_eq!(ring(&mut desk, uuid, company), shown, "{company:?}");
    }
    assert_eq!(desk.snapshot().connection.foreign, 2);
    // Before the sign-in is answered, it is unknown which company a callback belongs to.
    let mut desk = Desk::new(Start {
        saved: SavedState { account: Some(Account::default()), agent: Some(agent(&[])), ..SavedState::default() },
        ..start()
    });
    assert_eq!(ring(&mut desk, "a", Some("9025")), 1);
}

#[test]
fn fc14_a_company_code_is_recognised_with_letters_around_its_number() {
    for (own, named, shown) in [
        ("9024", "company9024", 1),
        ("c-9024", "09024", 1),
        ("ACME", "acme", 1),
        ("ACME", "beta", 0),
        ("a1", "b1", 0),
        ("9024", "company9025", 0),
        ("", "9025", 1),
        ("0", "9025", 1),
    ] {
        let mut desk = desk_of(own);
        desk.apply(Input::Delivery(under(named, leg(LegStatus::Ring, "a"))));
        assert_eq!(cards(&desk.snapshot()), shown, "{own:?} {named:?}");
    }
}

fn under(company: &str, event: LegEvent) -> Delivery {
    let payload = format!("{:?} {:?}", event.status, event.uuid);
    let event = Event { signal: Box::new(Signal::Leg(event)), company: Some(company.into()), payload };
    Delivery::Events { events: vec![event], flaw: None, path: PublicPath::None, passed: None }
}

/// A desk that is signed in to an account with this company code.
fn desk_of(code: &str) -> Desk {
    let mut desk = Desk::new(start());
    desk.intent(Intent::SignIn { account: Account::default(), agent: agent(&["queue-1"]), accesskey: Some("key".into()) });
    let company_code = code.to_owned();
    desk.answer(|request| matches!(request, Request::SignIn { .. }), Ok(Outcome::SignedIn { company: "Acme".into(), company_code }));
    desk.answer(|request| is_join(request, "queue-1"), Ok(Outcome::Joined { already: true }));
    desk.answer_phone(phone(PhoneState::Idle));
    desk
}

#[test]
fn fc14_a_code_that_only_callbacks_use_is_learnt_from_the_phone() {
    let ring = |uuid: &str| LegEvent { caller: "0138".into(), callee: OWN.into(), ..leg(LegStatus::Ring, uuid) };
    let mut desk = desk_of("1");
    desk.apply(Input::Delivery(under("9024", ring("a"))));
    desk.pass_seconds(2);
    assert_eq!((cards(&desk.snapshot()), desk.snapshot().connection.other_company), (0, 1), "counted while it is not certain");
    desk.answer_phone(phone_with(PhoneState::Ringing, "0138"));
    desk.pass_seconds(2);
    assert_eq!((cards(&desk.snapshot()), desk.snapshot().connection.other_company), (1, 0), "by polling");
    desk.answer_phone(phone(PhoneState::Idle));
    desk.pass_seconds(60);
    desk.apply(Input::Delivery(under("9024", ring("b"))));
    assert_eq!(cards(&desk.snapshot()), 1, "shown by the callback from now on");
    desk.apply(Input::Delivery(under("9025", LegEvent { caller: "0139".into(), ..ring("c") })));
    assert_eq!(cards(&desk.snapshot()), 1, "another code belongs to another company");

    let mut next = Desk::new(Start { saved: desk.saved.clone(), ..start() });
    next.now = desk.now;
    let signed_in = Outcome::SignedIn { company: "Acme".into(), company_code: "1".into() };
    next.answer(|request| matches!(request, Request::SignIn { .. }), Ok(signed_in));
    next.pass_seconds(60);
    next.apply(Input::Delivery(under("9024", LegEvent { caller: "0140".into(), ..ring("d") })));
    assert_eq!(cards(&next.snapshot()), 1, "shown by the callback after a restart, too");

    // The code is another company's if the phone shows another customer or no number, or if callbacks come under the own code.
    for (seen, own_code_first) in [("0139", false), ("anonymous", false), ("0138", true)] {
        let mut desk = desk_of("1");
        if own_code_first {
            desk.apply(Input::Delivery(under("01", LegEvent { caller: "0777".into(), ..leg(LegStatus::Ring, "x") })));
            desk.apply(Input::Delivery(under("01", LegEvent { caller: "0777".into(), ..leg(LegStatus::Hangup, "x") })));
            desk.pass_seconds(30);
        }
        let caller = if seen == "anonymous" { "anonymous" } else { "0138" };
        desk.apply(Input::Delivery(under("9024", LegEvent { caller: caller.into(), ..ring("a") })));
        desk.answer_phone(phone_with(PhoneState::Ringing, seen));
        desk.answer_phone(phone(PhoneState::Idle));
        desk.pass_seconds(60);
        desk.apply(Input::Delivery(under("9024", ring("b"))));
        assert_eq!(cards(&desk.snapshot()), 0, "{seen}");
    }
}

#[test]
fn fr4_the_own_extension_is_recognised_in_other_spellings() {
    for (extension, shown) in [
        (OWN, 1),
        ("sip:100001@pbx.example", 1),
        ("100001@pbx.example", 1),
        ("１００００１", 1),
        ("", 1),
        ("000000", 1),
        ("100002", 0),
        ("sip:100002@100001", 0),
        ("0100001", 0),
    ] {
        let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
        let ring =
            LegEvent { extension: Extension(extension.into()), caller: "0138".into(), callee: OWN.into(), ..leg(LegStatus::Ring, "a") };
        desk.apply(Input::Delivery(events([(Signal::Leg(ring), "1")])));
        assert_eq!(cards(&desk.snapshot()), shown, "{extension}");
        if shown == 1 {
            assert_eq!(desk.snapshot().calls[0].customer_number, "0138", "{extension}");
        }
    }
}

#[test]
fn fs22_undocumented_events_for_others_are_not_stored() {
    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
    for (extension, kept) in [("100002", false), (OWN, true), ("", true)] {
        let unknown = Signal::Unknown { extension: Extension(extension.into()) };
        let effects = desk.session.apply(Input::Delivery(events([(unknown, "{}")])), desk.now);
        assert_eq!(effects.iter().any(|effect| matches!(effect, Effect::Append { .. })), kept, "{extension}");
        assert_eq!(effects.iter().any(|effect| matches!(effect, Effect::AppendForeign { .. })), !kept, "{extension}");
    }
}

#[test]
fn fc19_the_test_says_what_the_proxy_did_with_the_path() {
    for path in [PublicPath::PassedOn, PublicPath::CutOff] {
        let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
        desk.apply(Input::Report(ShellReport::Listening {
            url: "https://a.example/x/callbacks/s".into(),
            shown: "…".into(),
            public: true,
        }));
        desk.intent(Intent::TestCallback);
        let Some((_, Request::PostTestRing(ring))) = desk.asked.last() else { panic!() };
        let Delivery::Events { events, flaw, .. } = event(Signal::Leg(leg(LegStatus::Ring, &ring.uuid)), "t".into()) else { panic!() };
        desk.apply(Input::Delivery(Delivery::Events { events, flaw, path, passed: None }));
        assert!(matches!(desk.snapshot().listener.test, Some(CallbackTest::Arrived { path: said, .. }) if said == path));
    }
}

#[test]
fn fc21_a_bill_without_times_is_stored_and_keeps_the_known_times() {
    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
    let began = desk.now.wall;
    desk.leg(LegEvent { started_at: Some(began), ..leg(LegStatus::Ring, "a") });
    desk.pass_seconds(4);
    desk.leg(leg(LegStatus::Answer, "a"));
    desk.pass_seconds(30);
    desk.leg(leg(LegStatus::Hangup, "a"));
    let heard = desk.saved_calls.last().unwrap().clone();
    let undated = |uuid: &str| CallRecord {
        started_at: Timestamp::default(),
        undated: true,
        answered_at: None,
        ended_at: None,
        ..record(Some(uuid), Timestamp::default())
    };
    desk.pass_seconds(5);
    desk.record(undated("a"));
    let billed = desk.saved_calls.last().unwrap().clone();
    assert_eq!((billed.id, billed.talked_seconds), (heard.id, Some(30)));
    assert_eq!((billed.started_at, billed.answered_at, billed.ended_at), (heard.started_at, heard.answered_at, heard.ended_at));
    // If no signal told of the call, it ends at the time of receipt.
    desk.pass_seconds(600);
    desk.record(CallRecord { record_id: None, customer_number: "0100".into(), ..undated("b") });
    let alone = desk.saved_calls.last().unwrap().clone();
    assert_ne!(alone.id, heard.id);
    assert_eq!((alone.ended_at, alone.started_at), (Some(desk.now.wall), desk.now.wall.minus(Duration::from_secs(34))));
}

#[test]
fn fc13_a_record_with_an_unreadable_value_is_stored() {
    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
    let flaw = Flaw { body: b"{}".to_vec(), reason: "starttime".to_owned() };
    let effects = desk.session.apply(Input::Unread(flaw), desk.now);
    assert!(matches!(effects.as_slice(), [Effect::KeepMalformed { body, .. }] if body == b"{}"), "{effects:?}");
}

#[test]
fn l38_very_long_texts_of_callbacks_leave_the_snapshot_small() {
    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
    let long = "1".repeat(200_000);
    let ring = LegEvent {
        caller: long.clone(),
        callee: OWN.into(),
        display_number: long.clone(),
        customer_id: Some(long.clone()),
        uuid: Some(long.clone()),
        buuid: Some(long.clone()),
        ..leg(LegStatus::Ring, "a")
    };
    desk.apply(Input::Delivery(events([(Signal::Leg(ring), "1")])));
    assert_eq!(cards(&desk.snapshot()), 1);
    let size = serde_json::to_vec(&*desk.snapshot()).unwrap().len();
    assert!(size < 8 << 10, "{size}");
}

fn listening(desk: &mut Desk) {
    let report = ShellReport::Listening { url: "http://127.0.0.1:1/callbacks/s".into(), shown: "…".into(), public: true };
    desk.apply(Input::Report(report));
}

#[test]
fn each_unreadable_body_is_counted() {
    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
    for _ in 0..3 {
        desk.apply(Input::Delivery(Delivery::Malformed(Flaw { body: b"{".to_vec(), reason: "cut off".into() })));
    }
    desk.pass_seconds(2);
    assert_eq!(desk.snapshot().connection.malformed, 3);
}

#[test]
fn an_address_that_is_not_listened_on_is_not_shown() {
    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
    listening(&mut desk);
    assert_eq!(desk.snapshot().listener.shown.as_deref(), Some("…"));
    let taken = problem(ProblemCode::PortInUse, true);
    let snapshot = desk.apply(Input::Report(ShellReport::NotListening(taken.clone())));
    assert_eq!((&snapshot.listener.shown, &snapshot.listener.problem, snapshot.listener.public), (&None, &Some(taken), false));
    listening(&mut desk);
    assert_eq!(desk.snapshot().listener.problem, None);
}

#[test]
fn the_time_of_the_last_callback_is_shown_and_forgotten_after_a_sleep() {
    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
    assert_eq!(desk.snapshot().connection.callback_at, None);
    desk.leg(leg(LegStatus::Ring, "a"));
    let snapshot = desk.leg(leg(LegStatus::Hangup, "a"));
    assert_eq!((snapshot.connection.callback_at, snapshot.connection.callbacks_alive), (Some(desk.now.wall.second()), true));
    desk.now.wall = desk.now.wall.plus(Duration::from_secs(3600));
    let snapshot = desk.apply(Input::Tick);
    assert_eq!((snapshot.connection.callback_at, snapshot.connection.callbacks_alive), (None, false));
}

#[test]
fn the_ring_of_an_earlier_test_does_not_end_the_present_one() {
    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
    listening(&mut desk);
    let uuid = |desk: &Desk| match desk.asked.last() {
        Some((_, Request::PostTestRing(ring))) => ring.uuid.clone(),
        other => panic!("{other:?}"),
    };
    desk.intent(Intent::TestCallback);
    let first = uuid(&desk);
    desk.pass_seconds(11);
    desk.intent(Intent::TestCallback);
    let second = uuid(&desk);
    assert_ne!(first, second);
    assert!(matches!(desk.leg(leg(LegStatus::Ring, &first)).listener.test, Some(CallbackTest::Running { .. })));
    assert!(matches!(desk.leg(leg(LegStatus::Ring, &second)).listener.test, Some(CallbackTest::Arrived { .. })));
    let cards = |desk: &Desk| cards(&desk.snapshot());
    assert_eq!(cards(&desk), 1);
    desk.pass_seconds(6);
    desk.leg(leg(LegStatus::Ring, &second));
    assert_eq!(cards(&desk), 0, "a test arrives once");
}

/// Only a call that just the polling found contradicts the callbacks, and only a callback of a ring ends this.
#[test]
fn fm7_a_call_without_a_callback_contradicts_callbacks_until_one_reports_a_ring() {
    let contradicted = |desk: &Desk| (desk.snapshot().connection.callbacks_contradicted, desk.snapshot().connection.callbacks_alive);
    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
    desk.leg(leg(LegStatus::Ring, "a"));
    desk.answer_phone(phone_with(PhoneState::Ringing, "013387525701"));
    assert_eq!(contradicted(&desk), (false, true), "a callback had reported the call");
    desk.leg(leg(LegStatus::Hangup, "a"));
    desk.pass_seconds(3);
    desk.answer_where(|request| matches!(request, Request::ReadPhone { .. }), |_| Ok(phone(PhoneState::Idle)));
    desk.answer_phone(phone_with(PhoneState::Ringing, "013900000000"));
    assert_eq!((desk.snapshot().calls.len(), contradicted(&desk)), (1, (true, false)));
    desk.leg(LegEvent { callee: "013900000000".into(), ..leg(LegStatus::Hangup, "b") });
    assert_eq!(contradicted(&desk), (true, false), "the end of a call does not show that rings arrive");
    desk.leg(leg(LegStatus::Ring, "c"));
    assert_eq!(contradicted(&desk), (false, true));
}
