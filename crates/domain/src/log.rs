//! The call log: its rows, its filters, and the notes.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::{Call, CallId, Direction, NumberRules, Owner, QueueName, Timestamp, is_withheld};

/// A row of the log: a call and its note.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct LogRow {
    pub call: Call,
    /// None while the call goes on and nobody has answered.
    pub outcome: Option<CallOutcome>,
    pub note: Note,
}

impl LogRow {
    pub fn new(call: Call, note: Note) -> Self {
        Self { outcome: CallOutcome::of(&call), call, note }
    }
}

/// The outcome of a call, as seen by the agent.
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
    /// None while the call goes on and nobody has answered.
    pub fn of(call: &Call) -> Option<Self> {
        match (call.answered_at, call.ended_at) {
            (Some(_), _) => Some(Self::Answered),
            (None, None) => None,
            (None, Some(_)) if call.direction == Direction::Incoming || call.rang_at.is_some() => Some(Self::Missed),
            (None, Some(_)) => Some(Self::NoAnswer),
        }
    }
}

/// The note of a call; no callback and no record overwrites it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Note {
    /// As typed; may be empty.
    pub text: String,
    pub disposition: Option<String>,
    /// When the call to do was marked as dealt with.
    pub done_at: Option<Timestamp>,
    /// When the after-call work ended.
    pub wrapped_up_at: Option<Timestamp>,
    /// When the after-call work was broken off; the call is to do since then.
    pub owed_at: Option<Timestamp>,
}

impl LogRow {
    /// The row as shown to a person: a withheld number is left out.
    pub fn seen(mut self) -> Self {
        if is_withheld(&self.call.customer_number) {
            self.call.customer_number.clear();
        }
        self
    }

    /// The call was missed, or its after-call work was broken off, and nobody has dealt with it.
    pub fn is_to_do(&self) -> bool {
        let owed = self.note.owed_at.is_some() || self.outcome == Some(CallOutcome::Missed);
        owed && self.note.done_at.is_none()
    }
}

/// One change of a note by a person; the last one holds.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum NoteEdit {
    Text {
        text: String,
    },
    Disposition {
        disposition: Option<String>,
    },
    /// Whether the call to do was dealt with.
    Done {
        done: bool,
    },
}

/// One change of a note, as stored; the last one holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Edit {
    Text(String),
    Disposition(Option<String>),
    /// None: to do again.
    Done(Option<Timestamp>),
    WrappedUp(Option<Timestamp>),
    Owed(Option<Timestamp>),
}

/// A filter of calls; every part that is set must match. The default matches all calls.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(default, rename_all = "camelCase")]
pub struct Filter {
    /// As typed. Each word must be in the customer's number, the note, the disposition, the member id or the customer id.
    /// A word that is a number also finds the numbers that begin with it after prefixes are removed from both.
    pub text: String,
    /// The administrator's rules for numbers; set by the engine.
    #[serde(skip)]
    pub numbers: NumberRules,
    /// The owner of the calls; None: any. Set by the engine.
    #[serde(skip)]
    pub owner: Option<Owner>,
    pub direction: Option<Direction>,
    pub outcome: Option<CallOutcome>,
    pub queue: Option<QueueName>,
    pub disposition: Option<String>,
    /// Only calls to do: missed, or their after-call work broken off, and not done.
    pub to_do: bool,
    /// The call began then or later.
    pub from: Option<Timestamp>,
    /// The call began earlier.
    pub to: Option<Timestamp>,
}

/// A place in the log, by the call's start and then by its id (S14).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Cursor {
    pub started_at: Timestamp,
    /// 0: the place before all calls that began at this moment, where a day begins.
    pub id: CallId,
}

impl Cursor {
    /// The place of this call.
    pub fn after(call: &Call) -> Self {
        Self { started_at: call.started_at, id: call.id }
    }

    /// The place before all calls that began at this moment.
    pub fn at(moment: Timestamp) -> Self {
        Self { started_at: moment, id: CallId(0) }
    }
}

/// Where a page begins and its direction. The rows come in that direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub enum Begin {
    /// From the newest call to older ones.
    Newest,
    /// The calls before this place, the newest first.
    Before(Cursor),
    /// From the oldest call to newer ones.
    Oldest,
    /// The calls after this place, the oldest first.
    After(Cursor),
}

/// Sums over the calls that began in one span.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Sums {
    #[ts(type = "number")]
    pub answered: u64,
    #[ts(type = "number")]
    pub missed: u64,
    /// Outgoing calls that nobody answered.
    #[ts(type = "number")]
    pub no_answer: u64,
    /// As billed, else as measured from signals.
    #[ts(type = "number")]
    pub talk_seconds: u64,
    /// From the ring of the agent's phone to the answer or the end.
    #[ts(type = "number")]
    pub ring_seconds: u64,
    /// From the end of the call to the end of the after-call work.
    #[ts(type = "number")]
    pub wrap_up_seconds: u64,
}

/// A span of time; `since` belongs to it, `until` does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Span {
    pub since: Timestamp,
    pub until: Timestamp,
}

impl Span {
    /// The parts of this span that no other span covers, in order; `spans` are in order and do not overlap.
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
    /// A workbook in which every value is a text, with all its digits, and never a formula.
    Xlsx,
    /// One [`LogRow`] per line.
    JsonLines,
}
