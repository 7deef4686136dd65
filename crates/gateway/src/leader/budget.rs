//! How many requests the platform gets, of all desks together, and in which order.

use std::{collections::BTreeMap, time::Duration};

use ringside_domain::Backoff;

/// A request for which the platform was slow, as for one that it refused for their number.
const SLOW: Duration = Duration::from_secs(5);
const PAUSES: Backoff = Backoff::new(Duration::from_secs(2), Duration::from_secs(60));

/// What a request is for. The order is that of their urgency.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    /// A person waits: a wish, a link.
    Person,
    /// A reading by which a wish is confirmed.
    Confirming,
    /// The phones of agents in a call.
    Phones,
    /// The regular reading of all seats.
    Regular,
    /// Records, queues, the past.
    Past,
}

impl Class {
    pub const ALL: [Self; 5] = [Self::Person, Self::Confirming, Self::Phones, Self::Regular, Self::Past];

    pub fn name(self) -> &'static str {
        ["person", "confirming", "phones", "regular", "past"][self as usize]
    }

    /// A request goes before those of more urgent classes that were wanted this much later: so none waits for ever.
    fn patience(self) -> Duration {
        Duration::from_secs([0, 1, 2, 4, 20][self as usize])
    }

    /// Classes that wait while the platform is slow. A person's request does not.
    fn yields(self) -> bool {
        self >= Self::Phones
    }
}

/// Identifies a request that waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ticket(u64);

/// A bucket of turns, filled evenly; a full one holds the turns of one second.
#[derive(Debug)]
pub struct Budget {
    per_second: u32,
    /// Turns in the bucket at `counted_at`, in millionths.
    turns: u64,
    counted_at: Duration,
    /// The waiting requests by their deadlines.
    waiting: BTreeMap<(Duration, Ticket), Class>,
    last: u64,
    pauses: Backoff,
    /// No request of a class that yields before this time.
    paused_until: Duration,
    /// No request at all before this time: the platform has asked for a pause.
    stopped_until: Duration,
}

const TURN: u64 = 1_000_000;

impl Budget {
    pub fn new(per_second: u32, now: Duration) -> Self {
        Self {
            per_second,
            turns: u64::from(per_second) * TURN,
            counted_at: now,
            waiting: BTreeMap::new(),
            last: 0,
            pauses: PAUSES,
            paused_until: Duration::ZERO,
            stopped_until: Duration::ZERO,
        }
    }

    pub fn want(&mut self, class: Class, now: Duration) -> Ticket {
        self.last += 1;
        let ticket = Ticket(self.last);
        self.waiting.insert((now + class.patience(), ticket), class);
        ticket
    }

    /// The caller does not want the request any longer.
    pub fn leave(&mut self, ticket: Ticket) {
        self.waiting.retain(|(_, waiting), _| *waiting != ticket);
    }

    /// Nobody waits any longer.
    pub fn dismiss(&mut self) {
        self.waiting.clear();
    }

    /// The request that may be sent now, if there is one.
    pub fn next(&mut self, now: Duration) -> Option<Ticket> {
        self.count(now);
        if self.turns < TURN || now < self.stopped_until {
            return None;
        }
        let (&(deadline, ticket), _) = self.waiting.iter().find(|(_, class)| !class.yields() || now >= self.paused_until)?;
        self.waiting.remove(&(deadline, ticket));
        self.turns -= TURN;
        Some(ticket)
    }

    /// When [`Budget::next`] can have an answer at the earliest; None: nothing waits.
    pub fn next_at(&mut self, now: Duration) -> Option<Duration> {
        self.count(now);
        let urgent = self.waiting.values().any(|class| !class.yields());
        let free = if urgent { Duration::ZERO } else { self.paused_until };
        let missing = TURN.saturating_sub(self.turns);
        let filled = now + Duration::from_micros(missing.div_ceil(u64::from(self.per_second)));
        (!self.waiting.is_empty()).then(|| filled.max(free).max(self.stopped_until))
    }

    pub fn waiting(&self, class: Class) -> usize {
        self.waiting.values().filter(|waiting| **waiting == class).count()
    }

    /// A request was answered after `took`.
    pub fn answered(&mut self, took: Duration, now: Duration) {
        if took >= SLOW {
            self.paused_until = now + self.pauses.failed(None, 1.0);
        } else {
            self.pauses.succeeded();
        }
    }

    /// The platform refused a request for their number, or did not answer. `retry_after`: it named a pause.
    pub fn failed(&mut self, retry_after: Option<Duration>, now: Duration) {
        self.paused_until = now + self.pauses.failed(retry_after, 1.0);
        if let Some(pause) = retry_after {
            self.stopped_until = now + pause;
        }
    }

