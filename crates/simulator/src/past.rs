//! What was before the simulator started, and the lives of the other agents.

use jiff::{SignedDuration, Timestamp, ToSpan};

use crate::call::{Bill, Direction, Method, Party, RingSpec};
use crate::codes;
use crate::customers;
use crate::options::{Answering, ExtensionSpec};
use crate::seat::SeatState;
use crate::world::{Due, World, after};

/// How far back the bills go, in days.
const DAYS: u64 = 6;

impl World {
    /// Bills of the first extension over the last days, in office hours.
    pub(crate) fn remember_past(&mut self, now: Timestamp) {
        let Some(own) = self.options.extensions.first().cloned() else {
            return;
        };
        let mut starts: Vec<Timestamp> = (0..self.options.past_bills).map(|_| self.past_start(now)).collect();
        starts.sort();
        for started in starts {
            let bill = self.past_bill(&own, started);
            self.bills.push(bill);
        }
    }

    /// Between 9 and 18 o'clock at the platform, at least a quarter of an hour ago.
    fn past_start(&mut self, now: Timestamp) -> Timestamp {
        let local = now.to_zoned(self.zone.clone());
        let days = self.random.between(0, DAYS - 1) as i64;
        let seconds = self.random.between(9 * 3600, 18 * 3600) as i64;
        let opening = local.start_of_day().unwrap_or(local).timestamp();
        let at = opening + SignedDuration::from_secs(seconds - days * 86_400);
        if at > now - 15.minutes() {
            return at - SignedDuration::from_secs(DAYS as i64 * 86_400);
        }
        at
    }

    fn past_bill(&mut self, own: &ExtensionSpec, started: Timestamp) -> Bill {
        let customer = self.random.pick(&self.customers).cloned();
        let (customer, custom) = customer.map(|c| (c.number, c.custom)).unwrap_or_default();
        let incoming = self.random.one_in(8);
        let (answered, ended, cause) = if self.random.percent(80) {
            let answered = after(started, self.random.between(4, 18));
            let ended = after(answered, self.random.between(12, 420));
            (Some(answered), ended, codes::HUNG_UP)
        } else {
            let causes = [codes::TIMED_OUT, codes::CANCELLED, codes::UNLISTED_CAUSE];
            let cause = self.random.pick(&causes).copied();
            let ended = after(started, self.random.between(8, 35));
            (None, ended, cause.unwrap_or(codes::TIMED_OUT))
        };
        let uuid = self.mint.mint(started);
        let recorded = answered.filter(|_| self.random.percent(75));
        let recording = recorded.map(|at| self.recording_name(&own.number, &customer, &uuid, at));
        let sides = [codes::CALLER_HUNG_UP, codes::CALLED_HUNG_UP];
        let side = self.random.pick(&sides).copied();
        Bill {
            id: self.next_id(),
            uuid,
            extension: own.number.clone(),
            agent: own.agent.clone(),
            customer,
            display_number: customers::display_number(&self.options.account.company_code, &mut self.random),
            started,
            answered,
            ended,
            direction: if incoming { Direction::CallIn } else { Direction::CallOut },
            method: if incoming || self.random.one_in(10) { Method::Manual } else { Method::Predictive },
            custom,
            recording: recording.unwrap_or_default(),
            hung_up_by: side.unwrap_or(codes::CALLER_HUNG_UP),
            cause,
            synced: false,
        }
    }

    /// The other agents do not all begin at once.
    pub(crate) fn begin_life(&mut self, spec: &ExtensionSpec, now: Timestamp) {
        if spec.answering != Answering::OwnLife || self.options.pace.is_none() {
            return;
        }
        let ready = after(now, self.random.between(1, 45));
        self.idle_from(&spec.number, now, ready);
        let first = self.random.between(5, 240);
        self.schedule(now, first, Due::Life(spec.number.clone()));
    }

    /// One of the other agents goes on a break, comes back, or calls a colleague.
    pub(crate) fn live(&mut self, extension: &str, now: Timestamp) {
        let seats = self.seats.iter().filter(|seat| seat.extension == extension);
        let seats: Vec<(String, SeatState)> = seats.map(|s| (s.queue.clone(), s.state)).collect();
        let paused = seats.iter().any(|(_, state)| *state == SeatState::Paused);
        let next = if paused { self.random.between(90, 420) } else { self.random.between(25, 150) };
        if !paused && self.random.one_in(3) {
            self.call_colleague(extension, now);
        } else {
            for (queue, _) in seats {
                self.set_busy(&queue, extension, !paused, now);
            }
        }
        self.schedule(now, next, Due::Life(extension.to_owned()));
    }

    /// A short call between two extensions that both live by themselves (N12, method 1).
    fn call_colleague(&mut self, from: &str, now: Timestamp) {
        let others = self.extensions.values();
        let others = others.filter(|e| e.answering == Answering::OwnLife && e.number != from);
        let others: Vec<String> = others.map(|e| e.number.clone()).collect();
        let Some(to) = self.random.pick(&others).cloned() else {
            return;
        };
        if self.call_on(from).is_some() || self.call_on(&to).is_some() {
            return;
        }
        let id = self.ring(
            RingSpec {
                extension: to,
                customer: from.to_owned(),
                direction: Direction::CallIn,
                method: Method::BetweenExtensions,
                ..RingSpec::default()
            },
            now,
        );
        self.schedule(now, 3, Due::Answer(id, 1));
        let long = self.random.between(8, 40);
        self.schedule(now, long, Due::HangUp(id, Party::Customer));
    }
}
