//! Which queue gave a call: named only where it is certain.

use std::time::Duration;

use super::super::{Session, seat::OwnSeat};
use crate::{Effect, Method, QueueName};

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
        let seats: Vec<&OwnSeat> = self.seats.all().filter(|seat| seat.may_give_a_call()).collect();
        if let [only] = seats.as_slice() {
            return if only.is_in() { Source::Certain(only.queue().clone()) } else { Source::NotKnown };
        }
        let is_read = |seat: &&OwnSeat| seat.is_in() && seat.read().is_some_and(|read| read.mono >= since);
        if seats.is_empty() || !seats.iter().all(is_read) {
            return Source::NotKnown;
        }
        let mut giving = seats.iter().filter(|seat| seat.is_in_call());
        match (giving.next(), giving.next()) {
            (None, _) => Source::NotKnown,
            (Some(one), None) => {
                // The others, asked later than the call is known to go on, may be idle because it is over.
                let goes_on = one.read().map_or(heard, |read| read.mono.max(heard));
                let is_certain = seats.iter().all(|seat| seat.read().is_some_and(|read| read.mono <= goes_on));
                if is_certain { Source::Certain(one.queue().clone()) } else { Source::NotKnown }
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
        let live = &mut self.calls.live[index];
        // A call stays with its queue. Where the seats are sure of another one, they speak of the next call: the end of this one was lost.
        if live.queue_named.is_some() && queue.is_some() && live.queue_named != queue {
            return;
        }
        live.queue_named = live.queue_named.take().or_else(|| queue.clone());
        let call = &mut live.call;
        if call.queue != queue {
            call.queue = queue;
            out.push(Effect::SaveCall(Box::new(call.clone())));
        }
    }
}
