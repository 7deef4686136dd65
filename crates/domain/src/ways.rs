//! How Ringside learns of rings, as it is shown.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::Timestamp;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum Way {
    Callback,
    Asking,
    /// A callback that the company's gateway passed on.
    Gateway,
}

/// If `callbacks_since` and `asking` are both None, Ringside cannot learn of a ring; behind the company's gateway it can while the gateway is
/// reached.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct WaysView {
    /// Since when callbacks have been alive without a break.
    pub callbacks_since: Option<Timestamp>,
    /// The phone is polled because callbacks are not alive. None behind the company's gateway, which polls by its own plan.
    pub asking: Option<AskingView>,
    /// The last rings, the newest first; at most three.
    pub rings: Vec<RingTimes>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct AskingView {
    pub since: Timestamp,
    /// The polling interval in milliseconds, which is also the longest delay of a ring.
    pub every_ms: u32,
}

/// How late a ring was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct RingTimes {
    pub at: Timestamp,
    pub by: Way,
    /// Milliseconds until Ringside knew of it; an upper bound if it was polled. None: not known (N6).
    pub late_ms: Option<u32>,
    /// Milliseconds from then to the drawn card; None: not drawn yet.
    pub painted_ms: Option<u32>,
}
