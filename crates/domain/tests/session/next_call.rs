//! Two calls of one customer in quick succession; callbacks of the first are lost or late.

use std::time::Duration;

use ringside_domain::*;

use crate::desk::*;

const NUMBER: &str = "013387525701";

fn is_phone(request: &Request) -> bool {
    matches!(request, Request::ReadPhone { .. })
}

/// A desk with one open call, known only from a reading of the phone.
fn desk_in_a_read_call(state: PhoneState) -> Desk {
    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
    desk.answer_phone(phone_with(state, NUMBER));
    assert_eq!(desk.snapshot().calls.len(), 1);
    desk
}

fn bill(uuid: &str, started_at: Timestamp, seconds: u64) -> CallRecord {
    let ended_at = started_at.plus(Duration::from_secs(seconds)).second();
    let (waited_seconds, talked_seconds) = (u32::try_from(seconds).unwrap(), 0);
    let ending = Ending::Cancelled;
    let bill = record(Some(uuid), started_at.second());
    CallRecord { record_id: None, answered_at: None, ended_at: Some(ended_at), waited_seconds, talked_seconds, ending, ..bill }
}

fn live_uuids(desk: &Desk) -> Vec<Option<String>> {
    desk.log().into_values().filter(|call| call.ended_at.is_none()).map(|call| call.uuid).collect()
}

#[test]
fn a_bill_with_another_uuid_does_not_end_a_call_whose_ring_came_after_the_bills_end() {
    let mut desk = desk_in_a_read_call(PhoneState::Ringing);
    let began = desk.now.wall.second();
    desk.pass_seconds(4);
    desk.leg(leg(LegStatus::Ring, "second"));
    desk.pass_seconds(1);
    desk.record(bill("first", began, 2));
    assert_eq!(live_uuids(&desk), [Some("second".to_owned())], "the second call goes on");
    assert!(desk.snapshot().calls[0].card);
    assert_eq!(desk.log().len(), 2);
    desk.record(bill("second", began.plus(Duration::from_secs(4)), 9));
    let rows: Vec<_> = desk.log().into_values().map(|call| (call.uuid.unwrap(), call.started_at)).collect();
    assert_eq!(rows, [("second".to_owned(), began.plus(Duration::from_secs(4))), ("first".to_owned(), began)]);
}

#[test]
fn a_bill_whose_times_contain_a_calls_first_reading_completes_that_call_although_the_phone_rings_again() {
    let mut desk = desk_in_a_read_call(PhoneState::Ringing);
    let (read, began) = (desk.now.wall, desk.now.wall.minus(Duration::from_secs(3)).second());
    desk.pass_seconds(9);
    // This reading shows the next call, but nothing distinguishes it from the first.
    desk.answer_phone(phone_with(PhoneState::Ringing, NUMBER));
    desk.pass_seconds(1);
    // The first call ended in the second in which the phone was first read; the bill gives only that second.
    desk.record(bill("first", began, 3));
    let rows: Vec<_> = desk.log().into_values().map(|call| (call.uuid, call.ended_at)).collect();
    assert_eq!(rows, [(Some("first".to_owned()), Some(read.second()))]);
    desk.pass(Duration::from_millis(1100));
    desk.answer(is_phone, Ok(phone_with(PhoneState::Ringing, NUMBER)));
    assert!(desk.snapshot().calls[0].card, "the next reading shows the second call");
    assert_eq!(desk.log().len(), 2);
}

#[test]
fn after_each_end_of_a_call_the_phone_is_read_within_a_second_and_a_half() {
    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
    desk.leg(leg(LegStatus::Ring, "first"));
    desk.pass_seconds(2);
    desk.answer_where(is_phone, |_| Ok(phone(PhoneState::Ringing)));
    desk.leg(leg(LegStatus::Hangup, "first"));
    desk.pass(Duration::from_millis(1500));
    assert!(desk.is_asked(is_phone));
    desk.answer(is_phone, Ok(phone_with(PhoneState::Ringing, "013387525702")));
    assert!(desk.snapshot().calls[0].card, "a ring that began before the hang-up's callback came is shown");
}

