//! All own seats, in the agent's order of queues.

use std::time::Duration;

use super::OwnSeat;
use crate::{Membership, Now, Problem, QueueName};

#[derive(Debug, Default)]
pub(in crate::session) struct Seats(Vec<OwnSeat>);

impl Seats {
    pub fn of(&self, queue: &QueueName) -> Option<&OwnSeat> {
        self.0.iter().find(|seat| seat.queue == *queue)
    }

    pub fn of_mut(&mut self, queue: &QueueName) -> Option<&mut OwnSeat> {
        self.0.iter_mut().find(|seat| seat.queue == *queue)
    }

    pub fn all(&self) -> impl Iterator<Item = &OwnSeat> {
        self.0.iter()
    }

    /// In the queues that the agent is signed in to.
    pub fn joined(&self) -> impl Iterator<Item = &OwnSeat> {
        self.0.iter().filter(|seat| seat.is_in())
    }

    pub fn joined_mut(&mut self) -> impl Iterator<Item = &mut OwnSeat> {
        self.0.iter_mut().filter(|seat| seat.is_in())
    }

    /// Some queue says that it gives the agent calls.
    pub fn take_calls(&self) -> bool {
        self.joined().any(OwnSeat::takes_calls)
    }

    /// Some queue gives the agent calls, or has not said that it does not.
    pub fn may_take_calls(&self) -> bool {
        self.joined().any(|seat| seat.state().is_none() || seat.takes_calls())
    }

    /// A seat in this queue is asked for. False: the agent has one already.
    pub fn join(&mut self, queue: &QueueName, in_doubt: bool) -> bool {
        match self.of_mut(queue) {
            Some(seat) if seat.is_in() => return false,
            Some(seat) => seat.joining(in_doubt),
            None => self.0.push(OwnSeat::new(queue.clone(), in_doubt)),
        }
        true
    }

    /// The agent has no seat in this queue any more.
    pub fn remove(&mut self, queue: &QueueName) {
        self.0.retain(|seat| seat.queue != *queue);
    }

    /// The platform has let the agent out, which says nothing of a sign-in that was asked for meanwhile.
    pub fn left(&mut self, queue: &QueueName) {
        self.0.retain(|seat| seat.queue != *queue || seat.membership != Membership::Leaving);
    }

    pub fn clear(&mut self) {
        self.0.clear();
    }

    /// The queues whose sign-in failed.
    pub fn failed(&self) -> Vec<QueueName> {
        let failed = |seat: &&OwnSeat| matches!(seat.membership, Membership::Failed { .. });
        self.0.iter().filter(failed).map(|seat| seat.queue.clone()).collect()
    }

    /// When the next sign-in is to be tried again.
    pub fn rejoin_at(&self) -> Option<Duration> {
        self.0.iter().filter_map(|seat| seat.rejoin).min()
    }

    /// The queues whose sign-in is to be tried again by now; each is named once.
    pub fn take_rejoins(&mut self, now: Now) -> Vec<QueueName> {
        let due = self.0.iter_mut().filter_map(|seat| seat.rejoin.take_if(|at| *at <= now.mono).map(|_| seat.queue.clone()));
        due.collect()
    }

    /// What is shown of the seats may be wrong from now on: that is to be known at once.
    pub fn read_now(&mut self, now: Now) {
        self.0.iter_mut().for_each(|seat| seat.read_now(now));
    }

    /// What was read does not count as known any more.
    pub fn read_anew(&mut self, now: Now) {
        for seat in &mut self.0 {
            seat.forget_reading();
            seat.read_now(now);
        }
    }

    /// When what is shown of the first seat is no longer fresh, of those that are.
    pub fn stale_at(&self, now: Now) -> Option<Duration> {
        self.joined().filter_map(OwnSeat::stale_at).filter(|at| *at > now.mono).min()
    }

    /// The wish of this id comes to nothing wherever it is not confirmed yet.
    pub fn give_up_wish(&mut self, wish: u64, problem: &Problem) {
        self.0.iter_mut().for_each(|seat| seat.give_up_wish(wish, problem));
    }
}
