//! The agent, and the axes of the agent's state.

use std::fmt;

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::Timestamp;

/// An extension's number. It is kept as text, since leading zeros count (N4).
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS)]
#[serde(transparent)]
#[ts(type = "string")]
pub struct Extension(pub String);

impl Extension {
    /// Whether it is empty or zeros only: the platform's way to name no extension (N12).
    pub fn is_nobodys(&self) -> bool {
        self.0.bytes().all(|byte| byte == b'0')
    }
}

/// A queue's name; the platform's key for it («task group name»).
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS)]
#[serde(transparent)]
#[ts(type = "string")]
pub struct QueueName(pub String);

impl fmt::Display for Extension {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for QueueName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The company's account at the platform, without its accesskey (N9).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", default)]
pub struct Account {
    /// The platform's only URL (N1).
    pub url: String,
    pub appid: String,
}

/// The agent: an extension and an agent number, in queues (N9).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", default)]
pub struct Agent {
    pub extension: Extension,
    /// The platform's employee number; digits.
    pub agent_id: String,
    /// The queues that the agent wants to be signed in to.
    pub queues: Vec<QueueName>,
}

/// In whose name the platform is asked.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Identity {
    pub account: Account,
    pub extension: Extension,
    pub agent_id: String,
}

/// The owner of a call. If several agents use one data folder, each sees only their own calls.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default)]
pub struct Owner {
    /// The account's appid; two companies may have the same extension.
    pub account: String,
    pub extension: Extension,
    /// The agent number at a hot desk, whose extension several agents use in turn. None: whoever works at the extension.
    pub agent: Option<String>,
}

impl Owner {
    pub fn of(account: &Account, agent: &Agent, is_hot_desk: bool) -> Self {
        let number = is_hot_desk.then(|| agent.agent_id.clone());
        Self { account: account.appid.clone(), extension: agent.extension.clone(), agent: number }
    }
}

/// The state that the agent wants.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub enum Wish {
    Available,
    /// Busy, with a reason that only Ringside knows; the platform has none.
    Busy {
        reason: Option<String>,
    },
}

/// The cause of the agent's present state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum SetBy {
    /// A person, in one of the windows.
    #[default]
    Window,
    Tray,
    /// A keyboard shortcut while another program had the focus.
    Shortcut,
    CommandLine,
    /// The rule for signing in to a queue.
    SignIn,
    /// After-call work that needs more time than the platform gives.
    WrapUp,
    /// The setting for quitting, logging off and sleeping.
    Leaving,
    /// The platform, or a person who used it elsewhere.
    Platform,
}

/// The cause of the agent's present state, and its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Set {
    pub by: SetBy,
    pub at: Timestamp,
}

/// Whether the phone can ring, as the platform last said.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum Phone {
    #[default]
    Unknown,
    Ready,
    /// Code 1014: the phone is off, or not registered with the telephone system.
    NotRegistered,
    /// Code 1013: the extension was disabled by an administrator.
    Disabled,
    /// Codes 1010 to 1012: the platform does not have this extension, or not for this company.
    NotFound,
}

/// The one label for the agent's state; one function derives it from all axes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum Label {
    #[default]
    SignedOut,
    Available,
    Busy,
    Break,
    Ringing,
    OnCall,
    WrapUp,
    PhoneNotReady,
    Unconfirmed,
}
