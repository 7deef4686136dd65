//! Joining queues, trying again after failures, and leaving queues.

use std::time::Duration;

use super::{Purpose, Session, owed::is_fate_unknown, seat::OwnSeat};
use crate::{Effect, LedgerEntry, Membership, Now, Phone, Problem, ProblemCode, QueueName, Request, SignInPolicy, Wish};

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
            self.queues_chosen();
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

    /// The sign-in was sent: until it is answered, the agent may or may not be in the queue.
    pub(super) fn join_sent(&mut self, name: &QueueName, out: &mut Vec<Effect>) {
        let joining = (self.own_extension(), name.clone());
        if !self.saved.joining.contains(&joining) {
            self.saved.joining.push(joining);
            self.save(out);
        }
    }

    /// The sign-in's outcome is known.
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
            // The agent was in the queue before, so the seat's state is left as it is.
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

    /// Notes the state of the phone. When the phone becomes ready, the queues that waited for it are joined.
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
        self.queues_chosen();
        self.save(out);
        if !self.saved.entered.contains(name) {
            // The agent was never in the queue, so the platform needs no request.
            self.seats.remove(name);
            return;
        }
        self.goes_out(name, now, out);
    }

    /// Leaves this queue at the platform; a debt until the platform has confirmed it.
    pub(super) fn goes_out(&mut self, name: &QueueName, now: Now, out: &mut Vec<Effect>) {
        self.owe_leave(name, now, out);
        if let Some(seat) = self.seats.of_mut(name) {
            seat.leaving();
        }
    }

    /// Sends the sign-in to a queue that waited for the answer to a leave.
    pub(super) fn join_after_leave(&mut self, left: Option<QueueName>, now: Now, out: &mut Vec<Effect>) {
        let Some(queue) = left else { return };
        let waits = self.seats.of(&queue).is_some_and(|seat| *seat.membership() == Membership::Joining);
        if waits && self.sign_in.is_in() && !self.is_asking(&Purpose::Join(queue.clone())) {
            self.join(queue, now, out);
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
