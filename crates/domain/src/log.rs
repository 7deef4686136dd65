//! The call log: a row of it, what is asked of it, and what is ours about a call.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::{Call, CallId, Direction, NumberRules, Owner, QueueName, Timestamp, is_withheld};

/// A call with what is ours about it, as the log shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct LogRow {
    pub call: Call,
    /// None while it goes on and nobody has answered.
    pub outcome: Option<CallOutcome>,
    pub note: Note,
}

impl LogRow {
    pub fn new(call: Call, note: Note) -> Self {
        Self { outcome: CallOutcome::of(&call), call, note }
    }
}

/// How a call that is over went, from the agent's seat.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum CallOutcome {
    Answered,
    /// It came in, or the agent's phone rang, and nobody answered.
    Missed,
    /// It went out, and nobody answered.
    NoAnswer,
}

impl CallOutcome {
    /// None while it is not over and not answered.
    pub fn of(call: &Call) -> Option<Self> {
        match (call.answered_at, call.ended_at) {
            (Some(_), _) => Some(Self::Answered),
            (None, None) => None,
            (None, Some(_)) if call.direction == Direction::Incoming || call.rang_at.is_some() => Some(Self::Missed),
            (None, Some(_)) => Some(Self::NoAnswer),
        }
    }
}

/// What is ours about one call; no callback and no record overwrites it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Note {
    /// As typed; empty where nothing was.
    pub text: String,
    pub disposition: Option<String>,
    /// When what was to do was marked as dealt with.
    pub done_at: Option<Timestamp>,
    /// When the after-call work ended.
    pub wrapped_up_at: Option<Timestamp>,
    /// When the after-call work was broken off: what is still to be said about the call is to do.
    pub owed_at: Option<Timestamp>,
}

impl LogRow {
    /// As a person sees it: a number that is withheld is nobody's, and there is nothing in it to read.
    pub fn seen(mut self) -> Self {
        if is_withheld(&self.call.customer_number) {
            self.call.customer_number.clear();
        }
        self
    }

    /// Missed, or its after-call work broken off, and nobody has dealt with it.
    pub fn is_to_do(&self) -> bool {
        let owed = self.note.owed_at.is_some() || self.outcome == Some(CallOutcome::Missed);
        owed && self.note.done_at.is_none()
    }
}

/// One thing that a person says about a call; the last one said stands.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum NoteEdit {
    Text {
        text: String,
    },
    Disposition {
        disposition: Option<String>,
    },
    /// Whether what was to do was dealt with.
    Done {
        done: bool,
    },
}

/// One change of a note, as it is kept; the last one written stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Edit {
    Text(String),
    Disposition(Option<String>),
    /// None: to do again.
    Done(Option<Timestamp>),
    WrappedUp(Option<Timestamp>),
    Owed(Option<Timestamp>),
}

/// Which calls. The default: all. What is set must all be so.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(default, rename_all = "camelCase")]
pub struct Filter {
    /// As typed. Each word of it must be in the customer's number, the note, the disposition, the member id or the customer id.
    /// A word that is a number also finds the numbers that begin with it once prefixes are taken off both.
    pub text: String,
    /// The administrator's, filled in by the engine.
    #[serde(skip)]
    pub numbers: NumberRules,
    /// Whose calls; None: everybody's. Filled in by the engine, too.
    #[serde(skip)]
    pub owner: Option<Owner>,
    pub direction: Option<Direction>,
    pub outcome: Option<CallOutcome>,
    pub queue: Option<QueueName>,
    pub disposition: Option<String>,
    /// Missed, or its after-call work broken off; and not done.
    pub to_do: bool,
    /// Began then or later.
    pub from: Option<Timestamp>,
    /// Began before.
    pub to: Option<Timestamp>,
}

/// A place in the log: by start, then by id (S14).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Cursor {
    pub started_at: Timestamp,
    /// 0: before every call that began at this moment, and after every one that began earlier; where a day begins.
    pub id: CallId,
}

impl Cursor {
    /// The place of this call.
    pub fn after(call: &Call) -> Self {
        Self { started_at: call.started_at, id: call.id }
    }

    /// Where what began at this moment begins.
    pub fn at(moment: Timestamp) -> Self {
        Self { started_at: moment, id: CallId(0) }
    }
}

/// Where a page begins, and which way it goes. Pages come in the order they are walked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub enum Begin {
    /// From the newest, to older calls.
    Newest,
    /// Calls before this place, the newest of them first.
    Before(Cursor),
    /// From the oldest, to newer calls.
    Oldest,
    /// Calls after this place, the oldest of them first.
    After(Cursor),
}

/// Of the calls that began in one stretch of time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Sums {
    #[ts(type = "number")]
    pub answered: u64,
    #[ts(type = "number")]
    pub missed: u64,
    /// Went out, and nobody answered.
    #[ts(type = "number")]
    pub no_answer: u64,
    /// As billed where it was, else as we saw it.
    #[ts(type = "number")]
    pub talk_seconds: u64,
    /// From the ring of the agent's phone to the answer or the end.
    #[ts(type = "number")]
    pub ring_seconds: u64,
    /// From the end of the call to the end of the after-call work.
    #[ts(type = "number")]
    pub wrap_up_seconds: u64,
}

/// A stretch of time: `since` is in it, `until` is not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Span {
    pub since: Timestamp,
    pub until: Timestamp,
}

impl Span {
    /// What of it none of the spans covers, in order; the spans are in order and apart.
    pub fn gaps(self, spans: &[Span]) -> Vec<Span> {
        let mut gaps = Vec::new();
        let mut since = self.since;
        for span in spans.iter().filter(|span| span.until > self.since && span.since < self.until) {
            if since < span.since {
                gaps.push(Span { since, until: span.since });
            }
            since = span.until;
        }
        if since < self.until {
            gaps.push(Span { since, until: self.until });
        }
        gaps
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum ExportFormat {
    /// UTF-8 with a byte order mark, for spreadsheet programs.
    Csv,
    /// A workbook: each text is a text there, with all its digits, and never a formula.
    Xlsx,
    /// One [`LogRow`] a line.
    JsonLines,
}
