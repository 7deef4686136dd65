//! What a single callback or reading of the phone changes, and which call it belongs to if no id decides.

use ringside_domain::*;

use crate::desk::*;

const CUSTOMER: &str = "013387525701";

fn desk() -> Desk {
    Desk::in_queues(&["queue-1"], SeatState::Waiting)
}

/// A signal without ids.
fn bare(status: LegStatus) -> LegEvent {
    LegEvent { uuid: None, ..leg(status, "") }
}

fn is_phone(request: &Request) -> bool {
    matches!(request, Request::ReadPhone { .. })
}

/// Begins a call that is known only from polling; returns its id.
fn polled(desk: &mut Desk) -> CallId {
    desk.answer_phone(phone_with(PhoneState::Talking, CUSTOMER));
    desk.snapshot().calls[0].id
}

fn live(desk: &Desk) -> Vec<CallId> {
    desk.snapshot().calls.iter().map(|call| call.id).collect()
}

fn row(desk: &Desk, id: CallId) -> Call {
    desk.log()[&id].clone()
}

#[test]
fn a_ring_shows_that_the_phone_is_registered_but_a_hangup_does_not() {
    for (status, said) in [(LegStatus::Ring, Phone::Ready), (LegStatus::Hangup, Phone::NotRegistered)] {
        let mut desk = desk();
        let Outcome::Phone(reading) = phone(PhoneState::Idle) else { unreachable!("a reading of the phone") };
        desk.answer_phone(Outcome::Phone(PhoneReading { phone: Phone::NotRegistered, ..reading }));
        assert_eq!(desk.snapshot().phone, Phone::NotRegistered);
        assert_eq!(desk.leg(leg(status, "a")).phone, said, "{status:?}");
    }
}

#[test]
fn without_ids_a_ring_in_the_other_direction_is_another_call() {
    let mut desk = desk();
    let first = desk.leg(leg(LegStatus::Ring, "a")).calls[0].id;
    desk.leg(leg(LegStatus::Answer, "a"));
    desk.leg(LegEvent { caller: CUSTOMER.into(), callee: OWN.into(), direction: Direction::Incoming, ..bare(LegStatus::Ring) });
    assert_eq!(desk.log().len(), 2);
    assert_eq!(row(&desk, first).direction, Direction::Outgoing);
}

#[test]
fn a_ring_without_id_or_time_belongs_to_the_polled_call_only_if_it_follows_soon() {
    for (later, calls) in [(3, 1), (6, 2)] {
        let mut desk = desk();
        polled(&mut desk);
        desk.pass_seconds(later);
        desk.leg(bare(LegStatus::Ring));
        assert_eq!(desk.log().len(), calls, "{later} s");
    }
}

#[test]
fn a_signal_without_id_or_time_belongs_to_the_ended_call_only_if_it_follows_soon() {
    for (later, calls) in [(3, 1), (8, 2)] {
        let mut desk = desk();
        desk.leg(bare(LegStatus::Ring));
        desk.leg(bare(LegStatus::Hangup));
        desk.pass_seconds(later);
        desk.leg(bare(LegStatus::Answer));
        assert_eq!(desk.log().len(), calls, "{later} s");
    }
}

#[test]
fn a_late_answer_does_not_override_a_record_without_talking_time() {
    for (talked_seconds, answered) in [(0, false), (5, true)] {
        let mut desk = desk();
        let from = desk.now.wall;
        desk.leg(leg(LegStatus::Ring, "a"));
        desk.pass_seconds(5);
        desk.leg(leg(LegStatus::Hangup, "a"));
        desk.record(CallRecord { talked_seconds, answered_at: None, ending: Ending::Other(0), ..record(Some("a"), from) });
        desk.leg(leg(LegStatus::Answer, "a"));
        let answers: Vec<bool> = desk.log().values().map(|call| call.answered_at.is_some()).collect();
        assert_eq!(answers, [answered]);
    }
}

#[test]
fn a_reading_from_before_the_end_of_a_call_begins_no_new_call() {
    for state in [PhoneState::Ringing, PhoneState::Talking] {
        let mut desk = desk();
        desk.wait_for(is_phone);
        desk.leg(leg(LegStatus::Ring, "a"));
        desk.leg(leg(LegStatus::Hangup, "a"));
        desk.answer(is_phone, Ok(phone_with(state, CUSTOMER)));
        assert_eq!((live(&desk).len(), desk.log().len()), (0, 1), "{state:?}");
    }
}

