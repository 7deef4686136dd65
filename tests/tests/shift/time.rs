//! Time that passes when a test says so, for both sides and for every timer of the runtime.

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

/// The finest step. Whatever takes longer in truth takes a step or two here.
pub const STEP: Duration = Duration::from_millis(200);
/// Nothing moves on either side for so many looks at the sockets: an exchange over loopback takes fewer.
const LOOKS: u32 = 24;
/// Looks after which the wait for what is under way is given up; the timers of either side then rule.
const MOST_LOOKS: u32 = 200_000;

/// Runs this on a runtime whose timers stand still but in [`Shift::pass`](super::Shift::pass).
pub fn run(work: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
    runtime.block_on(async {
        // The runtime moves its stopped timers by itself where it has nothing to do, unless a blocking thread is at work.
        let (stop, stopped) = std::sync::mpsc::channel::<()>();
        tokio::task::spawn_blocking(move || stopped.recv());
        work.await;
        drop(stop);
    });
}

/// The desk's clock: the runtime's timers, `ahead` of the platform's wall.
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
        // The engine asks once a turn.
        self.turns.fetch_add(1, Ordering::Relaxed);
        Box::pin(tokio::time::sleep_until(self.began + deadline))
    }
}

/// Lets everything happen that can happen without time passing.
pub async fn settle(simulator: &Simulator, clock: &DeskClock) {
    let moved = || (clock.turns.load(Ordering::Relaxed), simulator.ledger().mark());
    let (mut before, mut still) = (moved(), 0);
    for _ in 0..MOST_LOOKS {
        // Runs what is ready, then looks at the sockets without waiting.
        tokio::task::yield_now().await;
        let now = moved();
        still = if now == before && simulator.is_at_rest() { still + 1 } else { 0 };
        before = now;
        if still >= LOOKS {
            return;
        }
    }
}
