//! A finished call on the wire.

use ringside_domain::{CallRecord as Domain, Direction, Ending, Extension, HungUpBy, Method, Timestamp};
use serde::{Deserialize, Serialize};

/// A finished call as the platform stores it. Codes of the platform stay numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct CallRecord {
    pub record_id: Option<String>,
    pub uuid: Option<String>,
    pub extension: String,
    pub agent_id: Option<String>,
    pub customer_number: String,
    pub display_number: String,
    pub incoming: bool,
    pub method: u32,
    pub started_at: i64,
    pub undated: bool,
    pub answered_at: Option<i64>,
    pub ended_at: Option<i64>,
    pub waited_seconds: u32,
    pub talked_seconds: u32,
    pub hung_up_by: u32,
    pub ending: u32,
    pub recording: Option<String>,
    pub recording_url: Option<String>,
    pub member_id: Option<String>,
    pub customer_id: Option<String>,
    pub maturity: Option<String>,
}

const HUNG_UP_BY: [(HungUpBy, u32); 2] = [(HungUpBy::Caller, 10040), (HungUpBy::Called, 10041)];

const ENDINGS: [(Ending, u32); 6] = [
    (Ending::Normal, 10001),
    (Ending::Cancelled, 10002),
    (Ending::Refused, 10003),
    (Ending::LineFailure, 10004),
    (Ending::NoAnswer, 10005),
    (Ending::CustomerBusy, 10006),
];

fn code_of<T: PartialEq>(table: &[(T, u32)], value: &T) -> Option<u32> {
    table.iter().find(|(known, _)| known == value).map(|(_, code)| *code)
}

fn value_of<T: Copy>(table: &[(T, u32)], code: u32) -> Option<T> {
    table.iter().find(|(_, known)| *known == code).map(|(value, _)| *value)
}

impl From<Domain> for CallRecord {
    fn from(record: Domain) -> Self {
        Self {
            record_id: record.record_id,
            uuid: record.uuid,
            extension: record.extension.0,
            agent_id: record.agent_id,
            customer_number: record.customer_number,
            display_number: record.display_number,
            incoming: record.direction == Direction::Incoming,
            method: record.method.code(),
            started_at: record.started_at.0,
            undated: record.undated,
            answered_at: record.answered_at.map(|at| at.0),
            ended_at: record.ended_at.map(|at| at.0),
            waited_seconds: record.waited_seconds,
            talked_seconds: record.talked_seconds,
            hung_up_by: match record.hung_up_by {
                HungUpBy::Other(code) => code,
                known => code_of(&HUNG_UP_BY, &known).unwrap_or(0),
            },
            ending: match record.ending {
                Ending::Other(code) => code,
                known => code_of(&ENDINGS, &known).unwrap_or(0),
            },
            recording: record.recording,
            recording_url: record.recording_url,
            member_id: record.member_id,
            customer_id: record.customer_id,
            maturity: record.maturity,
        }
    }
}

impl From<CallRecord> for Domain {
    fn from(record: CallRecord) -> Self {
        Self {
            record_id: record.record_id,
            uuid: record.uuid,
            extension: Extension(record.extension),
            agent_id: record.agent_id,
            customer_number: record.customer_number,
            display_number: record.display_number,
            direction: if record.incoming { Direction::Incoming } else { Direction::Outgoing },
            method: Method::from_code(record.method),
            started_at: Timestamp(record.started_at),
            undated: record.undated,
            answered_at: record.answered_at.map(Timestamp),
            ended_at: record.ended_at.map(Timestamp),
            waited_seconds: record.waited_seconds,
            talked_seconds: record.talked_seconds,
            hung_up_by: value_of(&HUNG_UP_BY, record.hung_up_by).unwrap_or(HungUpBy::Other(record.hung_up_by)),
            ending: value_of(&ENDINGS, record.ending).unwrap_or(Ending::Other(record.ending)),
            recording: record.recording,
            recording_url: record.recording_url,
            member_id: record.member_id,
            customer_id: record.customer_id,
            maturity: record.maturity,
        }
    }
}
