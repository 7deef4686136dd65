//! The wall clock and the monotonic clock differ in their advance: the computer slept, or its clock was set.
//!
//! A wall clock that went back was set. If it went ahead, the computer slept if a sleep was announced. Otherwise the next reading of the
//! platform's clock decides: a sleep does not change the clock difference, a clock that was set does.

use std::time::Duration;

use super::{Asked, Session};
use crate::{ClockReading, Effect, Now, Timestamp};

/// The wall clock advanced by this many milliseconds more than the monotonic clock.
const AHEAD: i64 = 20_000;
/// The wall clock advanced by this many milliseconds less, which is more than a slowed clock explains.
const BEHIND: i64 = 2000;
/// The clocks are apart by more milliseconds than reading them takes.
const STEP: i64 = 500;

/// The wall clock's lead in milliseconds, and the moment at which it was noticed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ahead {
    by: i64,
    at: Now,
}

impl Session {
    /// After a sleep all readings count as unknown, and everything is read again (T20).
    pub(super) fn notice_clocks(&mut self, now: Now, out: &mut Vec<Effect>) {
        let mono = millis(now.mono.saturating_sub(self.last_now.mono));
        let by = now.wall.0.saturating_sub(self.last_now.wall.0).saturating_sub(mono);
        if by > AHEAD {
            self.ask_anew(now);
            self.ahead = Some(Ahead { by: self.ahead.map_or(by, |before| before.by.saturating_add(by)), at: now });
            if self.asleep.is_some() {
                self.slept(now);
            }
        } else if by < -BEHIND {
            if let Some(ahead) = self.ahead.take_if(|ahead| ahead.by.saturating_add(by).saturating_abs() <= AHEAD) {
                // It came back, so it was set before, too.
                self.punctuality.clock_set(ahead.by);
                self.went_ahead(ahead, now, out);
            }
            if let Some(ahead) = &mut self.ahead {
                ahead.at = now;
            }
            self.punctuality.clock_set(by);
            self.clock_set(|at| at.moved(by), now, out);
        } else if by.saturating_abs() > STEP {
            // Too little to matter for a time of day, but not for a countdown.
            self.wrap_ups.clock_set(|at| at, now);
        }
    }

    /// The present by the platform's clock. If our clock went ahead and it is not known yet why, this time may be too early, but is not
    /// too late: no call must be removed before its time.
    pub(super) fn present(&self, now: Now) -> Timestamp {
        let ahead = self.ahead.map_or(0, |ahead| ahead.by);
        self.there(now.wall).moved(ahead.saturating_neg())
    }

    pub(super) fn slept(&mut self, now: Now) {
        self.ahead = None;
        self.wrap_ups.slept(now);
    }

    pub(super) fn clock_read(&mut self, reading: ClockReading, now: Now, out: &mut Vec<Effect>) {
        let before = self.punctuality.skew();
        self.punctuality.answer(reading);
        let Some(ahead) = self.ahead.filter(|ahead| reading.asked_at >= ahead.at.wall) else { return };
        let apart = self.punctuality.skew().zip(before).map_or(0, |(skew, before)| skew.saturating_sub(before));
        if apart > ahead.by / 2 {
            self.ahead = None;
            self.went_ahead(ahead, now, out);
            // The computer did not sleep, so the phone rings on.
            self.calls.show_doubtful_cards();
        } else {
            self.slept(now);
        }
    }

    /// An answer without the platform's time shows nothing about our clock, so the computer is taken to have slept.
    pub(super) fn answered_after(&mut self, asked: &Asked, now: Now) {
        if self.ahead.is_some_and(|ahead| asked.at >= ahead.at.mono) {
            self.slept(now);
        }
    }

    /// The clock was set forward. The times that were taken since that was noticed are right.
    fn went_ahead(&mut self, Ahead { by, at: noticed }: Ahead, now: Now, out: &mut Vec<Effect>) {
        self.clock_set(|at| if at < noticed.wall { at.moved(by) } else { at }, now, out);
    }

    /// Corrects the times that were taken from our clock before it was set.
    fn clock_set(&mut self, corrected: impl Fn(Timestamp) -> Timestamp, now: Now, out: &mut Vec<Effect>) {
        self.wrap_ups.clock_set(&corrected, now);
        self.seats.clock_set(&corrected);
        self.phone.at = self.phone.at.map(&corrected);
        let saved = &mut self.saved;
        let shifts = saved.shifts.iter_mut().flat_map(|shift| [&mut shift.since, &mut shift.until]);
        let began = saved.on_break.as_mut().map(|on_break| &mut on_break.began_at);
        let shown = [&mut self.label.1, &mut self.connection.since];
        for at in shifts.chain(began).chain(&mut saved.agent_since).chain(shown) {
            *at = corrected(*at);
        }
        self.save(out);
    }
}

fn millis(span: Duration) -> i64 {
    i64::try_from(span.as_millis()).unwrap_or(i64::MAX)
}
