//! The one label for the agent's state, from all axes.

use super::{Session, calls::Activity, seat::OwnSeat, sign_in::SignIn};
use crate::{Label, Membership, Now, SeatState};

impl Session {
    pub(super) fn label(&self, now: Now) -> Label {
        match self.calls.activity() {
            Activity::OnCall => return Label::OnCall,
            Activity::Ringing => return Label::Ringing,
            Activity::None => {}
        }
        if !self.sign_in.is_in() {
            // The platform may still have the agent in the queues; without a connection nobody can tell.
            let wanted = self.saved.agent.as_ref().is_some_and(|agent| !agent.queues.is_empty());
            let will_try = matches!(&self.sign_in, SignIn::Failed { next: Some(_), .. });
            return if (wanted && will_try) || self.owed.is_still_in() { Label::Unconfirmed } else { Label::SignedOut };
        }
        if self.seats.joined().next().is_none() {
            if self.owed.is_still_in() {
                return Label::Unconfirmed;
            }
            // These queues will be joined as soon as the phone is ready.
            let joins = |seat: &OwnSeat| seat.waits_for_phone() || *seat.membership() == Membership::Joining;
            let waits = self.phone.is_not_ready() && self.seats.all().any(joins);
            return if waits { Label::PhoneNotReady } else { Label::SignedOut };
        }
        if self.asleep.is_some() {
            return Label::Unconfirmed;
        }
        if self.phone.is_not_ready() {
            return Label::PhoneNotReady;
        }
        if self.wish.is_overdue() {
            return Label::Unconfirmed;
        }
        let states = || self.seats.joined().filter(|seat| seat.is_fresh(now)).filter_map(OwnSeat::state);
        let takes_calls = states().any(SeatState::takes_calls);
        if states().count() < self.seats.joined().count() && !takes_calls {
            return Label::Unconfirmed;
        }
        // The label never says wrap-up if a call can come.
        if self.wrap_ups.is_on() && self.wish.held_reason().is_none() && (!takes_calls || self.wrap_ups.holds(now)) {
            return Label::WrapUp;
        }
        if takes_calls {
            return Label::Available;
        }
        if states().any(|state| matches!(state, SeatState::Other(_))) {
            return Label::Unconfirmed;
        }
        if self.wish.held_reason().is_some() { Label::Break } else { Label::Busy }
    }
}
