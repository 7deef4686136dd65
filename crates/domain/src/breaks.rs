//! Reasons for a break; only Ringside knows them, the platform has none.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::Timestamp;

/// A reason for a break that can be chosen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct BreakReason {
    /// The stored name. The UI translates the names of [`BreakReason::usual`]; an administrator's are shown as written.
    pub name: String,
    /// The longest duration; None: no limit.
    pub minutes: Option<u32>,
}

impl BreakReason {
    /// The reasons that are offered if the administrator set none.
    pub fn usual() -> Vec<Self> {
        let reason = |name: &str, minutes| Self { name: name.to_owned(), minutes };
        vec![reason("Lunch", Some(45)), reason("Coffee", Some(15)), reason("Meeting", None), reason("Training", None)]
    }

    pub(crate) fn limit(&self) -> Option<Duration> {
        self.minutes.map(|minutes| Duration::from_secs(60 * u64::from(minutes)))
    }
}

/// The present break, as stored for a restart.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OnBreak {
    pub reason: String,
    pub began_at: Timestamp,
}
