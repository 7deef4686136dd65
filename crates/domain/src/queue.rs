//! A queue as the platform reports it (GetQueueList, GetQueueSipStatus; N17 to N19).

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::{Extension, Phone, QueueName, Timestamp};

/// A queue that the account has, to be offered for signing in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct OfferedQueue {
    pub name: QueueName,
    /// The administrator's words for it; may be empty.
    pub remark: String,
}

/// An agent's state in one queue: codes 1212 to 1218 (N18).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", content = "code", rename_all = "camelCase")]
pub enum SeatState {
    /// 1213 (and 1201): idle, can be given a call.
    Waiting,
    /// 1214: a call is being given to this agent.
    Receiving,
    /// 1215, and 1204 where the platform says it here.
    Talking,
    /// 1212: did not answer the last call.
    DidNotAnswer,
    /// 1216: rejected the last call.
    Rejected,
    /// 1217: busy, by hand or benched.
    Paused,
    /// A code outside the table, shown as its number (N7).
    Other(u32),
}

impl SeatState {
    /// Whether the platform may give this agent a call, now or when the present one is over.
    pub fn takes_calls(self) -> bool {
        !matches!(self, Self::Paused | Self::Other(_))
    }
}

/// One agent's row in one queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seat {
    /// Empty where the row does not say whose it is (P12): it may be the own one.
    pub extension: Extension,
    /// The phone as this row reports it.
    pub phone: Phone,
    pub state: SeatState,
    pub changed_at: Option<Timestamp>,
    pub last_answer_at: Option<Timestamp>,
    pub answered: u32,
    pub missed: u32,
    /// Seconds between a call and the next one.
    pub wrap_up_seconds: u32,
    /// Misses after which the platform benches an agent; 0 = not said (N19).
    pub max_misses: u32,
}

/// All rows of one queue, as read at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeatsReading {
    pub queue: QueueName,
    pub seats: Vec<Seat>,
}
