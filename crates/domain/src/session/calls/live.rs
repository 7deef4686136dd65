//! One open call: the agent's leg, the customer's leg, and the card.

use std::time::Duration;

use super::{Given, RING_CAP, SETTLED, TEST_CARD, matching::has_no_uuid};
use crate::{Call, CallState, LastContact, LegStatus, Now, Party, QueueName, Timestamp, is_withheld};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
enum Leg {
    /// No signal of this leg has come.
    #[default]
    Silent,
    Ringing,
    Answered,
    Ended,
}

#[derive(Debug)]
pub(super) struct Live {
    pub call: Call,
    agent: Leg,
    customer: Leg,
    pub test: bool,
    /// If the customer's number was read from the phone: the time at which that reading was asked for.
    pub read_first: Option<Duration>,
    /// The time of the first callback.
    pub told: Option<Duration>,
    /// The first queue that was certain.
    pub queue_named: Option<QueueName>,
    /// When the call's first signal came.
    pub began: Duration,
    /// It is unknown whether the call still rings; there is no card until a reading of the phone shows the ring.
    pub doubtful: bool,
    /// Until then a reading of the phone can remove the doubt; after it the card is shown, since one card too many is better than a missed
    /// ring.
    doubted_until: Option<Duration>,
    hidden: bool,
    /// Its end was learnt of so late that its after-call work is over.
    pub ended_long_ago: bool,
    pub silenced: bool,
    /// The CRM's page for the call was opened, or must not be opened.
    pub popped: bool,
    /// The last earlier call with this number; the outer None: not looked up yet.
    pub contact: Option<Option<LastContact>>,
    /// The agent's entries during the call.
    pub given: Given,
    ringing_since: Duration,
    /// When the last signal of the call came, on the monotonic clock.
    pub heard: Duration,
}

impl Live {
    pub fn new(call: Call, doubtful: bool, now: Now) -> Self {
        Self {
            began: now.mono,
            doubted_until: None,
            agent: Leg::Silent,
            customer: Leg::Silent,
            test: false,
            read_first: None,
            told: None,
            queue_named: call.queue.clone(),
            call,
            doubtful,
            hidden: false,
            ended_long_ago: false,
            silenced: false,
            popped: false,
            contact: None,
            given: Given::default(),
            ringing_since: now.mono,
            heard: now.mono,
        }
    }

    /// A call that was still open when the last run ended; the next reading of the phone shows whether it goes on.
    pub fn restored(call: Call, now: Now) -> Self {
        let agent = if call.answered_at.is_some() { Leg::Answered } else { Leg::Ringing };
        let mut live = Self::new(call, true, now);
        live.agent = agent;
        live.popped = true;
        live.heard = Duration::ZERO;
        live
    }

    pub fn test(call: Call, now: Now) -> Self {
        let mut live = Self::new(call, false, now);
        live.test = true;
        live.contact = Some(None);
        live.agent = Leg::Ringing;
        live
    }

    pub fn state(&self) -> CallState {
        match (self.agent, self.customer) {
            (Leg::Ringing, _) => CallState::Ringing,
            (Leg::Silent | Leg::Answered, Leg::Ringing) => CallState::Calling,
            _ => CallState::Talking,
        }
    }

    pub fn has_card(&self) -> bool {
        self.state() == CallState::Ringing && !self.doubtful && !self.hidden
    }

    pub fn rings_since(&self, now: Now) -> bool {
        self.ringing_since == now.mono
    }

    pub fn hide(&mut self) {
        self.hidden = true;
    }

    pub fn deadline(&self) -> Option<Duration> {
        let span = if self.test { TEST_CARD } else { RING_CAP };
        self.has_card().then_some(self.ringing_since + span)
    }

    /// Hides the card of a ring whose signal came late, until a reading of the phone shows the ring, or until `until`.
    pub fn doubt(&mut self, until: Duration) {
        self.doubtful = true;
        self.doubted_until = Some(until);
    }

    pub fn doubted_until(&self) -> Option<Duration> {
        self.doubted_until.filter(|_| self.doubtful)
    }

    /// One leg changed, at `at` by the platform's clock. A leg's state only advances, so the order and repetition of signals do not matter
    /// (L32).
    pub fn leg(&mut self, party: Party, status: LegStatus, at: Timestamp, now: Now) {
        self.heard = now.mono;
        let next = match status {
            LegStatus::Ring => Leg::Ringing,
            LegStatus::Answer => Leg::Answered,
            LegStatus::Hangup => Leg::Ended,
        };
        let leg = match party {
            Party::Agent => &mut self.agent,
            Party::Customer => &mut self.customer,
        };
        if next > *leg {
            *leg = next;
            match (party, next) {
                (Party::Agent, Leg::Ringing) => {
                    self.call.rang_at.get_or_insert(at);
                    self.ringing_since = now.mono;
                }
                (Party::Agent, Leg::Answered) => {
                    self.call.answered_at.get_or_insert(at);
                }
                _ => {}
            }
        }
    }

    /// The phone did not show the customer's number; a callback may know it.
    pub fn is_numberless(&self) -> bool {
        self.read_first.is_some() && has_no_uuid(&self.call) && is_withheld(&self.call.customer_number)
    }

    /// Whether the question was sent late enough after the call's last signal. The platform has known an old ring for long.
    pub fn is_settled(&self, asked_at: Duration) -> bool {
        let pause = if self.doubted_until().is_some() { Duration::ZERO } else { SETTLED };
        self.heard + pause <= asked_at.max(pause)
    }

    /// The call is over when the agent's leg has ended, or the customer's has and the agent's phone does not ring.
    pub fn is_over(&self) -> bool {
        self.agent == Leg::Ended || (self.customer == Leg::Ended && self.agent != Leg::Ringing)
    }
}
