//! Finds the call that a leg's event or a reading of the phone belongs to, and applies it.

use std::time::Duration;

use super::{
    super::Session,
    TakenForLate, find_contact,
    live::Live,
    matching::{Line, has_no_uuid, has_uuid},
};
use crate::{
    Call, CallId, CallSign, CallState, Effect, LegEvent, LegStatus, Method, Now, Owner, Party, Phone, PhoneReading, PhoneState, Timestamp,
    customer_number, is_withheld, minted_at,
};

/// A ring whose call began this much longer ago than callbacks are usually late gets a card only if the phone is known to ring (L39). The
/// time is long, since a customer may take long to answer and then wait.
const LATE: Duration = Duration::from_secs(50);
/// How long the card of an old ring waits for a reading of the phone that shows whether it still rings.
const DOUBT: Duration = Duration::from_secs(3);
/// Callbacks of a polled call come within this time after the reading, in addition to their usual lateness.
const FOLLOWS: Duration = Duration::from_secs(5);
/// A uuid older than this was not made for this call.
const OLDEST: Duration = Duration::from_secs(600);
/// Numbers with the same last digits, this many, count as the same number.
const TELLING: usize = 7;

/// The call that a leg's event belongs to.
enum Place {
    Live(usize),
    /// The call has ended already.
    Ended(CallId),
    New {
        /// An open call with the same customer began earlier: its end was lost.
        lost: Option<usize>,
        /// An open call with the same customer began later: the new one must be over.
        is_overtaken: bool,
    },
}

impl Session {
    /// A leg of the own extension rang, was answered, or hung up. `backlog`: the call's end may follow at once.
    pub(in crate::session) fn leg(&mut self, event: LegEvent, backlog: bool, now: Now, out: &mut Vec<Effect>) {
        if event.status == LegStatus::Ring && self.phone.phone != Phone::Ready {
            // A ringing phone is registered, even if the last reading showed that it was not.
            self.phone.say(Phone::Ready, now);
        }
        let numbers = &self.calls.numbers;
        let customer = customer_number(&event.caller, &event.callee, event.direction, &event.extension, numbers).to_owned();
        let index = match self.place(&event, &customer, now) {
            Place::Live(index) => index,
            Place::Ended(call) => return self.late_leg(call, &event, now, out),
            Place::New { lost, is_overtaken } => {
                if let Some(lost) = lost {
                    self.finish(lost, now, out);
                }
                let index = self.begin(&event, customer.clone(), is_overtaken, now, out);
                if backlog {
                    self.calls.live[index].doubt(now.mono + DOUBT);
                    self.polling.phone_now(now);
                }
                index
            }
        };
        let there = self.there(now.wall);
        let begun = self.begun(&event, now);
        let live = &mut self.calls.live[index];
        let before = live.call.clone();
        let state = live.state();
        if live.is_numberless() && !is_withheld(&customer) {
            live.call.customer_number = customer;
            find_contact(live, out);
        }
        live.told.get_or_insert(now.mono);
        live.leg(event.party(), event.status, there, now);
        let moved = live.state() != state;
        if live.read_first.is_some() && has_no_uuid(&live.call) && event.uuid.is_some() {
            live.call.started_at = begun.unwrap_or(live.call.started_at);
        }
        learn(&mut live.call, &event);
        if live.is_over() {
            self.finish(index, now, out);
        } else if live.call != before || event.status == LegStatus::Ring {
            out.push(Effect::SaveCall(Box::new(live.call.clone())));
        }
        if moved {
            self.call_moved(now);
        }
    }

    /// When the call began, by the platform's clock: the second in the event, refined by the time in the uuid if both agree.
    fn begun(&self, event: &LegEvent, now: Now) -> Option<Timestamp> {
        let there = self.there(now.wall);
        let minted = event.uuid.as_deref().and_then(minted_at).filter(|at| at.0.abs_diff(there.0) < OLDEST.as_millis() as u64);
        match event.started_at {
            Some(said) => minted.filter(|at| at.second() == said.second()).or(Some(said)),
            None => minted,
        }
    }

