//! Calling a customer back. The documented means is a task with one number for the own extension (N16): the platform calls the customer
//! first. This has nothing to do with the callbacks that the platform posts.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::{CallId, Extension, Problem, Timestamp};

/// The complete order that is sent, and the data by which the resulting call is recognised.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallBackOrder {
    /// The call whose customer is called back.
    pub of: CallId,
    /// The call was missed, and nobody has dealt with it.
    pub to_do: bool,
    /// The resulting call has this id or a later one.
    pub first_call: CallId,
    /// The task's name, by which people find it at the platform.
    pub task_name: String,
    /// The platform's id of the task; None until it answered.
    pub task_id: Option<String>,
    pub extension: Extension,
    pub number: String,
    /// The task's start time, by the platform's clock.
    pub at: Timestamp,
    pub agent_id: String,
    pub member_id: String,
    pub maturity: String,
    pub customer_id: String,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct CallBackView {
    /// Whether the agent can call back now: «available» is confirmed, and no other call back is under way.
    pub offered: bool,
    /// The call back under way, or the result of the last one until it is dismissed.
    pub last: Option<CallBack>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct CallBack {
    /// The call whose customer is called back.
    pub call: CallId,
    pub state: CallBackState,
    /// The order: the number, the start time by the platform's clock, the task's name …
    pub number: String,
    pub at: Timestamp,
    pub task_name: String,
    /// … and the task's id, once the platform has answered.
    pub task_id: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum CallBackState {
    /// The platform has not answered yet.
    Sending,
    /// The platform calls the customer; the own phone rings after the customer has answered.
    Calling,
    /// The own phone rings, or the agent talks to the customer.
    Connected,
    /// The task is being ended; the problem says why that has not succeeded yet.
    Ending { problem: Option<Problem> },
    /// No call resulted; the task is ended.
    NotReached,
    /// The platform calls nobody.
    Failed { problem: Problem },
    /// No answer came to the request: the platform may call the customer or not (A6).
    Unknown { problem: Problem },
}
