//! The ways by which a ring reaches this desktop, as they are shown.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::Timestamp;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum Way {
    Callback,
    Asking,
}

/// Neither `callbacks_since` nor `asking`: no ring can be learnt of.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct WaysView {
    /// Since when callbacks are alive, without a break.
    pub callbacks_since: Option<Timestamp>,
    /// The phone is asked for, because callbacks are not alive.
    pub asking: Option<AskingView>,
    /// The last rings, the newest first, at most three.
    pub rings: Vec<RingTimes>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct AskingView {
    pub since: Timestamp,
    /// As often as that, in milliseconds: so late a ring can be.
    pub every_ms: u32,
}

/// How late a ring was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct RingTimes {
    pub at: Timestamp,
    pub by: Way,
    /// Milliseconds until it was known here; at most so many where it was learnt by asking. None: not known (N6).
    pub late_ms: Option<u32>,
    /// Milliseconds from there to the drawn card; None: the card has not been drawn.
    pub painted_ms: Option<u32>,
}
