//! The budget of requests to the platform: one rate for all requests, an order by priority, and pauses after failures.
//!
//! There is one budget for the whole process, and the session owns it. It holds no queue: each time the session passes the wanted requests,
//! each as a [`Want`] with a kind and a [`Priority`] (`session/polling.rs`). The supervisor's desk has no budget of its own: it wants turns
//! (`Input::TurnWanted`), which are wanted beside the agent's requests and come after them.
//!
//! Not every request is a want:
//!
//! - The pages of GetBill, the further requests of a list of extensions, and the links of recordings that are played or requested again by
//!   a transfer, are sent by the request or transfer that needs them, and charged at its end ([`Budget::charge`]).
//! - Requests that keep the client's token alive (a login, a logout, the repetition) belong to the request that needs them. They are not
//!   charged: a login fails or succeeds for all requests, and the client makes its own pauses after one that did not help.
//! - The check of a stored token, and the reading after a failed leave of a queue, are parts of one request.
//! - The doctor sends five requests and one per queue, one after the other, when a person starts it. It must report the platform's answers
//!   even while the budget pauses. Its requests are not charged, since the debt would delay the next ring.
//! - The test ring and the doctor's test of the public address go to our own address, and a download to the address in a link.

mod pause;
mod want;

use std::{collections::BTreeMap, time::Duration};

use pause::Pause;

pub use want::{Failure, Priority, Want};

/// This many requests may be sent at once after a quiet time.
const BURST: f64 = 5.0;
/// A request of the past or of the floor leaves this many turns for the others.
const LEFT: f64 = 2.0;
/// The most turns that an answer with many pages can take in advance, so that it does not delay a ring for long.
const DEBT: f64 = 10.0;
/// The slowest rate that can be set, in requests per second.
const SLOWEST: f64 = 0.05;
/// The shortest and the longest pause after a failure of the connection, during which nothing is sent.
const WAY_PAUSES: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(10));
/// After a failure of the connection, one request at a time tests it; after this time the next one does not wait for its answer.
const PROBE: Duration = Duration::from_secs(5);

/// One rate, and the pauses after failures and by Retry-After.
#[derive(Debug)]
pub struct Budget<K> {
    per_second: f64,
    turns: f64,
    refilled: Duration,
    /// When a request of the past was last sent.
    past: Duration,
    /// When a request of the floor was last sent.
    floor: Duration,
    /// When a request of the floor that a person waits for was last sent.
    floor_person: Duration,
    way: Pause,
    /// A reading failed since the connection last worked.
    is_down: bool,
    kinds: BTreeMap<K, Pause>,
}

impl<K: Clone + Ord> Budget<K> {
    pub fn new(per_second: f64, now: Duration) -> Self {
        Self {
            per_second: per_second.max(SLOWEST),
            turns: BURST,
            refilled: now,
            past: now,
            floor: now,
            floor_person: now,
            way: Pause::new(WAY_PAUSES),
            is_down: false,
            kinds: BTreeMap::new(),
        }
    }

    pub fn per_second(&self) -> f64 {
        self.per_second
    }

    /// Picks the request to send now, if any, and spends its turn. `newest`: when the newest unanswered request was sent.
    pub fn take(&mut self, wants: &[Want<K>], newest: Option<Duration>, now: Duration) -> Option<usize> {
        let passed = now.saturating_sub(self.refilled);
        self.refilled = self.refilled.max(now);
        self.turns = (self.turns + passed.as_secs_f64() * self.per_second).min(BURST);
        if self.probing(newest).is_some_and(|until| now < until) {
            return None;
        }
        let ready =
            |(_, want): &(usize, &Want<K>)| self.ready(want) <= now && self.affordable(want) <= now && !self.keeps_late(want, wants);
        // If one service keeps failing, readings do not wait for it: they show whether the connection works.
        let failures = self.way.backoff.failures();
        let is_last = |want: &Want<K>| match want.is_reading() {
            true if failures > 0 => (false, self.failures(&want.kind)),
            is_reading => (failures > 1 && !is_reading, 0),
        };
        let (index, want) =
            wants.iter().enumerate().filter(ready).min_by_key(|(_, want)| (is_last(want), self.rank(want), want.among_floor()))?;
        self.turns -= 1.0;
        if want.shares() {
            self.floor = now;
            if want.priority == Priority::Person {
                self.floor_person = now;
            }
        } else if want.priority == Priority::Past {
            self.past = now;
        }
        Some(index)
    }

    /// When to look again, after nothing was taken: when the first of these can be asked.
    pub fn next(&self, wants: &[Want<K>], newest: Option<Duration>) -> Option<Duration> {
        let probing = self.probing(newest).unwrap_or_default();
        let time = |want: &Want<K>| self.ready(want).max(self.affordable(want)).max(probing);
        // A request that must not delay another one gets its turn together with that one.
        wants.iter().map(time).filter(|at| *at > self.refilled).min()
    }

    /// The answer took as much work as this many more requests.
    pub fn charge(&mut self, questions: usize) {
        self.turns = (self.turns - questions as f64).max(-DEBT);
    }

