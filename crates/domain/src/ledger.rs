//! What the ledger of the shift says: wishes, what the platform made of them, and calls. Ids and codes only: who reads it
//! needs the log for the rest, and what retention takes from the log is not in it.

use serde::{Deserialize, Serialize};

use crate::{CallId, Duty, Extension, ProblemCode, QueueName, SetBy, Wish};

/// One thing that happened. Wishes are numbered anew with each sign-in; an outcome is of the last one with its number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum LedgerEntry {
    /// Ringside began to run. What the last run was about to enter when it was killed is not there.
    Started {
        version: String,
    },
    SignedIn {
        extension: Extension,
        agent_id: String,
    },
    /// A person wants to be signed out, of these queues too.
    SigningOut {
        queues: Vec<QueueName>,
    },
    /// All of it is done, and the platform said so.
    SignedOut,
    /// Asked for in this agent's name, and not answered, or refused for now: whether it is done is not known. It is tried again.
    Unanswered {
        duty: Duty,
        extension: Extension,
        agent_id: String,
        code: ProblemCode,
    },
    /// What was unanswered is done.
    MadeUp {
        duty: Duty,
        extension: Extension,
        agent_id: String,
    },
    /// It is not tried any more, and not known to be done.
    GivenUp {
        duty: Duty,
        extension: Extension,
        agent_id: String,
        code: ProblemCode,
    },
    /// `already`: the platform had the agent in it.
    QueueJoined {
        queue: QueueName,
        already: bool,
    },
    QueueLeft {
        queue: QueueName,
    },
    /// Taken out of it by somebody else, or by the platform.
    QueueLost {
        queue: QueueName,
    },
    Wished {
        wish: u64,
        state: WishedState,
        by: SetBy,
    },
    /// The platform's own reading shows it.
    Confirmed {
        wish: u64,
    },
    /// Refused or contradicted, in these queues.
    RolledBack {
        wish: u64,
        code: ProblemCode,
        queues: Vec<QueueName>,
    },
    /// Not seen at the platform in time; it may be confirmed later.
    Unconfirmed {
        wish: u64,
    },
    /// What the log says of a call that is over; the store adds the hash of its row.
    Call {
        call: CallId,
        sign: CallSign,
    },
}

/// What is wished for. A reason is the agent's own words, so it is not here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum WishedState {
    Available,
    Busy,
}

impl From<&Wish> for WishedState {
    fn from(wish: &Wish) -> Self {
        match wish {
            Wish::Available => Self::Available,
            Wish::Busy { .. } => Self::Busy,
        }
    }
}

/// By what it is entered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum CallSign {
    /// It ended at this desk.
    Ended,
    /// Its record, or a late callback, changed what was entered before.
    Completed,
    /// Known by its record alone.
    Fetched,
}
