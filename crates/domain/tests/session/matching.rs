//! Which signals belong to one call: several calls of one customer within seconds, clocks that differ, lost callbacks.

use std::time::Duration;

use ringside_domain::*;

use crate::desk::*;

pub const CUSTOMER: &str = "013387525701";

pub fn seconds(count: u64) -> Duration {
    Duration::from_secs(count)
}

pub fn idle(desk: &mut Desk) {
    desk.answer_phone(phone(PhoneState::Idle));
}

/// Answers the readings that were sent before.
pub fn old_answer(desk: &mut Desk) {
    desk.answer_where(|request| matches!(request, Request::ReadPhone { .. }), |_| Ok(phone(PhoneState::Idle)));
}

/// Sets this computer's clock ahead of the platform's and lets the session measure it.
pub fn ahead(desk: &mut Desk, by: Duration) {
    let stamped_at = desk.now.wall.minus(by);
    desk.now.wall = stamped_at.plus(by);
    desk.apply(Input::Clock(ClockReading { asked_at: desk.now.wall, stamped_at: stamped_at.second(), answered_at: desk.now.wall }));
}

/// The time by the platform's clock.
pub fn there(desk: &Desk, ahead: Duration) -> Timestamp {
    desk.now.wall.minus(ahead)
}

pub fn short(uuid: Option<&str>, id: Option<&str>, from: Timestamp, length: u64) -> CallRecord {
    CallRecord {
        record_id: id.map(str::to_owned),
        started_at: from.second(),
        answered_at: Some(from.second()),
        ended_at: Some(from.plus(seconds(length)).second()),
        waited_seconds: 0,
        talked_seconds: u32::try_from(length).unwrap(),
        ..record(uuid, from)
    }
}

pub fn give(desk: &mut Desk, records: Vec<CallRecord>) {
    for _ in 0..1200 {
        if desk.is_asked(|request| matches!(request, Request::ReadRecords { .. })) {
            desk.answer(|request| matches!(request, Request::ReadRecords { .. }), Ok(Outcome::Records(records)));
            return;
        }
        desk.pass_seconds(1);
    }
    panic!("no request for records was sent");
}

pub fn by_uuid(desk: &Desk, uuid: &str) -> Call {
    let calls: Vec<Call> = desk.log().into_values().filter(|call| call.uuid.as_deref() == Some(uuid)).collect();
    assert_eq!(calls.len(), 1, "{calls:?}");
    calls[0].clone()
}

fn written(desk: &Desk) -> (usize, usize) {
    (desk.saved_calls.len(), desk.entered.len())
}

#[test]
fn fm1_a_bill_of_an_earlier_call_does_not_end_the_next_call_of_the_same_customer() {
    for state in [LegStatus::Ring, LegStatus::Answer] {
        for uuid in [Some("a"), Some("a-other-leg"), None] {
            let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
            let from = desk.now.wall;
            desk.leg(leg(LegStatus::Ring, "a"));
            desk.pass_seconds(4);
            desk.leg(leg(LegStatus::Hangup, "a"));
            desk.pass(Duration::from_millis(1500));
            desk.leg(leg(LegStatus::Ring, "b"));
            desk.leg(leg(state, "b"));
            desk.record(CallRecord { record_id: None, ..short(uuid, None, from, 4) });
            let snapshot = desk.snapshot();
            assert_eq!((snapshot.calls.len(), snapshot.notices.len()), (1, 0), "a was answered, and b goes on: {state:?} {uuid:?}");
            assert_eq!(by_uuid(&desk, "a").talked_seconds, Some(4));
            assert_eq!((by_uuid(&desk, "b").ended_at, desk.log().len()), (None, 2));
            desk.leg(leg(LegStatus::Hangup, "b"));
            assert_eq!(desk.log().len(), 2);
        }
    }
}

/// The hang-up was lost and the record has no uuid, so only the times show that the call is over.
#[test]
fn an_open_call_is_ended_by_its_own_record_without_a_uuid() {
    for talked in [false, true] {
        let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
        let from = desk.now.wall;
        desk.leg(leg(LegStatus::Ring, "a"));
        desk.pass_seconds(4);
        if talked {
            desk.leg(leg(LegStatus::Answer, "a"));
        }
        desk.pass_seconds(20);
        desk.record(CallRecord { record_id: None, ..short(None, None, from, 22) });
        assert_eq!((desk.snapshot().calls.len(), desk.log().len()), (0, 1), "{talked}");
        assert_eq!(by_uuid(&desk, "a").ended_at, Some(from.plus(seconds(22)).second()));
    }
}

