//! This computer's clock is set: forward, back, more than once before the difference is measured, and while nobody is signed in.

use std::time::Duration;

use ringside_domain::*;

use crate::{desk::*, wrap_up::Day};

const HOUR: i64 = 3_600_000;
const DAY: i64 = 24 * HOUR;

/// An answer of the platform with its time; our clock is ahead by so much.
fn measure(desk: &mut Desk, ahead: i64) {
    let at = desk.now.wall;
    desk.apply(Input::Clock(ClockReading { asked_at: at, stamped_at: Timestamp(at.0 - ahead).second(), answered_at: at }));
}

fn set(desk: &mut Desk, by: i64) {
    desk.now.wall = Timestamp(desk.now.wall.0 + by);
    desk.apply(Input::Tick);
}

fn is_records(request: &Request) -> bool {
    matches!(request, Request::ReadRecords { .. })
}

#[test]
fn a_clock_that_is_set_several_times_before_it_is_measured_changes_neither_countdown_nor_shift() {
    for steps in [
        vec![HOUR, -HOUR],
        vec![HOUR, -HOUR, HOUR, -HOUR],
        vec![DAY, -HOUR],
        vec![-HOUR, HOUR],
        vec![40_000, -40_000],
        vec![HOUR, HOUR],
        vec![-HOUR, -HOUR, DAY],
    ] {
        let mut day = Day::new(60, WrapUpRules::default());
        measure(&mut day.desk, 0);
        day.call("a");
        day.pass(10, SeatState::Waiting);
        let (before, since) = (day.wrap_up(), day.desk.saved.agent_since);
        for by in &steps {
            set(&mut day.desk, *by);
            day.desk.pass(Duration::from_millis(100));
        }
        let total: i64 = steps.iter().sum();
        measure(&mut day.desk, total);
        day.read(SeatState::Waiting);
        let moved = |at: Timestamp| Timestamp(at.0 + total);
        let ends = |wrap_up: WrapUpView| wrap_up.until.unwrap();
        assert!(ends(day.wrap_up()).0.abs_diff(moved(ends(before)).0) < 5, "{steps:?}");
        assert_eq!(day.desk.saved.agent_since, since.map(moved), "{steps:?}");
    }
}

#[test]
fn a_clock_that_is_set_in_small_steps_leaves_the_countdown_as_long_as_it_is() {
    for (by, steps) in [(-1900, 30), (1900, 10), (15_000, 3)] {
        let mut day = Day::new(60, WrapUpRules::default());
        measure(&mut day.desk, 0);
        day.call("a");
        for _ in 0..steps {
            set(&mut day.desk, by);
            day.read(SeatState::Waiting);
        }
        let left = day.wrap_up().until.unwrap().0 - day.desk.now.wall.0;
        assert!(left.abs_diff((60 - steps) * 1000) < 100, "{by}: {left}");
    }
}

#[test]
fn a_break_goes_on_while_the_clock_is_set() {
    for steps in [vec![HOUR, -HOUR], vec![HOUR], vec![-HOUR, HOUR], vec![DAY, -23 * HOUR]] {
        let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
        measure(&mut desk, 0);
        desk.set(Wish::Busy { reason: Some("Lunch".into()) });
        let began = desk.snapshot().on_break.unwrap().began_at;
        for by in &steps {
            set(&mut desk, *by);
            desk.pass_seconds(1);
        }
        let total: i64 = steps.iter().sum();
        measure(&mut desk, total);
        desk.answer_seats(SeatState::Paused);
        let on_break = desk.snapshot().on_break.unwrap();
        assert_eq!((on_break.began_at.0 - began.0, on_break.stage), (total, BreakStage::Running), "{steps:?}");
    }
}

/// An answer of this computer says nothing about the platform's clock.
#[test]
fn an_answer_that_is_not_the_platforms_does_not_show_that_the_computer_slept() {
    let mut day = Day::new(60, WrapUpRules::default());
    measure(&mut day.desk, 0);
    let url = secrecy::SecretString::from("http://127.0.0.1:7780/x");
    day.desk.apply(Input::Report(ShellReport::Listening { url, shown: String::new(), public: false }));
    day.call("a");
    set(&mut day.desk, HOUR);
    day.desk.intent(Intent::TestCallback);
    day.desk.answer(|request| matches!(request, Request::PostTestRing(_)), Ok(Outcome::Done));
    measure(&mut day.desk, HOUR);
    day.read(SeatState::Waiting);
    assert!(day.desk.snapshot().wrap_up.is_some());
}

