//! The agent's rules: [`Session`] takes inputs and the time, returns effects and makes a snapshot.
//!
//! One file per concern; each adds methods to [`Session`]. After every input, `settle` does whatever has become due.
//!
//! The modules of the agent's state depend on each other in one direction only. Each may use those before it in this list, which
//! `tests/modules.rs` reads:
//! `seat`, `phone`, `sign_in`, `asked`, `turns`, `wish`, `owed`, `queues`, `polling`, `readings`, `label`, `account`, `view`, `answers`.

mod account;
mod answers;
mod asked;
mod breaks;
mod call_back;
mod callbacks;
mod calls;
mod clocks;
mod crm;
mod delivery;
mod gateway;
mod label;
mod leaving;
mod ledger;
mod licence;
mod link;
mod log;
mod notices;
mod owed;
mod phone;
mod polling;
mod practice;
mod queues;
mod readings;
mod recordings;
mod reports;
mod seat;
mod sign_in;
mod turns;
mod view;
mod ways;
mod wish;
mod wrap_up;

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use secrecy::SecretString;

use crate::{
    Agent, BreakReason, Budget, Call, Effect, Flaw, Identity, Input, Intent, LedgerEntry, NoticeKind, Now, NumberRules, OfferedQueue,
    Place, Problem, Punctuality, Request, RequestId, SavedState, Snapshot, WrapUpRules,
};
use asked::{Asked, Purpose};
pub use gateway::GatewayStart;

/// The state in which a session begins.
#[derive(Debug, Default)]
pub struct Start {
    pub saved: SavedState,
    /// The provisioned state, used at a desk where nobody has worked yet.
    pub fresh: SavedState,
    /// Keys with a value for this run only: whoever signs in with it has chosen it.
    pub passing: Vec<&'static str>,
    /// Calls that were still open when the last run ended, and the most recent finished calls, in any order.
    pub calls: Vec<Call>,
    /// Stored data of the last run that could not be read; says where it was moved.
    pub set_aside: Option<Problem>,
    /// The id of the next new call.
    pub next_call_id: u64,
    pub demo: bool,
    pub place: Place,
    /// Set by the administrator.
    pub dispositions: Vec<String>,
    /// Rules that decide whether two numbers are the same; set by the administrator.
    pub numbers: NumberRules,
    /// Reasons for a break; set by the administrator.
    pub breaks: Vec<BreakReason>,
    pub wrap_up: WrapUpRules,
    /// URL schemes that may be opened for a call.
    pub crm_schemes: Vec<String>,
    /// Set if this session replaces one that failed.
    pub after_failure: Option<AfterFailure>,
    /// Seed of the jitter of polling.
    pub seed: u64,
    /// The upper limit of polling, in requests per second.
    pub requests_per_second: f64,
    /// An accesskey given for this start, which is then kept; None: the vault's is used.
    pub accesskey: Option<SecretString>,
    /// The company's gateway; None: this desk asks the platform itself.
    pub gateway: Option<GatewayStart>,
}

/// The counters of the failed session that this one continues.
#[derive(Clone, Copy, Debug)]
pub struct AfterFailure {
    /// The first request id of this session; answers to lower ids are ignored.
    pub requests: u64,
    /// Number of ledger entries in this run.
    pub entries: u64,
    /// Revision of the last snapshot.
    pub revision: u64,
}

