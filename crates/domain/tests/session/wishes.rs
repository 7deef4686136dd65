use std::time::Duration;

use ringside_domain::*;

use crate::desk::*;

pub fn busy() -> Intent {
    wish(Wish::Busy { reason: None })
}

fn available() -> Intent {
    wish(Wish::Available)
}

#[test]
fn a_wish_is_pending_until_a_reading_confirms_it() {
    let mut desk = Desk::in_queues(&["queue-1", "queue-2"], SeatState::Waiting);
    assert_eq!(desk.snapshot().label, Label::Available);
    desk.intent(busy());
    assert_eq!(desk.snapshot().wish.progress, WishProgress::Pending);
    assert_eq!(desk.snapshot().label, Label::Available, "the platform's last state is shown");
    assert_eq!(desk.asked.iter().filter(|(_, request)| is_setting(request)).count(), 2, "one request per queue (N14)");
    desk.accept_settings();
    assert_eq!(desk.snapshot().wish.progress, WishProgress::Pending, "an acceptance is no confirmation");
    desk.answer_seats(SeatState::Paused);
    assert_eq!(desk.snapshot().wish.progress, WishProgress::Settled);
    assert_eq!(desk.snapshot().label, Label::Busy);
}

#[test]
fn a_reading_from_before_the_acceptance_confirms_nothing() {
    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Paused);
    desk.pass_seconds(11);
    desk.intent(available());
    // The reading was asked for before the acceptance and answered after it, so it may show the state before.
    desk.accept_settings();
    desk.answer(|request| matches!(request, Request::ReadSeats { .. }), Ok(seats(&QueueName("queue-1".into()), SeatState::Waiting)));
    assert_eq!(desk.snapshot().wish.progress, WishProgress::Pending);
    desk.answer_seats(SeatState::Waiting);
    assert_eq!(desk.snapshot().wish.progress, WishProgress::Settled);
    assert_eq!(desk.snapshot().label, Label::Available);
}

#[test]
fn a_reading_from_before_an_accepted_wish_is_not_shown_once_that_wish_was_replaced() {
    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
    desk.pass_seconds(1);
    desk.intent(busy());
    desk.accept_settings();
    assert_eq!(desk.snapshot().label, Label::Available, "the last confirmed state while this wish is shown as pending");
    // The platform has the agent busy, and the wish is the one that the old reading shows.
    desk.intent(available());
    assert_eq!(desk.snapshot().label, Label::Unconfirmed);
    desk.answer(|request| matches!(request, Request::ReadSeats { .. }), Ok(seats(&QueueName("queue-1".into()), SeatState::Paused)));
    assert_eq!(desk.snapshot().label, Label::Busy);
    desk.accept_settings();
    desk.answer_seats(SeatState::Waiting);
    let now = desk.snapshot();
    assert_eq!((now.label, &now.wish.progress), (Label::Available, &WishProgress::Settled));
}

#[test]
fn a_refused_wish_is_rolled_back_with_a_notice() {
    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Paused);
    desk.intent(available());
    desk.answer(is_setting, Err(problem(ProblemCode::Refused, false)));
    let snapshot = desk.snapshot();
    assert!(matches!(&snapshot.wish.progress, WishProgress::RolledBack { problem, .. } if problem.code == ProblemCode::Refused));
    assert!(matches!(snapshot.notices[0].what, NoticeKind::RolledBack { .. }));
    assert_eq!(snapshot.label, Label::Busy);
    let notice = snapshot.notices[0].id;
    desk.intent(Intent::Dismiss { notice });
    assert!(desk.snapshot().notices.is_empty());
}

#[test]
fn if_one_queue_fails_it_is_named_and_the_wish_holds_in_the_others() {
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
    let WishProgress::RolledBack { queues, .. } = &snapshot.wish.progress else { panic!("{:?}", snapshot.wish) };
    assert_eq!(queues, &[QueueName("queue-1".into())]);
    assert_eq!(snapshot.label, Label::Available, "calls can come from the other queue");
    assert_eq!(snapshot.wish.wish, Some(Wish::Available));
}

#[test]
fn a_wish_is_sent_again_after_a_temporary_failure() {
    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Paused);
    desk.intent(available());
    desk.answer(is_setting, Err(problem(ProblemCode::Unreachable, true)));
    assert_eq!(desk.snapshot().wish.progress, WishProgress::Pending);
    desk.pass_seconds(2);
    desk.accept_settings();
    desk.answer_seats(SeatState::Waiting);
    assert_eq!(desk.snapshot().wish.progress, WishProgress::Settled);
}

