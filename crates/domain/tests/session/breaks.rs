use std::time::Duration;

use ringside_domain::*;

use crate::desk::*;

const MINUTE: u64 = 60;

fn lunch() -> Wish {
    on_break("Lunch")
}

fn on_break(reason: &str) -> Wish {
    Wish::Busy { reason: Some(reason.into()) }
}

/// Time passes while the platform keeps answering «busy».
fn pass_busy(desk: &mut Desk, seconds: u64) {
    for _ in 0..seconds / 10 {
        desk.pass_seconds(7);
        desk.answer_seats(SeatState::Paused);
    }
    desk.pass_seconds(seconds % 10);
}

#[test]
fn the_administrators_reasons_replace_the_usual_ones() {
    let names = |desk: &Desk| desk.snapshot().breaks.iter().map(|reason| reason.name.clone()).collect::<Vec<_>>();
    assert_eq!(names(&Desk::new(start())), ["Lunch", "Coffee", "Meeting", "Training"]);
    let breaks: Vec<_> = (0..20).map(|n| BreakReason { name: format!("Reason {n}"), minutes: None }).collect();
    assert_eq!(names(&Desk::new(Start { breaks, ..start() })).len(), 12, "the snapshot stays small");
}

#[test]
fn a_break_begins_when_the_platform_confirms_it_and_warns_before_and_at_its_limit() {
    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
    desk.intent(wish(on_break("Coffee")));
    assert_eq!(desk.snapshot().on_break, None, "a requested break has not begun");
    desk.accept_settings();
    desk.answer_seats(SeatState::Paused);
    let began = desk.now.wall;
    let stage = |desk: &Desk| desk.snapshot().on_break.unwrap().stage;
    let snapshot = desk.snapshot();
    assert_eq!((snapshot.label, snapshot.label_since), (Label::Break, began));
    let limit = Some(began.plus(Duration::from_secs(15 * MINUTE)));
    assert_eq!(snapshot.on_break, Some(BreakView { began_at: began, limit_at: limit, stage: BreakStage::Running }));
    pass_busy(&mut desk, 12 * MINUTE + 50);
    assert_eq!(stage(&desk), BreakStage::Running);
    pass_busy(&mut desk, 20);
    assert_eq!(stage(&desk), BreakStage::EndsSoon);
    pass_busy(&mut desk, 2 * MINUTE);
    assert_eq!(stage(&desk), BreakStage::Over);
    desk.set(Wish::Available);
    assert_eq!((desk.snapshot().label, desk.snapshot().on_break), (Label::Available, None));
}

#[test]
fn a_clock_that_is_set_during_a_break_neither_prolongs_nor_ends_it() {
    for by in [-3_600_000, 3_600_000] {
        let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
        let clock = |desk: &mut Desk, ahead: i64| {
            let at = desk.now.wall;
            desk.apply(Input::Clock(ClockReading { asked_at: at, stamped_at: Timestamp(at.0 - ahead).second(), answered_at: at }));
        };
        clock(&mut desk, 0);
        desk.set(on_break("Coffee"));
        pass_busy(&mut desk, 5 * MINUTE);
        let before = desk.snapshot().on_break.unwrap();
        desk.now.wall = Timestamp(desk.now.wall.0 + by);
        clock(&mut desk, by);
        pass_busy(&mut desk, 20);
        let after = desk.snapshot().on_break.unwrap();
        assert_eq!((after.began_at.0 - before.began_at.0, after.stage), (by, BreakStage::Running), "{by}");
        assert_eq!(desk.snapshot().label_since, after.began_at);
        pass_busy(&mut desk, 10 * MINUTE);
        assert_eq!(desk.snapshot().on_break.unwrap().stage, BreakStage::Over, "{by}");
    }
}

