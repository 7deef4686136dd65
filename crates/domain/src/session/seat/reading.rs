//! What a reading of a queue says of the own seat, how long it counts, and when the next one is due.

use std::time::Duration;

use super::OwnSeat;
use crate::{Extension, Membership, Now, Others, Phone, Problem, ProblemCode, Seat, SeatState, Timestamp};

/// A reading older than this is not shown as true.
pub(in crate::session) const STALE: Duration = Duration::from_secs(30);
/// If the platform was unreachable for longer than this, the earlier wish is not imposed on it again.
const SHORT_LOSS: Duration = Duration::from_secs(300);
/// If the agent's row is missing, the queue is read again after this pause before the seat counts as lost.
const MISSING_AGAIN: Duration = Duration::from_secs(1);
/// The state of a row that has none.
const NOTHING: SeatState = SeatState::Other(0);

/// When the last reading was asked for: it says nothing about later.
#[derive(Clone, Copy, Debug)]
pub(in crate::session) struct Read {
    pub wall: Timestamp,
    pub mono: Duration,
}

/// The result of a reading for the own seat.
#[derive(Clone, Copy, Debug)]
pub(in crate::session) enum Reading {
    /// The reading says nothing that counts.
    Nothing,
    /// The agent is out of the queue after a short loss of the connection.
    Lost,
    /// The agent is out of the queue, although Ringside did not sign out.
    Removed,
    Seat(News),
}

#[derive(Clone, Copy, Debug)]
pub(in crate::session) struct News {
    pub asked_at: Duration,
    pub state: SeatState,
    /// The state in the reading before, if that had one.
    pub before: Option<SeatState>,
    pub phone: Phone,
    /// Before this reading, the platform was unreachable for a while.
    pub lost: bool,
}

impl News {
    /// Whether the seat began or stopped taking calls.
    pub fn is_changed(&self) -> bool {
        self.before.is_some_and(|before| before.takes_calls() != self.state.takes_calls())
    }
}

impl OwnSeat {
    /// The state that the platform said last.
    pub fn state(&self) -> Option<SeatState> {
        self.row.as_ref().map(|row| row.state)
    }

    /// Whether the platform says that it gives the agent calls from this queue.
    pub fn takes_calls(&self) -> bool {
        self.state().is_some_and(SeatState::takes_calls)
    }

    /// Whether the platform says that a call of this queue rings or goes on.
    pub fn is_in_call(&self) -> bool {
        self.state().is_some_and(SeatState::is_in_call)
    }

    pub fn changed_at(&self) -> Option<Timestamp> {
        self.row.as_ref().and_then(|row| row.changed_at)
    }

    pub fn wrap_up_seconds(&self) -> u32 {
        self.row.as_ref().map_or(0, |row| row.wrap_up_seconds)
    }

    pub fn read(&self) -> Option<Read> {
        self.read
    }

    pub fn due(&self) -> Duration {
        self.due
    }

    /// The reading is not old, the last request was answered, and no wish was accepted and replaced since.
    pub fn is_fresh(&self, now: Now) -> bool {
        let is_of_now = self.read.is_some_and(|read| read.mono >= self.replaced_at);
        self.problem.is_none() && is_of_now && self.stale_at().is_some_and(|at| now.mono < at)
    }

    pub(super) fn stale_at(&self) -> Option<Duration> {
        self.read.map(|read| read.mono + STALE)
    }

    pub fn read_now(&mut self, now: Now) {
        self.due = now.mono;
    }

    pub fn read_at(&mut self, due: Duration) {
        self.due = due;
    }

    pub fn read_by(&mut self, latest: Duration) {
        self.due = self.due.min(latest);
    }

    /// Forgets the reading, but not the membership, which the next reading tells.
    pub(super) fn forget_reading(&mut self) {
        self.read = None;
        self.problem = None;
    }

    pub(super) fn clock_set(&mut self, corrected: impl Fn(Timestamp) -> Timestamp) {
        if let Some(read) = &mut self.read {
            read.wall = corrected(read.wall);
        }
    }

    pub fn reading_failed(&mut self, problem: Problem) {
        self.problem = Some(problem);
    }

    /// Takes the rows of the queue, asked for at `asked_at`; `others` counts those that are not among them. `failed_at`: when the platform was last unreachable.
    pub fn take_reading(
        &mut self,
        rows: Vec<Seat>,
        others: Option<Others>,
        own: &Extension,
        asked_at: Duration,
        failed_at: Duration,
        now: Now,
    ) -> Reading {
        // A question that was sent before the sign-in says nothing about now.
        if !self.is_in() || asked_at < self.joined {
            self.read_now(now);
            return Reading::Nothing;
        }
        // A reading is as old as its question.
        let took = now.mono.saturating_sub(asked_at);
        let before = self.read.replace(Read { wall: now.wall.minus(took), mono: asked_at });
        // Lost means: the platform was unreachable for a while, but not for long.
        let is_lost = |before: Read| (STALE..SHORT_LOSS).contains(&now.mono.saturating_sub(before.mono)) && failed_at > before.mono;
        let lost = before.is_some_and(is_lost);
        self.problem = None;
        self.others = others.unwrap_or_else(|| count_others(&rows, own));
        let is_unreadable = |row: &Seat| row.extension.0.trim().is_empty() || (row.extension == *own && row.state == NOTHING);
        let cannot_tell = rows.iter().any(is_unreadable);
        match rows.into_iter().find(|row| row.extension == *own && row.state != NOTHING) {
            Some(row) => {
                self.missing_once = false;
                let (state, phone) = (row.state, row.phone);
                let before = self.row.replace(row).map(|before| before.state);
                Reading::Seat(News { asked_at, state, before, phone, lost })
            }
            None if cannot_tell => {
                // One of the unreadable rows may be the agent's, so the membership is unknown.
                self.row = None;
                self.missing_once = false;
                self.problem = Some(Problem::new(ProblemCode::SeatNotRecognised, "", true));
                Reading::Nothing
            }
            None if lost => {
                self.membership = Membership::Out;
                Reading::Lost
            }
            None if self.missing_once => Reading::Removed,
            None => {
                // One reading without the row is not enough; a second one decides.
                self.missing_once = true;
                self.row = None;
                self.due = now.mono + MISSING_AGAIN;
                Reading::Nothing
            }
        }
    }
}

fn count_others(rows: &[Seat], own: &Extension) -> Others {
    let mut others = Others::default();
    for row in rows.iter().filter(|row| row.extension != *own) {
        let count = match (row.phone, row.state) {
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
