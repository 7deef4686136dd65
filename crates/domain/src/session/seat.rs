//! The agent's own seats, one per queue: whether the agent is in the queue, what the platform says of the seat, how far the wish
//! has come there, and when the seat is read next.
//!
//! A seat is changed only by methods of [`OwnSeat`] and [`Seats`]; the fields are private, so no other module can write them. This
//! module sends no requests: `queues`, `readings`, `wish` and `polling` do, and report to it.
//!
//! Its terms:
//!
//! - **seat**: an agent's place in a queue. [`OwnSeat`] is the own agent's; [`crate::Seat`] is any agent's row in a reading.
//! - **membership**: whether the own agent is signed in to the queue ([`Membership`]).
//! - **seat state**: what the platform says of a seat ([`crate::SeatState`]).
//! - **reading**: an answer to GetQueueSipStatus. It describes the moment when the question was sent.
//! - **wish**: the state that the agent wants, available or busy ([`crate::Wish`]).
//! - **stage**: how far the wish has come at one seat ([`Stage`]). Its **progress** is how far it has come as a whole
//!   ([`crate::WishProgress`]).

mod list;
mod reading;
mod stage;

use std::time::Duration;

use crate::{Membership, Now, Others, Problem, ProblemCode, QueueName, QueueView, Seat};

pub(super) use list::Seats;
pub(super) use reading::{News, Reading, STALE};
pub(super) use stage::Stage;

#[derive(Debug)]
pub(super) struct OwnSeat {
    queue: QueueName,
    membership: Membership,
    /// When the agent was last signed in to the queue.
    joined: Duration,
    /// When the next attempt to sign in is due.
    rejoin: Option<Duration>,
    /// An earlier sign-in of ours may have succeeded unnoticed. If so, «already in the queue» is our own doing.
    in_doubt: bool,
    /// Before the present sign-in, the platform cannot have had the agent in the queue.
    newly_entered: bool,
    /// The agent's row in the last reading.
    row: Option<Seat>,
    others: Others,
    read: Option<reading::Read>,
    /// Why the last reading failed, or why the platform refused the last change.
    problem: Option<Problem>,
    /// The last reading had no row for the agent.
    missing_once: bool,
    /// When the next reading is due.
    due: Duration,
    wish: Option<stage::Told>,
    /// When the platform accepted the last wish that another one replaced before a reading showed it.
    replaced_at: Duration,
}

impl OwnSeat {
    fn new(queue: QueueName, in_doubt: bool) -> Self {
        Self {
            queue,
            membership: Membership::Joining,
            joined: Duration::ZERO,
            rejoin: None,
            in_doubt,
            newly_entered: false,
            row: None,
            others: Others::default(),
            read: None,
            problem: None,
            missing_once: false,
            due: Duration::ZERO,
            wish: None,
            replaced_at: Duration::ZERO,
        }
    }

    pub fn queue(&self) -> &QueueName {
        &self.queue
    }

    pub fn membership(&self) -> &Membership {
        &self.membership
    }

    pub fn is_in(&self) -> bool {
        self.membership == Membership::In
    }

    pub fn is_in_doubt(&self) -> bool {
        self.in_doubt
    }

    pub fn is_newly_entered(&self) -> bool {
        self.newly_entered
    }

    /// The sign-in failed because of the phone; it is repeated as soon as the phone is ready.
    pub fn waits_for_phone(&self) -> bool {
        use ProblemCode::{ExtensionDisabled, ExtensionUnknown, PhoneNotRegistered};
        let of_the_phone = |problem: &Problem| matches!(problem.code, PhoneNotRegistered | ExtensionDisabled | ExtensionUnknown);
        matches!(&self.membership, Membership::Failed { problem } if of_the_phone(problem))
    }

    /// A queue that is being joined or left can give a call, too.
    pub fn may_give_a_call(&self) -> bool {
        matches!(self.membership, Membership::In | Membership::Joining | Membership::Leaving)
    }

    /// The sign-in will be sent as soon as nothing prevents it.
    fn joining(&mut self, in_doubt: bool) {
        self.membership = Membership::Joining;
        self.rejoin = None;
        self.in_doubt = in_doubt;
    }

    /// The sign-in is about to be sent; `newly`: before it, the platform cannot have had the agent in the queue.
    pub fn entering(&mut self, newly: bool) {
        self.newly_entered = newly;
    }

    /// The agent is signed in; the next reading will say the seat's state.
    pub fn joined(&mut self, now: Now) {
        self.membership = Membership::In;
        self.missing_once = false;
        self.joined = now.mono;
        self.due = now.mono;
        self.forget_reading();
    }

    /// `rejoin`: when the sign-in is tried again; None: never.
    pub fn join_failed(&mut self, problem: Problem, rejoin: Option<Duration>) {
        self.membership = Membership::Failed { problem };
        self.rejoin = rejoin;
        self.newly_entered = false;
    }

    /// The sign-in is to be tried again at `at`, unless another time is already planned.
    pub fn rejoin_by(&mut self, at: Duration) {
        self.rejoin.get_or_insert(at);
    }

    pub fn leaving(&mut self) {
        self.membership = Membership::Leaving;
        self.rejoin = None;
        self.wish = None;
    }

    /// The platform refuses to let the agent out of the queue.
    pub fn stays_in(&mut self, problem: Problem) {
        self.membership = Membership::In;
        self.problem = Some(problem);
    }

    pub fn view(&self, remark: String, wish: u64) -> QueueView {
        let row = self.row.as_ref();
        QueueView {
            name: self.queue.clone(),
            remark,
            membership: self.membership.clone(),
            seat: self.state(),
            changed_at: row.and_then(|row| row.changed_at),
            last_answer_at: row.and_then(|row| row.last_answer_at),
            answered: row.map_or(0, |row| row.answered),
            missed: row.map_or(0, |row| row.missed),
            misses_left: row.filter(|row| row.max_misses > 0).map(|row| row.max_misses.saturating_sub(row.missed)),
            wrap_up_seconds: self.wrap_up_seconds(),
            others: self.others,
            read_at: self.read.map(|read| read.wall),
            problem: self.problem.clone(),
            wish: self.stage(wish).filter(|_| self.is_in()).map(Stage::view),
        }
    }
}
