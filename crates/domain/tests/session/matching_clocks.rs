//! Matching of signals and records with calls if the two clocks differ, or if ours is set.

use std::time::Duration;

use ringside_domain::*;

use crate::{
    desk::*,
    matching::{CUSTOMER, ahead, by_uuid, give, idle, polled_call_that_ended, seconds, short},
};

#[test]
fn fm3_times_are_corrected_by_the_measured_skew() {
    for (ahead_by, behind) in [(20, 0), (40, 0), (0, 40)] {
        let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
        let measure = |desk: &mut Desk| {
            let stamped = desk.now.wall.minus(seconds(ahead_by)).plus(seconds(behind));
            desk.apply(Input::Clock(ClockReading { asked_at: desk.now.wall, stamped_at: stamped, answered_at: desk.now.wall }));
            stamped
        };
        measure(&mut desk);
        desk.answer_phone(phone_with(PhoneState::Talking, CUSTOMER));
        let from = measure(&mut desk);
        desk.pass_seconds(9);
        idle(&mut desk);
        assert!(desk.snapshot().calls.is_empty());
        give(&mut desk, vec![short(None, Some("1"), from, 9)]);
        assert_eq!(desk.log().len(), 1, "{ahead_by} {behind}");
        let call = desk.log().into_values().next().unwrap();
        assert_eq!((call.record_id.as_deref(), call.rang_at.is_none_or(|at| at <= call.ended_at.unwrap())), (Some("1"), true));
    }
}

/// The end from a record is by the platform's clock; a reading must not count as older because of it.
#[test]
fn fm3_a_polled_ring_after_a_call_shows_its_card_with_any_skew() {
    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
    let by = seconds(40);
    let stamped = desk.now.wall.plus(by);
    desk.apply(Input::Clock(ClockReading { asked_at: desk.now.wall, stamped_at: stamped, answered_at: desk.now.wall }));
    let from = polled_call_that_ended(&mut desk).plus(by);
    give(&mut desk, vec![short(None, Some("1"), from, 8)]);
    assert_eq!(desk.log().len(), 1);
    desk.answer_phone(phone_with(PhoneState::Ringing, "013900000000"));
    assert_eq!(desk.snapshot().calls.len(), 1);
}

/// Sets this computer's clock by this many seconds, and lets the session measure it.
fn set_clock(desk: &mut Desk, by: i64) {
    let there = desk.now.wall;
    desk.now.wall = Timestamp(there.0 + by * 1000);
    desk.apply(Input::Clock(ClockReading { asked_at: desk.now.wall, stamped_at: there.second(), answered_at: desk.now.wall }));
}

/// Signals from before the clock was set still belong to their call, and to no other (seen in a test of the real app).
#[test]
fn setting_the_clock_between_a_call_and_its_record_makes_no_second_row() {
    for by in [-3600, -40, 40, 3600] {
        for has_uuid in [true, false] {
            for set_in_call in [true, false] {
                let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
                ahead(&mut desk, Duration::ZERO);
                let from = desk.now.wall;
                let sign = |status, started_at| LegEvent { started_at, uuid: has_uuid.then(|| "a".to_owned()), ..leg(status, "a") };
                desk.leg(sign(LegStatus::Ring, has_uuid.then_some(from)));
                if set_in_call {
                    set_clock(&mut desk, by);
                }
                desk.pass(Duration::from_millis(140));
                desk.leg(sign(LegStatus::Hangup, has_uuid.then_some(from)));
                if !set_in_call {
                    set_clock(&mut desk, by);
                }
                desk.pass_seconds(30);
                give(&mut desk, vec![short(None, Some("1"), from, 0)]);
                let calls: Vec<Call> = desk.log().into_values().collect();
                let about = format!("{by} s, uuid: {has_uuid}, set during the call: {set_in_call}: {calls:?}");
                assert_eq!(calls.len(), 1, "{about}");
                assert_eq!(calls[0].record_id.as_deref(), Some("1"), "{about}");
            }
        }
    }
}

/// The first record belongs to a later call of the same customer, of which no signal came.
#[test]
fn setting_the_clock_does_not_assign_a_record_of_a_later_call() {
    for by in [-3600, 3600] {
        let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
        set_clock(&mut desk, by);
        let there = Timestamp(desk.now.wall.0 - by * 1000);
        desk.leg(LegEvent { started_at: Some(there), ..leg(LegStatus::Ring, "a") });
        desk.leg(LegEvent { started_at: Some(there), ..leg(LegStatus::Answer, "a") });
        desk.pass_seconds(5);
        desk.leg(LegEvent { started_at: Some(there), ..leg(LegStatus::Hangup, "a") });
        desk.pass_seconds(5);
        set_clock(&mut desk, -by);
        give(&mut desk, vec![short(None, Some("2"), there.plus(seconds(300)), 20)]);
        assert_eq!(desk.log().len(), 2, "{by}");
        assert_eq!(by_uuid(&desk, "a").record_id, None, "{by}");
    }
}

/// The times of an open call are shown by this computer's clock, since the page counts on from them; the store has the platform's times.
#[test]
fn the_times_of_an_open_call_are_right_although_the_clock_is_wrong() {
    for by in [-40, 40] {
        let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
        set_clock(&mut desk, by);
        let rang = desk.now.wall;
        let there = Timestamp(rang.0 - by * 1000);
        desk.leg(LegEvent { started_at: Some(there), ..leg(LegStatus::Ring, "a") });
        desk.pass_seconds(3);
        let answered = desk.now.wall;
        let snapshot = desk.leg(leg(LegStatus::Answer, "a"));
        let call = &snapshot.calls[0];
        let near = |said: Option<Timestamp>, at: Timestamp| said.unwrap().0.abs_diff(at.0) <= 1000;
        assert!(near(call.rang_at, rang) && near(call.answered_at, answered) && near(Some(call.started_at), rang), "{by}: {call:?}");
        desk.pass_seconds(20);
        desk.leg(leg(LegStatus::Hangup, "a"));
        let kept = by_uuid(&desk, "a");
        assert!(near(kept.rang_at, there) && near(kept.ended_at, there.plus(seconds(23))), "by the platform's clock: {by}: {kept:?}");
    }
}
