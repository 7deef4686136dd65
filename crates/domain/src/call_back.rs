//! Calling a customer back: a task of one number for the own extension is the documented way to have the platform do it (N16).
//! The platform calls the customer first. Nothing to do with the callbacks that it posts.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::{CallId, Extension, Problem, Timestamp};

/// What is sent, all of it, and what is to be known when a call comes of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallBackOrder {
    /// The call that is answered by it.
    pub of: CallId,
    /// It was missed, and nobody has dealt with it.
    pub to_do: bool,
    /// What comes of it has this id or a later one.
    pub first_call: CallId,
    /// The task's name, by which people find it at the platform.
    pub task_name: String,
    /// As the platform gave it; None until it answered.
    pub task_id: Option<String>,
    pub extension: Extension,
    pub number: String,
    /// The preset time, by the platform's clock.
    pub at: Timestamp,
    pub agent_id: String,
    pub member_id: String,
    pub maturity: String,
    pub customer_id: String,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct CallBackView {
    /// Somebody may be called back now: «available» is confirmed, and nobody else is being called back.
    pub offered: bool,
    /// The one under way, or what came of the last one until it is taken away.
    pub last: Option<CallBack>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct CallBack {
    /// The call that is answered by it.
    pub call: CallId,
    pub state: CallBackState,
    /// What was sent: the number, the preset time by the platform's clock, the task's name …
    pub number: String,
    pub at: Timestamp,
    pub task_name: String,
    /// … and its id, once the platform said it.
    pub task_id: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum CallBackState {
    /// The platform has not answered yet.
    Sending,
    /// The platform calls the customer; the own phone rings once they have answered.
    Calling,
    /// The own phone rings, or they talk.
    Connected,
    /// The task is being ended; the problem says why that has not succeeded yet.
    Ending { problem: Option<Problem> },
    /// No call came of it; the task is ended.
    NotReached,
    /// Nobody is called.
    Failed { problem: Problem },
    /// No answer came after it was sent: the customer may be called or not (A6).
    Unknown { problem: Problem },
}