    fn place(&self, event: &LegEvent, customer: &str, now: Now) -> Place {
        let uuids = [event.uuid.as_deref(), event.buuid.as_deref()];
        let owner = Owner { agent: None, ..self.owner() };
        let live = || self.calls.live.iter().enumerate().filter(|(_, live)| !live.test);
        let ended = || self.calls.ended.iter().rev().filter(|call| call.is_of(&owner));
        if let Some((index, _)) = live().find(|(_, live)| has_uuid(&live.call, uuids)) {
            return Place::Live(index);
        }
        if let Some(call) = ended().find(|call| has_uuid(call, uuids)) {
            return Place::Ended(call.id);
        }
        // No id decides.
        let rule = self.rule();
        let line = Line { customer, direction: event.direction, method: event.method };
        let has_id = uuids.iter().any(Option::is_some);
        let may_be = |call: &Call| (!has_id || has_no_uuid(call)) && rule.is_on_line(line, call);
        let begun = self.begun(event, now);
        let apart = |of: Timestamp| begun.map(|begun| begun.0.abs_diff(of.0));
        let is_of_it = |live: &Live| match begun {
            Some(begun) => rule.can_have_begun(begun, live.call.started_at),
            None if event.status == LegStatus::Ring && live.state() != CallState::Ringing => {
                now.mono < live.began + FOLLOWS + rule.lateness
            }
            None => true,
        };
        let is_just_read = |live: &Live| live.is_numberless() && now.mono < live.began + FOLLOWS + rule.lateness;
        let candidates = live().filter(|(_, live)| may_be(&live.call) || is_just_read(live)).max_by_key(|(_, live)| live.began);
        let going_on = candidates.filter(|(_, live)| is_of_it(live));
        let is_late = |call: &&Call| {
            may_be(call)
                && match begun {
                    // One card too many is better than a missed ring, but only within the error of the clocks.
                    Some(begun) if event.status == LegStatus::Ring && begun > call.started_at.plus(rule.doubt) => false,
                    Some(begun) => rule.can_have_begun(begun, call.started_at),
                    // A ring begins a new call of the same customer; any other signal belongs to the call that just ended.
                    None => {
                        let since = call.ended_at.map(|at| rule.there(now.wall).since(at));
                        event.status != LegStatus::Ring && since.is_some_and(|since| since < FOLLOWS + rule.lateness)
                    }
                }
        };
        let over = ended().filter(is_late).min_by_key(|call| apart(call.started_at));
        let is_nearer = |call: &Call, live: &Live| {
            let can_be = begun.is_some_and(|begun| begun <= call.started_at.plus(rule.doubt));
            can_be && apart(call.started_at) < apart(live.call.started_at)
        };
        match (going_on, over) {
            // A late signal belongs to the ended call if that began nearer to the signal's time.
            (Some((_, live)), Some(call)) if is_nearer(call, live) => return Place::Ended(call.id),
            (Some((index, _)), _) => return Place::Live(index),
            (None, Some(call)) => return Place::Ended(call.id),
            (None, None) => {}
        }
        let same = live().filter(|(_, live)| rule.numbers.same(customer, &live.call.customer_number)).max_by_key(|(_, live)| live.began);
        let Some((index, live)) = same else { return Place::New { lost: None, is_overtaken: false } };
        let is_overtaken = begun.is_some_and(|begun| rule.can_have_begun(begun, live.call.started_at) && begun < live.call.started_at);
        let is_later = begun.is_some_and(|begun| !rule.can_have_begun(begun, live.call.started_at) && begun > live.call.started_at);
        let lost = match event.status {
            LegStatus::Ring => !is_overtaken,
            LegStatus::Answer => is_later,
            LegStatus::Hangup => false,
        };
        Place::New { lost: lost.then_some(index), is_overtaken }
    }

    /// Makes a new call; returns its index among the open ones.
    fn begin(&mut self, event: &LegEvent, customer: String, is_overtaken: bool, now: Now, out: &mut Vec<Effect>) -> usize {
        let usual = self.rule().lateness;
        if let Some(uuid) = &event.uuid {
            self.punctuality.event(uuid, now.wall);
        }
        let there = self.there(now.wall);
        let id = self.calls.new_id();
        let begun = self.begun(event, now).unwrap_or(there);
        let mut call = Call::blank(id, self.owner(), begun);
        call.agent = self.agent_number();
        call.queue = self.only_queue(event.method, &customer);
        call.customer_number = customer;
        call.direction = event.direction;
        call.method = event.method;
        let is_late = event.started_at.is_some_and(|at| there.since(at) > LATE + usual);
        let mut live = Live::new(call, is_overtaken, now);
        find_contact(&mut live, out);
        if is_late {
            live.doubt(now.mono + DOUBT);
            self.polling.phone_now(now);
        }
        self.calls.live.push(live);
        self.calls.live.len() - 1
    }

