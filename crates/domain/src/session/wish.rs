//! Busy and idle: the wish, and what becomes of it in each queue (N14).
//!
//! A wish is sent to every queue signed in to, one request a queue at a time, so that the last wish is also the last to
//! arrive. It is confirmed by a reading that was asked for after the platform accepted it, never by the acceptance.

use std::time::Duration;

use super::{About, Asked, Session, account::SignIn, queues::Queue};
use crate::{
    Availability, AvailabilityView, Effect, LedgerEntry, NoticeKind, Now, Problem, ProblemCode, QueueName, Request, SavedState, SeatState,
    Set, SetBy, SettingView, Timestamp, WishProgress,
};

/// A wish that is not confirmed by then is shown as such.
const CONFIRM_WITHIN: Duration = Duration::from_secs(10);
/// The platform may take this long until its readings show what it accepted.
const SHOWS_WITHIN: Duration = Duration::from_secs(3);

#[derive(Debug)]
pub(super) struct Wish {
    id: u64,
    wish: Option<Availability>,
    set: Option<Set>,
    /// What held before, while the wish is open.
    before: (Option<Availability>, Option<Set>),
    /// In this run; a restored one is not imposed on a queue that is joined anew.
    made_here: bool,
    progress: WishProgress,
    deadline: Duration,
}

/// What one queue has been told of the wish.
#[derive(Clone, Debug)]
pub(super) struct Setting {
    wish: u64,
    stage: Stage,
}

#[derive(Clone, Debug)]
enum Stage {
    /// To be sent at this time.
    Due(Duration),
    Sent,
    Accepted(Duration),
    Confirmed,
    Failed(Problem),
}

impl Wish {
    pub fn restored(saved: &SavedState) -> Self {
        Self {
            id: 0,
            wish: saved.wish.clone(),
            set: saved.set,
            before: (None, None),
            made_here: false,
            progress: WishProgress::Settled,
            deadline: Duration::ZERO,
        }
    }

    pub fn made_here(&self) -> Option<Availability> {
        self.wish.clone().filter(|_| self.made_here)
    }

    fn make(&mut self, wish: Availability, set: Set) {
        if !self.is_open() {
            self.before = (self.wish.take(), self.set);
        }
        self.id += 1;
        self.wish = Some(wish);
        self.set = Some(set);
        self.made_here = true;
        self.progress = WishProgress::Settled;
    }

    /// The same wish once more: it holds meanwhile, as far as it did.
    fn repeat(&mut self) {
        if !self.is_open() {
            self.before = (self.wish.clone(), self.set);
        }
    }

    fn roll_back(&mut self) {
        (self.wish, self.set) = std::mem::take(&mut self.before);
    }

    pub fn id(&self) -> u64 {
        self.id
    }

    /// The wish of this id stands, and is to be busy.
    pub fn is_busy_by(&self, id: u64) -> bool {
        self.id == id && self.asks_for_busy()
    }

    pub fn asks_for_busy(&self) -> bool {
        self.busy().is_some()
    }

    /// The wish, where it is to be busy.
    pub fn busy(&self) -> Option<Availability> {
        self.wish.clone().filter(|wish| matches!(wish, Availability::Busy { .. }))
    }

    /// Neither confirmed nor rolled back.
    pub fn is_open(&self) -> bool {
        self.is_pressing() || self.progress == WishProgress::AfterCall
    }

    /// Under way: readings are wanted often.
    pub fn is_pressing(&self) -> bool {
        matches!(self.progress, WishProgress::Pending | WishProgress::Overdue)
    }

    pub fn is_overdue(&self) -> bool {
        self.progress == WishProgress::Overdue
    }

    /// What was wished for and confirmed.
    fn held(&self) -> Option<&Availability> {
        if self.is_open() { self.before.0.as_ref() } else { self.wish.as_ref() }
    }