    pub fn failed(&mut self, kind: &K, failure: &Failure, now: Duration) {
        if failure.of_the_way || failure.retry_after.is_some() {
            self.way.fail(failure, now);
            self.is_down |= failure.of_a_reading;
        }
        if !failure.of_the_way && failure.retry_after.is_none() {
            // A refusal is an answer, too.
            self.answered(failure.asked_at);
        }
        let pause = self.kinds.entry(kind.clone()).or_insert_with(|| Pause::new(failure.pauses));
        if pause.pauses != failure.pauses {
            // The failure has another reason than the one before.
            *pause = Pause::new(failure.pauses);
        }
        pause.fail(failure, now);
    }

    pub fn succeeded(&mut self, kind: &K, asked_at: Duration) {
        self.kinds.remove(kind);
        self.answered(asked_at);
    }

    fn answered(&mut self, asked_at: Duration) {
        // A request from before the last failure says nothing about the connection since.
        if asked_at >= self.way.failed_at {
            if std::mem::take(&mut self.is_down) {
                for pause in self.kinds.values_mut().filter(|pause| !pause.forgiven) {
                    (pause.until, pause.forgiven) = (Duration::ZERO, true);
                }
            }
            self.way.backoff.succeeded();
            self.way.until = Duration::ZERO;
        }
    }

    /// When the connection last failed; zero: never.
    pub fn way_failed_at(&self) -> Duration {
        self.way.failed_at
    }

    /// When this kind may be sent again after its failures.
    pub fn paused_until(&self, kind: &K) -> Duration {
        self.kinds.get(kind).map_or(Duration::ZERO, Pause::end).max(self.way.end())
    }

    /// How often this kind failed in a row.
    pub fn failures(&self, kind: &K) -> u32 {
        self.kinds.get(kind).map_or(0, |pause| pause.backoff.failures())
    }

    /// Ends the pause of this kind.
    pub fn hurry(&mut self, kind: &K) {
        if let Some(pause) = self.kinds.get_mut(kind) {
            pause.until = Duration::ZERO;
        }
    }

    /// A person wants everything tried again at once; a pause by Retry-After still holds.
    pub fn hurry_all(&mut self) {
        self.way.until = Duration::ZERO;
        self.kinds.values_mut().for_each(|pause| pause.until = Duration::ZERO);
    }

    /// Another agent signs in: the failures of the kinds are forgotten, those of the connection are not.
    pub fn forget(&mut self) {
        self.kinds.clear();
    }

    fn is_failing(&self) -> bool {
        self.way.backoff.failures() > 0
    }

    fn ready(&self, want: &Want<K>) -> Duration {
        // While all requests fail, the pause of the connection is enough: the first reading after it shows whether it works again.
        let paused = if self.is_down && want.is_reading() { self.way.end() } else { self.paused_until(&want.kind) };
        want.due.max(paused)
    }

    /// The requests of the past share one waiting time, and so do the floor's. A request of the floor that a person waits for waits only for
    /// others of its sort, and only as long as their share of the rate demands: not for the floor's readings, which are frequent.
    fn rank(&self, want: &Want<K>) -> Duration {
        let patience = want.patience(self.per_second);
        let by_patience = match want.priority {
            Priority::Person if want.shares() => want.due.max(self.floor_person + patience),
            _ if want.shares() => want.due.max(self.floor) + patience,
            Priority::Past => want.due.max(self.past) + patience,
            _ => want.due + patience,
        };
        want.latest.map_or(by_patience, |latest| latest.min(by_patience))
    }

    /// When there are enough turns for this request.
    fn affordable(&self, want: &Want<K>) -> Duration {
        let one = self.turns_at(1.0);
        if want.gives_way() { one.max(self.rank(want).min(self.turns_at(1.0 + LEFT))) } else { one }
    }

    fn turns_at(&self, turns: f64) -> Duration {
        let lacking = turns - self.turns;
        if lacking <= 0.0 { self.refilled } else { self.refilled + Duration::from_secs_f64(lacking / self.per_second + 0.001) }
    }

    /// Whether sending this request would leave too few turns for those that must be sent by a certain time.
    fn keeps_late(&self, want: &Want<K>, wants: &[Want<K>]) -> bool {
        if want.latest.is_some() || want.precedes() {
            return false;
        }
        let mut latest: Vec<Duration> = wants.iter().filter_map(|other| other.latest).filter(|latest| *latest > self.refilled).collect();
        latest.sort_unstable();
        let left = self.turns - 1.0;
        let too_few = |(before, at): (usize, &Duration)| {
            left + at.saturating_sub(self.refilled).as_secs_f64() * self.per_second < (before + 1) as f64
        };
        latest.iter().enumerate().any(too_few)
    }

    /// While the connection is in doubt: until when the request under way is waited for.
    fn probing(&self, newest: Option<Duration>) -> Option<Duration> {
        newest.filter(|asked_at| self.is_failing() && *asked_at >= self.way.failed_at).map(|asked_at| asked_at + PROBE)
    }
}

#[cfg(test)]
mod tests;
