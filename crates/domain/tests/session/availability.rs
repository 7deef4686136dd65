use ringside_domain::*;

use crate::desk::*;

fn busy() -> Intent {
    Intent::SetAvailability { availability: Availability::Busy { reason: None } }
}

fn available() -> Intent {
    Intent::SetAvailability { availability: Availability::Available }
}

#[test]
fn a_wish_is_pending_until_a_reading_confirms_it() {
    let mut desk = Desk::in_queues(&["queue-1", "queue-2"], SeatState::Waiting);
    assert_eq!(desk.snapshot().label, Label::Available);
    desk.intent(busy());
    assert_eq!(desk.snapshot().availability.progress, WishProgress::Pending);
    assert_eq!(desk.snapshot().label, Label::Available, "what the platform last said is shown");
    assert_eq!(desk.asked.iter().filter(|(_, request)| is_setting(request)).count(), 2, "one request a queue (N14)");
    desk.accept_settings();
    assert_eq!(desk.snapshot().availability.progress, WishProgress::Pending, "accepted is not confirmed");
    desk.answer_seats(SeatState::Paused);
    assert_eq!(desk.snapshot().availability.progress, WishProgress::Settled);
    assert_eq!(desk.snapshot().label, Label::Busy);
}

#[test]
fn a_reading_from_before_the_acceptance_confirms_nothing() {
    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Paused);
    desk.pass_seconds(11);
    desk.intent(available());
    // Asked before, answered after: it still says what was.
    desk.accept_settings();
    desk.answer(|request| matches!(request, Request::ReadSeats { .. }), Ok(seats(&QueueName("queue-1".into()), SeatState::Waiting)));
    assert_eq!(desk.snapshot().availability.progress, WishProgress::Pending);
    desk.answer_seats(SeatState::Waiting);
    assert_eq!(desk.snapshot().availability.progress, WishProgress::Settled);
    assert_eq!(desk.snapshot().label, Label::Available);
}

#[test]
fn a_refused_wish_is_rolled_back_with_a_notice() {
    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Paused);
    desk.intent(available());
    desk.answer(is_setting, Err(problem(ProblemCode::Refused, false)));
    let snapshot = desk.snapshot();
    assert!(matches!(&snapshot.availability.progress, WishProgress::RolledBack { problem, .. } if problem.code == ProblemCode::Refused));
    assert!(matches!(snapshot.notices[0].what, NoticeKind::RolledBack { .. }));
    assert_eq!(snapshot.label, Label::Busy);
    let notice = snapshot.notices[0].id;
    desk.intent(Intent::Dismiss { notice });
    assert!(desk.snapshot().notices.is_empty());
}

#[test]
fn where_one_queue_fails_the_others_stand_and_it_is_named() {
    let mut desk = Desk::in_queues(&["queue-1", "queue-2"], SeatState::Paused);
    desk.intent(available());
    desk.answer(is_setting, Err(problem(ProblemCode::QueueUnknown, false)));
    desk.answer(is_setting, Ok(Outcome::Done));
    desk.pass_seconds(2);
    desk.answer_where(
        |request| matches!(request, Request::ReadSeats { .. }),
        |request| {
            let Request::ReadSeats { queue } = request else { unreachable!() };
            Ok(seats(queue, if queue.0 == "queue-2" { SeatState::Waiting } else { SeatState::Paused }))
        },
    );
    let snapshot = desk.snapshot();
    let WishProgress::RolledBack { queues, .. } = &snapshot.availability.progress else { panic!("{:?}", snapshot.availability) };
    assert_eq!(queues, &[QueueName("queue-1".into())]);
    assert_eq!(snapshot.label, Label::Available, "calls can come from the other");
    assert_eq!(snapshot.availability.wish, Some(Availability::Available));
}

#[test]
fn a_passing_failure_is_tried_again() {
    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Paused);
    desk.intent(available());
    desk.answer(is_setting, Err(problem(ProblemCode::Unreachable, true)));
    assert_eq!(desk.snapshot().availability.progress, WishProgress::Pending);
    desk.pass_seconds(2);
    desk.accept_settings();
    desk.answer_seats(SeatState::Waiting);
    assert_eq!(desk.snapshot().availability.progress, WishProgress::Settled);
}

#[test]
fn a_wish_without_an_answer_is_shown_as_not_confirmed() {
    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
    desk.intent(busy());
    desk.pass_seconds(9);
    assert_eq!(desk.snapshot().availability.progress, WishProgress::Pending);
    desk.pass_seconds(2);
    assert_eq!(desk.snapshot().availability.progress, WishProgress::Overdue);
    assert_eq!(desk.snapshot().label, Label::Unconfirmed);
    desk.accept_settings();
    desk.answer_where(
        |request| matches!(request, Request::ReadSeats { .. }),
        |_| Ok(seats(&QueueName("queue-1".into()), SeatState::Waiting)),
    );
    desk.answer_seats(SeatState::Paused);
    assert_eq!(desk.snapshot().availability.progress, WishProgress::Settled, "late is better than never");
    assert_eq!(desk.snapshot().label, Label::Busy);
}

