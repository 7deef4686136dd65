//! Changes that a reading confirms: of seats, of members of groups, of queues and groups. Each has one request at a time; the newest order
//! of each counts. The acceptance by the platform is not yet the success: a reading that was asked for after it shows whether it is done.

use std::{collections::BTreeMap, time::Duration};

use ringside_domain::{Backoff, ChangeProgress, Now, Problem, ProblemCode, Timestamp};

const OVERDUE_AFTER: Duration = Duration::from_secs(10);
/// What is neither sent nor confirmed within this time has failed.
const GIVEN_UP_AFTER: Duration = Duration::from_secs(60);
const CONFIRMED_SHOWN: Duration = Duration::from_secs(10);
const FAILED_SHOWN: Duration = Duration::from_secs(600);
const PAUSES: Backoff = Backoff::new(Duration::from_secs(1), Duration::from_secs(10));
const TRIES: u32 = 3;

#[derive(Clone, Debug)]
enum Stage {
    Waiting {
        due: Duration,
    },
    Asked,
    /// Accepted, or perhaps carried out; a reading from after this time shows it.
    Accepted {
        at: Duration,
        doubt: Option<Problem>,
    },
    Confirmed {
        at: Duration,
    },
    Failed {
        at: Duration,
        problem: Problem,
    },
}

#[derive(Clone, Debug)]
struct Change<O> {
    order: O,
    by: String,
    since: Now,
    stage: Stage,
    tries: u32,
    /// Its time limits count from here.
    timed_from: Duration,
    overdue: bool,
    /// A call hides the ordered state: the time limits begin with the last reading that shows the call.
    in_call: bool,
    /// An earlier order of the same subject has no answer yet.
    waits_for_earlier: bool,
}

/// The end of a change, for the ledger.
#[derive(Clone, Debug)]
pub(crate) struct Over<K, O> {
    pub key: K,
    pub order: O,
    pub by: String,
    pub failure: Option<Problem>,
}

#[derive(Debug)]
pub(crate) struct Changes<K, O>(BTreeMap<K, Change<O>>);

impl<K, O> Default for Changes<K, O> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl<K: Ord + Clone, O: Clone + PartialEq> Changes<K, O> {
    pub fn order(&mut self, key: K, order: O, by: &str, now: Now) {
        let earlier = self.0.get(&key).is_some_and(|change| change.waits_for_earlier || matches!(change.stage, Stage::Asked));
        let change = Change {
            order,
            by: by.to_owned(),
            since: now,
            stage: Stage::Waiting { due: now.mono },
            tries: 0,
            timed_from: now.mono,
            overdue: false,
            in_call: false,
            waits_for_earlier: earlier,
        };
        self.0.insert(key, change);
    }

    /// The change was not begun.
    pub fn refuse(&mut self, key: K, order: O, by: &str, problem: Problem, now: Now) {
        self.order(key.clone(), order, by, now);
        self.fail(&key, problem, now);
    }

    fn fail(&mut self, key: &K, problem: Problem, now: Now) {
        if let Some(change) = self.0.get_mut(key) {
            change.stage = Stage::Failed { at: now.mono, problem };
        }
    }

    /// What is to be sent, and when.
    pub fn to_send(&self) -> impl Iterator<Item = (&K, Duration)> {
        self.0.iter().filter_map(|(key, change)| match change.stage {
            Stage::Waiting { due } if !change.waits_for_earlier => Some((key, due)),
            _ => None,
        })
    }

    /// The turn has come: the order to send.
    pub fn turned(&mut self, key: &K) -> Option<O> {
        let change = self.0.get_mut(key)?;
        if !matches!(change.stage, Stage::Waiting { .. }) || change.waits_for_earlier {
            return None;
        }
        change.stage = Stage::Asked;
        Some(change.order.clone())
    }

    /// `repeats`: the order may be sent again although it may have been carried out.
    pub fn answered(&mut self, key: &K, failure: Option<Problem>, repeats: bool, unit: f64, now: Now) -> Option<Over<K, O>> {
        let change = self.0.get_mut(key)?;
        if std::mem::take(&mut change.waits_for_earlier) || !matches!(change.stage, Stage::Asked) {
            return None;
        }
        change.tries += 1;
        let Some(problem) = failure else {
            change.stage = Stage::Accepted { at: now.mono, doubt: None };
            return None;
        };
        let may_repeat = if problem.not_done { problem.retryable } else { repeats };
        if may_repeat && change.tries < TRIES {
            let pause = PAUSES.after(change.tries - 1).failed(problem.retry_after, unit);
            change.stage = Stage::Waiting { due: now.mono + pause };
            return None;
        }
        if !problem.not_done {
            change.stage = Stage::Accepted { at: now.mono, doubt: Some(problem) };
            return None;
        }
        change.stage = Stage::Failed { at: now.mono, problem: problem.clone() };
        Some(Over { key: key.clone(), order: change.order.clone(), by: change.by.clone(), failure: Some(problem) })
    }

    /// A newer order is to count: this one is not sent, or not sent again.
    pub fn supersede(&mut self, key: &K, problem: &Problem, now: Now) -> Option<Over<K, O>> {
        let change = self.0.get_mut(key).filter(|change| matches!(change.stage, Stage::Waiting { .. }))?;
        change.stage = Stage::Failed { at: now.mono, problem: problem.clone() };
        Some(Over { key: key.clone(), order: change.order.clone(), by: change.by.clone(), failure: Some(problem.clone()) })
    }

