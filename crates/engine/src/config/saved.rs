//! Applies provisioned values to what the user saved in the app.

use ringside_domain::{Account, Agent, CardSize, Extension, Language, QueueName, SavedState, Settings, SignInPolicy, SoundDevice, Theme};

use super::{Config, Origin, SETTINGS};

/// The saved state of one agent, whose fields the declarations name.
pub struct Saved<'a> {
    pub account: &'a mut Account,
    pub agent: &'a mut Agent,
    pub settings: &'a mut Settings,
}

/// How one provisioned value meets the saved one.
#[derive(Clone, Copy)]
pub struct Settle {
    origin: Origin,
    is_locked: bool,
    /// Nobody has signed in so far.
    fresh: bool,
}

impl Settle {
    /// A value from a file is used only where the user saved none; a flag, an environment variable or a locked value replaces the saved value.
    pub fn put<T: Choice>(self, saved: &mut T, value: &T) {
        let replaces = match self.origin {
            _ if self.is_locked => true,
            Origin::Default => false,
            Origin::UserFile | Origin::MachineFile | Origin::Registry | Origin::Preferences => saved.is_unsaid(self.fresh),
            Origin::Environment | Origin::CommandLine => true,
        };
        if replaces {
            saved.clone_from(value);
        }
    }
}

/// A value that the user can save.
pub trait Choice: Clone {
    /// Whether the user did not choose it.
    fn is_unsaid(&self, fresh: bool) -> bool;
}

impl Choice for String {
    fn is_unsaid(&self, _fresh: bool) -> bool {
        self.is_empty()
    }
}

impl Choice for Extension {
    fn is_unsaid(&self, _fresh: bool) -> bool {
        self.0.is_empty()
    }
}

impl Choice for Vec<QueueName> {
    fn is_unsaid(&self, _fresh: bool) -> bool {
        self.is_empty()
    }
}

impl<T: Clone> Choice for Option<T> {
    fn is_unsaid(&self, _fresh: bool) -> bool {
        self.is_none()
    }
}

impl Choice for Vec<SoundDevice> {
    fn is_unsaid(&self, _fresh: bool) -> bool {
        self.is_empty()
    }
}

macro_rules! always_have_a_value {
    ($($type:ty),+) => { $(impl Choice for $type {
        /// If nobody has signed in so far, the user did not choose it.
        fn is_unsaid(&self, fresh: bool) -> bool {
            fresh
        }
    })+ };
}

always_have_a_value!(SignInPolicy, CardSize, Language, Theme, bool, u32);

impl Config {
    /// Applies the provisioning to the saved state, also to the settings of agents who are not signed in.
    pub fn provision(&self, saved: &mut SavedState) {
        let fresh = saved.account.is_none() && saved.agent.is_none();
        let mut account = saved.account.take().unwrap_or_default();
        let mut agent = saved.agent.take().unwrap_or_default();
        self.settle(Saved { account: &mut account, agent: &mut agent, settings: &mut saved.settings }, fresh);
        saved.account = (account != Account::default()).then_some(account);
        saved.agent = (agent != Agent::default()).then_some(agent);
        for absent in &mut saved.absent {
            let (account, agent) = (&mut Account::default(), &mut Agent::default());
            self.settle(Saved { account, agent, settings: &mut absent.settings }, false);
        }
    }

    fn settle(&self, mut saved: Saved<'_>, fresh: bool) {
        for setting in SETTINGS {
            if let Some(save) = setting.save {
                save(&self.values, &mut saved, Settle { origin: self.origin(setting.key), is_locked: self.is_locked(setting.key), fresh });
            }
        }
    }
}