    /// The reason of ours, where busy with one was confirmed.
    pub fn held_reason(&self) -> Option<String> {
        match self.held() {
            Some(Availability::Busy { reason }) => reason.clone(),
            _ => None,
        }
    }

    pub fn view(&self, confirmed_at: Option<Timestamp>) -> AvailabilityView {
        AvailabilityView { wish_id: self.id, wish: self.wish.clone(), set: self.set, progress: self.progress.clone(), confirmed_at }
    }
}

/// What came with a reading.
#[derive(Clone, Copy, Debug)]
pub(super) struct SeatNews {
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
    pub(super) fn set_availability(&mut self, wish: Availability, by: SetBy, now: Now, out: &mut Vec<Effect>) {
        self.notices.wish_changed();
        self.make_wish(wish, Set { by, at: now.wall }, out);
        for name in self.joined_queues() {
            self.budget.hurry(&About::Seat { queue: name.clone(), wish: 0 });
            self.tell(&name, now);
        }
    }

    /// The wish that holds (or the policy's) for a queue that was just joined.
    pub(super) fn wish_for_queue(&mut self, name: &QueueName, wish: Availability, now: Now, out: &mut Vec<Effect>) {
        if self.wish.wish.as_ref() != Some(&wish) {
            self.make_wish(wish, Set { by: SetBy::SignIn, at: now.wall }, out);
        } else {
            self.wish.repeat();
        }
        self.tell(name, now);
    }

    fn make_wish(&mut self, wish: Availability, set: Set, out: &mut Vec<Effect>) {
        let state = (&wish).into();
        self.wish.make(wish, set);
        self.ledger.enter(LedgerEntry::Wished { wish: self.wish.id, state, by: set.by }, out);
        self.save_wish(out);
    }

    fn save_wish(&mut self, out: &mut Vec<Effect>) {
        self.saved.wish.clone_from(&self.wish.wish);
        self.saved.set = self.wish.set;
        self.save(out);
    }

    pub(super) fn wish_progress(&self) -> (u64, &WishProgress) {
        (self.wish.id, &self.wish.progress)
    }

    /// A reading of some queue showed it.
    pub(super) fn is_wish_confirmed(&self) -> bool {
        let confirmed = |set: &Setting| set.wish == self.wish.id && matches!(set.stage, Stage::Confirmed);
        self.queues.iter().any(|queue| queue.is_in() && queue.setting.as_ref().is_some_and(confirmed))
    }

    fn tell(&mut self, name: &QueueName, now: Now) {
        let wish = self.wish.id;
        self.wish.progress = WishProgress::Pending;
        self.wish.deadline = now.mono + CONFIRM_WITHIN;
        if let Some(queue) = self.queue(name) {
            queue.setting = Some(Setting { wish, stage: Stage::Due(now.mono) });
        }
    }

    /// What is to be sent as soon as the budget has a turn for it; one request a queue at a time.
    pub(super) fn due_settings(&self) -> Vec<(QueueName, Duration)> {
        let is_under_way = |name: &QueueName| {
            let of_queue = |asked: &Asked| matches!(&asked.about, About::Seat { queue, .. } if queue == name);
            self.asked.values().any(of_queue)
        };
        let due = |queue: &Queue| match &queue.setting {
            Some(Setting { stage: Stage::Due(at), .. }) if !is_under_way(&queue.name) => Some((queue.name.clone(), *at)),
            _ => None,
        };
        self.queues.iter().filter(|queue| queue.is_in()).filter_map(due).collect()
    }

    pub(super) fn send_setting(&mut self, name: &QueueName, now: Now, out: &mut Vec<Effect>) {
        let Some(wish) = &self.wish.wish else { return };
        let busy = matches!(wish, Availability::Busy { .. });
        let id = self.wish.id;
        if let Some(Setting { stage, .. }) = self.queue(name).and_then(|queue| queue.setting.as_mut()) {
            *stage = Stage::Sent;
        }
        let request = Request::SetSeat { queue: name.clone(), agent: self.agent(), busy };
        self.send(request, About::Seat { queue: name.clone(), wish: id }, now, out);
    }

