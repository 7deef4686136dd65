//! When which request goes to the platform: intervals with jitter, longer while answers are slow, within the budget.

use std::time::Duration;

use super::{
    Asked, Purpose, Session,
    seat::{OwnSeat, STALE},
};
use crate::{Effect, Failure, Now, Priority, Problem, ProblemCode, QueueName, Request, RequestId, TurnId, Want};

const SEATS: Duration = Duration::from_secs(10);
/// With many queues or a small budget, each queue is read at least this often, so that no reading becomes stale.
const SEATS_AT_LEAST: Duration = Duration::from_secs(25);
/// For seats that have not confirmed a wish.
const SEATS_FOR_WISH: Duration = Duration::from_secs(2);
/// A call's begin, answer or end changes the seat; the platform gets this long to show it.
const SEATS_AFTER_EVENT: Duration = Duration::from_secs(1);
/// While available: a ring whose callback was lost must show within ten seconds.
const PHONE_BESIDE_CALLBACKS: Duration = Duration::from_secs(5);
const PHONE_IN_CALL_BESIDE_CALLBACKS: Duration = Duration::from_secs(10);
const PHONE_IDLE: Duration = Duration::from_secs(1);
const PHONE_IN_CALL: Duration = Duration::from_secs(2);
const PHONE_BUSY: Duration = Duration::from_secs(10);
/// Records are fetched this often, and soon after each call.
const RECORDS: Duration = Duration::from_secs(600);
const RECORDS_AFTER_CALL: Duration = Duration::from_secs(20);
/// The company's gateway passes bills on, and fetches those that no callback brought.
const RECORDS_BY_GATEWAY: Duration = Duration::from_secs(6 * 3600);
/// The gateway grants each desk about one request a second, which what a person wants must not wait for.
const PAST_BY_GATEWAY: Duration = Duration::from_secs(10);
/// The part of the budget that the seats take beside the other requests; they take more only if they would become stale.
const SEATS_PART: f64 = 1.0 / 3.0;
const SEATS_MOST: f64 = 0.8;
/// A slower answer counts as this slow, so that a reading can still be asked for before the last one is stale.
const SLOWEST: Duration = Duration::from_secs(14);

/// A request that can be sent now or later.
#[derive(Clone, Debug)]
enum Errand {
    /// Made already; it waits for its turn in the budget.
    Waiting(RequestId),
    Wish(QueueName),
    Phone,
    Seats(QueueName),
    Records,
    Past,
    Recording,
    /// A turn for the supervisor's desk.
    Turn(TurnId),
}

impl Purpose {
    /// The key of the back-off: requests of one kind fail for the same reason.
    fn kind(&self) -> Self {
        match self {
            Self::Wish { queue, .. } => Self::Wish { queue: queue.clone(), wish: 0 },
            other => other.clone(),
        }
    }

    /// The request does not go to the platform.
    pub(super) fn is_local(&self) -> bool {
        matches!(self, Self::KeepAccesskey | Self::TestRing | Self::Enrol)
    }

    fn priority(&self) -> Priority {
        if *self == Self::QueueList { Priority::Seats } else { Priority::Person }
    }

    /// The shortest and the longest pause after a failure; zero if the asker has its own pauses or does not ask again.
    fn pauses(&self) -> (Duration, Duration) {
        let (first, longest) = match self {
            Self::Join(_) => (5, 60),
            Self::Wish { .. } | Self::Phone => (1, 10),
            Self::Seats(_) => (2, 20),
            Self::Records => (60, 900),
            Self::EndTask => (5, 60),
            Self::Floor(_) => (2, 60),
            _ => (0, 0),
        };
        (Duration::from_secs(first), Duration::from_secs(longest))
    }
}

/// Whether any other request would fail in the same way.
fn is_of_the_way(problem: &Problem) -> bool {
    use ProblemCode::*;
    match problem.code {
        Unreachable | Tls | NotThePlatform | TokenTaken | FateUnknown | GatewayUnreachable => true,
        // Only an HTTP error concerns all services; an answer with `ret` 500 concerns its own service.
        ServerError => problem.number.is_none(),
        // Every further request would get this answer and cost a new login.
        ExtensionUnknown => problem.number == Some(EXTENSION_CHANGED),
        _ => false,
    }
}

const EXTENSION_CHANGED: u32 = 1010;
/// A service without a licence is not asked again within this time, unless a person wants it.
const UNLICENSED: Duration = Duration::from_secs(3600);
/// The first pause of such a service for the supervisor's desk, whose requests are mostly a person's.
const UNLICENSED_FLOOR: Duration = Duration::from_secs(60);

