//! The platform's records: a record completes a known call, or creates a call of which no signal came.

use std::{
    hash::{DefaultHasher, Hash, Hasher},
    time::Duration,
};

use super::{
    super::{Session, log::Finder},
    Calls,
    matching::{Pool, Rule, Signs, ended_at, has_no_uuid, has_uuid},
};
use crate::{Call, CallId, CallRecord, CallSign, Effect, Ending, HungUpBy, LINKED, Method, Now, Owner, Timestamp, is_withheld};

/// Number of records that are recognised when they come again.
const REMEMBERED: usize = 1024;

impl Calls {
    /// Whether this record is new for the call. Of two records that contradict each other the last new one counts, however often the
    /// platform repeats both.
    fn is_news(&mut self, call: CallId, record: &CallRecord) -> bool {
        let mut hasher = DefaultHasher::new();
        (call, format!("{record:?}")).hash(&mut hasher);
        let said = hasher.finish();
        if self.said.contains(&said) {
            return false;
        }
        self.said.push_back(said);
        if self.said.len() > REMEMBERED {
            self.said.pop_front();
        }
        true
    }
}

impl Session {
    /// Takes any number of records fetched from the platform; known ones may be among them.
    pub(in crate::session) fn records(&mut self, mut records: Vec<CallRecord>, now: Now, out: &mut Vec<Effect>) {
        records.sort_by_key(|record| record.started_at);
        for record in records {
            if self.is_own(&record.extension) {
                self.record(record, now, out);
            }
        }
    }

    /// Takes a call's record, which overrules the callbacks (N12, L33, L34). If its ids are of no call in memory, the calls in the store
    /// are compared before anything else decides.
    pub(in crate::session) fn record(&mut self, record: CallRecord, now: Now, out: &mut Vec<Effect>) {
        let finder = Finder { owner: Owner { agent: None, ..self.owner() }, agent: self.agent_number(), since: self.saved.agent_since };
        match self.at_hand_by_id(&record, &finder.owner) {
            Some(call) => drop(self.take_record(&record, call, now, out)),
            None => self.log.look_up(finder, record),
        }
    }

    fn at_hand_by_id(&self, record: &CallRecord, owner: &Owner) -> Option<Call> {
        let own = || self.calls.at_hand().filter(|call| call.is_of(owner));
        let by_uuid = own().find(|call| has_uuid(call, [record.uuid.as_deref(), None]));
        by_uuid.or_else(|| own().find(|call| record.record_id.is_some() && call.record_id == record.record_id)).cloned()
    }

    /// Applies the record to this call; returns the changed call.
    fn take_record(&mut self, record: &CallRecord, mut call: Call, now: Now, out: &mut Vec<Effect>) -> Call {
        let is_news = self.calls.is_news(call.id, record);
        let rule = self.rule();
        self.over_by_record(record, now);
        keep_link(call.id, record, is_news, out);
        if let Some(index) = self.calls.live.iter().position(|live| live.call.id == call.id) {
            complete(&mut call, record, &rule, now);
            self.calls.live[index].call = call.clone();
            self.finish(index, now, out);
        } else if is_news {
            let before = call.clone();
            complete(&mut call, record, &rule, now);
            if call != before {
                self.keep(call.clone(), CallSign::Completed, out);
            }
        }
        call
    }

    /// Takes records whose ids are of no call in memory, and the calls from the store that may belong to them.
    pub(in crate::session) fn recalled_records(
        &mut self,
        finder: &Finder,
        records: Vec<CallRecord>,
        calls: Vec<Call>,
        now: Now,
        out: &mut Vec<Effect>,
    ) {
        let rule = self.rule();
        let mut pool = self.pool(&finder.owner, calls, &rule, now);
        let mut unknown = Vec::new();
        for record in records {
            match pool.by_id(&record) {
                Some(place) => {
                    let call = self.take_record(&record, pool.call(place).clone(), now, out);
                    pool.take(place, call, &record);
                }
                None => unknown.push(record),
            }
        }
        let nearest = pool.nearest(&rule, &unknown);
        let (near, left): (Vec<_>, Vec<_>) = unknown.into_iter().zip(nearest).partition(|(_, place)| place.is_some());
        for (record, place) in near.into_iter().chain(left) {
            // An earlier record of this batch may have given the call this record's id, or be the same record.
            let again = || pool.nearest(&rule, std::slice::from_ref(&record)).into_iter().next().flatten();
            let (place, call) = match pool.by_id(&record).or(place).or_else(again) {
                Some(place) => (place, self.take_record(&record, pool.call(place).clone(), now, out)),
                None => {
                    let call = self.known_by_record(finder, &record, now, out);
                    (pool.add(&rule, call.clone(), None), call)
                }
            };
            pool.take(place, call, &record);
        }
    }

    /// The owner's calls in memory, of any agent, and the calls from the store.
    fn pool(&self, owner: &Owner, on_disk: Vec<Call>, rule: &Rule, now: Now) -> Pool {
        let mut pool = Pool::default();
        let ids: std::collections::HashSet<CallId> = self.calls.at_hand().map(|call| call.id).collect();
        for call in on_disk.into_iter().filter(|call| call.is_of(owner) && !ids.contains(&call.id)) {
            pool.add(rule, call, None);
        }
        for call in self.calls.ended.iter().filter(|call| call.is_of(owner)) {
            pool.add(rule, call.clone(), None);
        }
        for live in self.calls.live.iter().filter(|live| !live.test && live.call.is_of(owner)) {
            let there = |at: Duration| rule.there(now.wall.minus(now.mono.saturating_sub(at)));
            let read_first = live.read_first.filter(|_| has_no_uuid(&live.call)).map(there);
            let signs = Signs { last: there(live.heard), told: live.told.map(there), read_first };
            pool.add(rule, live.call.clone(), Some(signs));
        }
        pool
    }

