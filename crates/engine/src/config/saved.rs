//! Applies provisioned values to what the user chose in the app.

use ringside_domain::{Account, Agent, SavedState, SettingChange, Settings};

use super::{Config, Origin, SETTINGS};

/// The state of one agent, whose fields the declarations name.
pub struct Saved<'a> {
    pub account: &'a mut Account,
    pub agent: &'a mut Agent,
    pub settings: &'a mut Settings,
}

impl Config {
    /// Whether this key has its value whatever the user chose: it is locked, or a flag or an environment variable sets it for this run.
    pub fn overrules(&self, key: &str) -> bool {
        self.is_locked(key) || self.is_passing(key)
    }

    fn is_passing(&self, key: &str) -> bool {
        matches!(self.origin(key), Origin::Environment | Origin::CommandLine)
    }

    /// The keys that a flag or an environment variable sets for this run.
    pub(crate) fn passing(&self) -> Vec<&'static str> {
        self.set().filter(|key| self.is_passing(key)).collect()
    }

    /// The state in which nobody has chosen anything.
    pub(crate) fn provisioned(&self) -> SavedState {
        let mut fresh = SavedState::default();
        self.provision(&mut fresh);
        fresh
    }

    /// Counts what an earlier version stored as chosen, unless it is provisioned.
    pub(crate) fn adopt_earlier(&self, saved: &mut SavedState) {
        saved.adopt_earlier(&self.provisioned(), &self.passing());
    }

    /// Lets what the user chose take effect, and the provisioned value of each other setting; also in the settings of agents who are not
    /// signed in.
    pub fn provision(&self, saved: &mut SavedState) {
        saved.take_effect();
        let chosen = saved.chosen();
        let mut account = saved.account.take().unwrap_or_default();
        let mut agent = saved.agent.take().unwrap_or_default();
        self.settle(&chosen, Saved { account: &mut account, agent: &mut agent, settings: &mut saved.settings });
        saved.account = (account != Account::default()).then_some(account);
        saved.agent = (agent != Agent::default()).then_some(agent);
        for absent in &mut saved.absent {
            let (account, agent) = (&mut Account::default(), &mut Agent::default());
            let chosen: Vec<_> = absent.choices.iter().map(SettingChange::key).collect();
            self.settle(&chosen, Saved { account, agent, settings: &mut absent.settings });
        }
    }

    fn settle(&self, chosen: &[&str], mut saved: Saved<'_>) {
        for setting in SETTINGS.iter().filter(|setting| !chosen.contains(&setting.key) || self.overrules(setting.key)) {
            if let Some(save) = setting.save {
                save(&self.values, &mut saved);
            }
        }
    }
}