#[derive(Debug)]
pub(super) struct Polling {
    phone_due: Duration,
    /// The phone is to be read at once.
    phone_pressing: bool,
    records_due: Duration,
    /// How long the last answer took.
    latency: Duration,
    /// The time between two readings of the last records.
    records_every: Duration,
    /// The time from a call's end to the next reading of the last records; None: there is no such reading.
    records_after_call: Option<Duration>,
    rng: fastrand::Rng,
}

impl Polling {
    pub fn new(seed: u64, has_gateway: bool, now: Now) -> Self {
        Self {
            phone_due: now.mono,
            phone_pressing: false,
            records_due: now.mono,
            latency: Duration::ZERO,
            records_every: if has_gateway { RECORDS_BY_GATEWAY } else { RECORDS },
            records_after_call: (!has_gateway).then_some(RECORDS_AFTER_CALL),
            rng: fastrand::Rng::with_seed(seed),
        }
    }

    /// A random number from 0 to 1.
    pub fn unit(&mut self) -> f64 {
        self.rng.f64()
    }

    /// Varies `span` by up to a tenth, so that many desks do not ask at the same moment.
    pub fn jittered(&mut self, span: Duration) -> Duration {
        span.mul_f64(0.9 + 0.2 * self.unit())
    }

    pub fn answered_in(&mut self, took: Duration) {
        self.latency = took.min(SLOWEST);
    }

    pub fn all_due(&mut self, now: Now) {
        self.phone_due = now.mono;
        self.records_due = now.mono;
    }

    /// A call ended, so its record will come soon.
    pub fn records_soon(&mut self, now: Now) {
        if let Some(after_call) = self.records_after_call {
            self.records_due = self.records_due.min(now.mono + after_call);
        }
    }

    pub fn records_by(&mut self, due: Duration) {
        self.records_due = self.records_due.min(due);
    }

    pub fn phone_by(&mut self, due: Duration) {
        self.phone_due = self.phone_due.min(due);
    }

    pub fn phone_now(&mut self, now: Now) {
        self.phone_due = now.mono;
        self.phone_pressing = true;
    }

    /// A slow platform is asked less often.
    fn pace(&self, base: Duration) -> Duration {
        base.max(self.latency * 2)
    }

    fn next(&mut self, base: Duration) -> Duration {
        let pace = self.pace(base);
        self.jittered(pace)
    }

    /// The latest time that `next` can give.
    fn latest(&self, base: Duration, now: Now) -> Duration {
        now.mono + self.pace(base).mul_f64(1.1)
    }

    /// The latest time for the next reading to be asked for, so that its answer comes before the last one is stale.
    fn must_ask_by(&self, last_asked_at: Duration) -> Duration {
        last_asked_at + STALE - Duration::from_secs(1) - self.latency
    }
}

impl Session {
    /// How often the phone is to be read; None: not at all.
    fn phone_interval(&self, now: Now) -> Option<Duration> {
        let alive = self.callbacks.alive(now);
        if self.calls.any() {
            Some(if alive { PHONE_IN_CALL_BESIDE_CALLBACKS } else { PHONE_IN_CALL })
        } else if self.seats.may_take_calls() {
            Some(if alive { PHONE_BESIDE_CALLBACKS } else { PHONE_IDLE })
        } else {
            let matters = |seat: &OwnSeat| seat.is_in() || self.phone.is_not_ready();
            self.seats.all().any(matters).then_some(PHONE_BUSY)
        }
    }

    /// The actual interval in milliseconds, within the platform's pace and the budget; rounded up to a tenth of a second, so that the shown
    /// value is steady.
    pub(super) fn asks_every(&self, now: Now) -> Option<u32> {
        let pace = self.polling.pace(self.phone_interval(now)?);
        let left = self.budget.per_second() - self.queues_in() / self.seats_interval().as_secs_f64();
        let tenths = pace.max(Duration::from_secs_f64(1.0 / left.max(0.01))).as_millis().div_ceil(100);
        Some(u32::try_from(tenths * 100).unwrap_or(u32::MAX))
    }

    fn queues_in(&self) -> f64 {
        self.seats.joined().count() as f64
    }

