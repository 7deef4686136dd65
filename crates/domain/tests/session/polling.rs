use std::{cell::RefCell, time::Duration};

use ringside_domain::*;

use crate::desk::*;

/// Lets `seconds` pass and answers every request after `latency`; returns how often the phone and the queues were read.
pub fn count(desk: &mut Desk, seconds: u64, state: SeatState, latency: Duration) -> (usize, usize) {
    let counts = RefCell::new((0, 0));
    let end = desk.now.mono + Duration::from_secs(seconds);
    while desk.now.mono < end {
        let next = desk.session.next_deadline().unwrap_or(end).clamp(desk.now.mono, end);
        desk.pass(next - desk.now.mono);
        if desk.asked.is_empty() {
            continue;
        }
        desk.pass(latency);
        desk.answer_where(
            |_| true,
            |request| match request {
                Request::ReadPhone { .. } => {
                    counts.borrow_mut().0 += 1;
                    Ok(phone(PhoneState::Idle))
                }
                Request::ReadSeats { queue } => {
                    counts.borrow_mut().1 += 1;
                    Ok(seats(queue, state))
                }
                Request::ReadRecords { .. } => Ok(Outcome::Records(vec![])),
                Request::JoinQueue { .. } => Ok(Outcome::Joined { already: true }),
                Request::ListQueues => Ok(Outcome::Queues(vec![])),
                _ => Ok(Outcome::Done),
            },
        );
    }
    counts.into_inner()
}

const QUICK: Duration = Duration::from_millis(30);

#[test]
fn without_callbacks_an_idle_phone_is_read_each_second() {
    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
    let (phone, seats) = count(&mut desk, 100, SeatState::Waiting, QUICK);
    assert!((85..=110).contains(&phone), "{phone}");
    assert!((8..=12).contains(&seats), "{seats}");
}

#[test]
fn without_callbacks_the_phone_is_read_every_ten_seconds_while_busy() {
    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Paused);
    let (phone, _) = count(&mut desk, 100, SeatState::Paused, QUICK);
    assert!((8..=13).contains(&phone), "{phone}");
}

#[test]
fn with_live_callbacks_an_idle_phone_is_read_every_five_seconds() {
    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
    desk.leg(leg(LegStatus::Ring, "a"));
    desk.leg(leg(LegStatus::Hangup, "a"));
    count(&mut desk, 3, SeatState::Waiting, QUICK);
    let (phone, seats) = count(&mut desk, 100, SeatState::Waiting, QUICK);
    assert!((17..=23).contains(&phone), "{phone}");
    assert!((8..=12).contains(&seats), "{seats}");
    let (phone, _) = count(&mut desk, 400, SeatState::Waiting, QUICK);
    assert!(phone > 150, "after 5 minutes without callbacks the phone is polled again: {phone}");
}

#[test]
fn nothing_is_polled_when_signed_out() {
    let mut desk = Desk::new(start());
    desk.pass_seconds(3600);
    assert!(desk.asked.is_empty());
}

#[test]
fn a_slow_platform_gets_fewer_requests() {
    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
    let (phone, _) = count(&mut desk, 100, SeatState::Waiting, Duration::from_secs(4));
    assert!(phone <= 12, "{phone}");
}

#[test]
fn two_desks_do_not_poll_at_the_same_moments() {
    let times = |seed: u64| {
        let mut desk = Desk::new(Start { seed, ..start() });
        desk.sign_in(&["queue-1"]);
        desk.answer(|request| is_join(request, "queue-1"), Ok(Outcome::Joined { already: true }));
        desk.answer_seats(SeatState::Waiting);
        desk.session.next_deadline()
    };
    assert_ne!(times(1), times(2));
}

#[test]
fn a_change_of_a_call_causes_readings_of_the_queues() {
    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
    count(&mut desk, 20, SeatState::Waiting, QUICK);
    for status in [LegStatus::Ring, LegStatus::Answer, LegStatus::Hangup] {
        desk.leg(leg(status, "a"));
        let (_, seats) = count(&mut desk, 2, SeatState::Waiting, QUICK);
        assert!(seats >= 1, "{status:?}");
    }
}

#[test]
fn a_test_ring_does_not_wait_for_a_failing_platform_and_does_not_change_its_state() {
    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
    let report = ShellReport::Listening { url: "http://127.0.0.1:1/callbacks/s".into(), shown: "…".into(), public: false };
    desk.apply(Input::Report(report));
    desk.pass_seconds(2);
    let retry_after = Problem::new(ProblemCode::ServerError, "", true).after(Some(Duration::from_secs(600)));
    desk.answer_where(|request| matches!(request, Request::ReadPhone { .. }), |_| Err(retry_after.clone()));
    desk.intent(Intent::TestCallback);
    assert!(desk.is_asked(|request| matches!(request, Request::PostTestRing(_))), "sent at once, since it goes to our own address");

    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
    desk.apply(Input::Report(ShellReport::Listening { url: "http://127.0.0.1:1/callbacks/s".into(), shown: "…".into(), public: false }));
    desk.intent(Intent::TestCallback);
    let refused = problem(ProblemCode::Unreachable, true);
    let snapshot = desk.answer(|request| matches!(request, Request::PostTestRing(_)), Err(refused.clone()));
    assert_eq!(snapshot.connection.state, ConnectionState::Connected);
    let Some(CallbackTest::Failed { problem, .. }) = &snapshot.listener.test else { panic!("{:?}", snapshot.listener) };
    assert_eq!(*problem, refused, "the test shows the failure");
}

#[test]
fn the_time_of_the_phones_state_is_updated_every_ten_seconds_or_on_a_change() {
    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
    let Outcome::Phone(idle) = phone(PhoneState::Idle) else { unreachable!("a reading of the phone") };
    desk.answer_phone(Outcome::Phone(idle.clone()));
    let mut last = desk.snapshot().phone_at.unwrap();
    let mut moved = 0;
    for _ in 0..30 {
        desk.answer_phone(Outcome::Phone(idle.clone()));
        let at = desk.snapshot().phone_at.unwrap();
        assert!(at == last || (at == desk.now.wall && at.since(last) >= Duration::from_secs(10)), "{at:?} after {last:?}");
        assert!(desk.now.wall.since(at) < Duration::from_secs(10), "never older than ten seconds");
        moved += usize::from(at != last);
        last = at;
    }
    assert!(moved > 1, "{moved}");
    desk.answer_phone(Outcome::Phone(idle.clone()));
    desk.answer_phone(Outcome::Phone(PhoneReading { phone: Phone::NotRegistered, ..idle.clone() }));
    assert_eq!(desk.snapshot().phone_at, Some(desk.now.wall));
    desk.answer_phone(Outcome::Phone(PhoneReading { phone: Phone::Unknown, ..idle }));
    assert_eq!(desk.snapshot().phone, Phone::NotRegistered, "an unknown state changes nothing");
}

#[test]
fn the_state_of_the_phone_is_forgotten_at_a_sign_out() {
    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
    assert_eq!(desk.snapshot().phone, Phone::Ready);
    let snapshot = desk.intent(Intent::SignOut);
    assert_eq!((snapshot.phone, snapshot.phone_at), (Phone::Unknown, None));
}
