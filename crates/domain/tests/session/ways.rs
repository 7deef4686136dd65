use std::time::Duration;

use ringside_domain::*;

use crate::{desk::*, polling::count};

fn ways(desk: &Desk) -> WaysView {
    desk.snapshot().ways.clone()
}

const QUICK: Duration = Duration::from_millis(30);

/// Lets time pass at a platform that answers at once. Requests that were open before seem slow, so the first 200 s are not measured.
fn quickly(desk: &mut Desk, seconds: u64, state: SeatState) {
    count(desk, 200, state, QUICK);
    count(desk, seconds, state, QUICK);
}

/// A version-1 uuid that was made at this moment.
fn minted(at: Timestamp) -> String {
    let ticks = (at.0 + 12_219_292_800_000) * 10_000;
    format!("{:08x}-{:04x}-1{:03x}-acf1-5107cdf1d50a", ticks & 0xffff_ffff, (ticks >> 32) & 0xffff, (ticks >> 48) & 0xfff)
}

#[test]
fn the_snapshot_says_whether_rings_come_by_callbacks_or_polling_and_since_when() {
    let mut desk = Desk::new(start());
    assert_eq!(ways(&desk), WaysView::default(), "nobody is signed in");
    desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
    quickly(&mut desk, 100, SeatState::Waiting);
    let asking = ways(&desk).asking.unwrap();
    assert_eq!((ways(&desk).callbacks_since, asking.every_ms), (None, 1000));
    quickly(&mut desk, 100, SeatState::Paused);
    assert_eq!(ways(&desk).asking, Some(AskingView { every_ms: 10_000, ..asking }), "busy: still polling, at another interval");

    let heard = desk.now.wall;
    desk.leg(leg(LegStatus::Ring, "a"));
    desk.pass_seconds(2);
    desk.leg(leg(LegStatus::Hangup, "a"));
    assert_eq!((ways(&desk).callbacks_since, ways(&desk).asking), (Some(heard), None));
    quickly(&mut desk, 110, SeatState::Waiting);
    assert_eq!(ways(&desk).callbacks_since, None, "no callback for five minutes");
    assert_eq!(ways(&desk).asking.unwrap().since.since(heard).as_secs_f64().round(), 302.0);
}

#[test]
fn the_shown_polling_interval_includes_the_platforms_latency_and_the_budget() {
    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
    count(&mut desk, 100, SeatState::Waiting, Duration::from_millis(1730));
    assert_eq!(ways(&desk).asking.unwrap().every_ms, 3500);

    let mut desk = Desk::new(Start { requests_per_second: 0.5, ..start() });
    desk.sign_in(&["queue-1"]);
    desk.answer(|request| matches!(request, Request::JoinQueue { .. }), Ok(Outcome::Joined { already: true }));
    desk.answer_seats(SeatState::Waiting);
    desk.answer_phone(phone(PhoneState::Idle));
    quickly(&mut desk, 100, SeatState::Waiting);
    assert_eq!(ways(&desk).asking.unwrap().every_ms, 2500, "the readings of the queue need a part of the budget");
}

#[test]
fn without_callbacks_and_platform_no_ring_can_be_learnt_of() {
    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
    desk.pass_seconds(2);
    desk.answer_where(|request| matches!(request, Request::ReadPhone { .. }), |_| Err(problem(ProblemCode::Unreachable, true)));
    assert_eq!(desk.snapshot().connection.state, ConnectionState::Disconnected);
    assert_eq!(ways(&desk), WaysView::default());
}

#[test]
fn the_last_rings_are_shown_with_their_lateness_and_the_time_to_the_drawn_card() {
    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
    for age in [50, 2050] {
        let uuid = minted(desk.now.wall.minus(Duration::from_millis(age)));
        let call = desk.leg(leg(LegStatus::Ring, &uuid)).calls[0].id;
        desk.pass(Duration::from_millis(22));
        desk.apply(Input::Intent(Intent::CardPainted { call }));
        desk.pass_seconds(1);
        desk.apply(Input::Intent(Intent::CardPainted { call }));
        desk.leg(leg(LegStatus::Hangup, &uuid));
    }
    let rings = ways(&desk).rings;
    let told: Vec<_> = rings.iter().map(|ring| (ring.by, ring.late_ms, ring.painted_ms)).collect();
    assert_eq!(told, [(Way::Callback, Some(2000), Some(22)), (Way::Callback, Some(0), Some(22))], "the newest ring first");

    // Callbacks are not alive: the ring is polled, and its card is not drawn.
    quickly(&mut desk, 400, SeatState::Waiting);
    let asks = |request: &Request| matches!(request, Request::ReadPhone { .. });
    while !desk.is_asked(asks) {
        let next = desk.session.next_deadline().unwrap();
        desk.pass(next.saturating_sub(desk.now.mono));
    }
    desk.answer(asks, Ok(phone_with(PhoneState::Ringing, "013387525709")));
    let newest = ways(&desk).rings[0];
    assert_eq!((newest.by, newest.late_ms, newest.painted_ms), (Way::Asking, ways(&desk).asking.map(|asking| asking.every_ms), None));
    for uuid in ["b", "c", "d"] {
        desk.leg(leg(LegStatus::Ring, uuid));
        desk.leg(leg(LegStatus::Hangup, uuid));
    }
    assert_eq!(ways(&desk).rings.len(), 3);
}

/// A polled call in progress, and a ring whose card was delayed: neither had a card when its first signal came.
#[test]
fn a_call_without_a_card_at_its_first_signal_is_not_among_the_last_rings() {
    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
    desk.answer_phone(phone_with(PhoneState::Talking, "013387525701"));
    assert_eq!((desk.snapshot().calls.len(), ways(&desk).rings), (1, vec![]));
    desk.answer_phone(phone(PhoneState::Idle));
    let started_at = Some(desk.now.wall.minus(Duration::from_secs(60)));
    desk.leg(LegEvent { started_at, callee: "013900000000".into(), ..leg(LegStatus::Ring, "a") });
    desk.pass(Duration::from_millis(3100));
    assert!(desk.snapshot().calls[0].card);
    assert_eq!(ways(&desk).rings, []);
}

#[test]
fn a_ring_beside_another_call_is_shown_with_its_lateness() {
    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
    for place in 0..2 {
        let uuid = minted(desk.now.wall.minus(Duration::from_millis(50)));
        desk.leg(LegEvent { callee: format!("01390000000{place}"), ..leg(LegStatus::Ring, &uuid) });
        desk.pass_seconds(1);
    }
    assert!(ways(&desk).rings.iter().all(|ring| ring.late_ms.is_some()), "{:?}", ways(&desk).rings);
    assert_eq!(ways(&desk).rings.len(), 2);
}

#[test]
fn the_clock_difference_is_shown_to_a_tenth_of_a_second() {
    for (ahead, told) in [(1_770, 1_300), (1_740, 1_200), (-3_230, -3_700)] {
        let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
        let at = desk.now.wall;
        let stamped_at = Timestamp(at.0 - ahead).second();
        let off = Timestamp(stamped_at.0 + ahead);
        desk.apply(Input::Clock(ClockReading { asked_at: off, stamped_at, answered_at: off }));
        assert_eq!(desk.snapshot().connection.skew_ms, Some(told), "{ahead}");
    }
}