    /// Notes the end of the record's call, since a reading that was asked for earlier may still show the call.
    fn over_by_record(&mut self, record: &CallRecord, now: Now) {
        let (there, end) = (self.there(now.wall), ended_at(record));
        if !record.undated && end <= there {
            self.calls.over(now.mono.saturating_sub(there.since(end)));
        }
    }

    fn known_by_record(&mut self, finder: &Finder, record: &CallRecord, now: Now, out: &mut Vec<Effect>) -> Call {
        let rule = self.rule();
        self.over_by_record(record, now);
        let mut call = Call::blank(self.calls.new_id(), finder.owner.clone(), record.started_at);
        // The agent number in the record can be custom data of another meaning (N11), so the agent who is known to have been signed in takes
        // precedence.
        call.agent = self.who_was_here(finder, record.started_at, &rule);
        complete(&mut call, record, &rule, now);
        self.calls.is_news(call.id, record);
        keep_link(call.id, record, true, out);
        self.keep(call.clone(), CallSign::Fetched, out);
        call
    }

    /// The agent who worked at the extension at that time.
    fn who_was_here(&self, finder: &Finder, at: Timestamp, rule: &Rule) -> Option<String> {
        let began = |since: Timestamp| rule.there(since).second() <= at;
        if finder.since.is_some_and(began) {
            return finder.agent.clone();
        }
        let is_here = |owner: &Owner| owner.account == finder.owner.account && owner.extension == finder.owner.extension;
        let shift = self.saved.shifts.iter().find(|shift| is_here(&shift.owner) && began(shift.since) && at <= rule.there(shift.until));
        shift.and_then(|shift| shift.owner.agent.clone())
    }
}

/// Stores the address of a recording without a name.
fn keep_link(call: CallId, record: &CallRecord, is_news: bool, out: &mut Vec<Effect>) {
    if let (true, None, Some(url)) = (is_news, &record.recording, &record.recording_url) {
        out.push(Effect::KeepRecordingUrl { call, url: url.clone() });
    }
}

/// Takes the record's values; values that it lacks remove nothing.
fn complete(call: &mut Call, record: &CallRecord, rule: &Rule, now: Now) {
    let (customer, other) = rule.sides(record, Some(&call.customer_number));
    if !is_withheld(customer) || call.customer_number.is_empty() {
        customer.clone_into(&mut call.customer_number);
    }
    if !other.is_empty() && !rule.numbers.same(other, &record.extension.0) {
        other.clone_into(&mut call.display_number);
    }
    call.direction = record.direction;
    if record.method != Method::Other(0) {
        call.method = record.method;
    }
    if record.undated {
        call.ended_at.get_or_insert(rule.there(now.wall));
    } else {
        call.started_at = record.started_at;
        call.ended_at = Some(ended_at(record));
    }
    call.answered_at = answered_at(call, record);
    call.waited_seconds = Some(record.waited_seconds);
    call.talked_seconds = Some(record.talked_seconds);
    // The dialler connects customers only to a ringing phone, so the phone of a named agent rang.
    if call.method == Method::Predictive && call.answered_at.is_none() {
        call.rang_at.get_or_insert(call.started_at);
    }
    call.rang_at = call.rang_at.map(|at| at.min(call.answered_at.or(call.ended_at).unwrap_or(at)));
    if record.hung_up_by != HungUpBy::Other(0) || call.hung_up_by.is_none() {
        call.hung_up_by = Some(record.hung_up_by);
    }
    if record.ending != Ending::Other(0) || call.ending.is_none() {
        call.ending = Some(record.ending);
    }
    super::fill(&mut call.agent, &record.agent_id);
    // It is not documented which leg's uuid a record carries (N12).
    if call.uuid.is_none() {
        call.uuid.clone_from(&record.uuid);
    } else if call.uuid != record.uuid {
        super::fill(&mut call.buuid, &record.uuid);
    }
    super::fill(&mut call.record_id, &record.record_id);
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
    if record.recording_url.is_some() && call.recording.is_none() {
        call.recording = Some(LINKED.to_owned());
    }
}

/// A call was answered if it has talking time (P3). A talk of less than a second counts as 0 seconds, so an answer known from signals stays
/// unless the record gives a reason why there was none.
fn answered_at(call: &Call, record: &CallRecord) -> Option<Timestamp> {
    let says_why =
        matches!(record.ending, Ending::Cancelled | Ending::Refused | Ending::LineFailure | Ending::NoAnswer | Ending::CustomerBusy);
    let talked = Duration::from_secs(u64::from(record.talked_seconds));
    match record.talked_seconds {
        0 if says_why => None,
        0 => call.answered_at,
        _ => record.answered_at.or(call.answered_at).or_else(|| call.ended_at.map(|at| at.minus(talked).max(call.started_at))),
    }
}