#[test]
fn a_repeated_reading_of_a_call_is_stored_once() {
    let mut desk = desk();
    desk.answer_phone(phone_with(PhoneState::Ringing, CUSTOMER));
    let call = live(&desk)[0];
    desk.answer_phone(phone_with(PhoneState::Talking, CUSTOMER));
    assert!(row(&desk, call).answered_at.is_some());
    let kept = desk.saved_calls.len();
    desk.answer_phone(phone_with(PhoneState::Talking, CUSTOMER));
    assert_eq!(desk.saved_calls.len(), kept, "the reading is known already");
}

/// The phone shows another number, though it does not ring again.
#[test]
fn a_phone_that_shows_another_number_is_in_another_call() {
    let mut desk = desk();
    let first = polled(&mut desk);
    desk.pass_seconds(2);
    desk.answer_phone(phone_with(PhoneState::Talking, "013900000000"));
    let calls = desk.snapshot().calls.clone();
    assert_eq!((calls.len(), calls[0].customer_number.as_str()), (1, "013900000000"));
    assert!(row(&desk, first).ended_at.is_some());
}

/// A number with an exchange's prefix, the number shown to the customer, no number, and the own extension.
#[test]
fn a_reading_without_another_customers_number_belongs_to_the_open_call() {
    for number in ["913387525701", "2190170001", "anonymous", OWN] {
        let mut desk = desk();
        desk.leg(leg(LegStatus::Ring, "a"));
        let first = desk.leg(leg(LegStatus::Answer, "a")).calls[0].id;
        for _ in 0..3 {
            desk.pass_seconds(2);
            desk.answer_phone(phone_with(PhoneState::Talking, number));
        }
        assert_eq!((live(&desk), desk.log().len()), (vec![first], 1), "{number}");
    }
    let mut desk = desk();
    desk.leg(LegEvent { callee: "anonymous".into(), ..leg(LegStatus::Ring, "a") });
    let first = desk.leg(LegEvent { callee: "anonymous".into(), ..leg(LegStatus::Answer, "a") }).calls[0].id;
    desk.pass_seconds(2);
    desk.answer_phone(phone_with(PhoneState::Talking, CUSTOMER));
    assert_eq!(live(&desk), [first], "a number does not contradict a withheld one");
}

/// Polling sees no idle phone between two calls in quick succession.
#[test]
fn a_withheld_number_after_a_known_one_is_another_call_if_the_phone_showed_both() {
    for (first, second, calls) in [(CUSTOMER, "anonymous", 2), ("anonymous", CUSTOMER, 2), (CUSTOMER, "", 1), ("", CUSTOMER, 1)] {
        for state in [PhoneState::Ringing, PhoneState::Talking] {
            let mut desk = desk();
            desk.answer_phone(phone_with(PhoneState::Ringing, first));
            desk.pass_seconds(2);
            desk.answer_phone(phone_with(state, second));
            assert_eq!((desk.log().len(), live(&desk).len()), (calls, 1), "{first:?} {second:?} {state:?}");
        }
    }
}

/// The end of the first call is lost, and a reading of the seats shows the next call before a reading of the phone does.
#[test]
fn a_call_never_gets_the_queue_of_the_next_one() {
    let mut desk = Desk::in_queues(&["queue-1", "queue-2"], SeatState::Waiting);
    let read = |desk: &mut Desk, giving: &str| {
        for _ in 0..30 {
            desk.pass_seconds(1);
            desk.answer_where(
                |request| matches!(request, Request::ReadSeats { .. }),
                |request| match request {
                    Request::ReadSeats { queue } if queue.0 == giving => Ok(seats(queue, SeatState::Talking)),
                    Request::ReadSeats { queue } => Ok(seats(queue, SeatState::Waiting)),
                    _ => unreachable!("a reading of the seats"),
                },
            );
        }
    };
    desk.leg(leg(LegStatus::Ring, "a"));
    let call = desk.leg(leg(LegStatus::Answer, "a")).calls[0].id;
    read(&mut desk, "queue-1");
    assert_eq!(row(&desk, call).queue, Some(QueueName("queue-1".into())));
    read(&mut desk, "queue-2");
    assert_ne!(row(&desk, call).queue, Some(QueueName("queue-2".into())), "a call never changes its queue");
}

