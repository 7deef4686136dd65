//! The leader's requests to the platform: each waits for its turn, and tells the budget how it went.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use ringside_fleet::hub::Lead;
use ringside_platform::PlatformError;
use tokio::sync::{Notify, oneshot};

use super::budget::{Budget, Class, Ticket};
use crate::{clock::Clock, counters::Counters};

#[derive(Debug)]
pub struct Turns {
    budget: Mutex<Budget>,
    /// Locked alone or after the budget.
    waiting: Mutex<HashMap<Ticket, oneshot::Sender<()>>>,
    wanted: Notify,
    clock: Clock,
    counters: Arc<Counters>,
}

/// A place in the queue; dropping it leaves the queue.
struct Place<'a> {
    turns: &'a Turns,
    ticket: Ticket,
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        if self.turns.waiting().remove(&self.ticket).is_some() {
            self.turns.budget().leave(self.ticket);
        }
    }
}

impl Turns {
    pub fn new(per_second: u32, clock: Clock, counters: Arc<Counters>) -> Self {
        let budget = Mutex::new(Budget::new(per_second, clock.mono()));
        Self { budget, waiting: Mutex::default(), wanted: Notify::new(), clock, counters }
    }

    /// Gives turns until it is dropped.
    pub async fn give(&self) {
        loop {
            let now = self.clock.mono();
            let next = self.budget().next(now);
            if let Some(ticket) = next {
                if let Some(come) = self.waiting().remove(&ticket) {
                    // The caller may have given up at this moment.
                    let _ = come.send(());
                }
                continue;
            }
            let at = self.budget().next_at(now);
            let pause = at.map_or(Duration::from_secs(3600), |at| at.saturating_sub(now).max(Duration::from_millis(1)));
            tokio::select! {
                () = self.wanted.notified() => {}
                () = tokio::time::sleep(pause) => {}
            }
        }
    }

    /// This gateway does not lead any longer: all that wait are told so.
    pub fn dismiss(&self) {
        let mut budget = self.budget();
        budget.dismiss();
        // Dropping the senders tells them.
        self.waiting().clear();
    }

    /// Sends the request when its turn comes. A gateway that does not lead any longer sends nothing.
    pub async fn ask<T>(
        &self,
        lead: &Lead,
        class: Class,
        request: impl Future<Output = Result<T, PlatformError>>,
    ) -> Result<T, PlatformError> {
        if !self.come(lead, class).await {
            return Err(PlatformError::NotSignedIn);
        }
        self.send(request).await
    }

    /// Sends a request whose turn has come.
    pub async fn send<T>(&self, request: impl Future<Output = Result<T, PlatformError>>) -> Result<T, PlatformError> {
        let began = self.clock.mono();
        let outcome = request.await;
        let now = self.clock.mono();
        self.learn(&outcome, now - began, now);
        outcome
    }

    /// Waits for a turn. False: this gateway does not lead any longer.
    pub async fn come(&self, lead: &Lead, class: Class) -> bool {
        let (place, coming) = self.queue_up(class);
        // A lead that was lost has dismissed its requests before this one came.
        if !lead.leads() {
            return false;
        }
        // An error: this gateway does not lead any longer.
        let is_come = coming.await.is_ok();
        drop(place);
        is_come && lead.leads()
    }

    fn queue_up(&self, class: Class) -> (Place<'_>, oneshot::Receiver<()>) {
        let (come, coming) = oneshot::channel();
        // The budget stays locked: a turn that is given before its sender is here would be lost.
        let mut budget = self.budget();
        let ticket = budget.want(class, self.clock.mono());
        self.waiting().insert(ticket, come);
        drop(budget);
        self.wanted.notify_one();
        (Place { turns: self, ticket }, coming)
    }

    fn learn<T>(&self, outcome: &Result<T, PlatformError>, took: Duration, now: Duration) {
        self.counters.platform.add(took);
        match outcome {
            Err(PlatformError::Http { status: 429, retry_after }) => {
                self.budget().failed(Some(retry_after.unwrap_or(Duration::from_secs(1))), now);
            }
            Err(PlatformError::Http { retry_after, .. }) => self.budget().failed(*retry_after, now),
            Err(PlatformError::Unreachable { .. } | PlatformError::NotThePlatform { .. } | PlatformError::Tls(_)) => {
                self.budget().failed(None, now);
            }
            Ok(_) | Err(_) => self.budget().answered(took, now),
        }
        if outcome.is_err() {
            self.counters.platform_failed.add(1);
        }
    }

    /// How many requests of each class wait.
    pub fn queue(&self) -> [usize; Class::ALL.len()] {
        let budget = self.budget();
        Class::ALL.map(|class| budget.waiting(class))
    }

    fn budget(&self) -> MutexGuard<'_, Budget> {
        self.budget.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn waiting(&self) -> MutexGuard<'_, HashMap<Ticket, oneshot::Sender<()>>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn each_request_gets_its_turn_while_others_are_given_theirs_on_another_thread() {
        let turns = Arc::new(Turns::new(100_000_000, Clock::start(), Arc::default()));
        let mut work = tokio::task::JoinSet::new();
        for _ in 0..3 {
            let turns = Arc::clone(&turns);
            work.spawn(async move {
                for _ in 0..20_000 {
                    let (_place, coming) = turns.queue_up(Class::Person);
                    tokio::time::timeout(Duration::from_secs(20), coming).await.unwrap().unwrap();
                }
            });
        }
        let given = tokio::spawn(async move { turns.give().await });
        while let Some(ended) = work.join_next().await {
            ended.unwrap();
        }
        given.abort();
    }
}
