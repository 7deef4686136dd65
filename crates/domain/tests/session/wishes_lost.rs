//! Wishes and seats over a loss of the connection, a sleep and a restart.

use ringside_domain::*;

use crate::{
    desk::*,
    wishes::{busy, set_by},
};

#[test]
fn available_ends_with_a_failed_reading_and_returns_with_the_next_one() {
    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
    desk.pass_seconds(11);
    desk.answer(|request| matches!(request, Request::ReadSeats { .. }), Err(problem(ProblemCode::Unreachable, true)));
    assert_eq!(desk.snapshot().label, Label::Unconfirmed);
    desk.pass_seconds(8);
    desk.answer_phone(phone(PhoneState::Idle));
    assert_eq!(desk.snapshot().connection.state, ConnectionState::Connected);
    assert_eq!(desk.snapshot().label, Label::Unconfirmed, "an answer to another request confirms nothing");
    desk.answer_seats(SeatState::Waiting);
    assert_eq!(desk.snapshot().label, Label::Available);
}

#[test]
fn a_failure_of_the_connection_causes_readings_of_the_seats_at_once() {
    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
    desk.pass_seconds(2);
    desk.answer(|request| matches!(request, Request::ReadPhone { .. }), Err(problem(ProblemCode::Unreachable, true)));
    desk.pass_seconds(1);
    assert!(desk.is_asked(|request| matches!(request, Request::ReadSeats { .. })));
}

#[test]
fn after_a_restart_available_is_shown_only_after_a_reading() {
    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
    desk.set(Wish::Available);
    let mut later = Desk::new(Start { saved: desk.saved.clone(), ..start() });
    assert_ne!(later.snapshot().label, Label::Available);
    later.answer(
        |request| matches!(request, Request::SignIn { .. }),
        Ok(Outcome::SignedIn { company: "Acme".into(), company_code: "9024".into() }),
    );
    later.answer(|request| is_join(request, "queue-1"), Ok(Outcome::Joined { already: true }));
    assert_eq!(later.snapshot().label, Label::Unconfirmed);
    later.answer_seats(SeatState::Waiting);
    assert_eq!(later.snapshot().label, Label::Available);
}

#[test]
fn an_answer_from_before_a_sleep_confirms_nothing() {
    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
    desk.pass_seconds(11);
    assert!(desk.is_asked(|request| matches!(request, Request::ReadSeats { .. })));
    desk.now.wall = desk.now.wall.plus(std::time::Duration::from_secs(8 * 3600));
    desk.now.mono += std::time::Duration::from_millis(1);
    desk.answer(|request| matches!(request, Request::ReadSeats { .. }), Ok(seats(&QueueName("queue-1".into()), SeatState::Waiting)));
    assert_eq!(desk.snapshot().label, Label::Unconfirmed);
    desk.answer_seats(SeatState::Waiting);
    assert_eq!(desk.snapshot().label, Label::Available);
}

/// All readings fail for this many seconds.
fn lose(desk: &mut Desk, seconds: u64) {
    for _ in 0..seconds {
        desk.pass_seconds(1);
        let which = |request: &Request| matches!(request, Request::ReadSeats { .. } | Request::ReadPhone { .. });
        desk.answer_where(which, |_| Err(problem(ProblemCode::Unreachable, true)));
    }
}

#[test]
fn busy_is_restored_after_a_short_loss_of_connection_and_not_after_a_long_one() {
    for (seconds, restored) in [(60, true), (400, false)] {
        let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
        desk.set(Wish::Busy { reason: Some("Lunch".into()) });
        lose(&mut desk, seconds);
        assert_eq!(desk.snapshot().label, Label::Unconfirmed);
        desk.pass_seconds(8);
        desk.answer_seats(SeatState::Waiting);
        assert_eq!(desk.is_asked(is_setting), restored, "after {seconds} s");
        assert_eq!(desk.snapshot().label, Label::Available, "the platform's state");
        if restored {
            desk.accept_settings();
            desk.answer_seats(SeatState::Paused);
            assert_eq!((desk.snapshot().label, set_by(&desk)), (Label::Break, Some(SetBy::Window)));
        } else {
            assert_eq!(set_by(&desk), Some(SetBy::Platform));
        }
    }
}

