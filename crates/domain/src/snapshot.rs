//! The snapshot: one value, replaced as a whole, from which every view is projected.
//!
//! It stays under 8 KiB: counts instead of lists, a few recent calls, no secret. Views count durations on from its timestamps.

mod calls;

pub use calls::*;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::{
    Account, Agent, BreakReason, CallBack, CallBackState, CallBackView, CallId, ConnectionView, CrmView, GatewayView, Label, ListenerView,
    OfferedQueue, OwedView, Owner, Phone, Problem, QueueName, RecordingsView, SeatState, Set, Settings, ShortcutsView, Timestamp, WaysView,
    Wish,
};

/// Everything of the session that a person can see.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Snapshot {
    /// Grows with every change.
    #[ts(type = "number")]
    pub revision: u64,
    /// Whether Ringside runs against the embedded platform.
    pub demo: bool,
    pub sign_in: SignInView,
    /// The account used last and, after a sign-out, the provisioned agent: both fill the sign-in view. No secret.
    pub account: Account,
    pub agent: Agent,
    pub label: Label,
    /// Since when this label holds.
    pub label_since: Timestamp,
    /// The reason of the break, if the agent is busy with one.
    pub reason: Option<String>,
    /// Set while `label` is Break.
    pub on_break: Option<BreakView>,
    /// The reasons for a break, in the administrator's order; at most twelve.
    pub breaks: Vec<BreakReason>,
    pub wrap_up: Option<WrapUpView>,
    /// Until then the platform gives no call.
    pub held_until: Option<Timestamp>,
    pub wish: WishView,
    pub phone: Phone,
    /// When the platform last said the phone's state; None: never.
    pub phone_at: Option<Timestamp>,
    /// The queues wished for or signed in to, in the agent's order.
    pub queues: Vec<QueueView>,
    /// The queues of the account; at most 40.
    pub offered: Vec<OfferedQueue>,
    /// The open calls, oldest first; at most five, `more_calls` counts the rest.
    pub calls: Vec<CallView>,
    pub more_calls: u32,
    /// The last ended calls, newest first; at most eight.
    pub recent: Vec<RecentCall>,
    pub link: Option<LinkView>,
    pub log: LogView,
    pub call_back: CallBackView,
    pub recordings: RecordingsView,
    pub crm: CrmView,
    /// The notices, oldest first; at most six.
    pub notices: Vec<Notice>,
    pub owed: OwedView,
    pub connection: ConnectionView,
    /// The company's gateway; None: this desk asks the platform itself.
    pub gateway: Option<GatewayView>,
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
    /// The demo's last exercise.
    pub practice: Option<PracticeView>,
}

impl Snapshot {
    /// Whether an end of Ringside would interrupt no ring, call, call back or after-call work.
    pub fn is_quiet(&self) -> bool {
        let calls_back = |last: &CallBack| matches!(last.state, CallBackState::Sending | CallBackState::Calling | CallBackState::Connected);
        self.calls.is_empty() && self.wrap_up.is_none() && !self.call_back.last.as_ref().is_some_and(calls_back)
    }

    /// Whether this snapshot shows the same state as `other`: only the times of the platform's answers and their delays differ, each time
    /// by less than 15 s. A window that still has `other` then shows no reading that is older than allowed (30 s).
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

/// The exercises of the embedded platform.
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

/// The result of an exercise, or its state so far.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct PracticeView {
    pub exercise: Exercise,
    pub began_at: Timestamp,
    pub ended_at: Option<Timestamp>,
    pub answered: u32,
    pub missed: u32,
    /// In the order in which they first occurred; the present state is added when it ends.
    pub states: Vec<StateTime>,
}

/// How long and how often the agent was in a state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct StateTime {
    pub label: Label,
    pub seconds: u32,
    pub times: u32,
}

/// A view of the main window that an administrator can hide. Hiding keeps a window simple; it keeps nothing secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum MainView {
    Calls,
    Day,
    Connection,
    Settings,
}

/// Facts about this installation. Only the company's gateway changes some of them during a run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Place {
    pub version: String,
    pub data_folder: String,
    pub log_file: String,
    /// The folder of the recordings' archive, if nobody chose another.
    pub archive_folder: String,
    /// Keys that the administrator locked, such as `platform.url`.
    pub locked: Vec<String>,
    /// The main window's views that the administrator hides.
    pub hidden_views: Vec<MainView>,
    /// The file that provisioned this run, if any.
    pub config_file: Option<String>,
    /// How far the platform's clock is east of Greenwich, in minutes (N5); for a zone with daylight saving time, at the start of the run.
    pub platform_offset: i32,
    /// The name of the platform's time zone, if it was set.
    pub platform_zone: Option<String>,
    /// Why Ringside runs in safe mode: plain windows, drawn without the graphics card (T12, T21).
    pub safe_mode: Option<Problem>,
}

