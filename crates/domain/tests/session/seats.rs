//! Seats and queues if answers are lost, odd, or partly refused.

use std::time::Duration;

use ringside_domain::*;

use crate::{desk::*, platform::Platform};

const SECOND: Duration = Duration::from_secs(1);

pub fn name(queue: &str) -> QueueName {
    QueueName(queue.into())
}

pub fn lunch() -> Wish {
    Wish::Busy { reason: Some("Lunch".into()) }
}

#[test]
fn a_wish_that_is_changed_back_at_once_is_not_reported_as_set_by_the_platform() {
    let busy = || wish(Wish::Busy { reason: None });
    for latency in [50, 100, 300, 1000] {
        for taken_back_after in [0, 100, 200, 400, 600, 1000, 1400, 2000] {
            for queues in [1, 2] {
                let mut platform = Platform::new(queues, 1.5, SeatState::Waiting);
                platform.latency = Duration::from_millis(latency);
                platform.seconds(60);
                platform.desk.intent(wish(Wish::Available));
                platform.desk.intent(busy());
                platform.run(Duration::from_millis(taken_back_after), |_| {});
                platform.desk.intent(wish(Wish::Available));
                platform.seconds(20);
                let snapshot = platform.snapshot();
                assert!(snapshot.notices.is_empty(), "{latency} ms, {taken_back_after} ms: {:?}", snapshot.notices);
                assert_eq!((snapshot.label, &snapshot.wish.progress), (Label::Available, &WishProgress::Settled));
            }
        }
    }
    // A change by the platform itself is reported, even shortly after a wish.
    let mut platform = Platform::new(2, 1.5, SeatState::Paused);
    platform.seconds(60);
    platform.desk.intent(wish(Wish::Available));
    platform.seconds(10);
    platform.states.insert("queue-2".into(), SeatState::Paused);
    platform.seconds(15);
    assert!(matches!(&platform.snapshot().notices[..], [Notice { what: NoticeKind::Benched { queue }, .. }] if queue.0 == "queue-2"));
}

#[test]
fn setting_the_clock_back_leaves_no_reading_in_the_future() {
    for seconds in [30, 3_600, 86_400] {
        let mut platform = Platform::new(2, 1.5, SeatState::Paused);
        platform.seconds(60);
        platform.desk.now.wall.0 -= seconds * 1000;
        platform.run(30 * SECOND, |desk| assert_eq!(desk.snapshot().label, Label::Busy));
        let (snapshot, now) = (platform.snapshot(), platform.desk.now.wall);
        assert!(snapshot.phone_at.is_some_and(|at| at <= now), "{:?} at {now:?}", snapshot.phone_at);
        assert!(snapshot.queues.iter().all(|queue| queue.read_at.is_some_and(|at| at <= now)));
        assert!(snapshot.connection.answer_at.is_some_and(|at| at <= now));
    }
}

fn nothing() -> Seat {
    Seat { phone: Phone::Unknown, ..seat("", SeatState::Other(0)) }
}

fn answer_with(desk: &mut Desk, rows: Vec<Seat>, seconds: u64) {
    for _ in 0..seconds {
        desk.pass_seconds(1);
        desk.answer_where(
            |request| matches!(request, Request::ReadSeats { .. }),
            |request| {
                let Request::ReadSeats { queue } = request else { unreachable!() };
                Ok(Outcome::Seats(SeatsReading { queue: queue.clone(), seats: rows.clone(), others: None }))
            },
        );
    }
}