#[test]
fn the_deadline_is_in_time_for_the_warnings() {
    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
    desk.set(on_break("Coffee"));
    // Nothing else is due, since all requests are open.
    let read = desk.snapshot().queues[0].read_at.unwrap();
    desk.pass(Duration::from_millis(29_999) - desk.now.wall.since(read));
    let revision = desk.snapshot().revision;
    desk.pass_seconds(1);
    assert_eq!(desk.snapshot().label, Label::Unconfirmed);
    assert!(desk.snapshot().revision > revision);
    pass_busy(&mut desk, 20);
    let soon = desk.snapshot().on_break.unwrap().limit_at.unwrap().minus(Duration::from_secs(120));
    let left = soon.since(desk.now.wall).as_secs();
    pass_busy(&mut desk, left - 5);
    assert_eq!(desk.snapshot().on_break.unwrap().stage, BreakStage::Running);
    let wake = desk.session.next_deadline().unwrap();
    assert!(wake <= desk.now.mono + soon.since(desk.now.wall), "the deadline is in time: {wake:?}");
}

#[test]
fn a_break_without_a_limit_never_warns() {
    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
    desk.set(on_break("Meeting"));
    pass_busy(&mut desk, 3 * 3600);
    let view = desk.snapshot().on_break.unwrap();
    assert_eq!((view.limit_at, view.stage), (None, BreakStage::Running));
}

#[test]
fn a_break_goes_on_over_a_restart_while_the_platform_says_busy() {
    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
    desk.set(lunch());
    let began = desk.now.wall;
    pass_busy(&mut desk, 44 * MINUTE);
    let later = desk.restarted(SeatState::Paused);
    let snapshot = later.snapshot();
    assert_eq!((snapshot.label, snapshot.reason.as_deref(), snapshot.label_since), (Label::Break, Some("Lunch"), began));
    assert_eq!(snapshot.on_break.unwrap().stage, BreakStage::EndsSoon);
    assert!(matches!(snapshot.wish.set, Some(Set { by: SetBy::Window, at }) if at < began));

    let ended_meanwhile = desk.restarted(SeatState::Waiting).snapshot();
    assert_eq!((ended_meanwhile.label, ended_meanwhile.on_break), (Label::Available, None));
    assert_eq!(ended_meanwhile.wish.set.unwrap().by, SetBy::Platform);
}

#[test]
fn a_break_goes_on_while_nothing_is_confirmed_and_through_a_call() {
    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
    desk.set(lunch());
    let began = desk.now.wall;
    desk.pass_seconds(40);
    assert_eq!((desk.snapshot().label, desk.snapshot().on_break), (Label::Unconfirmed, None));
    // The reading was asked for forty seconds ago.
    pass_busy(&mut desk, 20);
    assert_eq!(desk.snapshot().on_break.unwrap().began_at, began);
    desk.leg(leg(LegStatus::Ring, "a"));
    desk.leg(leg(LegStatus::Answer, "a"));
    assert_eq!(desk.snapshot().label, Label::OnCall);
    desk.leg(leg(LegStatus::Hangup, "a"));
    pass_busy(&mut desk, 10);
    assert_eq!(desk.snapshot().on_break.unwrap().began_at, began);
}

#[test]
fn another_reason_begins_a_new_break_once_it_is_confirmed() {
    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
    desk.set(lunch());
    let began = desk.now.wall;
    pass_busy(&mut desk, 100);
    desk.intent(wish(on_break("Coffee")));
    let snapshot = desk.snapshot();
    assert_eq!((snapshot.reason.as_deref(), snapshot.on_break.unwrap().began_at), (Some("Lunch"), began), "the old reason until then");
    desk.answer(is_setting, Err(problem(ProblemCode::Refused, false)));
    assert_eq!((desk.snapshot().reason.as_deref(), desk.snapshot().on_break.unwrap().began_at), (Some("Lunch"), began), "refused");
    desk.set(on_break("Coffee"));
    assert_eq!((desk.snapshot().reason.as_deref(), desk.snapshot().on_break.unwrap().began_at), (Some("Coffee"), desk.now.wall));
    desk.set(Wish::Busy { reason: None });
    assert_eq!((desk.snapshot().label, desk.snapshot().on_break), (Label::Busy, None));
}

