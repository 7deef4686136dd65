//! Rings that only the phone shows: without a number, with one that a callback knows better, after a ring whose end was lost.

use ringside_domain::*;

use crate::desk::*;

const CUSTOMER: &str = "013387525701";

fn is_phone(request: &Request) -> bool {
    matches!(request, Request::ReadPhone { .. })
}

fn reading(state: PhoneState, caller: Option<&str>, callee: Option<&str>) -> Outcome {
    let [caller, callee] = [caller, callee].map(|number| number.map(str::to_owned));
    Outcome::Phone(PhoneReading { phone: Phone::Ready, state, caller, callee, display_number: None, direction: Some(Direction::Incoming) })
}

fn incoming(status: LegStatus, uuid: &str, caller: &str) -> LegEvent {
    LegEvent { caller: caller.into(), callee: OWN.into(), direction: Direction::Incoming, ..leg(status, uuid) }
}

#[test]
fn a_phone_that_rings_has_a_card_whichever_numbers_it_shows() {
    for (caller, callee, shown) in [
        (Some(CUSTOMER), Some(OWN), CUSTOMER),
        (Some(CUSTOMER), None, CUSTOMER),
        (None, Some(OWN), ""),
        (None, None, ""),
        (Some("anonymous"), Some(OWN), ""),
    ] {
        let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
        desk.answer_phone(reading(PhoneState::Ringing, caller, callee));
        let snapshot = desk.snapshot();
        assert_eq!(snapshot.calls.len(), 1, "{caller:?} {callee:?}");
        assert!(snapshot.calls[0].card);
        assert_eq!(snapshot.calls[0].customer_number, shown, "{caller:?} {callee:?}");
    }
}

/// The call was put through to another agent and comes back: the same id rings again.
#[test]
fn a_call_that_comes_back_rings_though_the_phone_shows_no_number() {
    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
    for status in [LegStatus::Ring, LegStatus::Answer, LegStatus::Hangup] {
        desk.leg(leg(status, "a"));
        desk.pass_seconds(3);
        desk.answer_where(is_phone, |_| Ok(phone(PhoneState::Idle)));
    }
    desk.pass_seconds(20);
    desk.answer_where(is_phone, |_| Ok(phone(PhoneState::Idle)));
    desk.leg(leg(LegStatus::Ring, "a"));
    desk.answer(is_phone, Ok(reading(PhoneState::Ringing, None, None)));
    assert!(desk.snapshot().calls[0].card);
}

#[test]
fn a_ring_without_a_number_and_its_callback_are_one_call() {
    for (caller, pause) in [(Some("anonymous"), 0), (Some("anonymous"), 4), (None, 1)] {
        let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
        desk.answer_phone(reading(PhoneState::Ringing, caller, Some(OWN)));
        desk.pass_seconds(pause);
        desk.leg(incoming(LegStatus::Ring, "a", CUSTOMER));
        let snapshot = desk.snapshot();
        assert_eq!((snapshot.calls.len(), snapshot.calls[0].customer_number.as_str()), (1, CUSTOMER));
        desk.leg(incoming(LegStatus::Answer, "a", CUSTOMER));
        desk.leg(incoming(LegStatus::Hangup, "a", CUSTOMER));
        assert_eq!((desk.log().len(), desk.snapshot().notices.len()), (1, 0), "nothing was missed");
    }
}

#[test]
fn a_callback_that_comes_long_after_a_ring_without_a_number_is_of_another_call() {
    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
    desk.answer_phone(reading(PhoneState::Ringing, None, Some(OWN)));
    desk.pass_seconds(9);
    desk.leg(incoming(LegStatus::Ring, "b", CUSTOMER));
    assert_eq!(desk.log().len(), 2);
}

#[test]
fn a_call_that_was_answered_is_over_when_the_phone_rings_again_without_a_number() {
    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
    desk.leg(incoming(LegStatus::Ring, "a", CUSTOMER));
    desk.leg(incoming(LegStatus::Answer, "a", CUSTOMER));
    desk.pass_seconds(5);
    desk.answer_where(is_phone, |_| Ok(phone(PhoneState::Talking)));
    desk.wait_for(is_phone);
    desk.pass_seconds(12);
    desk.answer_where(is_phone, |_| Ok(phone(PhoneState::Talking)));
    desk.answer_phone(reading(PhoneState::Ringing, None, None));
    let rings: Vec<bool> = desk.snapshot().calls.iter().map(|call| call.card).collect();
    assert_eq!((rings, desk.log().len()), (vec![true], 2));
}

/// The end of the first ring was lost, and the next customer's ring came by callback.
#[test]
fn the_card_of_a_ring_whose_end_was_lost_goes_when_the_phone_shows_the_next() {
    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
    desk.leg(incoming(LegStatus::Ring, "a", CUSTOMER));
    desk.pass_seconds(2);
    desk.answer_where(is_phone, |_| Ok(reading(PhoneState::Ringing, Some(CUSTOMER), Some(OWN))));
    desk.leg(incoming(LegStatus::Ring, "b", "013387525702"));
    assert_eq!(desk.snapshot().calls.len(), 2);
    // A reading of before may show the first one, and ends neither.
    for (caller, rings) in [(CUSTOMER, 2), ("013387525702", 1)] {
        desk.pass_seconds(2);
        desk.answer_phone(reading(PhoneState::Ringing, Some(caller), Some(OWN)));
        assert_eq!(desk.snapshot().calls.iter().filter(|call| call.card).count(), rings, "{caller}");
    }
    assert_eq!(desk.snapshot().calls[0].customer_number, "013387525702");
}