#[test]
fn a_platform_that_accepts_and_says_otherwise_is_named() {
    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Paused);
    desk.intent(available());
    desk.accept_settings();
    for _ in 0..4 {
        desk.answer_seats(SeatState::Paused);
    }
    let snapshot = desk.snapshot();
    assert!(
        matches!(&snapshot.availability.progress, WishProgress::RolledBack { problem, .. } if problem.code == ProblemCode::NotConfirmed)
    );
    assert_eq!(snapshot.label, Label::Busy);
}

#[test]
fn the_last_wish_is_also_the_last_sent() {
    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Paused);
    desk.intent(available());
    desk.intent(busy());
    desk.intent(available());
    desk.intent(busy());
    assert_eq!(desk.asked.iter().filter(|(_, request)| is_setting(request)).count(), 1, "one at a time, so that none overtakes");
    desk.answer(is_setting, Ok(Outcome::Done));
    assert!(desk.is_asked(|request| matches!(request, Request::SetSeat { busy: true, .. })));
    desk.accept_settings();
    desk.answer_seats(SeatState::Paused);
    assert_eq!(desk.snapshot().availability.progress, WishProgress::Settled);
    assert_eq!(desk.snapshot().label, Label::Busy);
}

#[test]
fn in_a_call_the_seat_does_not_say_whether_it_is_paused() {
    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Talking);
    desk.intent(busy());
    desk.accept_settings();
    for _ in 0..5 {
        desk.answer_seats(SeatState::Talking);
    }
    assert_eq!(desk.snapshot().availability.progress, WishProgress::AfterCall, "neither confirmed nor contradicted, nor late");
    desk.pass_seconds(11);
    desk.answer_seats(SeatState::Paused);
    assert_eq!(desk.snapshot().availability.progress, WishProgress::Settled);
}

#[test]
fn what_was_taken_in_a_call_is_pending_again_when_the_call_is_over() {
    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Talking);
    desk.intent(busy());
    desk.accept_settings();
    desk.answer_seats(SeatState::Talking);
    assert_eq!(desk.snapshot().availability.progress, WishProgress::AfterCall);
    desk.pass_seconds(11);
    desk.answer_seats(SeatState::Waiting);
    assert_eq!(desk.snapshot().availability.progress, WishProgress::Pending);
    for _ in 0..6 {
        desk.answer_seats(SeatState::Waiting);
    }
    assert!(matches!(desk.snapshot().availability.progress, WishProgress::RolledBack { .. }));
}

#[test]
fn a_reason_of_ours_makes_it_a_break() {
    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
    desk.intent(Intent::SetAvailability { availability: Availability::Busy { reason: Some("Lunch".into()) } });
    desk.accept_settings();
    desk.answer_seats(SeatState::Paused);
    let snapshot = desk.snapshot();
    assert_eq!((snapshot.label, snapshot.reason.as_deref()), (Label::Break, Some("Lunch")));
}

#[test]
fn being_benched_is_said() {
    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
    desk.pass_seconds(10);
    desk.answer_seats(SeatState::Paused);
    let snapshot = desk.snapshot();
    assert_eq!(snapshot.label, Label::Busy);
    assert!(matches!(&snapshot.notices[0].what, NoticeKind::Benched { queue } if queue.0 == "queue-1"));
}

#[test]
fn a_stale_green_is_never_shown() {
    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
    assert_eq!(desk.snapshot().label, Label::Available);
    desk.pass_seconds(31);
    assert_eq!(desk.snapshot().label, Label::Unconfirmed, "nobody has answered for 30 seconds");
}

#[test]
fn after_a_sleep_nothing_counts_as_known() {
    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
    desk.now.wall = desk.now.wall.plus(std::time::Duration::from_secs(8 * 3600));
    desk.apply(Input::Tick);
    assert_eq!(desk.snapshot().label, Label::Unconfirmed);
}

#[test]
fn who_is_no_longer_in_the_queue_is_told() {
    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
    for _ in 0..2 {
        desk.pass_seconds(12);
        let empty = SeatsReading { queue: QueueName("queue-1".into()), seats: vec![seat("100002", SeatState::Waiting)] };
        desk.answer_where(|request| matches!(request, Request::ReadSeats { .. }), |_| Ok(Outcome::Seats(empty.clone())));
    }
    let snapshot = desk.snapshot();
    assert_eq!(snapshot.label, Label::SignedOut);
    assert!(matches!(&snapshot.notices[0].what, NoticeKind::RemovedFromQueue { .. }));
}

#[test]
fn an_unregistered_phone_is_a_state_of_its_own() {
    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
    for (phone, _) in [(Phone::NotRegistered, 1014), (Phone::Disabled, 1013)] {
        desk.pass_seconds(11);
        let mut own = seat(OWN, SeatState::Waiting);
        own.phone = phone;
        let reading = SeatsReading { queue: QueueName("queue-1".into()), seats: vec![own] };
        desk.answer_where(|request| matches!(request, Request::ReadPhone { .. }), |_| Err(problem(ProblemCode::Unreachable, true)));
        desk.answer_where(|request| matches!(request, Request::ReadSeats { .. }), |_| Ok(Outcome::Seats(reading.clone())));
        assert_eq!((desk.snapshot().label, desk.snapshot().phone), (Label::PhoneNotReady, phone));
    }
}
