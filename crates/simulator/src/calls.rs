//! The events of a call: it rings, is answered, missed or hung up, and becomes a bill.

use jiff::{SignedDuration, Timestamp};

use crate::call::{Bill, Call, CallId, Method, Party, Pool, RingSpec, Stage};
use crate::callbacks::Phase;
use crate::codes::{self, Code};
use crate::customers;
use crate::seat::SeatState;
use crate::world::{Due, World, after};

/// Why a call could not be answered, missed or hung up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CallError {
    #[error("there is no call {0} any more")]
    Unknown(CallId),
    #[error("call {0} does not ring at an agent's phone")]
    NotRinging(CallId),
}

impl World {
    /// Rings an extension; no further event of this call is scheduled.
    pub(crate) fn ring(&mut self, spec: RingSpec, now: Timestamp) -> CallId {
        let id = self.begin(spec, None, now);
        let extension = match self.calls.get(&id) {
            Some(call) => call.extension.clone(),
            None => return id,
        };
        self.ring_agents(id, vec![extension], now);
        id
    }

    /// Dials a customer who is not reached: the only result is a bill without an agent.
    pub(crate) fn dial_in_vain(&mut self, spec: RingSpec, cause: Code, now: Timestamp) -> CallId {
        let id = self.begin(RingSpec { extension: String::new(), ..spec }, None, now);
        self.customer_fails(id, cause, now);
        id
    }

    /// Begins a call. Both uuids are made now, 19 µs apart (N6).
    pub(crate) fn begin(&mut self, spec: RingSpec, pool: Option<Pool>, now: Timestamp) -> CallId {
        let id = CallId(self.next_serial());
        let company = self.options.account.company_code.clone();
        let display_number = match spec.display_number.as_str() {
            "" => customers::display_number(&company, &mut self.random),
            given => given.to_owned(),
        };
        let call = Call {
            id,
            stage: Stage::Dialling,
            uuid: self.mint.mint(now),
            buuid: self.mint.mint(now + SignedDuration::from_micros(19)),
            extension: spec.extension,
            also_ringing: Vec::new(),
            customer: spec.customer,
            direction: spec.direction,
            method: spec.method,
            is_b_leg: spec.is_b_leg,
            queue: spec.queue,
            pool,
            task: spec.task,
            custom: spec.custom,
            display_number,
            started: now,
            answered: None,
            picked_up: None,
            rings: 0,
            wanted_for: None,
        };
        self.calls.insert(id, call);
        id
    }

    /// Rings the phones of these extensions; [`World::answer`] answers at the first.
    pub(crate) fn ring_agents(&mut self, id: CallId, extensions: Vec<String>, now: Timestamp) {
        let Some(call) = self.calls.get_mut(&id) else {
            return;
        };
        let Some((first, others)) = extensions.split_first() else {
            return;
        };
        call.stage = Stage::Ringing;
        call.rings += 1;
        call.extension = first.clone();
        call.also_ringing = others.to_vec();
        call.wanted_for = None;
        let queue = call.queue.clone();
        for extension in &extensions {
            if let Some(known) = self.extensions.get_mut(extension) {
                known.fresh = false;
                known.last_offered = now;
            }
            if let Some(queue) = &queue {
                self.move_seats(queue, extension, SeatState::Receiving, now);
                if let Some(seat) = self.seat(queue, extension) {
                    seat.last_assign = Some(now);
                }
            }
            self.tell_state(id, extension, Phase::Ring);
        }
    }

    fn ringing(&mut self, id: CallId) -> Result<&mut Call, CallError> {
        let call = self.calls.get_mut(&id).ok_or(CallError::Unknown(id))?;
        match call.stage {
            Stage::Ringing => Ok(call),
            _ => Err(CallError::NotRinging(id)),
        }
    }

