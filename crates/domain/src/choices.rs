//! What a person chose, apart from what is provisioned. The next start knows only the choices, so that a changed provisioned value applies
//! wherever a person has not chosen another value.

use serde::{Deserialize, Serialize};

use crate::{Account, Agent, Extension, QueueName, SavedState, SettingChange, Settings, ShortcutAction};

/// The keys of what a sign-in names, apart from the queues; [`named`] and [`named_mut`] have the values in the same order.
pub(crate) const NAMED: [&str; 4] = ["platform.url", "platform.appid", "agent.extension", "agent.agent_id"];
pub(crate) const QUEUES: &str = "agent.queues";

pub(crate) fn named<'a>(account: &'a Account, extension: &'a Extension, agent_id: &'a String) -> [&'a String; 4] {
    [&account.url, &account.appid, &extension.0, agent_id]
}

pub(crate) fn named_mut<'a>(account: &'a mut Account, extension: &'a mut Extension, agent_id: &'a mut String) -> [&'a mut String; 4] {
    [&mut account.url, &mut account.appid, &mut extension.0, agent_id]
}

/// The present [`SavedState::format`].
const FORMAT: u32 = 1;

/// The agent as a person chose it. An empty text is no choice: the provisioned value applies.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct OwnAgent {
    pub extension: Extension,
    pub agent_id: String,
    /// None: those that are provisioned. An empty list: a person left all queues.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub queues: Option<Vec<QueueName>>,
}

impl SavedState {
    /// Changes one setting, as a person chose it.
    pub fn choose(&mut self, change: SettingChange) {
        self.settings.change(change.clone());
        let chosen = match change {
            // A device is added to the others that are in effect, so that all of them are chosen.
            SettingChange::RingOn(_) | SettingChange::RingNotOn(_) => SettingChange::RingDevices(self.settings.sound.devices.clone()),
            other => other,
        };
        self.choices.retain(|earlier| earlier.key() != chosen.key());
        self.choices.push(chosen);
    }

    /// The agent's queues became what they are by a person's choice.
    pub fn choose_queues(&mut self) {
        if let Some(agent) = &self.agent {
            self.own_agent.get_or_insert_default().queues = Some(agent.queues.clone());
        }
    }

    /// The keys of what a person chose.
    pub fn chosen(&self) -> Vec<&'static str> {
        let (account, agent) = (self.own_account.clone().unwrap_or_default(), self.own_agent.clone().unwrap_or_default());
        let texts = NAMED.into_iter().zip(named(&account, &agent.extension, &agent.agent_id));
        let texts = texts.filter(|(_, text)| !text.is_empty()).map(|(key, _)| key);
        texts.chain(agent.queues.map(|_| QUEUES)).chain(self.choices.iter().map(SettingChange::key)).collect()
    }

    /// Lets what was chosen take effect, with the app's defaults for the rest.
    pub fn take_effect(&mut self) {
        self.account = self.own_account.clone().filter(|account| *account != Account::default());
        let own = self.own_agent.clone().unwrap_or_default();
        let agent = Agent { extension: own.extension, agent_id: own.agent_id, queues: own.queues.unwrap_or_default() };
        self.agent = Some(agent).filter(|agent| *agent != Agent::default());
        self.settings = Settings::of(&self.choices);
        for absent in &mut self.absent {
            absent.settings = Settings::of(&absent.choices);
        }
    }

    /// An earlier version stored the values in effect. Those that are neither the app's defaults nor the provisioned ones count as chosen, and so
    /// does the value of a key in `passing`, which is provisioned for this run only.
    pub fn adopt_earlier(&mut self, provisioned: &Self, passing: &[&str]) {
        if std::mem::replace(&mut self.format, FORMAT) >= FORMAT {
            return;
        }
        let (of, who) = (provisioned.account.clone().unwrap_or_default(), provisioned.agent.clone().unwrap_or_default());
        let queues = |stored: Option<Vec<QueueName>>| {
            stored.filter(|stored| !stored.is_empty() && (*stored != who.queues || passing.contains(&QUEUES)))
        };
        if self.own_account.is_some() || self.own_agent.is_some() {
            let (account, own) = (self.own_account.get_or_insert_default(), self.own_agent.get_or_insert_default());
            let fixed = named(&of, &who.extension, &who.agent_id);
            for ((key, own), fixed) in NAMED.iter().zip(named_mut(account, &mut own.extension, &mut own.agent_id)).zip(fixed) {
                if own == fixed && !passing.contains(key) {
                    own.clear();
                }
            }
            own.queues = queues(own.queues.take());
        }
        let chosen = |stored: &Settings| {
            let mut choices = differing(stored);
            choices.retain(|choice| {
                let mut settings = provisioned.settings.clone();
                settings.change(choice.clone());
                settings != provisioned.settings || passing.contains(&choice.key())
            });
            choices
        };
        if self.choices.is_empty() {
            self.choices = chosen(&self.settings);
        }
        for absent in &mut self.absent {
            absent.queues = queues(absent.queues.take());
            if absent.choices.is_empty() {
                absent.choices = chosen(&absent.settings);
                absent.choices.retain(|choice| !choice.is_of_desk());
            }
        }
    }
}

impl Settings {
    fn of(choices: &[SettingChange]) -> Self {
        let mut settings = Self::default();
        choices.iter().cloned().for_each(|choice| settings.change(choice));
        settings
    }
}

/// What an earlier version stored, without the app's defaults.
fn differing(stored: &Settings) -> Vec<SettingChange> {
    use SettingChange::*;

    let Settings { recordings, sound, card, do_not_disturb: quiet, crm, leaving, shortcuts, .. } = stored.clone();
    let shortcut = |action, keys: Option<String>| keys.map(|keys| Shortcut { action, keys });
    let always = [
        Language(stored.language),
        Theme(stored.theme),
        AfterSignIn(stored.after_sign_in),
        QuietIncoming(quiet.incoming),
        QuietOutgoing(quiet.outgoing),
        RingDevices(sound.devices),
        RingVolume(sound.volume),
        ConnectedTone(sound.connected_tone),
        RecordingsVolume(sound.recordings_volume),
        CardSize(card.size),
        Discreet(card.discreet),
        CardMasked(card.masked),
        AlwaysOnTop(stored.window.always_on_top),
    ];
    let if_set = [
        recordings.archive.map(Archive),
        recordings.order.map(ArchiveOrder),
        recordings.folder.map(ArchiveFolder),
        recordings.limit_gb.map(ArchiveLimitGb),
        recordings.keep_days.map(KeepRecordingsDays),
        recordings.keep_calls_days.map(KeepCallsDays),
        sound.recordings_device.map(|device| RecordingsDevice(Some(device))),
        crm.mode.map(CrmMode),
        crm.template.map(CrmTemplate),
        leaving.quit.map(OnQuit),
        leaving.log_off.map(OnLogOff),
        leaving.sleep.map(OnSleep),
        shortcut(ShortcutAction::Available, shortcuts.available),
        shortcut(ShortcutAction::Busy, shortcuts.busy),
        shortcut(ShortcutAction::Silence, shortcuts.silence),
        shortcut(ShortcutAction::Show, shortcuts.show),
        stored.detailed_log.map(DetailedLog),
        stored.supervisor.map(Supervisor),
    ];
    let differs = |choice: &SettingChange| Settings::of(std::slice::from_ref(choice)) != Settings::default();
    always.into_iter().filter(differs).chain(if_set.into_iter().flatten()).collect()
}
