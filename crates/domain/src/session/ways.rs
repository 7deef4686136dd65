//! How Ringside learns of rings (by callbacks or by polling): since when, and how late the last rings came.

use super::{Session, callbacks::elapsed_ms};
use crate::{AskingView, CallId, ConnectionState, Now, RingTimes, Timestamp, Way, WaysView};

/// Number of rings whose times are shown.
const RINGS: usize = 3;

#[derive(Debug, Default)]
pub(super) struct Ways {
    callbacks_since: Option<Timestamp>,
    asking: Option<AskingView>,
    /// The newest first.
    rings: Vec<Ring>,
}

#[derive(Debug)]
struct Ring {
    call: CallId,
    heard: Now,
    times: RingTimes,
}

impl Ways {
    pub fn view(&self) -> WaysView {
        let rings = self.rings.iter().map(|ring| ring.times).collect();
        WaysView { callbacks_since: self.callbacks_since, asking: self.asking, rings }
    }

    pub fn card_painted(&mut self, call: CallId, now: Now) {
        if let Some(ring) = self.rings.iter_mut().find(|ring| ring.call == call) {
            ring.times.painted_ms.get_or_insert(elapsed_ms(ring.heard, now));
        }
    }
}

impl Session {
    pub(super) fn settle_ways(&mut self, now: Now) {
        let alive = self.callbacks.alive(now);
        self.ways.callbacks_since = alive.then(|| self.ways.callbacks_since.unwrap_or(now.wall));
        // Behind the company's gateway the desk asks the platform nothing.
        let can_ask = !alive && self.gateway.is_none() && self.sign_in.is_in() && self.connection.state() == ConnectionState::Connected;
        let every_ms = if can_ask { self.asks_every(now) } else { None };
        let since = self.ways.asking.map_or(now.wall, |asking| asking.since);
        self.ways.asking = every_ms.map(|every_ms| AskingView { since, every_ms });
        for (call, by) in self.calls.begun_to_ring(now) {
            let by = if by == Way::Callback && self.gateway.is_some() { Way::Gateway } else { by };
            if self.ways.rings.iter().any(|ring| ring.call == call) {
                continue;
            }
            // A callback's uuid is as old as the call, so it says nothing about a later ring of the same call.
            let is_new = !self.snapshot.calls.iter().any(|shown| shown.id == call);
            let late_ms = match by {
                Way::Callback | Way::Gateway => {
                    self.punctuality.lateness().filter(|_| is_new).map(|late| u32::try_from(late.as_millis()).unwrap_or(u32::MAX))
                }
                Way::Asking => every_ms,
            };
            let times = RingTimes { at: now.wall, by, late_ms, painted_ms: None };
            self.ways.rings.insert(0, Ring { call, heard: now, times });
            self.ways.rings.truncate(RINGS);
        }
    }
}
