//! What is owed: asked for one by one, in order, again and again until the platform has answered; kept over a restart.

mod asking;

use std::time::Duration;

use super::{Purpose, Session, seat::OwnSeat};
use crate::{
    Account, Agent, Backoff, Debt, Duty, Effect, LedgerEntry, Now, Outcome, OwedView, Problem, ProblemCode, QueueName, RequestId, Timestamp,
};

const FIRST_PAUSE: Duration = Duration::from_secs(2);
const LONGEST_PAUSE: Duration = Duration::from_secs(300);
/// What the account's state forbade for so long is given up at the next start.
const FORBIDDEN_FOR: Duration = Duration::from_secs(3 * 86_400);
/// Queues that are shown.
const SHOWN: usize = 4;
/// Characters of the platform's words that are shown.
const SHOWN_DETAIL: usize = 120;

#[derive(Debug)]
pub(super) struct Owed {
    items: Vec<Item>,
    next_key: u64,
    /// For all of it: a platform that fails is asked one thing at a time.
    backoff: Backoff,
    due: Duration,
    next_try_at: Option<Timestamp>,
    /// Queues that were to be left and are wished for again: that the platform still has the agent in them is our own doing.
    left: Vec<QueueName>,
}

#[derive(Debug)]
struct Item {
    key: u64,
    debt: Debt,
    tries: u32,
    problem: Option<Problem>,
    /// The account's state forbids it: not tried again of itself in this run.
    forbidden: bool,
    /// Owed for so long that what forbids it now is believed.
    is_old: bool,
    /// A sign-in to the queue whose answer is awaited: the leave must not overtake it.
    join: Option<RequestId>,
    /// Nothing but that sign-in can have put the agent into the queue.
    only_join: bool,
}

impl Owed {
    pub fn restored(debts: Vec<Debt>, now: Now) -> Self {
        let backoff = Backoff::new(FIRST_PAUSE, LONGEST_PAUSE);
        let mut owed = Self { items: Vec::new(), next_key: 1, backoff, due: now.mono, next_try_at: None, left: Vec::new() };
        for debt in debts {
            owed.add(debt);
        }
        owed
    }

    fn add(&mut self, debt: Debt) -> &mut Item {
        let same = |item: &Item| item.debt.account == debt.account && item.debt.extension == debt.extension && item.debt.duty == debt.duty;
        let place = match self.items.iter().position(same) {
            Some(place) => place,
            None => {
                let key = self.next_key;
                self.next_key += 1;
                self.items.push(Item { key, debt, tries: 0, problem: None, forbidden: false, is_old: false, join: None, only_join: false });
                self.items.len() - 1
            }
        };
        &mut self.items[place]
    }

    fn debts(&self) -> Vec<Debt> {
        self.items.iter().map(|item| item.debt.clone()).collect()
    }

    fn item(&mut self, key: u64) -> Option<&mut Item> {
        self.items.iter_mut().find(|item| item.key == key)
    }

    fn remove(&mut self, key: u64) -> Option<Debt> {
        let place = self.items.iter().position(|item| item.key == key)?;
        let debt = self.items.remove(place).debt;
        if self.items.is_empty() {
            self.backoff.succeeded();
            self.next_try_at = None;
        }
        Some(debt)
    }

    /// Once: this queue was to be left before it was joined.
    pub fn take_left(&mut self, queue: &QueueName) -> bool {
        let before = self.left.len();
        self.left.retain(|left| left != queue);
        self.left.len() != before
    }

    /// Some queue could not be left at once: the platform may still give calls.
    pub fn is_still_in(&self) -> bool {
        self.items.iter().any(|item| item.problem.is_some() && matches!(item.debt.duty, Duty::Leave { .. }))
    }

    pub fn view(&self) -> OwedView {
        let duties = || self.items.iter().map(|item| &item.debt.duty);
        let queues: Vec<&QueueName> = duties()
            .filter_map(|duty| match duty {
                Duty::Leave { queue } => Some(queue),
                _ => None,
            })
            .collect();
        let problem = self.items.iter().rev().max_by_key(|item| item.tries).and_then(|item| item.problem.clone());
        let shorter = |problem: Problem| Problem { detail: problem.detail.chars().take(SHOWN_DETAIL).collect(), ..problem };
        let forbidden = |account: &Account| self.items.iter().any(|item| item.forbidden && item.debt.account == *account);
        let waits = self.items.iter().any(|item| !forbidden(&item.debt.account));
        OwedView {
            queues: queues.iter().take(SHOWN).map(|queue| QueueName(super::calls::shown(&queue.0))).collect(),
            more_queues: u32::try_from(queues.len().saturating_sub(SHOWN)).unwrap_or(u32::MAX),
            task: duties().any(|duty| matches!(duty, Duty::EndTask { .. })),
            token: duties().any(|duty| *duty == Duty::EndToken),
            secrets: duties().any(|duty| *duty == Duty::ForgetSecrets),
            since: self.items.iter().map(|item| item.debt.since).min(),
            problem: problem.map(shorter),
            next_try_at: self.next_try_at.filter(|_| waits),
            fresh: self.backoff.failures() == 0 && waits,
        }
    }
}

