//! When to ask the platform of itself: the table of the design, with jitter, slower when answers are slow, within a budget.

use std::time::Duration;

use super::{About, Session};
use crate::{Effect, Now, Outcome, Phone, PhoneReading, Problem, QueueName, Request, Timestamp};

const SEATS: Duration = Duration::from_secs(10);
const SEATS_FOR_WISH: Duration = Duration::from_secs(2);
/// A call that begins, is answered or ends changes the seat; the platform gets this long to notice.
const SEATS_AFTER_EVENT: Duration = Duration::from_secs(1);
const PHONE_IN_CALL_BESIDE_CALLBACKS: Duration = Duration::from_secs(10);
const PHONE_IDLE: Duration = Duration::from_secs(1);
const PHONE_IN_CALL: Duration = Duration::from_secs(2);
const PHONE_BUSY: Duration = Duration::from_secs(10);
/// Records are fetched this often, and soon after each call.
const RECORDS: Duration = Duration::from_secs(600);
const RECORDS_AFTER_CALL: Duration = Duration::from_secs(20);
/// A burst of questions may spend this many at once.
const BURST: f64 = 3.0;
/// So much must be left for the past and its recordings to be fetched: it never keeps a ring or a seat waiting.
const SPARE: f64 = 2.0;

/// The phone, as last read or reported.
#[derive(Debug, Default)]
pub(super) struct PhoneAxis {
    pub phone: Phone,
    pub at: Option<Timestamp>,
}

impl PhoneAxis {
    pub fn say(&mut self, phone: Phone, now: Now) {
        if self.phone != phone || self.at.is_none_or(|at| now.wall.since(at) >= Duration::from_secs(10)) {
            self.at = Some(now.wall);
        }
        self.phone = phone;
    }

    pub fn forget(&mut self) {
        *self = Self::default();
    }
}

#[derive(Debug)]
pub(super) struct Polling {
    phone_due: Duration,
    records_due: Duration,
    tokens: f64,
    refilled: Duration,
    per_second: f64,
    /// What the last answer took.
    latency: Duration,
    rng: u64,
}

impl Polling {
    pub fn new(seed: u64, per_second: f64, now: Now) -> Self {
        Self {
            phone_due: now.mono,
            records_due: now.mono,
            tokens: BURST,
            refilled: now.mono,
            per_second: per_second.max(0.05),
            latency: Duration::ZERO,
            rng: seed,
        }
    }

    /// Within a tenth of `span` to either side, so that two hundred desks do not ask in step.
    pub fn jittered(&mut self, span: Duration) -> Duration {
        // splitmix64: short, and good enough to spread requests.
        self.rng = self.rng.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.rng;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        let unit = ((z ^ (z >> 31)) >> 11) as f64 / (1u64 << 53) as f64;
        span.mul_f64(0.9 + 0.2 * unit)
    }

    pub fn answered_in(&mut self, took: Duration) {
        self.latency = took;
    }

    pub fn all_due(&mut self, now: Now) {
        self.phone_due = now.mono;
        self.records_due = now.mono;
    }

    /// A call ended: its record will soon be there.
    pub fn records_soon(&mut self, now: Now) {
        self.records_due = self.records_due.min(now.mono + RECORDS_AFTER_CALL);
    }

    pub fn records_by(&mut self, due: Duration) {
        self.records_due = self.records_due.min(due);
    }

    /// An answer was as much work as so many more questions.
    pub fn charge(&mut self, questions: usize) {
        self.tokens -= questions as f64;
    }

    pub fn phone_now(&mut self, now: Now) {
        self.phone_due = now.mono;
    }

    /// A platform that answers slowly is asked less.
    fn pace(&self, base: Duration) -> Duration {
        base.max(self.latency * 2)
    }

    fn next(&mut self, base: Duration) -> Duration {
        self.jittered(self.pace(base))
    }

    /// The latest that `next` could say.
    fn latest(&self, base: Duration, now: Now) -> Duration {
        now.mono + self.pace(base).mul_f64(1.1)
    }

    fn refill(&mut self, now: Now) {
        let passed = now.mono.saturating_sub(self.refilled);
        self.refilled = now.mono;
        self.tokens = (self.tokens + passed.as_secs_f64() * self.per_second).min(BURST);
    }

    fn spend(&mut self, least: f64) -> bool {
        let enough = self.tokens >= least;
        if enough {
            self.tokens -= 1.0;
        }
        enough
    }

    /// When the next question may be asked.
    fn affordable(&self, least: f64) -> Duration {
        self.refilled + Duration::from_secs_f64((least - self.tokens).max(0.0) / self.per_second + 0.001)
    }
}

impl Session {
    /// How often the own extension is to be asked for, if at all.
    fn phone_interval(&self, now: Now) -> Option<Duration> {
        let in_queue = self.queues.iter().any(|queue| queue.is_in());
        let in_call = self.calls.any();
        let idle = self.queues.iter().any(|queue| queue.is_in() && queue.seat.as_ref().is_none_or(|seat| seat.state.takes_calls()));
        match (self.callbacks.alive(now), in_call) {
            (true, true) => Some(PHONE_IN_CALL_BESIDE_CALLBACKS),
            (true, false) => None,
            (false, true) => Some(PHONE_IN_CALL),
            (false, false) if idle => Some(PHONE_IDLE),
            (false, false) if in_queue => Some(PHONE_BUSY),
            (false, false) => None,
        }
    }

