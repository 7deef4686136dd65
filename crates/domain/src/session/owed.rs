//! Debts: requests that are repeated, in order, until the platform has answered; kept over a restart.

mod asking;
mod start;

use std::time::Duration;

use super::{Purpose, Session, seat::OwnSeat};
use crate::{
    Account, Agent, Backoff, Debt, Duty, Effect, Extension, LedgerEntry, Now, Outcome, OwedView, Problem, ProblemCode, QueueName,
    RequestId, Timestamp,
};

const FIRST_PAUSE: Duration = Duration::from_secs(2);
const LONGEST_PAUSE: Duration = Duration::from_secs(300);
/// A debt that is older is given up if the account's state forbids it, or if the account is used here no more and its address does not answer.
const GIVEN_UP_AFTER: Duration = Duration::from_secs(3 * 86_400);
/// Number of queues that are shown.
const SHOWN: usize = 4;
/// Number of characters of the platform's message that are shown.
const SHOWN_DETAIL: usize = 120;

#[derive(Debug)]
pub(super) struct Owed {
    items: Vec<Item>,
    next_key: u64,
    /// One for all debts: a failing platform gets one request at a time.
    backoff: Backoff,
    due: Duration,
    next_try_at: Option<Timestamp>,
    /// Queues that were to be left but are wished for again. If the platform still has the agent in one of them, we caused that.
    left: Vec<QueueName>,
    /// Requests of call backs that may still create a task; until their answers the accounts' tokens are needed.
    tasks: Vec<(RequestId, Account, Agent)>,
    /// Unanswered sign-ins to queues from before the agent signed in again: a leave must not be sent before these are answered either.
    joins: Vec<(RequestId, Account, Extension, QueueName)>,
}

#[derive(Debug)]
struct Item {
    key: u64,
    debt: Debt,
    tries: u32,
    problem: Option<Problem>,
    /// The account's state forbids it, so it is not tried again automatically in this run.
    forbidden: bool,
    /// It was older than [`GIVEN_UP_AFTER`] when this run started.
    is_old: bool,
    /// Sign-ins to the queue that have no answer yet: the leave must not be sent before they are answered.
    joins: Vec<RequestId>,
    /// Only that sign-in can have signed the agent in to the queue.
    only_join: bool,
}

impl Owed {
    pub fn restored(debts: Vec<Debt>, now: Now) -> Self {
        let backoff = Backoff::new(FIRST_PAUSE, LONGEST_PAUSE);
        let mut owed = Self {
            items: Vec::new(),
            next_key: 1,
            backoff,
            due: now.mono,
            next_try_at: None,
            left: Vec::new(),
            tasks: Vec::new(),
            joins: Vec::new(),
        };
        for debt in debts {
            owed.add(debt);
        }
        owed
    }

    fn is_same(one: &Debt, other: &Debt) -> bool {
        one.account == other.account && one.extension == other.extension && one.duty == other.duty
    }