    /// The wish is open, and this queue was told of it and does not show it yet.
    pub(super) fn is_changing(&self, name: &QueueName) -> bool {
        let is_unsettled = |set: &Setting| set.wish == self.wish.id && !matches!(set.stage, Stage::Confirmed);
        let queue = self.queues.iter().find(|queue| queue.name == *name);
        self.wish.is_open() && queue.and_then(|queue| queue.setting.as_ref()).is_some_and(is_unsettled)
    }

    /// Taken by the platform, and not seen there yet.
    pub(super) fn is_unconfirmed(&self, name: &QueueName) -> bool {
        let accepted = |set: &Setting| set.wish == self.wish.id && matches!(set.stage, Stage::Accepted(_));
        let queue = self.queues.iter().find(|queue| queue.name == *name);
        self.wish.is_pressing() && queue.and_then(|queue| queue.setting.as_ref()).is_some_and(accepted)
    }

    /// What became of the wish in one queue.
    pub(super) fn setting_view(&self, queue: &Queue) -> Option<SettingView> {
        let setting = queue.setting.as_ref().filter(|set| set.wish == self.wish.id && queue.is_in())?;
        Some(match &setting.stage {
            Stage::Due(_) | Stage::Sent => SettingView::Pending,
            Stage::Accepted(_) => SettingView::Accepted,
            Stage::Confirmed => SettingView::Confirmed,
            Stage::Failed(problem) => SettingView::Failed { problem: problem.clone() },
        })
    }

    pub(super) fn seat_answered(&mut self, name: &QueueName, wish: u64, problem: Option<Problem>, now: Now, out: &mut Vec<Effect>) {
        let current = self.wish.id;
        let in_time = now.mono < self.wish.deadline;
        let Some(queue) = self.queue(name) else { return };
        if wish == current {
            let stage = match problem {
                None => Stage::Accepted(now.mono),
                // The budget knows when it is tried again.
                Some(problem) if problem.retryable && in_time => Stage::Due(now.mono),
                Some(problem) => Stage::Failed(problem),
            };
            queue.setting = Some(Setting { wish, stage });
            queue.due = now.mono;
        }
        self.judge(now, out);
    }

    /// Nobody is signed in any more: what is not done yet will not be.
    pub(super) fn give_up_wish(&mut self, problem: &Problem, now: Now, out: &mut Vec<Effect>) {
        if !self.wish.is_open() {
            return;
        }
        let current = self.wish.id;
        for setting in self.queues.iter_mut().filter_map(|queue| queue.setting.as_mut()).filter(|set| set.wish == current) {
            if !matches!(setting.stage, Stage::Confirmed) {
                setting.stage = Stage::Failed(problem.clone());
            }
        }
        self.judge(now, out);
    }

    /// A reading of this queue arrived.
    pub(super) fn seat_read(&mut self, name: &QueueName, news: SeatNews, now: Now, out: &mut Vec<Effect>) {
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
        let (id, is_open) = (self.wish.id, self.wish.is_open());
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
    fn judge(&mut self, now: Now, out: &mut Vec<Effect>) {
        if !self.wish.is_open() {
            return;
        }
        let stages: Vec<(&QueueName, &Stage)> = self
            .queues
            .iter()
            .filter(|queue| queue.is_in())
            .filter_map(|queue| queue.setting.as_ref().filter(|set| set.wish == self.wish.id).map(|set| (&queue.name, &set.stage)))
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

    pub(super) fn wish_deadline(&self) -> Option<Duration> {
        (self.wish.progress == WishProgress::Pending).then_some(self.wish.deadline)
    }

    pub(super) fn settle_wish(&mut self, now: Now, out: &mut Vec<Effect>) {
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
