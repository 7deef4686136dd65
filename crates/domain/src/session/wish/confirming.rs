//! What answers and readings do to a wish: accept it, confirm it, contradict it, leave it open until a call ends, or overrule it.

use std::time::Duration;

use super::{
    super::{
        Session,
        seat::{News, OwnSeat, Stage},
        sign_in::SignIn,
    },
    CONFIRM_WITHIN,
};
use crate::{Effect, NoticeKind, Now, Problem, ProblemCode, QueueName, Set, SetBy, WishProgress};

impl Session {
    /// The platform answered a wish that was sent for this queue.
    pub(in crate::session) fn wish_answered(
        &mut self,
        name: &QueueName,
        wish: u64,
        problem: Option<Problem>,
        now: Now,
        out: &mut Vec<Effect>,
    ) {
        let in_time = now.mono < self.wish.deadline;
        let Some(seat) = self.seats.of_mut(name) else { return };
        if wish == self.wish.id {
            // Whoever is told at once that the gateway is away can act; a change that comes later, unseen, would surprise.
            let may_wait = |problem: &Problem| problem.retryable && problem.code != ProblemCode::GatewayUnreachable;
            let again = problem.as_ref().is_some_and(may_wait) && in_time;
            seat.wish_answered(wish, problem, again, now);
        }
        self.judge(now, out);
    }

    /// The sign-in was given up: seats that have not confirmed the wish will not do so.
    pub(in crate::session) fn give_up_wish(&mut self, problem: &Problem, now: Now, out: &mut Vec<Effect>) {
        if self.wish.is_open() {
            self.seats.give_up_wish(self.wish.id, problem);
            self.judge(now, out);
        }
    }

    pub(in crate::session) fn compare_wish(&mut self, name: &QueueName, news: News, now: Now, out: &mut Vec<Effect>) {
        self.find_overtaken(name, news, now, out);
        let is_overdue = self.wish.is_overdue();
        let Some(wish) = &self.wish.wish else { return };
        let Some(seat) = self.seats.of_mut(name) else { return };
        seat.compare(wish, news.asked_at, is_overdue, now);
        self.judge(now, out);
    }

    /// The platform contradicts a wish that was fulfilled: somebody changed the seat there, or the queue paused the agent after missed
    /// calls (N19). The wish is overruled.
    fn find_overtaken(&mut self, name: &QueueName, news: News, now: Now, out: &mut Vec<Effect>) {
        if self.wish.is_open() {
            return;
        }
        let Some(seat) = self.seats.of(name) else { return };
        let overtaken = match &self.wish.wish {
            Some(wish) => !matches!(seat.stage(self.wish.id), Some(Stage::Failed(_))) && seat.contradicts(wish),
            None => news.is_changed(),
        };
        if !overtaken {
            return;
        }
        if news.lost && self.wish.asks_for_busy() {
            // An agent who was busy before a short loss of the connection must not get calls after it.
            self.wish.repeat();
            self.tell(name, now);
            return;
        }
        let at = seat.changed_at().filter(|at| *at <= now.wall).unwrap_or(now.wall);
        self.wish.wish = None;
        self.wish.set = Some(Set { by: SetBy::Platform, at });
        self.save_wish(out);
    }

    /// Derives the progress of the wish from the queues' stages.
    fn judge(&mut self, now: Now, out: &mut Vec<Effect>) {
        if !self.wish.is_open() {
            return;
        }
        let stages: Vec<(&QueueName, &Stage)> =
            self.seats.joined().filter_map(|seat| Some((seat.queue(), seat.stage(self.wish.id)?))).collect();
        if stages.iter().any(|(_, stage)| matches!(stage, Stage::Due(_) | Stage::Sent)) {
            return;
        }
        if stages.iter().any(|(_, stage)| matches!(stage, Stage::Accepted(_))) {
            self.await_reading(now);
            return;
        }
        let failed: Vec<(QueueName, Problem)> = stages
            .iter()
            .filter_map(|(name, stage)| match stage {
                Stage::Failed(problem) => Some(((*name).clone(), problem.clone())),
                _ => None,
            })
            .collect();
        let all = failed.len() == stages.len();
        let Some((_, problem)) = failed.first().cloned() else {
            self.wish.progress = WishProgress::Settled;
            return;
        };
        let queues: Vec<QueueName> = failed.into_iter().map(|(name, _)| name).collect();
        if let Some(wish) = self.wish.wish.clone() {
            self.notices.add(NoticeKind::RolledBack { wish, problem: problem.clone(), queues: queues.clone() }, now.wall);
        }
        self.wish.progress = WishProgress::RolledBack { problem, queues };
        // If no queue accepted the wish, it is void; if some did, it holds for them.
        if all {
            self.wish.roll_back();
            self.save_wish(out);
        }
    }

    /// Only a reading is missing; if all these seats are in a call, a reading can confirm nothing before the call's end.
    fn await_reading(&mut self, now: Now) {
        if self.wish.wish.is_none() {
            return;
        }
        if self.seats.joined().filter(|seat| seat.has_accepted()).all(OwnSeat::is_in_call) {
            self.wish.progress = WishProgress::AfterCall;
        } else if self.wish.progress == WishProgress::AfterCall {
            self.wish.progress = WishProgress::Pending;
            self.wish.deadline = now.mono + CONFIRM_WITHIN;
        }
    }

    pub(in crate::session) fn wish_deadline(&self) -> Option<Duration> {
        (self.wish.progress == WishProgress::Pending).then_some(self.wish.deadline)
    }

    pub(in crate::session) fn settle_wish(&mut self, now: Now, out: &mut Vec<Effect>) {
        if let SignIn::Failed { problem, next, .. } = &self.sign_in
            && (next.is_none() || now.mono >= self.wish.deadline)
        {
            // It is unknown when the wish could be sent, and the agent may be gone by then.
            let problem = problem.clone();
            self.give_up_wish(&problem, now, out);
        }
        if let Some(problem) = self.gateway_problem() {
            self.seats.refuse_wish(self.wish.id, &problem);
        }
        self.judge(now, out);
        if self.wish.progress != WishProgress::Pending || now.mono < self.wish.deadline {
            return;
        }
        self.wish.progress = WishProgress::Overdue;
        let Some(wish) = &self.wish.wish else { return };
        self.seats.joined_mut().for_each(|seat| seat.wish_overdue(wish));
        self.judge(now, out);
    }
}
