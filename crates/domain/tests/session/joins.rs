//! Signing in to queues: joins with an unknown outcome, joins that are tried again, and joins that wait for the phone.

use ringside_domain::*;

use crate::{
    desk::*,
    platform::{Platform, kind},
    seats::{lunch, name},
};

fn told_busy(desk: &Desk) -> Option<bool> {
    desk.asked.iter().rev().find_map(|(_, request)| match request {
        Request::SetSeat { busy, .. } => Some(*busy),
        _ => None,
    })
}

/// A signed-in desk for which the answer to the join of queue-1 is lost.
fn lost_join(problem_of: ProblemCode) -> Desk {
    let mut desk = Desk::new(start());
    desk.sign_in(&["queue-1"]);
    desk.answer(|request| is_join(request, "queue-1"), Err(problem(problem_of, problem_of != ProblemCode::FateUnknown)));
    desk
}

#[test]
fn fs6_already_in_the_queue_after_a_lost_answer_counts_as_a_new_join() {
    for code in [ProblemCode::Unreachable, ProblemCode::ServerError, ProblemCode::NotThePlatform, ProblemCode::FateUnknown] {
        let mut desk = lost_join(code);
        desk.answer(|request| is_join(request, "queue-1"), Ok(Outcome::Joined { already: true }));
        desk.wait_for(is_setting);
        assert_eq!(told_busy(&desk), Some(true), "the sign-in policy applies after {code:?}");
        assert_eq!(desk.snapshot().wish.set.map(|set| set.by), Some(SetBy::SignIn));
    }
}

#[test]
fn fs6_a_refused_join_leaves_no_doubt() {
    let mut desk = lost_join(ProblemCode::QueueUnknown);
    desk.intent(Intent::JoinQueue { queue: name("queue-1") });
    desk.answer(|request| is_join(request, "queue-1"), Ok(Outcome::Joined { already: true }));
    desk.pass_seconds(1);
    assert_eq!(told_busy(&desk), None, "already in the queue: the platform's state is kept");
    assert!(desk.saved.joining.is_empty());
}

#[test]
fn fs6_a_join_that_never_left_this_computer_leaves_no_doubt() {
    for code in [ProblemCode::Unreachable, ProblemCode::ServerError, ProblemCode::Tls] {
        let mut desk = Desk::new(start());
        desk.sign_in(&["queue-1"]);
        desk.answer(|request| is_join(request, "queue-1"), Err(problem(code, true).known_not_done(true)));
        assert!(desk.saved.joining.is_empty() && desk.saved.entered.is_empty(), "there is nothing to undo");
        desk.answer(|request| is_join(request, "queue-1"), Ok(Outcome::Joined { already: true }));
        desk.pass_seconds(2);
        assert_eq!(told_busy(&desk), None, "already in the queue: the platform's state is kept");
    }
    // The outcome of a join that may have been carried out stays unknown, even if a later attempt was not sent.
    let mut desk = lost_join(ProblemCode::Unreachable);
    desk.answer(|request| is_join(request, "queue-1"), Err(problem(ProblemCode::Unreachable, true).known_not_done(true)));
    desk.answer(|request| is_join(request, "queue-1"), Ok(Outcome::Joined { already: true }));
    desk.wait_for(is_setting);
    assert_eq!(told_busy(&desk), Some(true));
}

#[test]
fn fs6_a_break_continues_over_a_join_with_a_lost_answer() {
    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
    desk.set(lunch());
    desk.intent(Intent::JoinQueue { queue: name("queue-2") });
    desk.answer(|request| is_join(request, "queue-2"), Err(problem(ProblemCode::Unreachable, true)));
    desk.answer(|request| is_join(request, "queue-2"), Ok(Outcome::Joined { already: true }));
    desk.answer(|request| matches!(request, Request::SetSeat { queue, busy: true, .. } if queue.0 == "queue-2"), Ok(Outcome::Done));
    for _ in 0..3 {
        desk.answer_seats(SeatState::Paused);
    }
    let snapshot = desk.snapshot();
    assert_eq!((snapshot.label, snapshot.reason.as_deref()), (Label::Break, Some("Lunch")));
}

#[test]
fn fs6_a_join_under_way_at_the_end_of_the_program_is_in_doubt_too() {
    let mut desk = Desk::new(start());
    desk.sign_in(&["queue-1"]);
    assert_eq!(desk.saved.joining, [(Extension(OWN.into()), name("queue-1"))]);
    let mut later = Desk::new(Start { saved: desk.saved.clone(), ..start() });
    later.answer(
        |request| matches!(request, Request::SignIn { .. }),
        Ok(Outcome::SignedIn { company: "Acme".into(), company_code: "9024".into() }),
    );
    later.answer(|request| is_join(request, "queue-1"), Ok(Outcome::Joined { already: true }));
    later.wait_for(is_setting);
    assert_eq!(told_busy(&later), Some(true));
    assert!(later.saved.joining.is_empty(), "the outcome is known now");
}

