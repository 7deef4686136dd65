//! Changes of agents' seats: busy, available, signed in, signed out; several at once, each with a result of its own (N14).

use ringside_domain::{
    ChangeProgress, Extension, FloorAct, FloorAnswer, FloorRequest, Now, Priority, Problem, ProblemCode, QueueName, SeatId, SeatOrder,
    SeatState,
};

use crate::{
    Errand, Floor,
    changes::{Changes, Over},
    desk::{Entry, nobody_signed_in},
    queues::Agents,
    turns::{Purpose, Want},
};

/// The seat, and the order with the agent's number.
pub(crate) type Seats = Changes<(QueueName, Extension), (SeatOrder, String)>;

impl Seats {
    /// Whether a person ordered this agent to be busy, or a team break did, and a call goes on first.
    pub fn is_busy_after_call(&self, queue: &QueueName, extension: &Extension) -> bool {
        let change = self.progress(&(queue.clone(), extension.clone()));
        matches!(change, Some(((SeatOrder::Busy, _), _, ChangeProgress::AfterCall)))
    }
}

/// The agent's state by these rows; the inner None: no row is the agent's; the outer None: they do not say.
fn state(agents: &Agents, extension: &Extension) -> Option<Option<SeatState>> {
    let row = agents.all().iter().find(|agent| agent.extension == *extension);
    // A row that names no extension may be this agent's (P12).
    let is_certain = row.is_some() || agents.all().iter().all(|agent| !agent.extension.0.is_empty());
    is_certain.then_some(row.map(|agent| agent.state))
}

/// Whether a call hides whether the agent is paused (N18); None: the rows do not say, or the order is not about that.
fn hidden_by_call(agents: &Agents, extension: &Extension, order: SeatOrder) -> Option<bool> {
    let is_in_call = state(agents, extension)?.is_some_and(SeatState::is_in_call);
    matches!(order, SeatOrder::Busy | SeatOrder::Available).then_some(is_in_call)
}

/// Whether these rows show the ordered state; None: they do not say.
fn shows(agents: &Agents, extension: &Extension, order: SeatOrder) -> Option<bool> {
    let state = state(agents, extension)?;
    if hidden_by_call(agents, extension, order) == Some(true) {
        return None;
    }
    Some(match order {
        SeatOrder::Busy => state == Some(SeatState::Paused),
        SeatOrder::Available => state.is_some_and(SeatState::takes_calls),
        SeatOrder::SignIn => state.is_some(),
        SeatOrder::SignOut => state.is_none(),
    })
}

/// The platform refuses a change of a seat without the agent's number.
fn no_agent_number() -> Problem {
    Problem::new(ProblemCode::AgentNumberMissing, "", false).known_not_done(true)
}

fn word(order: SeatOrder) -> &'static str {
    match order {
        SeatOrder::Busy => "seatBusy",
        SeatOrder::Available => "seatAvailable",
        SeatOrder::SignIn => "seatSignIn",
        SeatOrder::SignOut => "seatSignOut",
    }
}

fn act(order: SeatOrder) -> FloorAct {
    match order {
        SeatOrder::Busy => FloorAct::SeatBusy,
        SeatOrder::Available => FloorAct::SeatAvailable,
        SeatOrder::SignIn => FloorAct::SeatSignIn,
        SeatOrder::SignOut => FloorAct::SeatSignOut,
    }
}

fn subject(queue: &QueueName, extension: &Extension) -> String {
    format!("{extension} · {queue}")
}

impl Floor {
    pub(crate) fn set_seats(&mut self, seats: Vec<SeatId>, order: SeatOrder, by: &str, now: Now) {
        for seat in seats.into_iter().filter(|seat| !seat.extension.0.is_empty()) {
            let entry = Entry { by, what: word(order), subject: &subject(&seat.queue, &seat.extension), result: "", detail: "" };
            self.enter(entry, now.wall);
            let agent_id = self.agent_id(&seat.queue, &seat.extension, seat.agent_id);
            let key = (seat.queue, seat.extension);
            let refusal = match self.desk.account() {
                None => Some(nobody_signed_in()),
                Some(_) if agent_id.is_empty() => Some(no_agent_number()),
                Some(_) => None,
            };
            let order = (order, agent_id);
            match refusal {
                None => self.seats.order(key, order, by, now),
                Some(problem) => {
                    self.seats.refuse(key.clone(), order.clone(), by, problem.clone(), now);
                    self.seat_over(Over { key, order, by: by.to_owned(), failure: Some(problem) }, now);
                }
            }
        }
    }