    /// How often each queue is read while nothing is urgent.
    fn seats_interval(&self) -> Duration {
        let every = |part: f64| Duration::from_secs_f64(self.queues_in() / (self.budget.per_second() * part));
        every(SEATS_PART).clamp(SEATS, SEATS_AT_LEAST).max(every(SEATS_MOST))
    }

    /// The budget is too small for the number of queues: not every queue can be read before its last reading is stale.
    pub(super) fn rate_is_too_low(&self) -> bool {
        self.seats_interval() > SEATS_AT_LEAST
    }

    /// `asked_at`: the time at which the last reading was asked for. A reading from before the end of a call may not show the next call.
    pub(super) fn schedule_phone(&mut self, asked_at: Duration, now: Now) {
        let interval = self.phone_interval(now).unwrap_or(PHONE_BUSY);
        self.polling.phone_due = now.mono + self.polling.next(interval);
        if let Some(settled) = self.calls.settled_at().filter(|at| asked_at < *at) {
            self.polling.phone_by(settled.max(now.mono));
        }
    }

    pub(super) fn schedule_seats(&mut self, name: &QueueName, asked_at: Duration, now: Now) {
        let interval = if self.is_unconfirmed(name) { SEATS_FOR_WISH } else { self.seats_interval() };
        let due = now.mono + self.polling.next(interval);
        let due = self.polling.must_ask_by(asked_at).max(now.mono).min(due);
        if let Some(seat) = self.seats.of_mut(name) {
            seat.read_at(due);
        }
    }

    /// A call changed: its seat's state will change, too, and fetching the past can wait.
    pub(super) fn call_moved(&mut self, now: Now) {
        self.log.give_way(now);
        self.seats.joined_mut().for_each(|seat| seat.read_by(now.mono + SEATS_AFTER_EVENT));
    }

    pub(super) fn poll_deadline(&self) -> Option<Duration> {
        let wants: Vec<_> = self.errands(self.last_now).into_iter().map(|(_, want)| want).collect();
        let next = self.budget.next(&wants, self.newest_asked());
        // Without new readings the last ones become stale, which must be shown.
        [next, self.seats.stale_at(self.last_now)].into_iter().flatten().min()
    }

    pub(super) fn poll(&mut self, now: Now, out: &mut Vec<Effect>) {
        if let Some(interval) = self.phone_interval(now) {
            // If the interval became shorter than the planned one, the shorter one counts from now.
            self.polling.phone_due = self.polling.phone_due.min(self.polling.latest(interval, now));
        }
        loop {
            let (errands, wants): (Vec<_>, Vec<_>) = self.errands(now).into_iter().unzip();
            let Some(index) = self.budget.take(&wants, self.newest_asked(), now.mono) else { return };
            self.carry_out(errands[index].clone(), now, out);
        }
    }

    /// When the newest unanswered request to the platform was sent.
    fn newest_asked(&self) -> Option<Duration> {
        let own = self.asked.values().filter(|asked| asked.waiting.is_none() && !asked.purpose.is_local()).map(|asked| asked.at);
        own.chain(self.turns.newest_given()).max()
    }

    fn errands(&self, now: Now) -> Vec<(Errand, Want<Purpose>)> {
        let want = |kind: Purpose, priority, due| Want { kind, priority, due, latest: None, of_floor: false };
        let waiting = self.asked.iter().filter(|(_, asked)| asked.waiting.is_some());
        let mut errands: Vec<_> =
            waiting.map(|(id, asked)| (Errand::Waiting(*id), want(asked.purpose.kind(), asked.purpose.priority(), asked.at))).collect();
        if !self.sign_in.is_in() {
            return errands;
        }
        for (name, due) in self.due_wishes() {
            let kind = Purpose::Wish { queue: name.clone(), wish: 0 };
            errands.push((Errand::Wish(name), want(kind, Priority::Person, due)));
        }
        if let Some(interval) = self.phone_interval(now).filter(|_| !self.is_asking(&Purpose::Phone)) {
            let is_for_a_ring = self.polling.phone_pressing || self.calls.any() || self.seats.may_take_calls();
            let priority = if is_for_a_ring { Priority::Ring } else { Priority::Seats };
            let due = self.polling.phone_due.min(self.polling.latest(interval, now));
            errands.push((Errand::Phone, want(Purpose::Phone, priority, due)));
        }
        let in_time = !self.rate_is_too_low();
        for seat in self.seats.joined() {
            let queue = seat.queue();
            let kind = Purpose::Seats(queue.clone());
            if self.is_asking(&kind) {
                continue;
            }
            // A reading before the acceptance of a wish cannot confirm it, so the wish is sent first.
            let is_awaited = self.is_unconfirmed(queue) || (seat.read().is_none() && !self.is_changing(queue));
            let priority = if is_awaited { Priority::Person } else { Priority::Seats };
            let latest = seat.read().map(|read| self.polling.must_ask_by(read.mono)).filter(|_| in_time);
            errands.push((Errand::Seats(queue.clone()), Want { latest, ..want(kind, priority, seat.due()) }));
        }
        if !self.log.is_reading() {
            errands.push((Errand::Records, want(Purpose::Records, Priority::Past, self.polling.records_due)));
        }
        if let Some(due) = self.log.fetch_due() {
            errands.push((Errand::Past, want(Purpose::Records, Priority::Past, due)));
        }
        if let Some(due) = self.recording_due() {
            errands.push((Errand::Recording, want(Purpose::Archive, Priority::Past, due)));
        }
        for (id, kind, priority, since) in self.turns.oldest() {
            let turn = want(Purpose::Floor(kind.to_owned()), priority, since);
            errands.push((Errand::Turn(id), Want { of_floor: true, ..turn }));
        }
        errands
    }