    /// The same in milliseconds, as far as the platform's pace and the budget allow; to a tenth of a second, so that it stands still.
    pub(super) fn asks_every(&self, now: Now) -> Option<u32> {
        let pace = self.polling.pace(self.phone_interval(now)?);
        let tenths = pace.max(Duration::from_secs_f64(1.0 / self.polling.per_second)).as_millis().div_ceil(100);
        Some(u32::try_from(tenths * 100).unwrap_or(u32::MAX))
    }

    fn seats_interval(&self) -> Duration {
        if self.wish.is_pressing() { SEATS_FOR_WISH } else { SEATS }
    }

    pub(super) fn schedule_seats(&mut self, name: &QueueName, now: Now) {
        let pause = self.polling.next(self.seats_interval());
        if let Some(queue) = self.queue(name) {
            queue.due = now.mono + pause;
        }
    }

    /// Something happened to a call: what the queues say of us is about to be another thing, and the past can wait.
    pub(super) fn call_moved(&mut self, now: Now) {
        self.log.give_way(now);
        for queue in self.queues.iter_mut().filter(|queue| queue.is_in()) {
            queue.due = queue.due.min(now.mono + SEATS_AFTER_EVENT);
        }
    }

    pub(super) fn poll_deadline(&self) -> Option<Duration> {
        if !self.sign_in.is_in() {
            return None;
        }
        let now = self.last_now;
        let affordable = self.polling.affordable(1.0);
        let phone = self
            .phone_interval(now)
            .filter(|_| !self.is_asking(&About::Phone))
            .map(|interval| self.polling.phone_due.min(self.polling.latest(interval, now)));
        let seats = self
            .queues
            .iter()
            .filter(|queue| queue.is_in() && !self.is_asking(&About::Seats(queue.name.clone())))
            .map(|queue| queue.due)
            .min();
        let records = Some(self.polling.records_due).filter(|_| !self.log.is_reading());
        let past = self.log.fetch_due().map(|due| due.max(self.polling.affordable(SPARE)));
        let ask = [phone, seats, records].into_iter().flatten().min().map(|due| due.max(affordable));
        let recording = self.recording_due().map(|due| due.max(self.polling.affordable(SPARE)));
        // Not asking is no news either: what was read grows stale, and that must be seen.
        [ask, past, recording, self.stale_deadline()].into_iter().flatten().min()
    }

    pub(super) fn poll(&mut self, now: Now, out: &mut Vec<Effect>) {
        if !self.sign_in.is_in() {
            return;
        }
        self.polling.refill(now);
        if let Some(interval) = self.phone_interval(now) {
            // A shorter interval than the one last planned with counts from now.
            self.polling.phone_due = self.polling.phone_due.min(self.polling.latest(interval, now));
            if self.polling.phone_due <= now.mono && !self.is_asking(&About::Phone) && self.polling.spend(1.0) {
                let extension = self.own_extension();
                self.ask(Request::ReadPhone { extension }, About::Phone, now, out);
            }
        }
        let due: Vec<QueueName> =
            self.queues.iter().filter(|queue| queue.is_in() && queue.due <= now.mono).map(|queue| queue.name.clone()).collect();
        for queue in due {
            if !self.is_asking(&About::Seats(queue.clone())) && self.polling.spend(1.0) {
                self.ask(Request::ReadSeats { queue: queue.clone() }, About::Seats(queue), now, out);
            }
        }
        if self.polling.records_due <= now.mono && !self.log.is_reading() && self.polling.spend(1.0) {
            self.polling.records_due = now.mono + self.polling.jittered(RECORDS);
            self.read_recent_records(now, out);
        }
        if self.log.fetch_due().is_some_and(|due| due <= now.mono) && self.polling.spend(SPARE) {
            self.read_past_records(now, out);
        }
        if self.recording_due().is_some_and(|due| due <= now.mono) && self.polling.spend(SPARE) {
            self.fetch_recording(out);
        }
    }

    pub(super) fn phone_answered(&mut self, outcome: Result<Outcome, Problem>, asked_at: Duration, now: Now, out: &mut Vec<Effect>) {
        let interval = self.phone_interval(now).unwrap_or(PHONE_BUSY);
        self.polling.phone_due = now.mono + self.polling.next(interval);
        match outcome {
            Ok(Outcome::Phone(reading)) => self.phone_read(reading, asked_at, now, out),
            Ok(_) => {}
            // Whether a late ring is over cannot be learnt: rather one card too many than a call missed.
            Err(_) => self.calls.show_doubtful_cards(),
        }
    }

    fn phone_read(&mut self, reading: PhoneReading, asked_at: Duration, now: Now, out: &mut Vec<Effect>) {
        if reading.phone != Phone::Unknown {
            self.phone.say(reading.phone, now);
        }
        self.call_read(reading, asked_at, now, out);
    }
}
