//! Conversions between the client's types and the desk's.

use std::collections::{HashMap, HashSet};

use ringside_domain::{Customer, Dialled, DialledOutcome, Ending, Extension, FloorAgent, GroupMemberView, Method, QueueName, Signal};
use ringside_wire::Code;

use crate::{GroupMember, MemberState, QueueMember};

pub(super) fn agent(member: QueueMember, queue: &QueueName) -> FloorAgent {
    let seat = member.seat;
    FloorAgent {
        agent_id: agent_id(&member.seat_name, &seat.extension, queue).unwrap_or_default().to_owned(),
        // A row without an extension can be anyone's (P12), so its seat cannot be set.
        extension: seat.extension,
        name: member.seat_name,
        phone: seat.phone,
        state: seat.state,
        since: seat.changed_at,
        answered: seat.answered,
        missed: seat.missed,
        last_answer_at: seat.last_answer_at,
        change: None,
    }
}

/// The agent's number in `seatsname`: `extension_agent_queue`, or `agent_extension_queue`; a hyphen and the company's number can follow (P12).
/// None if the name can be read in no way, or in two that differ.
fn agent_id<'a>(name: &'a str, extension: &Extension, queue: &QueueName) -> Option<&'a str> {
    if extension.0.is_empty() || queue.0.is_empty() {
        return None;
    }
    let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let without_company = name.rsplit_once('-').filter(|(_, company)| is_digits(company)).map(|(name, _)| name);
    let seat = [Some(name), without_company].into_iter().flatten().find_map(|name| name.strip_suffix(&*queue.0)?.strip_suffix('_'))?;
    let behind = seat.strip_prefix(&*extension.0).and_then(|rest| rest.strip_prefix('_'));
    let before = seat.strip_suffix(&*extension.0).and_then(|rest| rest.strip_suffix('_'));
    match (behind, before) {
        (Some(one), Some(other)) if one != other => None,
        (one, other) => one.or(other).filter(|agent| !agent.is_empty()),
    }
}

pub(super) fn member(member: GroupMember) -> GroupMemberView {
    GroupMemberView {
        extension: member.extension,
        busy: match member.state {
            MemberState::Idle => Some(false),
            MemberState::Busy => Some(true),
            MemberState::Other(_) => None,
        },
        call: member.call,
        change: None,
    }
}

/// None: a value that is not documented.
pub(super) fn registered(code: Code) -> Option<bool> {
    match code {
        Code::Registered => Some(true),
        Code::NotRegistered | Code::Offline => Some(false),
        _ => None,
    }
}

/// The dialler's call of a bill. A bill without an id and a uuid cannot be recognised when it is read again, so it is left out.
pub fn dialled(signal: &Signal) -> Option<Dialled> {
    let Signal::Record(record) = signal else { return None };
    let record = Some(record).filter(|record| record.method == Method::Predictive)?.clone();
    let key = record.record_id.or(record.uuid)?;
    let extension = Some(record.extension).filter(|extension| !extension.is_nobodys());
    // P3, N12
    let outcome = match (record.talked_seconds, &extension) {
        (0, _) => DialledOutcome::NotAnswered,
        (_, None) => DialledOutcome::Abandoned,
        (_, Some(_)) => DialledOutcome::Reached,
    };
    Some(Dialled {
        key,
        phone: record.customer_number,
        began_at: record.started_at,
        ended_at: record.ended_at.unwrap_or(record.started_at),
        outcome,
        talked_seconds: record.talked_seconds,
        waited_seconds: record.waited_seconds,
        extension,
        shown: record.display_number,
        ending: Some(record.ending).filter(|ending| *ending != Ending::Other(0)),
        customer_id: record.customer_id.unwrap_or_default(),
        campaign: None,
    })
}

