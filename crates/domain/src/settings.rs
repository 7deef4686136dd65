//! What a person can set, apart from the account.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::{CrmSettings, Direction, RecordingSettings, Shortcuts};

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

/// For which calls neither a sound nor a notification comes; the card comes all the same.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", default)]
pub struct DoNotDisturb {
    pub incoming: bool,
    pub outgoing: bool,
}

/// A way out for sound: the system's id of it, and the name under which it was chosen.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct SoundDevice {
    pub id: String,
    pub name: String,
}

/// Volumes are in percent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", default)]
pub struct SoundSettings {
    /// Where a ring is heard; none: on the system's own device.
    pub devices: Vec<SoundDevice>,
    pub volume: u32,
    /// A short tone when a predictive call is connected: the phone may have answered by itself.
    pub connected_tone: bool,
    /// Where recordings are heard; None: on the system's own device.
    pub recordings_device: Option<SoundDevice>,
    pub recordings_volume: u32,
}

impl Default for SoundSettings {
    fn default() -> Self {
        Self { devices: Vec::new(), volume: 70, connected_tone: true, recordings_device: None, recordings_volume: 80 }
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum CardSize {
    #[default]
    Normal,
    Large,
}

/// How a ring is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", default)]
pub struct CardSettings {
    pub size: CardSize,
    /// Notifications, which may lie over a locked screen, say nothing of the caller (T16).
    pub discreet: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", default)]
pub struct WindowSettings {
    /// Above other programs' windows, where the desktop lets it.
    pub always_on_top: bool,
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
    pub recordings: RecordingSettings,
    pub do_not_disturb: DoNotDisturb,
    pub sound: SoundSettings,
    pub card: CardSettings,
    pub crm: CrmSettings,
    pub window: WindowSettings,
    /// None: not asked yet, so nothing is told.
    pub leaving: Option<Leaving>,
    pub shortcuts: Shortcuts,
    /// More is written to the log than usual. None: never said.
    pub detailed_log: Option<bool>,
}

impl Settings {
    pub fn is_quiet(&self, direction: Direction) -> bool {
        match direction {
            Direction::Incoming => self.do_not_disturb.incoming,
            Direction::Outgoing => self.do_not_disturb.outgoing,
        }
    }
}
