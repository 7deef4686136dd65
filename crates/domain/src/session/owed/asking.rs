//! The requests for debts, and the meaning of their answers.

use std::time::Duration;

use super::{
    super::{Purpose, Session, sign_in::SignIn},
    Item, is_unanswered,
};
use crate::{Agent, Debt, Duty, Effect, LedgerEntry, Membership, NoticeKind, Now, Outcome, Problem, ProblemCode, QueueName, Request};

/// So many tries take more than an hour, in which a network comes back.
const TRIES: u32 = 40;

/// Whether the refusal concerns the account rather than this one request.
fn forbids(code: ProblemCode) -> bool {
    use ProblemCode::*;
    matches!(code, AppidUnknown | AppidExpired | ModuleNotLicensed | IpNotAuthorized | WrongAccesskey | NotEnrolled | DeskRevoked)
}

/// Whether the refusal means that the debt is done already, or that its object does not exist.
fn is_so(duty: &Duty, code: ProblemCode) -> bool {
    match duty {
        Duty::Leave { .. } => matches!(code, ProblemCode::QueueUnknown | ProblemCode::ExtensionUnknown),
        // If the platform refuses to end the task, it is over or never existed.
        Duty::EndTask { .. } => code == ProblemCode::Refused,
        Duty::EndToken | Duty::ForgetSecrets => false,
    }
}

/// The queue, if it is to be left.
fn queue_of(duty: Duty) -> Option<QueueName> {
    match duty {
        Duty::Leave { queue } => Some(queue),
        Duty::EndTask { .. } | Duty::EndToken | Duty::ForgetSecrets => None,
    }
}

impl Session {
    /// `unit` is a random number from 0 to 1, for the next pause. Returns the queue of an answered leave: a sign-in may have waited for it.
    pub(in crate::session) fn owed_answered(
        &mut self,
        key: u64,
        outcome: Result<Outcome, Problem>,
        unit: f64,
        now: Now,
        out: &mut Vec<Effect>,
    ) -> Option<QueueName> {
        let item = self.owed.item(key)?;
        let duty = item.debt.duty.clone();
        let problem = match outcome {
            Ok(_) => return self.owed_is_done(key, now, out),
            Err(problem) if is_so(&duty, problem.code) => return self.owed_is_done(key, now, out),
            Err(problem) => problem,
        };
        let is_first = item.problem.is_none();
        item.tries = item.tries.saturating_add(1);
        item.forbidden = forbids(problem.code);
        // The address of an account that is used no more may never answer again.
        let is_elsewhere = self.saved.account.as_ref() != Some(&item.debt.account);
        let is_lost = is_elsewhere && item.tries >= TRIES && is_unanswered(problem.code);
        let gives_up = if item.forbidden || is_lost { item.is_old } else { !problem.retryable };
        item.problem = Some(problem.clone());
        let Debt { extension, agent_id, .. } = item.debt.clone();
        if gives_up {
            return self.give_up_owed(key, problem, now, out);
        }
        if is_first {
            self.ledger.enter(LedgerEntry::Unanswered { duty: duty.clone(), extension, agent_id, code: problem.code }, out);
        }
        let pause = self.owed.backoff.failed(problem.retry_after, unit);
        self.owed.due = now.mono + pause;
        self.owed.next_try_at = Some(now.wall.plus(pause));
        queue_of(duty)
    }

    /// Returns the queue of a leave.
    pub(super) fn owed_is_done(&mut self, key: u64, now: Now, out: &mut Vec<Effect>) -> Option<QueueName> {
        let late = self.owed.item(key).is_some_and(|item| item.problem.is_some());
        let Debt { account, extension, agent_id, duty, .. } = self.owed.remove(key)?;
        // The platform answers again, so the other debts may be tried at once.
        self.owed.backoff.succeeded();
        self.owed.due = now.mono;
        let is_own = self.saved.account.as_ref() == Some(&account) && self.agent().extension == extension;
        if let Duty::Leave { queue } = &duty {
            if is_own {
                self.is_out_of(queue, out);
                self.seats.left(queue);
            }
            if !late {
                self.ledger.enter(LedgerEntry::QueueLeft { queue: queue.clone() }, out);
            }
        }
        if late {
            let (extension, agent_id) = (extension.clone(), agent_id.clone());
            self.ledger.enter(LedgerEntry::MadeUp { duty: duty.clone(), extension, agent_id }, out);
        }
        self.end_sign_out(out);
        self.keep_owed(out);
        queue_of(duty)
    }