/// The refused numbers as they were sent: the platform may name them as numbers, which have no leading zeros.
pub(super) fn refused_as_sent(refused: Vec<String>, sent: &[Customer]) -> Vec<String> {
    if refused.is_empty() {
        return refused;
    }
    let exact: HashSet<&str> = sent.iter().map(|customer| customer.phone.as_str()).collect();
    let short = |text: &str| text.trim().trim_start_matches('0').to_owned();
    let by_digits: HashMap<String, &str> = sent.iter().map(|customer| (short(&customer.phone), customer.phone.as_str())).collect();
    let find = |named: String| match by_digits.get(&short(&named)) {
        Some(phone) if !exact.contains(named.as_str()) => (*phone).to_owned(),
        _ => named,
    };
    refused.into_iter().map(find).collect()
}

#[cfg(test)]
mod tests {
    use ringside_domain::Timestamp;

    use super::*;

    #[test]
    fn n16_refused_numbers_are_recognised_without_their_leading_zeros() {
        let sent = ["013800138000", "13900139000"].map(|phone| Customer { phone: phone.into(), ..Customer::default() });
        let refused = ["13800138000", "13900139000", " 5 "].map(str::to_owned).to_vec();
        assert_eq!(refused_as_sent(refused, &sent), ["013800138000", "13900139000", " 5 "]);
    }

    #[test]
    fn p12_the_agents_number_is_read_from_the_seats_name_only_if_it_is_certain() {
        let read = |name: &str, extension: &str, queue: &str| {
            agent_id(name, &Extension(extension.into()), &QueueName(queue.into())).map(str::to_owned)
        };
        for (name, extension, queue, number) in [
            ("9026004_9026004_autocall-9026", "9026004", "autocall", Some("9026004")),
            ("9026004_9026004_autocall-9026", "9026004", "autocall-9026", Some("9026004")),
            ("100001_10_queue-1", "100001", "queue-1", Some("10")),
            ("10_100001_queue-1-9027", "100001", "queue-1", Some("10")),
            ("100001_10_night_shift", "100001", "night_shift", Some("10")),
            ("100001_j_doe_queue-1", "100001", "queue-1", Some("j_doe")),
            // The name of another queue, as in the documentation's example, or of another agent.
            ("9026004_9026004_autocall-9026", "100001", "queue-1", None),
            ("100001_10_shift", "100001", "night_shift", None),
            ("1000017_10_queue-1", "100001", "queue-1", None),
            ("100001_queue-1", "100001", "queue-1", None),
            ("100001__queue-1", "100001", "queue-1", None),
            // Both ends are the extension, so the number can be either half.
            ("100001_10_100001_queue-1", "100001", "queue-1", None),
            ("7005_10_queue-1", "", "queue-1", None),
            ("", "100001", "queue-1", None),
        ] {
            assert_eq!(read(name, extension, queue).as_deref(), number, "{name} of {extension} in {queue}");
        }
    }

    #[test]
    fn n12_a_bill_with_talk_and_without_an_agent_is_an_abandoned_call() {
        let read = |extension: &str, talked: u32| {
            let json = serde_json::json!({"id": 7, "extnumber": extension, "destnumber": "013800138000", "billsec": talked, "duration": 3, "callmethod": 5, "hangupcause": 10005});
            let fields: ringside_wire::callback::Fields = serde_json::from_value(json).unwrap();
            let mut record = ringside_wire::callback::record(&fields, &ringside_wire::Zone::default());
            record.received_at(Timestamp(1_700_000_000_000));
            dialled(&Signal::Record(record)).unwrap()
        };
        assert_eq!(read("000000", 4).outcome, DialledOutcome::Abandoned);
        assert_eq!(read("", 4).outcome, DialledOutcome::Abandoned);
        let unanswered = read("000000", 0);
        assert_eq!((unanswered.outcome, unanswered.ending), (DialledOutcome::NotAnswered, Some(Ending::NoAnswer)));
        let reached = read("7005", 4);
        assert_eq!(
            (reached.outcome, reached.extension, reached.key.as_str()),
            (DialledOutcome::Reached, Some(Extension("7005".into())), "7")
        );
    }
}
