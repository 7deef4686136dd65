//! Busy and available: the agent's wish, and its stage in each queue (N14).
//!
//! A wish is sent to every queue that the agent is signed in to. Each queue gets one request at a time, so that the last wish also
//! arrives last. Only a reading that was asked for after the platform accepted the wish confirms it; the acceptance does not.

mod confirming;

use std::time::Duration;

use super::{
    Asked, Purpose, Session,
    seat::{OwnSeat, Stage},
};
use crate::{Effect, LedgerEntry, Now, QueueName, Request, SavedState, Set, SetBy, Timestamp, Wish, WishProgress, WishView};

/// A wish that is not confirmed within this time is shown as not confirmed.
const CONFIRM_WITHIN: Duration = Duration::from_secs(10);

#[derive(Debug)]
pub(super) struct CurrentWish {
    id: u64,
    wish: Option<Wish>,
    set: Option<Set>,
    /// The wish that held before; kept while the present one is open, in case it is rolled back.
    before: (Option<Wish>, Option<Set>),
    /// The wish was made in this run; a restored wish is not imposed on a queue that the agent joins.
    made_here: bool,
    progress: WishProgress,
    deadline: Duration,
}

impl CurrentWish {
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

    pub fn made_here(&self) -> Option<Wish> {
        self.wish.clone().filter(|_| self.made_here)
    }

    fn make(&mut self, wish: Wish, set: Set) {
        if !self.is_open() {
            self.before = (self.wish.take(), self.set);
        }
        self.id += 1;
        self.wish = Some(wish);
        self.set = Some(set);
        self.made_here = true;
        self.progress = WishProgress::Settled;
    }

    /// The same wish is sent again; it remains in force as far as it was.
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

    /// Whether this wish is still the current one and asks for busy.
    pub fn is_busy_by(&self, id: u64) -> bool {
        self.id == id && self.asks_for_busy()
    }

    pub fn asks_for_busy(&self) -> bool {
        self.busy().is_some()
    }

    /// The wish, if it asks for busy.
    pub fn busy(&self) -> Option<Wish> {
        self.wish.clone().filter(|wish| matches!(wish, Wish::Busy { .. }))
    }

    /// The wish is neither confirmed nor rolled back.
    pub fn is_open(&self) -> bool {
        self.is_pressing() || self.progress == WishProgress::AfterCall
    }

    /// The wish waits for the platform, so that readings are needed often.
    pub fn is_pressing(&self) -> bool {
        matches!(self.progress, WishProgress::Pending | WishProgress::Overdue)
    }

    pub fn is_overdue(&self) -> bool {
        self.progress == WishProgress::Overdue
    }

    /// The last confirmed wish.
    fn held(&self) -> Option<&Wish> {
        if self.is_open() { self.before.0.as_ref() } else { self.wish.as_ref() }
    }

    /// The reason of the last confirmed wish, if it is busy with a reason.
    pub fn held_reason(&self) -> Option<String> {
        match self.held() {
            Some(Wish::Busy { reason }) => reason.clone(),
            _ => None,
        }
    }

    pub fn view(&self, confirmed_at: Option<Timestamp>) -> WishView {
        WishView { id: self.id, wish: self.wish.clone(), set: self.set, progress: self.progress.clone(), confirmed_at }
    }
}

impl Session {
    pub(super) fn set_wish(&mut self, wish: Wish, by: SetBy, now: Now, out: &mut Vec<Effect>) {
        self.notices.wish_changed();
        self.make_wish(wish, Set { by, at: now.wall }, out);
        let joined: Vec<QueueName> = self.seats.joined().map(|seat| seat.queue().clone()).collect();
        for name in joined {
            self.budget.hurry(&Purpose::Wish { queue: name.clone(), wish: 0 });
            self.tell(&name, now);
        }
    }

    /// Applies the wish in force, or the one of the sign-in policy, to a queue that was just joined.
    pub(super) fn wish_for_queue(&mut self, name: &QueueName, wish: Wish, now: Now, out: &mut Vec<Effect>) {
        if self.wish.wish.as_ref() != Some(&wish) {
            self.make_wish(wish, Set { by: SetBy::SignIn, at: now.wall }, out);
        } else {
            self.wish.repeat();
        }
        self.tell(name, now);
    }

    fn make_wish(&mut self, wish: Wish, set: Set, out: &mut Vec<Effect>) {
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

    /// Whether a reading of at least one queue showed the wish.
    pub(super) fn is_wish_confirmed(&self) -> bool {
        self.seats.joined().any(|seat| matches!(seat.stage(self.wish.id), Some(Stage::Confirmed)))
    }

    fn tell(&mut self, name: &QueueName, now: Now) {
        self.wish.progress = WishProgress::Pending;
        self.wish.deadline = now.mono + CONFIRM_WITHIN;
        if let Some(seat) = self.seats.of_mut(name) {
            seat.tell(self.wish.id, now);
        }
    }

    /// The wishes to be sent as soon as the budget allows; one request per queue at a time.
    pub(super) fn due_wishes(&self) -> Vec<(QueueName, Duration)> {
        let is_under_way = |name: &QueueName| {
            let of_queue = |asked: &Asked| matches!(&asked.purpose, Purpose::Wish { queue, .. } if queue == name);
            self.asked.values().any(of_queue)
        };
        let due = |seat: &OwnSeat| seat.wish_due().filter(|_| !is_under_way(seat.queue())).map(|at| (seat.queue().clone(), at));
        self.seats.joined().filter_map(due).collect()
    }

    pub(super) fn send_wish(&mut self, name: &QueueName, now: Now, out: &mut Vec<Effect>) {
        let Some(seat) = self.seats.of_mut(name) else { return };
        let Some(wish) = &self.wish.wish else {
            // It was rolled back or overruled while the agent was out of this queue.
            return seat.forget_wish();
        };
        let busy = matches!(wish, Wish::Busy { .. });
        let id = self.wish.id;
        seat.wish_sent();
        let request = Request::SetSeat { queue: name.clone(), agent: self.agent(), busy };
        self.send(request, Purpose::Wish { queue: name.clone(), wish: id }, now, out);
    }

    /// The wish is open, and this queue has not confirmed it.
    pub(super) fn is_changing(&self, name: &QueueName) -> bool {
        let stage = self.seats.of(name).and_then(|seat| seat.stage(self.wish.id));
        self.wish.is_open() && stage.is_some_and(|stage| !matches!(stage, Stage::Confirmed))
    }

    /// The platform accepted the wish for this queue, and no reading has shown it yet.
    pub(super) fn is_unconfirmed(&self, name: &QueueName) -> bool {
        let stage = self.seats.of(name).and_then(|seat| seat.stage(self.wish.id));
        self.wish.is_pressing() && matches!(stage, Some(Stage::Accepted(_)))
    }
}
