//! What a person can set, apart from the account.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum Language {
    /// As the system has it.
    #[default]
    System,
    English,
    Chinese,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum Theme {
    #[default]
    System,
    Light,
    Dark,
}

/// What an agent is after signing in to a queue that they were not in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum SignInPolicy {
    #[default]
    Busy,
    Available,
}

/// Why nobody will be at the desk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Occasion {
    Quit,
    /// The session, or the computer, ends.
    LogOff,
    Sleep,
}

/// What the platform is told then.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum Farewell {
    /// Nothing.
    Stay,
    Busy,
    /// Out of all queues; they are joined again at the next start, or on waking.
    SignOut,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Leaving {
    pub quit: Farewell,
    pub log_off: Farewell,
    pub sleep: Farewell,
}

impl Leaving {
    pub fn on(self, occasion: Occasion) -> Farewell {
        match occasion {
            Occasion::Quit => self.quit,
            Occasion::LogOff => self.log_off,
            Occasion::Sleep => self.sleep,
        }
    }
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", default)]
pub struct Settings {
    pub language: Language,
    pub theme: Theme,
    pub after_sign_in: SignInPolicy,
    /// None: not asked yet, so nothing is told.
    pub leaving: Option<Leaving>,
}
