//! The entries in the ledger of the shift: wishes, their results, and calls. It holds only ids and codes; the log has the rest, and data
//! that is removed from the log for its age is not in the ledger.

use serde::{Deserialize, Serialize};

use crate::{CallId, Duty, Extension, ProblemCode, QueueName, SetBy, Wish};

/// One entry. Wishes are numbered anew with each sign-in; a result belongs to the last wish with its number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum LedgerEntry {
    /// Ringside started. An entry that the last run was about to make when it was killed is missing.
    Started {
        version: String,
    },
    SignedIn {
        extension: Extension,
        agent_id: String,
    },
    /// A person signed out; these queues are to be left.
    SigningOut {
        queues: Vec<QueueName>,
    },
    /// The sign-out is complete and confirmed by the platform.
    SignedOut,
    /// A request in this agent's name was not answered, or was refused for now: it is unknown whether it was carried out. It is tried
    /// again.
    Unanswered {
        duty: Duty,
        extension: Extension,
        agent_id: String,
        code: ProblemCode,
    },
    /// A request that was unanswered before has succeeded.
    MadeUp {
        duty: Duty,
        extension: Extension,
        agent_id: String,
    },
    /// A request is not tried any more; it is unknown whether it was carried out.
    GivenUp {
        duty: Duty,
        extension: Extension,
        agent_id: String,
        code: ProblemCode,
    },
    /// `already`: the platform had the agent in the queue before.
    QueueJoined {
        queue: QueueName,
        already: bool,
    },
    QueueLeft {
        queue: QueueName,
    },
    /// The platform, or a person there, took the agent out of the queue.
    QueueLost {
        queue: QueueName,
    },
    Wished {
        wish: u64,
        state: WishedState,
        by: SetBy,
    },
    /// A reading of the platform shows the wished state.
    Confirmed {
        wish: u64,
    },
    /// Refused or contradicted, in these queues.
    RolledBack {
        wish: u64,
        code: ProblemCode,
        queues: Vec<QueueName>,
    },
    /// No reading showed the wish in time; it may be confirmed later.
    Unconfirmed {
        wish: u64,
    },
    /// An ended call, as the log has it; the store adds the hash of its row.
    Call {
        call: CallId,
        sign: CallSign,
    },
}

/// The wished state. The reason is left out, since the agent wrote it.
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

/// Why a call was entered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum CallSign {
    /// It ended at this desk.
    Ended,
    /// Its record, or a late callback, changed an earlier entry.
    Completed,
    /// It is known only by its record.
    Fetched,
}
