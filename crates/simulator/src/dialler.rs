//! The predictive dialler: it dials customers for idle agents, and assigns the customers who answer to agents.

use std::collections::BTreeSet;

use jiff::Timestamp;

use crate::call::{Call, CallId, Pool, RingSpec, Stage};
use crate::codes::{self, Code};
use crate::extension::Phone;
use crate::options::{Answering, Pace};
use crate::seat::SeatState;
use crate::world::{Due, World};

/// Seconds that a customer waits at most if no queue sets a limit.
const DISCARD: u64 = 90;

impl World {
    /// A round of the dialler: assigns waiting customers to agents, and dials customers for idle agents who have none.
    pub(crate) fn dial(&mut self, now: Timestamp) {
        let Some(pace) = self.options.pace else {
            return;
        };
        self.assign_waiting(pace, now);
        let mut served: BTreeSet<String> = self.calls.values().filter_map(|call| call.wanted_for.clone()).collect();
        for pool in self.pools(pace) {
            for agent in self.ready(&pool, now) {
                if served.contains(&agent) {
                    continue;
                }
                for extra in 0..self.scale(&pool) {
                    let Some(spec) = self.next_customer(&pool, pace, now) else {
                        break;
                    };
                    let wanted_for = (extra == 0).then(|| agent.clone());
                    self.dial_customer(spec, &pool, wanted_for, pace, now);
                    served.insert(agent.clone());
                }
            }
        }
    }

    /// The pools that may have numbers to dial: those of running tasks first, then the queues.
    fn pools(&self, pace: Pace) -> Vec<Pool> {
        let running = self.tasks.values().filter(|task| task.runs());
        let mut seen = BTreeSet::new();
        let queues = self.queues.values().filter(|queue| queue.dials && pace.campaign);
        let pools = running.map(|task| task.pool.clone());
        let pools = pools.chain(queues.map(|queue| Pool::Queue(queue.name.clone())));
        pools.filter(|pool| seen.insert(pool.clone())).collect()
    }

    /// The next number of the pool's tasks, or one of the company's own customers.
    fn next_customer(&mut self, pool: &Pool, pace: Pace, now: Timestamp) -> Option<RingSpec> {
        if let Some(spec) = self.next_of_tasks(pool, now) {
            return Some(spec);
        }
        match pool {
            Pool::Queue(queue) if pace.campaign => {
                let customer = self.random.pick(&self.customers)?.clone();
                Some(RingSpec { customer: customer.number, custom: customer.custom, queue: Some(queue.clone()), ..RingSpec::default() })
            }
            _ => None,
        }
    }

    fn dial_customer(&mut self, spec: RingSpec, pool: &Pool, wanted_for: Option<String>, pace: Pace, now: Timestamp) {
        let wanted = wanted_for.as_ref().and_then(|e| self.extensions.get(e));
        let fresh = wanted.is_some_and(|extension| extension.fresh);
        let id = self.begin(spec, Some(pool.clone()), now);
        if let Some(call) = self.calls.get_mut(&id) {
            call.wanted_for = wanted_for;
        }
        if fresh || self.random.percent(pace.reached) {
            let seconds = if fresh { 1 } else { self.random.between(1, 3) };
            return self.schedule(now, seconds, Due::CustomerAnswers(id));
        }
        let (cause, seconds) = match self.random.between(0, 4) {
            0 => (codes::USER_BUSY, 1),
            1 => (codes::LINE_FAILURE, 1),
            2 => (codes::REFUSED, 2),
            3 => (codes::UNLISTED_CAUSE, 2),
            _ => (codes::TIMED_OUT, 5),
        };
        self.schedule(now, seconds, Due::CustomerFails(id, cause));
    }

    pub(crate) fn customer_answers(&mut self, id: CallId, now: Timestamp) {
        if let Some(call) = self.calls.get_mut(&id) {
            call.stage = Stage::Waiting;
            call.picked_up = Some(now);
            self.grow_impatient(id, now);
        }
    }

    /// The customer is busy, refuses, does not exist or does not answer: the call becomes a bill without an agent.
    pub(crate) fn customer_fails(&mut self, id: CallId, cause: Code, now: Timestamp) {
        self.end(id, codes::CALLED_HUNG_UP, cause, now);
    }

    /// Schedules when a waiting customer hangs up: after a while, at the latest after the queue's limit.
    pub(crate) fn grow_impatient(&mut self, id: CallId, now: Timestamp) {
        let queue = self.calls.get(&id).and_then(|call| call.queue.as_ref());
        let limit = queue.and_then(|queue| self.queues.get(queue));
        let limit = limit.map_or(DISCARD, |queue| queue.longest_wait());
        let patience = self.random.between(6, 20).min(limit);
        self.schedule(now, patience, Due::Abandon(id));
    }