/// Nothing that was heard is an answer to what was asked.
pub(super) fn is_unanswered(code: ProblemCode) -> bool {
    use ProblemCode::*;
    matches!(code, Unreachable | ServerError | NotThePlatform | FateUnknown | Tls | PartFailed)
}

/// The platform may have carried out what was asked, although it did not say so.
pub(super) fn is_fate_unknown(problem: &Problem) -> bool {
    !problem.not_done && is_unanswered(problem.code)
}

impl Session {
    /// The platform may have the agent in this queue from now on. True: it may not have been before.
    pub(super) fn enters(&mut self, queue: &QueueName, out: &mut Vec<Effect>) -> bool {
        let is_new = !self.saved.entered.contains(queue);
        if is_new {
            self.saved.entered.push(queue.clone());
            self.save(out);
        }
        is_new
    }

    /// The platform does not have the agent in this queue.
    pub(super) fn is_out_of(&mut self, queue: &QueueName, out: &mut Vec<Effect>) {
        let before = self.saved.entered.len();
        self.saved.entered.retain(|entered| entered != queue);
        if self.saved.entered.len() != before {
            self.save(out);
        }
    }

    fn owe(&mut self, account: &Account, agent: &Agent, duty: Duty, now: Now) -> &mut Item {
        let (extension, agent_id) = (agent.extension.clone(), agent.agent_id.clone());
        // A person waits for it: what was put off is tried with it.
        self.owed.due = now.mono;
        self.owed.backoff.succeeded();
        self.owed.add(Debt { account: account.clone(), extension, agent_id, since: now.wall, duty })
    }

    /// Out of this queue, once what is under way has been answered.
    pub(super) fn owe_leave(&mut self, queue: &QueueName, now: Now, out: &mut Vec<Effect>) {
        let purpose = Purpose::Join(queue.clone());
        let asked = self.asked.iter().find(|(_, asked)| asked.purpose == purpose);
        let never_sent = asked.is_some_and(|(_, asked)| asked.waiting.is_some());
        let join = asked.filter(|_| !never_sent).map(|(id, _)| *id);
        let only_join = self.seats.of(queue).is_some_and(OwnSeat::is_newly_entered);
        self.asked.retain(|_, asked| asked.purpose != purpose);
        if never_sent && only_join {
            return;
        }
        let (account, agent) = (self.saved.account.clone().unwrap_or_default(), self.agent());
        let item = self.owe(&account, &agent, Duty::Leave { queue: queue.clone() }, now);
        item.join = join.or(item.join);
        item.only_join = join.is_some() && only_join;
        self.keep_owed(out);
    }

    /// What the present agent leaves behind: the queues that the platform may have them in, and the task that calls a customer.
    pub(super) fn owe_what_is_open(&mut self, keep: &[QueueName], now: Now, out: &mut Vec<Effect>) -> Vec<QueueName> {
        let mut left = std::mem::take(&mut self.saved.entered);
        self.saved.entered = keep.iter().filter(|queue| left.contains(queue)).cloned().collect();
        left.retain(|queue| !keep.contains(queue));
        for queue in &left {
            self.owe_leave(queue, now, out);
        }
        if let Some(task_id) = self.calling_back.take_open_task() {
            self.saved.call_back = None;
            let (account, agent) = (self.saved.account.clone().unwrap_or_default(), self.agent());
            self.owe(&account, &agent, Duty::EndTask { task_id }, now);
        }
        self.keep_owed(out);
        left
    }

    /// Nothing but the end of what is owed ends a sign-out.
    pub(super) fn sign_out_begun(&mut self, out: &mut Vec<Effect>) {
        let (account, agent) = (self.saved.account.clone().unwrap_or_default(), self.agent());
        self.saved.signing_out = Some((account, agent.extension));
        self.end_sign_out(out);
    }