    fn carry_out(&mut self, errand: Errand, now: Now, out: &mut Vec<Effect>) {
        match errand {
            Errand::Waiting(id) => {
                let Some(asked) = self.asked.get_mut(&id) else { return };
                let Some(request) = asked.waiting.take() else { return };
                asked.at = now.mono;
                let join = if let Purpose::Join(queue) = &asked.purpose { Some(queue.clone()) } else { None };
                out.push(Effect::Ask { id, request });
                if let Some(queue) = join {
                    self.join_sent(&queue, out);
                }
            }
            Errand::Wish(queue) => self.send_wish(&queue, now, out),
            Errand::Phone => {
                self.polling.phone_pressing = false;
                let extension = self.own_extension();
                self.send(Request::ReadPhone { extension }, Purpose::Phone, now, out);
            }
            Errand::Seats(queue) => self.send(Request::ReadSeats { queue: queue.clone() }, Purpose::Seats(queue), now, out),
            Errand::Records => {
                let interval = self.polling.records_every;
                self.polling.records_due = now.mono + self.polling.jittered(interval);
                self.read_recent_records(now, out);
            }
            Errand::Past => {
                if self.gateway.is_some() {
                    self.log.pause(now.mono + PAST_BY_GATEWAY);
                }
                self.read_past_records(now, out);
            }
            Errand::Recording => self.fetch_recording(out),
            Errand::Turn(id) => {
                self.turns.give(id, now.mono);
                out.push(Effect::GiveTurn { id });
            }
        }
    }

    /// Tells the budget the result of a request, for the time of the next one.
    pub(super) fn budget_answered(&mut self, asked: &Asked, problem: Option<&Problem>, now: Now) {
        if !asked.purpose.is_local() {
            self.budget_ended(&asked.purpose, asked.at, problem, now);
        }
    }

    /// The request of the supervisor's desk ended. An outcome of a turn that is not known any more says nothing about the time since.
    pub(super) fn turn_ended(&mut self, id: TurnId, problem: Option<Problem>, more: usize, now: Now) {
        self.budget.charge(more);
        if let Some((kind, given_at)) = self.turns.end(id) {
            self.budget_ended(&Purpose::Floor(kind), given_at, problem.as_ref(), now);
        }
    }

    fn budget_ended(&mut self, purpose: &Purpose, asked_at: Duration, problem: Option<&Problem>, now: Now) {
        let kind = purpose.kind();
        let Some(problem) = problem else { return self.budget.succeeded(&kind, asked_at) };
        let pauses = match (purpose, purpose.pauses()) {
            (Purpose::Floor(_), _) if problem.code == ProblemCode::ModuleNotLicensed => (UNLICENSED_FLOOR, UNLICENSED),
            (_, (first, _)) if problem.code == ProblemCode::ModuleNotLicensed && !first.is_zero() => (UNLICENSED, UNLICENSED),
            (_, pauses) => pauses,
        };
        let failure = Failure {
            asked_at,
            of_the_way: is_of_the_way(problem),
            of_a_reading: matches!(purpose, Purpose::Phone | Purpose::Seats(_)),
            retry_after: problem.retry_after,
            pauses,
            unit: self.polling.unit(),
        };
        self.budget.failed(&kind, &failure, now.mono);
    }
}
