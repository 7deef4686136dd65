//! Polled calls whose callbacks are lost or late.

use std::time::Duration;

use ringside_domain::*;

use crate::{
    desk::*,
    matching::{CUSTOMER, ahead, by_uuid, give, idle, old_answer, polled_call_that_ended, seconds, short, there},
};

#[test]
fn fm5_a_callbacks_ring_after_a_polled_call_of_the_same_customer_shows_a_card() {
    for began in [None, Some(0)] {
        let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
        polled_call_that_ended(&mut desk);
        desk.pass_seconds(1);
        let started_at = began.map(|ago| desk.now.wall.minus(seconds(ago)).second());
        let snapshot = desk.leg(LegEvent { started_at, ..leg(LegStatus::Ring, "a") });
        assert!(snapshot.calls.len() == 1 && snapshot.calls[0].card, "{began:?}");
        desk.leg(leg(LegStatus::Hangup, "a"));
        assert_eq!(desk.log().len(), 2);
    }
}

#[test]
fn fm5_a_late_callback_of_a_polled_call_makes_no_new_call() {
    for before in [0, 1, 30] {
        let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
        let from = polled_call_that_ended(&mut desk);
        desk.pass_seconds(1);
        for status in [LegStatus::Ring, LegStatus::Answer, LegStatus::Hangup] {
            let started_at = Some(from.minus(seconds(before)).second());
            let snapshot = desk.leg(LegEvent { started_at, ..leg(status, "a") });
            assert!(snapshot.calls.is_empty(), "{before} {status:?}");
        }
        assert_eq!((desk.log().len(), by_uuid(&desk, "a").answered_at.is_some()), (1, true));
    }
}

/// Both calls are known only from polling.
#[test]
fn fm5_a_polled_ring_shows_a_card_although_the_end_of_the_call_before_was_not_seen() {
    for next in [CUSTOMER, "013900000000"] {
        let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
        desk.answer_phone(phone_with(PhoneState::Talking, CUSTOMER));
        desk.pass_seconds(4);
        desk.answer_phone(phone_with(PhoneState::Ringing, next));
        let snapshot = desk.snapshot();
        assert!(snapshot.calls.len() == 1 && snapshot.calls[0].card, "{next}: {:?}", snapshot.calls);
        assert_eq!((snapshot.calls[0].customer_number.as_str(), snapshot.recent.len()), (next, 1));
    }
}

#[test]
fn fm5_during_a_polled_call_a_ring_that_began_later_is_another_call() {
    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
    desk.answer_phone(phone_with(PhoneState::Talking, CUSTOMER));
    desk.pass_seconds(6);
    let started_at = Some(desk.now.wall.second());
    let snapshot = desk.leg(LegEvent { started_at, ..leg(LegStatus::Ring, "b") });
    assert!(snapshot.calls.len() == 1 && snapshot.calls[0].card);
    assert_eq!(snapshot.recent.len(), 1);
}

#[test]
fn a_ring_that_arrives_after_the_next_calls_ring_does_not_end_that_call() {
    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
    let first = desk.now.wall.second();
    desk.pass_seconds(5);
    let second = Some(desk.now.wall.second());
    desk.leg(LegEvent { started_at: second, ..leg(LegStatus::Ring, "b") });
    let snapshot = desk.leg(LegEvent { started_at: Some(first), ..leg(LegStatus::Ring, "a") });
    assert_eq!(snapshot.calls.iter().filter(|call| call.card).count(), 1, "{:?}", snapshot.calls);
    assert!(snapshot.notices.is_empty());
    desk.leg(LegEvent { started_at: Some(first), ..leg(LegStatus::Hangup, "a") });
    assert_eq!((desk.snapshot().calls.len(), by_uuid(&desk, "b").ended_at), (1, None));
}

#[test]
fn fm6_a_ring_of_a_customer_who_took_long_to_answer_shows_a_card_at_once() {
    for ago in [45, 49] {
        let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
        let started_at = Some(desk.now.wall.minus(seconds(ago)));
        assert!(desk.leg(LegEvent { started_at, ..leg(LegStatus::Ring, "a") }).calls[0].card, "{ago}");
    }
    // Our clock is 40 s ahead: the ring seems 80 s old and is 40 s old.
    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
    ahead(&mut desk, seconds(40));
    let started_at = Some(there(&desk, seconds(40)).minus(seconds(40)));
    assert!(desk.leg(LegEvent { started_at, ..leg(LegStatus::Ring, "a") }).calls[0].card);
}

#[test]
fn fm6_an_old_ring_is_shown_if_no_reading_decides_in_time() {
    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
    let started_at = Some(desk.now.wall.minus(seconds(60)));
    assert!(!desk.leg(LegEvent { started_at, ..leg(LegStatus::Ring, "a") }).calls[0].card);
    desk.pass(Duration::from_millis(3100));
    assert!(desk.snapshot().calls[0].card, "one card too many is better than a missed ring");
}

