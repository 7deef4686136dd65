//! The simulated platform's clock: the machine's, a faster one, one that is ahead or behind, the runtime's, or one that a test moves.

#![allow(clippy::disallowed_methods, reason = "this is where the simulator's time comes from")]

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};

/// The simulated platform's time. Clones show the same time.
#[derive(Clone, Debug)]
pub struct Clock(Arc<Kind>);

#[derive(Debug)]
enum Kind {
    Wall,
    Fast {
        origin: Timestamp,
        since: Instant,
        speed: f64,
    },
    /// Follows the runtime's timers, beginning at `origin`.
    Runtime {
        origin: Timestamp,
        since: tokio::time::Instant,
    },
    Manual(Mutex<Timestamp>),
}

impl Clock {
    /// The machine's own clock.
    pub fn wall() -> Self {
        Self(Arc::new(Kind::Wall))
    }

    /// Starts at the machine's time and runs `speed` times as fast; with a speed of 1 it is the machine's clock.
    pub fn fast(speed: f64) -> Self {
        if speed == 1.0 {
            return Self::wall();
        }
        Self(Arc::new(Kind::Fast { origin: Timestamp::now(), since: Instant::now(), speed: speed.max(0.001) }))
    }

    /// The machine's clock, ahead by this duration; behind if it is negative.
    pub fn ahead(by: SignedDuration) -> Self {
        Self(Arc::new(Kind::Fast { origin: Timestamp::now().checked_add(by).unwrap_or(Timestamp::MAX), since: Instant::now(), speed: 1.0 }))
    }

    /// Starts at `at` and follows the runtime's timers, which a test may pause and advance (`tokio::time::advance`).
    pub fn runtime(at: Timestamp) -> Self {
        Self(Arc::new(Kind::Runtime { origin: at, since: tokio::time::Instant::now() }))
    }

    /// Stands still at `at` until [`crate::Simulator::advance`] moves it.
    pub fn manual(at: Timestamp) -> Self {
        Self(Arc::new(Kind::Manual(Mutex::new(at))))
    }

    /// The present simulated instant.
    pub fn now(&self) -> Timestamp {
        match &*self.0 {
            Kind::Wall => Timestamp::now(),
            Kind::Fast { origin, since, speed } => *origin + since.elapsed().mul_f64(*speed),
            Kind::Runtime { origin, since } => *origin + since.elapsed(),
            Kind::Manual(at) => *at.lock().unwrap_or_else(PoisonError::into_inner),
        }
    }

    /// How long to wait, in real time, until `at`; `None` if only a test moves the clock.
    pub(crate) fn wait_until(&self, at: Timestamp) -> Option<Duration> {
        let ahead = Duration::try_from(at.duration_since(self.now())).unwrap_or(Duration::ZERO);
        match &*self.0 {
            Kind::Wall | Kind::Runtime { .. } => Some(ahead),
            Kind::Fast { speed, .. } => Some(ahead.div_f64(*speed)),
            Kind::Manual(_) => None,
        }
    }

    /// Sets a manual clock; on other clocks it has no effect.
    pub(crate) fn set(&self, to: Timestamp) {
        if let Kind::Manual(at) = &*self.0 {
            *at.lock().unwrap_or_else(PoisonError::into_inner) = to;
        }
    }
}
