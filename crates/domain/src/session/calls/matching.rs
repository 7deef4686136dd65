//! Which signs are of one call: the one rule of N12, in two passes.
//!
//! First the ids, over every call that is known. What no id tells is told by extension, number, direction and time: the nearest in time
//! where several calls fit, and each call for one record only. All times are compared as the platform's clock says them.

use std::{collections::HashMap, sync::Arc, time::Duration};

use crate::{Call, CallRecord, Direction, Method, NumberRules, Timestamp, is_withheld};

/// Roundings, and what is left of the skew between the clocks: times this close count as overlapping.
const SLACK: Duration = Duration::from_secs(2);
/// The platform writes whole seconds.
const ROUNDING: Duration = Duration::from_millis(1500);
/// A call whose ids or direction are others is taken for the nearest only where it is nearer by this.
const OTHER: u64 = 2000;
/// A record without times comes so soon after its call.
const JUST_OVER: Duration = Duration::from_secs(600);
/// What the measured skew may be wrong by.
const CLOCKS: Duration = Duration::from_millis(500);
/// How much more it counts that a call was seen before it was than after.
const EARLY: u64 = 4;
/// Callbacks that usually come later than this tell nothing by their time.
const LATEST: Duration = Duration::from_secs(10);

/// By which numbers and times are compared.
#[derive(Clone, Debug)]
pub(super) struct Rule {
    pub numbers: Arc<NumberRules>,
    /// How far our clock is ahead of the platform's, in milliseconds.
    pub skew: i64,
    /// What the skew may be wrong by.
    pub doubt: Duration,
    /// How late callbacks usually come.
    pub lateness: Duration,
}

/// Who is on the line, as a sign says it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Line<'a> {
    pub customer: &'a str,
    pub direction: Direction,
    pub method: Method,
}

impl Rule {
    /// A time of our clock, as the platform's would say it.
    pub fn there(&self, ours: Timestamp) -> Timestamp {
        Timestamp(ours.0.saturating_sub(self.skew))
    }

    /// The same number. Two that are withheld may be one caller's; nothing says that they are not.
    fn agree(&self, one: &str, other: &str) -> bool {
        self.numbers.same(one, other) || (is_withheld(one) && is_withheld(other))
    }

    /// The same customer in the same direction. Between two extensions each side may call it its own direction, and a reading of the phone
    /// need not say one.
    pub fn is_on_line(&self, line: Line<'_>, call: &Call) -> bool {
        let is_internal = [line.method, call.method].contains(&Method::Internal);
        let may_be_read = has_no_uuid(call) && call.talked_seconds.is_none();
        (line.direction == call.direction || is_internal || may_be_read) && self.agree(line.customer, &call.customer_number)
    }

    /// Whether a call that began at `begun`, by the platform's word, can be the one that was first heard of at `heard`. A call is never
    /// heard of before it begins.
    pub fn can_have_begun(&self, begun: Timestamp, heard: Timestamp) -> bool {
        begun <= heard.plus(CLOCKS + self.doubt) && heard <= begun.plus(Duration::from_secs(600))
    }

