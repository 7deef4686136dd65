//! Campaigns that were made elsewhere: by another program, or at another computer. The platform has no list of tasks, and a bill does not say
//! its task (N29). So the calls that belong to no campaign of this desk are counted together; what tells them apart is the number shown.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::{Running, Timestamp};

/// Calls of the dialler, by their bills.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ElsewhereCounts {
    /// Different customers.
    pub customers: u32,
    pub calls: u32,
    /// Calls that the customer answered.
    pub answered: u32,
    pub reached: u32,
    pub abandoned: u32,
    pub first_at: Timestamp,
    pub last_at: Timestamp,
}

/// The calls of the last 30 days that belong to no campaign of this desk.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ElsewhereCalls {
    /// None: there are none.
    pub all: Option<ElsewhereCounts>,
    /// Per number shown to customers, the last used first; at most 100.
    pub shown: Vec<ElsewhereShown>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ElsewhereShown {
    /// Empty: the bills name none.
    pub number: String,
    pub counts: ElsewhereCounts,
}

/// A task that was made elsewhere: the task callback named it, or a person did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ElsewhereTask {
    pub task_id: String,
    /// The last state that is known: accepted by the platform when a person set it here, or reported by the task callback.
    pub state: Running,
    pub since: Timestamp,
    /// The person who set it here; empty: the task callback.
    pub by: String,
}

/// What is known of campaigns made elsewhere.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ElsewhereView {
    /// None: not read yet.
    pub calls: Option<ElsewhereCalls>,
    /// The newest first.
    pub tasks: Vec<ElsewhereTask>,
}