#[test]
fn a_queue_lost_with_the_connection_is_joined_again_with_the_wish() {
    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Paused);
    desk.set(Wish::Available);
    lose(&mut desk, 60);
    let empty = SeatsReading { queue: QueueName("queue-1".into()), seats: vec![], others: None };
    desk.pass_seconds(11);
    desk.answer_where(|request| matches!(request, Request::ReadSeats { .. }), |_| Ok(Outcome::Seats(empty.clone())));
    desk.answer(|request| is_join(request, "queue-1"), Ok(Outcome::Joined { already: false }));
    desk.accept_settings();
    desk.answer_seats(SeatState::Waiting);
    assert_eq!((desk.snapshot().label, set_by(&desk)), (Label::Available, Some(SetBy::Window)));
    assert!(desk.snapshot().notices.is_empty(), "nothing needs the agent's attention");
}

#[test]
fn the_snapshot_of_a_failed_session_shows_no_state_as_true() {
    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
    for place in 0..7 {
        desk.leg(LegEvent { callee: format!("01390000000{place}"), ..leg(LegStatus::Ring, &place.to_string()) });
    }
    let before = desk.intent(busy());
    assert_eq!((before.label, before.calls.len(), before.more_calls), (Label::Ringing, 5, 2));
    let failed = problem(ProblemCode::CoreFailed, true);
    let after = before.unknown(failed.clone());
    assert_eq!((after.label, after.calls.len(), after.more_calls), (Label::Unconfirmed, 0, 0));
    assert_eq!((after.revision, after.wish.progress.clone()), (before.revision + 1, WishProgress::Overdue));
    assert_eq!((&after.queues[0].problem, &after.connection.problem), (&Some(failed.clone()), &Some(failed.clone())));
    let settled = Desk::in_queues(&["queue-1"], SeatState::Waiting).snapshot();
    assert_eq!(settled.unknown(failed).wish.progress, WishProgress::Settled);
}

fn is_seats(request: &Request) -> bool {
    matches!(request, Request::ReadSeats { .. })
}

fn of_queue(request: &Request, name: &str) -> bool {
    match request {
        Request::SetSeat { queue, .. } | Request::ReadSeats { queue } | Request::JoinQueue { queue, .. } => queue.0 == name,
        _ => false,
    }
}

/// The agent was out of a queue when the wish failed in the other one. A wish that is due but void must not take every turn.
#[test]
fn a_wish_that_was_rolled_back_is_not_sent_to_a_queue_that_is_joined_again_and_keeps_nothing_from_being_read() {
    let mut desk = Desk::in_queues(&["queue-1", "queue-2"], SeatState::Waiting);
    for _ in 0..38 {
        desk.pass_seconds(1);
        desk.answer_where(|_| true, |_| Err(problem(ProblemCode::Unreachable, true)));
    }
    desk.intent(wish(Wish::Busy { reason: None }));
    // After the loss of the connection the agent is in the first queue only.
    let rows = |queue: &QueueName| match queue.0.as_str() {
        "queue-1" => seats(queue, SeatState::Waiting),
        _ => Outcome::Seats(SeatsReading { queue: queue.clone(), seats: vec![seat("100002", SeatState::Waiting)], others: None }),
    };
    while !desk.is_asked(|request| is_join(request, "queue-2")) {
        desk.pass_seconds(1);
        desk.answer_where(is_seats, |request| {
            let Request::ReadSeats { queue } = request else { unreachable!() };
            Ok(rows(queue))
        });
    }
    let is_set = |name: &'static str| move |request: &Request| is_setting(request) && of_queue(request, name);
    desk.answer(is_set("queue-2"), Err(problem(ProblemCode::ServerError, true)));
    desk.answer(is_set("queue-1"), Err(problem(ProblemCode::Refused, false)));
    assert_eq!(desk.snapshot().wish.wish, None, "rolled back");
    desk.answer(|request| is_join(request, "queue-2"), Ok(Outcome::Joined { already: true }));
    desk.answer_seats(SeatState::Waiting);
    desk.pass_seconds(15);
    for name in ["queue-1", "queue-2"] {
        assert!(desk.is_asked(|request| is_seats(request) && of_queue(request, name)), "{name}: {:?}", desk.asked);
    }
    assert!(!desk.is_asked(is_setting));
    assert!(desk.snapshot().queues.iter().all(|queue| !matches!(queue.wish, Some(WishStage::Pending))));
}
