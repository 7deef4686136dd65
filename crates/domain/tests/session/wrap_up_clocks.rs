//! After-call work while the computer sleeps or its clock is set.

use std::time::Duration;

use ringside_domain::*;

use crate::wrap_up::Day;

#[test]
fn a_sleep_does_not_prolong_after_call_work() {
    let mut day = Day::new(15, WrapUpRules::default());
    let call = day.call("a");
    day.desk.now.wall = day.desk.now.wall.plus(Duration::from_secs(3600));
    day.read(SeatState::Waiting);
    assert_eq!((day.desk.snapshot().wrap_up.clone(), day.desk.snapshot().held_until), (None, None));
    assert!(!day.is_owed(call));
}

#[test]
fn after_call_work_ends_at_its_time_after_a_short_sleep() {
    let mut day = Day::new(60, WrapUpRules::default());
    day.call("a");
    let until = day.wrap_up().until;
    day.desk.now.wall = day.desk.now.wall.plus(Duration::from_secs(30));
    day.read(SeatState::Waiting);
    assert_eq!(day.wrap_up().until, until);
    day.pass(25, SeatState::Waiting);
    assert_eq!(day.wrap_up().until, until);
    day.pass(6, SeatState::Waiting);
    assert_eq!(day.desk.snapshot().wrap_up, None);
}

/// A reading of the platform's clock; ours is ahead by this many milliseconds.
fn clock(day: &mut Day, ahead: i64) {
    let at = day.desk.now.wall;
    day.desk.apply(Input::Clock(ClockReading { asked_at: at, stamped_at: Timestamp(at.0 - ahead).second(), answered_at: at }));
}

const HOUR: i64 = 3_600_000;

#[test]
fn setting_the_clock_does_not_change_the_length_of_after_call_work() {
    for by in [-HOUR, HOUR] {
        let mut day = Day::new(60, WrapUpRules::default());
        clock(&mut day, 0);
        day.call("a");
        day.pass(10, SeatState::Waiting);
        let before = day.wrap_up();
        let held = day.desk.snapshot().held_until.unwrap();
        day.desk.now.wall = Timestamp(day.desk.now.wall.0 + by);
        day.desk.apply(Input::Tick);
        clock(&mut day, by);
        day.read(SeatState::Waiting);
        let moved = |at: Timestamp| Timestamp(at.0 + by);
        // The clocks do not count the milliseconds at the same moments.
        let is_near = |one: Option<Timestamp>, other: Timestamp| one.unwrap().0.abs_diff(other.0) < 5;
        let after = day.wrap_up();
        assert!(is_near(after.until, moved(before.until.unwrap())) && after.ended_at == moved(before.ended_at), "{by}: {after:?}");
        assert!(is_near(day.desk.snapshot().held_until, moved(held)), "{by}");
        day.pass(47, SeatState::Waiting);
        assert!(day.desk.snapshot().wrap_up.is_some(), "{by}");
        day.pass(3, SeatState::Waiting);
        assert_eq!(day.desk.snapshot().wrap_up, None, "{by}");
    }
}

#[test]
fn a_sleep_during_after_call_work_is_told_from_a_set_clock_by_the_platforms_clock() {
    let mut day = Day::new(15, WrapUpRules::default());
    clock(&mut day, 40_000);
    day.call("a");
    day.desk.now.wall = day.desk.now.wall.plus(Duration::from_secs(3600));
    day.desk.apply(Input::Tick);
    clock(&mut day, 40_000);
    assert_eq!((day.desk.snapshot().wrap_up.clone(), day.desk.snapshot().held_until), (None, None));
}
