//! Time that passes only when a test says so, for both sides and for every timer of the runtime.

use std::{
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use ringside_domain::{Now, Timestamp};
use ringside_engine::Clock;
use ringside_simulator::Simulator;
use tokio::time::Instant;

/// The finest step. Anything that would take longer takes a step or two here.
pub const STEP: Duration = Duration::from_millis(200);
/// Number of unchanged checks after which both sides count as idle; an exchange over loopback needs fewer.
const LOOKS: u32 = 24;
/// Number of checks after which waiting for work in progress is given up; then the timers of both sides decide.
const MOST_LOOKS: u32 = 200_000;

/// Runs `work` on a runtime whose timers advance only in [`Shift::pass`](super::Shift::pass).
pub fn run(work: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
    runtime.block_on(async {
        // A paused runtime advances its timers by itself when it is idle, unless a blocking thread is at work.
        let (stop, stopped) = std::sync::mpsc::channel::<()>();
        tokio::task::spawn_blocking(move || stopped.recv());
        work.await;
        drop(stop);
    });
}

/// The desk's clock, which follows the runtime's timers and is `ahead` of the platform's clock.
pub struct DeskClock {
    origin: Timestamp,
    began: Instant,
    turns: AtomicU64,
}

impl DeskClock {
    pub fn new(origin: Timestamp) -> Arc<Self> {
        Arc::new(Self { origin, began: Instant::now(), turns: AtomicU64::new(0) })
    }

    pub fn wall(&self) -> Timestamp {
        self.origin.plus(self.began.elapsed())
    }
}

impl Clock for DeskClock {
    fn now(&self) -> Now {
        Now { wall: self.wall(), mono: self.began.elapsed() }
    }

    fn sleep_until(&self, deadline: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        // The engine calls this once per turn of its loop.
        self.turns.fetch_add(1, Ordering::Relaxed);
        Box::pin(tokio::time::sleep_until(self.began + deadline))
    }
}

/// Lets everything happen that can happen without passing time.
pub async fn settle(simulator: &Simulator, clock: &DeskClock) {
    let moved = || (clock.turns.load(Ordering::Relaxed), simulator.ledger().mark());
    let (mut before, mut still) = (moved(), 0);
    for _ in 0..MOST_LOOKS {
        // Runs ready tasks, then polls the sockets without waiting.
        tokio::task::yield_now().await;
        let now = moved();
        still = if now == before && simulator.is_at_rest() { still + 1 } else { 0 };
        before = now;
        if still >= LOOKS {
            return;
        }
    }
}