    /// The number of the customer in a record, and the other one. `destnumber` is what was called and `disnumber` what called, or what the
    /// customer was shown: the customer is the one that is not the own extension, and where neither or both are the direction decides
    /// (N26, P1). What is known of the call already decides before the direction does.
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

/// Whether one of these is the call's own.
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

/// A call that a record may be of.
#[derive(Debug)]
struct Known {
    call: Call,
    /// It goes on: its last sign.
    heard: Option<Timestamp>,
    /// A record of this batch is its: whether that one has a uuid, which records that are asked for have not (N12).
    taken: Option<bool>,
}

/// The calls that records may be of.
#[derive(Default)]
pub(super) struct Pool {
    calls: Vec<Known>,
    uuids: HashMap<String, usize>,
    record_ids: HashMap<String, usize>,
    numbers: HashMap<String, Vec<usize>>,
}

impl Pool {
    /// `heard`: when the last sign came of a call that goes on.
    pub fn add(&mut self, rule: &Rule, call: Call, heard: Option<Timestamp>) -> usize {
        let place = self.calls.len();
        self.numbers.entry(key(rule, &call.customer_number)).or_default().push(place);
        self.calls.push(Known { call, heard, taken: None });
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

    /// This call is the record's, and is now as it says.
    pub fn take(&mut self, place: usize, call: Call, record: &CallRecord) {
        let known = &mut self.calls[place];
        known.call = call;
        known.heard = None;
        known.taken = Some(record.uuid.is_some());
        self.learn_ids(place);
    }

    pub fn by_id(&self, record: &CallRecord) -> Option<usize> {
        let by_uuid = record.uuid.as_ref().and_then(|uuid| self.uuids.get(uuid));
        by_uuid.or_else(|| self.record_ids.get(record.record_id.as_ref()?)).copied()
    }

    /// For each record the call that it is of, where one fits: first those that are nearest to each other.
    pub fn nearest(&self, rule: &Rule, records: &[CallRecord]) -> Vec<Option<usize>> {
        let mut pairs = Vec::new();
        for (index, record) in records.iter().enumerate() {
            let (customer, other) = rule.sides(record, None);
            // In an incoming call both readings of the two numbers occur.
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
    /// A record without times is of a call that ended not long before it came.
    fn is_just_over(&self, record: &CallRecord, call: &Call) -> bool {
        call.ended_at.is_some_and(|at| ended_at(record).since(at) < JUST_OVER)
    }

    /// How far record and call are apart, in milliseconds; None: they are not of one call.
    fn distance(&self, record: &CallRecord, known: &Known) -> Option<u64> {
        let call = &known.call;
        let (start, end) = (record.started_at, ended_at(record));
        let has_other_uuid = record.uuid.is_some() && !has_no_uuid(call);
        if call.talked_seconds.is_some() {
            // Another record of a call that has one: the platform's own times are the same, and its uuid would be known by now.
            let is_same = if record.undated {
                self.is_just_over(record, call) && call.talked_seconds == Some(record.talked_seconds)
            } else {
                call.started_at.second() == start.second() && call.ended_at.map(Timestamp::second) == Some(end.second())
            };
            let is_other = has_other_uuid && call.buuid.is_none();
            let has_id = record.uuid.is_some() || record.record_id.is_some();
            let is_free = known.taken.is_none_or(|has_uuid| has_uuid != record.uuid.is_some()) || !has_id;
            // Its own record may have another id at another of the platform's services; a call without one comes first.
            let has_other_id = record.record_id.is_some() && call.record_id.is_some() && record.record_id != call.record_id;
            return (is_same && !is_other && is_free).then_some(u64::from(has_other_id));
        }
        // What we saw of a call that has no record.
        if record.undated {
            return self.is_just_over(record, call).then(|| call.ended_at.map_or(0, |at| at.0.abs_diff(end.0)));
        }
        let (from, to) = (call.started_at, call.ended_at);
        let late = SLACK + self.lateness.min(LATEST);
        if start > to.unwrap_or(start).plus(SLACK) || from > end.plus(late) {
            return None;
        }
        // A uuid that none of the call's callbacks had: then at least the times must be as they were seen, never later.
        let is_later = start > from.plus(CLOCKS) || to.is_some_and(|to| end > to.plus(CLOCKS));
        if has_other_uuid && is_later {
            return None;
        }
        // A call that still goes on ended, if at all, after its last sign. An earlier call's record must not end it. Where the platform's
        // own start is the same, the last sign was of another call: its ring was lost, and the phone is in that one.
        let is_its_start = !has_no_uuid(call) && from.second() == start.second();
        if let Some(heard) = known.heard
            && ((heard > end.plus(late) && !is_its_start) || from > end.plus(ROUNDING + self.lateness.min(LATEST)))
        {
            return None;
        }
        let ends = to.or(known.heard.map(|heard| heard.max(end))).unwrap_or(end);
        let apart = apart(from, start).saturating_add(apart(ends, end));
        let is_other_way = record.direction != call.direction;
        Some(apart.saturating_add(if has_other_uuid || is_other_way { OTHER } else { 0 }))
    }
}

/// What is seen late is usual; that something was seen before it was is not, and counts for more.
fn apart(seen: Timestamp, was: Timestamp) -> u64 {
    let apart = seen.0.abs_diff(was.0);
    if seen < was { apart.saturating_mul(EARLY) } else { apart }
}
