//! After-call work: how long it lasts, what is required, and what happens to it if the next call comes first.
//!
//! The platform's own time (`wrapuptime`) cannot be changed from here. If the work needs more, Ringside makes the agent busy before that
//! time ends, and available again when the work is finished.

use std::time::Duration;

use super::{Session, calls::Activity};
use crate::{Call, CallId, Edit, Effect, NoteEdit, Now, QueueName, SetBy, Timestamp, Wish, WrapUpRules, WrapUpView};

/// The agent is made busy this long before the platform would give the next call.
const AHEAD: Duration = Duration::from_secs(3);

/// What the agent entered about a call.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Given {
    disposition: bool,
    note: bool,
}

impl Given {
    fn take(&mut self, edit: &NoteEdit) {
        match edit {
            NoteEdit::Text { text } => self.note = !text.trim().is_empty(),
            NoteEdit::Disposition { disposition } => self.disposition = disposition.is_some(),
            NoteEdit::Done { .. } => {}
        }
    }
}

#[derive(Debug)]
pub(super) struct WrapUps {
    rules: WrapUpRules,
    current: Option<WrapUp>,
    /// Until then the platform gives no call.
    held: (Duration, Timestamp),
}

#[derive(Debug)]
struct WrapUp {
    call: CallId,
    queue: Option<QueueName>,
    customer_number: String,
    ended_at: Timestamp,
    /// None: until the agent finishes it.
    until: Option<(Duration, Timestamp)>,
    /// The agent asked for more time.
    extended: bool,
    /// The wish to be busy that was made for this work; at most one.
    hold: Option<u64>,
    required: (bool, bool),
    given: Given,
}

impl WrapUp {
    /// Whether the disposition and the note are required and missing.
    fn lacks(&self) -> (bool, bool) {
        (self.required.0 && !self.given.disposition, self.required.1 && !self.given.note)
    }

    fn is_complete(&self) -> bool {
        self.lacks() == (false, false)
    }
}

impl WrapUps {
    pub fn new(rules: WrapUpRules) -> Self {
        Self { rules, current: None, held: (Duration::ZERO, Timestamp(0)) }
    }

    pub fn is_on(&self) -> bool {
        self.current.is_some()
    }

    /// Whether the platform still gives no call.
    pub fn holds(&self, now: Now) -> bool {
        now.mono < self.held.0
    }

    pub fn held_until(&self, now: Now) -> Option<Timestamp> {
        self.holds(now).then_some(self.held.1)
    }

    /// A sleep stopped the monotonic clock; the times are set anew by the wall clock.
    pub fn slept(&mut self, now: Now) {
        self.times().for_each(|(mono, wall)| *mono = now.mono + wall.since(now.wall));
    }

    /// The wall clock was set. The after-call work ends at the same monotonic time as before.
    pub fn clock_set(&mut self, corrected: impl Fn(Timestamp) -> Timestamp, now: Now) {
        self.times().for_each(|(mono, wall)| {
            *wall = now.wall.plus(mono.saturating_sub(now.mono)).minus(now.mono.saturating_sub(*mono));
        });
        if let Some(wrap_up) = &mut self.current {
            wrap_up.ended_at = corrected(wrap_up.ended_at);
        }
    }

    fn times(&mut self) -> impl Iterator<Item = &mut (Duration, Timestamp)> {
        let until = self.current.iter_mut().filter_map(|wrap_up| wrap_up.until.as_mut());
        until.chain([&mut self.held])
    }

    pub fn view(&self) -> Option<WrapUpView> {
        self.current.as_ref().map(|wrap_up| {
            let (disposition_lacks, note_lacks) = wrap_up.lacks();
            WrapUpView {
                call: wrap_up.call,
                queue: wrap_up.queue.clone(),
                customer_number: wrap_up.customer_number.clone(),
                ended_at: wrap_up.ended_at,
                until: wrap_up.until.map(|(_, wall)| wall),
                holds: wrap_up.hold.is_some(),
                disposition_lacks,
                note_lacks,
            }
        })
    }

    /// When the agent is to be made busy; None: not needed, or done already.
    fn hold_due(&self) -> Option<Duration> {
        let wrap_up = self.current.as_ref().filter(|wrap_up| wrap_up.hold.is_none())?;
        let outlasts = wrap_up.until.is_none_or(|(until, _)| until > self.held.0);
        if wrap_up.extended {
            Some(Duration::ZERO)
        } else {
            (outlasts || !wrap_up.is_complete()).then(|| self.held.0.saturating_sub(AHEAD))
        }
    }
}

