//! What nobody but the administrator may change.

use crate::{Account, Agent, Intent, NAMED, Place, QUEUES, named};

impl Place {
    /// The locked key that an intent would change. `account` and `agent` are the present ones.
    pub fn forbids(&self, intent: &Intent, account: &Account, agent: &Agent) -> Option<&'static str> {
        let key = match intent {
            Intent::ChangeSettings { change } => change.key(),
            Intent::JoinQueue { queue } if agent.queues.contains(queue) => return None,
            Intent::JoinQueue { .. } | Intent::LeaveQueue { .. } => QUEUES,
            Intent::SignIn { account: asked, agent: who, .. } => return self.fills(account, agent, asked, who),
            _ => return None,
        };
        Some(key).filter(|key| self.is_locked(key))
    }

    /// The key that is locked without a value, and that a sign-in would give one. In the place of another locked value, a sign-in uses the
    /// locked one: the form may have been filled before it was known.
    fn fills(&self, account: &Account, agent: &Agent, asked: &Account, who: &Agent) -> Option<&'static str> {
        let present = named(account, &agent.extension, &agent.agent_id).into_iter();
        let values = present.zip(named(asked, &who.extension, &who.agent_id));
        let texts = NAMED.into_iter().zip(values.map(|(present, asked)| present.is_empty() && !asked.is_empty()));
        let mut all = texts.chain([(QUEUES, agent.queues.is_empty() && !who.queues.is_empty())]);
        all.find_map(|(key, fills)| (fills && self.is_locked(key)).then_some(key))
    }
}
