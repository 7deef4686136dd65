//! What answers and readings make of a wish: accepted, confirmed, contradicted, to be shown after a call, or past.

use std::time::Duration;

use super::{
    super::{
        Session,
        seat::{News, OwnSeat, Stage},
        sign_in::SignIn,
    },
    CONFIRM_WITHIN,
};
use crate::{Effect, NoticeKind, Now, Problem, QueueName, Set, SetBy, WishProgress};

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
            let again = problem.as_ref().is_some_and(|problem| problem.retryable) && in_time;
            seat.wish_answered(wish, problem, again, now);
        }
        self.judge(now, out);
    }

    /// Nobody is signed in any more: what is not done yet will not be.
    pub(in crate::session) fn give_up_wish(&mut self, problem: &Problem, now: Now, out: &mut Vec<Effect>) {
        if self.wish.is_open() {
            self.seats.give_up_wish(self.wish.id, problem);
            self.judge(now, out);
        }
    }

    /// A reading of this queue arrived.
    pub(in crate::session) fn compare_wish(&mut self, name: &QueueName, news: News, now: Now, out: &mut Vec<Effect>) {
        self.find_overtaken(name, news, now, out);
        let is_overdue = self.wish.is_overdue();
        let Some(wish) = &self.wish.wish else { return };
        let Some(seat) = self.seats.of_mut(name) else { return };
        seat.compare(wish, news.asked_at, is_overdue, now);
        self.judge(now, out);
    }

    /// What the platform says against a wish that was fulfilled, somebody set there, or it benched us (N19): the wish is past.
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
            // Who was busy before a short loss of connection shall not be called after it.
            self.wish.repeat();
            self.tell(name, now);
            return;
        }
        let at = seat.changed_at().filter(|at| *at <= now.wall).unwrap_or(now.wall);
        self.wish.wish = None;
        self.wish.set = Some(Set { by: SetBy::Platform, at });
        self.save_wish(out);
    }

    /// What the queues' stages make of the wish as a whole.
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
        // Where no queue took it, the wish is void; where some did, it stands for those.
        if all {
            self.wish.roll_back();
            self.save_wish(out);
        }
    }

    /// All that is left to wait for is a reading; in a call that cannot come before its end.
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
            // Nobody knows when it could be sent, and who wished for it may be gone by then.
            let problem = problem.clone();
            self.give_up_wish(&problem, now, out);
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
