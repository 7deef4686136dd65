//! Readings of the supervisors' desks: two desks that ask the same at the same time cost the platform one request.

use std::{
    collections::HashMap,
    future::Future,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use ringside_domain::FloorAnswer;
use ringside_fleet::words::Refusal;
use tokio::sync::OnceCell;

/// A reading answers those who ask within this time after the platform was asked.
const FRESH: Duration = Duration::from_secs(1);

/// A reading, and when the platform was asked for it.
#[derive(Clone, Debug, PartialEq)]
pub struct Reading {
    pub answer: FloorAnswer,
    pub asked_at: Duration,
}

type Outcome = Result<Reading, Refusal>;

#[derive(Debug, Default)]
pub struct SharedReadings(Mutex<Inner>);

#[derive(Debug, Default)]
struct Inner {
    /// Grows with each change at the platform: a reading that was begun before a change must not show what was before it to a desk that
    /// knows of the change.
    changes: u64,
    readings: HashMap<String, Kept>,
}

#[derive(Clone, Debug)]
struct Kept {
    changes: u64,
    outcome: Arc<OnceCell<Outcome>>,
}

impl Kept {
    /// It is under way, or young enough. A failure answers those who waited for it, and nobody later.
    fn answers(&self, changes: u64, now: Duration) -> bool {
        self.changes == changes
            && match self.outcome.get() {
                None => true,
                Some(Ok(reading)) => now.saturating_sub(reading.asked_at) < FRESH,
                Some(Err(_)) => false,
            }
    }
}

impl SharedReadings {
    /// Something was changed, or may have been.
    pub fn changed(&self) {
        self.inner().changes += 1;
    }

    /// The reading of this name: one that another desk asked for, or else the outcome of `read`.
    pub async fn of<F>(&self, name: String, now: Duration, read: impl FnOnce() -> F) -> Outcome
    where
        F: Future<Output = Outcome>,
    {
        let outcome = {
            let mut inner = self.inner();
            let changes = inner.changes;
            inner.readings.retain(|_, kept| kept.answers(changes, now));
            Arc::clone(&inner.readings.entry(name).or_insert_with(|| Kept { changes, outcome: Arc::default() }).outcome)
        };
        // If the one who reads is gone, the next who waits reads.
        outcome.get_or_init(read).await.clone()
    }

    /// Gives the memory of old readings back.
    pub fn forget(&self, now: Duration) {
        let mut inner = self.inner();
        let changes = inner.changes;
        inner.readings.retain(|_, kept| kept.answers(changes, now));
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use ringside_fleet::words::ErrorCode;
    use tokio::sync::Notify;

    use super::*;

    const START: Duration = Duration::from_secs(100);

    fn reading(asked_at: Duration) -> Outcome {
        Ok(Reading { answer: FloorAnswer::Done, asked_at })
    }

    #[tokio::test]
    async fn a_reading_answers_all_who_ask_within_a_second_and_says_how_old_it_is() {
        let (shared, reads) = (SharedReadings::default(), AtomicU32::new(0));
        let ask = |name: &str, at: Duration| {
            let reads = &reads;
            shared.of(name.to_owned(), at, move || async move {
                reads.fetch_add(1, Ordering::Relaxed);
                reading(at)
            })
        };
        let late = START + Duration::from_millis(999);
        assert_eq!((ask("a", START).await, ask("a", late).await), (reading(START), reading(START)));
        assert_eq!(ask("b", late).await, reading(late), "another reading");
        assert_eq!(ask("a", START + FRESH).await, reading(START + FRESH));
        assert_eq!(reads.load(Ordering::Relaxed), 3);
        shared.forget(START + FRESH * 3);
        assert!(shared.inner().readings.is_empty());
    }

    #[tokio::test]
    async fn those_who_ask_while_it_is_read_wait_for_it_and_a_failure_is_told_to_them_only() {
        let (shared, answer) = (SharedReadings::default(), Notify::new());
        let failed = || Err(Refusal::new(ErrorCode::Unreachable, "", true));
        let first = shared.of("a".to_owned(), START, || async {
            answer.notified().await;
            failed()
        });
        let second = shared.of("a".to_owned(), START, || async { panic!("it is read already") });
        let (first, second, ()) = tokio::join!(first, second, async { answer.notify_one() });
        assert_eq!((first, second), (failed(), failed()));
        assert_eq!(shared.of("a".to_owned(), START, || async { reading(START) }).await, reading(START));
    }

    #[tokio::test]
    async fn a_reading_that_was_begun_before_a_change_answers_nobody_who_asks_after_it() {
        let (shared, answer) = (SharedReadings::default(), Notify::new());
        let before = shared.of("a".to_owned(), START, || async {
            answer.notified().await;
            reading(START)
        });
        let after = async {
            // The first is under way.
            tokio::task::yield_now().await;
            shared.changed();
            let after = shared.of("a".to_owned(), START, || async { reading(START + FRESH) }).await;
            answer.notify_one();
            after
        };
        assert_eq!(tokio::join!(before, after), (reading(START), reading(START + FRESH)));
    }
}