    /// A signal after its call's end completes the row in the log and shows nothing (L32, L39).
    pub(super) fn late_leg(&mut self, call: CallId, event: &LegEvent, now: Now, out: &mut Vec<Effect>) {
        let Some(call) = self.calls.ended.iter().find(|ended| ended.id == call) else { return };
        let mut completed = call.clone();
        learn(&mut completed, event);
        if event.party() == Party::Agent {
            let ended_at = *completed.ended_at.get_or_insert(self.there(now.wall).max(completed.started_at));
            match event.status {
                LegStatus::Ring => {
                    // The ring may be repeated, or a transferred call may come back: a reading of the phone decides.
                    self.polling.phone_now(now);
                    // A ring that began before the call was first seen belongs to the call, however late it comes.
                    let is_seen_before = self.begun(event, now).is_none_or(|begun| begun > call.started_at);
                    if has_no_uuid(call) && is_seen_before {
                        self.calls.taken_for_late = Some(TakenForLate { call: call.clone(), ring: event.clone(), at: now.mono });
                    }
                    completed.rang_at.get_or_insert(event.started_at.unwrap_or(ended_at).min(ended_at));
                }
                LegStatus::Answer if completed.talked_seconds != Some(0) => {
                    completed.answered_at.get_or_insert(ended_at);
                }
                LegStatus::Answer | LegStatus::Hangup => {}
            }
        }
        if completed != *call {
            self.keep(completed, CallSign::Completed, out);
        }
    }