/// The state of one agent at one desk; one task owns it.
#[derive(Debug)]
pub struct Session {
    saved: SavedState,
    fresh: SavedState,
    /// Keys whose provisioned value no later start can know: of this run only, or the gateway's.
    passing: Vec<&'static str>,
    sign_in: sign_in::SignIn,
    seats: seat::Seats,
    offered: Vec<OfferedQueue>,
    wish: wish::CurrentWish,
    breaks: Vec<BreakReason>,
    wrap_ups: wrap_up::WrapUps,
    phone: phone::PhoneAxis,
    polling: polling::Polling,
    budget: Budget<Purpose>,
    licence: licence::Licence,
    calls: calls::Calls,
    callbacks: callbacks::Callbacks,
    link: Option<link::RecordingLink>,
    ledger: ledger::Ledger,
    log: log::Log,
    calling_back: call_back::CallingBack,
    recordings: recordings::Recordings,
    crm: crm::Crm,
    notices: notices::Notices,
    owed: owed::Owed,
    connection: account::Connection,
    gateway: Option<gateway::Gateway>,
    health: reports::Health,
    practice: Option<practice::Practice>,
    punctuality: Punctuality,
    ways: ways::Ways,
    asked: BTreeMap<RequestId, asked::Asked>,
    turns: turns::Turns,
    next_request: u64,
    last_now: Now,
    /// How often a deadline was not in the future; each time is a fault of the rules.
    late_deadlines: u64,
    /// The computer announced that it will sleep, and may do so until this time; meanwhile no state is shown as true.
    asleep: Option<Duration>,
    /// The wall clock went ahead of the monotonic one, and it is not known yet why.
    ahead: Option<clocks::Ahead>,
    demo: bool,
    place: Place,
    label: (crate::Label, crate::Timestamp),
    snapshot: Arc<Snapshot>,
}

/// The shortest time after which the engine comes back.
const SHORTEST: Duration = Duration::from_millis(1);

impl Session {
    pub fn new(start: Start, now: Now) -> (Self, Vec<Effect>) {
        let mut session = Self {
            sign_in: sign_in::SignIn::Out,
            seats: seat::Seats::default(),
            offered: Vec::new(),
            wish: wish::CurrentWish::restored(&start.saved),
            breaks: breaks::shown(start.breaks),
            wrap_ups: wrap_up::WrapUps::new(start.wrap_up),
            phone: phone::PhoneAxis::default(),
            polling: polling::Polling::new(start.seed, start.gateway.is_some(), now),
            budget: Budget::new(start.requests_per_second, now.mono),
            licence: licence::Licence::default(),
            calls: calls::Calls::restored(start.calls, start.next_call_id, start.numbers.clone()),
            callbacks: callbacks::Callbacks::default(),
            link: None,
            ledger: ledger::Ledger::new(start.after_failure.map_or(0, |before| before.entries)),
            log: log::Log::new(start.dispositions, start.saved.fetch_stopped),
            calling_back: call_back::CallingBack::restored(start.saved.call_back.clone(), start.numbers),
            recordings: recordings::Recordings::new(&start.saved.settings.recordings, now),
            crm: crm::Crm::new(start.crm_schemes),
            notices: notices::Notices::default(),
            owed: owed::Owed::restored(start.saved.owed.clone(), now),
            connection: account::Connection::new(now),
            gateway: start.gateway.as_ref().map(|gateway| gateway::Gateway::new(gateway, now)),
            health: reports::Health::default(),
            practice: None,
            punctuality: Punctuality::default(),
            ways: ways::Ways::default(),
            asked: BTreeMap::new(),
            turns: turns::Turns::default(),
            next_request: start.after_failure.map_or(1, |before| before.requests),
            last_now: now,
            late_deadlines: 0,
            asleep: None,
            ahead: None,
            demo: start.demo,
            place: start.place,
            label: (crate::Label::SignedOut, now.wall),
            snapshot: Arc::new(Snapshot { revision: start.after_failure.map_or(0, |before| before.revision), ..Snapshot::empty(now.wall) }),
            saved: start.saved,
            fresh: start.fresh,
            passing: start.passing,
        };
        let mut out = Vec::new();
        if let Some(problem) = start.set_aside {
            session.notices.add(NoticeKind::SetAside { problem }, now.wall);
        }
        session.calls.owner_changed(&session.owner(), now);
        session.ledger.enter(LedgerEntry::Started { version: session.place.version.clone() }, &mut out);
        if start.after_failure.is_some() {
            session.notices.add(crate::NoticeKind::CoreRestarted, now.wall);
            out.push(Effect::TurnsLost);
        }
        session.calls.find_contacts(&mut out);
        session.owe_what_was_broken_off(now, &mut out);
        if let Some((account, agent)) = session.owe_of_before(now, &mut out) {
            session.work_of_before_ends(&account, &agent, now);
            session.save(&mut out);
        }
        let fits = start.gateway.is_none_or(|gateway| session.gateway_at_start(gateway, now, &mut out));
        let has_agent = session.saved.agent.as_ref().is_some_and(|agent| !agent.extension.0.is_empty() && !agent.agent_id.is_empty());
        let signs_in = fits && has_agent && !session.saved.signed_out;
        session.owed_at_start(signs_in, start.accesskey.is_some(), now, &mut out);
        if signs_in {
            session.saved.agent_since.get_or_insert(now.wall);
            session.saved.signed_in_as = session.saved.account.is_some().then(|| session.identity());
            session.save(&mut out);
            session.request_sign_in(start.accesskey, account::PAUSES, now, &mut out);
        } else if let (Some(accesskey), Some(account)) = (start.accesskey, session.saved.account.clone()) {
            session.ask(Request::KeepAccesskey { account, accesskey }, Purpose::KeepAccesskey, now, &mut out);
        }
        session.settle(now, &mut out);
        (session, out)
    }

