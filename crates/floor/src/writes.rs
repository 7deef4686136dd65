//! Writes to the store: one transaction after the other in each lane, so that what comes later is never stored before what comes first.
//! A transaction that fails is repeated with growing pauses, and nothing after it in its lane is stored before it; a step that asked for
//! the commit itself decides by itself.

use std::{
    collections::{BTreeMap, VecDeque},
    time::Duration,
};

use ringside_domain::{Account, Backoff, CampaignId, FloorChange, Problem, ProblemCode, QueueName, RequestId};

use crate::Effect;

const PAUSES: Backoff = Backoff::new(Duration::from_secs(1), Duration::from_secs(60));

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Lane {
    Campaign(CampaignId),
    Dialled,
    /// All the rest: the do-not-call list, team breaks, entries of the ledger.
    Desk,
}

/// The step that waits for the commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Then {
    Nothing,
    /// The part is marked as being sent; now it may be sent.
    Send {
        campaign: CampaignId,
        part: u32,
        turn: RequestId,
    },
    /// The campaign has its numbers.
    Start {
        campaign: CampaignId,
        import: u64,
    },
    /// The campaign has more numbers.
    Add {
        campaign: CampaignId,
        import: u64,
    },
    /// What became of a campaign's numbers is stored: they are counted anew.
    Count(CampaignId),
    /// The do-not-call list has more numbers.
    Listed,
    /// A page of the window of bills with this number is stored.
    Page(u64),
    /// Bills that arrived as callbacks are stored.
    Arrived,
    /// The agents of this account's team break are remembered.
    Remembered(Account, QueueName),
}

impl Then {
    /// The step is given up if its transaction fails; it is begun anew, or a person begins it.
    fn is_given_up(&self) -> bool {
        matches!(self, Self::Send { .. } | Self::Start { .. } | Self::Add { .. } | Self::Page(_))
    }
}

#[derive(Debug)]
struct Write {
    changes: Vec<FloorChange>,
    then: Then,
}

#[derive(Debug)]
struct Waiting {
    writes: VecDeque<Write>,
    under_way: Option<u64>,
    due: Duration,
    backoff: Backoff,
}

#[derive(Debug)]
pub(crate) struct Writes {
    lanes: BTreeMap<Lane, Waiting>,
    next: u64,
    problem: Option<Problem>,
}

impl Writes {
    pub fn new() -> Self {
        Self { lanes: BTreeMap::new(), next: 1, problem: None }
    }

    pub fn push(&mut self, lane: Lane, changes: Vec<FloorChange>, then: Then) {
        let waiting =
            self.lanes.entry(lane).or_insert(Waiting { writes: VecDeque::new(), under_way: None, due: Duration::ZERO, backoff: PAUSES });
        waiting.writes.push_back(Write { changes, then });
    }

    /// Everything of this lane is stored.
    pub fn is_settled(&self, lane: Lane) -> bool {
        !self.lanes.contains_key(&lane)
    }

    /// Why the last transaction failed, while none succeeded since.
    pub fn problem(&self) -> Option<&Problem> {
        self.problem.as_ref()
    }

    pub fn settle(&mut self, now: Duration, out: &mut Vec<Effect>) {
        for waiting in self.lanes.values_mut().filter(|waiting| waiting.under_way.is_none() && waiting.due <= now) {
            if let Some(write) = waiting.writes.front() {
                waiting.under_way = Some(self.next);
                out.push(Effect::Store { id: self.next, changes: write.changes.clone() });
                self.next += 1;
            }
        }
    }

    /// Returns the step that waited for this transaction, if it is stored or the step is given up.
    pub fn stored(&mut self, id: u64, failure: Option<&Problem>, unit: f64, now: Duration) -> Option<Then> {
        let (lane, waiting) = self.lanes.iter_mut().find(|(_, waiting)| waiting.under_way == Some(id))?;
        let lane = *lane;
        waiting.under_way = None;
        // A request that the store refused for what it asks says nothing about the database.
        if failure.is_none_or(|problem| problem.code != ProblemCode::BadRequest) {
            self.problem = failure.cloned();
        }
        match failure {
            None => waiting.backoff.succeeded(),
            Some(problem) => waiting.due = now + waiting.backoff.failed(problem.retry_after, unit),
        }
        if failure.is_some() && waiting.writes.front().is_none_or(|write| !write.then.is_given_up()) {
            return None;
        }
        let write = waiting.writes.pop_front();
        if waiting.writes.is_empty() {
            self.lanes.remove(&lane);
        }
        write.map(|write| write.then)
    }

    pub fn deadline(&self) -> Option<Duration> {
        self.lanes.values().filter(|waiting| waiting.under_way.is_none() && !waiting.writes.is_empty()).map(|waiting| waiting.due).min()
    }
}
