//! The wallboard: the queues' agents by state, and today's calls of the dialler. Its age is that of the oldest reading that it shows, so
//! that a board that stands still can be seen.

use std::collections::{BTreeMap, BTreeSet};

use ringside_domain::{
    Account, BoardAgents, BoardQueue, DialledToday, Extension, FloorAgent, Phone, QueueName, QueueRead, SeatState, WallboardView,
};

use crate::{Floor, count, readings::Reading};

impl Floor {
    pub(crate) fn took_today(&mut self, account: &Account, today: DialledToday) {
        if self.last_account.as_ref() == Some(account) {
            self.today = today;
        }
    }

    /// `names`: the queues of the board; none: all.
    pub(crate) fn wallboard_view(&self, names: &[QueueName]) -> WallboardView {
        let named: BTreeSet<&QueueName> = names.iter().collect();
        let listed: Vec<&QueueRead> = self.queues.all().iter().filter(|read| named.is_empty() || named.contains(&read.name)).collect();
        let in_calls = self.in_calls();
        let queues: Vec<BoardQueue> = listed.iter().map(|read| self.board_queue(read, &in_calls)).collect();
        let (mut agents, mut persons) = (BoardAgents::default(), BTreeMap::new());
        for agent in listed.iter().flat_map(|read| self.board_agents(&read.name)) {
            let state = state_of(agent, &in_calls);
            if agent.extension.0.is_empty() {
                // Nobody knows whether two such seats are of one person.
                add(&mut agents, state);
            } else {
                let strongest: &mut State = persons.entry(&agent.extension).or_insert(state);
                *strongest = state.max(*strongest);
            }
        }
        persons.into_values().for_each(|state| add(&mut agents, state));
        let oldest = queues.iter().filter_map(|queue| queue.read_at).min();
        WallboardView {
            answered: self.today.answered,
            reached: self.today.reached,
            abandoned: self.today.abandoned,
            longest_wait_seconds: self.today.longest_wait_seconds,
            hours: self.today.hours.clone(),
            read_at: oldest,
            dialled_until: self.dialled.until(),
            every_ms: u32::try_from(self.board_interval().as_millis()).unwrap_or(u32::MAX),
            problem: self.queues.reading().problem().or_else(|| queues.iter().find_map(|queue| queue.problem.clone())),
            agents,
            queues,
        }
    }

    fn board_agents(&self, queue: &QueueName) -> &[FloorAgent] {
        self.queues.agents(queue).map_or(&[], |known| known.all())
    }

    /// The agents who ring or talk, by the readings of all queues. Old readings are left out: a queue that no page shows is not read any more.
    fn in_calls(&self) -> BTreeMap<&Extension, State> {
        let oldest = self.last_now.mono.saturating_sub(self.board_interval() * 2);
        let mut in_calls = BTreeMap::new();
        for read in self.queues.all() {
            let asked_at = self.queues.agents_reading(&read.name).and_then(Reading::asked_at);
            if asked_at.is_none_or(|asked_at| asked_at < oldest) {
                continue;
            }
            for agent in self.board_agents(&read.name).iter().filter(|agent| !agent.extension.0.is_empty()) {
                if agent.state.is_in_call() {
                    let state = State::of(agent.state);
                    let strongest = in_calls.entry(&agent.extension).or_insert(state);
                    *strongest = state.max(*strongest);
                }
            }
        }
        in_calls
    }

    fn board_queue(&self, read: &QueueRead, in_calls: &BTreeMap<&Extension, State>) -> BoardQueue {
        let agents = self.board_agents(&read.name);
        let reading = self.queues.agents_reading(&read.name);
        let mut sums = BoardAgents::default();
        agents.iter().for_each(|agent| add(&mut sums, state_of(agent, in_calls)));
        let BoardAgents { idle, ringing, talking, busy, other } = sums;
        BoardQueue {
            name: read.name.clone(),
            remark: read.settings.remark.clone(),
            idle,
            ringing,
            talking,
            busy,
            other,
            not_registered: count(agents, |agent| agent.phone == Phone::NotRegistered),
            on_break: self.breaks.has(self.desk.account(), &read.name),
            read_at: reading.and_then(Reading::read_at),
            problem: reading.and_then(Reading::problem),
        }
    }
}

/// The state of an agent on the board, the strongest last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum State {
    Idle,
    Busy,
    Other,
    Ringing,
    Talking,
}

impl State {
    fn of(state: SeatState) -> Self {
        match state {
            SeatState::Waiting => Self::Idle,
            SeatState::Paused => Self::Busy,
            SeatState::Receiving => Self::Ringing,
            SeatState::Talking => Self::Talking,
            SeatState::DidNotAnswer | SeatState::Rejected | SeatState::Other(_) => Self::Other,
        }
    }
}

/// The agent's state in this queue. An idle agent who is in a call of another queue has the state of that call.
fn state_of(agent: &FloorAgent, in_calls: &BTreeMap<&Extension, State>) -> State {
    let here = State::of(agent.state);
    let elsewhere = in_calls.get(&agent.extension).copied().filter(|_| here == State::Idle);
    elsewhere.unwrap_or(here)
}

fn add(agents: &mut BoardAgents, state: State) {
    let sum = match state {
        State::Idle => &mut agents.idle,
        State::Busy => &mut agents.busy,
        State::Other => &mut agents.other,
        State::Ringing => &mut agents.ringing,
        State::Talking => &mut agents.talking,
    };
    *sum += 1;
}
