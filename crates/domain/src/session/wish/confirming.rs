//! What readings make of a wish: confirmed, contradicted, to be shown after a call, or past.

use std::time::Duration;

use super::{
    super::{Session, account::SignIn, queues::Queue},
    CONFIRM_WITHIN, Setting, Stage,
};
use crate::{Availability, Effect, NoticeKind, Now, Problem, ProblemCode, QueueName, SeatState, Set, SetBy, WishProgress};

/// The platform may take this long until its readings show what it accepted.
const SHOWS_WITHIN: Duration = Duration::from_secs(3);

/// What came with a reading.
#[derive(Clone, Copy, Debug)]
pub(in crate::session) struct SeatNews {
    pub asked_at: Duration,
    /// Whether calls are taken is not as it was.
    pub changed: bool,
    /// The platform was not heard for a while before.
    pub lost: bool,
}

/// What a reading says of a wish.
enum Verdict {
    Confirms,
    Contradicts,
    /// In a call, the platform's one word for the seat does not say whether it is paused (N18).
    InCall,
    /// A word that says nothing of it (N7).
    Unknown,
}

fn verdict(wish: &Availability, state: SeatState) -> Verdict {
    match (wish, state) {
        (_, SeatState::Receiving | SeatState::Talking) => Verdict::InCall,
        (_, SeatState::Other(_)) => Verdict::Unknown,
        (Availability::Busy { .. }, SeatState::Paused) => Verdict::Confirms,
        (Availability::Available, SeatState::Paused) => Verdict::Contradicts,
        (Availability::Busy { .. }, SeatState::Waiting | SeatState::DidNotAnswer | SeatState::Rejected) => Verdict::Contradicts,
        (Availability::Available, SeatState::Waiting | SeatState::DidNotAnswer | SeatState::Rejected) => Verdict::Confirms,
    }
}

impl Session {
    /// A reading of this queue arrived.
    pub(in crate::session) fn seat_read(&mut self, name: &QueueName, news: SeatNews, now: Now, out: &mut Vec<Effect>) {
        self.find_overtaken(name, news, now, out);
        let Some(wish) = self.wish.wish.clone() else { return };
        let overdue = self.wish.is_overdue();
        let asked_at = news.asked_at;
        let Some(queue) = self.queue(name) else { return };
        let Some(state) = queue.seat.as_ref().map(|seat| seat.state) else { return };
        if let Some(Setting { stage, .. }) = &mut queue.setting
            && let Stage::Accepted(at) = stage
        {
            match verdict(&wish, state) {
                _ if asked_at < *at => queue.due = now.mono,
                Verdict::Confirms => *stage = Stage::Confirmed,
                Verdict::Contradicts if overdue && asked_at >= *at + SHOWS_WITHIN => {
                    *stage = Stage::Failed(Problem::new(ProblemCode::NotConfirmed, "", true))
                }
                Verdict::Contradicts | Verdict::InCall | Verdict::Unknown => {}
            }
        }
        self.judge(now, out);
    }

    /// What the platform says against a wish that was fulfilled, somebody set there, or it benched us (N19): the wish is past.
    fn find_overtaken(&mut self, name: &QueueName, news: SeatNews, now: Now, out: &mut Vec<Effect>) {
        let (id, is_open) = (self.wish.id(), self.wish.is_open());
        let wish = self.wish.wish.clone();
        let Some(queue) = self.queue(name).filter(|_| !is_open) else { return };
        let Some(seat) = &queue.seat else { return };
        let overtaken = match &wish {
            Some(wish) => {
                let refused = matches!(&queue.setting, Some(Setting { wish, stage: Stage::Failed(_) }) if *wish == id);
                !refused && matches!(verdict(wish, seat.state), Verdict::Contradicts)
            }
            None => news.changed,
        };
        if !overtaken {
            return;
        }
        if news.lost && matches!(wish, Some(Availability::Busy { .. })) {
            // Who was busy before a short loss of connection shall not be called after it.
            self.wish.repeat();
            self.tell(name, now);
            return;
        }
        let at = seat.changed_at.filter(|at| *at <= now.wall).unwrap_or(now.wall);
        self.wish.wish = None;
        self.wish.set = Some(Set { by: SetBy::Platform, at });
        self.save_wish(out);
    }

    /// What the queues' stages make of the wish as a whole.
    pub(super) fn judge(&mut self, now: Now, out: &mut Vec<Effect>) {
        if !self.wish.is_open() {
            return;
        }
        let stages: Vec<(&QueueName, &Stage)> = self
            .queues
            .iter()
            .filter(|queue| queue.is_in())
            .filter_map(|queue| queue.setting.as_ref().filter(|set| set.wish == self.wish.id()).map(|set| (&queue.name, &set.stage)))
            .collect();
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
        let Some(wish) = &self.wish.wish else { return };
        let accepted = |queue: &&Queue| matches!(&queue.setting, Some(Setting { stage: Stage::Accepted(_), .. }));
        let mut seats = self.queues.iter().filter(|queue| queue.is_in()).filter(accepted).map(|queue| queue.seat.as_ref());
        let in_call = seats.all(|seat| seat.is_some_and(|seat| matches!(verdict(wish, seat.state), Verdict::InCall)));
        if in_call {
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
        // What the platform has said since it accepted the wish is its answer.
        let Some(wish) = self.wish.wish.clone() else { return };
        for queue in self.queues.iter_mut().filter(|queue| queue.is_in()) {
            let read = queue.read().map(|read| read.mono);
            let state = queue.seat.as_ref().map(|seat| seat.state);
            if let Some(Setting { stage, .. }) = &mut queue.setting
                && let Stage::Accepted(at) = stage
                && read.is_some_and(|read| read >= *at + SHOWS_WITHIN)
                && state.is_some_and(|state| matches!(verdict(&wish, state), Verdict::Contradicts))
            {
                *stage = Stage::Failed(Problem::new(ProblemCode::NotConfirmed, "", true));
            }
        }
        self.judge(now, out);
    }
}
