//! Reasons of ours to be away; the platform knows none.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::Timestamp;

/// A reason to be away that can be chosen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct BreakReason {
    /// As it is kept; those of [`BreakReason::usual`] are shown in the user's language, an administrator's as written.
    pub name: String,
    /// How long it may last; None: as long as it takes.
    pub minutes: Option<u32>,
}

impl BreakReason {
    /// Those that are offered where the administrator set none.
    pub fn usual() -> Vec<Self> {
        let reason = |name: &str, minutes| Self { name: name.to_owned(), minutes };
        vec![reason("Lunch", Some(45)), reason("Coffee", Some(15)), reason("Meeting", None), reason("Training", None)]
    }

    pub(crate) fn limit(&self) -> Option<Duration> {
        self.minutes.map(|minutes| Duration::from_secs(60 * u64::from(minutes)))
    }
}

/// The break that goes on, as a restart needs it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OnBreak {
    pub reason: String,
    pub began_at: Timestamp,
}
