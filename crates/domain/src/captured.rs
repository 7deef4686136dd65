//! The last exchanges with the platform, as the diagnostics show them. Asked for by command: they are not in the snapshot.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::Timestamp;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Captured {
    /// Exchanges are being kept.
    pub on: bool,
    /// All that are kept; fewer may be here.
    pub count: u32,
    /// The newest first.
    pub exchanges: Vec<CapturedExchange>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct CapturedExchange {
    pub at: Timestamp,
    /// Milliseconds until the answer was read.
    pub took_ms: u32,
    pub service: String,
    /// Request and answer, secrets masked.
    pub text: String,
}
