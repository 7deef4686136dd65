//! The numbers of campaigns, the do-not-call list, and calls of campaigns by their bills.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::{
    CampaignId, Direction, Ending, Extension, LegStatus, Method, NumberRules, Party, Signal, Timestamp, customer_number, is_withheld,
};

/// A number to be called, with the custom data that the platform returns with the call (N4: always text).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", default)]
pub struct Customer {
    /// Digits only, with leading zeros.
    pub phone: String,
    /// The preset time; None: the time of sending (N16).
    pub at: Option<Timestamp>,
    /// `userid`: the employee.
    pub agent_id: String,
    /// `memberid`
    pub member_id: String,
    /// `customuuid`
    pub customer_id: String,
    /// `chengshudu`
    pub maturity: String,
}

/// Why a row of a file was not taken, or a number was not sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum RowRefusal {
    /// The cell with the number is empty.
    Empty,
    /// It is not a telephone number, or too short (under 3 digits) or too long (over 20).
    Invalid,
    /// Digits are lost for certain, as in 1.38E+10 with too few digits.
    Spoilt,
    /// The kind of its damage was asked about, and the answer was to leave such rows out.
    LeftOut,
    /// The same number is in an earlier row.
    Duplicate,
    /// The number waits in another campaign that is not over.
    InOtherCampaign,
    DoNotCall,
    /// It was called as often as is permitted today.
    AttemptsToday,
    /// It was called as often as is permitted in all.
    AttemptsInAll,
    /// The preset time cannot be read.
    BadTime,
    /// An agent talked to the customer since the call for which the customer is to be called back.
    ReachedSince,
}

/// What became of a number of a campaign. Each number is in exactly one of these states.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum NumberFate {
    /// Not sent yet.
    Waiting,
    /// Sent and accepted by the platform.
    Taken,
    /// Refused by the platform, or here before it was sent.
    Refused,
    /// Sent, and it is unknown whether the platform accepted it.
    Unknown,
    /// Taken out by a person or for the do-not-call list, before it was called. A number that was called stays `Taken`.
    Removed,
}

/// A row of a campaign's numbers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct NumberRow {
    /// The row in the file, from 1 with the header.
    pub row: u32,
    pub part: u32,
    pub customer: Customer,
    pub fate: NumberFate,
    /// It is on the do-not-call list now.
    pub do_not_call: bool,
    /// Why Ringside refused the number before it was sent. None for a refused number: the platform refused it.
    pub reason: Option<RowRefusal>,
    /// Calls to this number since the campaign was made, by their bills.
    pub calls: u32,
    /// The end of the last of these calls.
    pub last: Option<DialledOutcome>,
    pub last_at: Option<Timestamp>,
}

/// How a call of a campaign ended, by its bill.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum DialledOutcome {
    /// The customer did not answer.
    NotAnswered,
    /// The customer answered, and no agent was reached (`extnumber` empty or zeros, N12).
    Abandoned,
    /// An agent talked to the customer.
    Reached,
}

/// A call that the dialler made (bill with `callmethod` 5), whoever took it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Dialled {
    /// The bill's id, or its uuid: two bills with the same key are one.
    pub key: String,
    /// The customer's number, as in the bill.
    pub phone: String,
    pub began_at: Timestamp,
    pub ended_at: Timestamp,
    pub outcome: DialledOutcome,
    /// Seconds of talk (`billsec`).
    pub talked_seconds: u32,
    /// Seconds until it was answered (`duration`).
    pub waited_seconds: u32,
    /// The agent's extension; None: no agent was reached.
    pub extension: Option<Extension>,
    /// The number that was shown to the customer; may be empty.
    #[serde(default)]
    pub shown: String,
    /// How the call ended (`hangupcause`); None: the bill does not say.
    #[serde(default)]
    pub ending: Option<Ending>,
    /// `customuuid`; may be empty.
    pub customer_id: String,
    /// The campaign that it is counted for: the newest that sent this number before the call. None: a campaign made elsewhere.
    pub campaign: Option<CampaignId>,
}

/// Another call than the dialler's in which an agent talked to a customer, by its bill or by the state of the agent's extension.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ReachedOtherwise {
    /// The customer's number, in any spelling.
    pub phone: String,
    /// When the call began.
    pub at: Timestamp,
}

impl ReachedOtherwise {
    /// The customer whom an agent talked to, if the signal proves it. A bill proves it by its talk and its extension. A state proves it when
    /// an extension answers an incoming call, or the customer answers an extension's call (N25).
    pub fn by(signal: &Signal, numbers: &NumberRules) -> Option<Self> {
        let (phone, at) = match signal {
            Signal::Record(record) => {
                let is_proof = record.talked_seconds > 0 && !record.extension.is_nobodys();
                if !is_proof || matches!(record.method, Method::Predictive | Method::Internal) {
                    return None;
                }
                // `disnumber` calls or is shown to the customer, `destnumber` is called (P1).
                let sides = (&record.display_number, &record.customer_number);
                (customer_number(sides.0, sides.1, record.direction, &record.extension, numbers), record.started_at)
            }
            Signal::Leg(leg) => {
                let is_proof = match leg.direction {
                    Direction::Incoming => leg.method != Method::Internal,
                    Direction::Outgoing => leg.party() == Party::Customer,
                };
                if !is_proof || leg.status != LegStatus::Answer || leg.extension.is_nobodys() {
                    return None;
                }
                (customer_number(&leg.caller, &leg.callee, leg.direction, &leg.extension, numbers), leg.started_at?)
            }
            Signal::TaskFinished { .. } | Signal::Unknown { .. } => return None,
        };
        (!is_withheld(phone)).then(|| Self { phone: phone.to_owned(), at })
    }
}

