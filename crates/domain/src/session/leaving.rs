//! Quitting, logging off and sleeping: the platform is told what was chosen beforehand. Waking: everything is asked anew.

use std::time::Duration;

use super::{Purpose, Session};
use crate::{Effect, Farewell, Now, Occasion, SetBy, Wish};

/// A sleep that was announced and has not come by then is not coming.
const SLEEP_COMES: Duration = Duration::from_secs(30);

impl Session {
    pub(super) fn take_leave(&mut self, occasion: Occasion, now: Now, out: &mut Vec<Effect>) {
        if occasion == Occasion::Sleep {
            self.asleep = Some(now.mono + SLEEP_COMES);
        }
        match self.saved.settings.leaving.map_or(Farewell::Stay, |leaving| leaving.on(occasion)) {
            Farewell::Stay => {}
            // A break stays a break.
            Farewell::Busy if self.wish.asks_for_busy() => {}
            Farewell::Busy => self.set_wish(Wish::Busy { reason: None }, SetBy::Leaving, now, out),
            Farewell::SignOut => self.leave_for_now(now, out),
        }
    }

    /// Out of all queues, which stay wished for. Who comes back is not called at once for having been available before.
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
        self.come_back(now, out);
    }

    /// Into all queues that are wished for; `join` knows those that we are in.
    pub(super) fn come_back(&mut self, now: Now, out: &mut Vec<Effect>) {
        for name in self.agent().queues {
            self.join(name, now, out);
        }
    }

    /// What was read does not count as known any more.
    pub(super) fn ask_anew(&mut self, now: Now) {
        // What is under way may never be answered, and would say nothing of now.
        self.asked.retain(|_, asked| !matches!(asked.purpose, Purpose::Phone | Purpose::Seats(_)));
        self.callbacks.forget();
        self.phone.forget();
        self.calls.doubt_rings();
        self.wrap_ups.realign(now);
        self.seats.read_anew(now);
        self.polling.all_due(now);
    }
}
