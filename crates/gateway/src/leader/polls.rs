//! Reads the company's seats, queues, phones and records, once for all desks.

use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, atomic::Ordering},
    time::Duration,
};

use ringside_domain::{Extension, Now, QueueName, Timestamp};
use ringside_platform::{BillQuery, PlatformError, QueueMember, SeatFilter};
use tokio::{sync::Notify, task::JoinSet};

use super::{
    Leader, bills,
    budget::Class,
    schedule::{Facts, Poll, Schedule},
};
use crate::clock::Clock;

/// How often the schedule is looked at.
const STEP: Duration = Duration::from_millis(500);
/// A reading of all queues that takes longer is made queue by queue.
const SLOW: Duration = Duration::from_secs(2);
/// Extensions in one request for phones.
const PHONES: usize = 100;
/// Records are read again for this long, since a long call's appears late (N11).
const OVERLAP: Duration = Duration::from_secs(3600);

impl Leader {
    pub(super) async fn poll(self: Arc<Self>) {
        if self.platform.is_none() {
            return std::future::pending().await;
        }
        self.take_up_token().await;
        let began = self.clock.now();
        let facts = |now: Now| {
            let heard = self.counters.heard_at().map_or(began.wall, |at| Timestamp(at).max(began.wall));
            let silent_for = now.wall.since(heard).min(now.mono.saturating_sub(began.mono));
            Facts {
                wish_open: self.wish_is_open(),
                any_in_call: !self.readings().in_call().is_empty(),
                heard_at: now.mono.saturating_sub(silent_for),
            }
        };
        let read = |poll, facts: Facts| {
            let leader = Arc::clone(&self);
            async move {
                if let Err(error) = leader.read(poll, facts.wish_open).await {
                    tracing::warn!(?poll, %error, "a reading failed");
                }
            }
        };
        let forget = async {
            loop {
                self.shared.forget(self.clock.mono());
                tokio::time::sleep(STEP).await;
            }
        };
        tokio::join!(read_when_due(self.clock, &self.hurry, facts, read), forget);
    }

    async fn read(&self, poll: Poll, wish_open: bool) -> Result<(), PlatformError> {
        match poll {
            Poll::Seats => self.read_seats(if wish_open { Class::Confirming } else { Class::Regular }).await,
            Poll::Phones => {
                let extensions = self.readings().in_call();
                self.read_phones(extensions, Class::Phones).await
            }
            Poll::AllPhones => self.read_phones(self.all_extensions(), Class::Phones).await,
            Poll::Queues => {
                let queues = self.ask(Class::Past, |client| async move { client.queue_list().await }).await?;
                *self.queues.write().unwrap_or_else(PoisonError::into_inner) = queues;
                Ok(())
            }
            Poll::Bills => {
                if let Err(error) = self.forget_tasks().await {
                    tracing::debug!(%error, "old tasks were not forgotten");
                }
                // One slow answer is no reason for a request per queue for ever.
                self.by_queue.store(false, Ordering::Relaxed);
                self.read_bills().await
            }
        }
    }

    /// All agents of all queues in one answer, or queue by queue where that answer is too large or takes too long.
    async fn read_seats(&self, class: Class) -> Result<(), PlatformError> {
        let known: Vec<String> = self.queues().into_iter().map(|queue| queue.name.0).collect();
        if self.by_queue.load(Ordering::Relaxed) && !known.is_empty() {
            let (mut all, mut first) = (Vec::new(), None);
            for queue in &known {
                let (members, asked_at) = self.members(class, Some(QueueName(queue.clone()))).await?;
                first.get_or_insert(asked_at);
                all.extend(members);
            }
            self.seats_are(all, &known, first.unwrap_or_else(|| self.clock.now()));
            return Ok(());
        }
        let outcome = self.members(class, None).await;
        let is_slow = |asked_at: &Now| self.clock.mono().saturating_sub(asked_at.mono) > SLOW;
        match &outcome {
            Err(PlatformError::TooLarge(_)) => self.by_queue.store(true, Ordering::Relaxed),
            Ok((_, asked_at)) if is_slow(asked_at) => self.by_queue.store(true, Ordering::Relaxed),
            _ => {}
        }
        let (members, asked_at) = outcome?;
        self.seats_are(members, &known, asked_at);
        Ok(())
    }

    /// The time is that of the sending: a reading must never count as newer than it is.
    async fn members(&self, class: Class, queue: Option<QueueName>) -> Result<(Vec<QueueMember>, Now), PlatformError> {
        let mut asked_at = self.clock.now();
        let members = self
            .ask(class, |client| {
                let (clock, asked_at) = (self.clock, &mut asked_at);
                async move {
                    *asked_at = clock.now();
                    client.queue_members(queue.as_ref(), None, SeatFilter::All).await
                }
            })
            .await?;
        Ok((members, asked_at))
    }