#[test]
fn a_record_with_another_uuid_that_ends_later_than_the_call_belongs_to_another_call() {
    for (length, calls) in [(4, 1), (20, 2)] {
        let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
        let from = desk.now.wall;
        desk.leg(leg(LegStatus::Ring, "a"));
        desk.leg(leg(LegStatus::Answer, "a"));
        desk.pass_seconds(4);
        desk.leg(leg(LegStatus::Hangup, "a"));
        desk.pass_seconds(30);
        desk.record(CallRecord { record_id: None, ..short(Some("other"), None, from, length) });
        assert_eq!(desk.log().len(), calls, "{length} s");
    }
}

/// With neither ids nor times: if the end of an answered call is lost, the next ring of its customer is the next call.
#[test]
fn without_ids_a_repeated_ring_is_the_same_call_but_a_ring_after_an_answer_is_not() {
    for (answered, calls) in [(false, 1), (true, 2)] {
        let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
        let bare = |status| LegEvent { uuid: None, ..leg(status, "") };
        desk.leg(bare(LegStatus::Ring));
        if answered {
            desk.leg(bare(LegStatus::Answer));
        }
        desk.pass_seconds(20);
        desk.leg(bare(LegStatus::Ring));
        assert_eq!((desk.log().len(), desk.snapshot().calls.len()), (calls, 1), "answered: {answered}");
    }
}

#[test]
fn a_ring_is_stored_at_once_and_a_repeated_signal_is_not() {
    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
    desk.leg(leg(LegStatus::Ring, "a"));
    assert_eq!(desk.saved_calls.len(), 1);
    desk.pass_seconds(4);
    desk.leg(leg(LegStatus::Answer, "a"));
    let kept = desk.saved_calls.len();
    assert_eq!(kept, 2);
    desk.leg(leg(LegStatus::Answer, "a"));
    assert_eq!(desk.saved_calls.len(), kept, "the answer is known already");
}

/// No signal of the billed call came.
#[test]
fn fm1_a_bill_of_an_unknown_call_ends_no_other_call() {
    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
    let from = desk.now.wall;
    desk.pass_seconds(10);
    desk.leg(leg(LegStatus::Ring, "b"));
    desk.pass_seconds(1);
    desk.record(short(Some("a"), None, from, 8));
    assert_eq!((desk.snapshot().calls.len(), desk.log().len()), (1, 2));
    assert_eq!(by_uuid(&desk, "b").ended_at, None);
}

#[test]
fn fm2_records_go_to_their_own_calls_and_repeated_records_write_nothing() {
    for asked in [false, true] {
        for order in [[0, 1], [1, 0]] {
            let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
            let mut records = Vec::new();
            for (place, uuid) in ["a", "b"].into_iter().enumerate() {
                let from = desk.now.wall;
                desk.leg(leg(LegStatus::Ring, uuid));
                desk.leg(leg(LegStatus::Answer, uuid));
                desk.pass_seconds(3);
                desk.leg(leg(LegStatus::Hangup, uuid));
                desk.pass(Duration::from_millis(1500));
                let uuid = if asked { None } else { Some(uuid) };
                let id = asked.then(|| place.to_string());
                records.push(CallRecord { maturity: Some(place.to_string()), ..short(uuid, id.as_deref(), from, 3) });
            }
            let records: Vec<CallRecord> = order.into_iter().map(|place| records[place].clone()).collect();
            let mut after = (0, 0);
            for round in 0..4 {
                if asked {
                    give(&mut desk, records.clone());
                } else {
                    records.iter().for_each(|record| drop(desk.record(record.clone())));
                }
                assert_eq!((by_uuid(&desk, "a").maturity.as_deref(), by_uuid(&desk, "b").maturity.as_deref()), (Some("0"), Some("1")));
                assert_eq!(desk.log().len(), 2);
                if round > 0 {
                    assert_eq!(written(&desk), after, "round {round}");
                }
                after = written(&desk);
            }
        }
    }
}