    /// Takes one input and does everything that is due at `now`.
    pub fn apply(&mut self, input: Input, now: Now) -> Vec<Effect> {
        let mut out = Vec::new();
        self.notice_clocks(now, &mut out);
        match input {
            Input::Intent(intent) => self.intent(intent, now, &mut out),
            Input::Delivery(delivery) => self.delivery(delivery, now, &mut out),
            Input::Answered { id, outcome } => self.answered(id, outcome, now, &mut out),
            Input::Unread(Flaw { body, reason }) => out.push(Effect::KeepMalformed { body, reason }),
            Input::Clock(reading) => self.clock_read(reading, now, &mut out),
            Input::ToDo(count) => self.log.counted_to_do(count),
            Input::LogChanged => {
                self.log.changed();
                self.recordings.log_changed(&self.saved.settings.recordings);
            }
            Input::Fetched { scope, spans } => self.fetched(&scope, spans, now),
            Input::Recalled { records, known } => self.recalled(records, known, now, &mut out),
            Input::Contact { call, last } => self.calls.contact_found(call, last.as_deref()),
            Input::Found { call, row } => self.call_found(call, *row, now, &mut out),
            Input::Recording { call, found } => self.recording_found(call, found, now, &mut out),
            Input::Exporting { id, view } => self.exporting(id, view),
            Input::Transferring(transfer) => self.recordings.transferring(transfer),
            Input::Transferred(ended) => self.transferred(ended, now, &mut out),
            Input::ArchiveSeen(look) => self.archive_seen(look, now),
            Input::Verifying { id, view } => self.recordings.verifying(id, view),
            Input::Removed(removal) => self.removed(removal, now, &mut out),
            Input::Report(report) => self.report(report, now, &mut out),
            Input::TurnWanted { id, kind, priority } => self.turns.want(id, kind, priority, now.mono),
            Input::TurnDropped { id } => self.turns.drop(id),
            Input::TurnEnded { id, outcome, more } => self.turn_ended(id, outcome.err(), more, now),
            Input::Tick => {}
        }
        self.settle(now, &mut out);
        out
    }

    pub fn snapshot(&self) -> Arc<Snapshot> {
        Arc::clone(&self.snapshot)
    }

    /// When the engine must send `Input::Tick`, on the monotonic clock; always later than the last input.
    pub fn next_deadline(&self) -> Option<Duration> {
        self.earliest_deadline().map(|at| at.max(self.last_now.mono + SHORTEST))
    }

    /// How often a deadline was not in the future. Each time is a fault of the rules that would keep the engine busy.
    pub fn late_deadlines(&self) -> u64 {
        self.late_deadlines
    }

    fn earliest_deadline(&self) -> Option<Duration> {
        [
            self.account_deadline(),
            self.gateway_deadline(),
            self.owed_deadline(),
            self.wish_deadline(),
            self.break_deadline(),
            self.wrap_up_deadline(),
            self.asleep,
            self.queues_deadline(),
            self.poll_deadline(),
            self.calls_deadline(),
            self.callbacks_deadline(),
            self.call_back_deadline(),
            self.recordings_deadline(),
            self.link.as_ref().and_then(link::RecordingLink::deadline),
        ]
        .into_iter()
        .flatten()
        .min()
    }

