//! The check of the setup, as the main window shows it. Told by events of its own: it is not in the snapshot.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::Timestamp;

/// What is looked at, in the order in which it is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum About {
    Setup,
    Name,
    Connection,
    Tls,
    Platform,
    Clock,
    Login,
    Extension,
    Phone,
    Queues,
    Callbacks,
    Keyring,
    Notifications,
    Tray,
    Sound,
    Folder,
    Space,
    Drive,
}

impl About {
    pub const ALL: [Self; 18] = {
        use About::*;
        [
            Setup,
            Name,
            Connection,
            Tls,
            Platform,
            Clock,
            Login,
            Extension,
            Phone,
            Queues,
            Callbacks,
            Keyring,
            Notifications,
            Tray,
            Sound,
            Folder,
            Space,
            Drive,
        ]
    };
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum Verdict {
    Ok,
    Warning,
    Failed,
    NotChecked,
}

/// The check that goes on, or the last one, in the language chosen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct CheckupView {
    /// When it began.
    pub at: Timestamp,
    /// What is finished, in its order.
    pub lines: Vec<CheckupLine>,
    /// So many lines there will be.
    pub total: u32,
    /// What is looked at now; None: it is over.
    pub now: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct CheckupLine {
    pub about: About,
    /// That in words.
    pub title: String,
    pub verdict: Verdict,
    pub words: String,
    /// Names and figures, or the words of the system or the platform; never a secret.
    pub detail: String,
    /// What to do; empty where there is nothing to be done.
    pub cure: String,
}