    /// Those that wait for a reading, and since when.
    pub fn unconfirmed(&self) -> impl Iterator<Item = (&K, Duration)> {
        self.0.iter().filter_map(|(key, change)| match change.stage {
            Stage::Accepted { at, .. } => Some((key, at)),
            _ => None,
        })
    }

    /// The acceptance is the success: no reading can show it.
    pub fn confirm(&mut self, key: &K, now: Now) -> Option<Over<K, O>> {
        let change = self.0.get_mut(key).filter(|change| matches!(change.stage, Stage::Accepted { doubt: None, .. }))?;
        change.stage = Stage::Confirmed { at: now.mono };
        Some(Over { key: key.clone(), order: change.order.clone(), by: change.by.clone(), failure: None })
    }

    /// A reading that was asked for at this time says whether a call hides the ordered state; None: it does not say. The time limits of a
    /// change that may not have been carried out stay.
    pub fn hidden_by_call(&mut self, asked_at: Duration, hidden: impl Fn(&K, &O) -> Option<bool>, now: Now) {
        for (key, change) in &mut self.0 {
            if let Stage::Accepted { at, doubt: None } = change.stage
                && at < asked_at
                && let Some(in_call) = hidden(key, &change.order).filter(|in_call| *in_call || change.in_call)
            {
                (change.in_call, change.timed_from, change.overdue) = (in_call, now.mono, false);
            }
        }
    }

    /// A reading that was asked for at this time shows the ordered state, or does not.
    pub fn read(&mut self, asked_at: Duration, shows: impl Fn(&K, &O) -> Option<bool>, now: Now) -> Vec<Over<K, O>> {
        let mut over = Vec::new();
        for (key, change) in &mut self.0 {
            if let Stage::Accepted { at, .. } = change.stage
                && at < asked_at
                && shows(key, &change.order) == Some(true)
            {
                change.stage = Stage::Confirmed { at: now.mono };
                over.push(Over { key: key.clone(), order: change.order.clone(), by: change.by.clone(), failure: None });
            }
        }
        over
    }

    /// Nobody is signed in any more: what was not sent is not sent later.
    pub fn leave(&mut self, problem: &Problem, now: Now) -> Vec<Over<K, O>> {
        let mut over = Vec::new();
        for (key, change) in &mut self.0 {
            if matches!(change.stage, Stage::Waiting { .. }) {
                change.stage = Stage::Failed { at: now.mono, problem: problem.clone() };
                over.push(Over { key: key.clone(), order: change.order.clone(), by: change.by.clone(), failure: Some(problem.clone()) });
            }
        }
        over
    }

    pub fn clear(&mut self) {
        self.0.clear();
    }

    /// Marks what is late, and forgets what was shown long enough.
    pub fn settle(&mut self, now: Now) -> Vec<Over<K, O>> {
        let mut over = Vec::new();
        for (key, change) in &mut self.0 {
            let age = now.mono.saturating_sub(change.timed_from);
            if !change.in_call && matches!(change.stage, Stage::Waiting { .. } | Stage::Asked | Stage::Accepted { .. }) {
                change.overdue |= age >= OVERDUE_AFTER;
            }
            let problem = match &change.stage {
                Stage::Waiting { .. } => Problem::new(ProblemCode::Unreachable, "", true).known_not_done(true),
                Stage::Accepted { doubt: Some(problem), .. } => problem.clone(),
                Stage::Accepted { doubt: None, .. } => Problem::new(ProblemCode::NotConfirmed, "", true),
                _ => continue,
            };
            if age >= GIVEN_UP_AFTER {
                change.stage = Stage::Failed { at: now.mono, problem: problem.clone() };
                over.push(Over { key: key.clone(), order: change.order.clone(), by: change.by.clone(), failure: Some(problem) });
            }
        }
        self.0.retain(|_, change| change.waits_for_earlier || Self::shown_until(change).is_none_or(|until| until > now.mono));
        over
    }

    fn shown_until(change: &Change<O>) -> Option<Duration> {
        match change.stage {
            Stage::Confirmed { at } => Some(at + CONFIRMED_SHOWN),
            Stage::Failed { at, .. } => Some(at + FAILED_SHOWN),
            _ => None,
        }
    }

    pub fn deadline(&self) -> Option<Duration> {
        let next = |change: &Change<O>| match change.stage {
            Stage::Asked => (!change.overdue).then_some(change.timed_from + OVERDUE_AFTER),
            Stage::Accepted { .. } if change.in_call => Some(change.timed_from + GIVEN_UP_AFTER),
            Stage::Waiting { .. } | Stage::Accepted { .. } => {
                Some(change.timed_from + if change.overdue { GIVEN_UP_AFTER } else { OVERDUE_AFTER })
            }
            _ if change.waits_for_earlier => None,
            _ => Self::shown_until(change),
        };
        self.0.values().filter_map(next).min()
    }

    /// The order, since when, and how far it is.
    pub fn progress(&self, key: &K) -> Option<(&O, Timestamp, ChangeProgress)> {
        let change = self.0.get(key)?;
        let progress = match &change.stage {
            Stage::Failed { problem, .. } => ChangeProgress::Failed { problem: problem.clone() },
            Stage::Confirmed { .. } => ChangeProgress::Confirmed,
            Stage::Accepted { doubt: None, .. } if change.in_call => ChangeProgress::AfterCall,
            _ if change.overdue => ChangeProgress::Overdue,
            Stage::Accepted { doubt: None, .. } => ChangeProgress::Accepted,
            _ => ChangeProgress::Pending,
        };
        Some((&change.order, change.since.wall, progress))
    }

    pub fn keys(&self) -> impl Iterator<Item = &K> {
        self.0.keys()
    }
}