    fn settle(&mut self, now: Now, out: &mut Vec<Effect>) {
        if self.asleep.take_if(|until| *until <= now.mono).is_some() {
            // The announced sleep did not come.
            self.come_back(now, out);
        }
        self.settle_account(now, out);
        self.settle_gateway(now, out);
        self.settle_calls(now, out);
        self.settle_owed(now, out);
        self.settle_crm(out);
        self.settle_log(out);
        self.settle_call_back(now, out);
        self.settle_wrap_up(now, out);
        self.settle_wish(now, out);
        self.settle_queues(now, out);
        self.settle_break(now, out);
        self.settle_callbacks(now);
        self.settle_ledger(out);
        if let Some(link) = &mut self.link {
            link.settle(now);
        }
        self.poll(now, out);
        self.settle_recordings(now, out);
        self.settle_ways(now);
        self.refresh(now);
        self.last_now = now;
        let late = self.earliest_deadline().is_some_and(|at| at <= now.mono);
        debug_assert!(!late, "a deadline that is past");
        self.late_deadlines += u64::from(late);
    }

    fn intent(&mut self, intent: Intent, now: Now, out: &mut Vec<Effect>) {
        match intent.cleaned() {
            // The windows do not offer a forbidden intent, but other askers can send it.
            intent if self.forbids(&intent, now) => {}
            Intent::SignIn { account, agent, accesskey } => self.sign_in(account, agent, accesskey, now, out),
            Intent::SignOut => self.sign_out(now, out),
            Intent::Enrol { code } => self.enrol(code, now, out),
            Intent::Retry => self.retry(now, out),
            Intent::JoinQueue { queue } => {
                self.budget.hurry(&Purpose::Join(queue.clone()));
                self.join(queue, now, out);
            }
            Intent::LeaveQueue { queue } => self.leave(&queue, now, out),
            Intent::Wish { wish, by } => self.set_wish(wish, by, now, out),
            Intent::FetchLink { call } => self.fetch_link(call, now, out),
            Intent::FetchRecordings { on } => self.fetch_recordings(on, now),
            Intent::VerifyRecordings { on } => self.recordings.verify(on, out),
            Intent::StopTransfer { call } => self.stop_transfer(call, out),
            Intent::Dismiss { notice } => self.notices.dismiss(notice),
            Intent::HideCard { call } => self.calls.hide_card(call),
            Intent::Silence { call } => self.calls.silence(call),
            Intent::CardPainted { call } => self.card_painted(call, now),
            Intent::TestCallback => self.test_callback(now, out),
            Intent::ChangeSettings { change } => {
                let before = self.saved.settings.clone();
                self.saved.choose(change);
                self.limit_archive();
                self.recordings_set(&before.recordings, now);
                self.crm_set(&before);
                self.save(out);
            }
            Intent::FetchLog { on } => self.fetch_log(on, now, out),
            Intent::CallBack { call } => self.call_back(call, now, out),
            Intent::EndCallBack => self.end_call_back(now, out),
            Intent::EditNote { call, edit } => self.edit_note(call, edit, now, out),
            Intent::OpenCrm { call } => self.open_crm(call, out),
            Intent::FinishWrapUp => self.finish_wrap_up(now, out),
            Intent::ExtendWrapUp => self.extend_wrap_up(),
            Intent::ExportLog { filter, format } => self.export_log(filter, format, out),
            Intent::EndExport => self.end_export(out),
            Intent::Practise { exercise } => self.practise(exercise, now),
        }
    }

    fn agent(&self) -> Agent {
        self.saved.agent.clone().unwrap_or_default()
    }

    /// The agent's queues became what they are by a person's choice, or by the platform. Under a lock what was chosen before it is kept.
    fn queues_chosen(&mut self) {
        if !self.place.is_locked(crate::QUEUES) {
            self.saved.choose_queues();
        }
    }

    fn identity(&self) -> Identity {
        let Agent { extension, agent_id, .. } = self.agent();
        Identity { account: self.saved.account.clone().unwrap_or_default(), extension, agent_id }
    }

    fn save(&self, out: &mut Vec<Effect>) {
        out.push(Effect::SaveState(Box::new(self.saved.clone())));
    }
}
