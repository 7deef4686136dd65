//! Debts: requests of a person that the platform or this computer has not yet confirmed.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::{Account, Extension, Problem, QueueName, Timestamp};

/// One debt; kept until it is done or given up, both of which the user is told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Debt {
    /// The account that it is for, whoever is signed in now …
    pub account: Account,
    /// … and the agent in whose name it is sent.
    pub extension: Extension,
    pub agent_id: String,
    pub since: Timestamp,
    pub duty: Duty,
}

/// The kinds of debts, in the order in which they are done: leaving a queue needs the token, and a new token needs the accesskey.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Duty {
    Leave {
        queue: QueueName,
    },
    EndTask {
        task_id: String,
    },
    EndToken,
    /// Remove the accesskey and the token from the vault.
    ForgetSecrets,
}

impl Duty {
    /// A lower rank is done first.
    pub(crate) fn rank(&self) -> u8 {
        match self {
            Self::Leave { .. } | Self::EndTask { .. } => 0,
            Self::EndToken => 1,
            Self::ForgetSecrets => 2,
        }
    }
}

/// The debts, as they are shown.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct OwedView {
    /// Queues that the platform may still have the agent in; at most four.
    pub queues: Vec<QueueName>,
    pub more_queues: u32,
    /// A task that calls a customer may still be open.
    pub task: bool,
    /// The token may still be valid.
    pub token: bool,
    /// The accesskey is still on this computer.
    pub secrets: bool,
    /// Since when; None: there are no debts.
    pub since: Option<Timestamp>,
    /// Why the last attempt failed; None: the first one is under way.
    pub problem: Option<Problem>,
    /// None: nothing is tried again before the next start, a sign-in, or a person's «try again».
    pub next_try_at: Option<Timestamp>,
    /// A debt has not been refused or left unanswered yet, so it may be done in a moment.
    pub fresh: bool,
}
