//! The open calls and the ended ones, put together from callbacks, readings and records.
//!
//! [`matching`] decides which signals belong to one call; [`live`] holds one open call; [`signals`] handles legs and readings, [`records`]
//! records; [`views`] makes the snapshot's parts.

mod live;
mod matching;
mod past;
mod queue;
mod records;
mod signals;
mod views;

use std::{collections::VecDeque, sync::Arc, time::Duration};

use live::Live;
use matching::Rule;
pub(super) use views::{shown, shown_number};

use super::{Session, seat::OwnSeat, wrap_up::Given};
use crate::{
    Call, CallId, CallSign, CallState, Effect, LedgerEntry, LegEvent, NoticeKind, Now, NumberRules, Owner, RecentCall, Shift, Timestamp,
    Way, is_withheld,
};

/// Number of ended calls in memory, so that their late signals and records are recognised.
const KEPT: usize = 256;
/// Number of remembered spans of work at this desk.
const SHIFTS: usize = 50;
/// A ring's card disappears after this time, even if no signal ends it.
const RING_CAP: Duration = Duration::from_secs(120);
/// A reading asked for within this time after a call's last signal may show the state before that signal.
const SETTLED: Duration = Duration::from_millis(1000);
/// How long the card of a test ring is shown.
const TEST_CARD: Duration = Duration::from_secs(5);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Activity {
    None,
    Ringing,
    OnCall,
}

#[derive(Debug)]
pub(super) struct Calls {
    live: Vec<Live>,
    /// The calls that began last, in the order in which they ended here.
    ended: VecDeque<Call>,
    next_id: u64,
    recent: Vec<RecentCall>,
    /// `recent` is out of date.
    stale: bool,
    pub(super) numbers: Arc<NumberRules>,
    /// Hashes of the last records and their calls.
    said: VecDeque<u64>,
    /// When a call was last over.
    over_since: Option<Duration>,
    taken_for_late: Option<TakenForLate>,
}

/// A ring that matched no open call was taken for a late ring of an ended call that was only known from readings of the phone. If the phone
/// rings, the ring belonged to the next call.
#[derive(Debug)]
struct TakenForLate {
    /// The ended call as it was before the ring.
    call: Call,
    ring: LegEvent,
    at: Duration,
}

impl Calls {
    /// No call counts as open until the owner is known.
    pub fn restored(mut calls: Vec<Call>, next_id: u64, numbers: NumberRules) -> Self {
        calls.sort_by_key(|call| (call.started_at, call.id));
        Self {
            live: Vec::new(),
            ended: calls.into(),
            next_id,
            recent: Vec::new(),
            stale: true,
            numbers: Arc::new(numbers),
            said: VecDeque::new(),
            over_since: None,
            taken_for_late: None,
        }
    }

    /// Hides the calls of another owner. Their open calls count as ended, and records complete them later.
    pub fn owner_changed(&mut self, owner: &Owner, now: Now) {
        let (own, others): (Vec<_>, Vec<_>) = self.live.drain(..).partition(|live| !live.test && live.call.is_of(owner));
        self.live = own;
        self.ended.extend(others.into_iter().filter(|live| !live.test).map(|live| live.call));
        let (open, ended) = self.ended.drain(..).partition(|call| call.ended_at.is_none() && call.is_of(owner));
        self.ended = ended;
        let open: VecDeque<Call> = open;
        self.live.extend(open.into_iter().map(|call| Live::restored(call, now)));
        self.stale = true;
    }

    /// Makes the id of a new call.
    fn new_id(&mut self) -> CallId {
        let id = CallId(self.next_id);
        self.next_id += 1;
        id
    }

    /// The lowest id that no call has yet.
    pub fn next_id(&self) -> CallId {
        CallId(self.next_id)
    }

    fn over(&mut self, at: Duration) {
        self.over_since = self.over_since.max(Some(at));
    }

    /// A reading of the phone that was asked for before this moment may still show the call that ended last.
    pub fn settled_at(&self) -> Option<Duration> {
        self.over_since.map(|over| over + SETTLED)
    }

    /// The open calls, then the ended ones in memory, newest first.
    pub fn at_hand(&self) -> impl Iterator<Item = &Call> {
        self.live.iter().filter(|live| !live.test).map(|live| &live.call).chain(self.ended.iter().rev())
    }

    /// The open calls, and the ended ones without a record.
    pub fn without_record(&self) -> impl Iterator<Item = &Call> {
        self.at_hand().filter(|call| call.ended_at.is_none() || call.talked_seconds.is_none())
    }

