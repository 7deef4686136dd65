//! The queues: being signed in to them, and what they say.

use std::time::Duration;

use super::{About, Session, owed::is_fate_unknown, view::STALE};
use crate::{
    Agent, Availability, Effect, LedgerEntry, Membership, Now, Others, Phone, Problem, ProblemCode, QueueName, QueueView, Request, Seat,
    SettingView, SignInPolicy, Timestamp,
};

#[derive(Debug)]
pub(super) struct Queue {
    pub name: QueueName,
    pub membership: Membership,
    pub seat: Option<Seat>,
    pub others: Others,
    pub read: Option<Read>,
    pub problem: Option<Problem>,
    /// The platform's row for us was missing in the last reading.
    pub missing_once: bool,
    rejoin: Option<Duration>,
    /// An earlier join of ours may have been carried out: being in it already is our own doing then.
    in_doubt: bool,
    /// Nothing before the sign-in under way can have put us into it.
    pub newly_entered: bool,
    pub joined: Duration,
    /// When the next reading is due.
    pub due: Duration,
    pub setting: Option<super::wish::Setting>,
}

/// When what was read was asked for: it says nothing of later.
#[derive(Clone, Copy, Debug)]
pub(super) struct Read {
    pub wall: Timestamp,
    pub mono: Duration,
}

impl Queue {
    fn new(name: QueueName) -> Self {
        Self {
            name,
            membership: Membership::Joining,
            seat: None,
            others: Others::default(),
            read: None,
            problem: None,
            missing_once: false,
            rejoin: None,
            in_doubt: false,
            newly_entered: false,
            joined: Duration::ZERO,
            due: Duration::ZERO,
            setting: None,
        }
    }

    pub fn is_in(&self) -> bool {
        self.membership == Membership::In
    }

    /// Not joined because of the phone; joined once it is seen to be there.
    pub fn waits_for_phone(&self) -> bool {
        use ProblemCode::{ExtensionDisabled, ExtensionUnknown, PhoneNotRegistered};
        let of_the_phone = |problem: &Problem| matches!(problem.code, PhoneNotRegistered | ExtensionDisabled | ExtensionUnknown);
        matches!(&self.membership, Membership::Failed { problem } if of_the_phone(problem))
    }

    pub fn read(&self) -> Option<Read> {
        self.read
    }

    /// What was read counts: it is not old, and the last question was answered.
    pub fn is_fresh(&self, now: Now) -> bool {
        self.problem.is_none() && self.read.is_some_and(|read| now.mono < read.mono + STALE)
    }

    /// Forget what was read, but not that we are signed in: the next reading says.
    pub fn forget(&mut self) {
        self.read = None;
        self.problem = None;
    }

    pub fn view(&self, remark: String, setting: Option<SettingView>) -> QueueView {
        let seat = self.seat.as_ref();
        QueueView {
            name: self.name.clone(),
            remark,
            membership: self.membership.clone(),
            seat: seat.map(|seat| seat.state),
            changed_at: seat.and_then(|seat| seat.changed_at),
            last_answer_at: seat.and_then(|seat| seat.last_answer_at),
            answered: seat.map_or(0, |seat| seat.answered),
            missed: seat.map_or(0, |seat| seat.missed),
            misses_left: seat.filter(|seat| seat.max_misses > 0).map(|seat| seat.max_misses.saturating_sub(seat.missed)),
            wrap_up_seconds: seat.map_or(0, |seat| seat.wrap_up_seconds),
            others: self.others,
            read_at: self.read.map(|read| read.wall),
            problem: self.problem.clone(),
            setting,
        }
    }
}

impl Session {
    pub(super) fn agent(&self) -> Agent {
        self.saved.agent.clone().unwrap_or_default()
    }

    pub(super) fn queue(&mut self, name: &QueueName) -> Option<&mut Queue> {
        self.queues.iter_mut().find(|queue| queue.name == *name)
    }

    pub(super) fn joined_queues(&self) -> Vec<QueueName> {
        self.queues.iter().filter(|queue| queue.is_in()).map(|queue| queue.name.clone()).collect()
    }

    pub(super) fn failed_queues(&self) -> Vec<QueueName> {
        self.queues.iter().filter(|queue| matches!(queue.membership, Membership::Failed { .. })).map(|queue| queue.name.clone()).collect()
    }

    pub(super) fn join(&mut self, name: QueueName, now: Now, out: &mut Vec<Effect>) {
        if !self.sign_in.is_in() || self.is_asking(&About::Join(name.clone())) {
            return;
        }
        let in_doubt = self.saved.joining.contains(&(self.own_extension(), name.clone()));
        match self.queue(&name) {
            Some(queue) if queue.is_in() => return,
            Some(queue) => {
                queue.membership = Membership::Joining;
                queue.rejoin = None;
                queue.in_doubt = in_doubt;
            }
            None => self.queues.push(Queue { in_doubt, ..Queue::new(name.clone()) }),
        }
        if let Some(agent) = &mut self.saved.agent
            && !agent.queues.contains(&name)
        {
            agent.queues.push(name.clone());
            self.save(out);
        }
        if self.waits_for_leave(&name, out) {
            return;
        }
        let newly_entered = self.enters(&name, out);
        if let Some(queue) = self.queue(&name) {
            queue.newly_entered = newly_entered;
        }
        let request = Request::JoinQueue { queue: name.clone(), agent: self.agent() };
        self.ask(request, About::Join(name), now, out);
    }

    /// From now on nobody knows whether we are in it, until the platform has answered.
    pub(super) fn join_sent(&mut self, name: &QueueName, out: &mut Vec<Effect>) {
        let joining = (self.own_extension(), name.clone());
        if !self.saved.joining.contains(&joining) {
            self.saved.joining.push(joining);
            self.save(out);
        }
    }