#[test]
fn fs11_an_unregistered_phone_is_shown_at_once_and_while_the_join_is_tried_again() {
    let mut desk = lost_join(ProblemCode::PhoneNotRegistered);
    assert_eq!((desk.snapshot().label, desk.snapshot().phone), (Label::PhoneNotReady, Phone::NotRegistered));
    desk.wait_for(|request| is_join(request, "queue-1"));
    assert_eq!(desk.snapshot().queues[0].membership, Membership::Joining);
    assert_eq!(desk.snapshot().label, Label::PhoneNotReady);
}

#[test]
fn fs11_the_queue_is_joined_as_soon_as_the_phone_is_seen_registered() {
    for (code, phone) in [(ProblemCode::PhoneNotRegistered, Phone::NotRegistered), (ProblemCode::ExtensionDisabled, Phone::Disabled)] {
        let mut platform = Platform::new(2, 1.5, SeatState::Waiting);
        platform.states.clear();
        platform.phone.phone = phone;
        platform.failure = Box::new(move |request| (kind(request).0 == "join").then(|| problem(code, false)));
        platform.seconds(150);
        assert_eq!(platform.snapshot().label, Label::PhoneNotReady);
        let joins = platform.sent.iter().filter(|(_, what, _)| *what == "join").count();
        assert!(joins <= 20, "{joins} attempts in two and a half minutes");
        platform.phone.phone = Phone::Ready;
        platform.failure = Box::new(|_| None);
        platform.seconds(15);
        assert!(platform.snapshot().queues.iter().all(|queue| queue.membership == Membership::In), "{code:?}");
        assert_eq!(platform.snapshot().label, Label::Busy, "by the sign-in policy");
    }
}

#[test]
fn fs11_a_phone_registered_before_its_first_reading_is_joined_by_the_next_attempt() {
    let mut desk = lost_join(ProblemCode::PhoneNotRegistered);
    desk.answer_phone(phone(PhoneState::Idle));
    desk.answer(|request| is_join(request, "queue-1"), Ok(Outcome::Joined { already: false }));
    assert_eq!(desk.snapshot().queues[0].membership, Membership::In);
}

#[test]
fn a_finally_refused_join_is_sent_once_and_one_without_a_phone_is_repeated() {
    for (code, again) in [(ProblemCode::QueueUnknown, false), (ProblemCode::BadRequest, false), (ProblemCode::PhoneNotRegistered, true)] {
        let mut desk = Desk::new(start());
        desk.sign_in(&["queue-1"]);
        let refused = || Err(problem(code, false));
        desk.answer(|request| is_join(request, "queue-1"), refused());
        let joins = |desk: &Desk| desk.asked.iter().filter(|(_, request)| is_join(request, "queue-1")).count();
        let before = joins(&desk);
        desk.pass_seconds(600);
        assert_eq!(joins(&desk) > before, again, "{code:?}");
    }
}

#[test]
fn retry_joins_the_queues_whose_join_failed() {
    let mut desk = Desk::new(start());
    desk.sign_in(&["queue-1", "queue-2"]);
    desk.answer(|request| is_join(request, "queue-1"), Err(problem(ProblemCode::QueueUnknown, false)));
    desk.answer(|request| is_join(request, "queue-2"), Ok(Outcome::Joined { already: true }));
    desk.pass_seconds(600);
    assert!(!desk.is_asked(|request| matches!(request, Request::JoinQueue { .. })));
    desk.intent(Intent::Retry);
    desk.wait_for(|request| is_join(request, "queue-1"));
    assert!(desk.is_asked(|request| is_join(request, "queue-1")));
    desk.intent(Intent::Retry);
    desk.intent(Intent::JoinQueue { queue: name("queue-1") });
    desk.pass_seconds(3);
    let joins: Vec<&str> = desk
        .asked
        .iter()
        .filter_map(|(_, request)| if let Request::JoinQueue { queue, .. } = request { Some(&*queue.0) } else { None })
        .collect();
    assert_eq!(joins, ["queue-1"], "once, and not the queue that the agent is in");
}

#[test]
fn a_phone_that_becomes_ready_joins_only_the_queues_that_waited_for_it() {
    let mut desk = Desk::new(start());
    desk.sign_in(&["queue-1", "queue-2", "queue-3"]);
    desk.answer(|request| is_join(request, "queue-1"), Err(problem(ProblemCode::QueueUnknown, false)));
    desk.answer(|request| is_join(request, "queue-2"), Err(problem(ProblemCode::ExtensionDisabled, false)));
    desk.answer(|request| is_join(request, "queue-3"), Ok(Outcome::Joined { already: true }));
    let Outcome::Phone(idle) = phone(PhoneState::Idle) else { unreachable!("a reading of the phone") };
    for phone in [Phone::Disabled, Phone::Ready] {
        desk.answer_phone(Outcome::Phone(PhoneReading { phone, ..idle.clone() }));
    }
    desk.pass_seconds(3);
    assert!(desk.is_asked(|request| is_join(request, "queue-2")));
    assert!(!desk.is_asked(|request| is_join(request, "queue-1")));
}

#[test]
fn leaving_a_queue_removes_only_that_queue_from_the_wished_ones() {
    let mut desk = Desk::in_queues(&["queue-1", "queue-2"], SeatState::Waiting);
    desk.intent(Intent::LeaveQueue { queue: name("queue-1") });
    assert_eq!(desk.saved.agent.as_ref().unwrap().queues, [name("queue-2")]);
}
