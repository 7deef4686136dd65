//! Being signed in to queues: joining them, trying again, leaving them.

use std::time::Duration;

use super::{Purpose, Session, owed::is_fate_unknown, seat::OwnSeat};
use crate::{Effect, LedgerEntry, Now, Phone, Problem, ProblemCode, QueueName, Request, SignInPolicy, Wish};

impl Session {
    pub(super) fn join(&mut self, name: QueueName, now: Now, out: &mut Vec<Effect>) {
        if !self.sign_in.is_in() || self.is_asking(&Purpose::Join(name.clone())) {
            return;
        }
        let in_doubt = self.saved.joining.contains(&(self.own_extension(), name.clone()));
        if !self.seats.join(&name, in_doubt) {
            return;
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
        if let Some(seat) = self.seats.of_mut(&name) {
            seat.entering(newly_entered);
        }
        let request = Request::JoinQueue { queue: name.clone(), agent: self.agent() };
        self.ask(request, Purpose::Join(name), now, out);
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
        let Some(seat) = self.seats.of_mut(name) else { return };
        seat.joined(now);
        let in_doubt = seat.is_in_doubt();
        let was_left = self.owed.take_left(name) || in_doubt;
        self.join_known(name, out);
        self.ledger.enter(LedgerEntry::QueueJoined { queue: name.clone(), already }, out);
        if already && !was_left {
            // Signed in since before: what the platform says of the state is kept.
            return;
        }
        let wish = match (self.wish.made_here(), self.saved.settings.after_sign_in) {
            (Some(wish), _) => wish,
            (None, SignInPolicy::Busy) => self.wish.busy().unwrap_or(Wish::Busy { reason: None }),
            (None, SignInPolicy::Available) => Wish::Available,
        };
        self.wish_for_queue(name, wish, now, out);
    }

    pub(super) fn join_failed(&mut self, name: &QueueName, problem: Problem, now: Now, out: &mut Vec<Effect>) {
        let is_unknown = is_fate_unknown(&problem);
        if self.seats.of(name).is_some_and(OwnSeat::is_newly_entered) && !is_unknown {
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
        let Some(seat) = self.seats.of_mut(name) else { return };
        seat.join_failed(problem, rejoin);
        if !seat.is_in_doubt() && !is_unknown {
            self.join_known(name, out);
        }
    }

    fn rejoin_at(&self, name: &QueueName, now: Now) -> Duration {
        self.budget.paused_until(&Purpose::Join(name.clone())).max(now.mono + Duration::from_secs(1))
    }

    /// What the phone was read to be: once it is there, the queues that waited for it are joined.
    pub(super) fn phone_seen(&mut self, phone: Phone, now: Now, out: &mut Vec<Effect>) {
        let before = self.phone.seen(phone);
        if phone != Phone::Ready {
            return;
        }
        let is_news = !matches!(before, Phone::Ready | Phone::Unknown);
        let waiting: Vec<QueueName> = self.seats.all().filter(|seat| seat.waits_for_phone()).map(|seat| seat.queue().clone()).collect();
        for name in waiting {
            if is_news {
                self.budget.hurry(&Purpose::Join(name.clone()));
                self.join(name, now, out);
                continue;
            }
            let at = self.rejoin_at(&name, now);
            if let Some(seat) = self.seats.of_mut(&name) {
                seat.rejoin_by(at);
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
            self.seats.remove(name);
            return;
        }
        self.goes_out(name, now, out);
    }

    /// Out of this queue at the platform; owed until it has said so.
    pub(super) fn goes_out(&mut self, name: &QueueName, now: Now, out: &mut Vec<Effect>) {
        self.owe_leave(name, now, out);
        if let Some(seat) = self.seats.of_mut(name) {
            seat.leaving();
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
        if let Some(seat) = self.seats.of_mut(name) {
            seat.stays_in(problem);
        }
    }

    pub(super) fn queues_deadline(&self) -> Option<Duration> {
        self.seats.rejoin_at().filter(|_| self.sign_in.is_in())
    }

    pub(super) fn settle_queues(&mut self, now: Now, out: &mut Vec<Effect>) {
        if !self.sign_in.is_in() {
            return;
        }
        for name in self.seats.take_rejoins(now) {
            self.join(name, now, out);
        }
    }
}
