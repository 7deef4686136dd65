//! The clock that the engine is given, so that tests can set the time.

use std::{pin::Pin, time::Duration};

use ringside_domain::{Now, Timestamp};

/// The wall clock, the monotonic clock, and a wait on the monotonic clock.
pub trait Clock: Send + Sync + 'static {
    fn now(&self) -> Now;
    /// Resolves when the monotonic clock has reached `deadline` (time since the clock was made).
    fn sleep_until(&self, deadline: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>>;
}

/// The computer's clocks.
#[derive(Debug)]
pub struct SystemClock {
    began: tokio::time::Instant,
}

impl SystemClock {
    pub fn new() -> Self {
        Self { began: tokio::time::Instant::now() }
    }
}

impl Default for SystemClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for SystemClock {
    // The only place in the engine that reads the system clocks; all other code gets the time as an argument.
    #[allow(clippy::disallowed_methods)]
    fn now(&self) -> Now {
        Now { wall: Timestamp(jiff::Timestamp::now().as_millisecond()), mono: self.began.elapsed() }
    }

    fn sleep_until(&self, deadline: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        Box::pin(tokio::time::sleep_until(self.began + deadline))
    }
}
