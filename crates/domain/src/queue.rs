//! A queue as the platform reports it (GetQueueList, GetQueueSipStatus; N17 to N19).

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::{Agent, Extension, Others, Phone, QueueName, Timestamp};

/// A queue of the account, offered for signing in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct OfferedQueue {
    pub name: QueueName,
    /// The administrator's description of the queue; may be empty.
    pub remark: String,
}

/// An agent's state in one queue: codes 1212 to 1218 (N18).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", content = "code", rename_all = "camelCase")]
pub enum SeatState {
    /// 1213 (and 1201): idle; can be given a call.
    Waiting,
    /// 1214: is being given a call.
    Receiving,
    /// 1215, and 1204 in some answers.
    Talking,
    /// 1212: did not answer the last call.
    DidNotAnswer,
    /// 1216: rejected the last call.
    Rejected,
    /// 1217: busy, set by a person or by the platform after missed calls.
    Paused,
    /// A code outside the table, shown as its number (N7).
    Other(u32),
}

impl SeatState {
    /// Whether the platform may give this agent a call, now or after the present one.
    pub fn takes_calls(self) -> bool {
        !matches!(self, Self::Paused | Self::Other(_))
    }

    /// Whether a call rings or goes on: the state does not say whether the agent is paused (N18).
    pub fn is_in_call(self) -> bool {
        matches!(self, Self::Receiving | Self::Talking)
    }
}

/// One agent's row in one queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seat {
    /// Empty if the row does not name it (P12): the row may be the agent's own.
    pub extension: Extension,
    /// The platform's name for the agent in the queue.
    pub name: String,
    /// The phone's state as this row reports it.
    pub phone: Phone,
    pub state: SeatState,
    pub changed_at: Option<Timestamp>,
    pub last_answer_at: Option<Timestamp>,
    pub answered: u32,
    pub missed: u32,
    /// Seconds from the end of a call to the next one.
    pub wrap_up_seconds: u32,
    /// Number of missed calls after which the platform makes an agent busy; 0: not known (N19).
    pub max_misses: u32,
}

/// One queue, as read at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeatsReading {
    pub queue: QueueName,
    /// All rows, or the own one if `others` counts the rest.
    pub seats: Vec<Seat>,
    /// The other agents, as the company's gateway counted them.
    pub others: Option<Others>,
}

impl Seat {
    /// The row names no extension, but its name begins like this agent's: `extension_agent_queue`, or `agent_extension_queue`.
    fn is_named_after(&self, own: &Agent, queue: &QueueName) -> bool {
        let behind = |name: &str, text: &str| name.strip_prefix(text)?.strip_prefix('_').map(str::to_owned);
        let (extension, agent) = (own.extension.0.as_str(), own.agent_id.as_str());
        if !self.extension.0.is_empty() || extension.is_empty() {
            return false;
        }
        if !agent.is_empty() && behind(&self.name, agent).is_some_and(|rest| rest == extension || behind(&rest, extension).is_some()) {
            return true;
        }
        let Some(rest) = behind(&self.name, extension) else { return false };
        // Otherwise it could be a longer number that begins with these digits.
        let number = rest.split('_').next().unwrap_or_default();
        rest == queue.0
            || behind(&rest, agent).is_some_and(|rest| rest == queue.0)
            || (!number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()))
    }
}

impl SeatsReading {
    /// The reading with the agent's own row recognised by its name, if the row names no extension.
    pub fn seen_by(mut self, own: &Agent) -> Self {
        let queue = &self.queue;
        for seat in self.seats.iter_mut().filter(|seat| seat.is_named_after(own, queue)) {
            seat.extension = own.extension.clone();
        }
        self
    }
}
