//! What comes to a desk: events, heard live or asked for, and the leader's states.

use std::{sync::Arc, time::Duration};

use async_nats::Message;
use tokio::time::Instant;

use super::{Run, STATES};
use crate::{
    desk::{FedEvent, Shared, TimedState},
    words::{Batch, State, StoredEvent, header},
};

/// The session does not take an event of this age for a past one yet.
const SHOWN: Duration = Duration::from_secs(25);

/// A state, or the answer to the question that the desk asks without one, comes within this time unless the connection is held up.
const SILENCE: Duration = Duration::from_secs(25);

impl Run {
    /// An event, heard live.
    pub(super) fn event_came(&mut self, message: &Message) {
        // A gateway's answer to somebody else's request could be sent here, but not with this header.
        let Some(headers) = &message.headers else { return };
        let text = |name: &str| headers.get(name).map(|value| value.as_str());
        if text(header::STREAM).is_none_or(str::is_empty) {
            return;
        }
        let number = |name: &str| text(name).and_then(|number| number.parse::<u64>().ok());
        let Some(seq) = number(header::SEQUENCE) else { return };
        let event = StoredEvent::of(seq, headers, &message.payload);
        let said = number(header::AGE).map(Duration::from_millis);
        let by_clock = age(&self.shared, &event.gateway, event.received);
        let age = match event.gateway.as_str() {
            "" => said.or_else(|| age(&self.shared, &self.gateway, event.received)),
            _ => said.map_or(by_clock, |said| Some(live_age(said, by_clock, self.held_up()))),
        };
        if age < by_clock {
            // The answer tells whether the clock was set.
            self.ask_for_time();
        }
        self.feed.heard(fed_event(event, age, false), number(header::LAST_SEQUENCE).unwrap_or(0));
    }

    pub(super) fn caught_up(&mut self, batch: Batch) {
        let fed = |event: StoredEvent| {
            let age = |gateway| age(&self.shared, gateway, event.received);
            // The clock of the one who answers is the best guess for one that is not known.
            let age = age(&event.gateway).or_else(|| age(&self.gateway));
            fed_event(event, age, true)
        };
        // The newest may not have reached the server that answered; without a pause this would ask it as quickly as it can answer.
        if self.feed.answered(batch, fed) {
            self.pause();
        }
    }

    pub(super) fn state_came(&mut self, message: &Message) {
        let kind = message.headers.as_ref().and_then(|headers| headers.get(header::KIND));
        if kind.is_none_or(|kind| kind.as_str() != header::STATE) {
            return;
        }
        let Ok(state) = serde_json::from_slice::<State>(&message.payload) else {
            tracing::warn!("the gateway's state is not understood");
            return;
        };
        self.state_due = Instant::now() + 2 * every(&state) + Duration::from_secs(1);
        self.feed.last_is(state.last);
        self.shared.access.spread_over(state.reconnect_ms);
        self.shared.leader_heard(&state.gateway);
        state.gateway.clone_into(&mut self.gateway);
        let now = self.shared.now();
        let (wants, sent) = {
            let mut clocks = self.shared.clocks();
            clocks.state_received(&state.gateway, now, state.now);
            (clocks.wants(&state.gateway, now), clocks.earliest(&state.gateway, state.now, now))
        };
        self.sent_since = self.sent_since.max(sent.unwrap_or_default());
        if wants {
            self.ask_for_time();
        }
        self.tell(state, Instant::now());
    }

    fn tell(&self, state: State, heard_at: Instant) {
        let at = |time| self.shared.earliest(&state.gateway, time);
        let timed = TimedState {
            heard_at,
            every: every(&state),
            asked_at: state.read.iter().map(|read| at(read.asked_at)).collect(),
            phone_asked_at: state.phone.as_ref().and_then(|phone| at(phone.asked_at)),
            company_callback_at: state.company_callback_at.and_then(at),
            state,
        };
        self.states.send_replace(Some(Arc::new(timed)));
    }

    /// The last state again, with the moments that the known clock gives.
    pub(super) fn tell_again(&self) {
        let last = self.states.borrow().clone();
        if let Some(last) = last {
            self.tell(last.state.clone(), last.heard_at);
        }
    }
}

/// The age of an event that is heard live, at most. `said`: its age when its gateway sent it; `by_clock`: by that gateway's clock, if it is
/// known; `held_up`: how long it was on its way from the server, at most. If the clock was set back, an event seems older than it is: unless the
/// connection was held up as well, it stays young enough to ring, since a lost ring is worse than an old one that is shown with its age.
fn live_age(said: Duration, by_clock: Option<Duration>, held_up: Duration) -> Duration {
    match by_clock {
        Some(by_clock) => said.max(by_clock.min(SHOWN.max(said + held_up))),
        None if held_up > SILENCE => said.max(SHOWN),
        None => said,
    }
}

/// How long ago this time of a gateway's clock was, at most.
fn age(shared: &Shared, gateway: &str, time: i64) -> Option<Duration> {
    shared.earliest(gateway, time).map(|at| at.elapsed())
}

fn fed_event(event: StoredEvent, age: Option<Duration>, backlog: bool) -> FedEvent {
    let StoredEvent { seq, received, body, oversize, .. } = event;
    FedEvent { seq, age, received, body, backlog, oversize }
}

/// The time between two states of the leader, as it says it.
fn every(state: &State) -> Duration {
    Duration::from_millis(state.every_ms).clamp(Duration::from_secs(1), 6 * STATES)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn g16_a_live_event_is_a_past_one_only_if_its_gateway_says_so_or_both_the_clock_and_the_connection_do() {
        let age = |said, by_clock: Option<u64>, held_up| {
            live_age(Duration::from_secs(said), by_clock.map(Duration::from_secs), Duration::from_secs(held_up)).as_secs()
        };
        assert_eq!((age(1, Some(3), 5), age(4, Some(3), 5)), (3, 4));
        assert_eq!(age(0, Some(20), 1), 20, "held up between its gateway and the server");
        assert_eq!(age(0, Some(60), 61), 60, "held up before the desk");
        assert_eq!((age(0, Some(3600), 10), age(0, Some(3600), 28)), (25, 28), "the clock was set back");
        assert_eq!((age(60, Some(0), 1), age(60, None, 1), age(60, Some(3600), 1)), (60, 60, 61));
        assert_eq!((age(1, None, 20), age(1, None, 3600)), (1, 25), "a clock that is not known");
    }
}