    /// Takes a reading of the own phone. A reading that was asked for before a call's last signal does not change that call.
    pub(in crate::session) fn call_read(&mut self, reading: PhoneReading, asked_at: Duration, now: Now, out: &mut Vec<Effect>) {
        match reading.state {
            PhoneState::Idle => {
                self.calls.taken_for_late.take_if(|ring| ring.at <= asked_at);
                while let Some(index) = self.calls.live.iter().position(|live| !live.test && live.is_settled(asked_at)) {
                    self.finish(index, now, out);
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
        // If a call was found to be over after the question was sent, the answer must not begin it again.
        let is_old = self.calls.settled_at().is_some_and(|at| asked_at < at);
        let agents: Vec<usize> = (0..self.calls.live.len()).filter(|index| !self.calls.live[*index].test).collect();
        if !agents.is_empty() && agents.iter().all(|index| self.is_of_another(&reading, status, *index)) {
            // The ends of the earlier calls were lost, unless the reading is older than their last signals.
            if agents.iter().all(|index| self.calls.live[*index].is_settled(asked_at)) {
                agents.iter().rev().for_each(|index| self.finish(*index, now, out));
                if !is_old {
                    self.begin_read(reading, status, asked_at, now, out);
                }
            }
            return;
        }
        let mut agents = agents.into_iter();
        match (agents.next(), agents.next()) {
            (Some(index), None) => {
                let there = self.there(now.wall);
                let live = &mut self.calls.live[index];
                // With one open call, the reading belongs to it. A leg only advances, so an old ring does no harm; an answer counts only
                // if it was asked for after the last signal.
                if status == LegStatus::Ring || live.heard <= asked_at {
                    let before = live.call.clone();
                    live.doubtful = false;
                    live.leg(Party::Agent, status, there, now);
                    if live.call != before {
                        out.push(Effect::SaveCall(Box::new(live.call.clone())));
                    }
                }
            }
            (Some(_), Some(_)) => {
                self.calls.show_doubtful_cards();
                self.end_earlier_rings(&reading, status, asked_at, now, out);
            }
            (None, _) if is_old => {}
            (None, _) => self.begin_read(reading, status, asked_at, now, out),
        }
    }

    /// The phone is in a call that began later, so the ends of the rings before it were lost.
    fn end_earlier_rings(&mut self, reading: &PhoneReading, status: LegStatus, asked_at: Duration, now: Now, out: &mut Vec<Effect>) {
        let is_of = |index: &usize| !self.calls.live[*index].test && !self.is_of_another(reading, status, *index);
        let Some(began) = (0..self.calls.live.len()).filter(is_of).map(|index| self.calls.live[index].began).max() else { return };
        let is_over = |index: &usize| {
            let live = &self.calls.live[*index];
            let rang_before = !live.test && live.state() == CallState::Ringing && live.began < began && live.is_settled(asked_at);
            rang_before && self.is_of_another(reading, status, *index)
        };
        let over: Vec<usize> = (0..self.calls.live.len()).rev().filter(is_over).collect();
        over.into_iter().for_each(|index| self.finish(index, now, out));
    }

    /// Whether the phone is in another call than this one: it rings although this one was answered, or shows another number. If the
    /// platform dials both sides, the phone may show other numbers and ring during the call.
    fn is_of_another(&self, reading: &PhoneReading, status: LegStatus, index: usize) -> bool {
        let live = &self.calls.live[index];
        let call = &live.call;
        if call.method.dials_both_sides() {
            return false;
        }
        let rings_anew = status == LegStatus::Ring && live.state() == CallState::Talking;
        let Some((caller, callee)) = reading.caller.as_ref().zip(reading.callee.as_ref()) else { return rings_anew };
        let numbers = &self.calls.numbers;
        let direction = reading.direction.unwrap_or(call.direction);
        let number = customer_number(caller, callee, direction, &call.extension, numbers);
        let is_shown = numbers.same(number, &call.display_number) || numbers.same(number, &call.extension.0);
        if is_withheld(number) || is_withheld(&call.customer_number) || is_shown {
            // A callback may know a number that the phone does not show; but the phone shows the same number during the whole call.
            let [shows, showed] = [number, &call.customer_number].map(|number| !number.trim().is_empty());
            let is_shown_otherwise =
                live.read_first.is_some() && shows && showed && is_withheld(number) != is_withheld(&call.customer_number);
            return (rings_anew || is_shown_otherwise) && !is_shown;
        }
        let (one, other) = (numbers.core(number), numbers.core(&call.customer_number));
        let tail = |text: &str| text.get(text.len().saturating_sub(TELLING)..).map(str::to_owned);
        let is_other_number = one != other && tail(&one) != tail(&other);
        is_other_number || rings_anew
    }

    /// Begins the call whose ring was taken for a late ring of the ended call, and restores the ended call.
    fn begin_taken_for_late(&mut self, reading: &PhoneReading, status: LegStatus, now: Now, out: &mut Vec<Effect>) -> bool {
        let Some(TakenForLate { call, ring, .. }) = self.calls.taken_for_late.take() else { return false };
        let numbers = &self.calls.numbers;
        let customer = customer_number(&ring.caller, &ring.callee, ring.direction, &ring.extension, numbers).to_owned();
        let shown = [&reading.caller, &reading.callee].into_iter().flatten();
        let is_shown = is_withheld(&customer) || shown.into_iter().any(|number| numbers.same(number, &customer));
        // If a record with the ring's id has come for the ended call, ring and call belong together.
        let has_no_record = self.calls.ended.iter().any(|ended| ended.id == call.id && ended.talked_seconds == call.talked_seconds);
        if !is_shown || !has_no_record {
            return false;
        }
        self.keep(call, CallSign::Completed, out);
        let index = self.begin(&ring, customer, false, now, out);
        let there = self.there(now.wall);
        let live = &mut self.calls.live[index];
        live.doubtful = false;
        live.told = Some(now.mono);
        live.leg(ring.party(), ring.status, there, now);
        live.leg(Party::Agent, status, there, now);
        learn(&mut live.call, &ring);
        out.push(Effect::SaveCall(Box::new(live.call.clone())));
        self.call_moved(now);
        true
    }

    /// Begins a call that is known only from a reading of the phone.
    fn begin_read(&mut self, reading: PhoneReading, status: LegStatus, asked_at: Duration, now: Now, out: &mut Vec<Effect>) {
        if self.begin_taken_for_late(&reading, status, now, out) {
            return;
        }
        // If one number is missing, it is the agent's or a withheld one.
        let own = self.own_extension();
        let other_than = |shown: Option<&String>| match shown {
            Some(number) if self.calls.numbers.same(number, &own.0) => String::new(),
            _ => own.0.clone(),
        };
        let callee = reading.callee.clone().unwrap_or_else(|| other_than(reading.caller.as_ref()));
        let caller = reading.caller.unwrap_or_else(|| other_than(Some(&callee)));
        let method = if self.seats.joined().next().is_some() { Method::Predictive } else { Method::Other(0) };
        let event = LegEvent {
            status,
            extension: own.clone(),
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
        let numbers = &self.calls.numbers;
        let customer = customer_number(&event.caller, &event.callee, event.direction, &event.extension, numbers).to_owned();
        let index = self.begin(&event, customer, false, now, out);
        let there = self.there(now.wall);
        let live = &mut self.calls.live[index];
        live.read_first = Some(asked_at);
        live.leg(Party::Agent, status, there, now);
        learn(&mut live.call, &event);
        out.push(Effect::SaveCall(Box::new(live.call.clone())));
        self.call_moved(now);
    }
}

/// Takes from a leg's event the values that the call lacks.
fn learn(call: &mut Call, event: &LegEvent) {
    super::fill(&mut call.uuid, &event.uuid);
    super::fill(&mut call.buuid, &event.buuid);
    super::fill(&mut call.customer_id, &event.customer_id);
    if call.display_number.is_empty() {
        call.display_number.clone_from(&event.display_number);
    }
    if call.method == Method::Other(0) || (event.uuid.is_some() && call.uuid == event.uuid) {
        call.method = event.method;
    }
    if event.uuid.is_some() && call.uuid == event.uuid && call.talked_seconds.is_none() {
        call.direction = event.direction;
    }
}
