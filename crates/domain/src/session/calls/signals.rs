//! Legs, readings and records become calls.

use std::{collections::HashSet, time::Duration};

use super::{
    super::Session,
    find_contact,
    live::Live,
    matching::{Known, Sign, belongs},
};
use crate::{
    Call, CallId, CallRecord, CallSign, Direction, Effect, Extension, LegEvent, LegStatus, Method, Now, Owner, Party, Phone, PhoneReading,
    PhoneState, Timestamp,
};

/// A ring that is older than this when we learn of it gets a card only once the phone is known to ring (L39).
const LATE: Duration = Duration::from_secs(30);
/// A reading says nothing of a call whose last sign came less than this before it was asked for.
const SETTLED: Duration = Duration::from_millis(1000);

/// N25: only "true" with methods 2 to 4 in an outgoing call is the customer's phone.
fn party(event: &LegEvent) -> Party {
    let both_sides_dialled = matches!(event.method, Method::Manual | Method::Api | Method::Double);
    if event.is_b_leg && both_sides_dialled && event.direction == Direction::Outgoing { Party::Customer } else { Party::Agent }
}

/// N26: the number that is not the own extension; the direction decides where both or neither are.
fn customer_number<'a>(caller: &'a str, callee: &'a str, direction: Direction, own: &Extension) -> &'a str {
    match (caller == own.0, callee == own.0, direction) {
        (true, false, _) | (true, true, Direction::Outgoing) | (false, false, Direction::Outgoing) => callee,
        (false, true, _) | (true, true, Direction::Incoming) | (false, false, Direction::Incoming) => caller,
    }
}

impl Session {
    /// A leg of the own extension rang, was answered, or hung up.
    pub(in crate::session) fn leg(&mut self, event: LegEvent, now: Now, out: &mut Vec<Effect>) {
        if event.status == LegStatus::Ring && self.phone.phone != Phone::Ready {
            // A phone that rings is registered, whatever was read before.
            self.phone.say(Phone::Ready, now);
        }
        let customer = customer_number(&event.caller, &event.callee, event.direction, &event.extension).to_owned();
        let sign = Sign {
            uuids: [event.uuid.as_deref(), event.buuid.as_deref()],
            extension: &event.extension.0,
            customer_number: &customer,
            direction: event.direction,
            from: event.started_at.unwrap_or(now.wall),
            ..Sign::default()
        };
        let index = self.calls.live.iter().position(|live| !live.test && belongs(&sign, &live.call));
        let index = match index {
            Some(index) => index,
            None if self.late_leg_of_ended_call(&event, &sign, now, out) => return,
            None => {
                // The same customer rings anew: the earlier call's end was lost.
                let same = |live: &Live| !live.test && !customer.is_empty() && live.call.customer_number == customer;
                if event.status == LegStatus::Ring
                    && let Some(lost) = self.calls.live.iter().position(same)
                {
                    self.finish(lost, now.wall, now, out);
                }
                if let Some(uuid) = &event.uuid {
                    self.punctuality.event(uuid, now.wall);
                }
                let id = self.calls.new_id();
                let mut call = Call::blank(id, self.owner(), event.started_at.unwrap_or(now.wall));
                call.agent = self.agent_number();
                call.queue = self.likely_queue(event.method, &customer);
                call.customer_number.clone_from(&customer);
                call.direction = event.direction;
                call.method = event.method;
                let late = event.started_at.is_some_and(|at| now.wall.since(at) > LATE);
                let mut live = Live::new(call, late, now);
                find_contact(&mut live, out);
                self.calls.live.push(live);
                if late {
                    self.polling.phone_now(now);
                }
                self.calls.live.len() - 1
            }
        };
        let likely = self.likely_queue(event.method, &customer);
        let live = &mut self.calls.live[index];
        let before = live.call.clone();
        let state = live.state();
        live.leg(party(&event), event.status, now);
        let moved = live.state() != state;
        learn(&mut live.call, &event);
        if live.call.queue.is_none() {
            live.call.queue = likely;
        }
        if live.is_over() {
            self.finish(index, now.wall, now, out);
        } else if live.call != before || event.status == LegStatus::Ring {
            out.push(Effect::SaveCall(Box::new(live.call.clone())));
        }
        if moved {
            self.call_moved(now);
        }
    }

