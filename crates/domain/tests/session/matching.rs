//! Which signals belong to one call: several calls of one customer within seconds, clocks that differ, lost callbacks.

use std::time::Duration;

use ringside_domain::*;

use crate::desk::*;

const CUSTOMER: &str = "013387525701";

fn seconds(count: u64) -> Duration {
    Duration::from_secs(count)
}

fn idle(desk: &mut Desk) {
    desk.answer_phone(phone(PhoneState::Idle));
}

/// Answers the readings that were sent before.
fn old_answer(desk: &mut Desk) {
    desk.answer_where(|request| matches!(request, Request::ReadPhone { .. }), |_| Ok(phone(PhoneState::Idle)));
}

/// Sets this computer's clock ahead of the platform's and lets the session measure it.
fn ahead(desk: &mut Desk, by: Duration) {
    let stamped_at = desk.now.wall.minus(by);
    desk.now.wall = stamped_at.plus(by);
    desk.apply(Input::Clock(ClockReading { asked_at: desk.now.wall, stamped_at: stamped_at.second(), answered_at: desk.now.wall }));
}

/// The time by the platform's clock.
fn there(desk: &Desk, ahead: Duration) -> Timestamp {
    desk.now.wall.minus(ahead)
}

fn short(uuid: Option<&str>, id: Option<&str>, from: Timestamp, length: u64) -> CallRecord {
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

fn give(desk: &mut Desk, records: Vec<CallRecord>) {
    for _ in 0..1200 {
        if desk.is_asked(|request| matches!(request, Request::ReadRecords { .. })) {
            desk.answer(|request| matches!(request, Request::ReadRecords { .. }), Ok(Outcome::Records(records)));
            return;
        }
        desk.pass_seconds(1);
    }
    panic!("no request for records was sent");
}

fn by_uuid(desk: &Desk, uuid: &str) -> Call {
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

fn polled_call_that_ended(desk: &mut Desk) -> Timestamp {
    desk.answer_phone(phone_with(PhoneState::Talking, CUSTOMER));
    let from = desk.now.wall;
    desk.pass_seconds(8);
    idle(desk);
    assert!(desk.snapshot().calls.is_empty());
    from
}

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

/// Only the polling told of the calls.
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

/// The reading does not say the direction; the callback does.
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

/// A transferred customer comes back under the same id; a repeated ring shows nothing.
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

fn read_seats(desk: &mut Desk, states: &[(&str, SeatState)]) {
    desk.pass_seconds(3);
    desk.answer_where(
        |request| matches!(request, Request::ReadSeats { .. }),
        |request| {
            let Request::ReadSeats { queue } = request else { unreachable!() };
            let state = states.iter().find(|(name, _)| *name == queue.0).map_or(SeatState::Waiting, |(_, state)| *state);
            Ok(seats(queue, state))
        },
    );
}

#[test]
fn fm10_the_queue_is_shown_only_if_it_is_certain() {
    let queue = |desk: &Desk| desk.snapshot().calls[0].queue.clone().map(|queue| queue.0);
    let mut desk = Desk::in_queues(&["queue-1", "queue-2"], SeatState::Waiting);
    // This reading is from before the ring, so it is of another call.
    read_seats(&mut desk, &[("queue-2", SeatState::Receiving)]);
    desk.leg(leg(LegStatus::Ring, "a"));
    assert_eq!(queue(&desk), None, "a reading from before the ring does not count");
    for _ in 0..4 {
        read_seats(&mut desk, &[("queue-1", SeatState::Receiving), ("queue-2", SeatState::Receiving)]);
        assert_eq!(queue(&desk), None, "both queues say that they gave the call");
    }
    desk.leg(leg(LegStatus::Answer, "a"));
    for _ in 0..4 {
        read_seats(&mut desk, &[("queue-1", SeatState::Talking)]);
    }
    assert_eq!(queue(&desk).as_deref(), Some("queue-1"), "one alone");
    for _ in 0..4 {
        read_seats(&mut desk, &[("queue-1", SeatState::Talking), ("queue-2", SeatState::Talking)]);
    }
    assert_eq!(queue(&desk), None, "not certain any more");
}

#[test]
fn fm10_a_seat_read_long_before_the_others_names_no_queue() {
    let mut desk = Desk::in_queues(&["queue-1", "queue-2"], SeatState::Waiting);
    desk.leg(leg(LegStatus::Ring, "a"));
    desk.leg(leg(LegStatus::Answer, "a"));
    read_seats(&mut desk, &[("queue-1", SeatState::Talking), ("queue-2", SeatState::Talking)]);
    // The call is over, and its end was lost. One queue is read before the other.
    let is_asked = |request: &Request| matches!(request, Request::ReadSeats { queue } if queue.0 == "queue-2");
    for _ in 0..12 {
        desk.pass_seconds(1);
        desk.answer_where(is_asked, |_| Ok(seats(&QueueName("queue-2".into()), SeatState::Waiting)));
    }
    assert_eq!(desk.snapshot().calls[0].queue, None, "the reading of queue-1 is much older");
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

/// The record that comes first is of a later call of the same customer, of which no signal came.
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