    pub fn any(&self) -> bool {
        self.live.iter().any(|live| !live.test)
    }

    pub fn activity(&self) -> Activity {
        let states = || self.live.iter().filter(|live| !live.test).map(Live::state);
        if states().any(|state| matches!(state, CallState::Talking | CallState::Calling)) {
            return Activity::OnCall;
        }
        if self.live.iter().any(|live| !live.test && !live.doubtful && live.state() == CallState::Ringing) {
            return Activity::Ringing;
        }
        Activity::None
    }

    /// The agent's entries during an open call.
    pub fn given(&mut self, id: CallId) -> Option<&mut Given> {
        self.live.iter_mut().find(|live| live.call.id == id).map(|live| &mut live.given)
    }

    pub fn hide_card(&mut self, id: CallId) {
        if let Some(live) = self.live.iter_mut().find(|live| live.call.id == id) {
            live.hide();
        }
        self.live.retain(|live| !(live.test && live.call.id == id));
    }

    pub fn silence(&mut self, id: CallId) {
        if let Some(live) = self.live.iter_mut().find(|live| live.call.id == id) {
            live.silenced = true;
        }
    }

    /// The calls whose CRM page is to be opened now; each is returned once.
    pub fn pop_due(&mut self, on_answer: bool) -> Vec<CallId> {
        let due = |live: &&mut Live| !live.test && !live.popped && (live.call.answered_at.is_some() || (!on_answer && live.has_card()));
        let due = self.live.iter_mut().filter(due);
        due.map(|live| {
            live.popped = true;
            live.call.id
        })
        .collect()
    }

    /// Prevents that a CRM page is opened automatically for the open calls.
    pub fn pop_all(&mut self) {
        self.live.iter_mut().for_each(|live| live.popped = true);
    }

    /// It is unknown whether the ringing calls still ring.
    pub fn doubt_rings(&mut self) {
        for live in self.live.iter_mut().filter(|live| live.state() == CallState::Ringing) {
            live.doubtful = true;
        }
    }

    pub fn show_doubtful_cards(&mut self) {
        for live in &mut self.live {
            live.doubtful = false;
        }
    }

    pub fn recording_of(&self, id: CallId) -> Option<String> {
        self.ended.iter().find(|call| call.id == id).and_then(|call| call.recording.clone())
    }

    /// Shows a card for a test ring; it ends by itself and is never stored. `at`: now, by the platform's clock.
    pub fn show_test_card(&mut self, at: Timestamp, now: Now) -> CallId {
        self.live.retain(|live| !live.test);
        let id = self.new_id();
        let call = Call::blank(id, Owner::default(), at);
        self.live.push(Live::test(call, now));
        id
    }

    /// The calls that began to ring at `now` and have a card, and the source of that: a polled call has no uuid (N12).
    pub fn begun_to_ring(&self, now: Now) -> Vec<(CallId, Way)> {
        let begun = self.live.iter().filter(|live| live.rings_since(now) && live.has_card() && !live.test);
        begun.map(|live| (live.call.id, if live.call.uuid.is_some() { Way::Callback } else { Way::Asking })).collect()
    }

    /// The calls that began before were deleted from the store.
    pub fn forget_before(&mut self, before: Timestamp, owner: &Owner) {
        self.ended.retain(|call| call.started_at >= before);
        self.refresh_recent(owner);
    }

    /// Looks up the last contact of the calls that were open when the last run ended.
    pub fn find_contacts(&mut self, out: &mut Vec<Effect>) {
        self.live.iter_mut().for_each(|live| find_contact(live, out));
    }
}

fn fill(have: &mut Option<String>, said: &Option<String>) {
    if have.is_none() {
        have.clone_from(said);
    }
}

/// A withheld number has no earlier calls.
fn find_contact(live: &mut Live, out: &mut Vec<Effect>) {
    let Call { id: call, customer_number, started_at: before, .. } = &live.call;
    if is_withheld(customer_number) {
        live.contact = Some(None);
    } else {
        out.push(Effect::FindContact { call: *call, number: customer_number.clone(), before: *before });
    }
}

impl Session {
    pub(super) fn calls_deadline(&self) -> Option<Duration> {
        let cards = self.calls.live.iter().flat_map(|live| [live.deadline(), live.doubted_until()]).flatten();
        cards.filter(|at| *at > self.last_now.mono).min()
    }