    /// A signal that comes after the end of its call completes the row and shows nothing (L32, L39).
    fn late_leg_of_ended_call(&mut self, event: &LegEvent, sign: &Sign<'_>, now: Now, out: &mut Vec<Effect>) -> bool {
        // Without ids, «the same customer again» is a new call, not an old one's late sign.
        let by_id = |call: &&Call| sign.uuids.iter().any(Option::is_some) && belongs(sign, call);
        let Some(call) = self.calls.ended.iter().rev().find(by_id) else { return false };
        let mut completed = call.clone();
        learn(&mut completed, event);
        if party(event) == Party::Agent {
            match event.status {
                LegStatus::Ring => {
                    completed.rang_at.get_or_insert(event.started_at.unwrap_or(now.wall).min(completed.ended_at.unwrap_or(now.wall)));
                }
                LegStatus::Answer if completed.talked_seconds != Some(0) => {
                    completed.answered_at.get_or_insert(completed.ended_at.unwrap_or(now.wall));
                }
                LegStatus::Answer | LegStatus::Hangup => {}
            }
        }
        if completed != *call {
            self.keep(completed, CallSign::Completed, out);
        }
        true
    }

    /// The own extension was asked; a reading from before a call's last sign says nothing of it.
    pub(in crate::session) fn call_read(&mut self, reading: PhoneReading, asked_at: Duration, now: Now, out: &mut Vec<Effect>) {
        let settled = |live: &Live| !live.test && live.heard + SETTLED <= asked_at.max(SETTLED);
        match reading.state {
            PhoneState::Idle => {
                while let Some(index) = self.calls.live.iter().position(settled) {
                    self.finish(index, now.wall, now, out);
                }
            }
            PhoneState::Ringing | PhoneState::Talking => {
                let status = if reading.state == PhoneState::Ringing { LegStatus::Ring } else { LegStatus::Answer };
                self.read_in_call(reading, status, asked_at, now, out);
            }
            PhoneState::OffHook | PhoneState::Unknown => {}
        }
    }

    fn read_in_call(&mut self, reading: PhoneReading, status: LegStatus, asked_at: Duration, now: Now, out: &mut Vec<Effect>) {
        let mut agents = self.calls.live.iter_mut().filter(|live| !live.test);
        match (agents.next(), agents.next()) {
            (Some(live), None) => {
                // One call, one phone: the reading is of it. What it rang before it was heard to be answered is old.
                if status == LegStatus::Ring || live.heard <= asked_at {
                    let before = live.call.clone();
                    live.doubtful = false;
                    live.leg(Party::Agent, status, now);
                    if live.call != before {
                        out.push(Effect::SaveCall(Box::new(live.call.clone())));
                    }
                }
            }
            (Some(_), Some(_)) => self.calls.show_doubtful_cards(),
            (None, _) => {
                let Some((caller, callee)) = reading.caller.zip(reading.callee) else { return };
                // A call that a callback ended since the question was sent does not begin again by its answer.
                if self.calls.ended.iter().any(|call| ended_since(call, asked_at, now)) {
                    return;
                }
                let method = if self.queues.iter().any(|queue| queue.is_in()) { Method::Predictive } else { Method::Other(0) };
                let event = LegEvent {
                    status,
                    extension: self.own_extension(),
                    uuid: None,
                    buuid: None,
                    caller,
                    callee,
                    direction: reading.direction.unwrap_or_default(),
                    method,
                    is_b_leg: false,
                    display_number: reading.display_number.unwrap_or_default(),
                    started_at: None,
                    customer_id: None,
                };
                self.leg(event, now, out);
            }
        }
    }

    /// Records fetched from the platform, any number, known ones among them.
    pub(in crate::session) fn records(&mut self, mut records: Vec<CallRecord>, now: Now, out: &mut Vec<Effect>) {
        records.sort_by_key(|record| record.started_at);
        for record in records {
            if self.is_own(&record.extension) {
                self.record(record, now, out);
            }
        }
    }

    /// A call's record: what it says wins over what callbacks said (N12, L33, L34).
    pub(in crate::session) fn record(&mut self, record: CallRecord, now: Now, out: &mut Vec<Effect>) {
        if !self.record_at_hand(&record, now, out) {
            self.log.look_up(record);
        }
    }

    /// The record of a call going on, or of one that ended lately.
    fn record_at_hand(&mut self, record: &CallRecord, now: Now, out: &mut Vec<Effect>) -> bool {
        let sign = sign(record);
        if let Some(index) = self.calls.live.iter().position(|live| !live.test && belongs(&sign, &live.call)) {
            complete(&mut self.calls.live[index].call, record);
            self.finish(index, ended_at(record), now, out);
            return true;
        }
        let Some(known) = self.calls.ended.iter().rev().find(|call| belongs(&sign, call)) else { return false };
        let mut call = known.clone();
        complete(&mut call, record);
        if call != *known {
            self.keep(call, CallSign::Completed, out);
        }
        true
    }

