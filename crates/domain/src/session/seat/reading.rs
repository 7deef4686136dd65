//! What a reading of a queue says of the own seat, how long that counts, and when the next one is due.

use std::time::Duration;

use super::OwnSeat;
use crate::{Extension, Membership, Now, Others, Phone, Problem, ProblemCode, Seat, SeatState, Timestamp};

/// What was read longer ago than this is not shown as true.
pub(in crate::session) const STALE: Duration = Duration::from_secs(30);
/// After so long without the platform, what was wished for before is not imposed on it any more.
const SHORT_LOSS: Duration = Duration::from_secs(300);
/// A row that is missing is looked for once more before the seat counts as lost.
const MISSING_AGAIN: Duration = Duration::from_secs(1);
/// What a row without a state reads as.
const NOTHING: SeatState = SeatState::Other(0);

/// When what was read was asked for: it says nothing of later.
#[derive(Clone, Copy, Debug)]
pub(in crate::session) struct Read {
    pub wall: Timestamp,
    pub mono: Duration,
}

/// What a reading says of the own seat.
#[derive(Clone, Copy, Debug)]
pub(in crate::session) enum Reading {
    /// Nothing that counts.
    Nothing,
    /// The agent is out of the queue, after a short loss of connection.
    Lost,
    /// The agent is out of the queue, and was not meant to be.
    Removed,
    Seat(News),
}

#[derive(Clone, Copy, Debug)]
pub(in crate::session) struct News {
    pub asked_at: Duration,
    pub state: SeatState,
    /// What the reading before said, if it said something.
    pub before: Option<SeatState>,
    pub phone: Phone,
    /// The platform was not heard for a while before.
    pub lost: bool,
}

impl News {
    /// Whether calls are taken is not as it was.
    pub fn is_changed(&self) -> bool {
        self.before.is_some_and(|before| before.takes_calls() != self.state.takes_calls())
    }
}

impl OwnSeat {
    /// What the platform last said.
    pub fn state(&self) -> Option<SeatState> {
        self.row.as_ref().map(|row| row.state)
    }

    /// The platform says that it gives the agent calls here.
    pub fn takes_calls(&self) -> bool {
        self.state().is_some_and(SeatState::takes_calls)
    }

    /// The platform says that a call of this queue rings or goes on.
    pub fn is_in_call(&self) -> bool {
        matches!(self.state(), Some(SeatState::Receiving | SeatState::Talking))
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

    /// What was read counts: it is not old, and the last question was answered.
    pub fn is_fresh(&self, now: Now) -> bool {
        self.problem.is_none() && self.stale_at().is_some_and(|at| now.mono < at)
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

    /// Forget what was read, but not that we are signed in: the next reading says.
    pub(super) fn forget_reading(&mut self) {
        self.read = None;
        self.problem = None;
    }

    pub fn reading_failed(&mut self, problem: Problem) {
        self.problem = Some(problem);
    }

    /// All rows of the queue, asked for at `asked_at`. `failed_at`: when the platform was last not reached.
    pub fn take_reading(&mut self, rows: Vec<Seat>, own: &Extension, asked_at: Duration, failed_at: Duration, now: Now) -> Reading {
        // A question that was sent before we were in says nothing of now.
        if !self.is_in() || asked_at < self.joined {
            self.read_now(now);
            return Reading::Nothing;
        }
        // It is as old as its question.
        let took = now.mono.saturating_sub(asked_at);
        let before = self.read.replace(Read { wall: now.wall.minus(took), mono: asked_at });
        // Nothing was heard for a while, but not for long.
        let is_lost = |before: Read| (STALE..SHORT_LOSS).contains(&now.mono.saturating_sub(before.mono)) && failed_at > before.mono;
        let lost = before.is_some_and(is_lost);
        self.problem = None;
        self.others = count_others(&rows, own);
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
                // One of the rows may be ours: neither in it nor out of it.
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
                // Whether we are in it is not known until it is read once more.
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
