//! The wall clock and the monotonic clock differ in their advance: the computer slept, or its clock was set.
//!
//! A wall clock that went back was set. If it went ahead, the computer slept if a sleep was announced. Otherwise the next reading of the
//! platform's clock decides: a sleep does not change the clock difference, a clock that was set does.

use std::time::Duration;

use super::{Asked, Session};
use crate::{ClockReading, Effect, Now};

/// The wall clock advanced by this many milliseconds more than the monotonic clock.
const AHEAD: i64 = 20_000;
/// The wall clock advanced by this many milliseconds less, which is more than a slowed clock explains.
const BEHIND: i64 = 2000;

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
            self.punctuality.clock_set(by);
            self.clock_set(by, out);
        }
    }

    pub(super) fn slept(&mut self, now: Now) {
        self.ahead = None;
        self.wrap_ups.slept(now);
    }

    pub(super) fn clock_read(&mut self, reading: ClockReading, now: Now, out: &mut Vec<Effect>) {
        let before = self.punctuality.skew();
        self.punctuality.answer(reading);
        let Some(Ahead { by, .. }) = self.ahead.filter(|ahead| reading.asked_at >= ahead.at.wall) else { return };
        let apart = self.punctuality.skew().zip(before).map_or(0, |(skew, before)| skew.saturating_sub(before));
        if apart > by / 2 {
            self.ahead = None;
            self.clock_set(by, out);
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

    /// Corrects the times that were taken from our clock before it was set.
    fn clock_set(&mut self, by: i64, out: &mut Vec<Effect>) {
        self.wrap_ups.clock_set(by);
        self.label.1 = self.label.1.moved(by);
        let saved = &mut self.saved;
        let shifts = saved.shifts.iter_mut().flat_map(|shift| [&mut shift.since, &mut shift.until]);
        let began = saved.on_break.as_mut().map(|on_break| &mut on_break.began_at);
        for at in shifts.chain(began).chain(&mut saved.agent_since) {
            *at = at.moved(by);
        }
        self.save(out);
    }
}

fn millis(span: Duration) -> i64 {
    i64::try_from(span.as_millis()).unwrap_or(i64::MAX)
}
