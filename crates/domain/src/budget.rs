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

    /// Since when this request waits. The requests of the past share one waiting time, and so do those of the floor.
    fn waits_since(&self, want: &Want<K>) -> Duration {
        match want.priority {
            _ if want.shares() => want.due.max(self.floor),
            Priority::Past => want.due.max(self.past),
            _ => want.due,
        }
    }

    fn rank(&self, want: &Want<K>) -> Duration {
        let by_patience = self.waits_since(want) + want.patience(self.per_second);
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
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn want(kind: u32, priority: Priority, due: Duration) -> Want<u32> {
        Want { kind, priority, due, latest: None, of_floor: false }
    }

    fn failure(asked_at: Duration, of_the_way: bool, retry_after: Option<Duration>) -> Failure {
        Failure { asked_at, of_the_way, of_a_reading: false, retry_after, pauses: (5 * SECOND, 60 * SECOND), unit: 1.0 }
    }

    /// A budget of one request per second, without turns left.
    fn spent() -> Budget<u32> {
        let mut budget = Budget::new(1.0, SECOND);
        while budget.take(&[want(0, Priority::Person, SECOND)], None, SECOND).is_some() {}
        budget
    }

    #[test]
    fn a_persons_request_comes_first_and_the_oldest_of_each_priority() {
        let mut budget = spent();
        let wants = [
            want(1, Priority::Past, SECOND),
            want(2, Priority::Seats, SECOND),
            want(3, Priority::Ring, SECOND),
            want(4, Priority::Person, 2 * SECOND),
            want(5, Priority::Person, SECOND),
        ];
        let mut left = wants.to_vec();
        let mut order = Vec::new();
        for second in 3..30 {
            if let Some(index) = budget.take(&left, None, second * SECOND) {
                order.push(left.remove(index).kind);
            }
        }
        assert_eq!(order, [5, 4, 3, 2, 1]);
    }

    #[test]
    fn a_low_priority_request_does_not_wait_for_ever() {
        let mut budget = spent();
        let mut taken = 0;
        for second in 2..200 {
            let now = second * SECOND;
            let wants = [want(1, Priority::Person, now), want(2, Priority::Past, SECOND)];
            taken += u32::from(budget.take(&wants, None, now) == Some(1));
        }
        assert!((8..=13).contains(&taken), "a sixteenth: {taken} of 198");
    }

    #[test]
    fn a_request_that_can_wait_leaves_turns_for_one_with_a_time_limit() {
        let mut budget = Budget::new(0.05, SECOND);
        while budget.take(&[want(0, Priority::Person, SECOND)], None, SECOND).is_some() {}
        // One turn is there at 21 s, the next one at 41 s: too late for the request that must be sent by 31 s.
        let must = Want { latest: Some(31 * SECOND), ..want(1, Priority::Seats, 26 * SECOND) };
        let wants = [must, want(2, Priority::Ring, SECOND)];
        assert_eq!(budget.take(&wants, None, 22 * SECOND), None);
        assert_eq!(budget.next(&wants, None), Some(26 * SECOND));
        assert_eq!(budget.take(&wants, None, 26 * SECOND), Some(0));
    }

    #[test]
    fn a_failure_pauses_its_kind_and_a_connection_failure_pauses_everything() {
        let mut budget = Budget::new(1.0, SECOND);
        budget.failed(&1, &failure(SECOND, false, None), SECOND);
        let wants = [want(1, Priority::Person, SECOND), want(2, Priority::Seats, SECOND)];
        assert_eq!(budget.take(&wants, None, SECOND), Some(1));
        assert_eq!(budget.paused_until(&1), 6 * SECOND);
        budget.failed(&2, &failure(SECOND, true, Some(60 * SECOND)), SECOND);
        assert_eq!(budget.take(&[want(3, Priority::Person, SECOND)], None, 61 * SECOND), None);
        budget.hurry_all();
        assert_eq!(budget.take(&[want(3, Priority::Person, SECOND)], None, 61 * SECOND), None, "Retry-After still holds");
        assert_eq!(budget.take(&[want(3, Priority::Person, SECOND)], None, 67 * SECOND), Some(0));
    }

    #[test]
    fn requests_under_way_when_the_connection_fails_count_as_one_failure() {
        let mut budget: Budget<u32> = Budget::new(1.0, SECOND);
        for kind in 0..8 {
            budget.failed(&kind, &failure(SECOND, true, None), 2 * SECOND);
        }
        assert_eq!(budget.way.backoff.failures(), 1);
        budget.failed(&0, &failure(4 * SECOND, true, None), 5 * SECOND);
        assert_eq!(budget.way.backoff.failures(), 2);
        budget.succeeded(&0, 4 * SECOND);
        assert_eq!(budget.way.backoff.failures(), 2, "sent before the last failure");
        budget.succeeded(&0, 9 * SECOND);
        assert_eq!(budget.way.backoff.failures(), 0);
    }

    #[test]
    fn a_late_failure_does_not_count_after_an_answer_to_a_later_request() {
        let mut budget: Budget<u32> = Budget::new(1.0, SECOND);
        budget.failed(&0, &failure(SECOND, true, None), 2 * SECOND);
        budget.succeeded(&1, 4 * SECOND);
        budget.failed(&2, &failure(SECOND, true, None), 6 * SECOND);
        assert_eq!(budget.way.backoff.failures(), 0);
        assert_eq!(budget.take(&[want(3, Priority::Person, SECOND)], None, 6 * SECOND), Some(0));
    }

    #[test]
    fn a_failing_reading_keeps_its_place_while_the_connection_works() {
        let mut budget = Budget::new(1.0, SECOND);
        budget.failed(&1, &failure(SECOND, false, None), SECOND);
        let wants = [want(1, Priority::Seats, SECOND), want(2, Priority::Seats, 3 * SECOND)];
        assert_eq!(budget.take(&wants, None, 7 * SECOND), Some(0), "it has been due for the longest time");
        // While the connection is in doubt, a kind that has not failed by itself says more about it.
        budget.failed(&9, &failure(7 * SECOND, true, None), 7 * SECOND);
        assert_eq!(budget.take(&wants, None, 60 * SECOND), Some(1));
    }

    #[test]
    fn after_an_outage_everything_is_tried_again_at_once() {
        let mut budget = Budget::new(1.0, SECOND);
        let mut now = SECOND;
        for _ in 0..4 {
            budget.failed(&1, &Failure { of_a_reading: true, ..failure(now, true, None) }, now);
            now = budget.way.end();
        }
        assert!(budget.paused_until(&1) > now + 10 * SECOND, "the pause of this kind has grown");
        let reading = [want(1, Priority::Seats, SECOND)];
        assert_eq!(budget.take(&[want(1, Priority::Person, SECOND)], None, now), None);
        assert_eq!(budget.take(&reading, None, now), Some(0), "a reading waits only for the pause of the connection");
        budget.succeeded(&2, now);
        assert_eq!(budget.paused_until(&1), Duration::ZERO);
        // If no reading failed, a kind keeps its own pause.
        budget.failed(&1, &failure(now, true, None), now);
        budget.succeeded(&2, now);
        assert!(budget.paused_until(&1) > now);
    }

    #[test]
    fn the_next_turn_comes_at_the_set_rate() {
        let mut budget = Budget::new(0.5, SECOND);
        let wants = [want(0, Priority::Person, SECOND)];
        while budget.take(&wants, None, SECOND).is_some() {}
        let next = budget.next(&wants, None).unwrap();
        assert!((3000..3010).contains(&next.as_millis()), "{next:?}");
        assert_eq!(budget.take(&wants, None, next), Some(0));
    }

    #[test]
    fn a_request_that_can_wait_is_sent_if_one_turn_remains_for_the_time_limit() {
        let mut budget = spent();
        let must = Want { latest: Some(3 * SECOND), ..want(1, Priority::Seats, 3 * SECOND) };
        assert_eq!(budget.take(&[must.clone(), want(2, Priority::Ring, SECOND)], None, 2 * SECOND), Some(1));
        assert_eq!(budget.take(&[must], None, 3 * SECOND), Some(0));
    }

    #[test]
    fn while_the_connection_fails_one_request_at_a_time_is_sent() {
        let mut budget = Budget::new(1.0, SECOND);
        budget.failed(&9, &failure(SECOND, true, None), SECOND);
        let wants = [want(1, Priority::Person, SECOND), want(2, Priority::Person, SECOND)];
        assert!(budget.take(&wants, None, 3 * SECOND).is_some());
        assert_eq!(budget.take(&wants, Some(3 * SECOND), 4 * SECOND), None, "the first one tests the connection");
        assert_eq!(budget.next(&wants, Some(3 * SECOND)), Some(8 * SECOND), "but is not waited for without limit");
        assert!(budget.take(&wants, Some(3 * SECOND), 8 * SECOND).is_some());
    }
}
