//! How far the agent's wish has come at one seat.

use std::time::Duration;

use super::OwnSeat;
use crate::{Now, Problem, ProblemCode, SeatState, Wish, WishStage};

/// The platform's readings may need this long to show a change that it accepted.
const SHOWS_WITHIN: Duration = Duration::from_secs(3);

/// The last wish that concerned one seat, and its stage there.
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
    /// Accepted by the platform at this time.
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

/// What a seat's state says about a wish.
enum Verdict {
    Confirms,
    Contradicts,
    /// During a call, the seat's state does not say whether it is paused (N18).
    InCall,
    /// The state has an unknown code (N7).
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
    /// The stage of the wish with this id here; None: it does not concern this seat.
    pub fn stage(&self, wish: u64) -> Option<&Stage> {
        self.wish.as_ref().filter(|told| told.wish == wish).map(|told| &told.stage)
    }

    /// When the wish is to be sent, if it waits to be sent.
    pub fn wish_due(&self) -> Option<Duration> {
        match self.wish.as_ref()?.stage {
            Stage::Due(at) => Some(at),
            _ => None,
        }
    }

    /// The platform accepted a wish for this seat, and no reading has shown it yet.
    pub fn has_accepted(&self) -> bool {
        self.accepted_at().is_some()
    }

    fn accepted_at(&self) -> Option<Duration> {
        match self.wish.as_ref()?.stage {
            Stage::Accepted(at) => Some(at),
            _ => None,
        }
    }

    /// Whether the seat's state contradicts the wish.
    pub fn contradicts(&self, wish: &Wish) -> bool {
        self.state().is_some_and(|state| matches!(verdict(wish, state), Verdict::Contradicts))
    }

    pub fn tell(&mut self, wish: u64, now: Now) {
        if let Some(accepted_at) = self.accepted_at() {
            self.replaced_at = accepted_at;
        }
        self.wish = Some(Told { wish, stage: Stage::Due(now.mono) });
    }

    pub fn forget_wish(&mut self) {
        self.wish = None;
    }

    pub fn wish_sent(&mut self) {
        self.turn(Stage::Sent);
    }

    /// The platform answered; a reading must show the result. `again`: a failed request is sent once more.
    pub fn wish_answered(&mut self, wish: u64, problem: Option<Problem>, again: bool, now: Now) {
        // If the wish must be sent again, the answer belongs to an earlier request: the agent has left the queue since, or the platform
        // has lost the seat.
        if matches!(self.stage(wish), Some(Stage::Due(_))) {
            return;
        }
        let stage = match problem {
            None => Stage::Accepted(now.mono),
            // The budget decides when it is tried again.
            Some(_) if again => Stage::Due(now.mono),
            Some(problem) => Stage::Failed(problem),
        };
        self.wish = Some(Told { wish, stage });
        self.read_now(now);
    }

    /// Compares a reading asked for at `asked_at` with the wish. Only a reading asked for after the platform accepted the wish can confirm
    /// it. If the wish is overdue, a reading can also fail it.
    pub fn compare(&mut self, wish: &Wish, asked_at: Duration, is_overdue: bool, now: Now) {
        let Some((accepted_at, state)) = self.accepted_at().zip(self.state()) else { return };
        match verdict(wish, state) {
            _ if asked_at < accepted_at => self.read_now(now),
            Verdict::Confirms => self.turn(Stage::Confirmed),
            Verdict::Contradicts if is_overdue && asked_at >= accepted_at + SHOWS_WITHIN => self.turn(Stage::not_confirmed()),
            Verdict::Contradicts | Verdict::InCall | Verdict::Unknown => {}
        }
    }

    /// The time limit of a wish has passed: a contradicting reading from after its acceptance fails it.
    pub fn wish_overdue(&mut self, wish: &Wish) {
        let Some((accepted_at, read)) = self.accepted_at().zip(self.read) else { return };
        if read.mono >= accepted_at + SHOWS_WITHIN && self.contradicts(wish) {
            self.turn(Stage::not_confirmed());
        }
    }

    pub(super) fn refuse_wish(&mut self, wish: u64, problem: &Problem) {
        if matches!(self.stage(wish), Some(Stage::Due(_))) {
            self.turn(Stage::Failed(problem.clone()));
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
