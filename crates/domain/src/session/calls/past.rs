//! Callbacks that come long after they were sent, as a backlog of the company's gateway (G5).

use super::{super::Session, matching::has_uuid};
use crate::{Effect, LegEvent, LegStatus, Now, Owner};

impl Session {
    /// A leg changed so long ago that nobody must be told: it completes a known call, and begins none. The bill brings an unknown call, and a
    /// reading of the phone one that still goes on. `received`: the wall clock's time is that of the receipt.
    pub(in crate::session) fn past_leg(&mut self, event: LegEvent, received: Now, out: &mut Vec<Effect>) {
        let uuids = [event.uuid.as_deref(), event.buuid.as_deref()];
        let owner = Owner { agent: None, ..self.owner() };
        let live = self.calls.live.iter_mut().find(|live| !live.test && has_uuid(&live.call, uuids));
        let is_live = live.is_some();
        if let Some(live) = live.filter(|_| event.status == LegStatus::Hangup) {
            live.ended_long_ago = true;
        }
        let ended = self.calls.ended.iter().find(|call| call.is_of(&owner) && has_uuid(call, uuids)).map(|call| call.id);
        match (is_live, ended) {
            (true, _) => self.leg(event, true, received, out),
            (false, Some(call)) => self.late_leg(call, &event, received, out),
            (false, None) => {}
        }
    }
}
