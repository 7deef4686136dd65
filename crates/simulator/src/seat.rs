//! Seats: an agent's place in a queue, and the services that sign an agent in and out, set a seat's state, and return it
//! (sections «extension check in», «extension sign out», «Set agent idle status», «Get extension status interface»).

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::codes::{self, Code};
use crate::envelope::{Answer, Refusal};
use crate::extension::Phone;
use crate::form::Form;
use crate::world::{Due, World};

/// An agent's state in a queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SeatState {
    /// 1212
    DidNotAnswer,
    /// 1213, idle
    Waiting,
    /// 1214, the phone rings
    Receiving,
    /// 1215
    Answered,
    /// 1216
    Rejected,
    /// 1217, busy
    Paused,
}

impl SeatState {
    pub(crate) fn code(self) -> Code {
        1212 + self as Code
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Seat {
    pub(crate) queue: String,
    pub(crate) extension: String,
    pub(crate) agent: String,
    pub(crate) state: SeatState,
    pub(crate) changed: Timestamp,
    pub(crate) last_answer: Option<Timestamp>,
    pub(crate) last_assign: Option<Timestamp>,
    /// Misses in a row (N19).
    pub(crate) missed: u32,
    pub(crate) answered: u32,
    /// The seat is paused after the present call: busy was asked for during it, or too many calls were missed.
    pub(crate) pause_after: bool,
}

impl World {
    pub(crate) fn seat(&mut self, queue: &str, extension: &str) -> Option<&mut Seat> {
        let mut seats = self.seats.iter_mut();
        seats.find(|seat| seat.queue == queue && seat.extension == extension)
    }

    pub(crate) fn set_seat(&mut self, queue: &str, extension: &str, state: SeatState, now: Timestamp) {
        if let Some(seat) = self.seat(queue, extension)
            && seat.state != state
        {
            seat.state = state;
            seat.changed = now;
        }
    }

    /// The queues in which a call of this queue changes the extension's seat.
    pub(crate) fn moved_by(&self, queue: &str, extension: &str) -> Vec<String> {
        if !self.options.one_state_an_agent {
            return vec![queue.to_owned()];
        }
        let seats = self.seats.iter().filter(|seat| seat.extension == extension);
        seats.filter(|seat| seat.queue == queue || seat.state != SeatState::Paused).map(|seat| seat.queue.clone()).collect()
    }

    /// Sets the state of all seats of the extension that a call of this queue changes.
    pub(crate) fn move_seats(&mut self, queue: &str, extension: &str, state: SeatState, now: Timestamp) {
        for queue in self.moved_by(queue, extension) {
            self.set_seat(&queue, extension, state, now);
        }
    }

    pub(crate) fn take_seat(&mut self, queue: &str, extension: &str, agent: &str, now: Timestamp) {
        self.seats.push(Seat {
            queue: queue.to_owned(),
            extension: extension.to_owned(),
            agent: agent.to_owned(),
            state: SeatState::Waiting,
            changed: now,
            last_answer: None,
            last_assign: None,
            missed: 0,
            answered: 0,
            pause_after: false,
        });
        self.became_idle(extension, now);
    }

    /// After a call, a miss or a refusal: the seat is paused if that was asked for, else it waits again, at once or after the delay.
    pub(crate) fn rest_seat(&mut self, queue: &str, extension: &str, state: SeatState, now: Timestamp) {
        let delay = self.options.no_answer_delay;
        let brief = state != SeatState::Waiting;
        let Some(seat) = self.seat(queue, extension) else {
            return;
        };
        seat.changed = now;
        if std::mem::take(&mut seat.pause_after) {
            seat.state = SeatState::Paused;
        } else if brief && delay > 0 {
            seat.state = state;
            let due = Due::SeatWaits(queue.to_owned(), extension.to_owned(), now);
            self.schedule(now, delay, due);
        } else {
            seat.state = SeatState::Waiting;
        }
    }

    /// The delay after a miss or a refusal is over.
    pub(crate) fn wait_again(&mut self, queue: &str, extension: &str, since: Timestamp, now: Timestamp) {
        if self.seat(queue, extension).is_some_and(|seat| seat.changed == since) {
            self.set_seat(queue, extension, SeatState::Waiting, now);
        }
    }

    /// SipSignIn; code 1218 if the extension is signed in already. An extension that is not registered may sign in, unless the options
    /// forbid it.
    pub(crate) fn sip_sign_in(&mut self, form: &Form, now: Timestamp) -> Result<Answer, Refusal> {
        let queue = form.required("queuename")?;
        let extension = form.required("extnumber")?;
        let agent = form.required_number("crmid", 0..=i64::MAX)?.to_string();
        if !self.queues.contains_key(queue) {
            return Ok(Answer::Failed(codes::ILLEGAL_QUEUE));
        }
        if let Some(code) = self.objection(extension) {
            return Ok(Answer::Failed(code));
        }
        if self.options.registered_only && self.phone(extension) == Phone::NotRegistered {
            return Ok(Answer::Failed(codes::NOT_REGISTERED));
        }
        if self.seat(queue, extension).is_some() {
            return Ok(Answer::Failed(codes::CHECKED_IN));
        }
        self.take_seat(queue, extension, &agent, now);
        Ok(Answer::Done)
    }

    /// SipSignOut; code 1002 if the agent is not signed in.
    pub(crate) fn sip_sign_out(&mut self, form: &Form) -> Result<Answer, Refusal> {
        let queue = form.required("queuename")?;
        let extension = form.required("extnumber")?;
        let agent = form.required_number("crmid", 0..=i64::MAX)?.to_string();
        if let Some(code) = self.no_seat(queue, extension, &agent) {
            return Ok(Answer::Failed(code));
        }
        self.seats.retain(|seat| seat.queue != queue || seat.extension != extension);
        Ok(Answer::Done)
    }

    /// SetSeatsStatus: 1 busy, 2 idle (N14). Without `extnumber` the agent's number finds the seat.
    pub(crate) fn set_seats_status(&mut self, form: &Form, now: Timestamp) -> Result<Answer, Refusal> {
        let busy = form.required_number("settype", 1..=2)? == 1;
        let agent = form.required_number("crmid", 0..=i64::MAX)?.to_string();
        let queue = form.required("queuename")?;
        let extension = match form.optional("extnumber") {
            "" => {
                let mut seats = self.seats.iter();
                let seat = seats.find(|seat| seat.queue == queue && seat.agent == agent);
                seat.map(|seat| seat.extension.clone()).unwrap_or_default()
            }
            given => given.to_owned(),
        };
        if let Some(code) = self.no_seat(queue, &extension, &agent) {
            return Ok(Answer::Failed(code));
        }
        self.set_busy(queue, &extension, busy, now);
        Ok(Answer::Done)
    }

    /// Makes the seat busy or idle; during a call the change waits for the call's end.
    pub(crate) fn set_busy(&mut self, queue: &str, extension: &str, busy: bool, now: Timestamp) {
        let Some(seat) = self.seat(queue, extension) else {
            return;
        };
        if matches!(seat.state, SeatState::Receiving | SeatState::Answered) {
            seat.pause_after = busy;
            return;
        }
        seat.pause_after = false;
        if busy {
            return self.set_seat(queue, extension, SeatState::Paused, now);
        }
        if seat.state == SeatState::Paused {
            seat.missed = 0;
            self.set_seat(queue, extension, SeatState::Waiting, now);
            self.became_idle(extension, now);
        }
    }

    /// The code of the reason why the agent has no seat in the queue; `None` if there is one.
    fn no_seat(&mut self, queue: &str, extension: &str, agent: &str) -> Option<Code> {
        if !self.queues.contains_key(queue) {
            return Some(codes::ILLEGAL_QUEUE);
        }
        if !extension.is_empty()
            && let Some(code) = self.objection(extension)
        {
            return Some(code);
        }
        match self.seat(queue, extension) {
            Some(seat) if seat.agent == agent => None,
            _ => Some(codes::ABNORMAL),
        }
    }

    /// GetQueueSipStatus: one row for each seat (N18).
    pub(crate) fn get_queue_sip_status(&mut self, form: &Form) -> Result<Answer, Refusal> {
        let queue = form.optional("queuename");
        let extensions = form.list("extnumber");
        let state = form.number_or("state", 0, 0..=4)?;
        if !queue.is_empty() && !self.queues.contains_key(queue) {
            return Ok(Answer::Failed(codes::ILLEGAL_QUEUE));
        }
        let seats = self.seats.iter().filter(|seat| {
            (queue.is_empty() || seat.queue == queue)
                && (extensions.is_empty() || extensions.contains(&seat.extension.as_str()))
                && self.asked_for(state, seat)
        });
        let rows = seats.map(|seat| self.seat_row(seat)).collect();
        Ok(Answer::Result(Value::Array(rows)))
    }

    /// Whether the seat is in this `state` of GetQueueSipStatus. «waiting» is «idle» with a registered phone.
    fn asked_for(&self, state: i64, seat: &Seat) -> bool {
        match state {
            1 => seat.state == SeatState::Waiting,
            2 => seat.state == SeatState::Waiting && self.phone(&seat.extension) == Phone::Registered,
            3 => seat.state == SeatState::Receiving,
            4 => seat.state == SeatState::Answered,
            _ => true,
        }
    }

    fn seat_row(&self, seat: &Seat) -> Value {
        let company = &self.options.account.company_code;
        let time = |at: Option<Timestamp>| at.map(|at| self.local(at)).unwrap_or_default();
        let queue = self.queues.get(&seat.queue);
        json!({
            "queuename": seat.queue,
            "seatsname": format!("{}_{}_{}-{company}", seat.agent, seat.extension, seat.queue),
            "extnumber": seat.extension,
            "status": self.extension_code(&seat.extension),
            "state": seat.state.code(),
            "lastanswertime": time(seat.last_answer),
            "lastassigntime": time(seat.last_assign),
            "seatschangetime": self.local(seat.changed),
            "noanswercount": seat.missed,
            "callsanswered": seat.answered,
            "externalcallscount": 0,
            "wrapuptime": queue.map_or(0, |queue| queue.wrap_up),
            "maxnoanswer": queue.map_or(0, |queue| queue.max_no_answer),
        })
    }
}
