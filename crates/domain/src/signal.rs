//! What the platform tells us, by callback or when asked.

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
    /// A kind that is not documented: kept, counted, not shown (L30).
    Unknown,
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
    pub member_id: Option<String>,
    pub customer_id: Option<String>,
    /// Raw, since "0" may be a real value (N4).
    pub maturity: Option<String>,
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

/// What arrived at the callback listener.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// A callback that could be read; `payload` is its JSON as sent, which is what tells duplicates apart.
    Event { signal: Box<Signal>, payload: String },
    /// A body that could not be read: kept, so that nobody has to guess what the platform sent (L23, L25).
    Malformed { body: Vec<u8>, reason: String },
}

/// What became of a delivery; the listener answers by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Receipt {
    /// Safe on disk, or nothing had to be kept.
    Kept,
    /// Not on disk: the platform should send it again (L42).
    NotKept,
}
