//! Decides which signals and records belong to the same call: the one rule of N12, in two steps.
//!
//! First the ids are compared with those of all known calls. If no id decides, extension, number, direction and time do: of several calls
//! that fit, the nearest in time is taken, and each call for one record only. All times are compared on the platform's clock.

use std::{collections::HashMap, sync::Arc, time::Duration};

use crate::{Call, CallRecord, Direction, Method, NumberRules, Timestamp, is_withheld};

/// Tolerance for rounding and for the remaining error of the clock difference: times this close count as overlapping.
const SLACK: Duration = Duration::from_secs(2);
/// The platform rounds to whole seconds.
const ROUNDING: Duration = Duration::from_millis(1500);
/// A record gives its end as a whole second; the true end is at most this much later.
const SECOND: Duration = Duration::from_secs(1);
/// Milliseconds added to the distance of a call with another id or direction, so that it is taken only if it is much nearer.
const OTHER: u64 = 2000;
/// A record without times comes within this time after its call.
const JUST_OVER: Duration = Duration::from_secs(600);
/// The error of the measured clock difference.
const CLOCKS: Duration = Duration::from_millis(500);
/// Factor for a call that was seen before it happened, compared with one that was seen after it.
const EARLY: u64 = 4;
/// The largest usual lateness of callbacks that is taken into account.
const LATEST: Duration = Duration::from_secs(10);

/// The rules for comparing numbers and times.
#[derive(Clone, Debug)]
pub(super) struct Rule {
    pub numbers: Arc<NumberRules>,
    /// How far our clock is ahead of the platform's, in milliseconds.
    pub skew: i64,
    /// The possible error of `skew`.
    pub doubt: Duration,
    /// How late callbacks usually come.
    pub lateness: Duration,
}

/// The customer and the kind of a call, according to a signal or a record.
#[derive(Clone, Copy, Debug)]
pub(super) struct Line<'a> {
    pub customer: &'a str,
    pub direction: Direction,
    pub method: Method,
}

impl Rule {
    /// Converts a time of our clock to the platform's clock.
    pub fn there(&self, ours: Timestamp) -> Timestamp {
        Timestamp(ours.0.saturating_sub(self.skew))
    }

    /// Whether two numbers may be the same. Two withheld numbers may belong to one caller, since nothing shows the opposite.
    fn agree(&self, one: &str, other: &str) -> bool {
        self.numbers.same(one, other) || (is_withheld(one) && is_withheld(other))
    }

    /// The same customer in the same direction. In a call between two extensions each side may state its own direction, and a reading of
    /// the phone may state none.
    pub fn is_on_line(&self, line: Line<'_>, call: &Call) -> bool {
        let is_internal = [line.method, call.method].contains(&Method::Internal);
        let may_be_read = has_no_uuid(call) && call.talked_seconds.is_none();
        (line.direction == call.direction || is_internal || may_be_read) && self.agree(line.customer, &call.customer_number)
    }

    /// Whether a call that began at `begun`, by the platform's clock, can be the one whose first signal came at `heard`. No signal comes
    /// before the call begins.
    pub fn can_have_begun(&self, begun: Timestamp, heard: Timestamp) -> bool {
        begun <= heard.plus(CLOCKS + self.doubt) && heard <= begun.plus(Duration::from_secs(600))
    }

    /// The customer's number in a record, and the other number. `destnumber` is the called number; `disnumber` is the calling number or the
    /// one shown to the customer. The customer's is the one that is not the own extension; if both or neither are, the known number of the
    /// call decides, then the direction (N26, P1).
    pub fn sides<'a>(&self, record: &'a CallRecord, known: Option<&str>) -> (&'a str, &'a str) {
        let (called, other) = (record.customer_number.as_str(), record.display_number.as_str());
        let own = &record.extension.0;
        let is_own = |number: &str| self.numbers.same(number, own);
        let is_known = |number: &str| known.is_some_and(|known| !is_own(known) && self.numbers.same(number, known));
        match (is_own(called), is_own(other), record.direction) {
            (true, false, _) => (other, called),
            (false, true, _) => (called, other),
            _ if is_known(called) => (called, other),
            _ if is_known(other) => (other, called),
            (_, _, Direction::Outgoing) => (called, other),
            (_, _, Direction::Incoming) => (other, called),
        }
    }
}

