//! A simulated platform that keeps the states of its seats, for the tests that let time pass.

use std::{
    collections::{BTreeMap, VecDeque},
    time::Duration,
};

use ringside_domain::*;

use crate::desk::*;

pub const LATENCY: Duration = Duration::from_millis(80);

/// The failure of a request; None: it is answered.
type Failing = Box<dyn Fn(&Request) -> Option<Problem>>;

/// A reading of a seat gives the state that was set last.
pub struct Platform {
    pub desk: Desk,
    pub queues: Vec<String>,
    pub states: BTreeMap<String, SeatState>,
    pub phone: PhoneReading,
    pub failure: Failing,
    pub latency: Duration,
    /// The additional latency of the answer to this request.
    pub delay: Box<dyn FnMut(&Request) -> Duration>,
    pub sent: Vec<(Duration, &'static str, String)>,
    /// The last reading of each queue, and when it was asked for.
    pub confirmed: BTreeMap<String, (Duration, SeatState)>,
    under_way: VecDeque<(Duration, RequestId, Request, Duration)>,
}

pub fn kind(request: &Request) -> (&'static str, String) {
    match request {
        Request::SignIn { .. } => ("sign-in", String::new()),
        Request::JoinQueue { queue, .. } => ("join", queue.0.clone()),
        Request::LeaveQueue { queue, .. } => ("leave", queue.0.clone()),
        Request::SetSeat { queue, .. } => ("set", queue.0.clone()),
        Request::ReadPhone { .. } => ("phone", String::new()),
        Request::ReadSeats { queue } => ("seats", queue.0.clone()),
        Request::ReadRecords { .. } => ("records", String::new()),
        Request::ListQueues => ("list", String::new()),
        _ => ("other", String::new()),
    }
}

impl Platform {
    pub fn new(queues: usize, requests_per_second: f64, state: SeatState) -> Self {
        Self::with(Desk::new(Start { requests_per_second, ..start() }), queues, state)
    }

    /// Signs in to this many queues, which the agent is in already with this state.
    pub fn with(mut desk: Desk, queues: usize, state: SeatState) -> Self {
        let queues: Vec<String> = (1..=queues).map(|n| format!("queue-{n}")).collect();
        let account = Account { url: "https://call.example.com/".into(), appid: "acme".into() };
        let names: Vec<&str> = queues.iter().map(String::as_str).collect();
        desk.intent(Intent::SignIn { account, agent: agent(&names), accesskey: Some("k".into()) });
        let Outcome::Phone(phone) = phone(PhoneState::Idle) else { unreachable!() };
        Self {
            desk,
            states: queues.iter().map(|queue| (queue.clone(), state)).collect(),
            queues,
            phone,
            failure: Box::new(|_| None),
            latency: LATENCY,
            delay: Box::new(|_| Duration::ZERO),
            sent: Vec::new(),
            confirmed: BTreeMap::new(),
            under_way: VecDeque::new(),
        }
    }

    fn answer(&mut self, request: &Request) -> Result<Outcome, Problem> {
        if let Some(problem) = (self.failure)(request) {
            return Err(problem);
        }
        Ok(match request {
            Request::SignIn { .. } => Outcome::SignedIn { company: "Acme".into(), company_code: "9024".into() },
            Request::JoinQueue { queue, .. } => {
                let already = self.states.contains_key(&queue.0);
                self.states.entry(queue.0.clone()).or_insert(SeatState::Waiting);
                Outcome::Joined { already }
            }
            Request::LeaveQueue { queue, .. } => {
                self.states.remove(&queue.0);
                Outcome::Done
            }
            Request::SetSeat { queue, busy, .. } => {
                let next = if *busy { SeatState::Paused } else { SeatState::Waiting };
                if let Some(state) = self.states.get_mut(&queue.0) {
                    *state = next;
                }
                Outcome::Done
            }
            Request::ReadPhone { .. } => Outcome::Phone(self.phone.clone()),
            Request::ReadSeats { queue } => {
                let own = self.states.get(&queue.0).map(|state| seat(OWN, *state));
                let seats = own.into_iter().chain([seat("100002", SeatState::Waiting)]).collect();
                Outcome::Seats(SeatsReading { queue: queue.clone(), seats, others: None })
            }
            Request::ReadRecords { .. } => Outcome::Records(vec![]),
            Request::ListQueues => Outcome::Queues(vec![]),
            _ => Outcome::Done,
        })
    }

    /// Lets time pass; each request is carried out at once, and its answer comes after the latency. `look` gets the desk after each step.
    pub fn run(&mut self, span: Duration, mut look: impl FnMut(&Desk)) {
        self.watch(span, |platform| look(&platform.desk));
    }

    /// Like `run`, but `look` gets the platform as well.
    pub fn watch(&mut self, span: Duration, mut look: impl FnMut(&Self)) {
        let end = self.desk.now.mono + span;
        loop {
            for (id, request) in std::mem::take(&mut self.desk.asked) {
                let (what, of) = kind(&request);
                self.sent.push((self.desk.now.mono, what, of));
                let now = self.desk.now.mono;
                // Answers come in the order of their times, even if the latency has become shorter.
                let at = now + self.latency + (self.delay)(&request);
                let place = self.under_way.partition_point(|(other, ..)| *other <= at);
                self.under_way.insert(place, (at, id, request, now));
            }
            let answer = self.under_way.front().map(|(at, ..)| *at);
            let next = [answer, self.desk.session.next_deadline(), Some(end)].into_iter().flatten().min().unwrap();
            let next = next.max(self.desk.now.mono);
            self.desk.now.wall = self.desk.now.wall.plus(next - self.desk.now.mono);
            self.desk.now.mono = next;
            match answer.filter(|at| *at <= next) {
                Some(_) => {
                    let (_, id, request, asked_at) = self.under_way.pop_front().unwrap();
                    let outcome = self.answer(&request);
                    if let Ok(Outcome::Seats(SeatsReading { queue, seats, .. })) = &outcome
                        && let Some(own) = seats.iter().find(|seat| seat.extension.0 == OWN)
                    {
                        let last = self.confirmed.entry(queue.0.clone()).or_insert((asked_at, own.state));
                        if last.0 <= asked_at {
                            *last = (asked_at, own.state);
                        }
                    }
                    self.desk.apply(Input::Answered { id, outcome });
                }
                None => drop(self.desk.apply(Input::Tick)),
            }
            look(self);
            if self.desk.now.mono >= end {
                return;
            }
        }
    }

    pub fn seconds(&mut self, seconds: u64) {
        self.run(Duration::from_secs(seconds), |_| {});
    }

    pub fn snapshot(&self) -> std::sync::Arc<Snapshot> {
        self.desk.snapshot()
    }

    /// Number of requests sent since then.
    pub fn sent_since(&self, at: Duration) -> usize {
        self.sent.iter().filter(|(when, ..)| *when >= at).count()
    }

    /// The longest time between two such requests, up to now.
    pub fn longest_gap(&self, what: &str, of: &str, since: Duration) -> Duration {
        let times = self.sent.iter().filter(|(when, kind, queue)| *when >= since && *kind == what && queue == of).map(|(when, ..)| *when);
        let times: Vec<Duration> = [since].into_iter().chain(times).chain([self.desk.now.mono]).collect();
        times.windows(2).map(|pair| pair[1] - pair[0]).max().unwrap_or_default()
    }

    pub fn count(&self, what: &str, since: Duration) -> usize {
        self.sent.iter().filter(|(when, kind, _)| *when >= since && *kind == what).count()
    }
}
