//! The last exchanges with the platform, for the diagnostics. The window reads them by a command; they are not in the snapshot.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::Timestamp;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Captured {
    /// Whether exchanges are being captured.
    pub on: bool,
    /// Number of captured exchanges; `exchanges` may hold fewer.
    pub count: u32,
    /// The newest first.
    pub exchanges: Vec<CapturedExchange>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct CapturedExchange {
    pub at: Timestamp,
    /// Milliseconds from the request to the end of the answer.
    pub took_ms: u32,
    pub service: String,
    /// Request and answer, with secrets masked.
    pub text: String,
}
