//! Queues and their agents, as read. A reading always wins over what this desk believes: another supervisor may have changed or deleted
//! a queue.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use ringside_domain::{
    ChangeProgress, FloorAgent, FloorAnswer, FloorQueue, Now, Priority, Problem, QueueName, QueueRead, QueuesView, SeatChange, Target,
    Topic,
};

use crate::{
    Floor,
    readings::Reading,
    turns::{Ended, Purpose, Want},
};

/// The list of queues, while something shows it.
const LIST: Duration = Duration::from_secs(30);
/// The agents of a queue while its campaign is shown.
const FOR_CAMPAIGN: Duration = Duration::from_secs(10);
/// While a change or a team break waits for them.
const URGENT: Duration = Duration::from_secs(2);
/// While a change waits for the end of the agent's call.
const IN_CALL: Duration = Duration::from_secs(5);
/// After the platform accepted a change, it gets this long to show it.
const AFTER_CHANGE: Duration = Duration::from_secs(1);
/// On a board: at least this long, and so much more for each queue, so that the board leaves the budget to others.
const BOARD: Duration = Duration::from_secs(3);
const BOARD_PER_QUEUE: Duration = Duration::from_millis(1500);

#[derive(Debug, Default)]
pub(crate) struct Agents {
    reading: Reading,
    agents: Vec<FloorAgent>,
}

impl Agents {
    pub fn reading(&self) -> &Reading {
        &self.reading
    }

    pub fn all(&self) -> &[FloorAgent] {
        &self.agents
    }
}

#[derive(Debug, Default)]
pub(crate) struct Queues {
    reading: Reading,
    list: Vec<QueueRead>,
    agents: BTreeMap<QueueName, Agents>,
}

impl Queues {
    pub fn of(&self, name: &QueueName) -> Option<&QueueRead> {
        self.list.iter().find(|read| read.name == *name)
    }

    pub fn all(&self) -> &[QueueRead] {
        &self.list
    }

    pub fn reading(&self) -> &Reading {
        &self.reading
    }

    pub fn agents(&self, name: &QueueName) -> Option<&Agents> {
        self.agents.get(name).filter(|agents| agents.reading.read_at().is_some())
    }

    /// The reading of the agents, even if it only failed.
    pub fn agents_reading(&self, name: &QueueName) -> Option<&Reading> {
        self.agents.get(name).map(|agents| &agents.reading)
    }

    pub fn read_list_by(&mut self, at: Duration) {
        self.reading.by(at);
    }

    pub fn read_agents_by(&mut self, name: &QueueName, at: Duration) {
        self.agents.entry(name.clone()).or_default().reading.by(at);
    }

    pub fn read_now(&mut self, now: Now) {
        self.reading.now(now);
        self.agents.values_mut().for_each(|agents| agents.reading.now(now));
    }
}

impl Floor {
    /// How often the agents of each queue are read.
    fn agents_intervals(&self) -> BTreeMap<QueueName, Duration> {
        let mut intervals: BTreeMap<QueueName, Duration> = BTreeMap::new();
        let mut add = |name: &QueueName, interval: Duration| {
            let known = intervals.entry(name.clone()).or_insert(interval);
            *known = (*known).min(interval);
        };
        let board = self.board_interval();
        self.shown_queues().into_iter().for_each(|name| add(name, board));
        for target in self.shown_targets() {
            if let Target::Queue(name) = target
                && self.queues.of(name).is_some()
            {
                add(name, FOR_CAMPAIGN);
            }
        }
        for (name, extension) in self.unconfirmed_seats() {
            let progress = self.seats.progress(&(name.clone(), extension.clone())).map(|(_, _, progress)| progress);
            add(name, if progress == Some(ChangeProgress::AfterCall) { IN_CALL } else { URGENT });
        }
        for name in self.breaks.read_queues(self.desk.account()) {
            add(&name, URGENT);
        }
        intervals
    }

    /// The targets of the campaigns that a page shows alone.
    pub(crate) fn shown_targets(&self) -> impl Iterator<Item = &Target> {
        let campaign = |topic: &Topic| if let Topic::Campaign { campaign } = topic { Some(*campaign) } else { None };
        self.watched.iter().filter_map(campaign).filter_map(|id| Some(&self.campaigns.of(id)?.campaign().plan.target))
    }

