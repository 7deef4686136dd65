//! What is owed: asked for by a person, and not known to be done at the platform or on this computer.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::{Account, Extension, Problem, QueueName, Timestamp};

/// One thing that is owed; kept until it is done, or given up and said so.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Debt {
    /// Of this account, whoever is signed in by now …
    pub account: Account,
    /// … in the name of this agent.
    pub extension: Extension,
    pub agent_id: String,
    pub since: Timestamp,
    pub duty: Duty,
}

/// In the order in which they are done: who is still in a queue needs the token, and who has a token needs no new login.
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
    /// Accesskey and token are taken out of the vault.
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

/// What is owed, as it is shown.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct OwedView {
    /// The platform may still have the agent in these; at most four.
    pub queues: Vec<QueueName>,
    pub more_queues: u32,
    /// A task that calls a customer may be open.
    pub task: bool,
    /// The token may be alive.
    pub token: bool,
    /// The accesskey is still kept on this computer.
    pub secrets: bool,
    /// Since when; None: nothing is owed.
    pub since: Option<Timestamp>,
    /// Why the last try failed; None: the first one is under way.
    pub problem: Option<Problem>,
    /// None: nothing is tried again before the next start, a sign-in, or a wish to try.
    pub next_try_at: Option<Timestamp>,
    /// Something was not refused or left unanswered yet: it may be done in a moment.
    pub fresh: bool,
}
