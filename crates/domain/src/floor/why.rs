//! Why a campaign does not dial, as the supervisor's page shows it.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::{Ending, Problem, Timestamp};

/// Something that would tell whether a campaign can dial, and is not known yet.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Unread {
    pub what: UnreadPart,
    /// Why the last attempt to read it failed.
    pub problem: Option<Problem>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum UnreadPart {
    /// Nobody is signed in, so nothing is read.
    SignedOut,
    /// The platform's clock, which decides about the calling hours.
    Clock,
    /// The list of queues.
    Queues,
    /// The agents of its queue.
    Agents,
    /// The list of groups.
    Groups,
    /// The members of its group.
    Members,
    /// The list of extensions.
    Extensions,
}

/// How often unanswered calls ended in this way, by the code in their bills (`hangupcause`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct EndingSeen {
    pub ending: Ending,
    pub calls: u32,
}

/// A reason why a campaign makes no calls, with its evidence.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum IdleCause {
    /// The platform refused to make its task.
    NotMade,
    /// None of its numbers was sent yet.
    NotBegun,
    /// A person stopped the sending of its numbers, and some were not sent.
    SendingStopped,
    /// A person paused it.
    Paused,
    /// Today's abandoned calls reached its limit.
    AbandonedLimit,
    /// A team break of its queue runs.
    TeamBreak,
    OutsideHours,
    Over,
    /// All numbers that were accepted have been called.
    AllCalled {
        numbers: u32,
    },
    /// Its queue, group or extension has so many agents, and none is idle.
    NoIdleAgent {
        agents: u32,
        read_at: Timestamp,
    },
    /// Nobody is signed in to its queue, or its group has no member.
    NoAgent {
        read_at: Timestamp,
    },
    /// The phones of all idle agents are not registered.
    NotRegistered {
        agents: u32,
        read_at: Timestamp,
    },
    /// Its extension is disabled.
    ExtensionDisabled {
        read_at: Timestamp,
    },
    /// The queue has no predictive dialling (`autocall` is `unavailable`).
    DiallerUnavailable {
        read_at: Timestamp,
    },
    /// The queue, group or extension is not in the platform's list.
    TargetMissing {
        read_at: Timestamp,
    },
    /// So many numbers have a preset time in the past; the documentation says that these may not be called (N16).
    PresetTimePast {
        numbers: u32,
    },
    /// So many numbers have a preset time in the future.
    PresetTimeAhead {
        numbers: u32,
    },
    /// The last failure of a request about it.
    Problem(Problem),
}