    fn add(&mut self, debt: Debt) -> &mut Item {
        let place = match self.items.iter().position(|item| Self::is_same(&item.debt, &debt)) {
            Some(place) => place,
            None => {
                let key = self.next_key;
                self.next_key += 1;
                self.items.push(Item {
                    key,
                    debt,
                    tries: 0,
                    problem: None,
                    forbidden: false,
                    is_old: false,
                    joins: vec![],
                    only_join: false,
                });
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
        self.rest_if_empty();
        Some(debt)
    }

    fn rest_if_empty(&mut self) {
        if self.items.is_empty() {
            self.backoff.succeeded();
            self.next_try_at = None;
        }
    }

    /// Whether this queue was to be left before it was joined; true only once.
    pub fn take_left(&mut self, queue: &QueueName) -> bool {
        let before = self.left.len();
        self.left.retain(|left| left != queue);
        self.left.len() != before
    }

    /// Whether a request to leave a queue has failed, so that the platform may still give calls.
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

/// Whether the problem means that the platform did not answer the request.
pub(super) fn is_unanswered(code: ProblemCode) -> bool {
    use ProblemCode::*;
    matches!(code, Unreachable | ServerError | NotThePlatform | FateUnknown | Tls | PartFailed | GatewayUnreachable | GatewayBusy)
}

/// Whether the platform may have carried out the request although no answer came.
pub(super) fn is_fate_unknown(problem: &Problem) -> bool {
    !problem.not_done && is_unanswered(problem.code)
}

impl Session {
    /// Notes that the platform may have the agent in this queue from now on. Returns false if that was noted before.
    pub(super) fn enters(&mut self, queue: &QueueName, out: &mut Vec<Effect>) -> bool {
        let is_new = !self.saved.entered.contains(queue);
        if is_new {
            self.saved.entered.push(queue.clone());
            self.save(out);
        }
        is_new
    }

    /// Notes that the platform does not have the agent in this queue.
    pub(super) fn is_out_of(&mut self, queue: &QueueName, out: &mut Vec<Effect>) {
        let before = self.saved.entered.len();
        self.saved.entered.retain(|entered| entered != queue);
        if self.saved.entered.len() != before {
            self.save(out);
        }
    }

    fn owe(&mut self, account: &Account, agent: &Agent, duty: Duty, now: Now) -> &mut Item {
        let (extension, agent_id) = (agent.extension.clone(), agent.agent_id.clone());
        // A person waits for this debt, so the pause after failures ends, also for the debts before it.
        self.owed.due = now.mono;
        self.owed.backoff.succeeded();
        let debt = Debt { account: account.clone(), extension, agent_id, since: now.wall, duty };
        // Somebody signed in since what is under way was asked for: its answer says nothing of what they leave.
        let is_past =
            |item: &Item| item.debt.duty.rank() > 0 && Owed::is_same(&item.debt, &debt) && self.is_asking(&Purpose::Owed(item.key));
        if let Some(place) = self.owed.items.iter().position(is_past) {
            self.owed.items.remove(place);
        }
        self.owed.add(debt)
    }

    /// Makes leaving this queue a debt, after a sign-in under way has been answered.
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
        let is_of_it = |of: &Account, extension: &Extension, name: &QueueName| (of, extension, name) == (&account, &agent.extension, queue);
        let earlier = self.owed.joins.iter().filter(|(_, of, extension, name)| is_of_it(of, extension, name)).map(|(id, ..)| *id);
        let earlier: Vec<RequestId> = earlier.collect();
        let item = self.owe(&account, &agent, Duty::Leave { queue: queue.clone() }, now);
        item.joins.extend(join);
        item.joins.extend(earlier);
        item.only_join = join.is_some() && only_join && item.joins.len() == 1;
        self.keep_owed(out);
    }

    /// Makes debts for the present agent: to leave the queues that the platform may have them in, except `keep`, and to end the task that calls
    /// a customer. Returns the queues.
    pub(super) fn owe_what_is_open(&mut self, keep: &[QueueName], now: Now, out: &mut Vec<Effect>) -> Vec<QueueName> {
        let mut left = std::mem::take(&mut self.saved.entered);
        self.saved.entered = keep.iter().filter(|queue| left.contains(queue)).cloned().collect();
        left.retain(|queue| !keep.contains(queue));
        for queue in &left {
            self.owe_leave(queue, now, out);
        }
        let (account, agent) = (self.saved.account.clone().unwrap_or_default(), self.agent());
        if let Some(task_id) = self.calling_back.take_open_task() {
            self.saved.call_back = None;
            self.owe(&account, &agent, Duty::EndTask { task_id }, now);
        }
        let order = self.asked.iter().find(|(_, asked)| asked.purpose == Purpose::CallBack);
        match order.map(|(id, asked)| (*id, asked.waiting.is_none())) {
            Some((id, true)) => self.owed.tasks.push((id, account.clone(), agent.clone())),
            Some((_, false)) => self.call_back_is_void(),
            None => {}
        }
        let under_way = self.asked.iter().filter(|(_, asked)| asked.waiting.is_none()).filter_map(|(id, asked)| match &asked.purpose {
            Purpose::Join(queue) => Some((*id, account.clone(), agent.extension.clone(), queue.clone())),
            _ => None,
        });
        self.owed.joins.extend(under_way);
        self.keep_owed(out);
        left
    }

    /// Begins a sign-out, which ends when the last of its debts has ended.
    pub(super) fn sign_out_begun(&mut self, out: &mut Vec<Effect>) {
        let (account, agent) = (self.saved.account.clone().unwrap_or_default(), self.agent());
        self.saved.signing_out = Some((account, agent.extension));
        self.end_sign_out(out);
    }

    fn end_sign_out(&mut self, out: &mut Vec<Effect>) {
        let Some((account, extension)) = &self.saved.signing_out else { return };
        // The agent number does not matter: while the extension is in a queue, its phone rings.
        let is_of_it = |Item { debt, .. }: &Item| debt.account == *account && debt.extension == *extension;
        if !self.owed.items.iter().any(is_of_it) {
            self.saved.signing_out = None;
            self.ledger.enter(LedgerEntry::SignedOut, out);
        }
    }

    /// Makes debts for an account that is not used here any more: to end its token and to delete its secrets.
    pub(super) fn owe_forgetting(&mut self, account: &Account, agent: &Agent, now: Now, out: &mut Vec<Effect>) {
        self.owe(account, agent, Duty::EndToken, now);
        self.owe(account, agent, Duty::ForgetSecrets, now);
        self.keep_owed(out);
    }

    /// Whether the accesskey of this account is to be deleted; it must not be used for a sign-in then.
    pub(super) fn is_to_be_forgotten(&self, account: &Account) -> bool {
        self.owed.items.iter().any(|item| item.debt.account == *account && item.debt.duty == Duty::ForgetSecrets)
    }

    /// The account is used here again: keeps its token and its accesskey, and tries forbidden debts again.
    pub(super) fn owed_signed_in(&mut self, now: Now, out: &mut Vec<Effect>) {
        let account = self.saved.account.clone().unwrap_or_default();
        self.owed.items.retain(|item| item.debt.account != account || item.debt.duty.rank() == 0);
        self.saved.signing_out = None;
        self.owed.backoff.succeeded();
        self.owed_again(now);
        self.keep_owed(out);
    }

    /// Tries all debts at once.
    pub(super) fn owed_again(&mut self, now: Now) {
        self.owed.due = now.mono;
        self.owed.items.iter_mut().for_each(|item| item.forbidden = false);
    }

    /// Called before the agent is signed in to a queue: an owed leave of it must not be sent after that. True: the sign-in must wait for
    /// the answer to the leave.
    pub(super) fn waits_for_leave(&mut self, queue: &QueueName, out: &mut Vec<Effect>) -> bool {
        let (account, agent) = (self.saved.account.clone().unwrap_or_default(), self.agent());
        let duty = Duty::Leave { queue: queue.clone() };
        // The platform may have had another address before; the company's seat is the same one.
        let is_of_it = |debt: &Debt| debt.account.appid == account.appid && debt.extension == agent.extension && debt.duty == duty;
        let is_own = |debt: &Debt| debt.account == account && debt.agent_id == agent.agent_id;
        // The leave is of the agent before, who has another number or address: that agent leaves first, if the platform allows it.
        let waits =
            |item: &Item| !item.joins.is_empty() || self.is_asking(&Purpose::Owed(item.key)) || (!is_own(&item.debt) && item.tries == 0);
        let mut found = self.owed.items.iter().filter(|item| is_of_it(&item.debt)).peekable();
        if found.peek().is_none() {
            return false;
        }
        if found.any(waits) {
            return true;
        }
        self.owed.items.retain(|item| !is_of_it(&item.debt));
        self.owed.rest_if_empty();
        self.enters(queue, out);
        self.owed.left.push(queue.clone());
        self.keep_owed(out);
        false
    }

    /// The answer to a sign-in to a queue that is to be left meanwhile. Returns the queue if it needs no leave any more.
    pub(super) fn late_join_answered(
        &mut self,
        id: RequestId,
        outcome: Result<&Outcome, &Problem>,
        now: Now,
        out: &mut Vec<Effect>,
    ) -> Option<QueueName> {
        self.owed.joins.retain(|(of, ..)| *of != id);
        let item = self.owed.items.iter_mut().find(|item| item.joins.contains(&id))?;
        item.joins.retain(|of| *of != id);
        let key = item.key;
        let is_out = item.only_join && outcome.is_err_and(|problem| !is_fate_unknown(problem));
        if is_out { self.owed_is_done(key, now, out) } else { None }
    }

    /// The answer to the call back of an agent who has signed out: a task that was made must be ended.
    pub(super) fn late_task_answered(&mut self, id: RequestId, outcome: Result<&Outcome, &Problem>, now: Now, out: &mut Vec<Effect>) {
        let Some(place) = self.owed.tasks.iter().position(|(of, ..)| *of == id) else { return };
        let (_, account, agent) = self.owed.tasks.remove(place);
        if let Ok(Outcome::TaskMade { task_id, .. }) = outcome {
            self.owe(&account, &agent, Duty::EndTask { task_id: task_id.clone() }, now);
            self.call_back_is_owed(&agent);
            self.keep_owed(out);
        }
    }

    fn keep_owed(&mut self, out: &mut Vec<Effect>) {
        self.saved.owed = self.owed.debts();
        self.save(out);
    }
}
