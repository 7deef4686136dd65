//! What the other agents do: they begin one after the other, take breaks, and call each other.

use jiff::Timestamp;

use crate::call::{Direction, Method, Party, RingSpec};
use crate::codes;
use crate::options::{Answering, ExtensionSpec};
use crate::seat::SeatState;
use crate::world::{Due, World, after};

impl World {
    /// Lets one of the other agents begin after a random time, so that they do not all begin at once.
    pub(crate) fn begin_life(&mut self, spec: &ExtensionSpec, now: Timestamp) {
        if spec.answering != Answering::OwnLife || self.options.pace.is_none() {
            return;
        }
        let ready = after(now, self.random.between(1, 45));
        self.idle_from(&spec.number, now, ready);
        let first = self.random.between(5, 240);
        self.schedule(now, first, Due::Life(spec.number.clone()));
    }

    /// One of the other agents takes a break, comes back, or calls a colleague; or the voice robot calls a customer.
    pub(crate) fn live(&mut self, extension: &str, now: Timestamp) {
        let seats = self.seats.iter().filter(|seat| seat.extension == extension);
        let seats: Vec<(String, SeatState)> = seats.map(|s| (s.queue.clone(), s.state)).collect();
        let paused = seats.iter().any(|(_, state)| *state == SeatState::Paused);
        let next = if paused { self.random.between(90, 420) } else { self.random.between(25, 150) };
        if self.random.one_in(12) {
            self.robot_calls(now);
        } else if !paused && self.random.one_in(3) {
            self.call_colleague(extension, now);
        } else {
            for (queue, _) in seats {
                self.set_busy(&queue, extension, !paused, now);
            }
        }
        self.schedule(now, next, Due::Life(extension.to_owned()));
    }

    /// The company's voice robot calls a customer, without an agent (method 6).
    fn robot_calls(&mut self, now: Timestamp) {
        let customer = self.random.pick(&self.customers).map(|customer| customer.number.clone());
        let spec = RingSpec { customer: customer.unwrap_or_default(), method: Method::IvrOrGroup, ..RingSpec::default() };
        let id = self.begin(spec, None, now);
        let seconds = self.random.between(5, 30);
        self.schedule(now, seconds, Due::CustomerFails(id, codes::UNLISTED_CAUSE));
    }

    /// A short call between the extensions of two of the other agents (N12, method 1).
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