/// How many of a campaign's numbers are in each state, and how its calls ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", default)]
pub struct CampaignCounts {
    pub waiting: u32,
    pub taken: u32,
    /// Those of `taken` without a call.
    pub uncalled: u32,
    pub refused: u32,
    pub unknown: u32,
    pub removed: u32,
    /// Numbers with at least one call, also those that were removed or refused afterwards.
    pub called: u32,
    /// Calls, by their bills.
    pub calls: u32,
    /// Calls that the customer answered.
    pub answered: u32,
    pub reached: u32,
    pub abandoned: u32,
    /// The same for calls that began today (in the platform's time zone).
    pub answered_today: u32,
    pub abandoned_today: u32,
    /// The same over the last 30 days.
    pub answered_30_days: u32,
    pub abandoned_30_days: u32,
}

/// What became of the lines of a do-not-call list that was imported.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct DoNotCallImported {
    /// Numbers that were not on the list.
    pub new: u32,
    /// Lines with a number that was on the list, or in an earlier line.
    pub known: u32,
    /// Lines with text and no number.
    pub not_read: u32,
}

/// An entry of the do-not-call list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct DoNotCall {
    pub phone: String,
    pub since: Timestamp,
    /// The person who entered it.
    pub by: String,
    /// The reason, in the person's words; may be empty.
    pub reason: String,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{CallRecord, HungUpBy, LegEvent};

    const CUSTOMER: &str = "013800138000";
    const COMPANY: &str = "2190170001";

    fn record(method: Method, direction: Direction, extension: &str, talked_seconds: u32) -> Signal {
        // In a bill of an incoming call `destnumber` is the extension or the company's number (P1).
        let (called, other) = if direction == Direction::Incoming { (COMPANY, CUSTOMER) } else { (CUSTOMER, COMPANY) };
        Signal::Record(CallRecord {
            record_id: Some("1".into()),
            uuid: None,
            extension: Extension(extension.into()),
            agent_id: None,
            customer_number: called.into(),
            display_number: other.into(),
            direction,
            method,
            started_at: Timestamp(7),
            undated: false,
            answered_at: None,
            ended_at: None,
            waited_seconds: 0,
            talked_seconds,
            hung_up_by: HungUpBy::Other(0),
            ending: Ending::Normal,
            recording: None,
            recording_url: None,
            member_id: None,
            customer_id: None,
            maturity: None,
        })
    }

    fn leg(status: LegStatus, method: Method, direction: Direction, is_b_leg: bool) -> Signal {
        let (caller, callee) = if direction == Direction::Incoming { (CUSTOMER, "7005") } else { ("7005", CUSTOMER) };
        Signal::Leg(LegEvent {
            status,
            extension: Extension("7005".into()),
            uuid: None,
            buuid: None,
            caller: caller.into(),
            callee: callee.into(),
            direction,
            method,
            is_b_leg,
            display_number: COMPANY.into(),
            started_at: Some(Timestamp(7)),
            customer_id: None,
        })
    }

    #[test]
    fn bills_and_states_prove_that_an_agent_talked_to_a_customer_outside_the_diallers_calls() {
        let reached = |signal: Signal| ReachedOtherwise::by(&signal, &NumberRules::default()).map(|reached| reached.phone);
        let (incoming, outgoing) = (Direction::Incoming, Direction::Outgoing);
        for method in [Method::Manual, Method::Api, Method::Double, Method::Ivr, Method::Other(0)] {
            assert_eq!(reached(record(method, outgoing, "7005", 9)).as_deref(), Some(CUSTOMER), "{method:?}");
            assert_eq!(reached(record(method, incoming, "7005", 9)).as_deref(), Some(CUSTOMER), "{method:?}");
        }
        for nobody in [
            record(Method::Predictive, outgoing, "7005", 9),
            record(Method::Internal, outgoing, "7005", 9),
            record(Method::Manual, outgoing, "7005", 0),
            // A menu talked to the customer.
            record(Method::Ivr, incoming, "000000", 9),
        ] {
            assert_eq!(reached(nobody.clone()), None, "{nobody:?}");
        }
        assert_eq!(reached(leg(LegStatus::Answer, Method::Other(0), incoming, false)).as_deref(), Some(CUSTOMER));
        assert_eq!(reached(leg(LegStatus::Answer, Method::Manual, outgoing, true)).as_deref(), Some(CUSTOMER));
        for nobody in [
            leg(LegStatus::Ring, Method::Other(0), incoming, false),
            // The agent's own phone answers first.
            leg(LegStatus::Answer, Method::Api, outgoing, false),
            leg(LegStatus::Answer, Method::Internal, incoming, false),
        ] {
            assert_eq!(reached(nobody.clone()), None, "{nobody:?}");
        }
    }
}
