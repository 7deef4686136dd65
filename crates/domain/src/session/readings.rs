//! The consequences of readings. Of a queue: a lost seat, a notice, the progress of the wish. Of the phone: a call, and whether queues can
//! be joined.

use std::time::Duration;

use super::{
    Session,
    owed::is_unanswered,
    seat::{News, Reading},
};
use crate::{Effect, LedgerEntry, NoticeKind, Now, Outcome, Phone, PhoneReading, Problem, QueueName, SeatState, SeatsReading};

impl Session {
    pub(super) fn seats_answered(
        &mut self,
        name: &QueueName,
        outcome: Result<Outcome, Problem>,
        asked_at: Duration,
        now: Now,
        out: &mut Vec<Effect>,
    ) {
        self.schedule_seats(name, asked_at, now);
        match outcome {
            Ok(Outcome::Seats(reading)) => self.seats_read(reading, asked_at, now, out),
            Ok(_) => {}
            Err(problem) => {
                let Some(seat) = self.seats.of_mut(name) else { return };
                if is_unanswered(problem.code) {
                    // The budget decides when the platform is asked again.
                    seat.read_now(now);
                }
                seat.reading_failed(problem);
            }
        }
    }

    fn seats_read(&mut self, reading: SeatsReading, asked_at: Duration, now: Now, out: &mut Vec<Effect>) {
        let own = self.own_extension();
        let SeatsReading { queue, seats, others } = reading.seen_by(&self.agent());
        let Some(seat) = self.seats.of_mut(&queue) else { return };
        match seat.take_reading(seats, others, &own, asked_at, self.budget.way_failed_at(), now) {
            Reading::Nothing => {}
            Reading::Lost => self.join(queue, now, out),
            Reading::Removed => {
                self.seats.remove(&queue);
                self.is_out_of(&queue, out);
                self.ledger.enter(LedgerEntry::QueueLost { queue: queue.clone() }, out);
                self.notices.add(NoticeKind::RemovedFromQueue { queue }, now.wall);
            }
            Reading::Seat(news) => self.seat_read(&queue, news, now, out),
        }
    }

    fn seat_read(&mut self, queue: &QueueName, news: News, now: Now, out: &mut Vec<Effect>) {
        if matches!(news.state, SeatState::Receiving | SeatState::Talking) && !self.calls.any() {
            // A reading of the phone says which call this is.
            self.polling.phone_now(now);
        }
        let took_calls = news.before.is_some_and(SeatState::takes_calls);
        // A reading may still show the pause of an earlier wish.
        if took_calls && news.state == SeatState::Paused && !self.wish.asks_for_busy() && !self.is_changing(queue) {
            self.notices.add(NoticeKind::Benched { queue: queue.clone() }, now.wall);
        }
        if news.phone != Phone::Unknown {
            self.phone.say(news.phone, now);
        }
        self.compare_wish(queue, news, now, out);
    }

    pub(super) fn phone_answered(&mut self, outcome: Result<Outcome, Problem>, asked_at: Duration, now: Now, out: &mut Vec<Effect>) {
        self.schedule_phone(asked_at, now);
        match outcome {
            Ok(Outcome::Phone(reading)) => self.phone_read(reading, asked_at, now, out),
            Ok(_) => {}
            // The reading failed, so a late ring may still ring: one card too many is better than a missed call.
            Err(_) => self.calls.show_doubtful_cards(),
        }
    }

    fn phone_read(&mut self, reading: PhoneReading, asked_at: Duration, now: Now, out: &mut Vec<Effect>) {
        let phone = reading.phone;
        if phone != Phone::Unknown {
            self.phone.say(phone, now);
        }
        self.learn_company(&reading, now, out);
        let known = self.calls.any();
        self.call_read(reading, asked_at, now, out);
        if !known && self.calls.any() {
            self.callbacks.contradict();
        }
        self.phone_seen(phone, now, out);
    }
}
