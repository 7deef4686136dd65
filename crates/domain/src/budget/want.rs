//! What the budget is told: questions that are wanted, and failures.

use std::time::Duration;

/// The past gets at least this part of the rate.
const SHARE: f64 = 1.0 / 16.0;

/// Who waits for the answer. It ranks by when it was due and by how long its priority can wait, so that the first ones come
/// first and none waits for ever.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Priority {
    /// What a person waits for: what they asked for, and the reading that shows that it is done.
    Person,
    /// The ring: the phone while it may ring, rings, or is in a call.
    Ring,
    /// The seats as they are shown, and what else is only shown.
    Seats,
    /// The past: records, new and old, and the archive.
    Past,
}

impl Priority {
    pub(super) fn is_reading(self) -> bool {
        matches!(self, Self::Ring | Self::Seats)
    }

    pub(super) fn patience(self, per_second: f64) -> Duration {
        match self {
            Self::Person => Duration::ZERO,
            Self::Ring => Duration::from_secs(3),
            Self::Seats => Duration::from_secs(15),
            Self::Past => Duration::from_secs_f64(1.0 / (per_second * SHARE)),
        }
    }
}

/// A question that is to be asked.
#[derive(Clone, Debug)]
pub struct Want<K> {
    /// Failures of the same kind pause it.
    pub kind: K,
    pub priority: Priority,
    pub due: Duration,
    /// By then it must have been asked: what can wait is not asked where that would be too late for this one.
    pub latest: Option<Duration>,
}

/// A failure, as far as it says when to ask again.
#[derive(Clone, Copy, Debug)]
pub struct Failure {
    pub asked_at: Duration,
    /// Not this kind of question was refused, but none would be answered.
    pub of_the_way: bool,
    /// A ring or the seats were to be read, which is done again and again: it shows that not one service alone fails.
    pub of_a_reading: bool,
    /// The pause that the platform asked for.
    pub retry_after: Option<Duration>,
    /// The shortest and the longest pause for this kind.
    pub pauses: (Duration, Duration),
    /// From 0 to 1: spreads the pause.
    pub unit: f64,
}
