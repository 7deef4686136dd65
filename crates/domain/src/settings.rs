//! The settings that a person can change, apart from the account.

use serde::{Deserialize, Deserializer, Serialize};
use ts_rs::TS;

use crate::{ArchiveOrder, ArchiveScope, CrmMode, CrmSettings, Direction, RecordingSettings, ShortcutAction, Shortcuts};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum Language {
    /// The system's language.
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

/// The state that an agent gets when signed in to a queue that they were not in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum SignInPolicy {
    #[default]
    Busy,
    Available,
}

/// The directions of calls without sound and notification; the card is shown all the same.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", default)]
pub struct DoNotDisturb {
    pub incoming: bool,
    pub outgoing: bool,
}

/// A sound output: the system's id for it, and its name when it was chosen.
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
    /// The devices on which a ring is heard; empty: the system's default.
    pub devices: Vec<SoundDevice>,
    pub volume: u32,
    /// A short tone when a predictive call is connected, since the phone may have answered automatically.
    pub connected_tone: bool,
    /// The device for recordings; None: the system's default.
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
    /// Notifications, which may be shown on a locked screen, do not name the caller (T16).
    pub discreet: bool,
    /// The card, which others may see, shows only the end of the customer's number.
    pub masked: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", default)]
pub struct WindowSettings {
    /// Above other programs' windows, if the desktop allows it.
    pub always_on_top: bool,
}

/// Why the agent leaves the desk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Occasion {
    Quit,
    /// The login session or the computer ends.
    LogOff,
    Sleep,
}

/// The change that Ringside makes at the platform on such an occasion.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum Farewell {
    /// No change.
    Stay,
    Busy,
    /// Leave all queues; they are joined again at the next start, or on waking.
    SignOut,
}

/// The change on each occasion. None: neither the agent nor an administrator has chosen, so nothing is changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", default)]
pub struct Leaving {
    pub quit: Option<Farewell>,
    pub log_off: Option<Farewell>,
    pub sleep: Option<Farewell>,
}

impl Leaving {
    pub fn on(self, occasion: Occasion) -> Farewell {
        let chosen = match occasion {
            Occasion::Quit => self.quit,
            Occasion::LogOff => self.log_off,
            Occasion::Sleep => self.sleep,
        };
        chosen.unwrap_or(Farewell::Stay)
    }
}

/// Before there was a choice for each occasion, no choice was stored as null.
fn or_none_chosen<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Leaving, D::Error> {
    Option::deserialize(deserializer).map(Option::unwrap_or_default)
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
    #[serde(deserialize_with = "or_none_chosen")]
    pub leaving: Leaving,
    pub shortcuts: Shortcuts,
    /// Writes more to the log than usual. None: not set.
    pub detailed_log: Option<bool>,
    /// The supervisor's desk is switched on. None: not set.
    pub supervisor: Option<bool>,
}

impl Settings {
    pub fn is_quiet(&self, direction: Direction) -> bool {
        match direction {
            Direction::Incoming => self.do_not_disturb.incoming,
            Direction::Outgoing => self.do_not_disturb.outgoing,
        }
    }

    /// Whether the supervisor's desk is switched on.
    pub fn has_supervisor(&self) -> bool {
        self.supervisor.unwrap_or(false)
    }

    /// Changes one setting only, since the others may have changed after the sender saw them.
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
            SettingChange::RingDevices(devices) => self.sound.devices = devices,
            SettingChange::RingVolume(value) => self.sound.volume = value.min(LOUDEST),
            SettingChange::ConnectedTone(value) => self.sound.connected_tone = value,
            SettingChange::RecordingsDevice(value) => self.sound.recordings_device = value,
            SettingChange::RecordingsVolume(value) => self.sound.recordings_volume = value.min(LOUDEST),
            SettingChange::CardSize(value) => self.card.size = value,
            SettingChange::Discreet(value) => self.card.discreet = value,
            SettingChange::CardMasked(value) => self.card.masked = value,
            SettingChange::CrmMode(value) => self.crm.mode = Some(value),
            SettingChange::CrmTemplate(value) => self.crm.template = Some(value),
            SettingChange::AlwaysOnTop(value) => self.window.always_on_top = value,
            SettingChange::OnQuit(value) => self.leaving.quit = Some(value),
            SettingChange::OnLogOff(value) => self.leaving.log_off = Some(value),
            SettingChange::OnSleep(value) => self.leaving.sleep = Some(value),
            SettingChange::Shortcut { action, keys } => self.shortcuts.change(action, keys),
            SettingChange::DetailedLog(value) => self.detailed_log = Some(value),
            SettingChange::Supervisor(value) => self.supervisor = Some(value),
        }
    }
}

impl SettingChange {
    /// Of the desk's archive, which all agents of the desk share.
    pub fn is_of_desk(&self) -> bool {
        use SettingChange::{Archive, ArchiveFolder, ArchiveLimitGb, ArchiveOrder, KeepCallsDays, KeepRecordingsDays};
        matches!(self, Archive(_) | ArchiveOrder(_) | ArchiveFolder(_) | ArchiveLimitGb(_) | KeepRecordingsDays(_) | KeepCallsDays(_))
    }

    /// The key by which an administrator sets and locks this.
    pub fn key(&self) -> &'static str {
        match self {
            Self::Language(_) => "appearance.language",
            Self::Theme(_) => "appearance.theme",
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
            Self::Supervisor(_) => "supervisor.enabled",
            Self::Shortcut { action, .. } => match action {
                ShortcutAction::Available => "shortcuts.available",
                ShortcutAction::Busy => "shortcuts.busy",
                ShortcutAction::Silence => "shortcuts.silence",
                ShortcutAction::Show => "shortcuts.show",
            },
            Self::QuietIncoming(_) => "notifications.quiet_incoming",
            Self::QuietOutgoing(_) => "notifications.quiet_outgoing",
            Self::RingOn(_) | Self::RingNotOn(_) | Self::RingDevices(_) => "sound.ring_devices",
            Self::RingVolume(_) => "sound.ring_volume",
            Self::ConnectedTone(_) => "sound.connected_tone",
            Self::RecordingsDevice(_) => "sound.recordings_device",
            Self::RecordingsVolume(_) => "sound.recordings_volume",
            Self::CardSize(_) => "card.size",
            Self::CardMasked(_) => "card.masked",
            Self::Discreet(_) => "notifications.discreet",
            Self::AlwaysOnTop(_) => "window.always_on_top",
            Self::OnQuit(_) => "leaving.quit",
            Self::OnLogOff(_) => "leaving.log_off",
            Self::OnSleep(_) => "leaving.sleep",
        }
    }
}

/// In percent.
const LOUDEST: u32 = 100;

/// One setting and its new value.
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
    /// A ring is heard on these devices alone. The page does not send it: it changes one device at a time.
    #[ts(skip)]
    RingDevices(Vec<SoundDevice>),
    RingVolume(u32),
    ConnectedTone(bool),
    /// None: the system's default.
    RecordingsDevice(Option<SoundDevice>),
    RecordingsVolume(u32),
    CardSize(CardSize),
    Discreet(bool),
    CardMasked(bool),
    CrmMode(CrmMode),
    CrmTemplate(String),
    AlwaysOnTop(bool),
    OnQuit(Farewell),
    OnLogOff(Farewell),
    OnSleep(Farewell),
    /// The keys of one action; empty: none.
    Shortcut {
        action: ShortcutAction,
        keys: String,
    },
    DetailedLog(bool),
    /// Switches the supervisor's desk on or off.
    Supervisor(bool),
}