    pub(super) fn settle_calls(&mut self, now: Now, out: &mut Vec<Effect>) {
        self.settle_call_queue(out);
        for live in self.calls.live.iter_mut().filter(|live| live.doubted_until().is_some_and(|until| until <= now.mono)) {
            live.doubtful = false;
        }
        if std::mem::take(&mut self.calls.stale) {
            let owner = self.owner();
            self.calls.refresh_recent(&owner);
        }
        self.calls.live.retain(|live| !(live.test && live.deadline().is_none_or(|at| at <= now.mono)));
        let mut capped = false;
        for live in &mut self.calls.live {
            if live.has_card() && live.deadline().is_some_and(|at| at <= now.mono) {
                live.hide();
                capped = true;
            }
        }
        if capped {
            self.polling.phone_now(now);
        }
    }

    /// Ends the call at `index`: a row in the log, a notice if it was missed, after-call work if it was answered.
    fn finish(&mut self, index: usize, now: Now, out: &mut Vec<Effect>) {
        let live = self.calls.live.remove(index);
        let mut call = live.call;
        // If the clock was set during the call, the end could lie before the start.
        call.ended_at.get_or_insert(self.there(now.wall).max(call.started_at));
        self.calls.over(now.mono);
        self.polling.phone_by(now.mono + SETTLED);
        if let Some(practice) = self.practice.as_mut().filter(|_| call.rang_at.is_some() || call.answered_at.is_some()) {
            practice.call_ended(call.answered_at.is_some());
        }
        if call.rang_at.is_some() && call.answered_at.is_none() {
            let customer_number = shown_number(&call.customer_number);
            self.notices.add(NoticeKind::Missed { call: call.id, customer_number }, now.wall);
        }
        // It is unknown when a call of the last run ended; its after-call work is over.
        if call.answered_at.is_some() && live.heard > Duration::ZERO && !live.ended_long_ago {
            self.begin_wrap_up(&call, live.given, now, out);
        }
        self.polling.records_soon(now);
        self.call_moved(now);
        self.keep(call, CallSign::Ended, out);
    }

    /// Stores an ended call, keeps it in memory for late signals, and enters it in the ledger.
    fn keep(&mut self, call: Call, sign: CallSign, out: &mut Vec<Effect>) {
        out.push(Effect::SaveCall(Box::new(call.clone())));
        self.ledger.enter(LedgerEntry::Call { call: call.id, sign }, out);
        if call.answered_at.is_some() {
            self.notices.not_missed(call.id);
        }
        let calls = &mut self.calls;
        match calls.ended.iter_mut().find(|ended| ended.id == call.id) {
            Some(ended) => *ended = call,
            None => calls.ended.push_back(call),
        }
        if calls.ended.len() > KEPT
            && let Some((oldest, _)) = calls.ended.iter().enumerate().min_by_key(|(_, call)| (call.started_at, call.id))
        {
            calls.ended.remove(oldest);
        }
        calls.stale = true;
    }

    /// The platform's wrap-up time for the call's queue, in seconds.
    pub(super) fn wrap_up_seconds(&self, call: &Call) -> u32 {
        call.queue.as_ref().and_then(|queue| self.seats.of(queue)).map_or(0, OwnSeat::wrap_up_seconds)
    }

    /// The rules for comparing, with the clock difference and lateness known now.
    fn rule(&self) -> Rule {
        let punctuality = &self.punctuality;
        Rule {
            numbers: Arc::clone(&self.calls.numbers),
            skew: punctuality.skew().unwrap_or(0),
            doubt: punctuality.doubt(),
            lateness: punctuality.usual_lateness().unwrap_or_default(),
        }
    }

    /// Converts a time of our clock to the platform's clock.
    pub(super) fn there(&self, ours: Timestamp) -> Timestamp {
        self.rule().there(ours)
    }

    /// Records the time of the agent's work at this desk, so that calls of that time that are found later are assigned to this agent.
    pub(super) fn end_shift(&mut self, now: Now) {
        if let Some(agent) = self.agent_number().filter(|_| !self.saved.signed_out) {
            self.end_shift_of(Owner { agent: Some(agent), ..self.owner() }, now);
        }
    }

    pub(super) fn end_shift_of(&mut self, owner: Owner, now: Now) {
        let Some(since) = self.saved.agent_since else { return };
        self.saved.shifts.retain(|shift| shift.owner != owner || shift.since != since);
        self.saved.shifts.insert(0, Shift { owner, since, until: now.wall });
        self.saved.shifts.truncate(SHIFTS);
    }
}
