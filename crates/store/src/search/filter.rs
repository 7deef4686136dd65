//! What a person asks of the log.

use ringside_domain::{Call, Direction, QueueName, Timestamp};

use crate::{Cursor, Entry, NumberRules};

/// Which calls. The default: all. What is set must all be so.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// As typed. Each word of it must be in the customer's number, the note, the disposition, the member id or the customer id.
    /// A word that is a number also finds the numbers that begin with it once prefixes are taken off both.
    pub text: String,
    pub numbers: NumberRules,
    pub direction: Option<Direction>,
    pub outcome: Option<Outcome>,
    pub queue: Option<QueueName>,
    pub disposition: Option<String>,
    /// Missed and not done.
    pub to_do: bool,
    /// Began then or later.
    pub from: Option<Timestamp>,
    /// Began before.
    pub to: Option<Timestamp>,
}

/// How a call that is over went, from the agent's seat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Answered,
    /// It came in, or the agent's phone rang, and nobody answered.
    Missed,
    /// It went out, and nobody answered.
    NoAnswer,
}

impl Outcome {
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

/// Missed, and nobody has dealt with it.
pub(super) fn is_to_do(entry: &Entry) -> bool {
    entry.note.done_at.is_none() && Outcome::of(&entry.call) == Some(Outcome::Missed)
}

/// Where a page begins, and which way it goes. Pages come in the order they are walked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
