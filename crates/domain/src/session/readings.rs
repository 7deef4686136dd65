//! What a reading of a queue says of the own seat, and of the others.

use std::time::Duration;

use super::{Session, owed::is_unanswered, queues::Read, view::STALE, wish::SeatNews};
use crate::{
    Effect, LedgerEntry, Membership, NoticeKind, Now, Others, Outcome, Phone, Problem, ProblemCode, QueueName, Seat, SeatState,
    SeatsReading,
};

/// After so long without the platform, what was wished for before is not imposed on it any more.
const SHORT_LOSS: Duration = Duration::from_secs(300);

/// What a row without a state reads as.
const NOTHING: SeatState = SeatState::Other(0);

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
                let is_down = is_unanswered(problem.code);
                if let Some(queue) = self.queue(name) {
                    queue.problem = Some(problem);
                    if is_down {
                        // The budget knows when the way may be open again.
                        queue.due = now.mono;
                    }
                }
            }
        }
    }

    fn seats_read(&mut self, reading: SeatsReading, asked_at: Duration, now: Now, out: &mut Vec<Effect>) {
        let own = self.own_extension();
        let reading = reading.seen_by(&self.agent());
        let asked_to_be_busy = self.wish.asks_for_busy();
        // It may still show an earlier wish: busy, taken back meanwhile.
        let is_changing = self.is_changing(&reading.queue);
        let Some(queue) = self.queues.iter_mut().find(|queue| queue.name == reading.queue) else { return };
        // A question that was sent before we were in says nothing of now.
        if !queue.is_in() || asked_at < queue.joined {
            queue.due = now.mono;
            return;
        }
        // It is as old as its question.
        let took = now.mono.saturating_sub(asked_at);
        let before = queue.read.replace(Read { wall: now.wall.minus(took), mono: asked_at });
        // Nothing was heard for a while, but not for long.
        let failed_since = |before: Read| self.budget.way_failed_at() > before.mono;
        let gap = |before: Read| now.mono.saturating_sub(before.mono);
        let lost = before.is_some_and(|before| (STALE..SHORT_LOSS).contains(&gap(before)) && failed_since(before));
        queue.problem = None;
        queue.others = count_others(&reading.seats, &own);
        let is_unreadable = |seat: &Seat| seat.extension.0.trim().is_empty() || (seat.extension == own && seat.state == NOTHING);
        let cannot_tell = reading.seats.iter().any(is_unreadable);
        let seat = reading.seats.into_iter().find(|seat| seat.extension == own && seat.state != NOTHING);
        let Some(seat) = seat else {
            if cannot_tell {
                // One of the rows may be ours: neither in it nor out of it.
                queue.seat = None;
                queue.missing_once = false;
                queue.problem = Some(Problem::new(ProblemCode::SeatNotRecognised, "", true));
                return;
            }
            if lost {
                queue.membership = Membership::Out;
                self.join(reading.queue, now, out);
            } else if queue.missing_once {
                let queue = reading.queue;
                self.queues.retain(|other| other.name != queue);
                self.is_out_of(&queue, out);
                self.ledger.enter(LedgerEntry::QueueLost { queue: queue.clone() }, out);
                self.notices.add(NoticeKind::RemovedFromQueue { queue }, now.wall);
            } else {
                queue.missing_once = true;
                // Whether we are in it is not known until it is read once more.
                queue.seat = None;
                queue.due = now.mono + Duration::from_secs(1);
            }
            return;
        };
        queue.missing_once = false;
        let took_calls = queue.seat.as_ref().is_some_and(|before| before.state.takes_calls());
        let benched = took_calls && seat.state == SeatState::Paused && !asked_to_be_busy && !is_changing;
        let changed = queue.seat.as_ref().is_some_and(|before| before.state.takes_calls() != seat.state.takes_calls());
        let phone = seat.phone;
        let in_call = matches!(seat.state, SeatState::Receiving | SeatState::Talking);
        queue.seat = Some(seat);
        if in_call && !self.calls.any() {
            // Of whom the call is, the phone says.
            self.polling.phone_now(now);
        }
        if benched {
            self.notices.add(NoticeKind::Benched { queue: reading.queue.clone() }, now.wall);
        }
        if phone != Phone::Unknown {
            self.phone.say(phone, now);
        }
        self.seat_read(&reading.queue, SeatNews { asked_at, changed, lost }, now, out);
    }
}

fn count_others(seats: &[Seat], own: &crate::Extension) -> Others {
    let mut others = Others::default();
    for seat in seats.iter().filter(|seat| seat.extension != *own) {
        let count = match (seat.phone, seat.state) {
            (Phone::NotRegistered | Phone::Disabled | Phone::NotFound, _) | (_, SeatState::Other(_)) => &mut others.away,
            (_, SeatState::Receiving) => &mut others.ringing,
            (_, SeatState::Talking) => &mut others.talking,
            (_, SeatState::Paused) => &mut others.busy,
            (_, SeatState::Waiting | SeatState::DidNotAnswer | SeatState::Rejected) => &mut others.available,
        };
        *count += 1;
    }
    others
}
