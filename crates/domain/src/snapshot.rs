//! What can be seen: one value, replaced whole, from which every view is projected.
//!
//! Kept under 8 KiB: counts instead of lists, a few recent calls, no secret. Durations tick locally from the timestamps.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::{
    Account, Agent, BreakReason, CallBackView, CallId, ConnectionView, CrmView, Direction, Ending, HungUpBy, Intent, Label, ListenerView,
    Method, OfferedQueue, OwedView, Owner, Party, Phone, Problem, QueueName, RecordingsView, SeatState, Set, Settings, ShortcutsView, Span,
    Timestamp, WaysView, Wish,
};

/// Everything that a person sees of the session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Snapshot {
    /// Grows with every change.
    #[ts(type = "number")]
    pub revision: u64,
    /// Runs against the embedded platform.
    pub demo: bool,
    pub sign_in: SignInView,
    /// The last account used and, after a sign-out, the agent as provisioned: fills the sign-in view. No secret.
    pub account: Account,
    pub agent: Agent,
    pub label: Label,
    /// When the label became this.
    pub label_since: Timestamp,
    /// The reason while busy on a wish of ours.
    pub reason: Option<String>,
    /// While `label` is Break.
    pub on_break: Option<BreakView>,
    /// The reasons to choose from, in the administrator's order, at most twelve.
    pub breaks: Vec<BreakReason>,
    pub wrap_up: Option<WrapUpView>,
    /// The platform gives no call before this.
    pub held_until: Option<Timestamp>,
    pub wish: WishView,
    pub phone: Phone,
    /// When the platform last said so; None: never.
    pub phone_at: Option<Timestamp>,
    /// The queues wished for or signed in to, in the agent's order.
    pub queues: Vec<QueueView>,
    /// The queues that the account has (at most 40 here).
    pub offered: Vec<OfferedQueue>,
    /// Calls going on, oldest first; at most five, the rest is `more_calls`.
    pub calls: Vec<CallView>,
    pub more_calls: u32,
    /// The last calls, newest first; at most eight.
    pub recent: Vec<RecentCall>,
    pub link: Option<LinkView>,
    pub log: LogView,
    pub call_back: CallBackView,
    pub recordings: RecordingsView,
    pub crm: CrmView,
    /// What must be seen once, oldest first; at most six.
    pub notices: Vec<Notice>,
    pub owed: OwedView,
    pub connection: ConnectionView,
    pub listener: ListenerView,
    pub ways: WaysView,
    pub vault: Option<Problem>,
    pub store: Option<Problem>,
    pub notifications: Option<Problem>,
    pub tray: Option<Problem>,
    pub sound: Option<Problem>,
    pub shortcuts: ShortcutsView,
    pub settings: Settings,
    pub place: Place,
    /// The demo's exercise, going on or over.
    pub practice: Option<PracticeView>,
}

impl Snapshot {
    /// Whether this snapshot shows the same state as `other`: only the times of the platform's answers and their delays differ, and each
    /// time by less than 15 s. A window that still has `other` then shows nothing as older than it may (30 s).
    pub fn shows_the_same_as(&self, other: &Self) -> bool {
        const CLOSE: u64 = 15_000;
        fn take<T: Copy>(value: &mut Option<T>, other: Option<T>, is_close: impl Fn(T, T) -> bool) {
            if value.zip(other).is_some_and(|(value, other)| is_close(value, other)) {
                *value = other;
            }
        }
        let is_close = |value: Timestamp, other: Timestamp| value.0.abs_diff(other.0) < CLOSE;
        let mut same = self.clone();
        same.revision = other.revision;
        take(&mut same.phone_at, other.phone_at, is_close);
        take(&mut same.wish.confirmed_at, other.wish.confirmed_at, is_close);
        for (queue, other) in same.queues.iter_mut().zip(&other.queues) {
            take(&mut queue.read_at, other.read_at, is_close);
        }
        take(&mut same.connection.answer_at, other.connection.answer_at, is_close);
        take(&mut same.connection.answer_ms, other.connection.answer_ms, |_, _| true);
        take(&mut same.connection.skew_ms, other.connection.skew_ms, |_, _| true);
        same == *other
    }

    /// As [`crate::SavedState::owner`].
    pub fn owner(&self) -> Owner {
        if self.sign_in == SignInView::SignedOut {
            return Owner::default();
        }
        Owner::of(&self.account, &self.agent, self.place.is_hot_desk())
    }
}

/// An hour with a character of its own, at the embedded platform.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum Exercise {
    /// A call every minute or two.
    CalmHour,
    /// The next call comes as soon as the wrap-up is over.
    BusyHour,
    /// Callers hang up while it rings, or after a few words.
    AngryCallers,
    /// The network drops now and then.
    DroppingNetwork,
}

/// What came of an exercise so far, or in all once it ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct PracticeView {
    pub exercise: Exercise,
    pub began_at: Timestamp,
    pub ended_at: Option<Timestamp>,
    pub answered: u32,
    pub missed: u32,
    /// In the order in which they first came; the one that holds now is added when it changes.
    pub states: Vec<StateTime>,
}