#[test]
fn a_reading_that_was_under_way_when_a_call_ended_is_repeated_at_once() {
    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
    desk.leg(leg(LegStatus::Ring, "first"));
    desk.wait_for(is_phone);
    desk.pass_seconds(1);
    desk.leg(leg(LegStatus::Hangup, "first"));
    desk.pass_seconds(3);
    // This reading was asked for before the hang-up, so it may show the ended call.
    desk.answer(is_phone, Ok(phone_with(PhoneState::Ringing, NUMBER)));
    assert!(desk.snapshot().calls.is_empty());
    desk.pass(Duration::from_millis(100));
    assert!(desk.is_asked(is_phone));
    desk.answer(is_phone, Ok(phone_with(PhoneState::Ringing, NUMBER)));
    assert!(desk.snapshot().calls[0].card);
}

#[test]
fn a_reading_that_was_asked_for_before_the_bills_end_begins_no_call() {
    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
    desk.wait_for(is_phone);
    let began = desk.now.wall.second().minus(Duration::from_secs(5));
    desk.pass_seconds(2);
    desk.record(bill("first", began, 6));
    desk.answer(is_phone, Ok(phone_with(PhoneState::Ringing, NUMBER)));
    assert!(desk.snapshot().calls.is_empty());
    assert_eq!(desk.log().len(), 1);
}

/// The phone showed a call, and then none. The ring that comes after that may be a late ring of this call, or the ring of the next one.
fn desk_with_a_ring_that_may_be_late() -> Desk {
    let mut desk = desk_in_a_read_call(PhoneState::Ringing);
    // Within the error of the clocks, the ring's call may have begun before the phone showed the first call.
    let started_at = Some(desk.now.wall.plus(Duration::from_millis(1000)).second());
    desk.pass_seconds(3);
    desk.answer_phone(phone(PhoneState::Idle));
    assert!(desk.snapshot().calls.is_empty());
    desk.pass_seconds(2);
    desk.leg(LegEvent { started_at, ..leg(LegStatus::Ring, "second") });
    assert_eq!((desk.snapshot().calls.len(), desk.log().len()), (0, 1), "taken for a late ring of the first call");
    desk
}

#[test]
fn a_ring_that_was_taken_for_a_late_one_begins_the_next_call_if_the_phone_rings() {
    let mut desk = desk_with_a_ring_that_may_be_late();
    desk.answer(is_phone, Ok(phone_with(PhoneState::Ringing, NUMBER)));
    assert!(desk.snapshot().calls[0].card);
    let rows: Vec<_> = desk.log().into_values().map(|call| (call.uuid, call.ended_at.is_some())).collect();
    assert_eq!(rows, [(None, true), (Some("second".to_owned()), false)], "the first call has no uuid");
    desk.leg(leg(LegStatus::Hangup, "second"));
    assert!(desk.snapshot().calls.is_empty());
    assert_eq!(desk.log().len(), 2);
}

#[test]
fn a_ring_that_was_taken_for_a_late_one_stays_with_the_ended_call_if_the_phone_is_idle() {
    let mut desk = desk_with_a_ring_that_may_be_late();
    // The first of these readings was under way when the ring came.
    for _ in 0..2 {
        desk.answer(is_phone, Ok(phone(PhoneState::Idle)));
    }
    desk.pass_seconds(5);
    desk.answer_phone(phone_with(PhoneState::Ringing, NUMBER));
    let rows: Vec<_> = desk.log().into_values().map(|call| (call.uuid, call.ended_at.is_some())).collect();
    assert_eq!(rows, [(Some("second".to_owned()), true), (None, false)]);
}

#[test]
fn a_ring_that_was_taken_for_a_late_one_stays_with_the_ended_call_if_its_bill_comes_before_the_next_reading() {
    let mut desk = desk_with_a_ring_that_may_be_late();
    let began = desk.now.wall.minus(Duration::from_secs(6));
    desk.record(bill("second", began, 3));
    desk.pass_seconds(2);
    desk.answer(is_phone, Ok(phone_with(PhoneState::Ringing, NUMBER)));
    let rows: Vec<_> = desk.log().into_values().map(|call| (call.uuid, call.ended_at.is_some())).collect();
    assert_eq!(rows, [(Some("second".to_owned()), true), (None, false)]);
}