    /// No further request can settle the debt, so the user is told. Returns the queue of a leave.
    fn give_up_owed(&mut self, key: u64, problem: Problem, now: Now, out: &mut Vec<Effect>) -> Option<QueueName> {
        let Debt { account, extension, agent_id, duty, .. } = self.owed.remove(key)?;
        // The sign-out will not be complete.
        self.saved.signing_out.take_if(|of| *of == (account.clone(), extension.clone()));
        self.ledger.enter(LedgerEntry::GivenUp { duty: duty.clone(), extension: extension.clone(), agent_id, code: problem.code }, out);
        if let Duty::Leave { queue } = &duty {
            let is_own = self.saved.account.as_ref() == Some(&account) && self.agent().extension == extension;
            if is_own && self.is_seat(queue, &Membership::Leaving) {
                self.stays_in(queue, problem.clone(), out);
            }
        }
        let queue = queue_of(duty);
        match queue.clone().filter(|name| self.is_seat(name, &Membership::Joining)) {
            // The queue is wished for again, so leaving it does not matter any more; being in it is our own doing.
            Some(queue) => self.owed.left.push(queue),
            None => self.notices.add(NoticeKind::GivenUp { queue: queue.clone(), problem }, now.wall),
        }
        self.keep_owed(out);
        queue
    }

    /// The platform keeps the agent in the queue: it is wished for again, so that the next start does not assume the opposite.
    fn stays_in(&mut self, name: &QueueName, problem: Problem, out: &mut Vec<Effect>) {
        if let Some(agent) = &mut self.saved.agent
            && !agent.queues.contains(name)
        {
            agent.queues.push(name.clone());
            self.queues_chosen();
        }
        self.save(out);
        if let Some(seat) = self.seats.of_mut(name) {
            seat.stays_in(problem);
        }
    }

    fn is_seat(&self, queue: &QueueName, membership: &Membership) -> bool {
        self.seats.of(queue).is_some_and(|seat| seat.membership() == membership)
    }

    /// Whether the debt may be asked for now. Debts of a lower rank come first, and so does the answer to a sign-in with the same account.
    /// A sign-in that is tried again needs the accesskey.
    fn may_be_asked(&self, item: &Item) -> bool {
        let Item { debt, .. } = item;
        let signs_in = self.saved.account.as_ref() == Some(&debt.account)
            && match &self.sign_in {
                SignIn::Pending { .. } => true,
                SignIn::Failed { next, .. } => next.is_some() && debt.duty == Duty::ForgetSecrets,
                SignIn::Out | SignIn::In { .. } => false,
            };
        let waits = |other: &Item| other.debt.account == debt.account && other.debt.duty.rank() < debt.duty.rank();
        let waits_for_task = debt.duty.rank() > 0 && self.owed.tasks.iter().any(|(_, account, _)| *account == debt.account);
        !item.forbidden
            && item.joins.is_empty()
            && !signs_in
            && !waits_for_task
            && !self.owed.items.iter().any(waits)
            && !self.is_asking(&Purpose::Owed(item.key))
    }

    /// The debts that may be asked for now; one at a time while the platform fails.
    fn owed_candidates(&self) -> Vec<u64> {
        let mut items: Vec<&Item> = self.owed.items.iter().filter(|item| self.may_be_asked(item)).collect();
        if self.owed.backoff.failures() > 0 {
            let under_way = self.owed.items.iter().any(|item| self.is_asking(&Purpose::Owed(item.key)));
            items.sort_by_key(|item| item.tries);
            items.truncate(usize::from(!under_way));
        }
        items.iter().map(|item| item.key).collect()
    }

    pub(in crate::session) fn owed_deadline(&self) -> Option<Duration> {
        (self.owed.due > self.last_now.mono && !self.owed_candidates().is_empty()).then_some(self.owed.due)
    }

    pub(in crate::session) fn settle_owed(&mut self, now: Now, out: &mut Vec<Effect>) {
        if self.owed.due > now.mono {
            return;
        }
        for key in self.owed_candidates() {
            let Some(Debt { account, extension, agent_id, duty, .. }) = self.owed.item(key).map(|item| item.debt.clone()) else { continue };
            let agent = Agent { extension, agent_id, queues: Vec::new() };
            let request = match duty {
                Duty::Leave { queue } => Request::LeaveQueue { account, queue, agent },
                Duty::EndTask { task_id } => Request::EndTask { account, task_id },
                Duty::EndToken => Request::EndToken { account },
                Duty::ForgetSecrets => Request::ForgetSecrets { account },
            };
            self.ask(request, Purpose::Owed(key), now, out);
        }
    }
}