/// How long, and how many times, the agent was in a state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct StateTime {
    pub label: Label,
    pub seconds: u32,
    pub times: u32,
}

/// Fixed facts of this run, for the diagnostics.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Place {
    pub version: String,
    pub data_folder: String,
    pub log_file: String,
    /// The archive of recordings, where nobody chose another folder.
    pub archive_folder: String,
    /// Keys that the administrator locked, such as `platform.url`.
    pub locked: Vec<String>,
    /// The file that provisioned this run, if any.
    pub config_file: Option<String>,
    /// How far the platform's own clock is east of Greenwich, in minutes (N5); at the start, where it is a place with changes of clocks.
    pub platform_offset: i32,
    /// The name of the zone that it is in, where that was set.
    pub platform_zone: Option<String>,
    /// Plain windows, drawn without the graphics card (T12, T21), and why.
    pub safe_mode: Option<Problem>,
}

impl Place {
    /// The extension is the desk's, and agents change: the administrator fixed it, but not the agent number.
    pub fn is_hot_desk(&self) -> bool {
        self.is_locked("agent.extension") && !self.is_locked("agent.agent_id")
    }

    /// The administrator set this key, such as `platform.url`, and nobody else may.
    pub fn is_locked(&self, key: &str) -> bool {
        self.locked.iter().any(|locked| locked == key)
    }

    /// The key of what an intent would change although it is locked.
    pub fn forbids(&self, intent: &Intent) -> Option<&'static str> {
        let Intent::ChangeSettings { change } = intent else { return None };
        change.key().filter(|key| self.is_locked(key))
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub enum SignInView {
    /// Nobody is signed in; the sign-in view is shown.
    SignedOut,
    Pending,
    SignedIn {
        company: String,
    },
    /// Not signed in; where the problem is retryable, tried again at `next_try_at`.
    #[serde(rename_all = "camelCase")]
    Failed {
        problem: Problem,
        next_try_at: Option<Timestamp>,
    },
}

/// The wish and what became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct WishView {
    /// Grows with each wish, so that who wished can wait for its end.
    #[ts(type = "number")]
    pub id: u64,
    /// None: nobody here wished for anything yet; what the platform says is shown.
    pub wish: Option<Wish>,
    /// Who made the state what it is, or is to be; None: it was so when we first asked.
    pub set: Option<Set>,
    pub progress: WishProgress,
    /// When the platform last said what all this rests on.
    pub confirmed_at: Option<Timestamp>,
}

/// The after-call work that goes on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct WrapUpView {
    pub call: CallId,
    pub queue: Option<QueueName>,
    pub customer_number: String,
    /// When the call ended.
    pub ended_at: Timestamp,
    /// When it ends by itself; None: when it is finished.
    pub until: Option<Timestamp>,
    /// The agent is busy for it, and available again when it is finished.
    pub holds: bool,
    pub disposition_lacks: bool,
    pub note_lacks: bool,
}

/// How far a break is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct BreakView {
    pub began_at: Timestamp,
    /// When it should end; None: it has no limit.
    pub limit_at: Option<Timestamp>,
    pub stage: BreakStage,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum BreakStage {
    Running,
    /// Its limit is near.
    EndsSoon,
    /// Its limit is past.
    Over,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub enum WishProgress {
    /// No wish is under way.
    Settled,
    /// Sent, not yet seen at the platform.
    Pending,
    /// Taken by the platform, which cannot show it before the call is over (N18).
    AfterCall,
    /// Not seen at the platform for 10 seconds.
    Overdue,
    /// Refused, or contradicted by the platform; what it says is shown. In some queues only, where `queues` is not all.
    #[serde(rename_all = "camelCase")]
    RolledBack { problem: Problem, queues: Vec<QueueName> },
}

/// One queue, as the agent sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct QueueView {
    pub name: QueueName,
    pub remark: String,
    pub membership: Membership,
    /// My state, None while not signed in or not yet read.
    pub seat: Option<SeatState>,
    pub changed_at: Option<Timestamp>,
    pub last_answer_at: Option<Timestamp>,
    pub answered: u32,
    pub missed: u32,
    /// Misses left before the platform benches me; None where it does not say (N19).
    pub misses_left: Option<u32>,
    pub wrap_up_seconds: u32,
    pub others: Others,
    /// When this was read from the platform; None: not yet.
    pub read_at: Option<Timestamp>,
    /// Why the last reading failed, while it does.
    pub problem: Option<Problem>,
    /// What became of the last wish here; None: this queue was not told of it.
    pub wish: Option<WishStage>,
}

/// What became of a wish in one queue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub enum WishStage {
    /// Not answered by the platform yet.
    Pending,
    /// Taken by the platform, which does not show it yet.
    Accepted,
    /// Shown by the platform.
    Confirmed,
    /// Refused, or contradicted.
    Failed { problem: Problem },
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub enum Membership {
    Out,
    Joining,
    In,
    Leaving,
    Failed { problem: Problem },
}