#[test]
fn a_ring_that_began_in_the_second_of_the_first_reading_begins_the_next_call_if_its_uuid_is_later() {
    let mut desk = desk_with_known_clocks();
    desk.wait_for(is_phone);
    desk.pass(Duration::from_millis(u64::try_from(1050 - desk.now.wall.0.rem_euclid(1000)).unwrap()));
    desk.answer(is_phone, Ok(phone_with(PhoneState::Ringing, NUMBER)));
    let minted = desk.now.wall.plus(Duration::from_millis(900));
    desk.pass_seconds(3);
    desk.leg(LegEvent { started_at: Some(minted.second()), ..leg(LegStatus::Ring, &uuid_made(minted.0, 1)) });
    let rows: Vec<_> = desk.log().into_values().map(|call| (call.uuid, call.ended_at.is_some())).collect();
    assert_eq!(rows, [(None, true), (Some(uuid_made(minted.0, 1)), false)]);
}

#[test]
fn a_polled_call_takes_its_start_from_its_callback() {
    let mut desk = desk_in_a_read_call(PhoneState::Ringing);
    let began = desk.now.wall.minus(Duration::from_secs(7)).second();
    desk.leg(LegEvent { started_at: Some(began), ..leg(LegStatus::Ring, "first") });
    let rows: Vec<_> = desk.log().into_values().map(|call| (call.uuid, call.started_at)).collect();
    assert_eq!(rows, [(Some("first".to_owned()), began)]);
}

#[test]
fn a_late_ring_that_began_before_the_first_reading_belongs_to_the_polled_call_although_the_phone_rings_again() {
    let mut desk = desk_in_a_read_call(PhoneState::Ringing);
    let began = desk.now.wall.minus(Duration::from_secs(3)).second();
    desk.pass_seconds(3);
    desk.answer_phone(phone(PhoneState::Idle));
    desk.pass_seconds(2);
    desk.leg(LegEvent { started_at: Some(began), ..leg(LegStatus::Ring, "first") });
    desk.answer(is_phone, Ok(phone_with(PhoneState::Ringing, NUMBER)));
    let rows: Vec<_> = desk.log().into_values().map(|call| (call.uuid, call.ended_at.is_some())).collect();
    assert_eq!(rows, [(Some("first".to_owned()), true), (None, false)]);
}

/// A desk that has measured the clock difference, which is zero, to an eighth of a second.
fn desk_with_known_clocks() -> Desk {
    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
    for _ in 0..8 {
        desk.pass(Duration::from_millis(125));
        let at = desk.now.wall;
        desk.apply(Input::Clock(ClockReading { asked_at: at, stamped_at: at.second(), answered_at: at }));
    }
    desk
}

#[test]
fn a_late_ring_that_began_after_the_first_calls_reading_belongs_to_the_open_call() {
    let mut desk = desk_with_known_clocks();
    desk.answer_phone(phone_with(PhoneState::Ringing, NUMBER));
    let minted = desk.now.wall.plus(Duration::from_millis(400));
    desk.pass_seconds(2);
    desk.answer_phone(phone(PhoneState::Idle));
    desk.pass_seconds(2);
    desk.answer_phone(phone_with(PhoneState::Ringing, NUMBER));
    desk.pass_seconds(2);
    desk.leg(leg(LegStatus::Ring, &uuid_made(minted.0, 1)));
    assert_eq!(live_uuids(&desk), [Some(uuid_made(minted.0, 1))]);
}

#[test]
fn a_ring_that_began_after_the_ended_calls_first_reading_shows_a_card_at_once() {
    let mut desk = desk_with_known_clocks();
    desk.answer_phone(phone_with(PhoneState::Ringing, NUMBER));
    let minted = desk.now.wall.plus(Duration::from_millis(400));
    desk.pass_seconds(2);
    desk.answer_phone(phone(PhoneState::Idle));
    desk.pass_seconds(2);
    desk.leg(leg(LegStatus::Ring, &uuid_made(minted.0, 1)));
    assert_eq!(live_uuids(&desk), [Some(uuid_made(minted.0, 1))]);
    assert!(desk.snapshot().calls[0].card);
}

#[test]
fn a_bill_is_of_the_call_that_the_phone_showed_though_the_answer_came_after_its_end() {
    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
    desk.wait_for(is_phone);
    let asked_at = desk.now.wall;
    desk.pass_seconds(2);
    desk.answer(is_phone, Ok(phone_with(PhoneState::Ringing, NUMBER)));
    desk.pass(Duration::from_millis(200));
    desk.record(bill("first", asked_at.minus(Duration::from_secs(5)), 5));
    let rows: Vec<_> = desk.log().into_values().map(|call| (call.uuid, call.ended_at.is_some())).collect();
    assert_eq!(rows, [(Some("first".to_owned()), true)]);
}
