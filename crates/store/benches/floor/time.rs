//! Measuring a piece of work.

use std::time::Instant;

#[derive(Clone, Copy, Default)]
pub struct Time {
    pub seconds: f64,
    /// How long the thread was on a processor, which other programs do not change. `None`: this system does not say it.
    pub on_processor: Option<f64>,
}

pub fn time<T>(work: impl FnOnce() -> T) -> (T, Time) {
    let (before, begun) = (on_processor(), Instant::now());
    let done = work();
    let seconds = begun.elapsed().as_secs_f64();
    (done, Time { seconds, on_processor: before.zip(on_processor()).map(|(before, after)| after - before) })
}

fn on_processor() -> Option<f64> {
    let nanos: f64 = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?.split(' ').next()?.parse().ok()?;
    Some(nanos / 1e9)
}
