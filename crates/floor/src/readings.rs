//! When something is read again: at an interval from the last reading, later after failures.

use std::time::Duration;

use ringside_domain::{Backoff, Now, Problem, ProblemCode, Timestamp};

const PAUSES: Backoff = Backoff::new(Duration::from_secs(2), Duration::from_secs(60));
/// A service without a licence is not asked again within this time.
const UNLICENSED: Duration = Duration::from_secs(3600);

#[derive(Debug)]
pub(crate) struct Reading {
    /// When the last answer that is shown was asked for, on both clocks.
    read: Option<Now>,
    problem: Option<Problem>,
    not_before: Duration,
    soon: Option<Duration>,
    backoff: Backoff,
    /// Varies the interval by up to a tenth.
    stretch: f64,
}

impl Default for Reading {
    fn default() -> Self {
        Self { read: None, problem: None, not_before: Duration::ZERO, soon: None, backoff: PAUSES, stretch: 1.0 }
    }
}

impl Reading {
    /// When it is to be read, if at this interval.
    pub fn due(&self, interval: Duration) -> Duration {
        let regular = self.read.map_or(Duration::ZERO, |read| read.mono + interval.mul_f64(self.stretch));
        self.soon.map_or(regular, |soon| soon.min(regular)).max(self.not_before)
    }

    /// It is to be read by this time, even if its last reading is younger.
    pub fn by(&mut self, at: Duration) {
        self.soon = Some(self.soon.map_or(at, |soon| soon.min(at)));
    }

    /// A person wants it now: no pause counts.
    pub fn now(&mut self, now: Now) {
        (self.soon, self.not_before) = (Some(now.mono), Duration::ZERO);
    }

    /// The wall clock gives the time of the answer; the reading is at most that young.
    pub fn succeeded(&mut self, asked_at: Duration, unit: f64, now: Now) {
        let wall = now.wall.minus(now.mono.saturating_sub(asked_at));
        self.read = Some(Now { wall, mono: asked_at });
        self.problem = None;
        self.soon = self.soon.filter(|soon| *soon > asked_at);
        self.not_before = Duration::ZERO;
        self.backoff.succeeded();
        self.stretch = 0.9 + 0.2 * unit;
    }

    pub fn failed(&mut self, problem: Problem, unit: f64, now: Now) {
        let pause = self.backoff.failed(problem.retry_after, unit);
        let pause = if problem.code == ProblemCode::ModuleNotLicensed { UNLICENSED } else { pause };
        self.not_before = now.mono + pause;
        self.problem = Some(problem);
    }

    pub fn read_at(&self) -> Option<Timestamp> {
        self.read.map(|read| read.wall)
    }

    /// When the last reading was asked for, on the monotonic clock.
    pub fn asked_at(&self) -> Option<Duration> {
        self.read.map(|read| read.mono)
    }

    pub fn problem(&self) -> Option<Problem> {
        self.problem.clone()
    }
}