/// Whether one of these uuids is the call's.
pub(super) fn has_uuid(call: &Call, uuids: [Option<&str>; 2]) -> bool {
    uuids.into_iter().flatten().any(|uuid| [call.uuid.as_deref(), call.buuid.as_deref()].contains(&Some(uuid)))
}

pub(super) fn has_no_uuid(call: &Call) -> bool {
    call.uuid.is_none() && call.buuid.is_none()
}

/// When the call of a record ended.
pub(super) fn ended_at(record: &CallRecord) -> Timestamp {
    let length = Duration::from_secs(u64::from(record.waited_seconds) + u64::from(record.talked_seconds));
    record.ended_at.unwrap_or_else(|| record.started_at.plus(length))
}

/// A call that may belong to a record.
#[derive(Debug)]
struct Known {
    call: Call,
    /// The signals of an open call. None: the call has ended.
    signs: Option<Signs>,
    /// Set if a record of this batch belongs to the call: whether that record has a uuid. Polled records have none (N12).
    taken: Option<bool>,
}

/// The signals of an open call.
#[derive(Clone, Copy, Debug)]
pub(super) struct Signs {
    pub last: Timestamp,
    /// The time of the first callback.
    pub told: Option<Timestamp>,
    /// If the first signal was a reading of the phone, and no callback brought an id: the time at which the reading was asked for.
    pub read_first: Option<Timestamp>,
}

/// The calls that the records of a batch may belong to.
#[derive(Default)]
pub(super) struct Pool {
    calls: Vec<Known>,
    uuids: HashMap<String, usize>,
    record_ids: HashMap<String, usize>,
    numbers: HashMap<String, Vec<usize>>,
}

impl Pool {
    /// `signs`: None if the call has ended.
    pub fn add(&mut self, rule: &Rule, call: Call, signs: Option<Signs>) -> usize {
        let place = self.calls.len();
        self.numbers.entry(key(rule, &call.customer_number)).or_default().push(place);
        self.calls.push(Known { call, signs, taken: None });
        self.learn_ids(place);
        place
    }

    fn learn_ids(&mut self, place: usize) {
        let call = &self.calls[place].call;
        for uuid in [&call.uuid, &call.buuid].into_iter().flatten() {
            self.uuids.insert(uuid.clone(), place);
        }
        if let Some(id) = &call.record_id {
            self.record_ids.insert(id.clone(), place);
        }
    }

    pub fn call(&self, place: usize) -> &Call {
        &self.calls[place].call
    }

    /// The record belongs to this call, which it has completed.
    pub fn take(&mut self, place: usize, call: Call, record: &CallRecord) {
        let known = &mut self.calls[place];
        known.call = call;
        known.signs = None;
        known.taken = Some(record.uuid.is_some());
        self.learn_ids(place);
    }

    pub fn by_id(&self, record: &CallRecord) -> Option<usize> {
        let by_uuid = record.uuid.as_ref().and_then(|uuid| self.uuids.get(uuid));
        by_uuid.or_else(|| self.record_ids.get(record.record_id.as_ref()?)).copied()
    }

    /// The call that each record belongs to, if one fits; the nearest pairs are taken first.
    pub fn nearest(&self, rule: &Rule, records: &[CallRecord]) -> Vec<Option<usize>> {
        let mut pairs = Vec::new();
        for (index, record) in records.iter().enumerate() {
            let (customer, other) = rule.sides(record, None);
            // In an incoming call, either number can be the customer's.
            let may_be_other =
                record.direction == Direction::Incoming && !rule.numbers.same(other, &record.extension.0) && !is_withheld(other);
            for number in [Some(customer), Some(other).filter(|_| may_be_other)].into_iter().flatten() {
                let line = Line { customer: number, direction: record.direction, method: record.method };
                let places = self.numbers.get(&key(rule, number)).into_iter().flatten();
                let on_line = places.filter(|place| rule.is_on_line(line, &self.calls[**place].call));
                pairs.extend(on_line.filter_map(|place| Some((rule.distance(record, &self.calls[*place])?, index, *place))));
            }
        }
        pairs.sort_unstable();
        let mut found = vec![None; records.len()];
        let mut taken = vec![false; self.calls.len()];
        for (_, index, place) in pairs {
            if found[index].is_none() && !taken[place] {
                found[index] = Some(place);
                taken[place] = true;
            }
        }
        found
    }
}