impl Place {
    /// The administrator fixed the extension, but not the agent number: several agents use this desk in turn.
    pub fn is_hot_desk(&self) -> bool {
        self.is_locked("agent.extension") && !self.is_locked("agent.agent_id")
    }

    /// Only the administrator can change this key, such as `platform.url`.
    pub fn is_locked(&self, key: &str) -> bool {
        self.locked.iter().any(|locked| locked == key)
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
    /// Not signed in; if the problem is retryable, tried again at `next_try_at`.
    #[serde(rename_all = "camelCase")]
    Failed {
        problem: Problem,
        next_try_at: Option<Timestamp>,
    },
}

/// The wish and its progress.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct WishView {
    /// Grows with each wish, so that its sender can wait for its result.
    #[ts(type = "number")]
    pub id: u64,
    /// None: nobody here has made a wish; the platform's state is shown.
    pub wish: Option<Wish>,
    /// Who caused the present or wished state; None: the platform had it when it was first asked.
    pub set: Option<Set>,
    pub progress: WishProgress,
    /// The time of the oldest reading that the state is based on.
    pub confirmed_at: Option<Timestamp>,
}

/// The present after-call work.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct WrapUpView {
    pub call: CallId,
    pub queue: Option<QueueName>,
    pub customer_number: String,
    /// When the call ended.
    pub ended_at: Timestamp,
    /// When the work ends by itself; None: when the agent finishes it.
    pub until: Option<Timestamp>,
    /// The agent is busy for the work, and becomes available when it is finished.
    pub holds: bool,
    pub disposition_lacks: bool,
    pub note_lacks: bool,
}

/// The progress of a break.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct BreakView {
    pub began_at: Timestamp,
    /// When the break should end; None: it has no limit.
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
    /// Sent, and not yet confirmed by a reading.
    Pending,
    /// Accepted by the platform, which cannot show it before the call ends (N18).
    AfterCall,
    /// Not confirmed within 10 seconds.
    Overdue,
    /// Refused or contradicted by the platform, in these queues; the platform's state is shown.
    #[serde(rename_all = "camelCase")]
    RolledBack { problem: Problem, queues: Vec<QueueName> },
}

/// One queue of the agent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct QueueView {
    pub name: QueueName,
    pub remark: String,
    pub membership: Membership,
    /// The agent's state there; None: not signed in, or not read yet.
    pub seat: Option<SeatState>,
    pub changed_at: Option<Timestamp>,
    pub last_answer_at: Option<Timestamp>,
    pub answered: u32,
    pub missed: u32,
    /// Number of misses left before the platform makes the agent busy; None: not known (N19).
    pub misses_left: Option<u32>,
    pub wrap_up_seconds: u32,
    pub others: Others,
    /// When the queue was last read from the platform; None: never.
    pub read_at: Option<Timestamp>,
    /// Why the last reading failed; None: it succeeded.
    pub problem: Option<Problem>,
    /// The last wish's stage in this queue; None: the wish does not concern it.
    pub wish: Option<WishStage>,
}

/// The stage of a wish in one queue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub enum WishStage {
    /// The platform has not answered yet.
    Pending,
    /// Accepted by the platform, and not yet shown by a reading.
    Accepted,
    /// Shown by a reading.
    Confirmed,
    /// Refused or contradicted.
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
    /// Not registered, disabled, or in an unknown state.
    pub away: u32,
}

/// An event that must be seen once; it stays until it is dismissed.
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
    /// The agent's phone rang and nobody answered.
    Missed { call: CallId, customer_number: String },
    /// A wish was not fulfilled in these queues.
    RolledBack { wish: Wish, problem: Problem, queues: Vec<QueueName> },
    /// The platform made the agent busy, and nobody here asked for it (N19).
    Benched { queue: QueueName },
    /// The platform reports that the agent is not in this queue any more, and nobody here asked for it.
    RemovedFromQueue { queue: QueueName },
    /// Stored data was damaged; it was set aside for diagnosis.
    SetAside { problem: Problem },
    /// A debt was given up: the platform may still have the agent in this queue or, if none is named, their token or task may still be
    /// open.
    GivenUp { queue: Option<QueueName>, problem: Problem },
    /// Ringside's core failed and continued from the stored state.
    CoreRestarted,
}
