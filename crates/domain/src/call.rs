//! A call, from its first signal to its record.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::{Extension, Owner, QueueName, Timestamp};

/// Stands in for the file name if a recording has only an address in the call's bill (P7).
pub const LINKED: &str = "recordurl";

/// Ringside's own id of a call, given at the first signal (N12).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS)]
#[serde(transparent)]
#[ts(type = "number")]
pub struct CallId(pub u64);

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum Direction {
    #[default]
    Outgoing,
    Incoming,
}

/// The kind of the call; the platform's codes 1 to 6.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(tag = "kind", content = "code", rename_all = "camelCase")]
pub enum Method {
    /// 1: extensions call each other.
    Internal,
    /// 2: dialled by hand.
    Manual,
    /// 3: by an API call.
    Api,
    /// 4: both sides called by the API.
    Double,
    /// 5: by the predictive dialler.
    Predictive,
    /// 6: IVR or group call.
    Ivr,
    /// 0, absent, or outside the table.
    Other(u32),
}

impl Method {
    /// The platform calls the agent and the customer.
    pub fn dials_both_sides(self) -> bool {
        matches!(self, Self::Manual | Self::Api | Self::Double)
    }

    pub fn code(self) -> u32 {
        match self {
            Self::Internal => 1,
            Self::Manual => 2,
            Self::Api => 3,
            Self::Double => 4,
            Self::Predictive => 5,
            Self::Ivr => 6,
            Self::Other(code) => code,
        }
    }

    pub fn from_code(code: u32) -> Self {
        match code {
            1 => Self::Internal,
            2 => Self::Manual,
            3 => Self::Api,
            4 => Self::Double,
            5 => Self::Predictive,
            6 => Self::Ivr,
            other => Self::Other(other),
        }
    }
}

/// The side that hung up: codes 10040 and 10041; others as their number (N7).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", content = "code", rename_all = "camelCase")]
pub enum HungUpBy {
    Caller,
    Called,
    Other(u32),
}

/// Why the call ended: codes 10001 to 10006 (and 1205); others as their number (N7).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", content = "code", rename_all = "camelCase")]
pub enum Ending {
    Normal,
    Cancelled,
    Refused,
    LineFailure,
    NoAnswer,
    CustomerBusy,
    Other(u32),
}

/// The side whose phone rings, as seen by the agent (N25).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum Party {
    /// The agent's own phone: a card is shown.
    #[default]
    Agent,
    /// The customer's phone, in a call that the agent has already: no card is shown.
    Customer,
}

/// A call of the own extension. Its times are by the platform's clock, converted with the clock difference known at that moment: this
/// computer's clock may be wrong, and may be set before the call's record comes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Call {
    pub id: CallId,
    pub uuid: Option<String>,
    pub buuid: Option<String>,
    pub record_id: Option<String>,
    /// The appid of the account that was signed in when the call was learnt of.
    pub account: String,
    pub extension: Extension,
    /// The number of the agent at the desk; of a call known only by its record, the number in the record. None: not known.
    pub agent: Option<String>,
    pub queue: Option<QueueName>,
    /// As the platform sent it.
    pub customer_number: String,
    pub display_number: String,
    pub direction: Direction,
    pub method: Method,
    /// The platform's time, else the time of the first signal.
    pub started_at: Timestamp,
    /// When the agent's phone was first known to ring.
    pub rang_at: Option<Timestamp>,
    pub answered_at: Option<Timestamp>,
    pub ended_at: Option<Timestamp>,
    pub hung_up_by: Option<HungUpBy>,
    pub ending: Option<Ending>,
    /// As billed; None until the record has come.
    pub waited_seconds: Option<u32>,
    pub talked_seconds: Option<u32>,
    /// The recording's file name, or [`LINKED`].
    pub recording: Option<String>,
    pub member_id: Option<String>,
    pub customer_id: Option<String>,
    pub maturity: Option<String>,
}

impl Call {
    /// A call of which only the start is known.
    pub fn blank(id: CallId, owner: Owner, at: Timestamp) -> Self {
        Self {
            id,
            uuid: None,
            buuid: None,
            record_id: None,
            account: owner.account,
            extension: owner.extension,
            agent: None,
            queue: None,
            customer_number: String::new(),
            display_number: String::new(),
            direction: Direction::Outgoing,
            method: Method::Other(0),
            started_at: at,
            rang_at: None,
            answered_at: None,
            ended_at: None,
            hung_up_by: None,
            ending: None,
            waited_seconds: None,
            talked_seconds: None,
            recording: None,
            member_id: None,
            customer_id: None,
            maturity: None,
        }
    }

    pub fn is_of(&self, owner: &Owner) -> bool {
        self.account == owner.account && self.extension == owner.extension && (owner.agent.is_none() || self.agent == owner.agent)
    }
}