    /// Whether the call is still in this ring, for which an event was scheduled.
    pub(crate) fn still_rings(&self, id: CallId, ring: u32) -> bool {
        self.calls.get(&id).is_some_and(|call| call.stage == Stage::Ringing && call.rings == ring)
    }

    /// The agent answers; the other phones stop ringing.
    pub(crate) fn answer(&mut self, id: CallId, now: Timestamp) -> Result<(), CallError> {
        let call = self.ringing(id)?;
        call.stage = Stage::Talking;
        call.answered = Some(now);
        let extension = call.extension.clone();
        let others = std::mem::take(&mut call.also_ringing);
        let (queue, by_itself) = (call.queue.clone(), call.pool.is_some());
        for other in others {
            self.tell_state(id, &other, Phase::HangUp);
            self.free(&other, queue.as_deref(), SeatState::Waiting, now);
        }
        if let Some(queue) = &queue {
            self.move_seats(queue, &extension, SeatState::Answered, now);
            if let Some(seat) = self.seat(queue, &extension) {
                seat.last_answer = Some(now);
                seat.answered += 1;
                seat.missed = 0;
            }
        }
        self.tell_state(id, &extension, Phase::Answer);
        if by_itself && let Some(pace) = self.options.pace {
            let seconds = self.within(pace.talk);
            let customer = self.random.percent(70);
            let by = if customer { Party::Customer } else { Party::Agent };
            self.schedule(now, seconds, Due::HangUp(id, by));
        }
        Ok(())
    }

    /// Nobody answered. A call of the dialler waits for an agent again, any other call ends.
    pub(crate) fn miss(&mut self, id: CallId, now: Timestamp) -> Result<(), CallError> {
        let call = self.ringing(id)?;
        let mut extensions = vec![call.extension.clone()];
        extensions.append(&mut call.also_ringing);
        let (queue, from_dialler) = (call.queue.clone(), call.pool.is_some());
        if from_dialler {
            call.stage = Stage::Waiting;
        }
        for extension in extensions {
            self.tell_state(id, &extension, Phase::HangUp);
            self.count_miss(&extension, queue.as_deref(), now);
        }
        if from_dialler {
            self.grow_impatient(id, now);
        } else {
            self.end(id, codes::CALLER_HUNG_UP, codes::TIMED_OUT, now);
        }
        Ok(())
    }

    fn count_miss(&mut self, extension: &str, queue: Option<&str>, now: Timestamp) {
        if let Some(name) = queue {
            let limit = self.queues.get(name).map_or(0, |queue| queue.max_no_answer);
            if let Some(seat) = self.seat(name, extension) {
                seat.missed += 1;
                seat.pause_after |= limit > 0 && seat.missed >= limit;
            }
        }
        self.free(extension, queue, SeatState::DidNotAnswer, now);
    }

    /// One party hangs up. While the call rings, that is a refusal by the agent or a cancellation by the customer.
    pub(crate) fn hang_up(&mut self, id: CallId, by: Party, now: Timestamp) -> Result<(), CallError> {
        let call = self.calls.get_mut(&id).ok_or(CallError::Unknown(id))?;
        let caller = match call.direction {
            crate::call::Direction::CallOut => Party::Agent,
            crate::call::Direction::CallIn => Party::Customer,
        };
        let side = if by == caller { codes::CALLER_HUNG_UP } else { codes::CALLED_HUNG_UP };
        let (cause, state) = match (call.stage, by) {
            (Stage::Talking, _) => (codes::HUNG_UP, SeatState::Waiting),
            (_, Party::Agent) => (codes::REFUSED, SeatState::Rejected),
            (_, Party::Customer) => (codes::CANCELLED, SeatState::Waiting),
        };
        let mut extensions = std::mem::take(&mut call.also_ringing);
        if matches!(call.stage, Stage::Ringing | Stage::Talking) {
            extensions.insert(0, call.extension.clone());
        }
        let queue = call.queue.clone();
        let talked = call.answered.map(|at| now.duration_since(at).as_secs());
        // The call stops being a talk or a ring before its agents become free, so that they count as idle at once.
        call.stage = Stage::Waiting;
        for extension in extensions {
            if let (Some(known), Some(talked)) = (self.extensions.get_mut(&extension), talked) {
                known.talked += talked;
            }
            self.tell_state(id, &extension, Phase::HangUp);
            self.free(&extension, queue.as_deref(), state, now);
        }
        self.end(id, side, cause, now);
        Ok(())
    }