    /// The given number, or that of the queue's last reading; empty if there is none.
    fn agent_id(&self, queue: &QueueName, extension: &Extension, given: String) -> String {
        let agents = self.queues.agents(queue).map_or(&[][..], Agents::all);
        let read = || agents.iter().find(|agent| agent.extension == *extension).map(|agent| agent.agent_id.clone());
        if given.is_empty() { read().unwrap_or_default() } else { given }
    }

    pub(crate) fn seat_wants(&self, wants: &mut Vec<Want>) {
        let want = |(queue, extension): &(QueueName, Extension), due| Want {
            purpose: Purpose::Seat(queue.clone(), extension.clone()),
            priority: Priority::Person,
            due,
        };
        wants.extend(self.seats.to_send().map(|(key, due)| want(key, due)));
    }

    pub(crate) fn seat_turned(&mut self, queue: &QueueName, extension: &Extension) -> Option<Errand> {
        let (order, agent_id) = self.seats.turned(&(queue.clone(), extension.clone()))?;
        let seat = SeatId { queue: queue.clone(), extension: extension.clone(), agent_id };
        Some(Errand::Plain(FloorRequest::SetSeat { seat, order }))
    }

    pub(crate) fn seat_answered(&mut self, queue: QueueName, extension: Extension, outcome: Result<FloorAnswer, Problem>, now: Now) {
        let unit = self.desk.unit();
        let key = (queue, extension);
        let repeats = self.seats.progress(&key).is_some_and(|((order, _), ..)| matches!(order, SeatOrder::Busy | SeatOrder::Available));
        if let Some(over) = self.seats.answered(&key, outcome.err(), repeats, unit, now) {
            self.seat_over(over, now);
        }
        self.seats_soon(&key.0, now);
    }

    /// The queues that a change waits for.
    pub(crate) fn unconfirmed_seats(&self) -> impl Iterator<Item = (&QueueName, &Extension)> {
        self.seats.unconfirmed().map(|((queue, extension), _)| (queue, extension))
    }

    pub(crate) fn seats_read(&mut self, name: &QueueName, asked_at: std::time::Duration, now: Now) {
        let Some(agents) = self.queues.agents(name) else { return };
        let hidden = |(queue, extension): &(QueueName, Extension), (order, _): &(SeatOrder, String)| {
            (queue == name).then(|| hidden_by_call(agents, extension, *order)).flatten()
        };
        self.seats.hidden_by_call(asked_at, hidden, now);
        let shows = |(queue, extension): &(QueueName, Extension), (order, _): &(SeatOrder, String)| {
            (queue == name).then(|| shows(agents, extension, *order)).flatten()
        };
        for over in self.seats.read(asked_at, shows, now) {
            self.seat_over(over, now);
        }
    }

    pub(crate) fn settle_seats(&mut self, now: Now) {
        for over in self.seats.settle(now) {
            self.seat_over(over, now);
        }
    }

    pub(crate) fn leave_seats(&mut self, now: Now) {
        for over in self.seats.leave(&nobody_signed_in(), now) {
            self.seat_over(over, now);
        }
    }

    fn seat_over(&mut self, over: Over<(QueueName, Extension), (SeatOrder, String)>, now: Now) {
        let ((queue, extension), (order, _)) = (&over.key, &over.order);
        let subject = subject(queue, extension);
        let (result, detail) = crate::desk::result_of(over.failure.as_ref());
        self.enter(Entry { by: &over.by, what: word(*order), subject: &subject, result, detail: &detail }, now.wall);
        let has_row = self.queues.agents(queue).is_some_and(|agents| agents.all().iter().any(|agent| agent.extension == *extension));
        if let Some(problem) = over.failure.filter(|_| !has_row) {
            self.desk.notify(act(*order), &subject, ChangeProgress::Failed { problem }, now.wall);
        }
    }
}