/// The other agents of a queue, counted by state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Others {
    pub available: u32,
    pub ringing: u32,
    pub talking: u32,
    pub busy: u32,
    /// Not registered, disabled, or in a state we do not know.
    pub away: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum CallState {
    /// The customer's phone rings, in a call that the agent has (N25).
    Calling,
    /// The agent's phone rings.
    Ringing,
    Talking,
}

/// A call going on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct CallView {
    pub id: CallId,
    pub state: CallState,
    pub party: Party,
    /// Whether a ring card stands for it now.
    pub card: bool,
    /// A person wants no sound of it.
    pub silenced: bool,
    /// Posted by the test button; never in the log.
    pub test: bool,
    pub direction: Direction,
    pub method: Method,
    pub queue: Option<QueueName>,
    pub customer_number: String,
    pub display_number: String,
    pub member_id: Option<String>,
    pub customer_id: Option<String>,
    pub maturity: Option<String>,
    pub started_at: Timestamp,
    pub rang_at: Option<Timestamp>,
    pub answered_at: Option<Timestamp>,
    /// Whether earlier calls were looked up; until then nothing is known of a last contact.
    pub looked_up: bool,
    /// The last call with this number before this one, if there was one.
    pub last_contact: Option<LastContact>,
}

impl CallView {
    /// The agent's phone rings, and they are to be told beside the card.
    pub fn rings(&self) -> bool {
        self.state == CallState::Ringing && self.party == Party::Agent && self.card && !self.test
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct LastContact {
    pub at: Timestamp,
    pub answered: bool,
    pub talked_seconds: u32,
    pub disposition: Option<String>,
    /// Its beginning; empty where there is none.
    pub note: String,
}

/// A finished call, in brief.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct RecentCall {
    pub id: CallId,
    pub direction: Direction,
    pub method: Method,
    pub customer_number: String,
    pub started_at: Timestamp,
    pub answered: bool,
    pub talked_seconds: u32,
    pub hung_up_by: Option<HungUpBy>,
    pub ending: Option<Ending>,
    pub recording: bool,
}

/// What is to be known of the log without asking for it; its rows are asked for by commands.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct LogView {
    /// Grows when calls or notes on disk have changed, together with `to_do`: what was asked before may be old.
    #[ts(type = "number")]
    pub revision: u64,
    /// Calls that are to do, in the whole log: missed, or their after-call work broken off.
    #[ts(type = "number")]
    pub to_do: u64,
    /// Every call that began in this span, and is over, is in the log. None: not known yet.
    pub complete: Option<Span>,
    /// What is still to be fetched, the newest first, at most four; the rest is in `fetch`.
    pub gaps: Vec<Span>,
    /// The fetch of what lacks: None once nothing does.
    pub fetch: Option<FetchView>,
    /// Why the last fetch failed; it is tried again where that can help.
    pub problem: Option<Problem>,
    /// The export that goes on, or the last one.
    pub export: Option<ExportView>,
    /// Which the administrator set, in their order, at most twenty.
    pub dispositions: Vec<String>,
}

/// How far the fetch of past calls has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct FetchView {
    /// False: stopped by a person.
    pub on: bool,
    /// Days, or parts of a day, that were fetched since it began …
    pub done: u32,
    /// … of so many.
    pub total: u32,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ExportView {
    /// Calls in the file so far …
    #[ts(type = "number")]
    pub written: u64,
    /// … of so many.
    #[ts(type = "number")]
    pub total: u64,
    pub state: ExportState,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum ExportState {
    Running,
    Done { path: String },
    Failed { problem: Problem },
}

/// The one recording link that was asked for last.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct LinkView {
    pub call: CallId,
    pub state: LinkState,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum LinkState {
    Asking,
    Ready { expires_at: Timestamp },
    Expired,
    Failed { problem: Problem },
}

/// Something that must be seen once; it stands until dismissed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Notice {
    #[ts(type = "number")]
    pub id: u64,
    pub at: Timestamp,
    pub what: NoticeKind,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum NoticeKind {
    /// The agent's phone rang and was not answered.
    Missed { call: CallId, customer_number: String },
    /// A wish was not fulfilled in these queues.
    RolledBack { wish: Wish, problem: Problem, queues: Vec<QueueName> },
    /// The platform made the agent busy; nobody here asked for it (N19).
    Benched { queue: QueueName },
    /// The platform reports us as not signed in to this queue any more; nobody here asked for it.
    RemovedFromQueue { queue: QueueName },
    /// Something of what was kept is damaged; it was set aside for diagnosis.
    SetAside { problem: Problem },
    /// What was owed cannot be done from here: the platform may still have the agent in this queue, or, where none is named, their
    /// token or task.
    GivenUp { queue: Option<QueueName>, problem: Problem },
    /// Ringside failed inside and went on from what is stored.
    CoreRestarted,
}