    fn join_known(&mut self, name: &QueueName, out: &mut Vec<Effect>) {
        let joining = (self.own_extension(), name.clone());
        if self.saved.joining.contains(&joining) {
            self.saved.joining.retain(|other| *other != joining);
            self.save(out);
        }
    }

    pub(super) fn joined(&mut self, name: &QueueName, already: bool, now: Now, out: &mut Vec<Effect>) {
        let Some(queue) = self.queue(name) else { return };
        queue.membership = Membership::In;
        queue.missing_once = false;
        queue.joined = now.mono;
        queue.due = now.mono;
        queue.forget();
        let in_doubt = queue.in_doubt;
        let was_left = self.owed.take_left(name) || in_doubt;
        self.join_known(name, out);
        self.ledger.enter(LedgerEntry::QueueJoined { queue: name.clone(), already }, out);
        if already && !was_left {
            // Signed in since before: what the platform says of the state is kept.
            return;
        }
        let wish = match (self.wish.made_here(), self.saved.settings.after_sign_in) {
            (Some(wish), _) => wish,
            (None, SignInPolicy::Busy) => self.wish.busy().unwrap_or(Availability::Busy { reason: None }),
            (None, SignInPolicy::Available) => Availability::Available,
        };
        self.wish_for_queue(name, wish, now, out);
    }

    pub(super) fn join_failed(&mut self, name: &QueueName, problem: Problem, now: Now, out: &mut Vec<Effect>) {
        let is_unknown = is_fate_unknown(&problem);
        if self.queue(name).is_some_and(|queue| queue.newly_entered) && !is_unknown {
            self.is_out_of(name, out);
        }
        let phone = match problem.code {
            ProblemCode::ExtensionUnknown => Some(Phone::NotFound),
            ProblemCode::ExtensionDisabled => Some(Phone::Disabled),
            ProblemCode::PhoneNotRegistered => Some(Phone::NotRegistered),
            _ => None,
        };
        if let Some(phone) = phone {
            self.phone.say(phone, now);
        }
        let again = problem.retryable || is_unknown || problem.code == ProblemCode::PhoneNotRegistered;
        let rejoin = again.then(|| self.rejoin_at(name, now));
        let Some(queue) = self.queue(name) else { return };
        queue.rejoin = rejoin;
        queue.membership = Membership::Failed { problem };
        queue.newly_entered = false;
        if !queue.in_doubt && !is_unknown {
            self.join_known(name, out);
        }
    }

    fn rejoin_at(&self, name: &QueueName, now: Now) -> Duration {
        self.budget.paused_until(&About::Join(name.clone())).max(now.mono + Duration::from_secs(1))
    }

    /// What the phone was read to be: once it is there, the queues that waited for it are joined.
    pub(super) fn phone_seen(&mut self, phone: Phone, now: Now, out: &mut Vec<Effect>) {
        let before = self.phone.seen(phone);
        if phone != Phone::Ready {
            return;
        }
        let is_news = !matches!(before, Phone::Ready | Phone::Unknown);
        let waiting: Vec<QueueName> = self.queues.iter().filter(|queue| queue.waits_for_phone()).map(|queue| queue.name.clone()).collect();
        for name in waiting {
            if is_news {
                self.budget.hurry(&About::Join(name.clone()));
                self.join(name, now, out);
                continue;
            }
            let at = self.rejoin_at(&name, now);
            if let Some(queue) = self.queue(&name) {
                queue.rejoin.get_or_insert(at);
            }
        }
    }

    pub(super) fn leave(&mut self, name: &QueueName, now: Now, out: &mut Vec<Effect>) {
        if let Some(agent) = &mut self.saved.agent {
            agent.queues.retain(|queue| queue != name);
        }
        self.save(out);
        if !self.saved.entered.contains(name) {
            // Never got in: nothing to take back at the platform.
            self.queues.retain(|queue| queue.name != *name);
            return;
        }
        self.goes_out(name, now, out);
    }

    /// Out of this queue at the platform; owed until it has said so.
    pub(super) fn goes_out(&mut self, name: &QueueName, now: Now, out: &mut Vec<Effect>) {
        self.owe_leave(name, now, out);
        if let Some(queue) = self.queue(name) {
            queue.membership = Membership::Leaving;
            queue.setting = None;
            queue.rejoin = None;
        }
    }

    /// The platform keeps us in: still wished for, since the next start must not believe otherwise.
    pub(super) fn stays_in(&mut self, name: &QueueName, problem: Problem, out: &mut Vec<Effect>) {
        if let Some(agent) = &mut self.saved.agent
            && !agent.queues.contains(name)
        {
            agent.queues.push(name.clone());
        }
        self.save(out);
        if let Some(queue) = self.queue(name) {
            queue.membership = Membership::In;
            queue.problem = Some(problem);
        }
    }

    pub(super) fn queues_deadline(&self) -> Option<Duration> {
        self.queues.iter().filter_map(|queue| queue.rejoin).filter(|_| self.sign_in.is_in()).min()
    }

    pub(super) fn settle_queues(&mut self, now: Now, out: &mut Vec<Effect>) {
        if !self.sign_in.is_in() {
            return;
        }
        let is_due = |queue: &&mut Queue| queue.rejoin.is_some_and(|at| at <= now.mono);
        let due: Vec<QueueName> = self
            .queues
            .iter_mut()
            .filter(is_due)
            .map(|queue| {
                queue.rejoin = None;
                queue.name.clone()
            })
            .collect();
        for name in due {
            self.join(name, now, out);
        }
    }
}
