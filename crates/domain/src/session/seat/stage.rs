//! How far the agent's wish has come at one seat.

use std::time::Duration;

use super::OwnSeat;
use crate::{Now, Problem, ProblemCode, SeatState, Wish, WishStage};

/// The platform may take this long until its readings show what it accepted.
const SHOWS_WITHIN: Duration = Duration::from_secs(3);

/// What one seat has been told of a wish.
#[derive(Debug)]
pub(super) struct Told {
    wish: u64,
    stage: Stage,
}

#[derive(Clone, Debug)]
pub(in crate::session) enum Stage {
    /// To be sent at this time.
    Due(Duration),
    Sent,
    /// Taken by the platform at this time.
    Accepted(Duration),
    Confirmed,
    Failed(Problem),
}

impl Stage {
    pub fn view(&self) -> WishStage {
        match self {
            Self::Due(_) | Self::Sent => WishStage::Pending,
            Self::Accepted(_) => WishStage::Accepted,
            Self::Confirmed => WishStage::Confirmed,
            Self::Failed(problem) => WishStage::Failed { problem: problem.clone() },
        }
    }

    fn not_confirmed() -> Self {
        Self::Failed(Problem::new(ProblemCode::NotConfirmed, "", true))
    }
}

/// What a seat state says of a wish.
enum Verdict {
    Confirms,
    Contradicts,
    /// In a call, the platform's one word for the seat does not say whether it is paused (N18).
    InCall,
    /// A word that says nothing of it (N7).
    Unknown,
}

fn verdict(wish: &Wish, state: SeatState) -> Verdict {
    match (wish, state) {
        (_, SeatState::Receiving | SeatState::Talking) => Verdict::InCall,
        (_, SeatState::Other(_)) => Verdict::Unknown,
        (Wish::Busy { .. }, SeatState::Paused) => Verdict::Confirms,
        (Wish::Available, SeatState::Paused) => Verdict::Contradicts,
        (Wish::Busy { .. }, SeatState::Waiting | SeatState::DidNotAnswer | SeatState::Rejected) => Verdict::Contradicts,
        (Wish::Available, SeatState::Waiting | SeatState::DidNotAnswer | SeatState::Rejected) => Verdict::Confirms,
    }
}

impl OwnSeat {
    /// How far the wish of this id has come here; None: this seat was not told of it.
    pub fn stage(&self, wish: u64) -> Option<&Stage> {
        self.wish.as_ref().filter(|told| told.wish == wish).map(|told| &told.stage)
    }

    /// When the wish is to be sent, where it is to be.
    pub fn wish_due(&self) -> Option<Duration> {
        match self.wish.as_ref()?.stage {
            Stage::Due(at) => Some(at),
            _ => None,
        }
    }

    /// A wish was taken here, whichever, and is not seen yet.
    pub fn has_accepted(&self) -> bool {
        self.accepted_at().is_some()
    }

    fn accepted_at(&self) -> Option<Duration> {
        match self.wish.as_ref()?.stage {
            Stage::Accepted(at) => Some(at),
            _ => None,
        }
    }

    /// What the platform says is against it.
    pub fn contradicts(&self, wish: &Wish) -> bool {
        self.state().is_some_and(|state| matches!(verdict(wish, state), Verdict::Contradicts))
    }

    pub fn tell(&mut self, wish: u64, now: Now) {
        self.wish = Some(Told { wish, stage: Stage::Due(now.mono) });
    }

    pub fn wish_sent(&mut self) {
        self.turn(Stage::Sent);
    }

    /// The platform answered; a reading is to show what it did. `again`: what failed is sent once more.
    pub fn wish_answered(&mut self, wish: u64, problem: Option<Problem>, again: bool, now: Now) {
        let stage = match problem {
            None => Stage::Accepted(now.mono),
            // The budget knows when it is tried again.
            Some(_) if again => Stage::Due(now.mono),
            Some(problem) => Stage::Failed(problem),
        };
        self.wish = Some(Told { wish, stage });
        self.read_now(now);
    }

    /// What the seat was just read to be, asked for at `asked_at`, confirms a wish that the platform took before; once the wish is
    /// overdue it can fail it, too.
    pub fn compare(&mut self, wish: &Wish, asked_at: Duration, is_overdue: bool, now: Now) {
        let Some((accepted_at, state)) = self.accepted_at().zip(self.state()) else { return };
        match verdict(wish, state) {
            _ if asked_at < accepted_at => self.read_now(now),
            Verdict::Confirms => self.turn(Stage::Confirmed),
            Verdict::Contradicts if is_overdue && asked_at >= accepted_at + SHOWS_WITHIN => self.turn(Stage::not_confirmed()),
            Verdict::Contradicts | Verdict::InCall | Verdict::Unknown => {}
        }
    }

    /// The time for a wish is over: what the platform has said since it accepted it is its answer.
    pub fn wish_overdue(&mut self, wish: &Wish) {
        let Some((accepted_at, read)) = self.accepted_at().zip(self.read) else { return };
        if read.mono >= accepted_at + SHOWS_WITHIN && self.contradicts(wish) {
            self.turn(Stage::not_confirmed());
        }
    }

    pub(super) fn give_up_wish(&mut self, wish: u64, problem: &Problem) {
        if self.stage(wish).is_some_and(|stage| !matches!(stage, Stage::Confirmed)) {
            self.turn(Stage::Failed(problem.clone()));
        }
    }

    fn turn(&mut self, stage: Stage) {
        if let Some(told) = &mut self.wish {
            told.stage = stage;
        }
    }
}
