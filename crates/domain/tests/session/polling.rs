use std::{cell::RefCell, time::Duration};

use ringside_domain::*;

use crate::desk::*;

/// Lets `seconds` pass, answering every question after `latency`; says how often the phone and the queues were asked.
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
fn without_callbacks_the_phone_is_asked_each_second_while_idle() {
    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
    let (phone, seats) = count(&mut desk, 100, SeatState::Waiting, QUICK);
    assert!((85..=110).contains(&phone), "{phone}");
    assert!((8..=12).contains(&seats), "{seats}");
}

#[test]
fn without_callbacks_the_phone_is_asked_every_ten_seconds_while_busy() {
    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Paused);
    let (phone, _) = count(&mut desk, 100, SeatState::Paused, QUICK);
    assert!((8..=13).contains(&phone), "{phone}");
}

#[test]
fn beside_living_callbacks_an_idle_phone_is_asked_every_five_seconds() {
    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
    desk.leg(leg(LegStatus::Ring, "a"));
    desk.leg(leg(LegStatus::Hangup, "a"));
    count(&mut desk, 3, SeatState::Waiting, QUICK);
    let (phone, seats) = count(&mut desk, 100, SeatState::Waiting, QUICK);
    assert!((17..=23).contains(&phone), "{phone}");
    assert!((8..=12).contains(&seats), "{seats}");
    let (phone, _) = count(&mut desk, 400, SeatState::Waiting, QUICK);
    assert!(phone > 150, "after 5 minutes of silence polling is back: {phone}");
}

#[test]
fn nothing_is_polled_when_signed_out() {
    let mut desk = Desk::new(start());
    desk.pass_seconds(3600);
    assert!(desk.asked.is_empty());
}

#[test]
fn a_slow_platform_is_asked_less() {
    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
    let (phone, _) = count(&mut desk, 100, SeatState::Waiting, Duration::from_secs(4));
    assert!(phone <= 12, "{phone}");
}

#[test]
fn two_desks_do_not_ask_in_step() {
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
fn a_call_has_the_queues_read_again_soon() {
    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
    count(&mut desk, 20, SeatState::Waiting, QUICK);
    for status in [LegStatus::Ring, LegStatus::Answer, LegStatus::Hangup] {
        desk.leg(leg(status, "a"));
        let (_, seats) = count(&mut desk, 2, SeatState::Waiting, QUICK);
        assert!(seats >= 1, "{status:?}");
    }
}
