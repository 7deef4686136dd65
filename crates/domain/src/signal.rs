//! What the platform tells us, by callbacks and readings.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::{Direction, Ending, Extension, HungUpBy, Method, NumberRules, Party, Phone, Timestamp};

/// The content of one callback (N24).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Signal {
    /// A state of an extension.
    Leg(LegEvent),
    /// A bill: the finished call, as billed.
    Record(CallRecord),
    /// A task has ended.
    TaskFinished { task_id: String },
    /// An undocumented kind: stored, counted, not shown (L30). The extension is empty if the callback names none.
    Unknown { extension: Extension },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LegStatus {
    Ring,
    Answer,
    Hangup,
}

/// A change of one leg of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LegEvent {
    pub status: LegStatus,
    pub extension: Extension,
    /// The uuid of side A, of version 1. None if the call was learnt of by a reading.
    pub uuid: Option<String>,
    /// The uuid of side B.
    pub buuid: Option<String>,
    pub caller: String,
    pub callee: String,
    pub direction: Direction,
    pub method: Method,
    /// `isbleg`, as sent (N25).
    pub is_b_leg: bool,
    /// The number shown to the customer.
    pub display_number: String,
    /// The call's start, by the platform's clock.
    pub started_at: Option<Timestamp>,
    /// Custom data; None for any spelling of «no value» (N4).
    pub customer_id: Option<String>,
}

impl LegEvent {
    /// N25: `isbleg` means the customer's leg only if it is true in an outgoing call of method 2 to 4.
    pub fn party(&self) -> Party {
        let is_customers = self.is_b_leg && self.method.dials_both_sides() && self.direction == Direction::Outgoing;
        if is_customers { Party::Customer } else { Party::Agent }
    }
}

/// N26: the number that is not the own extension; if both or neither are, the direction decides.
pub fn customer_number<'a>(caller: &'a str, callee: &'a str, direction: Direction, own: &Extension, numbers: &NumberRules) -> &'a str {
    let is_own = |number: &str| numbers.same(number, &own.0);
    match (is_own(caller), is_own(callee), direction) {
        (true, false, _) | (true, true, Direction::Outgoing) | (false, false, Direction::Outgoing) => callee,
        (false, true, _) | (true, true, Direction::Incoming) | (false, false, Direction::Incoming) => caller,
    }
}

/// A finished call as the platform stores it: from a bill callback, or from a row of GetBill (N10 to N12).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallRecord {
    /// The platform's id of the record; missing in some callbacks.
    pub record_id: Option<String>,
    pub uuid: Option<String>,
    /// Empty or `000000`: no agent was reached.
    pub extension: Extension,
    pub agent_id: Option<String>,
    pub customer_number: String,
    pub display_number: String,
    pub direction: Direction,
    pub method: Method,
    pub started_at: Timestamp,
    /// The record has no readable time: `started_at` and `ended_at` are substitutes until a better source is known.
    pub undated: bool,
    pub answered_at: Option<Timestamp>,
    pub ended_at: Option<Timestamp>,
    /// Seconds until the call was answered or given up.
    pub waited_seconds: u32,
    /// Seconds of talk.
    pub talked_seconds: u32,
    pub hung_up_by: HungUpBy,
    pub ending: Ending,
    /// The recording's file name, for which a link can be requested.
    pub recording: Option<String>,
    /// The recording's address, in newer versions (P7). It gives access to the recording: never shown, never logged.
    pub recording_url: Option<String>,
    pub member_id: Option<String>,
    pub customer_id: Option<String>,
    /// Raw, since "0" may be a real value (N4).
    pub maturity: Option<String>,
}

impl CallRecord {
    /// A record without times is of a call that ended about when the record was received.
    pub fn received_at(&mut self, at: Timestamp) {
        if self.undated {
            let length = Duration::from_secs(u64::from(self.waited_seconds) + u64::from(self.talked_seconds));
            self.started_at = at.minus(length);
            self.ended_at = Some(at);
        }
    }
}

/// A reading of the own extension (GetSipCallStatus).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PhoneReading {
    pub phone: Phone,
    pub state: PhoneState,
    pub caller: Option<String>,
    pub callee: Option<String>,
    pub display_number: Option<String>,
    pub direction: Option<Direction>,
}

/// Codes 1201 to 1204; any other code says nothing about a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum PhoneState {
    Idle,
    Ringing,
    OffHook,
    Talking,
    Unknown,
}

/// A body that arrived at the callback listener.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// One or several callbacks; the body is acknowledged after all of them are stored.
    Events {
        events: Vec<Event>,
        /// The body and its flaw, if a value could not be read or had to be repaired.
        flaw: Option<Flaw>,
        path: PublicPath,
        /// Set if the company's gateway took it and passed it on; None: it came to this computer's listener.
        passed: Option<Passed>,
    },
    /// A body that could not be read; it is stored, so that it can be examined (L23, L25).
    Malformed(Flaw),
}

/// How the company's gateway passed a callback on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Passed {
    /// When the gateway received it, by this computer's clock.
    pub received_at: Timestamp,
    /// It was fetched after a gap, so that later ones may follow at once.
    pub backlog: bool,
}

/// One readable callback.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    pub signal: Box<Signal>,
    /// The company's code at the platform, if the callback names one: another company may have the same extension number.
    pub company: Option<String>,
    /// Its JSON as sent; equal payloads are duplicates.
    pub payload: String,
}

/// The bytes of a malformed body, and its flaw.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flaw {
    pub body: Vec<u8>,
    pub reason: String,
}

/// What a proxy in front of the listener did with the path of the public address.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum PublicPath {
    /// The public address has no path, or there is no public address.
    #[default]
    None,
    PassedOn,
    CutOff,
}

/// The result of a delivery; it decides the listener's answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Receipt {
    /// Stored on disk, or nothing had to be stored.
    Kept,
    /// Not stored: the platform should send it again (L42).
    NotKept,
}
