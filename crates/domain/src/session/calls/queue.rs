//! Which queue gave a call: named only where it is certain.

use std::time::Duration;

use super::super::Session;
use crate::{Effect, Membership, Method, QueueName, SeatState};

/// What the seats say of where a call comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Source {
    NotKnown,
    /// Only one can have sent it.
    Certain(QueueName),
    /// Several say that they have.
    Several,
}

impl Session {
    /// The queue of a call that begins now.
    pub(super) fn only_queue(&self, method: Method, customer: &str) -> Option<QueueName> {
        match self.source(method, customer, (Duration::MAX, Duration::MAX)) {
            Source::Certain(queue) => Some(queue),
            Source::NotKnown | Source::Several => None,
        }
    }

    /// `since`: what was asked before says nothing of the call. `heard`: its last sign.
    fn source(&self, method: Method, customer: &str, (since, heard): (Duration, Duration)) -> Source {
        if method != Method::Predictive || self.calling_back.is_to(customer) {
            return Source::NotKnown;
        }
        // A queue that is being joined or left may give a call, too.
        let may_give = |membership: &Membership| matches!(membership, Membership::In | Membership::Joining | Membership::Leaving);
        let queues: Vec<_> = self.queues.iter().filter(|queue| may_give(&queue.membership)).collect();
        if let [only] = queues.as_slice() {
            return if only.is_in() { Source::Certain(only.name.clone()) } else { Source::NotKnown };
        }
        let is_read = |queue: &&super::super::queues::Queue| queue.is_in() && queue.read().is_some_and(|read| read.mono >= since);
        if queues.is_empty() || !queues.iter().all(is_read) {
            return Source::NotKnown;
        }
        let mut giving = queues
            .iter()
            .filter(|queue| queue.seat.as_ref().is_some_and(|seat| matches!(seat.state, SeatState::Receiving | SeatState::Talking)));
        match (giving.next(), giving.next()) {
            (None, _) => Source::NotKnown,
            (Some(one), None) => {
                // The others, asked later than the call is known to go on, may be idle because it is over.
                let goes_on = one.read().map_or(heard, |read| read.mono.max(heard));
                let is_certain = queues.iter().all(|queue| queue.read().is_some_and(|read| read.mono <= goes_on));
                if is_certain { Source::Certain(one.name.clone()) } else { Source::NotKnown }
            }
            (Some(_), Some(_)) => Source::Several,
        }
    }

    /// The seats, read since the call began, name its queue, or take back what is not certain any more. With several calls they may speak
    /// of any.
    pub(super) fn settle_call_queue(&mut self, out: &mut Vec<Effect>) {
        let mut live = self.calls.live.iter().enumerate().filter(|(_, live)| !live.test);
        let (Some((index, only)), None) = (live.next(), live.next()) else { return };
        let queue = match self.source(only.call.method, &only.call.customer_number, (only.began, only.heard)) {
            Source::NotKnown => return,
            Source::Certain(queue) => Some(queue),
            Source::Several => None,
        };
        let call = &mut self.calls.live[index].call;
        if call.queue != queue {
            call.queue = queue;
            out.push(Effect::SaveCall(Box::new(call.clone())));
        }
    }
}
