//! What a record of the platform changes in a call, and which records belong to one call if no id decides.

use std::time::Duration;

use ringside_domain::*;

use crate::desk::*;

const CUSTOMER: &str = "013387525701";

fn seconds(count: u64) -> Duration {
    Duration::from_secs(count)
}

fn desk() -> Desk {
    Desk::in_queues(&["queue-1"], SeatState::Waiting)
}

/// A record without ids that lasts this many seconds from this moment.
fn bare(from: Timestamp, length: u64) -> CallRecord {
    CallRecord {
        record_id: None,
        answered_at: Some(from),
        ended_at: Some(from.plus(seconds(length))),
        waited_seconds: 0,
        talked_seconds: u32::try_from(length).unwrap(),
        ..record(None, from)
    }
}

fn undated(from: Timestamp, talked_seconds: u32) -> CallRecord {
    CallRecord { undated: true, answered_at: None, ended_at: None, talked_seconds, ..bare(from, 0) }
}

/// A signal without ids.
fn sign(status: LegStatus) -> LegEvent {
    LegEvent { uuid: None, ..leg(status, "") }
}

/// A call known from signals without ids; it is over now.
fn talk(desk: &mut Desk, length: u64) {
    desk.leg(sign(LegStatus::Ring));
    desk.leg(sign(LegStatus::Answer));
    desk.pass_seconds(length);
    desk.leg(sign(LegStatus::Hangup));
}

fn rows(desk: &Desk) -> Vec<Call> {
    desk.log().into_values().collect()
}

fn only_row(desk: &Desk) -> Call {
    let rows = rows(desk);
    assert_eq!(rows.len(), 1, "{rows:?}");
    rows[0].clone()
}

/// The next run, which has the calls only in the store.
fn next_run(before: &Desk) -> Desk {
    let mut desk = Desk::new(Start { saved: before.saved.clone(), next_call_id: 100, ..start() });
    desk.saved_calls.clone_from(&before.saved_calls);
    desk.answer(
        |request| matches!(request, Request::SignIn { .. }),
        Ok(Outcome::SignedIn { company: "Acme".into(), company_code: "9024".into() }),
    );
    desk
}

#[test]
fn the_number_from_signals_decides_between_two_numbers_of_an_outgoing_call() {
    let mut desk = desk();
    let from = desk.now.wall;
    desk.leg(leg(LegStatus::Ring, "a"));
    desk.pass_seconds(9);
    desk.leg(leg(LegStatus::Hangup, "a"));
    desk.record(CallRecord {
        uuid: Some("a".into()),
        customer_number: "02566823420".into(),
        display_number: CUSTOMER.into(),
        ..bare(from, 9)
    });
    let row = only_row(&desk);
    assert_eq!((row.customer_number.as_str(), row.display_number.as_str()), (CUSTOMER, "02566823420"));
}

#[test]
fn a_record_without_an_end_ends_after_its_waiting_and_talking_time() {
    let mut desk = desk();
    let from = desk.now.wall.minus(seconds(600));
    desk.record(CallRecord { ended_at: None, waited_seconds: 4, talked_seconds: 30, ..record(Some("a"), from) });
    assert_eq!(only_row(&desk).ended_at, Some(from.plus(seconds(34))));
}

/// The times do not help, since they are hours apart.
#[test]
fn an_id_matches_a_record_with_a_call_that_is_only_in_the_store() {
    for by_uuid in [true, false] {
        let mut before = desk();
        before.record(record(Some("a"), before.now.wall.minus(seconds(9000))));
        let mut desk = next_run(&before);
        let ids = if by_uuid { (Some("a".to_owned()), None) } else { (None, Some("982".to_owned())) };
        desk.record(CallRecord {
            uuid: ids.0,
            record_id: ids.1,
            maturity: Some("hot".into()),
            ..record(None, desk.now.wall.minus(seconds(60)))
        });
        assert_eq!(only_row(&desk).maturity.as_deref(), Some("hot"), "{by_uuid}");
    }
}