    /// The extension has no call any more: its seat gets `state`, and the dialler gives it no call for a while.
    fn free(&mut self, extension: &str, queue: Option<&str>, state: SeatState, now: Timestamp) {
        if let Some(queue) = queue {
            for queue in self.moved_by(queue, extension) {
                self.rest_seat(&queue, extension, state, now);
            }
        }
        let wrap_up = queue.and_then(|queue| self.queues.get(queue));
        let wrap_up = wrap_up.map_or(0, |queue| queue.wrap_up);
        let pause = match self.options.pace {
            Some(pace) => self.within(pace.between).max(wrap_up),
            None => return self.idle_from(extension, now, now),
        };
        self.idle_from(extension, now, after(now, pause));
    }

    /// An agent signed in, came back from a break, or got a phone: the first call comes soon.
    pub(crate) fn became_idle(&mut self, extension: &str, now: Timestamp) {
        let soon = self.options.pace.map(|pace| self.within(pace.first));
        self.idle_from(extension, now, after(now, soon.unwrap_or(0)));
    }

    pub(crate) fn idle_from(&mut self, extension: &str, now: Timestamp, ready: Timestamp) {
        if let Some(known) = self.extensions.get_mut(extension) {
            known.idle_since = now;
            known.ready_at = ready;
        }
        if self.options.pace.is_some() {
            self.schedule_at(ready, Due::Dial);
        }
    }

    /// Ends the call: it becomes a bill, and its task may be finished.
    pub(crate) fn end(&mut self, id: CallId, hung_up_by: Code, cause: Code, now: Timestamp) {
        let Some(call) = self.calls.remove(&id) else {
            return;
        };
        let bill = self.bill(&call, hung_up_by, cause, now);
        self.tell_bill(&bill, id);
        self.bills.push(bill);
        if let Some(task) = &call.task {
            self.task_progress(task);
        }
    }

    fn bill(&mut self, call: &Call, hung_up_by: Code, cause: Code, now: Timestamp) -> Bill {
        let queue = call.queue.as_deref().unwrap_or_default();
        let seat_agent = self.seat(queue, &call.extension).map(|seat| seat.agent.clone());
        let known_agent = || self.extensions.get(&call.extension).map(|e| e.agent.clone());
        let agent = seat_agent.or_else(known_agent).unwrap_or_else(|| "0".into());
        let recording = match call.answered {
            Some(at) => self.recording_name(&call.extension, &call.customer, &call.uuid, at),
            None => String::new(),
        };
        Bill {
            call: Some(call.id),
            id: self.next_bill_id(),
            uuid: call.uuid.clone(),
            // Empty or zeros, as in the documentation's two examples of calls that reached no agent (N12).
            extension: match call.extension.as_str() {
                "" if call.method == Method::IvrOrGroup => String::new(),
                "" => "000000".into(),
                extension => extension.to_owned(),
            },
            agent,
            customer: call.customer.clone(),
            display_number: call.display_number.clone(),
            started: call.started,
            // A customer who picked up and reached no agent talked to nobody, but the call is billed from then on.
            answered: call.answered.or(call.picked_up.filter(|_| call.extension.is_empty())),
            ended: now,
            direction: call.direction,
            method: call.method,
            queue: call.queue.clone(),
            custom: call.custom.clone(),
            recording,
            hung_up_by,
            cause,
            synced: false,
        }
    }
}
