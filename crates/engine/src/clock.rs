//! The clock, given to the engine.

use std::{pin::Pin, time::Duration};

use ringside_domain::{Now, Timestamp};

/// Both clocks and a way to wait on the monotonic one. Tests turn their own.
pub trait Clock: Send + Sync + 'static {
    fn now(&self) -> Now;
    /// Resolves when the monotonic clock has reached `deadline`.
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
    // The one place that takes the time; everybody else is given it.
    #[allow(clippy::disallowed_methods)]
    fn now(&self) -> Now {
        Now { wall: Timestamp(jiff::Timestamp::now().as_millisecond()), mono: self.began.elapsed() }
    }

    fn sleep_until(&self, deadline: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        Box::pin(tokio::time::sleep_until(self.began + deadline))
    }
}