/// The bill and the record of GetBill differ slightly.
#[test]
fn fm2_two_records_that_contradict_each_other_do_not_write_for_ever() {
    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
    let from = desk.now.wall;
    desk.leg(leg(LegStatus::Ring, "a"));
    desk.leg(leg(LegStatus::Hangup, "a"));
    let bill = short(Some("a"), Some("1"), from, 3);
    let asked = CallRecord { uuid: None, waited_seconds: 7, agent_id: None, display_number: "2190170009".into(), ..bill.clone() };
    desk.record(bill.clone());
    give(&mut desk, vec![asked.clone()]);
    let after = written(&desk);
    for _ in 0..3 {
        desk.record(bill.clone());
        give(&mut desk, vec![asked.clone()]);
    }
    assert_eq!((written(&desk), desk.log().len()), (after, 1));
}

#[test]
fn fm4_one_number_in_two_spellings_is_one_call() {
    let national =
        ["013387525701", "+8613387525701", "008613387525701", "+86 133-8752-5701", "sip:13387525701@x", "１３３８７５２５７０１"];
    for (polled, said) in national.iter().map(|said| ("13387525701", *said)).chain([("+86 138-0013-8000", "008613800138000")]) {
        let numbers = NumberRules { prefixes: vec!["0".into()] };
        let mut desk = Desk::new(Start { numbers, ..start() });
        desk.sign_in(&["queue-1"]);
        desk.answer(|request| is_join(request, "queue-1"), Ok(Outcome::Joined { already: true }));
        desk.answer_seats(SeatState::Waiting);
        desk.answer_phone(phone_with(PhoneState::Ringing, polled));
        let from = desk.now.wall;
        desk.leg(LegEvent { callee: said.into(), ..leg(LegStatus::Ring, "a") });
        assert_eq!(desk.snapshot().calls.len(), 1, "{said}: the callback belongs to the same call");
        assert_eq!(desk.snapshot().calls[0].customer_number, polled, "the number as sent first");
        desk.pass_seconds(5);
        desk.answer_phone(phone_with(PhoneState::Talking, said));
        desk.pass_seconds(5);
        idle(&mut desk);
        give(&mut desk, vec![CallRecord { customer_number: said.into(), ..short(None, Some("1"), from, 5) }]);
        assert_eq!(desk.log().len(), 1, "{said}");
        assert_eq!(desk.log().into_values().next().unwrap().customer_number, said, "the number as in the record");
    }
}

/// Of one call only the hang-up was seen, of the next one only the bill.
#[test]
fn fm9_a_bill_with_another_uuid_is_not_of_a_call_seen_before_it_began() {
    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
    let from = desk.now.wall.second();
    desk.pass(Duration::from_millis(600));
    desk.leg(LegEvent { started_at: Some(from), ..leg(LegStatus::Hangup, "a") });
    desk.pass(Duration::from_millis(1500));
    desk.record(short(Some("b"), None, from.plus(seconds(1)), 1));
    assert_eq!(desk.log().len(), 2);
    assert_eq!(by_uuid(&desk, "a").talked_seconds, None);
}

pub fn polled_call_that_ended(desk: &mut Desk) -> Timestamp {
    desk.answer_phone(phone_with(PhoneState::Talking, CUSTOMER));
    let from = desk.now.wall;
    desk.pass_seconds(8);
    idle(desk);
    assert!(desk.snapshot().calls.is_empty());
    from
}

#[test]
fn fm8_an_id_that_only_one_of_two_records_has_decides_nothing() {
    // The id in the bill, and the id that GetBill gives the same call.
    for (bill, asked) in [(Some("569"), None), (None, Some("569")), (Some("569"), Some("982"))] {
        for heard in [true, false] {
            let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
            let from = desk.now.wall;
            if heard {
                desk.leg(leg(LegStatus::Ring, "a"));
                desk.pass_seconds(9);
                desk.leg(leg(LegStatus::Hangup, "a"));
            }
            for _ in 0..2 {
                desk.record(short(Some("a"), bill, from, 9));
                give(&mut desk, vec![short(None, asked, from, 9)]);
            }
            assert_eq!(desk.log().len(), 1, "{bill:?} {asked:?} {heard}");
        }
    }
}

