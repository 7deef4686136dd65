//! What a person can set, apart from the account.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::{ArchiveOrder, ArchiveScope, CrmMode, CrmSettings, Direction, RecordingSettings, ShortcutAction, Shortcuts};

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
    /// What holds for an occasion until the agent chose.
    const UNASKED: Self = Self { quit: Farewell::Stay, log_off: Farewell::Stay, sleep: Farewell::Stay };

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

    /// Changes one setting and no other: whoever asks may have seen the others as they were a moment ago.
    pub fn change(&mut self, change: SettingChange) {
        match change {
            SettingChange::Language(value) => self.language = value,
            SettingChange::Theme(value) => self.theme = value,
            SettingChange::AfterSignIn(value) => self.after_sign_in = value,
            SettingChange::Archive(value) => self.recordings.archive = Some(value),
            SettingChange::ArchiveOrder(value) => self.recordings.order = Some(value),
            SettingChange::ArchiveFolder(value) => self.recordings.folder = Some(value),
            SettingChange::ArchiveLimitGb(value) => self.recordings.limit_gb = Some(value),
            SettingChange::KeepRecordingsDays(value) => self.recordings.keep_days = Some(value),
            SettingChange::KeepCallsDays(value) => self.recordings.keep_calls_days = Some(value),
            SettingChange::QuietIncoming(value) => self.do_not_disturb.incoming = value,
            SettingChange::QuietOutgoing(value) => self.do_not_disturb.outgoing = value,
            SettingChange::RingOn(device) => {
                self.sound.devices.retain(|each| each.id != device.id);
                self.sound.devices.push(device);
            }
            SettingChange::RingNotOn(id) => self.sound.devices.retain(|each| each.id != id),
            SettingChange::RingVolume(value) => self.sound.volume = value.min(LOUDEST),
            SettingChange::ConnectedTone(value) => self.sound.connected_tone = value,
            SettingChange::RecordingsDevice(value) => self.sound.recordings_device = value,
            SettingChange::RecordingsVolume(value) => self.sound.recordings_volume = value.min(LOUDEST),
            SettingChange::CardSize(value) => self.card.size = value,
            SettingChange::Discreet(value) => self.card.discreet = value,
            SettingChange::CrmMode(value) => self.crm.mode = Some(value),
            SettingChange::CrmTemplate(value) => self.crm.template = Some(value),
            SettingChange::AlwaysOnTop(value) => self.window.always_on_top = value,
            SettingChange::Leaving(value) => self.leaving = Some(value),
            SettingChange::OnQuit(value) => self.leaving.get_or_insert(Leaving::UNASKED).quit = value,
            SettingChange::OnLogOff(value) => self.leaving.get_or_insert(Leaving::UNASKED).log_off = value,
            SettingChange::OnSleep(value) => self.leaving.get_or_insert(Leaving::UNASKED).sleep = value,
            SettingChange::Shortcut { action, keys } => self.shortcuts.change(action, keys),
            SettingChange::DetailedLog(value) => self.detailed_log = Some(value),
        }
    }
}

impl SettingChange {
    /// The key by which an administrator sets and locks this; None: there is none.
    pub fn key(&self) -> Option<&'static str> {
        Some(match self {
            Self::AfterSignIn(_) => "agent.after_sign_in",
            Self::Archive(_) => "recordings.archive",
            Self::ArchiveOrder(_) => "recordings.order",
            Self::ArchiveFolder(_) => "recordings.folder",
            Self::ArchiveLimitGb(_) => "recordings.limit_gb",
            Self::KeepRecordingsDays(_) => "recordings.keep_days",
            Self::KeepCallsDays(_) => "log.keep_days",
            Self::CrmMode(_) => "crm.mode",
            Self::CrmTemplate(_) => "crm.template",
            Self::DetailedLog(_) => "log.detailed",
            Self::Shortcut { action, .. } => match action {
                ShortcutAction::Available => "shortcuts.available",
                ShortcutAction::Busy => "shortcuts.busy",
                ShortcutAction::Silence => "shortcuts.silence",
                ShortcutAction::Show => "shortcuts.show",
            },
            // Each by its name, so that whoever adds a setting says whether it can be locked.
            Self::Language(_)
            | Self::Theme(_)
            | Self::QuietIncoming(_)
            | Self::QuietOutgoing(_)
            | Self::RingOn(_)
            | Self::RingNotOn(_)
            | Self::RingVolume(_)
            | Self::ConnectedTone(_)
            | Self::RecordingsDevice(_)
            | Self::RecordingsVolume(_)
            | Self::CardSize(_)
            | Self::Discreet(_)
            | Self::AlwaysOnTop(_)
            | Self::Leaving(_)
            | Self::OnQuit(_)
            | Self::OnLogOff(_)
            | Self::OnSleep(_) => return None,
        })
    }
}

/// Percent.
const LOUDEST: u32 = 100;

/// One setting, and what it becomes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "setting", content = "value", rename_all = "camelCase")]
pub enum SettingChange {
    Language(Language),
    Theme(Theme),
    AfterSignIn(SignInPolicy),
    Archive(ArchiveScope),
    ArchiveOrder(ArchiveOrder),
    /// Empty: in the data folder.
    ArchiveFolder(String),
    ArchiveLimitGb(u32),
    KeepRecordingsDays(u32),
    KeepCallsDays(u32),
    QuietIncoming(bool),
    QuietOutgoing(bool),
    /// A ring is heard on this device, too.
    RingOn(SoundDevice),
    /// A ring is not heard on the device with this id.
    RingNotOn(String),
    RingVolume(u32),
    ConnectedTone(bool),
    /// None: the system's own.
    RecordingsDevice(Option<SoundDevice>),
    RecordingsVolume(u32),
    CardSize(CardSize),
    Discreet(bool),
    CrmMode(CrmMode),
    CrmTemplate(String),
    AlwaysOnTop(bool),
    /// For all occasions at once.
    Leaving(Leaving),
    OnQuit(Farewell),
    OnLogOff(Farewell),
    OnSleep(Farewell),
    /// The keys of one action; empty: none.
    Shortcut {
        action: ShortcutAction,
        keys: String,
    },
    DetailedLog(bool),
}
