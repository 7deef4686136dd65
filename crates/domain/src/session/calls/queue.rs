//! The queue that gave a call; set only if it is certain.

use std::time::Duration;

use super::super::{Session, seat::OwnSeat};
use crate::{Effect, Method, QueueName};

/// The result of comparing the seats.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Source {
    NotKnown,
    /// Only this queue can have given the call.
    Certain(QueueName),
    /// The seats of several queues are in a call.
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

    /// The call's queue according to the seats. `since`: readings asked for earlier may show an earlier call. `heard`: when the call's last
    /// signal came.
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
                // A seat that was read after the last signal or reading of the call may be idle because the call is over.
                let goes_on = one.read().map_or(heard, |read| read.mono.max(heard));
                let is_certain = seats.iter().all(|seat| seat.read().is_some_and(|read| read.mono <= goes_on));
                if is_certain { Source::Certain(one.queue().clone()) } else { Source::NotKnown }
            }
            (Some(_), Some(_)) => Source::Several,
        }
    }

    /// Readings from after the call's start set its queue, or clear one that is not certain any more. With several open calls, a reading could
    /// belong to any of them.
    pub(super) fn settle_call_queue(&mut self, out: &mut Vec<Effect>) {
        let mut live = self.calls.live.iter().enumerate().filter(|(_, live)| !live.test);
        let (Some((index, only)), None) = (live.next(), live.next()) else { return };
        let queue = match self.source(only.call.method, &only.call.customer_number, (only.began, only.heard)) {
            Source::NotKnown => return,
            Source::Certain(queue) => Some(queue),
            Source::Several => None,
        };
        let live = &mut self.calls.live[index];
        // A call never changes its queue. If the seats show another one with certainty, it is the queue of the next call, and the end of
        // this one was lost.
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
