//! Quitting, logging off and sleeping: Ringside does what the user chose in the settings. On waking, everything is read again.

use std::time::Duration;

use super::{Purpose, Session};
use crate::{Effect, Farewell, Now, Occasion, SetBy, Wish};

/// An announced sleep that has not begun within this time is not coming.
const SLEEP_COMES: Duration = Duration::from_secs(30);

impl Session {
    pub(super) fn take_leave(&mut self, occasion: Occasion, now: Now, out: &mut Vec<Effect>) {
        if occasion == Occasion::Sleep {
            self.asleep = Some(now.mono + SLEEP_COMES);
        }
        match self.saved.settings.leaving.on(occasion) {
            Farewell::Stay => {}
            // A break is busy already, and keeps its reason.
            Farewell::Busy if self.wish.asks_for_busy() => {}
            Farewell::Busy => self.set_wish(Wish::Busy { reason: None }, SetBy::Leaving, now, out),
            Farewell::SignOut => self.leave_for_now(now, out),
        }
    }

    /// Leaves all queues, but keeps them wished for. An agent who was available must not get calls at once on coming back.
    fn leave_for_now(&mut self, now: Now, out: &mut Vec<Effect>) {
        if !self.wish.asks_for_busy() {
            self.forget_wish();
        }
        for name in self.saved.entered.clone() {
            self.goes_out(&name, now, out);
        }
        self.save(out);
    }

    pub(super) fn wake(&mut self, now: Now, out: &mut Vec<Effect>) {
        self.asleep = None;
        self.ask_anew(now);
        self.slept(now);
        self.come_back(now, out);
    }

    /// Joins all queues that are wished for; `join` skips those that the agent is in.
    pub(super) fn come_back(&mut self, now: Now, out: &mut Vec<Effect>) {
        for name in self.agent().queues {
            self.join(name, now, out);
        }
    }

    /// Makes all readings count as unknown.
    pub(super) fn ask_anew(&mut self, now: Now) {
        // A request under way may never be answered, and its answer would describe the time before.
        self.asked.retain(|_, asked| !matches!(asked.purpose, Purpose::Phone | Purpose::Seats(_)));
        self.callbacks.forget();
        self.phone.forget();
        self.calls.doubt_rings();
        self.seats.read_anew(now);
        self.polling.all_due(now);
    }
}