    fn seats_are(&self, members: Vec<QueueMember>, known: &[String], asked_at: Now) {
        self.readings().seats_read(members, known, asked_at.wall);
        *self.seats_asked_at.lock().unwrap_or_else(PoisonError::into_inner) = Some(asked_at.mono);
        self.tell_news();
    }

    async fn read_phones(&self, extensions: Vec<String>, class: Class) -> Result<(), PlatformError> {
        for batch in extensions.chunks(PHONES) {
            let asked: Vec<Extension> = batch.iter().cloned().map(Extension).collect();
            let asked_at = self.clock.wall();
            match self.ask(class, |client| async move { client.call_statuses(&asked).await }).await {
                Ok(statuses) => {
                    let mut readings = self.readings();
                    for status in statuses {
                        readings.phone_read(status.extension.0, status.reading, asked_at);
                    }
                }
                // One extension that cannot be queried spoils the answer for its batch.
                Err(error @ PlatformError::Failed { .. }) => tracing::debug!(%error, "phones could not be read"),
                Err(error) => return Err(error),
            }
            self.tell_news();
        }
        Ok(())
    }

    fn all_extensions(&self) -> Vec<String> {
        let registry = self.intake.registry.read().unwrap_or_else(PoisonError::into_inner);
        let desks = registry.desks().values().filter(|record| record.revoked_at.is_none());
        desks.map(|record| record.of.extension.clone()).collect()
    }

    /// Publishes the records that no callback has brought.
    async fn read_bills(&self) -> Result<(), PlatformError> {
        let now = self.clock.wall();
        let query = BillQuery { from: now.minus(OVERLAP), to: now, ..BillQuery::default() };
        for page in 1.. {
            let (total, rows) = self
                .ask(Class::Past, |client| {
                    let query = query.clone();
                    async move { client.bill_rows(&query, page, bills::PAGE).await }
                })
                .await?;
            let count = rows.len();
            let new: Vec<_> = {
                let mut heard = self.heard();
                rows.into_iter().filter(|(record, _)| heard.is_new(record, now)).collect()
            };
            self.counters.bills_found.add(new.len() as u64);
            self.intake.take_bills(new, now).await;
            if count == 0 || u64::from(page) * u64::from(bills::PAGE) >= u64::from(total) {
                break;
            }
        }
        Ok(())
    }
}

/// Makes each reading when it is due, and does not end. A reading that panics has ended, too: the next one comes after its interval.
async fn read_when_due<R>(clock: Clock, hurry: &Notify, facts: impl Fn(Now) -> Facts, read: impl Fn(Poll, Facts) -> R)
where
    R: Future<Output = ()> + Send + 'static,
{
    let mut schedule = Schedule::default();
    let mut readings = JoinSet::new();
    let mut polls = HashMap::new();
    loop {
        let now = clock.now();
        let facts = facts(now);
        for poll in schedule.due(facts, now.mono) {
            schedule.asked(poll, now.mono);
            polls.insert(readings.spawn(read(poll, facts)).id(), poll);
        }
        let ended = tokio::select! {
            Some(ended) = readings.join_next_with_id() => Some(ended),
            () = hurry.notified() => None,
            () = tokio::time::sleep(STEP) => None,
        };
        let id = match ended {
            Some(Ok((id, ()))) => id,
            Some(Err(error)) => {
                tracing::error!(%error, "a reading has failed within the gateway");
                error.id()
            }
            None => continue,
        };
        if let Some(poll) = polls.remove(&id) {
            schedule.ended(poll);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_reading_that_panics_is_made_again_after_its_interval() {
        let clock = Clock::start();
        let made = Arc::new(Mutex::new(Vec::new()));
        let read = |poll, _| {
            let made = Arc::clone(&made);
            async move {
                made.lock().unwrap().push((poll, clock.mono().as_secs()));
                assert!(poll != Poll::Seats, "a fault");
            }
        };
        let hurry = Notify::new();
        let reading = read_when_due(clock, &hurry, |_| Facts::default(), read);
        assert!(tokio::time::timeout(Duration::from_secs(12), reading).await.is_err(), "it does not end");
        let of_seats =
            |made: &Vec<(Poll, u64)>| made.iter().filter(|(poll, _)| *poll == Poll::Seats).map(|(_, at)| *at).collect::<Vec<_>>();
        assert_eq!(of_seats(&made.lock().unwrap()), [0, 5, 10]);
    }
}