    pub(crate) fn abandon(&mut self, id: CallId, now: Timestamp) {
        let waits = self.calls.get(&id).is_some_and(|call| call.stage == Stage::Waiting);
        if waits {
            self.end(id, codes::CALLED_HUNG_UP, codes::CANCELLED, now);
        }
    }

    fn assign_waiting(&mut self, pace: Pace, now: Timestamp) {
        let waiting = self.calls.values().filter(|call| call.stage == Stage::Waiting);
        let waiting: Vec<CallId> = waiting.map(|call| call.id).collect();
        for id in waiting {
            let Some(call) = self.calls.get(&id).cloned() else {
                continue;
            };
            let chosen = self.choose(&call, now);
            let Some(first) = chosen.first().cloned() else {
                continue;
            };
            if let Some(call) = self.calls.get_mut(&id) {
                call.buuid = self.mint.mint(now);
            }
            self.ring_agents(id, chosen, now);
            self.plan_answer(id, &first, call.queue.as_deref(), pace, now);
        }
    }

    /// Schedules how the ring ends: the agent answers or does not, or the customer hangs up first.
    fn plan_answer(&mut self, id: CallId, extension: &str, queue: Option<&str>, pace: Pace, now: Timestamp) {
        let ring = self.calls.get(&id).map_or(0, |call| call.rings);
        if self.random.one_in(pace.cancel_one_in) {
            let seconds = self.random.between(2, 6);
            self.schedule(now, seconds, Due::Cancel(id, ring));
        }
        let answering = self.extensions.get(extension).map(|e| e.answering);
        if answering == Some(Answering::ByHand) {
            let delay = queue.and_then(|queue| self.queues.get(queue));
            let delay = delay.map_or(30, |queue| queue.ring_delay());
            self.schedule(now, delay, Due::Miss(id, ring));
        } else if self.random.one_in(pace.miss_one_in) {
            self.schedule(now, pace.ring_out, Due::Miss(id, ring));
        } else {
            let seconds = self.within(pace.answer);
            self.schedule(now, seconds, Due::Answer(id, ring));
        }
    }

    /// The extensions of a pool that could take a call now.
    pub(crate) fn ready(&self, pool: &Pool, now: Timestamp) -> Vec<String> {
        // Only a few of the calls are at a phone; thousands may be under way.
        let at_phones: Vec<&Call> = self.calls.values().filter(|call| call.is_at_phone()).collect();
        let free = |extension: &str| {
            let known = self.extensions.get(extension);
            let is_ready = known.is_some_and(|e| e.phone == Phone::Registered && e.ready_at <= now);
            is_ready && !at_phones.iter().any(|call| call.involves(extension))
        };
        let members: Vec<&str> = match pool {
            Pool::Extension(extension) => vec![extension],
            Pool::Queue(queue) => {
                let seats = self.seats.iter().filter(|seat| seat.queue == *queue);
                let seats = seats.filter(|seat| seat.state == SeatState::Waiting);
                seats.map(|seat| seat.extension.as_str()).collect()
            }
            Pool::Group(group) => self.idle_members(group),
        };
        let members = members.into_iter().filter(|extension| free(extension));
        members.map(str::to_owned).collect()
    }

    /// The extensions that ring for a waiting customer: that of the agent for whom the customer was dialled, or by the queue's strategy.
    fn choose(&mut self, call: &Call, now: Timestamp) -> Vec<String> {
        let Some(pool) = &call.pool else {
            return Vec::new();
        };
        let mut ready = self.ready(pool, now);
        if call.task.is_none()
            && let Some(wanted) = call.wanted_for.as_ref().filter(|e| ready.contains(e))
        {
            return vec![wanted.clone()];
        }
        let strategy = match pool {
            Pool::Queue(queue) => self.queues.get(queue).map_or(1, |queue| queue.strategy),
            _ => 1,
        };
        let answered = |extension: &str| -> u32 {
            let seats = self.seats.iter().filter(|seat| seat.extension == extension);
            seats.map(|seat| seat.answered).sum()
        };
        let of = |extension: &str| self.extensions.get(extension);
        match strategy {
            // Ready agents are in the order of signing in: 5 takes the first.
            3 | 5 => {}
            2 => ready.sort_by_key(|e| of(e).map(|known| known.talked)),
            4 => ready.sort_by_key(|e| of(e).map(|known| known.last_offered)),
            6 => self.random.shuffle(&mut ready),
            7 => ready.sort_by_key(|e| answered(e)),
            // No service sets a priority; the lower extension goes first.
            8 => ready.sort(),
            _ => ready.sort_by_key(|e| of(e).map(|known| known.idle_since)),
        }
        if strategy != 3 {
            ready.truncate(1);
        }
        ready
    }
}
