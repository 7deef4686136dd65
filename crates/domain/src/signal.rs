//! What the platform tells us, by callback or when asked.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::{Direction, Ending, Extension, HungUpBy, Method, Phone, Timestamp};

/// What one callback says (N24).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Signal {
    /// An extension's state callback.
    Leg(LegEvent),
    /// A bill: the finished call, as billed.
    Record(CallRecord),
    /// A task has come to its end.
    TaskFinished { task_id: String },
    /// A kind that is not documented: kept, counted, not shown (L30). The extension is empty where none is named.
    Unknown { extension: Extension },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LegStatus {
    Ring,
    Answer,
    Hangup,
}

/// One leg of a call changed its state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LegEvent {
    pub status: LegStatus,
    pub extension: Extension,
    /// Side A's id; a version-1 uuid. None where the call was learnt of by asking.
    pub uuid: Option<String>,
    /// Side B's.
    pub buuid: Option<String>,
    pub caller: String,
    pub callee: String,
    pub direction: Direction,
    pub method: Method,
    /// `isbleg`, as sent (N25).
    pub is_b_leg: bool,
    /// The number shown to the customer.
    pub display_number: String,
    /// The call's start, as the platform says.
    pub started_at: Option<Timestamp>,
    /// Custom data, none where «empty» in any of its spellings (N4).
    pub customer_id: Option<String>,
}

/// A finished call as the platform keeps it: the bill callback, or a row of GetBill (N10 to N12).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallRecord {
    /// The platform's id of the record; absent in some callbacks.
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
    /// The platform said no time that can be read: `started_at` and `ended_at` stand in until a better source is known.
    pub undated: bool,
    pub answered_at: Option<Timestamp>,
    pub ended_at: Option<Timestamp>,
    /// Seconds until answered or given up.
    pub waited_seconds: u32,
    /// Seconds talked.
    pub talked_seconds: u32,
    pub hung_up_by: HungUpBy,
    pub ending: Ending,
    /// The recording's file name, by which a link is asked for.
    pub recording: Option<String>,
    /// Where the recording can be had, in newer revisions (P7). A key to the recording: never shown, never logged.
    pub recording_url: Option<String>,
    pub member_id: Option<String>,
    pub customer_id: Option<String>,
    /// Raw, since "0" may be a real value (N4).
    pub maturity: Option<String>,
}

impl CallRecord {
    /// A record without any time is of a call that ended about when the record was received.
    pub fn received_at(&mut self, at: Timestamp) {
        if self.undated {
            let length = Duration::from_secs(u64::from(self.waited_seconds) + u64::from(self.talked_seconds));
            self.started_at = at.minus(length);
            self.ended_at = Some(at);
        }
    }
}

/// The own extension, when asked (GetSipCallStatus).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PhoneReading {
    pub phone: Phone,
    pub state: PhoneState,
    pub caller: Option<String>,
    pub callee: Option<String>,
    pub display_number: Option<String>,
    pub direction: Option<Direction>,
}

/// Codes 1201 to 1204; anything else says nothing of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PhoneState {
    Idle,
    Ringing,
    OffHook,
    Talking,
    Unknown,
}

/// What arrived at the callback listener in one body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// One callback or several; the body is acknowledged when all of them are kept.
    Events {
        events: Vec<Event>,
        /// What could not be read in them, or had to be repaired, and the body that holds it.
        flaw: Option<Flaw>,
        path: PublicPath,
    },
    /// A body that could not be read: kept, so that nobody has to guess what the platform sent (L23, L25).
    Malformed(Flaw),
}

/// One callback that could be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    pub signal: Box<Signal>,
    /// The company's code at the platform, where the callback names one: an extension's number can be another company's too.
    pub company: Option<String>,
    /// Its JSON as sent, which is what tells duplicates apart.
    pub payload: String,
}

/// Bytes that were not as they should be, and what is wrong with them.
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

/// What became of a delivery; the listener answers by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Receipt {
    /// Safe on disk, or nothing had to be kept.
    Kept,
    /// Not on disk: the platform should send it again (L42).
    NotKept,
}
