//! Whose turn it is to ask the platform: one rate for all questions, what a person waits for first, and pauses after failures.
//!
//! There is one for the whole process, and the session owns it. Nothing waits in here: with each look the session says which questions
//! are wanted, as a [`Want`] each, with a kind and a [`Priority`] (`session/polling.rs`). A second desk in the process, such as a
//! supervisor's, is to get no budget of its own: its questions go to the session's mailbox and are wanted there beside the agent's.
//!
//! Not every request is a want:
//!
//! - The pages of GetBill and the links of recordings (those that a person plays, and those that a transfer has to ask for again) are
//!   asked for by the request or the transfer that needs them, and charged when it is over ([`Budget::charge`]).
//! - What a client sends to keep its token alive (a login, a logout, the question once more) goes with the request that needs it. It
//!   is not charged: a login fails or succeeds for all questions, and the client has pauses of its own after one that did not help.
//! - The proof of a token that is kept, and the reading that follows where a queue cannot be left, are parts of one request.
//! - The doctor asks five questions and one a queue, one after the other, when a person wants it. It is to say what the platform answers
//!   also while the budget pauses, and its questions are not charged: a debt would delay the next ring.
//! - The test ring and the doctor's knock go to our own public address, a recording's file to where its link leads: these are not
//!   questions to the platform. The capture of exchanges sends nothing.

mod pause;
mod want;

use std::{collections::BTreeMap, time::Duration};

use pause::Pause;

pub use want::{Failure, Priority, Want};

/// So many questions may be asked at once after a quiet time.
const BURST: f64 = 5.0;
/// A question that can wait leaves so many turns to those that cannot.
const LEFT: f64 = 2.0;
/// An answer that was the work of many questions keeps the next ones waiting, but not a ring for long.
const DEBT: f64 = 10.0;
/// The slowest rate there is.
const SLOWEST: f64 = 0.05;
/// Pauses after failures of the way, during which nothing at all is asked.
const WAY_PAUSES: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(10));
/// After a failure of the way one question at a time shows whether it is open again; one that takes longer is not waited for.
const PROBE: Duration = Duration::from_secs(5);

