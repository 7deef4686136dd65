//! Two calls with one customer, one right after the other, where callbacks of the first were lost or come late.

use std::time::Duration;

use ringside_domain::*;

use crate::desk::*;

const NUMBER: &str = "013387525701";

fn is_phone(request: &Request) -> bool {
    matches!(request, Request::ReadPhone { .. })
}

/// The phone shows a call that no callback told of.
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
fn a_bill_with_another_id_does_not_end_a_call_whose_ring_came_after_the_bills_end() {
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
fn a_bill_is_of_the_call_that_the_phone_showed_meanwhile_though_the_phone_rings_again_since() {
    let mut desk = desk_in_a_read_call(PhoneState::Ringing);
    let (read, began) = (desk.now.wall, desk.now.wall.minus(Duration::from_secs(3)).second());
    desk.pass_seconds(9);
    // The same phone shows the next call: nothing tells it from the first.
    desk.answer_phone(phone_with(PhoneState::Ringing, NUMBER));
    desk.pass_seconds(1);
    // It ended in the second in which it was read, and that is all that the bill says.
    desk.record(bill("first", began, 3));
    let rows: Vec<_> = desk.log().into_values().map(|call| (call.uuid, call.ended_at)).collect();
    assert_eq!(rows, [(Some("first".to_owned()), Some(read.second()))]);
    desk.pass(Duration::from_millis(1100));
    desk.answer(is_phone, Ok(phone_with(PhoneState::Ringing, NUMBER)));
    assert!(desk.snapshot().calls[0].card, "the next reading shows the call that rings");
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
    assert!(desk.snapshot().calls[0].card, "a ring that began before the hang-up came shows");
}

#[test]
fn a_reading_that_was_under_way_when_a_call_ended_is_followed_at_once() {
    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
    desk.leg(leg(LegStatus::Ring, "first"));
    desk.wait_for(is_phone);
    desk.pass_seconds(1);
    desk.leg(leg(LegStatus::Hangup, "first"));
    desk.pass_seconds(3);
    // Of before the hang-up: which call it shows is not known.
    desk.answer(is_phone, Ok(phone_with(PhoneState::Ringing, NUMBER)));
    assert!(desk.snapshot().calls.is_empty());
    desk.pass(Duration::from_millis(100));
    assert!(desk.is_asked(is_phone));
    desk.answer(is_phone, Ok(phone_with(PhoneState::Ringing, NUMBER)));
    assert!(desk.snapshot().calls[0].card);
}

#[test]
fn a_reading_that_was_asked_for_before_a_bills_end_begins_no_call() {
    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
    desk.wait_for(is_phone);
    let began = desk.now.wall.second().minus(Duration::from_secs(5));
    desk.pass_seconds(2);
    desk.record(bill("first", began, 6));
    desk.answer(is_phone, Ok(phone_with(PhoneState::Ringing, NUMBER)));
    assert!(desk.snapshot().calls.is_empty());
    assert_eq!(desk.log().len(), 1);
}

/// The phone showed a call and then none; after that a ring comes that may be late, or of the next call.
fn desk_with_a_ring_that_may_be_late() -> Desk {
    let mut desk = desk_in_a_read_call(PhoneState::Ringing);
    // What the clocks may be wrong by lets it have begun before the phone showed the first one.
    let started_at = Some(desk.now.wall.plus(Duration::from_millis(1000)).second());
    desk.pass_seconds(3);
    desk.answer_phone(phone(PhoneState::Idle));
    assert!(desk.snapshot().calls.is_empty());
    desk.pass_seconds(2);
    desk.leg(LegEvent { started_at, ..leg(LegStatus::Ring, "second") });
    assert_eq!((desk.snapshot().calls.len(), desk.log().len()), (0, 1), "taken for a late one");
    desk
}

#[test]
fn a_ring_that_was_taken_for_a_late_one_is_the_next_calls_if_the_phone_rings() {
    let mut desk = desk_with_a_ring_that_may_be_late();
    desk.answer(is_phone, Ok(phone_with(PhoneState::Ringing, NUMBER)));
    assert!(desk.snapshot().calls[0].card);
    let rows: Vec<_> = desk.log().into_values().map(|call| (call.uuid, call.ended_at.is_some())).collect();
    assert_eq!(rows, [(None, true), (Some("second".to_owned()), false)], "the call before it has no id");
    desk.leg(leg(LegStatus::Hangup, "second"));
    assert!(desk.snapshot().calls.is_empty());
    assert_eq!(desk.log().len(), 2);
}

#[test]
fn a_ring_that_was_taken_for_a_late_one_stays_so_if_the_phone_was_idle_since() {
    let mut desk = desk_with_a_ring_that_may_be_late();
    // The first of them was under way when the ring came.
    for _ in 0..2 {
        desk.answer(is_phone, Ok(phone(PhoneState::Idle)));
    }
    desk.pass_seconds(5);
    desk.answer_phone(phone_with(PhoneState::Ringing, NUMBER));
    let rows: Vec<_> = desk.log().into_values().map(|call| (call.uuid, call.ended_at.is_some())).collect();
    assert_eq!(rows, [(Some("second".to_owned()), true), (None, false)]);
}

#[test]
fn a_ring_that_was_taken_for_a_late_one_stays_so_if_its_record_came_before_the_phone_was_read() {
    let mut desk = desk_with_a_ring_that_may_be_late();
    let began = desk.now.wall.minus(Duration::from_secs(6));
    desk.record(bill("second", began, 3));
    desk.pass_seconds(2);
    desk.answer(is_phone, Ok(phone_with(PhoneState::Ringing, NUMBER)));
    let rows: Vec<_> = desk.log().into_values().map(|call| (call.uuid, call.ended_at.is_some())).collect();
    assert_eq!(rows, [(Some("second".to_owned()), true), (None, false)]);
}

#[test]
fn a_ring_whose_call_began_after_the_phone_showed_a_call_is_the_next_calls_though_its_second_says_no_more() {
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
fn a_call_that_the_phone_showed_first_begins_when_its_callback_says() {
    let mut desk = desk_in_a_read_call(PhoneState::Ringing);
    let began = desk.now.wall.minus(Duration::from_secs(7)).second();
    desk.leg(LegEvent { started_at: Some(began), ..leg(LegStatus::Ring, "first") });
    let rows: Vec<_> = desk.log().into_values().map(|call| (call.uuid, call.started_at)).collect();
    assert_eq!(rows, [(Some("first".to_owned()), began)]);
}

#[test]
fn a_late_ring_that_began_before_the_phone_showed_its_call_is_that_calls_though_the_phone_rings_again() {
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

/// The clocks are known to be one, but for an eighth of a second.
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
fn a_late_ring_is_of_the_call_that_goes_on_rather_than_of_one_that_the_phone_showed_before_it_began() {
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
fn a_ring_whose_call_began_after_the_phone_showed_the_one_that_is_over_rings_at_once() {
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
