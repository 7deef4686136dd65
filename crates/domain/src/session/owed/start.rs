//! Debts at a start: what the run before left open, in the name of its account and agent.

use super::{super::Session, GIVEN_UP_AFTER, Item};
use crate::{Account, Agent, Duty, Effect, Identity, Now};

impl Session {
    /// Makes debts for an account or an agent who is not the present one any more, since a provisioned value changed after the last run: to leave
    /// their queues, and to end the task that calls a customer. The secrets of their account stay: a value that is given for one run, or that
    /// is missing in one run, must not delete an accesskey. Returns that account and agent.
    pub(in crate::session) fn owe_of_before(&mut self, now: Now, out: &mut Vec<Effect>) -> Option<(Account, Agent)> {
        let present = self.identity();
        let Identity { account, extension, agent_id } = self.saved.signed_in_as.take_if(|before| *before != present)?;
        let agent = Agent { extension, agent_id, queues: Vec::new() };
        if account != present.account {
            // They were asked for at the other account.
            self.saved.joining.clear();
        }
        for queue in std::mem::take(&mut self.saved.entered) {
            self.owe(&account, &agent, Duty::Leave { queue }, now);
        }
        if let Some(task_id) = self.calling_back.take_open_task() {
            self.saved.call_back = None;
            self.owe(&account, &agent, Duty::EndTask { task_id }, now);
        }
        self.keep_owed(out);
        Some((account, agent))
    }

    /// Drops the leaves of an agent who is about to be signed in again, and makes those of queues that are not wished for any more.
    pub(in crate::session) fn owed_at_start(&mut self, signs_in: bool, key_given: bool, now: Now, out: &mut Vec<Effect>) {
        let (account, agent) = (self.saved.account.clone().unwrap_or_default(), self.agent());
        let mut entered = Vec::new();
        if signs_in {
            self.owed.items.retain(|Item { debt, .. }| {
                let Duty::Leave { queue } = &debt.duty else { return true };
                let is_wished = debt.account == account
                    && debt.extension == agent.extension
                    && debt.agent_id == agent.agent_id
                    && agent.queues.contains(queue);
                if is_wished {
                    entered.push(queue.clone());
                }
                !is_wished
            });
            let unwished: Vec<_> = self.saved.entered.iter().filter(|queue| !agent.queues.contains(queue)).cloned().collect();
            for queue in unwished {
                self.owe(&account, &agent, Duty::Leave { queue }, now);
            }
        }
        for queue in entered {
            self.enters(&queue, out);
            self.owed.left.push(queue);
        }
        if key_given {
            // An accesskey given for this start is to be kept.
            self.owed.items.retain(|item| item.debt.account != account || item.debt.duty != Duty::ForgetSecrets);
        }
        if self.owed.debts() != self.saved.owed {
            self.keep_owed(out);
        }
        // The account may work again by now, but requests for it are not repeated for ever.
        for item in &mut self.owed.items {
            item.is_old = now.wall.since(item.debt.since) > GIVEN_UP_AFTER;
        }
    }
}