/// The second record has both ids; the third has only the one that was not known before.
#[test]
fn the_ids_of_a_record_match_the_next_record_of_the_same_answer() {
    let mut before = desk();
    let from = before.now.wall.minus(seconds(9000));
    before.record(record(Some("a"), from));
    let mut desk = next_run(&before);
    let both = CallRecord { uuid: Some("b".into()), ..record(None, from) };
    let last = CallRecord { record_id: None, maturity: Some("hot".into()), ..record(Some("b"), from.plus(seconds(3000))) };
    desk.pass_seconds(600);
    desk.answer(|request| matches!(request, Request::ReadRecords { .. }), Ok(Outcome::Records(vec![both, last])));
    let row = only_row(&desk);
    assert_eq!((row.buuid.as_deref(), row.maturity.as_deref()), (Some("b"), Some("hot")));
}

/// The number that the customer was shown was not called.
#[test]
fn the_number_shown_in_an_outgoing_call_is_not_the_customers() {
    let mut desk = desk();
    let from = desk.now.wall;
    desk.leg(LegEvent { callee: "02566823420".into(), ..sign(LegStatus::Ring) });
    desk.pass_seconds(9);
    desk.leg(LegEvent { callee: "02566823420".into(), ..sign(LegStatus::Hangup) });
    desk.record(CallRecord { display_number: "02566823420".into(), ..bare(from, 9) });
    assert_eq!(rows(&desk).len(), 2);
}

#[test]
fn a_record_without_times_belongs_to_a_call_that_just_ended() {
    for (later, calls) in [(599, 1), (600, 2)] {
        let mut desk = desk();
        talk(&mut desk, 30);
        desk.pass_seconds(later);
        desk.record(undated(desk.now.wall.minus(seconds(30)), 30));
        assert_eq!(rows(&desk).len(), calls, "{later} s");
    }
}

#[test]
fn a_second_record_without_times_belongs_to_the_same_call_only_with_the_same_talking_time() {
    for (talked, calls) in [(30, 1), (7, 2)] {
        let mut desk = desk();
        talk(&mut desk, 30);
        desk.pass_seconds(20);
        desk.record(undated(desk.now.wall, 30));
        desk.record(undated(desk.now.wall, talked));
        assert_eq!(rows(&desk).len(), calls, "{talked} s");
    }
}

#[test]
fn two_records_of_one_customer_with_only_the_same_start_or_end_are_two_calls() {
    for (other, length) in [(0, 9), (3, 3)] {
        let mut desk = desk();
        let from = desk.now.wall.minus(seconds(600)).second();
        desk.record(bare(from, 6));
        desk.record(bare(from.plus(seconds(other)), length));
        assert_eq!(rows(&desk).len(), 2, "{other} {length}");
    }
}

#[test]
fn a_record_from_long_before_a_call_belongs_to_another_call() {
    let mut desk = desk();
    let from = desk.now.wall;
    talk(&mut desk, 4);
    desk.record(bare(from.minus(seconds(100)), 90));
    assert_eq!(rows(&desk).len(), 2);
}

/// The record's call was over before the open call's last signal, or before the open call began.
#[test]
fn a_record_of_an_earlier_call_does_not_end_a_call_with_later_signals() {
    for (before, length) in [(seconds(5), 8), (Duration::from_millis(11_800), 10)] {
        let mut desk = desk();
        let from = desk.now.wall;
        desk.leg(leg(LegStatus::Ring, "b"));
        if length == 8 {
            desk.pass_seconds(10);
            desk.leg(leg(LegStatus::Answer, "b"));
        }
        let snapshot = desk.record(bare(from.minus(before), length));
        assert_eq!((snapshot.calls.len(), rows(&desk).len()), (1, 2), "{length} s");
    }
}

#[test]
fn a_record_of_a_withheld_number_does_not_match_a_test_call() {
    let mut desk = desk();
    let report = ShellReport::Listening { url: "http://127.0.0.1:1/callbacks/s".into(), shown: "…".into(), public: false };
    desk.apply(Input::Report(report));
    desk.intent(Intent::TestCallback);
    let Some((_, Request::PostTestRing(ring))) = desk.asked.last() else { panic!() };
    let test = leg(LegStatus::Ring, &ring.uuid);
    desk.leg(test);
    let bill = CallRecord { customer_number: "anonymous".into(), ..bare(desk.now.wall, 1) };
    assert_eq!((desk.record(bill).calls.len(), rows(&desk).len()), (1, 1));
}