impl Session {
    pub(super) fn begin_wrap_up(&mut self, call: &Call, given: Given, now: Now, out: &mut Vec<Effect>) {
        let hold = self.break_off_wrap_up(now, out);
        self.give_back(hold, now, out);
        let after = |seconds: u32| {
            let span = Duration::from_secs(u64::from(seconds));
            (now.mono + span, now.wall.plus(span))
        };
        let platform = self.wrap_up_seconds(call);
        let seconds = if platform > 0 { platform } else { self.wrap_ups.rules.seconds };
        self.wrap_ups.held = after(platform);
        let wrap_up = WrapUp {
            call: call.id,
            queue: call.queue.clone(),
            customer_number: super::calls::shown_number(&call.customer_number),
            ended_at: now.wall,
            until: Some(after(seconds)),
            extended: false,
            hold: None,
            required: self.wrap_ups.rules.required(call.queue.as_ref()),
            given,
        };
        if seconds > 0 || !wrap_up.is_complete() {
            self.wrap_ups.current = Some(wrap_up);
            self.saved.wrap_up = Some(call.id);
            self.save(out);
        }
    }

    pub(super) fn note_given(&mut self, call: CallId, edit: &NoteEdit) {
        let current = self.wrap_ups.current.as_mut().filter(|wrap_up| wrap_up.call == call).map(|wrap_up| &mut wrap_up.given);
        if let Some(given) = current.or_else(|| self.calls.given(call)) {
            given.take(edit);
        }
    }

    pub(super) fn extend_wrap_up(&mut self) {
        if let Some(wrap_up) = &mut self.wrap_ups.current {
            wrap_up.until = None;
            wrap_up.extended = true;
        }
    }

    pub(super) fn finish_wrap_up(&mut self, now: Now, out: &mut Vec<Effect>) {
        if self.wrap_ups.current.as_ref().is_some_and(WrapUp::is_complete) {
            let hold = self.end_wrap_up(now.wall, out);
            self.give_back(hold, now, out);
        }
    }

    /// Ends the work; returns the wish to be busy that was made for it.
    fn end_wrap_up(&mut self, at: Timestamp, out: &mut Vec<Effect>) -> Option<u64> {
        let wrap_up = self.wrap_ups.current.take()?;
        self.saved.wrap_up = None;
        self.save(out);
        out.push(Effect::SaveNote { call: wrap_up.call, edit: Edit::WrappedUp(Some(at)) });
        wrap_up.hold
    }

    /// Makes the agent available again, unless another wish was made meanwhile.
    fn give_back(&mut self, hold: Option<u64>, now: Now, out: &mut Vec<Effect>) {
        if hold.is_some_and(|wish| self.wish.is_busy_by(wish)) {
            self.set_wish(Wish::Available, SetBy::WrapUp, now, out);
        }
    }

    /// Marks unfinished work as to be done later; returns the wish to be busy that was made for it.
    pub(super) fn break_off_wrap_up(&mut self, now: Now, out: &mut Vec<Effect>) -> Option<u64> {
        let call = self.wrap_ups.current.as_ref()?.call;
        out.push(Effect::SaveNote { call, edit: Edit::Owed(Some(now.wall)) });
        self.end_wrap_up(now.wall, out)
    }

    /// The last run ended before the work was finished.
    pub(super) fn owe_what_was_broken_off(&mut self, now: Now, out: &mut Vec<Effect>) {
        if let Some(call) = self.saved.wrap_up.take() {
            out.push(Effect::SaveNote { call, edit: Edit::Owed(Some(now.wall)) });
            self.save(out);
        }
    }

    pub(super) fn wrap_up_deadline(&self) -> Option<Duration> {
        let wrap_ups = &self.wrap_ups;
        let until = wrap_ups.current.as_ref().and_then(|wrap_up| wrap_up.until).map(|(mono, _)| mono);
        let times = [until, wrap_ups.hold_due(), Some(wrap_ups.held.0)];
        times.into_iter().flatten().filter(|at| *at > self.last_now.mono).min()
    }

    pub(super) fn settle_wrap_up(&mut self, now: Now, out: &mut Vec<Effect>) {
        if self.calls.activity() == Activity::OnCall {
            let hold = self.break_off_wrap_up(now, out);
            self.give_back(hold, now, out);
        }
        if self.wrap_ups.hold_due().is_some_and(|due| due <= now.mono) && self.seats.take_calls() && !self.wish.asks_for_busy() {
            self.set_wish(Wish::Busy { reason: None }, SetBy::WrapUp, now, out);
            let wish = self.wish.id();
            if let Some(wrap_up) = &mut self.wrap_ups.current {
                wrap_up.hold = Some(wish);
            }
        }
        let Some(wrap_up) = &mut self.wrap_ups.current else { return };
        let Some((_, at)) = wrap_up.until.filter(|(mono, _)| *mono <= now.mono) else { return };
        if wrap_up.is_complete() {
            let hold = self.end_wrap_up(at, out);
            self.give_back(hold, now, out);
        } else {
            wrap_up.until = None;
        }
    }
}
