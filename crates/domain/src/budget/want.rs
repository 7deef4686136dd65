//! The budget's input: wanted requests, and failures.

use std::time::Duration;

/// The past gets at least this part of the rate.
const SHARE: f64 = 1.0 / 16.0;
/// The requests of the floor that a person waits for get at least this part of the rate.
const FLOOR_SHARE: f64 = 1.0 / 4.0;
/// The other requests of the floor can wait this long.
const FLOOR_PATIENCE: Duration = Duration::from_secs(8);

/// The priority of a request. It is ranked by its due time plus the time that its priority can wait, so that high priorities come first and
/// none waits for ever.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Priority {
    /// A request that stops calls to customers. It waits for no share of the budget, not even if it is the floor's.
    Stop,
    /// A person waits: for the request itself, or for the reading that confirms its effect.
    Person,
    /// The phone, while it may ring, rings, or is in a call.
    Ring,
    /// The seats, and other values that are only shown.
    Seats,
    /// The past: records and the archive.
    Past,
}

impl Priority {
    fn patience(self, per_second: f64) -> Duration {
        match self {
            Self::Stop | Self::Person => Duration::ZERO,
            Self::Ring => Duration::from_secs(3),
            Self::Seats => Duration::from_secs(15),
            Self::Past => Duration::from_secs_f64(1.0 / (per_second * SHARE)),
        }
    }
}

/// A request that is wanted.
#[derive(Clone, Debug)]
pub struct Want<K> {
    /// Failures of this kind pause the request.
    pub kind: K,
    pub priority: Priority,
    pub due: Duration,
    /// It must be sent by then: requests that can wait are held back if they would make it late.
    pub latest: Option<Duration>,
    /// It is the supervisor's desk's. All such requests but stops share one waiting time, and those that a person waits for another one, so
    /// that their number does not delay the agent's requests.
    pub of_floor: bool,
}

impl<K> Want<K> {
    /// A reading of the agent's phone or seats, which shows whether the connection works.
    pub(super) fn is_reading(&self) -> bool {
        !self.of_floor && matches!(self.priority, Priority::Ring | Priority::Seats)
    }

    /// It leaves some turns to the others until it has waited for its patience.
    pub(super) fn gives_way(&self) -> bool {
        self.shares() || self.priority == Priority::Past
    }

    /// It shares one waiting time with the floor's other requests.
    pub(super) fn shares(&self) -> bool {
        self.of_floor && self.priority != Priority::Stop
    }

    /// It is sent even if others must be sent by a certain time.
    pub(super) fn precedes(&self) -> bool {
        !self.shares() && matches!(self.priority, Priority::Stop | Priority::Person)
    }

    /// The order of requests with the same rank: the agent's first, then the floor's by age.
    pub(super) fn among_floor(&self) -> Duration {
        if self.of_floor { self.due } else { Duration::ZERO }
    }

    pub(super) fn patience(&self, per_second: f64) -> Duration {
        if !self.shares() {
            return self.priority.patience(per_second);
        }
        let share = Duration::from_secs_f64(1.0 / (per_second * FLOOR_SHARE));
        if self.priority == Priority::Person { share } else { share.max(FLOOR_PATIENCE) }
    }
}

/// The properties of a failure that decide when to try again.
#[derive(Clone, Copy, Debug)]
pub struct Failure {
    pub asked_at: Duration,
    /// Any request would have failed, not only this kind.
    pub of_the_way: bool,
    /// The request was a reading of the phone or of seats, which are repeated often: not only one service fails.
    pub of_a_reading: bool,
    /// The pause that the platform asked for.
    pub retry_after: Option<Duration>,
    /// The shortest and the longest pause for this kind.
    pub pauses: (Duration, Duration),
    /// From 0 to 1; spreads the pause.
    pub unit: f64,
}