#[test]
fn a_wish_without_an_answer_is_shown_as_not_confirmed() {
    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
    desk.intent(busy());
    desk.pass_seconds(9);
    assert_eq!(desk.snapshot().wish.progress, WishProgress::Pending);
    desk.pass_seconds(2);
    assert_eq!(desk.snapshot().wish.progress, WishProgress::Overdue);
    assert_eq!(desk.snapshot().label, Label::Unconfirmed);
    desk.accept_settings();
    desk.answer_where(
        |request| matches!(request, Request::ReadSeats { .. }),
        |_| Ok(seats(&QueueName("queue-1".into()), SeatState::Waiting)),
    );
    desk.answer_seats(SeatState::Paused);
    assert_eq!(desk.snapshot().wish.progress, WishProgress::Settled, "a late reading still confirms the wish");
    assert_eq!(desk.snapshot().label, Label::Busy);
}

#[test]
fn a_wish_that_is_accepted_but_contradicted_is_rolled_back_as_not_confirmed() {
    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Paused);
    desk.intent(available());
    desk.accept_settings();
    for _ in 0..4 {
        desk.answer_seats(SeatState::Paused);
    }
    let snapshot = desk.snapshot();
    assert!(matches!(&snapshot.wish.progress, WishProgress::RolledBack { problem, .. } if problem.code == ProblemCode::NotConfirmed));
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
    assert_eq!(desk.snapshot().wish.progress, WishProgress::Settled);
    assert_eq!(desk.snapshot().label, Label::Busy);
}

#[test]
fn a_wish_during_a_call_is_neither_confirmed_nor_contradicted() {
    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Talking);
    desk.intent(busy());
    desk.accept_settings();
    for _ in 0..5 {
        desk.answer_seats(SeatState::Talking);
    }
    assert_eq!(desk.snapshot().wish.progress, WishProgress::AfterCall, "neither confirmed nor contradicted nor overdue");
    desk.pass_seconds(11);
    desk.answer_seats(SeatState::Paused);
    assert_eq!(desk.snapshot().wish.progress, WishProgress::Settled);
}

#[test]
fn a_wish_accepted_during_a_call_is_pending_again_after_the_call() {
    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Talking);
    desk.intent(busy());
    desk.accept_settings();
    desk.answer_seats(SeatState::Talking);
    assert_eq!(desk.snapshot().wish.progress, WishProgress::AfterCall);
    desk.pass_seconds(11);
    desk.answer_seats(SeatState::Waiting);
    assert_eq!(desk.snapshot().wish.progress, WishProgress::Pending);
    for _ in 0..6 {
        desk.answer_seats(SeatState::Waiting);
    }
    assert!(matches!(desk.snapshot().wish.progress, WishProgress::RolledBack { .. }));
}

#[test]
fn busy_with_a_reason_is_a_break() {
    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
    desk.intent(wish(Wish::Busy { reason: Some("Lunch".into()) }));
    desk.accept_settings();
    desk.answer_seats(SeatState::Paused);
    let snapshot = desk.snapshot();
    assert_eq!((snapshot.label, snapshot.reason.as_deref()), (Label::Break, Some("Lunch")));
}

#[test]
fn a_pause_by_the_platform_is_reported() {
    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
    desk.pass_seconds(10);
    desk.answer_seats(SeatState::Paused);
    let snapshot = desk.snapshot();
    assert_eq!(snapshot.label, Label::Busy);
    assert!(matches!(&snapshot.notices[0].what, NoticeKind::Benched { queue } if queue.0 == "queue-1"));
}

#[test]
fn a_stale_reading_is_never_shown_as_available() {
    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
    assert_eq!(desk.snapshot().label, Label::Available);
    desk.pass_seconds(31);
    assert_eq!(desk.snapshot().label, Label::Unconfirmed, "no answer for 30 seconds");
}

#[test]
fn after_a_sleep_nothing_counts_as_known() {
    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
    desk.now.wall = desk.now.wall.plus(std::time::Duration::from_secs(8 * 3600));
    desk.apply(Input::Tick);
    assert_eq!(desk.snapshot().label, Label::Unconfirmed);
}

#[test]
fn a_removal_from_a_queue_is_reported() {
    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
    for _ in 0..2 {
        desk.pass_seconds(12);
        let empty = SeatsReading { queue: QueueName("queue-1".into()), seats: vec![seat("100002", SeatState::Waiting)], others: None };
        desk.answer_where(|request| matches!(request, Request::ReadSeats { .. }), |_| Ok(Outcome::Seats(empty.clone())));
    }
    let snapshot = desk.snapshot();
    assert_eq!(snapshot.label, Label::SignedOut);
    assert!(matches!(&snapshot.notices[0].what, NoticeKind::RemovedFromQueue { .. }));
}

#[test]
fn an_unregistered_or_disabled_phone_has_its_own_label() {
    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
    for (phone, _) in [(Phone::NotRegistered, 1014), (Phone::Disabled, 1013)] {
        desk.pass_seconds(11);
        let mut own = seat(OWN, SeatState::Waiting);
        own.phone = phone;
        let reading = SeatsReading { queue: QueueName("queue-1".into()), seats: vec![own], others: None };
        desk.answer_where(|request| matches!(request, Request::ReadPhone { .. }), |_| Err(problem(ProblemCode::Unreachable, true)));
        desk.answer_where(|request| matches!(request, Request::ReadSeats { .. }), |_| Ok(Outcome::Seats(reading.clone())));
        assert_eq!((desk.snapshot().label, desk.snapshot().phone), (Label::PhoneNotReady, phone));
    }
}