#[test]
fn fs14_rows_without_a_state_make_the_label_unconfirmed_until_a_state_comes() {
    for rows in [
        vec![nothing()],
        vec![nothing(), nothing()],
        vec![seat("100002", SeatState::Waiting), nothing()],
        vec![seat(OWN, SeatState::Other(0))],
    ] {
        for before in [SeatState::Waiting, SeatState::Paused] {
            let mut desk = Desk::in_queues(&["queue-1"], before);
            answer_with(&mut desk, rows.clone(), 60);
            let snapshot = desk.snapshot();
            assert_eq!(snapshot.label, Label::Unconfirmed, "cannot tell");
            assert_eq!(snapshot.queues[0].problem.as_ref().map(|problem| problem.code), Some(ProblemCode::SeatNotRecognised));
            assert!(snapshot.notices.is_empty(), "{:?}", snapshot.notices);
            answer_with(&mut desk, vec![seat(OWN, before)], 15);
            assert!(matches!(desk.snapshot().label, Label::Available | Label::Busy));
        }
    }
}

#[test]
fn fs14_a_break_continues_over_rows_without_a_state() {
    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
    desk.set(lunch());
    answer_with(&mut desk, vec![seat(OWN, SeatState::Other(0))], 30);
    answer_with(&mut desk, vec![seat(OWN, SeatState::Other(9999))], 30);
    assert_eq!(desk.snapshot().label, Label::Unconfirmed);
    answer_with(&mut desk, vec![seat(OWN, SeatState::Paused)], 15);
    assert_eq!((desk.snapshot().label, desk.snapshot().reason.as_deref()), (Label::Break, Some("Lunch")));
}

#[test]
fn fs19_the_agent_does_not_count_as_removed_while_a_row_is_unreadable() {
    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
    answer_with(&mut desk, vec![seat("", SeatState::Waiting), seat("100002", SeatState::Waiting)], 40);
    let snapshot = desk.snapshot();
    assert_eq!((snapshot.label, snapshot.queues.len(), snapshot.notices.len()), (Label::Unconfirmed, 1, 0));
    // Now it is certain: all rows name an extension, and none names ours.
    answer_with(&mut desk, vec![seat("100002", SeatState::Waiting)], 40);
    assert!(matches!(&desk.snapshot().notices[0].what, NoticeKind::RemovedFromQueue { .. }));
}

#[test]
fn fs15_after_a_leave_is_answered_on_waking_the_queue_is_joined_again() {
    for outcome in [Ok(Outcome::Done), Err(problem(ProblemCode::Unreachable, true)), Err(problem(ProblemCode::Refused, false))] {
        let mut desk = Desk::in_queues(&["queue-1"], SeatState::Paused);
        desk.change(SettingChange::OnSleep(Farewell::SignOut));
        desk.set(Wish::Available);
        desk.apply(Input::Report(ShellReport::Leaving(Occasion::Sleep)));
        desk.wait_for(|request| matches!(request, Request::LeaveQueue { .. }));
        desk.now.wall = desk.now.wall.plus(3600 * SECOND);
        desk.apply(Input::Report(ShellReport::Awake));
        let leave = desk.asked.iter().position(|(_, request)| matches!(request, Request::LeaveQueue { .. })).unwrap();
        let (id, _) = desk.asked.remove(leave);
        assert!(!desk.is_asked(|request| is_join(request, "queue-1")), "the join waits for the answer to the leave");
        let was_done = outcome.is_ok();
        desk.apply(Input::Answered { id, outcome });
        desk.answer(|request| is_join(request, "queue-1"), Ok(Outcome::Joined { already: !was_done }));
        desk.answer(|request| matches!(request, Request::SetSeat { busy: true, .. }), Ok(Outcome::Done));
        for _ in 0..3 {
            desk.answer_seats(SeatState::Paused);
        }
        assert_eq!(desk.snapshot().label, Label::Busy, "an agent who was available is busy after waking");
        assert!(desk.snapshot().notices.is_empty(), "{:?}", desk.snapshot().notices);
    }
}

#[test]
fn fs15_if_the_announced_sleep_does_not_come_the_queues_are_joined_again() {
    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Paused);
    desk.change(SettingChange::OnSleep(Farewell::SignOut));
    desk.apply(Input::Report(ShellReport::Leaving(Occasion::Sleep)));
    desk.answer(|request| matches!(request, Request::LeaveQueue { .. }), Ok(Outcome::Done));
    desk.pass_seconds(31);
    assert!(desk.is_asked(|request| is_join(request, "queue-1")), "the announced sleep did not come");
}