/// The dialler connects a customer to a ringing phone; an agent who dials by hand hears the customer's phone.
#[test]
fn an_unanswered_call_counts_as_rung_here_only_if_the_dialler_made_it() {
    for (method, rang) in [(Method::Predictive, true), (Method::Manual, false)] {
        let mut desk = desk();
        let from = desk.now.wall.minus(seconds(600));
        desk.record(CallRecord { method, ending: Ending::NoAnswer, answered_at: None, ..bare(from, 0) });
        assert_eq!(only_row(&desk).rang_at.is_some(), rang, "{method:?}");
    }
    let mut desk = desk();
    desk.record(bare(desk.now.wall.minus(seconds(600)), 30));
    assert_eq!(only_row(&desk).rang_at, None, "no ring is assumed for an answered call");
}

#[test]
fn the_side_and_cause_of_a_hangup_stay_if_a_later_record_does_not_name_them() {
    let mut desk = desk();
    let from = desk.now.wall.minus(seconds(600));
    let say = |desk: &mut Desk, hung_up_by, ending| {
        desk.record(CallRecord { hung_up_by, ending, ..record(Some("a"), from) });
        let row = only_row(desk);
        (row.hung_up_by, row.ending)
    };
    let nothing = (HungUpBy::Other(0), Ending::Other(0));
    assert_eq!(say(&mut desk, nothing.0, nothing.1), (Some(nothing.0), Some(nothing.1)), "no better value is known");
    assert_eq!(say(&mut desk, HungUpBy::Called, Ending::Normal), (Some(HungUpBy::Called), Some(Ending::Normal)));
    assert_eq!(say(&mut desk, nothing.0, nothing.1), (Some(HungUpBy::Called), Some(Ending::Normal)));
    assert_eq!(say(&mut desk, HungUpBy::Caller, Ending::Refused), (Some(HungUpBy::Caller), Some(Ending::Refused)), "the last one counts");
}

#[test]
fn another_uuid_in_a_record_becomes_the_second_legs_uuid() {
    for (uuid, other) in [("a", None), ("b", Some("b"))] {
        let mut desk = desk();
        let from = desk.now.wall;
        desk.leg(leg(LegStatus::Ring, "a"));
        desk.pass_seconds(4);
        desk.leg(leg(LegStatus::Hangup, "a"));
        desk.record(CallRecord { uuid: Some(uuid.into()), ..bare(from, 4) });
        let row = only_row(&desk);
        assert_eq!((row.uuid.as_deref(), row.buuid.as_deref()), (Some("a"), other));
    }
}

/// The same direction counts for more than a second of distance; and no call is seen before it begins.
#[test]
fn of_two_calls_a_record_goes_to_the_one_in_its_direction_and_never_to_one_seen_before_it_began() {
    for (second, after) in [(Direction::Incoming, 200), (Direction::Outgoing, 500)] {
        let mut desk = desk();
        let from = desk.now.wall;
        talk(&mut desk, 1);
        desk.pass(Duration::from_millis(200));
        let (caller, callee) = if second == Direction::Incoming { (CUSTOMER, OWN) } else { (OWN, CUSTOMER) };
        let sign = |status| LegEvent { caller: caller.into(), callee: callee.into(), direction: second, ..sign(status) };
        desk.leg(sign(LegStatus::Ring));
        desk.leg(sign(LegStatus::Answer));
        desk.pass_seconds(1);
        desk.leg(sign(LegStatus::Hangup));
        let of = CallRecord { direction: second, ..bare(from.plus(Duration::from_millis(after)), 1) };
        let (customer_number, display_number) = if second == Direction::Incoming { (OWN, CUSTOMER) } else { (CUSTOMER, OWN) };
        desk.record(CallRecord { customer_number: customer_number.into(), display_number: display_number.into(), ..of });
        let have: Vec<bool> = desk.log().values().map(|call| call.talked_seconds.is_some()).collect();
        assert_eq!(have, [false, true], "{second:?}");
    }
}
