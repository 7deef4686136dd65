//! Applies provisioned values to what the user saved in the app.

use ringside_domain::{Account, Agent, Extension, QueueName, SavedState, Settings, SignInPolicy};

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
    /// Nobody has signed in so far.
    fresh: bool,
}

impl Settle {
    /// A value from a file is used only where the user saved none; a flag, an environment variable or a locked value replaces the saved value.
    pub fn put<T: Choice>(self, saved: &mut T, value: &T) {
        let replaces = match self.origin {
            Origin::Default => false,
            Origin::File => saved.is_unsaid(self.fresh),
            Origin::Given | Origin::Locked => true,
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

impl Choice for SignInPolicy {
    /// The policy always has a value. If nobody has signed in so far, the user did not choose it.
    fn is_unsaid(&self, fresh: bool) -> bool {
        fresh
    }
}

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
                save(&self.values, &mut saved, Settle { origin: self.origin(setting.key), fresh });
            }
        }
    }
}