#[test]
fn fs16_during_a_call_available_is_neither_confirmed_nor_entered() {
    for state in [SeatState::Talking, SeatState::Receiving] {
        let mut desk = Desk::in_queues(&["queue-1"], SeatState::Paused);
        desk.intent(wish(Wish::Available));
        desk.accept_settings();
        for _ in 0..5 {
            desk.answer_seats(state);
        }
        let snapshot = desk.snapshot();
        assert_eq!(snapshot.wish.progress, WishProgress::AfterCall);
        assert_eq!(snapshot.queues[0].wish, Some(WishStage::Accepted));
        assert!(!desk.entered.values().any(|entry| matches!(entry, LedgerEntry::Confirmed { .. })), "not confirmed in the ledger either");
        for _ in 0..5 {
            desk.pass_seconds(9);
            desk.answer_seats(SeatState::Waiting);
        }
        assert_eq!(desk.snapshot().wish.progress, WishProgress::Settled);
        assert!(desk.entered.values().any(|entry| matches!(entry, LedgerEntry::Confirmed { .. })));
    }
}

#[test]
fn fs16_a_pause_by_the_platform_during_a_call_contradicts_available_after_it() {
    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Paused);
    desk.intent(wish(Wish::Available));
    desk.accept_settings();
    desk.answer_seats(SeatState::Talking);
    for _ in 0..8 {
        desk.pass_seconds(5);
        desk.answer_seats(SeatState::Paused);
    }
    assert!(matches!(desk.snapshot().wish.progress, WishProgress::RolledBack { .. }));
}

#[test]
fn fs24_each_queue_has_its_own_outcome() {
    let mut desk = Desk::in_queues(&["queue-1", "queue-2", "queue-3"], SeatState::Waiting);
    desk.intent(wish(Wish::Busy { reason: None }));
    for (queue, outcome) in [
        ("queue-1", Ok(Outcome::Done)),
        ("queue-2", Err(problem(ProblemCode::QueueUnknown, false))),
        ("queue-3", Err(problem(ProblemCode::Refused, false))),
    ] {
        desk.answer(|request| matches!(request, Request::SetSeat { queue: of, .. } if of.0 == queue), outcome);
    }
    for _ in 0..3 {
        desk.answer_seats(SeatState::Paused);
    }
    let outcomes: Vec<_> = desk.snapshot().queues.iter().map(|queue| queue.wish.clone().unwrap()).collect();
    let code = |stage: &WishStage| match stage {
        WishStage::Failed { problem } => Some(problem.code),
        _ => None,
    };
    assert_eq!(outcomes[0], WishStage::Confirmed);
    assert_eq!((code(&outcomes[1]), code(&outcomes[2])), (Some(ProblemCode::QueueUnknown), Some(ProblemCode::Refused)));
}