    fn end_sign_out(&mut self, out: &mut Vec<Effect>) {
        let Some((account, extension)) = &self.saved.signing_out else { return };
        // Whoever was at the extension: while it is in a queue, its phone rings.
        let is_of_it = |Item { debt, .. }: &Item| debt.account == *account && debt.extension == *extension;
        if !self.owed.items.iter().any(is_of_it) {
            self.saved.signing_out = None;
            self.ledger.enter(LedgerEntry::SignedOut, out);
        }
    }

    /// The end of the account's use here: its token ends, and what was kept of it goes.
    pub(super) fn owe_forgetting(&mut self, now: Now, out: &mut Vec<Effect>) {
        let (account, agent) = (self.saved.account.clone().unwrap_or_default(), self.agent());
        self.owe(&account, &agent, Duty::EndToken, now);
        self.owe(&account, &agent, Duty::ForgetSecrets, now);
        self.keep_owed(out);
    }

    /// The accesskey of this account is to be forgotten: it lets nobody in.
    pub(super) fn is_to_be_forgotten(&self, account: &Account) -> bool {
        self.owed.items.iter().any(|item| item.debt.account == *account && item.debt.duty == Duty::ForgetSecrets)
    }

    /// At the start: who is about to be signed in again is not put out of their queues before.
    pub(super) fn owed_at_start(&mut self, signs_in: bool, key_given: bool, now: Now, out: &mut Vec<Effect>) {
        let (account, agent) = (self.saved.account.clone().unwrap_or_default(), self.agent());
        let before = self.owed.items.len();
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
        }
        for queue in entered {
            self.enters(&queue, out);
            self.owed.left.push(queue);
        }
        if key_given {
            // An accesskey that is given for this start is to be kept.
            self.owed.items.retain(|item| item.debt.account != account || item.debt.duty != Duty::ForgetSecrets);
        }
        if self.owed.items.len() != before {
            self.keep_owed(out);
        }
        // The account may be in order by now; but not for ever.
        for item in &mut self.owed.items {
            item.is_old = now.wall.since(item.debt.since) > FORBIDDEN_FOR;
        }
    }

    /// The account is used here again: its token and accesskey stay, and what its state forbade is tried.
    pub(super) fn owed_signed_in(&mut self, now: Now, out: &mut Vec<Effect>) {
        let account = self.saved.account.clone().unwrap_or_default();
        self.owed.items.retain(|item| item.debt.account != account || item.debt.duty.rank() == 0);
        self.saved.signing_out = None;
        // It answers.
        self.owed.backoff.succeeded();
        self.owed_again(now);
        self.keep_owed(out);
    }

    /// Tries at once what waits.
    pub(super) fn owed_again(&mut self, now: Now) {
        self.owed.due = now.mono;
        self.owed.items.iter_mut().for_each(|item| item.forbidden = false);
    }

    /// Before this agent is signed in to a queue: an owed leave of it must not come after that. True: the sign-in has to wait for the
    /// answer to the leave, and comes then.
    pub(super) fn waits_for_leave(&mut self, queue: &QueueName, out: &mut Vec<Effect>) -> bool {
        let (account, agent) = (self.saved.account.clone().unwrap_or_default(), self.agent());
        let duty = Duty::Leave { queue: queue.clone() };
        let of_it = |item: &&Item| item.debt.account == account && item.debt.extension == agent.extension && item.debt.duty == duty;
        let Some(item) = self.owed.items.iter().find(of_it) else { return false };
        let (key, is_own, tries) = (item.key, item.debt.agent_id == agent.agent_id, item.tries);
        // The platform knows the one who was there before by their number: out with them first, if it will have it.
        if item.join.is_some() || self.is_asking(&Purpose::Owed(key)) || (!is_own && tries == 0) {
            return true;
        }
        self.owed.remove(key);
        self.enters(queue, out);
        self.owed.left.push(queue.clone());
        self.keep_owed(out);
        false
    }

    /// The answer to a sign-in to a queue that is to be left by now.
    pub(super) fn late_join_answered(&mut self, id: RequestId, outcome: Result<&Outcome, &Problem>, now: Now, out: &mut Vec<Effect>) {
        let Some(item) = self.owed.items.iter_mut().find(|item| item.join == Some(id)) else { return };
        item.join = None;
        let key = item.key;
        if item.only_join && outcome.is_err_and(|problem| !is_fate_unknown(problem)) {
            self.owed_is_done(key, now, out);
        }
    }

    fn keep_owed(&mut self, out: &mut Vec<Effect>) {
        self.saved.owed = self.owed.debts();
        self.save(out);
    }
}
