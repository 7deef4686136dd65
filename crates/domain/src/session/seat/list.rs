//! All own seats, in the agent's order of queues.

use std::time::Duration;

use super::OwnSeat;
use crate::{Membership, Now, Problem, QueueName, Timestamp};

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

    /// The seats in queues that the agent is signed in to.
    pub fn joined(&self) -> impl Iterator<Item = &OwnSeat> {
        self.0.iter().filter(|seat| seat.is_in())
    }

    pub fn joined_mut(&mut self) -> impl Iterator<Item = &mut OwnSeat> {
        self.0.iter_mut().filter(|seat| seat.is_in())
    }

    /// Whether at least one queue says that it gives the agent calls.
    pub fn take_calls(&self) -> bool {
        self.joined().any(OwnSeat::takes_calls)
    }

    /// Whether at least one queue gives the agent calls, or has not yet said that it does not.
    pub fn may_take_calls(&self) -> bool {
        self.joined().any(|seat| seat.state().is_none() || seat.takes_calls())
    }

    /// Asks for a seat in this queue. Returns false if the agent has one already.
    pub fn join(&mut self, queue: &QueueName, in_doubt: bool) -> bool {
        match self.of_mut(queue) {
            Some(seat) if seat.is_in() => return false,
            Some(seat) => seat.joining(in_doubt),
            None => self.0.push(OwnSeat::new(queue.clone(), in_doubt)),
        }
        true
    }

    pub fn remove(&mut self, queue: &QueueName) {
        self.0.retain(|seat| seat.queue != *queue);
    }

    /// The platform has signed the agent out. A sign-in that was asked for meanwhile is not affected.
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

    /// The queues whose sign-in is due to be tried again; each is returned once.
    pub fn take_rejoins(&mut self, now: Now) -> Vec<QueueName> {
        let due = self.0.iter_mut().filter_map(|seat| seat.rejoin.take_if(|at| *at <= now.mono).map(|_| seat.queue.clone()));
        due.collect()
    }

    /// The seats that are shown may be wrong, so all are read at once.
    pub fn read_now(&mut self, now: Now) {
        self.0.iter_mut().for_each(|seat| seat.read_now(now));
    }

    /// Makes all readings count as unknown and reads all seats again.
    pub fn read_anew(&mut self, now: Now) {
        for seat in &mut self.0 {
            seat.forget_reading();
            seat.read_now(now);
        }
    }

    pub fn clock_set(&mut self, corrected: impl Fn(Timestamp) -> Timestamp) {
        self.0.iter_mut().for_each(|seat| seat.clock_set(&corrected));
    }

    /// When the first of the fresh readings becomes stale.
    pub fn stale_at(&self, now: Now) -> Option<Duration> {
        self.joined().filter_map(OwnSeat::stale_at).filter(|at| *at > now.mono).min()
    }

    /// Fails this wish at each seat for which it was not sent yet.
    pub fn refuse_wish(&mut self, wish: u64, problem: &Problem) {
        self.0.iter_mut().for_each(|seat| seat.refuse_wish(wish, problem));
    }

    /// Fails this wish at each seat that has not confirmed it.
    pub fn give_up_wish(&mut self, wish: u64, problem: &Problem) {
        self.0.iter_mut().for_each(|seat| seat.give_up_wish(wish, problem));
    }
}