#[test]
fn fs19_the_own_row_is_recognised_by_its_name_or_the_seat_is_unknown() {
    let row = |name: &str| Seat { name: name.to_owned(), ..seat("", SeatState::Waiting) };
    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
    answer_with(&mut desk, vec![seat("100002", SeatState::Waiting), row(&format!("{OWN}_10_queue-1"))], 60);
    assert_eq!((desk.snapshot().label, desk.snapshot().queues[0].problem.clone()), (Label::Available, None));
    // The agent number may come first or have letters.
    for (agent_id, name) in [("10", format!("10_{OWN}_queue-1")), ("10", format!("10_{OWN}")), ("jdoe", format!("{OWN}_jdoe_queue-1"))] {
        let named = Agent { agent_id: agent_id.to_owned(), ..agent(&["queue-1"]) };
        let reading = SeatsReading { queue: QueueName("queue-1".into()), seats: vec![row(&name)], others: None }.seen_by(&named);
        assert_eq!(reading.seats[0].extension, named.extension, "{name}");
    }
    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
    answer_with(&mut desk, vec![row(&format!("10_{OWN}_queue-1"))], 60);
    assert_eq!((desk.snapshot().label, desk.snapshot().queues[0].problem.clone()), (Label::Available, None));
    // A row of another agent, or in another spelling: if no row can be recognised, the agent is never reported as removed.
    for name in [
        format!("{OWN}0_10_queue-1"),
        format!("10_{OWN}0_queue-1"),
        format!("11_{OWN}_queue-1"),
        "10_queue-1".to_owned(),
        format!("{OWN}_b_10_queue-1"),
        OWN.to_owned(),
        String::new(),
    ] {
        let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
        answer_with(&mut desk, vec![row(&name)], 60);
        assert_eq!(desk.snapshot().label, Label::Unconfirmed, "{name}");
        assert_eq!(desk.snapshot().queues[0].problem.as_ref().map(|problem| problem.code), Some(ProblemCode::SeatNotRecognised));
        assert!(desk.snapshot().notices.is_empty());
    }
}

#[test]
fn the_number_of_misses_left_is_shown_if_there_is_a_limit() {
    for (most, missed, left) in [(0, 0, None), (0, 3, None), (3, 0, Some(3)), (3, 2, Some(1)), (3, 3, Some(0)), (3, 4, Some(0))] {
        let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
        let own = Seat { max_misses: most, missed, ..seat(OWN, SeatState::Waiting) };
        let Outcome::Seats(mut reading) = seats(&QueueName("queue-1".into()), SeatState::Waiting) else { panic!() };
        reading.seats = vec![own];
        desk.wait_for(|request| matches!(request, Request::ReadSeats { .. }));
        desk.answer(|request| matches!(request, Request::ReadSeats { .. }), Ok(Outcome::Seats(reading)));
        assert_eq!(desk.snapshot().queues[0].misses_left, left, "{missed} of {most}");
    }
}

#[test]
fn the_states_of_the_other_agents_in_a_queue_are_counted() {
    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
    let away = Seat { phone: Phone::NotRegistered, ..seat("100009", SeatState::Waiting) };
    let others = [SeatState::Waiting, SeatState::Rejected, SeatState::Paused, SeatState::Receiving, SeatState::Talking, SeatState::Talking];
    let rows = others.into_iter().enumerate().map(|(place, state)| seat(&format!("10000{}", place + 2), state));
    answer_with(&mut desk, rows.chain([seat(OWN, SeatState::Waiting), away]).collect(), 15);
    assert_eq!(desk.snapshot().queues[0].others, Others { available: 2, busy: 1, ringing: 1, talking: 2, away: 1 });
}

#[test]
fn another_agents_row_without_a_state_does_not_hide_that_the_own_row_is_missing() {
    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
    answer_with(&mut desk, vec![Seat { phone: Phone::Unknown, ..seat("100002", SeatState::Other(0)) }], 40);
    let snapshot = desk.snapshot();
    assert!(snapshot.queues.is_empty() && matches!(&snapshot.notices[0].what, NoticeKind::RemovedFromQueue { .. }), "{snapshot:?}");
    assert!(desk.saved.entered.is_empty(), "the next start has no queue to leave");
}

#[test]
fn a_reading_of_a_queue_that_is_being_left_changes_nothing() {
    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
    desk.pass_seconds(12);
    assert!(desk.is_asked(|request| matches!(request, Request::ReadSeats { .. })));
    desk.intent(Intent::LeaveQueue { queue: name("queue-1") });
    let before = desk.snapshot().queues[0].clone();
    desk.answer(|request| matches!(request, Request::ReadSeats { .. }), Ok(seats(&name("queue-1"), SeatState::Paused)));
    assert_eq!(desk.snapshot().queues[0], before);
}

