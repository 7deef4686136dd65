//! The computer's clocks; all rules get the time as an argument.

use std::{sync::Arc, time::Duration};

use ringside_domain::{Now, Timestamp};

/// Cheap to clone; all clones count from one start.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    began: tokio::time::Instant,
}

impl Clock {
    pub fn start() -> Self {
        Self { began: tokio::time::Instant::now() }
    }

    // The only place in the gateway that reads the wall clock.
    #[allow(clippy::disallowed_methods)]
    pub fn now(self) -> Now {
        Now { wall: Timestamp(jiff::Timestamp::now().as_millisecond()), mono: self.began.elapsed() }
    }

    pub fn wall(self) -> Timestamp {
        self.now().wall
    }

    pub fn mono(self) -> Duration {
        self.began.elapsed()
    }

    /// For the parts that need the wall clock alone.
    pub fn for_fleet(self) -> ringside_fleet::WallClock {
        Arc::new(move || self.wall().0)
    }

    pub fn for_platform(self) -> ringside_platform::WallClock {
        Arc::new(move || self.wall())
    }
}