pub fn set_by(desk: &Desk) -> Option<SetBy> {
    desk.snapshot().wish.set.map(|set| set.by)
}

#[test]
fn the_cause_of_the_state_is_shown() {
    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
    assert_eq!(set_by(&desk), None, "the platform had this state when it was first asked");
    for by in [SetBy::Tray, SetBy::CommandLine, SetBy::Window] {
        desk.intent(Intent::Wish { wish: Wish::Busy { reason: None }, by });
        desk.accept_settings();
        desk.answer_seats(SeatState::Paused);
        assert_eq!(set_by(&desk), Some(by));
    }
    desk.intent(available());
    desk.answer(is_setting, Err(problem(ProblemCode::Refused, false)));
    let set = desk.snapshot().wish.set;
    assert!(set.is_some_and(|set| set.by == SetBy::Window && set.at < desk.now.wall), "after a refusal the earlier cause stays: {set:?}");
}

#[test]
fn a_newly_joined_queue_gets_the_state_of_the_sign_in_policy() {
    let mut desk = Desk::new(start());
    desk.sign_in(&["queue-1"]);
    desk.answer(|request| is_join(request, "queue-1"), Ok(Outcome::Joined { already: false }));
    desk.accept_settings();
    desk.answer_seats(SeatState::Paused);
    assert_eq!((desk.snapshot().label, set_by(&desk)), (Label::Busy, Some(SetBy::SignIn)));
    assert_eq!(desk.saved.set.map(|set| set.by), Some(SetBy::SignIn), "kept");
}

#[test]
fn a_change_at_the_platform_is_shown_as_set_by_the_platform() {
    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
    desk.set(Wish::Busy { reason: Some("Lunch".into()) });
    desk.pass_seconds(9);
    desk.answer_seats(SeatState::Waiting);
    let snapshot = desk.snapshot();
    assert_eq!((snapshot.label, set_by(&desk)), (Label::Available, Some(SetBy::Platform)));
    assert_eq!(snapshot.wish.wish, None, "there is no wish any more");
    desk.pass_seconds(9);
    desk.answer_seats(SeatState::Paused);
    let snapshot = desk.snapshot();
    assert_eq!((snapshot.label, snapshot.reason.as_deref()), (Label::Busy, None), "not the earlier break");
    assert!(matches!(snapshot.notices[0].what, NoticeKind::Benched { .. }), "N19");
}

#[test]
fn an_unanswered_wish_is_overdue_after_exactly_ten_seconds() {
    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
    let from = desk.now.mono;
    desk.intent(wish(Wish::Busy { reason: None }));
    while desk.snapshot().wish.progress == WishProgress::Pending {
        let next = desk.session.next_deadline().unwrap();
        desk.pass(next - desk.now.mono);
    }
    assert_eq!(desk.snapshot().wish.progress, WishProgress::Overdue);
    assert_eq!(desk.now.mono - from, Duration::from_secs(10));
}

/// All requests stay open, so only the break sets deadlines.
#[test]
fn the_deadline_is_the_moment_when_a_reading_becomes_stale() {
    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
    desk.pass_seconds(25);
    let old = desk.now.wall.since(desk.snapshot().queues[0].read_at.unwrap());
    assert!(old > Duration::from_secs(20));
    let wakes_in = desk.session.next_deadline().unwrap() - desk.now.mono;
    assert!((wakes_in + old).abs_diff(Duration::from_secs(30)) < Duration::from_millis(5), "{wakes_in:?} {old:?}");
    desk.pass(wakes_in);
    assert_eq!(desk.snapshot().label, Label::Unconfirmed);
}

#[test]
fn without_wished_queues_an_unreachable_platform_shows_signed_out() {
    for (queues, label) in [(&["queue-1"][..], Label::Unconfirmed), (&[], Label::SignedOut)] {
        let mut desk = Desk::new(start());
        let account = Account { url: "https://call.example.com/".into(), appid: "acme".into() };
        desk.intent(Intent::SignIn { account, agent: agent(queues), accesskey: None });
        desk.answer(|request| matches!(request, Request::SignIn { .. }), Err(problem(ProblemCode::Unreachable, true)));
        assert_eq!(desk.snapshot().label, label);
    }
}

#[test]
fn a_queue_that_is_being_joined_does_not_make_the_phone_not_ready() {
    let mut desk = Desk::new(start());
    desk.sign_in(&["queue-1"]);
    assert_eq!((desk.snapshot().label, desk.snapshot().phone), (Label::SignedOut, Phone::Unknown));
}
