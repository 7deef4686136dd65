//! Busy and idle: the wish, and what becomes of it in each queue (N14).
//!
//! A wish is sent to every queue signed in to, one request a queue at a time, so that the last wish is also the last to
//! arrive. It is confirmed by a reading that was asked for after the platform accepted it, never by the acceptance.

mod confirming;

use std::time::Duration;

use super::{About, Asked, Session, queues::Queue};
use crate::{
    Availability, AvailabilityView, Effect, LedgerEntry, Now, Problem, QueueName, Request, SavedState, Set, SetBy, SettingView, Timestamp,
    WishProgress,
};

/// A wish that is not confirmed by then is shown as such.
pub(super) const CONFIRM_WITHIN: Duration = Duration::from_secs(10);

pub(super) use confirming::SeatNews;

#[derive(Debug)]
pub(super) struct Wish {
    id: u64,
    pub wish: Option<Availability>,
    pub set: Option<Set>,
    /// What held before, while the wish is open.
    before: (Option<Availability>, Option<Set>),
    /// In this run; a restored one is not imposed on a queue that is joined anew.
    made_here: bool,
    pub progress: WishProgress,
    pub deadline: Duration,
}

/// What one queue has been told of the wish.
#[derive(Clone, Debug)]
pub(super) struct Setting {
    pub wish: u64,
    pub stage: Stage,
}

#[derive(Clone, Debug)]
pub(super) enum Stage {
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
    pub(super) fn repeat(&mut self) {
        if !self.is_open() {
            self.before = (self.wish.clone(), self.set);
        }
    }

    pub(super) fn roll_back(&mut self) {
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

    pub(super) fn save_wish(&mut self, out: &mut Vec<Effect>) {
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

    pub(super) fn tell(&mut self, name: &QueueName, now: Now) {
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
}