/// The clock was set while nobody was signed in, and that is measured at the next sign-in.
#[test]
fn the_time_of_a_sign_in_after_the_clock_was_set_stays() {
    for by in [HOUR, -HOUR, DAY] {
        let place = Place { locked: vec!["agent.extension".into()], ..Place::default() };
        let fresh = SavedState { agent: Some(Agent { agent_id: String::new(), ..agent(&[]) }), ..SavedState::default() };
        let mut desk = Desk::new(Start { saved: fresh.clone(), fresh, place, ..start() });
        measure(&mut desk, 0);
        set(&mut desk, by);
        desk.pass_seconds(60);
        let account = Account { url: "https://call.example.com/".into(), appid: "acme".into() };
        desk.intent(Intent::SignIn { account, agent: agent(&["queue-1"]), accesskey: Some("k".to_owned().into()) });
        let since = desk.now.wall;
        measure(&mut desk, by);
        assert_eq!(desk.saved.agent_since, Some(since), "{by}");
    }
}

#[test]
fn no_reading_is_of_the_future_after_the_clock_was_set_back() {
    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
    measure(&mut desk, 0);
    set(&mut desk, -HOUR);
    let snapshot = desk.snapshot();
    let is_past = |at: Option<Timestamp>| at.unwrap() <= desk.now.wall;
    assert!(is_past(snapshot.queues[0].read_at) && is_past(snapshot.wish.confirmed_at) && is_past(snapshot.phone_at));
    assert!(is_past(Some(snapshot.connection.since)) && is_past(Some(snapshot.label_since)));
}

#[test]
fn a_card_stays_when_the_clock_is_set_during_the_ring() {
    for by in [40_000, -40_000, HOUR, -HOUR, DAY] {
        let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
        measure(&mut desk, 0);
        desk.leg(leg(LegStatus::Ring, "a"));
        desk.pass_seconds(2);
        set(&mut desk, by);
        measure(&mut desk, by);
        assert!(desk.snapshot().calls[0].card, "{by}");
    }
}

#[test]
fn a_new_ring_shows_while_it_is_unknown_whether_the_clock_was_set() {
    for by in [40_000, -40_000, HOUR, -HOUR, DAY] {
        let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
        measure(&mut desk, 0);
        let there = desk.now.wall.plus(Duration::from_secs(2));
        set(&mut desk, by);
        desk.pass_seconds(2);
        desk.leg(LegEvent { started_at: Some(there), ..leg(LegStatus::Ring, "a") });
        desk.pass_seconds(4);
        assert!(desk.snapshot().calls[0].card, "{by}");
    }
}

/// A computer whose time zone is wrong is hours ahead or behind.
#[test]
fn the_last_hours_are_asked_for_by_the_platforms_clock() {
    for ahead in [8 * HOUR, -8 * HOUR, DAY] {
        let mut desk = Desk::new(start());
        desk.now.wall = Timestamp(desk.now.wall.0 + ahead);
        measure(&mut desk, ahead);
        desk.sign_in(&["queue-1"]);
        desk.wait_for(is_records);
        let there = Timestamp(desk.now.wall.0 - ahead);
        let asked = desk.asked.iter().find_map(|(_, request)| match request {
            Request::ReadRecords { from, to, .. } => Some((*from, *to)),
            _ => None,
        });
        let (from, to) = asked.unwrap();
        assert!(from < there && to > there, "{ahead}: {from:?} {to:?} {there:?}");
    }
}

/// The answer to the request that was made just after the clock was set shows that it was set.
#[test]
fn no_part_of_the_future_counts_as_fetched() {
    for by in [HOUR, 8 * HOUR, 3 * DAY] {
        let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
        measure(&mut desk, 0);
        desk.answer_where(is_records, |_| Ok(Outcome::Records(vec![])));
        set(&mut desk, by);
        for _ in 0..2 {
            desk.wait_for(is_records);
            measure(&mut desk, by);
            desk.answer(is_records, Ok(Outcome::Records(vec![])));
        }
        let there = Timestamp(desk.now.wall.0 - by);
        let complete = desk.snapshot().log.complete.unwrap().until;
        assert!(desk.fetched.last().unwrap().until <= there && complete <= there.plus(Duration::from_secs(2)), "{by}");
    }
}

#[test]
fn a_clock_that_is_a_year_ahead_removes_no_call_before_its_time() {
    let (year, keep) = (365 * DAY, 30 * DAY);
    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
    measure(&mut desk, 0);
    desk.change(SettingChange::KeepCallsDays(30));
    set(&mut desk, year);
    desk.pass_seconds(3600);
    measure(&mut desk, year);
    let there = desk.now.wall.0 - year;
    assert!(!desk.removals.is_empty());
    assert!(desk.removals.iter().all(|(calls, _)| calls.unwrap().0 <= there - keep), "{:?}", desk.removals);
}