/// One rate, and the pauses that failures and the platform ask for.
#[derive(Debug)]
pub struct Budget<K> {
    per_second: f64,
    turns: f64,
    refilled: Duration,
    /// When the past last had a turn.
    past: Duration,
    way: Pause,
    /// Since the way was last open, a reading failed.
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
            way: Pause::new(WAY_PAUSES),
            is_down: false,
            kinds: BTreeMap::new(),
        }
    }

    pub fn per_second(&self) -> f64 {
        self.per_second
    }

    /// Which of these is asked now, if any; its turn is spent. `newest` is when the newest question that waits for its answer was asked.
    pub fn take(&mut self, wants: &[Want<K>], newest: Option<Duration>, now: Duration) -> Option<usize> {
        let passed = now.saturating_sub(self.refilled);
        self.refilled = self.refilled.max(now);
        self.turns = (self.turns + passed.as_secs_f64() * self.per_second).min(BURST);
        if self.probing(newest).is_some_and(|until| now < until) {
            return None;
        }
        let ready =
            |(_, want): &(usize, &Want<K>)| self.ready(want) <= now && self.affordable(want) <= now && !self.keeps_late(want, wants);
        // A service that fails alone, again and again, does not keep the readings waiting: they show whether the way is open.
        let failures = self.way.backoff.failures();
        let is_last = |want: &Want<K>| match want.priority.is_reading() {
            true if failures > 0 => (false, self.failures(&want.kind)),
            is_reading => (failures > 1 && !is_reading, 0),
        };
        let (index, want) = wants.iter().enumerate().filter(ready).min_by_key(|(_, want)| (is_last(want), self.rank(want)))?;
        self.turns -= 1.0;
        if want.priority == Priority::Past {
            self.past = now;
        }
        Some(index)
    }

    /// When to look again, after nothing was taken: when the first of these can be asked.
    pub fn next(&self, wants: &[Want<K>], newest: Option<Duration>) -> Option<Duration> {
        let probing = self.probing(newest).unwrap_or_default();
        let time = |want: &Want<K>| self.ready(want).max(self.affordable(want)).max(probing);
        // What would keep another one late comes with that one's turn.
        wants.iter().map(time).filter(|at| *at > self.refilled).min()
    }

    /// An answer was as much work as so many more questions.
    pub fn charge(&mut self, questions: usize) {
        self.turns = (self.turns - questions as f64).max(-DEBT);
    }

    pub fn failed(&mut self, kind: &K, failure: &Failure, now: Duration) {
        if failure.of_the_way || failure.retry_after.is_some() {
            self.way.fail(failure, now);
            self.is_down |= failure.of_a_reading;
        }
        if !failure.of_the_way && failure.retry_after.is_none() {
            // Refused is an answer too.
            self.answered(failure.asked_at);
        }
        let pause = self.kinds.entry(kind.clone()).or_insert_with(|| Pause::new(failure.pauses));
        if pause.pauses != failure.pauses {
            // It fails for another reason than before.
            *pause = Pause::new(failure.pauses);
        }
        pause.fail(failure, now);
    }

    pub fn succeeded(&mut self, kind: &K, asked_at: Duration) {
        self.kinds.remove(kind);
        self.answered(asked_at);
    }

    fn answered(&mut self, asked_at: Duration) {
        // What was asked before the last failure says nothing of the way since.
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

    /// When the way last failed; zero: never.
    pub fn way_failed_at(&self) -> Duration {
        self.way.failed_at
    }

    /// When this kind may be asked again after its failures.
    pub fn paused_until(&self, kind: &K) -> Duration {
        self.kinds.get(kind).map_or(Duration::ZERO, Pause::end).max(self.way.end())
    }

    /// How often this kind failed in a row.
    pub fn failures(&self, kind: &K) -> u32 {
        self.kinds.get(kind).map_or(0, |pause| pause.backoff.failures())
    }

    /// There is a reason to try this kind again at once.
    pub fn hurry(&mut self, kind: &K) {
        if let Some(pause) = self.kinds.get_mut(kind) {
            pause.until = Duration::ZERO;
        }
    }

    /// A person wants everything tried again at once. What the platform asked for holds.
    pub fn hurry_all(&mut self) {
        self.way.until = Duration::ZERO;
        self.kinds.values_mut().for_each(|pause| pause.until = Duration::ZERO);
    }

    /// Somebody else signs in: what failed for the last one says nothing, but for the way.
    pub fn forget(&mut self) {
        self.kinds.clear();
    }

    fn is_failing(&self) -> bool {
        self.way.backoff.failures() > 0
    }

    fn ready(&self, want: &Want<K>) -> Duration {
        // While everything fails the pause for all is enough: the first reading after it is the news.
        let paused = if self.is_down && want.priority.is_reading() { self.way.end() } else { self.paused_until(&want.kind) };
        want.due.max(paused)
    }

    /// Since when this waits. A turn of the past counts for all of it.
    fn waits_since(&self, want: &Want<K>) -> Duration {
        if want.priority == Priority::Past { want.due.max(self.past) } else { want.due }
    }

    fn rank(&self, want: &Want<K>) -> Duration {
        let by_patience = self.waits_since(want) + want.priority.patience(self.per_second);
        want.latest.map_or(by_patience, |latest| latest.min(by_patience))
    }

    /// When there are turns enough for this one.
    fn affordable(&self, want: &Want<K>) -> Duration {
        let one = self.turns_at(1.0);
        if want.priority == Priority::Past { one.max(self.rank(want).min(self.turns_at(1.0 + LEFT))) } else { one }
    }

    fn turns_at(&self, turns: f64) -> Duration {
        let lacking = turns - self.turns;
        if lacking <= 0.0 { self.refilled } else { self.refilled + Duration::from_secs_f64(lacking / self.per_second + 0.001) }
    }

    /// Whether there would be too few turns left for those that must be asked by a certain time.
    fn keeps_late(&self, want: &Want<K>, wants: &[Want<K>]) -> bool {
        if want.latest.is_some() || want.priority == Priority::Person {
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

    /// While it is not known whether the way is open again: until when the question under way is waited for.
    fn probing(&self, newest: Option<Duration>) -> Option<Duration> {
        newest.filter(|asked_at| self.is_failing() && *asked_at >= self.way.failed_at).map(|asked_at| asked_at + PROBE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn want(kind: u32, priority: Priority, due: Duration) -> Want<u32> {
        Want { kind, priority, due, latest: None }
    }

    fn failure(asked_at: Duration, of_the_way: bool, retry_after: Option<Duration>) -> Failure {
        Failure { asked_at, of_the_way, of_a_reading: false, retry_after, pauses: (5 * SECOND, 60 * SECOND), unit: 1.0 }
    }

    /// A budget of one question a second whose burst is spent.
    fn spent() -> Budget<u32> {
        let mut budget = Budget::new(1.0, SECOND);
        while budget.take(&[want(0, Priority::Person, SECOND)], None, SECOND).is_some() {}
        budget
    }

    #[test]
    fn what_a_person_waits_for_comes_first_and_the_oldest_of_a_priority() {
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
    fn nothing_waits_for_ever_behind_what_comes_first() {
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
    fn what_can_wait_leaves_turns_for_what_must_be_asked_in_time() {
        let mut budget = Budget::new(0.05, SECOND);
        while budget.take(&[want(0, Priority::Person, SECOND)], None, SECOND).is_some() {}
        // One turn is there at 21 s, the next one at 41 s: too late for what must be asked by 31 s.
        let must = Want { latest: Some(31 * SECOND), ..want(1, Priority::Seats, 26 * SECOND) };
        let wants = [must, want(2, Priority::Ring, SECOND)];
        assert_eq!(budget.take(&wants, None, 22 * SECOND), None);
        assert_eq!(budget.next(&wants, None), Some(26 * SECOND));
        assert_eq!(budget.take(&wants, None, 26 * SECOND), Some(0));
    }

    #[test]
    fn a_failure_pauses_its_kind_and_one_of_the_way_everything() {
        let mut budget = Budget::new(1.0, SECOND);
        budget.failed(&1, &failure(SECOND, false, None), SECOND);
        let wants = [want(1, Priority::Person, SECOND), want(2, Priority::Seats, SECOND)];
        assert_eq!(budget.take(&wants, None, SECOND), Some(1));
        assert_eq!(budget.paused_until(&1), 6 * SECOND);
        budget.failed(&2, &failure(SECOND, true, Some(60 * SECOND)), SECOND);
        assert_eq!(budget.take(&[want(3, Priority::Person, SECOND)], None, 61 * SECOND), None);
        budget.hurry_all();
        assert_eq!(budget.take(&[want(3, Priority::Person, SECOND)], None, 61 * SECOND), None, "the platform asked for it");
        assert_eq!(budget.take(&[want(3, Priority::Person, SECOND)], None, 67 * SECOND), Some(0));
    }

    #[test]
    fn what_was_under_way_when_the_way_failed_is_one_failure() {
        let mut budget: Budget<u32> = Budget::new(1.0, SECOND);
        for kind in 0..8 {
            budget.failed(&kind, &failure(SECOND, true, None), 2 * SECOND);
        }
        assert_eq!(budget.way.backoff.failures(), 1);
        budget.failed(&0, &failure(4 * SECOND, true, None), 5 * SECOND);
        assert_eq!(budget.way.backoff.failures(), 2);
        budget.succeeded(&0, 4 * SECOND);
        assert_eq!(budget.way.backoff.failures(), 2, "asked before the last failure");
        budget.succeeded(&0, 9 * SECOND);
        assert_eq!(budget.way.backoff.failures(), 0);
    }

    #[test]
    fn a_failure_that_comes_late_says_nothing_after_an_answer_to_a_later_question() {
        let mut budget: Budget<u32> = Budget::new(1.0, SECOND);
        budget.failed(&0, &failure(SECOND, true, None), 2 * SECOND);
        budget.succeeded(&1, 4 * SECOND);
        budget.failed(&2, &failure(SECOND, true, None), 6 * SECOND);
        assert_eq!(budget.way.backoff.failures(), 0);
        assert_eq!(budget.take(&[want(3, Priority::Person, SECOND)], None, 6 * SECOND), Some(0));
    }

    #[test]
    fn a_reading_that_fails_alone_keeps_its_place_while_the_way_is_open() {
        let mut budget = Budget::new(1.0, SECOND);
        budget.failed(&1, &failure(SECOND, false, None), SECOND);
        let wants = [want(1, Priority::Seats, SECOND), want(2, Priority::Seats, 3 * SECOND)];
        assert_eq!(budget.take(&wants, None, 7 * SECOND), Some(0), "it is due the longest");
        // While the way is in doubt, what has not failed of its own shows more.
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
        assert!(budget.paused_until(&1) > now + 10 * SECOND, "its own pause has grown");
        let reading = [want(1, Priority::Seats, SECOND)];
        assert_eq!(budget.take(&[want(1, Priority::Person, SECOND)], None, now), None);
        assert_eq!(budget.take(&reading, None, now), Some(0), "a reading waits for the way alone");
        budget.succeeded(&2, now);
        assert_eq!(budget.paused_until(&1), Duration::ZERO);
        // Where no reading failed, what failed alone goes on pausing.
        budget.failed(&1, &failure(now, true, None), now);
        budget.succeeded(&2, now);
        assert!(budget.paused_until(&1) > now);
    }

    #[test]
    fn the_next_turn_comes_as_the_rate_says() {
        let mut budget = Budget::new(0.5, SECOND);
        let wants = [want(0, Priority::Person, SECOND)];
        while budget.take(&wants, None, SECOND).is_some() {}
        let next = budget.next(&wants, None).unwrap();
        assert!((3000..3010).contains(&next.as_millis()), "{next:?}");
        assert_eq!(budget.take(&wants, None, next), Some(0));
    }

    #[test]
    fn what_can_wait_is_asked_where_just_one_turn_is_left_in_time() {
        let mut budget = spent();
        let must = Want { latest: Some(3 * SECOND), ..want(1, Priority::Seats, 3 * SECOND) };
        assert_eq!(budget.take(&[must.clone(), want(2, Priority::Ring, SECOND)], None, 2 * SECOND), Some(1));
        assert_eq!(budget.take(&[must], None, 3 * SECOND), Some(0));
    }

    #[test]
    fn while_the_way_fails_one_question_at_a_time_is_asked() {
        let mut budget = Budget::new(1.0, SECOND);
        budget.failed(&9, &failure(SECOND, true, None), SECOND);
        let wants = [want(1, Priority::Person, SECOND), want(2, Priority::Person, SECOND)];
        assert!(budget.take(&wants, None, 3 * SECOND).is_some());
        assert_eq!(budget.take(&wants, Some(3 * SECOND), 4 * SECOND), None, "the first one shows whether it is open");
        assert_eq!(budget.next(&wants, Some(3 * SECOND)), Some(8 * SECOND), "but is not waited for without end");
        assert!(budget.take(&wants, Some(3 * SECOND), 8 * SECOND).is_some());
    }
}