fn key(rule: &Rule, number: &str) -> String {
    if is_withheld(number) { String::new() } else { rule.numbers.core(number).into_owned() }
}

impl Rule {
    /// Whether a record without times fits a call that ended shortly before it came.
    fn is_just_over(&self, record: &CallRecord, call: &Call) -> bool {
        call.ended_at.is_some_and(|at| ended_at(record).since(at) < JUST_OVER)
    }

    /// The distance in time between record and call, in milliseconds; None: they do not belong together.
    fn distance(&self, record: &CallRecord, known: &Known) -> Option<u64> {
        let call = &known.call;
        let (start, end) = (record.started_at, ended_at(record));
        let has_other_uuid = record.uuid.is_some() && !has_no_uuid(call);
        if call.talked_seconds.is_some() {
            // The call has a record already: this one must have the same times, and the call would know its uuid by now.
            let is_same = if record.undated {
                self.is_just_over(record, call) && call.talked_seconds == Some(record.talked_seconds)
            } else {
                call.started_at.second() == start.second() && call.ended_at.map(Timestamp::second) == Some(end.second())
            };
            let is_other = has_other_uuid && call.buuid.is_none();
            let has_id = record.uuid.is_some() || record.record_id.is_some();
            let is_free = known.taken.is_none_or(|has_uuid| has_uuid != record.uuid.is_some()) || !has_id;
            // Another service of the platform can give the same record another id; a call without an id comes first.
            let has_other_id = record.record_id.is_some() && call.record_id.is_some() && record.record_id != call.record_id;
            return (is_same && !is_other && is_free).then_some(u64::from(has_other_id));
        }
        // The call has no record yet.
        if record.undated {
            return self.is_just_over(record, call).then(|| call.ended_at.map_or(0, |at| at.0.abs_diff(end.0)));
        }
        let read_first = known.signs.and_then(|signs| signs.read_first);
        let (from, to) = (read_first.unwrap_or(call.started_at), call.ended_at);
        let late = SLACK + self.lateness.min(LATEST);
        if start > to.unwrap_or(start).plus(SLACK) || from > end.plus(late) {
            return None;
        }
        // The record's uuid is in none of the call's callbacks: the record's times must not be later than those seen.
        let is_later = start > from.plus(CLOCKS) || to.is_some_and(|to| end > to.plus(CLOCKS));
        // A call that began, or whose callbacks began, after the end in the record is the next call.
        let over = end.plus(SECOND);
        let is_next = from > over || known.signs.and_then(|signs| signs.told).is_some_and(|told| told > over);
        if has_other_uuid && (is_later || is_next) {
            return None;
        }
        // An open call ends no earlier than its last signal, so the record of an earlier call must not end it. If the platform's own start
        // is the same, or if the first reading of this call was asked for within the record's call, the last signal was of another call, whose ring
        // was lost and which the phone is in now.
        let was_read_in_it = read_first.is_some_and(|at| (start..end.plus(SECOND)).contains(&at));
        let is_its_start = !has_no_uuid(call) && from.second() == start.second();
        if let Some(signs) = known.signs
            && !was_read_in_it
            && ((signs.last > end.plus(late) && !is_its_start) || from > end.plus(ROUNDING + self.lateness.min(LATEST)))
        {
            return None;
        }
        let ends = to.or(known.signs.map(|signs| signs.last.max(end))).unwrap_or(end);
        let apart = apart(from, start).saturating_add(apart(ends, end));
        let is_other_way = record.direction != call.direction;
        Some(apart.saturating_add(if has_other_uuid || is_other_way { OTHER } else { 0 }))
    }
}

/// Signals often come late; a signal before its event is improbable and counts as a larger distance.
fn apart(seen: Timestamp, was: Timestamp) -> u64 {
    let apart = seen.0.abs_diff(was.0);
    if seen < was { apart.saturating_mul(EARLY) } else { apart }
}
