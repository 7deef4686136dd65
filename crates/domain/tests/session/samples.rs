//! Sample inputs for the tests: wishes, seats, readings, callbacks, records.

use std::time::Duration;

use ringside_domain::*;

use crate::desk::OWN;

pub fn wish(wish: Wish) -> Intent {
    Intent::Wish { wish, by: SetBy::Window }
}

pub fn is_join(request: &Request, name: &str) -> bool {
    matches!(request, Request::JoinQueue { queue, .. } if queue.0 == name)
}

pub fn is_setting(request: &Request) -> bool {
    matches!(request, Request::SetSeat { .. })
}

pub fn seat(extension: &str, state: SeatState) -> Seat {
    Seat {
        extension: Extension(extension.into()),
        name: String::new(),
        phone: Phone::Ready,
        state,
        changed_at: None,
        last_answer_at: None,
        answered: 0,
        missed: 0,
        wrap_up_seconds: 0,
        max_misses: 0,
    }
}

pub fn seats(queue: &QueueName, own: SeatState) -> Outcome {
    let seats = vec![seat(OWN, own), seat("100002", SeatState::Waiting), seat("100003", SeatState::Paused)];
    Outcome::Seats(SeatsReading { queue: queue.clone(), seats, others: None })
}

pub fn phone(state: PhoneState) -> Outcome {
    Outcome::Phone(PhoneReading { phone: Phone::Ready, state, caller: None, callee: None, display_number: None, direction: None })
}

pub fn phone_with(state: PhoneState, customer: &str) -> Outcome {
    Outcome::Phone(PhoneReading {
        phone: Phone::Ready,
        state,
        caller: Some(customer.into()),
        callee: Some(OWN.into()),
        display_number: None,
        direction: Some(Direction::Outgoing),
    })
}

pub fn leg(status: LegStatus, uuid: &str) -> LegEvent {
    LegEvent {
        status,
        extension: Extension(OWN.into()),
        uuid: Some(uuid.into()),
        buuid: None,
        caller: OWN.into(),
        callee: "013387525701".into(),
        direction: Direction::Outgoing,
        method: Method::Predictive,
        is_b_leg: false,
        display_number: "2190170001".into(),
        started_at: None,
        customer_id: None,
    }
}

pub fn record(uuid: Option<&str>, started_at: Timestamp) -> CallRecord {
    CallRecord {
        record_id: Some("982".into()),
        uuid: uuid.map(Into::into),
        extension: Extension(OWN.into()),
        agent_id: Some("10".into()),
        customer_number: "013387525701".into(),
        display_number: "2190170001".into(),
        direction: Direction::Outgoing,
        method: Method::Predictive,
        started_at,
        undated: false,
        answered_at: Some(started_at.plus(Duration::from_secs(4))),
        ended_at: Some(started_at.plus(Duration::from_secs(34))),
        waited_seconds: 4,
        talked_seconds: 30,
        hung_up_by: HungUpBy::Called,
        ending: Ending::Normal,
        recording: Some("a.wav".into()),
        recording_url: None,
        member_id: None,
        customer_id: None,
        maturity: None,
    }
}

/// A uuid of version 1 that contains this time, in milliseconds since 1970.
pub fn uuid_made(at: i64, place: usize) -> String {
    let ticks = (at + 12_219_292_800_000) * 10_000;
    format!("{:08x}-{:04x}-1{:03x}-aaaa-{place:012}", ticks & 0xffff_ffff, (ticks >> 32) & 0xffff, (ticks >> 48) & 0xfff)
}

pub fn problem(code: ProblemCode, retryable: bool) -> Problem {
    Problem::new(code, "", retryable)
}

/// A delivery with one callback.
pub fn event(signal: Signal, payload: String) -> Delivery {
    let event = Event { signal: Box::new(signal), company: None, payload };
    Delivery::Events { events: vec![event], flaw: None, path: PublicPath::None, passed: None }
}