    /// The queues that a page shows: in the list of queues, or on a board.
    fn shown_queues(&self) -> Vec<&QueueName> {
        let mut named = BTreeSet::new();
        let mut all = false;
        for topic in &self.watched {
            match topic {
                Topic::Queues => all = true,
                Topic::Wallboard { queues } => {
                    all |= queues.is_empty();
                    named.extend(queues);
                }
                _ => {}
            }
        }
        self.queues.list.iter().map(|read| &read.name).filter(|name| all || named.contains(name)).collect()
    }

    /// How often each queue that a page shows is read.
    pub(crate) fn board_interval(&self) -> Duration {
        BOARD.max(BOARD_PER_QUEUE * u32::try_from(self.shown_queues().len()).unwrap_or(u32::MAX))
    }

    fn wants_queue_list(&self) -> bool {
        let shows = |topic: &Topic| matches!(topic, Topic::Queues | Topic::Wallboard { .. } | Topic::Campaign { .. });
        self.watched.iter().any(shows) || self.waits_for_queue_list()
    }

    pub(crate) fn queue_wants(&self, wants: &mut Vec<Want>) {
        if self.wants_queue_list() {
            wants.push(Want { purpose: Purpose::Queues, priority: Priority::Seats, due: self.queues.reading.due(LIST) });
        }
        for (name, interval) in self.agents_intervals() {
            let priority = if interval == URGENT { Priority::Person } else { Priority::Seats };
            let due = self.queues.agents.get(&name).map_or(Duration::ZERO, |agents| agents.reading.due(interval));
            wants.push(Want { purpose: Purpose::Seats(name), priority, due });
        }
    }

    /// A change was accepted: its queue is read soon.
    pub(crate) fn seats_soon(&mut self, name: &QueueName, now: Now) {
        self.queues.read_agents_by(name, now.mono + AFTER_CHANGE);
    }

    pub(crate) fn queues_answered(&mut self, ended: &Ended, outcome: Result<FloorAnswer, Problem>, now: Now) {
        let unit = self.desk.unit();
        match outcome {
            Ok(FloorAnswer::Queues(list)) => {
                self.queues.reading.succeeded(ended.asked_at, unit, now);
                let known: BTreeSet<&QueueName> = list.iter().map(|read| &read.name).collect();
                self.queues.agents.retain(|name, _| known.contains(name));
                self.queues.list = list;
                self.orders_read(ended.asked_at, now);
            }
            Ok(_) => {}
            Err(problem) => self.queues.reading.failed(problem, unit, now),
        }
    }

    pub(crate) fn seats_answered(&mut self, name: &QueueName, ended: &Ended, outcome: Result<FloorAnswer, Problem>, now: Now) {
        let unit = self.desk.unit();
        let known = self.queues.agents.entry(name.clone()).or_default();
        match outcome {
            Ok(FloorAnswer::Seats { agents, .. }) => {
                known.reading.succeeded(ended.asked_at, unit, now);
                known.agents = agents;
                self.seats_read(name, ended.asked_at, now);
            }
            Ok(_) => {}
            Err(problem) => known.reading.failed(problem, unit, now),
        }
    }

    /// The agents of a queue, each with its change.
    fn agents_view(&self, name: &QueueName) -> Vec<FloorAgent> {
        let change = |agent: &FloorAgent| {
            let ((order, _), since, progress) = self.seats.progress(&(name.clone(), agent.extension.clone()))?;
            Some(SeatChange { order: *order, since, progress })
        };
        let agents = self.queues.agents(name).map_or(&[][..], Agents::all);
        agents.iter().map(|agent| FloorAgent { change: change(agent), ..agent.clone() }).collect()
    }

    pub(crate) fn queues_view(&self) -> QueuesView {
        let view = |read: &QueueRead| {
            let reading = self.queues.agents_reading(&read.name);
            FloorQueue {
                name: read.name.clone(),
                settings: read.settings.clone(),
                dialler: read.dialler.clone(),
                announcement: read.announcement.clone(),
                read_at: reading.and_then(Reading::read_at),
                problem: reading.and_then(Reading::problem),
                agents: self.agents_view(&read.name),
            }
        };
        QueuesView {
            read_at: self.queues.reading.read_at(),
            problem: self.queues.reading.problem(),
            queues: self.queues.list.iter().map(view).collect(),
        }
    }
}
