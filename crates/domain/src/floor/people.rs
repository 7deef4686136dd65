//! Queues, groups and extensions, as a supervisor sees and changes them.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::{Extension, Phone, PhoneState, Problem, QueueName, SeatState, Timestamp};

/// Which of the waiting agents gets a call (`strategy`, N17).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", content = "code", rename_all = "camelCase")]
pub enum QueueStrategy {
    /// 1, the documentation's default.
    #[default]
    LongestIdle,
    /// 2
    LeastTalked,
    /// 3
    All,
    /// 4
    RoundRobin,
    /// 5
    InOrder,
    /// 6
    Random,
    /// 7
    LeastAnswered,
    /// 8
    Priority,
    /// A number that is not documented.
    Other(u32),
}

/// The settings of a queue that EditQueue changes. The default values are the documentation's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct QueueSettings {
    /// The administrator's description.
    pub remark: String,
    pub strategy: QueueStrategy,
    /// Seconds between two announcements.
    pub announce_every: u32,
    /// Seconds that an agent's phone rings.
    pub ring_seconds: u32,
    /// Most seconds that a caller waits; 0: no limit.
    pub longest_wait: u32,
    /// Most seconds that a caller waits while the queue has no agent.
    pub wait_without_agent: u32,
    /// Seconds after which a call that found no agent enters the queue again.
    pub rejoin_after: u32,
    /// Seconds after which the platform gives up a call.
    pub discard_after: u32,
}

impl Default for QueueSettings {
    fn default() -> Self {
        Self {
            remark: String::new(),
            strategy: QueueStrategy::default(),
            announce_every: 30,
            ring_seconds: 30,
            longest_wait: 0,
            wait_without_agent: 0,
            rejoin_after: 5,
            discard_after: 90,
        }
    }
}

/// The state of predictive dialling in a queue (`autocall` of GetQueueList, N17).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", content = "text", rename_all = "camelCase")]
pub enum DiallerState {
    Busy,
    Idle,
    /// The queue has no predictive dialling.
    Unavailable,
    Other(String),
}

/// A queue with its agents.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct FloorQueue {
    pub name: QueueName,
    pub settings: QueueSettings,
    pub dialler: DiallerState,
    /// The sound file that is played to waiting callers.
    pub announcement: Option<String>,
    /// When its agents were last read; None: not yet.
    pub read_at: Option<Timestamp>,
    /// The last reading failed.
    pub problem: Option<Problem>,
    pub agents: Vec<FloorAgent>,
}

/// An agent in a queue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct FloorAgent {
    /// Empty if the row does not name it (P12); such an agent cannot be set.
    pub extension: Extension,
    /// The platform's name for the agent in the queue.
    pub name: String,
    /// The agent's number at the platform (`crmid`), without which the platform changes no seat. Empty: the row does not say it for certain.
    pub agent_id: String,
    pub phone: Phone,
    pub state: SeatState,
    /// Since when it has this state.
    pub since: Option<Timestamp>,
    pub answered: u32,
    pub missed: u32,
    pub last_answer_at: Option<Timestamp>,
    /// A change that is requested and not confirmed, or that failed.
    pub change: Option<SeatChange>,
}

/// A change of an agent's seat that a supervisor makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum SeatOrder {
    Busy,
    Available,
    SignIn,
    SignOut,
}

/// The progress of such a change. It is done when a reading, requested after the platform accepted it, shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct SeatChange {
    pub order: SeatOrder,
    pub since: Timestamp,
    pub progress: ChangeProgress,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum ChangeProgress {
    /// Not sent yet, or not answered.
    Pending,
    /// The platform accepted it; no reading shows it yet.
    Accepted,
    /// The platform accepted it while the agent is in a call; only a reading from after the call can show it (N18).
    AfterCall,
    /// A reading shows it.
    Confirmed,
    /// Not confirmed within 10 seconds; a later reading may confirm it.
    Overdue,
    Failed {
        problem: Problem,
    },
}

/// A seat that is to be changed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct SeatId {
    pub queue: QueueName,
    pub extension: Extension,
    /// The agent's number at the platform (`crmid`). Empty: the number that the queue's last reading says.
    pub agent_id: String,
}

/// A group of extensions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct FloorGroup {
    pub name: String,
    /// The platform's code for its state; no table explains it (N7).
    pub code: Option<u32>,
    pub read_at: Option<Timestamp>,
    pub problem: Option<Problem>,
    pub members: Vec<GroupMemberView>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct GroupMemberView {
    pub extension: Extension,
    /// True: it takes no calls of the group (`busy`). None: a value that is not documented.
    pub busy: Option<bool>,
    /// The state of its call, as the platform names it.
    pub call: String,
    pub change: Option<MemberChange>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum MemberOrder {
    Add,
    Idle,
    Busy,
    Remove,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct MemberChange {
    pub order: MemberOrder,
    pub since: Timestamp,
    pub progress: ChangeProgress,
}

/// What is asked about all extensions beside their list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum ExtensionDetail {
    /// GetSipValidStatus.
    Enabled,
    /// GetSipRegisterStatus.
    Registered,
    /// GetSipCallStatus.
    Call,
}

/// An extension. Its password is not part of it: it is requested alone and never kept (N21).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct FloorExtension {
    pub extension: Extension,
    /// By GetSipValidStatus; None: not answered, or a code that is not documented.
    pub enabled: Option<bool>,
    /// By GetSipnumberInfo; None: a code that is not documented. The two can differ.
    pub enabled_in_list: Option<bool>,
    /// None: not known.
    pub registered: Option<bool>,
    /// The network address of the phone.
    pub phone_address: Option<String>,
    /// The network address of the telephone server.
    pub server_address: Option<String>,
    pub state: PhoneState,
    /// Since when it has its call.
    pub call_since: Option<Timestamp>,
    /// The other side of its call.
    pub customer: Option<String>,
}