    /// Records of calls that were not at hand, and the calls on disk that they may be of.
    pub(in crate::session) fn recalled_records(&mut self, records: Vec<CallRecord>, calls: Vec<Call>, now: Now, out: &mut Vec<Effect>) {
        let at_hand: HashSet<CallId> =
            self.calls.live.iter().map(|live| live.call.id).chain(self.calls.ended.iter().map(|call| call.id)).collect();
        let mut known = Known::default();
        // Of whoever worked at the extension: a record completes their calls, too.
        let owner = Owner { agent: None, ..self.owner() };
        let own = calls.into_iter().filter(|call| call.is_of(&owner));
        own.filter(|call| !at_hand.contains(&call.id)).for_each(|call| known.add(call));
        for record in records {
            if self.record_at_hand(&record, now, out) {
                continue;
            }
            let before = known.find(&sign(&record)).cloned();
            let mut call = match &before {
                Some(known) => known.clone(),
                None => {
                    // The record's number can be custom data of another meaning (N11): who is known to have been here comes first.
                    let was_here = self.saved.agent_since.is_some_and(|since| record.started_at >= since);
                    let agent = self.agent_number().filter(|_| was_here);
                    Call { agent, ..Call::blank(self.calls.new_id(), owner.clone(), record.started_at) }
                }
            };
            complete(&mut call, &record);
            if before.as_ref() != Some(&call) {
                known.add(call.clone());
                let sign = if before.is_some() { CallSign::Completed } else { CallSign::Fetched };
                self.keep(call, sign, out);
            }
        }
    }
}

fn sign(record: &CallRecord) -> Sign<'_> {
    Sign {
        uuids: [record.uuid.as_deref(), None],
        record_id: record.record_id.as_deref(),
        extension: &record.extension.0,
        customer_number: &record.customer_number,
        direction: record.direction,
        from: record.started_at,
        to: Some(ended_at(record)),
        is_record: true,
    }
}

fn ended_since(call: &Call, asked_at: Duration, now: Now) -> bool {
    let asked = now.wall.minus(now.mono.saturating_sub(asked_at));
    call.ended_at.is_some_and(|ended| ended >= asked.minus(SETTLED))
}

fn ended_at(record: &CallRecord) -> Timestamp {
    let length = Duration::from_secs(u64::from(record.waited_seconds) + u64::from(record.talked_seconds));
    record.ended_at.unwrap_or_else(|| record.started_at.plus(length))
}

/// Takes from a leg's event what the call lacks.
fn learn(call: &mut Call, event: &LegEvent) {
    fill(&mut call.uuid, &event.uuid);
    fill(&mut call.buuid, &event.buuid);
    fill(&mut call.customer_id, &event.customer_id);
    if call.display_number.is_empty() {
        call.display_number.clone_from(&event.display_number);
    }
    if call.method == Method::Other(0) || (event.uuid.is_some() && call.uuid == event.uuid) {
        call.method = event.method;
    }
}

fn complete(call: &mut Call, record: &CallRecord) {
    call.customer_number.clone_from(&record.customer_number);
    call.display_number.clone_from(&record.display_number);
    call.direction = record.direction;
    call.method = record.method;
    // Times that stand in for what the platform did not say take the place of none.
    if !record.undated {
        call.started_at = record.started_at;
        call.answered_at = record.answered_at;
    }
    if !record.undated || call.ended_at.is_none() {
        call.ended_at = Some(ended_at(record));
    }
    call.waited_seconds = Some(record.waited_seconds);
    call.talked_seconds = Some(record.talked_seconds);
    call.hung_up_by = Some(record.hung_up_by);
    call.ending = Some(record.ending);
    fill(&mut call.agent, &record.agent_id);
    fill(&mut call.uuid, &record.uuid);
    fill(&mut call.record_id, &record.record_id);
    for (have, said) in [
        (&mut call.recording, &record.recording),
        (&mut call.member_id, &record.member_id),
        (&mut call.customer_id, &record.customer_id),
        (&mut call.maturity, &record.maturity),
    ] {
        if said.is_some() {
            have.clone_from(said);
        }
    }
}

fn fill(have: &mut Option<String>, said: &Option<String>) {
    if have.is_none() {
        have.clone_from(said);
    }
}