#[test]
fn a_short_break_warns_after_half_of_it() {
    let breaks = vec![BreakReason { name: "Stretch".into(), minutes: Some(2) }];
    let mut desk = Desk::new(Start { breaks, ..start() });
    desk.sign_in(&["queue-1"]);
    desk.answer(|request| is_join(request, "queue-1"), Ok(Outcome::Joined { already: true }));
    desk.answer_seats(SeatState::Waiting);
    desk.set(on_break("Stretch"));
    let stage = |desk: &Desk| desk.snapshot().on_break.unwrap().stage;
    pass_busy(&mut desk, 50);
    assert_eq!(stage(&desk), BreakStage::Running);
    pass_busy(&mut desk, 20);
    assert_eq!(stage(&desk), BreakStage::EndsSoon);
}

/// Being available in between has ended the break, even if the same one is wished for again.
#[test]
fn a_break_that_was_ended_does_not_continue() {
    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
    desk.set(lunch());
    let began = desk.now.wall;
    pass_busy(&mut desk, 100);
    desk.set(Wish::Available);
    assert_eq!(desk.saved.on_break, None);
    desk.set(lunch());
    assert!(desk.snapshot().on_break.unwrap().began_at > began);
}

/// All requests stay open, so only the break sets deadlines.
#[test]
fn each_warning_sets_a_deadline_of_its_own() {
    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
    desk.set(on_break("Coffee"));
    let began = desk.now.mono;
    for minutes in [13, 15] {
        desk.pass((began + Duration::from_secs(minutes * MINUTE - 1)).saturating_sub(desk.now.mono));
        let wakes_in = desk.session.next_deadline().unwrap() - desk.now.mono;
        assert!(wakes_in <= Duration::from_millis(1001) && wakes_in > Duration::from_millis(900), "{minutes}: {wakes_in:?}");
        desk.pass_seconds(1);
    }
}

/// One queue is still on break, but the other gives calls.
#[test]
fn a_break_ends_if_another_queue_gives_calls() {
    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
    desk.set(lunch());
    let began = desk.now.wall;
    desk.intent(Intent::JoinQueue { queue: QueueName("queue-2".into()) });
    desk.answer(|request| is_join(request, "queue-2"), Ok(Outcome::Joined { already: true }));
    let read = |desk: &mut Desk, second: SeatState| {
        for _ in 0..15 {
            desk.pass_seconds(1);
            desk.answer_where(
                |request| matches!(request, Request::ReadSeats { .. }),
                |request| {
                    let Request::ReadSeats { queue } = request else { unreachable!("filtered above") };
                    Ok(seats(queue, if queue.0 == "queue-2" { second } else { SeatState::Paused }))
                },
            );
        }
    };
    read(&mut desk, SeatState::Waiting);
    assert_eq!((desk.snapshot().label, &desk.saved.on_break), (Label::Available, &None));
    assert!(desk.snapshot().on_break.is_none_or(|on_break| on_break.began_at > began));
}

/// The second queue refuses the wish, so it holds only in the first.
#[test]
fn a_break_ends_if_a_joined_queue_refuses_it_and_gives_calls() {
    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
    desk.set(lunch());
    assert!(desk.saved.on_break.is_some());
    desk.intent(Intent::JoinQueue { queue: QueueName("queue-2".into()) });
    desk.answer(|request| is_join(request, "queue-2"), Ok(Outcome::Joined { already: false }));
    desk.answer(is_setting, Err(problem(ProblemCode::Refused, false)));
    desk.pass_seconds(3);
    let is_second = |request: &Request| matches!(request, Request::ReadSeats { queue } if queue.0 == "queue-2");
    desk.answer(is_second, Ok(seats(&QueueName("queue-2".into()), SeatState::Waiting)));
    assert_eq!((desk.snapshot().label, &desk.saved.on_break), (Label::Available, &None));
}