#[test]
fn the_method_and_direction_of_a_call_come_from_its_own_callbacks() {
    let incoming =
        |event| LegEvent { caller: CUSTOMER.into(), callee: OWN.into(), direction: Direction::Incoming, method: Method::Ivr, ..event };
    // A polled call is assumed to be predictive and outgoing.
    let mut desk = desk();
    let call = polled(&mut desk);
    desk.leg(incoming(leg(LegStatus::Answer, "a")));
    let told = row(&desk, call);
    assert_eq!((told.uuid.as_deref(), told.method, told.direction), (Some("a"), Method::Ivr, Direction::Incoming));
    // A callback without the call's uuid does not change the method.
    desk.leg(LegEvent { method: Method::Manual, ..incoming(bare(LegStatus::Answer)) });
    assert_eq!(row(&desk, call).method, Method::Ivr);
    desk.leg(LegEvent { buuid: Some("a".into()), method: Method::Manual, ..leg(LegStatus::Answer, "other") });
    assert_eq!((row(&desk, call).method, row(&desk, call).direction), (Method::Ivr, Direction::Incoming));
}

#[test]
fn the_direction_from_a_record_is_not_changed_by_later_callbacks() {
    let mut desk = desk();
    let from = desk.now.wall;
    let call = desk.leg(leg(LegStatus::Ring, "a")).calls[0].id;
    desk.leg(leg(LegStatus::Hangup, "a"));
    let bill = CallRecord {
        direction: Direction::Incoming,
        customer_number: OWN.into(),
        display_number: CUSTOMER.into(),
        ..record(Some("a"), from)
    };
    desk.record(bill);
    desk.leg(leg(LegStatus::Hangup, "a"));
    assert_eq!(row(&desk, call).direction, Direction::Incoming);
}

#[test]
fn a_reading_of_the_seats_from_before_a_ring_names_no_queue() {
    let mut desk = Desk::in_queues(&["queue-1", "queue-2"], SeatState::Waiting);
    let is_second = |request: &Request| matches!(request, Request::ReadSeats { queue } if queue.0 == "queue-2");
    desk.answer(is_second, Ok(seats(&QueueName("queue-2".into()), SeatState::Receiving)));
    assert_eq!(desk.leg(leg(LegStatus::Ring, "a")).calls[0].queue, None);
}

#[test]
fn without_ids_a_signal_with_a_number_does_not_belong_to_a_withheld_call() {
    let mut desk = desk();
    let first = desk.leg(LegEvent { callee: "anonymous".into(), ..bare(LegStatus::Ring) }).calls[0].id;
    desk.leg(bare(LegStatus::Hangup));
    assert_eq!((live(&desk), desk.log().len()), (vec![first], 2));
}

#[test]
fn a_signal_without_an_id_belongs_to_the_open_call_unless_its_start_is_the_earlier_calls() {
    for says_when in [false, true] {
        for of_the_first in [false, true] {
            let mut desk = desk();
            let mut began = Vec::new();
            for place in 0..2 {
                let from = desk.now.wall.second();
                began.push(from);
                let sign = |status| LegEvent { started_at: says_when.then_some(from), ..bare(status) };
                desk.leg(sign(LegStatus::Ring));
                desk.pass_seconds(1);
                if place == 0 {
                    desk.leg(sign(LegStatus::Hangup));
                    desk.pass_seconds(2);
                }
            }
            let started_at = says_when.then(|| began[usize::from(!of_the_first)]);
            desk.leg(LegEvent { started_at, ..bare(LegStatus::Answer) });
            let answered: Vec<bool> = desk.log().values().map(|call| call.answered_at.is_some()).collect();
            let is_first = says_when && of_the_first;
            assert_eq!(answered, [is_first, !is_first], "{says_when} {of_the_first}");
        }
    }
}

/// The ring of the later call was lost as well.
#[test]
fn an_answer_of_a_later_call_ends_the_call_before() {
    for (later, is_over) in [(18, true), (-300, false)] {
        let mut desk = desk();
        let from = desk.now.wall;
        let sign = |status, uuid, at: Timestamp| LegEvent { started_at: Some(at), ..leg(status, uuid) };
        let first = desk.leg(sign(LegStatus::Ring, "a", from)).calls[0].id;
        desk.leg(sign(LegStatus::Answer, "a", from));
        desk.pass_seconds(20);
        desk.leg(sign(LegStatus::Answer, "b", Timestamp(from.0 + later * 1000)));
        assert_eq!(row(&desk, first).ended_at.is_some(), is_over, "{later}");
        assert_eq!(desk.log().len(), 2);
    }
}