#[test]
fn fm6_if_callbacks_usually_come_late_an_old_ring_shows_a_card() {
    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
    ahead(&mut desk, Duration::ZERO);
    let uuid = |at: Timestamp| {
        let ticks = (at.0 + 12_219_292_800_000) * 10_000;
        format!("{:08x}-{:04x}-1{:03x}-aaaa-0123456789ab", ticks & 0xffff_ffff, (ticks >> 32) & 0xffff, (ticks >> 48) & 0xfff)
    };
    for call in 0..3 {
        let made = desk.now.wall.minus(seconds(25));
        let uuid = uuid(made);
        let event = |status| LegEvent { callee: format!("01390000000{call}"), started_at: Some(made.second()), ..leg(status, &uuid) };
        desk.leg(event(LegStatus::Ring));
        desk.leg(event(LegStatus::Hangup));
        desk.pass_seconds(10);
    }
    let started_at = Some(desk.now.wall.minus(seconds(65)));
    assert!(desk.leg(LegEvent { started_at, ..leg(LegStatus::Ring, "a") }).calls[0].card);
}

/// The reading has no direction; the callback has one.
#[test]
fn fm7_a_polled_incoming_call_its_callback_and_its_record_are_one_call() {
    for is_told in [true, false] {
        let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
        let Outcome::Phone(reading) = phone_with(PhoneState::Ringing, CUSTOMER) else { unreachable!("a reading of the phone") };
        desk.answer_phone(Outcome::Phone(PhoneReading { direction: None, ..reading }));
        let from = desk.now.wall;
        if is_told {
            let snapshot = desk.leg(LegEvent {
                caller: CUSTOMER.into(),
                callee: OWN.into(),
                direction: Direction::Incoming,
                ..leg(LegStatus::Ring, "a")
            });
            assert_eq!((snapshot.calls.len(), snapshot.calls[0].direction), (1, Direction::Incoming));
        }
        desk.pass_seconds(5);
        idle(&mut desk);
        let record = short(None, Some("1"), from, 5);
        give(
            &mut desk,
            vec![CallRecord { customer_number: OWN.into(), display_number: CUSTOMER.into(), direction: Direction::Incoming, ..record }],
        );
        let rows: Vec<_> = desk.log().into_values().map(|call| (call.direction, call.customer_number)).collect();
        assert_eq!(rows, [(Direction::Incoming, CUSTOMER.to_owned())], "{is_told}");
    }
}

#[test]
fn fm7_a_late_hangup_of_a_polled_call_does_not_end_the_next_call() {
    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
    let from = polled_call_that_ended(&mut desk);
    desk.pass_seconds(4);
    desk.answer_phone(phone_with(PhoneState::Talking, CUSTOMER));
    let snapshot = desk.leg(LegEvent { started_at: Some(from.second()), ..leg(LegStatus::Hangup, "a") });
    assert_eq!(snapshot.calls.len(), 1, "the second call goes on");
    assert_eq!(desk.log().values().map(|call| call.uuid.is_some()).collect::<Vec<_>>(), [true, false]);
}

#[test]
fn fm7_a_polled_ring_shows_its_card_beside_calls_whose_ends_were_lost() {
    for (before, rings) in
        [(&["anonymous"][..], "anonymous"), (&["anonymous"], "013900000000"), (&["013911111111", "013922222222"], "013900000000")]
    {
        let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
        for (place, number) in before.iter().enumerate() {
            for status in [LegStatus::Ring, LegStatus::Answer] {
                desk.leg(LegEvent { callee: (*number).into(), ..leg(status, &place.to_string()) });
            }
        }
        old_answer(&mut desk);
        desk.pass_seconds(4);
        desk.answer_phone(phone_with(PhoneState::Ringing, rings));
        let cards = desk.snapshot().calls.iter().filter(|call| call.card).count();
        assert_eq!((cards, desk.snapshot().calls.len()), (1, 1), "{before:?}: {:?}", desk.snapshot().calls);
    }
}

/// A transferred call comes back with the same uuid, and a reading of the phone shows it; a repeated ring alone shows no card.
#[test]
fn a_ring_of_an_ended_call_causes_a_reading_of_the_phone_at_once() {
    for state in [PhoneState::Ringing, PhoneState::Idle] {
        let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
        for status in [LegStatus::Ring, LegStatus::Answer, LegStatus::Hangup] {
            desk.leg(leg(status, "a"));
        }
        desk.pass_seconds(3);
        old_answer(&mut desk);
        assert!(desk.leg(leg(LegStatus::Ring, "a")).calls.is_empty());
        desk.pass_seconds(2);
        assert!(desk.is_asked(|request| matches!(request, Request::ReadPhone { .. })));
        desk.answer(
            |request| matches!(request, Request::ReadPhone { .. }),
            Ok(if state == PhoneState::Idle { phone(state) } else { phone_with(state, CUSTOMER) }),
        );
        assert_eq!(desk.snapshot().calls.iter().filter(|call| call.card).count(), usize::from(state == PhoneState::Ringing));
    }
}
