//! What becomes of a body that came to the listener.

use std::time::Duration;

use ringside_domain::*;

use crate::desk::*;

fn cards(snapshot: &Snapshot) -> usize {
    snapshot.calls.iter().filter(|call| call.card).count()
}

fn events(events: impl IntoIterator<Item = (Signal, &'static str)>) -> Delivery {
    let event = |(signal, payload): (Signal, &str)| Event { signal: Box::new(signal), company: None, payload: payload.to_owned() };
    Delivery::Events { events: events.into_iter().map(event).collect(), flaw: None, path: PublicPath::None }
}

#[test]
fn fc7_all_events_of_a_body_are_kept_in_one_commit() {
    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
    let began = desk.now.wall;
    let ring = LegEvent { started_at: Some(began), ..leg(LegStatus::Ring, "a") };
    let body = events([
        (Signal::Leg(ring), "1"),
        (Signal::Record(CallRecord { customer_number: "0100".into(), ..record(Some("b"), began) }), "2"),
        (Signal::Unknown, "3"),
    ]);
    let effects = desk.session.apply(Input::Delivery(body), desk.now);
    let appended: Vec<&str> =
        effects.iter().filter_map(|effect| if let Effect::Append { payload } = effect { Some(payload.as_str()) } else { None }).collect();
    assert_eq!(appended, ["1", "2", "3"], "the effects of one input are one commit");
    assert_eq!(cards(&desk.snapshot()), 1);
}

#[test]
fn fc8_what_was_repaired_is_kept_as_it_came_and_shown() {
    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
    let Delivery::Events { events, path, .. } = events([(Signal::Leg(leg(LegStatus::Ring, "a")), "{}")]) else { panic!() };
    let flaw = Some(Flaw { body: b"{,}".to_vec(), reason: "a comma too many".to_owned() });
    let effects = desk.session.apply(Input::Delivery(Delivery::Events { events, flaw, path }), desk.now);
    assert!(effects.iter().any(|effect| matches!(effect, Effect::KeepMalformed { body, .. } if body == b"{,}")));
    assert!(effects.iter().any(|effect| matches!(effect, Effect::Append { .. })));
    assert_eq!((cards(&desk.snapshot()), desk.snapshot().connection.malformed), (1, 0), "it was read");
}

#[test]
fn fs22_what_is_wrong_with_others_callbacks_is_not_kept() {
    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
    let others = LegEvent { extension: Extension("100002".into()), ..leg(LegStatus::Ring, "a") };
    let Delivery::Events { events, path, .. } = events([(Signal::Leg(others), "{}")]) else { panic!() };
    let flaw = Some(Flaw { body: b"13800000001".to_vec(), reason: "a comma too many".to_owned() });
    let effects = desk.session.apply(Input::Delivery(Delivery::Events { events, flaw, path }), desk.now);
    assert!(matches!(effects.as_slice(), [Effect::AppendForeign { .. }, ..]), "{effects:?}");
    assert!(!effects.iter().any(|effect| matches!(effect, Effect::KeepMalformed { .. })));
}

#[test]
fn fc14_a_ring_under_another_company_is_not_ours() {
    let ring = |desk: &mut Desk, uuid: &str, company: Option<&str>| {
        let event =
            Event { signal: Box::new(Signal::Leg(leg(LegStatus::Ring, uuid))), company: company.map(Into::into), payload: uuid.to_owned() };
        desk.apply(Input::Delivery(Delivery::Events { events: vec![event], flaw: None, path: PublicPath::None }));
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
    // Before the sign-in is answered, whose it is cannot be told.
    let mut desk = Desk::new(Start {
        saved: SavedState { account: Some(Account::default()), agent: Some(agent(&[])), ..SavedState::default() },
        ..start()
    });
    assert_eq!(ring(&mut desk, "a", Some("9025")), 1);
}

#[test]
fn fc19_the_test_says_what_became_of_the_path() {
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
        desk.apply(Input::Delivery(Delivery::Events { events, flaw, path }));
        assert!(matches!(desk.snapshot().listener.test, Some(CallbackTest::Arrived { path: said, .. }) if said == path));
    }
}

#[test]
fn fc21_a_bill_without_times_is_kept_and_takes_nothing_back() {
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
    // Of a call that nobody heard of, the time of receipt stands in.
    desk.pass_seconds(600);
    desk.record(CallRecord { record_id: None, customer_number: "0100".into(), ..undated("b") });
    let alone = desk.saved_calls.last().unwrap().clone();
    assert_ne!(alone.id, heard.id);
    assert_eq!((alone.ended_at, alone.started_at), (Some(desk.now.wall), desk.now.wall.minus(Duration::from_secs(34))));
}