    fn count(&mut self, now: Duration) {
        let passed = u64::try_from(now.saturating_sub(self.counted_at).as_micros()).unwrap_or(u64::MAX);
        let full = u64::from(self.per_second) * TURN;
        self.turns = self.turns.saturating_add(passed.saturating_mul(u64::from(self.per_second))).min(full);
        self.counted_at = now;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(seconds: f64) -> Duration {
        Duration::from_secs_f64(seconds)
    }

    /// Sends all that may be sent until `until`, and returns the tickets with their times.
    fn run(budget: &mut Budget, from: Duration, until: Duration) -> Vec<(Ticket, Duration)> {
        let (mut now, mut sent) = (from, Vec::new());
        while let Some(at) = budget.next_at(now).filter(|at| *at <= until) {
            now = now.max(at);
            match budget.next(now) {
                Some(ticket) => sent.push((ticket, now)),
                None => now += Duration::from_millis(1),
            }
        }
        sent
    }

    #[test]
    fn never_more_than_the_rate_after_the_first_second() {
        let mut budget = Budget::new(5, Duration::ZERO);
        for _ in 0..100 {
            budget.want(Class::Person, Duration::ZERO);
        }
        let sent = run(&mut budget, Duration::ZERO, seconds(10.0));
        assert_eq!(sent.len(), 55, "a full bucket, then five a second");
        for from in 1..10 {
            let within = sent.iter().filter(|(_, at)| (seconds(f64::from(from))..seconds(f64::from(from + 1))).contains(at)).count();
            assert!(within <= 5, "{within} in second {from}");
        }
    }

    #[test]
    fn a_person_goes_first_and_the_past_last() {
        let mut budget = Budget::new(1, Duration::ZERO);
        let tickets: Vec<_> = Class::ALL.iter().rev().map(|class| budget.want(*class, Duration::ZERO)).collect();
        let sent: Vec<_> = run(&mut budget, Duration::ZERO, seconds(60.0)).into_iter().map(|(ticket, _)| ticket).collect();
        assert_eq!(sent, tickets.into_iter().rev().collect::<Vec<_>>());
    }

    #[test]
    fn ten_thousand_wishes_do_not_keep_the_regular_reading_away_for_ever() {
        let mut budget = Budget::new(5, Duration::ZERO);
        let mut regular = None;
        let (mut now, mut sent_at) = (Duration::ZERO, None);
        for step in 0..2_000_u32 {
            now = Duration::from_millis(u64::from(step) * 10);
            budget.want(Class::Person, now);
            if step == 100 {
                regular = Some(budget.want(Class::Regular, now));
            }
            while let Some(ticket) = budget.next(now) {
                if Some(ticket) == regular {
                    sent_at = Some(now);
                }
            }
        }
        assert!(sent_at.is_none(), "four seconds of wishes were before it");
        let rest = run(&mut budget, now, seconds(200.0));
        let at = rest.iter().find(|(ticket, _)| Some(*ticket) == regular).unwrap().1;
        assert!(at < seconds(110.0), "{at:?}");
    }

    #[test]
    fn a_request_that_nobody_wants_any_longer_takes_no_turn() {
        let mut budget = Budget::new(1, Duration::ZERO);
        let (first, second) = (budget.want(Class::Person, Duration::ZERO), budget.want(Class::Person, Duration::ZERO));
        budget.leave(first);
        assert_eq!(budget.next(Duration::ZERO), Some(second));
        assert_eq!((budget.next_at(Duration::ZERO), budget.waiting(Class::Person)), (None, 0));
    }

    #[test]
    fn a_slow_platform_gets_no_regular_readings_for_growing_pauses_but_a_persons_requests() {
        let mut budget = Budget::new(10, Duration::ZERO);
        let mut pauses = Vec::new();
        let mut now = Duration::ZERO;
        for _ in 0..7 {
            budget.answered(seconds(6.0), now);
            let regular = budget.want(Class::Regular, now);
            let person = budget.want(Class::Person, now);
            assert_eq!(budget.next(now), Some(person));
            let at = budget.next_at(now).unwrap();
            assert_eq!(budget.next(at), Some(regular));
            pauses.push((at - now).as_secs());
            now = at;
        }
        assert_eq!(pauses, [2, 4, 8, 16, 32, 60, 60]);
        budget.answered(seconds(0.1), now);
        budget.answered(seconds(6.0), now);
        assert!(budget.paused_until - now == seconds(2.0), "a quick answer ends the growth");
    }

    #[test]
    fn a10_a_pause_that_the_platform_names_is_kept_by_all() {
        let mut budget = Budget::new(10, Duration::ZERO);
        budget.failed(Some(seconds(7.0)), Duration::ZERO);
        budget.want(Class::Person, Duration::ZERO);
        assert_eq!(budget.next(seconds(6.9)), None);
        assert_eq!(budget.next_at(seconds(1.0)), Some(seconds(7.0)));
        assert!(budget.next(seconds(7.0)).is_some());
    }
}
