//! The check of the setup in the main window. It is sent by events of its own; it is not in the snapshot.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::Timestamp;

/// The subjects of the check, in the order shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum About {
    Setup,
    /// The proxy on the way to the platform.
    Proxy,
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
    /// The name of the company's gateway, in the place of the platform's.
    GatewayName,
    /// The company's gateway, in the place of the platform.
    Gateway,
    /// The supervisor's desk, if it is switched on; always the last.
    Desk,
}

impl About {
    /// The subjects that are always checked, in order.
    pub const ALL: [Self; 19] = {
        use About::*;
        [
            Setup,
            Proxy,
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

    /// What is checked in this one's place behind the company's gateway.
    pub fn behind_gateway(self) -> Self {
        match self {
            Self::Name => Self::GatewayName,
            Self::Platform => Self::Gateway,
            other => other,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum Verdict {
    Ok,
    Warning,
    Failed,
    NotChecked,
}

/// The check under way, or the last one, in the chosen language.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct CheckupView {
    /// When it began.
    pub at: Timestamp,
    /// The finished lines, in order.
    pub lines: Vec<CheckupLine>,
    /// The number of lines at the end.
    pub total: u32,
    /// The subject being checked now; None: the check is finished.
    pub now: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct CheckupLine {
    pub about: About,
    /// The subject in words.
    pub title: String,
    pub verdict: Verdict,
    pub words: String,
    /// Names and figures, or the message of the system or the platform; never a secret.
    pub detail: String,
    /// What to do; empty if nothing is to be done.
    pub cure: String,
}