#[test]
fn a_reading_from_before_the_join_does_not_change_the_seat() {
    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
    desk.pass_seconds(12);
    assert!(desk.is_asked(|request| matches!(request, Request::ReadSeats { .. })));
    desk.intent(Intent::LeaveQueue { queue: name("queue-1") });
    desk.answer(|request| matches!(request, Request::LeaveQueue { .. }), Ok(Outcome::Done));
    desk.intent(Intent::JoinQueue { queue: name("queue-1") });
    desk.answer(|request| is_join(request, "queue-1"), Ok(Outcome::Joined { already: true }));
    desk.answer(|request| matches!(request, Request::ReadSeats { .. }), Ok(seats(&name("queue-1"), SeatState::Paused)));
    assert_eq!((desk.snapshot().queues[0].seat, desk.snapshot().queues[0].read_at), (None, None));
}

/// The wish was made before; the queue joined later refuses it.
#[test]
fn a_wish_that_a_later_queue_refuses_stays_in_force() {
    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
    desk.set(lunch());
    desk.intent(Intent::LeaveQueue { queue: name("queue-1") });
    desk.answer(|request| matches!(request, Request::LeaveQueue { .. }), Ok(Outcome::Done));
    desk.intent(Intent::JoinQueue { queue: name("queue-2") });
    desk.answer(|request| is_join(request, "queue-2"), Ok(Outcome::Joined { already: false }));
    desk.answer(|request| matches!(request, Request::SetSeat { .. }), Err(problem(ProblemCode::Refused, false)));
    assert_eq!(desk.snapshot().wish.wish, Some(lunch()));
    assert!(matches!(desk.snapshot().wish.progress, WishProgress::RolledBack { .. }));
}

#[test]
fn the_time_of_a_change_by_the_platform_is_the_platforms_but_never_in_the_future() {
    for (changed, then) in [(-5_000, -5_000), (60_000, 0)] {
        let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
        desk.set(Wish::Available);
        desk.pass_seconds(12);
        let now = desk.now.wall;
        let changed_at = Some(Timestamp(now.0 + changed));
        desk.answer_where(
            |request| matches!(request, Request::ReadSeats { .. }),
            |_| {
                Ok(Outcome::Seats(SeatsReading {
                    queue: name("queue-1"),
                    seats: vec![Seat { changed_at, ..seat(OWN, SeatState::Paused) }],
                    others: None,
                }))
            },
        );
        let set = desk.snapshot().wish.set.unwrap();
        assert_eq!((set.by, set.at), (SetBy::Platform, Timestamp(now.0 + then)));
    }
}

/// Nobody has made a wish: the state is the initial one until it changes.
#[test]
fn without_a_wish_only_a_changed_state_counts_as_set_by_the_platform() {
    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
    answer_with(&mut desk, vec![seat(OWN, SeatState::Waiting)], 30);
    assert_eq!(desk.snapshot().wish.set, None);
    answer_with(&mut desk, vec![seat(OWN, SeatState::Paused)], 15);
    assert_eq!(desk.snapshot().wish.set.map(|set| set.by), Some(SetBy::Platform));
}

#[test]
fn a_wish_that_cannot_be_sent_is_given_up_after_ten_seconds_and_not_before() {
    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
    desk.pass_seconds(15);
    desk.answer_where(|_| true, |_| Err(problem(ProblemCode::AppidExpired, false)));
    desk.intent(Intent::Retry);
    desk.answer(|request| matches!(request, Request::SignIn { .. }), Err(problem(ProblemCode::Unreachable, true)));
    desk.intent(wish(lunch()));
    let retries = |desk: &mut Desk, seconds: u64| {
        for _ in 0..seconds {
            desk.pass_seconds(1);
            desk.answer_where(|request| matches!(request, Request::SignIn { .. }), |_| Err(problem(ProblemCode::Unreachable, true)));
        }
    };
    retries(&mut desk, 3);
    assert_eq!(desk.snapshot().wish.progress, WishProgress::Pending);
    retries(&mut desk, 12);
    assert!(matches!(desk.snapshot().wish.progress, WishProgress::RolledBack { .. }));
}
