//! The way from the session's task to the supervisor's desk, while there is one. Sending never waits.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use ringside_domain::{Delivery, Dialled, NumberRules, Problem, ProblemCode, ReachedOtherwise, Signal, TurnId};
use ringside_store::FloorStore;
use tokio::sync::mpsc;

use super::convert::dialled;

/// What the session's task tells the desk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum News {
    /// This turn has come.
    Turn(TurnId),
    /// The session begins anew and knows no turns.
    TurnsLost,
    /// The platform has called all numbers of this task.
    TaskFinished(String),
    /// Bills of the dialler arrived, and proofs that other calls reached customers.
    Arrived { calls: Vec<Dialled>, reached: Vec<ReachedOtherwise> },
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Link(Arc<Mutex<Option<Connected>>>);

#[derive(Debug)]
struct Connected {
    news: mpsc::UnboundedSender<News>,
    store: FloorStore,
    numbers: NumberRules,
}

impl Link {
    /// Connects a desk in place of the one before.
    pub fn connect(&self, store: FloorStore, numbers: NumberRules) -> mpsc::UnboundedReceiver<News> {
        let (news, receiver) = mpsc::unbounded_channel();
        *self.connected() = Some(Connected { news, store, numbers });
        receiver
    }

    /// The desk has ended, and its database is closed.
    pub fn disconnect(&self) {
        *self.connected() = None;
    }

    fn connected(&self) -> MutexGuard<'_, Option<Connected>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Why this customer must not be called: the number is on the do-not-call list, or the list of a desk that is switched on cannot be read.
    /// Blocks.
    pub fn refusal(&self, phone: &str, is_on: bool) -> Option<Problem> {
        let store = self.connected().as_ref().map(|desk| desk.store.clone());
        match store.map(|store| store.must_not_call(phone)) {
            Some(Ok(false)) => None,
            Some(Ok(true)) => Some(Problem::new(ProblemCode::DoNotCall, phone, false).known_not_done(true)),
            Some(Err(error)) => Some(Problem::from(&error)),
            None => is_on.then(|| Problem::new(ProblemCode::PartFailed, "the do-not-call list cannot be read", true)),
        }
    }

    /// Returns false if no desk hears it.
    pub fn tell(&self, news: News) -> bool {
        self.connected().as_ref().is_some_and(|desk| desk.news.send(news).is_ok())
    }

    /// Tells the desk what concerns it in a callback, whichever extension it is for.
    pub fn hear(&self, delivery: &Delivery) {
        let Delivery::Events { events, .. } = delivery else { return };
        let Some(numbers) = self.connected().as_ref().map(|desk| desk.numbers.clone()) else { return };
        let signals = || events.iter().map(|event| &*event.signal);
        for signal in signals() {
            if let Signal::TaskFinished { task_id } = signal {
                self.tell(News::TaskFinished(task_id.clone()));
            }
        }
        // Without a time of its own, a bill is taken from the next reading.
        let is_dated = |signal: &&Signal| !matches!(signal, Signal::Record(record) if record.undated);
        let calls: Vec<Dialled> = signals().filter(is_dated).filter_map(dialled).collect();
        let reached = signals().filter(is_dated).filter_map(|signal| ReachedOtherwise::by(signal, &numbers));
        let reached: Vec<ReachedOtherwise> = reached.collect();
        if !(calls.is_empty() && reached.is_empty()) {
            self.tell(News::Arrived { calls, reached });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_that_cannot_be_read_forbids_every_call_back_while_the_desk_is_switched_on() {
        let link = Link::default();
        assert_eq!(link.refusal("013800138000", false), None);
        assert_eq!(link.refusal("013800138000", true).unwrap().code, ProblemCode::PartFailed);
        let news = link.connect(FloorStore::in_memory().unwrap(), NumberRules::default());
        assert_eq!(link.refusal("013800138000", true), None);
        link.disconnect();
        assert!(news.is_closed() && link.refusal("013800138000", true).is_some());
    }
}
