use std::time::Duration;

use ringside_domain::*;

use crate::desk::*;

#[test]
fn an_exercise_counts_calls_and_the_time_in_each_state() {
    let mut desk = Desk::new(Start { demo: true, ..start() });
    desk.sign_in(&["queue-1"]);
    desk.answer(|request| is_join(request, "queue-1"), Ok(Outcome::Joined { already: true }));
    desk.answer_seats(SeatState::Waiting);
    desk.intent(Intent::Practise { exercise: Some(Exercise::BusyHour) });
    desk.pass(Duration::from_secs(7));
    desk.leg(leg(LegStatus::Ring, "a"));
    desk.pass(Duration::from_secs(3));
    desk.leg(leg(LegStatus::Answer, "a"));
    desk.pass(Duration::from_secs(20));
    desk.leg(leg(LegStatus::Hangup, "a"));
    desk.leg(LegEvent { callee: "013900000001".into(), ..leg(LegStatus::Ring, "b") });
    let before = desk.leg(LegEvent { callee: "013900000001".into(), ..leg(LegStatus::Hangup, "b") });
    assert_eq!(before.practice.as_ref().unwrap().ended_at, None);

    let over = desk.intent(Intent::Practise { exercise: None }).practice.clone().unwrap();
    assert_eq!((over.answered, over.missed), (1, 1));
    let of = |label| over.states.iter().find(|state| state.label == label).map(|state| (state.seconds, state.times));
    assert_eq!(of(Label::Ringing).map(|(seconds, _)| seconds), Some(3));
    assert_eq!(of(Label::OnCall), Some((20, 1)));
    assert_eq!(of(Label::Available).map(|(seconds, _)| seconds), Some(7));
    assert_eq!(over.ended_at, Some(desk.now.wall));

    desk.leg(LegEvent { callee: "013900000002".into(), ..leg(LegStatus::Ring, "c") });
    desk.leg(LegEvent { callee: "013900000002".into(), ..leg(LegStatus::Hangup, "c") });
    assert_eq!(desk.snapshot().practice.as_ref(), Some(&over), "a finished exercise does not change");
    assert_eq!(desk.intent(Intent::Practise { exercise: None }).practice, None, "dismissed");
}

#[test]
fn only_the_demo_has_exercises() {
    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
    assert_eq!(desk.intent(Intent::Practise { exercise: Some(Exercise::CalmHour) }).practice, None);
}

#[test]
fn an_exercise_counts_how_often_each_state_occurred() {
    let mut desk = Desk::new(Start { demo: true, ..start() });
    desk.sign_in(&["queue-1"]);
    desk.answer(|request| is_join(request, "queue-1"), Ok(Outcome::Joined { already: true }));
    desk.answer_seats(SeatState::Waiting);
    desk.intent(Intent::Practise { exercise: Some(Exercise::BusyHour) });
    for uuid in ["a", "b", "c"] {
        desk.leg(leg(LegStatus::Ring, uuid));
        desk.pass_seconds(2);
        desk.leg(leg(LegStatus::Hangup, uuid));
    }
    let over = desk.intent(Intent::Practise { exercise: None }).practice.clone().unwrap();
    let rang = over.states.iter().find(|state| state.label == Label::Ringing).unwrap();
    assert_eq!((rang.seconds, rang.times), (6, 3));
}