#[test]
fn fm9_of_two_short_calls_each_record_goes_to_the_nearest() {
    for polled in [false, true] {
        for order in [[0, 1], [1, 0]] {
            let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
            let mut records = Vec::new();
            for place in 0..2 {
                let mut from = desk.now.wall;
                if polled {
                    desk.answer_phone(phone_with(PhoneState::Talking, CUSTOMER));
                    from = desk.now.wall;
                    idle(&mut desk);
                    desk.pass_seconds(1);
                    old_answer(&mut desk);
                } else {
                    let event = |status| LegEvent { uuid: None, ..leg(status, "") };
                    desk.leg(event(LegStatus::Ring));
                    desk.leg(event(LegStatus::Answer));
                    desk.pass_seconds(1);
                    desk.leg(event(LegStatus::Hangup));
                    desk.pass_seconds(1);
                }
                let uuid = format!("u{place}");
                records.push(CallRecord { maturity: Some(place.to_string()), ..short(Some(&uuid), None, from, 1) });
            }
            let before: Vec<CallId> = desk.log().into_keys().collect();
            for place in order {
                desk.record(records[place].clone());
            }
            let after: Vec<(CallId, Option<String>)> = desk.log().into_values().map(|call| (call.id, call.maturity)).collect();
            assert_eq!(after, [(before[0], Some("0".into())), (before[1], Some("1".into()))], "{polled} {order:?}");
        }
    }
}

/// Only their ids distinguish the two records.
#[test]
fn fm9_two_records_with_different_ids_are_two_calls() {
    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
    let from = desk.now.wall;
    let records = vec![short(None, Some("1"), from, 0), short(None, Some("2"), from, 0)];
    for _ in 0..3 {
        give(&mut desk, records.clone());
        assert_eq!(desk.log().len(), 2);
    }
}

/// Two calls that rang at the same time, both with withheld numbers.
#[test]
fn fm9_a_record_with_a_new_id_goes_to_the_call_without_an_id() {
    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
    let from = desk.now.wall;
    let bill = |uuid, id| CallRecord { customer_number: "anonymous".into(), ..short(uuid, id, from, 3) };
    for uuid in ["a", "b"] {
        desk.record(bill(Some(uuid), None));
    }
    give(&mut desk, vec![bill(None, Some("1"))]);
    give(&mut desk, vec![bill(None, Some("2"))]);
    let ids: Vec<_> = desk.log().into_values().map(|call| call.record_id.unwrap_or_default()).collect();
    assert_eq!(ids, ["1", "2"]);
}

#[test]
fn a_missed_call_notice_is_removed_if_the_call_was_answered_after_all() {
    for by_record in [false, true] {
        let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
        let from = desk.now.wall;
        desk.leg(leg(LegStatus::Ring, "a"));
        desk.pass_seconds(9);
        assert_eq!(desk.leg(leg(LegStatus::Hangup, "a")).notices.len(), 1);
        let snapshot = if by_record { desk.record(short(Some("a"), None, from, 9)) } else { desk.leg(leg(LegStatus::Answer, "a")) };
        assert!(snapshot.notices.is_empty() && snapshot.recent[0].answered, "{by_record}");
    }
}

/// The end of a call and the ring of the next one are lost; the phone, now in the next call, shows no number that distinguishes them.
#[test]
fn fm1_a_record_belongs_to_the_call_with_the_same_start_even_if_the_phone_is_in_a_later_call() {
    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
    let from = desk.now.wall;
    desk.leg(LegEvent { started_at: Some(from.second()), ..leg(LegStatus::Ring, "a") });
    desk.leg(leg(LegStatus::Answer, "a"));
    for _ in 0..3 {
        desk.pass_seconds(12);
        desk.answer_phone(phone_with(PhoneState::Talking, "anonymous"));
    }
    assert_eq!(desk.snapshot().calls.len(), 1);
    let of_it = CallRecord { record_id: Some("7".into()), ..short(None, None, from, 5) };
    desk.record(of_it);
    let call = by_uuid(&desk, "a");
    assert_eq!((call.record_id.as_deref(), call.ended_at), (Some("7"), Some(from.plus(seconds(5)).second())));
    assert_eq!(desk.log().values().filter(|call| call.record_id.is_some()).count(), 1);
}
