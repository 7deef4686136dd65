//! The way from the session's task to the supervisor's desk, while there is one. Sending never waits.

use std::sync::{Arc, Mutex, PoisonError};

use ringside_domain::{Delivery, Method, Signal, TurnId};
use tokio::sync::mpsc;

/// What the session's task tells the desk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum News {
    /// This turn has come.
    Turn(TurnId),
    /// The session begins anew and knows no turns.
    TurnsLost,
    /// The platform has called all numbers of this task.
    TaskFinished(String),
    /// A bill of the dialler arrived.
    Dialled,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Link(Arc<Mutex<Option<mpsc::UnboundedSender<News>>>>);

impl Link {
    /// Connects a desk in place of the one before.
    pub fn connect(&self) -> mpsc::UnboundedReceiver<News> {
        let (sender, receiver) = mpsc::unbounded_channel();
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(sender);
        receiver
    }

    /// Returns false if no desk hears it.
    pub fn tell(&self, news: News) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).as_ref().is_some_and(|desk| desk.send(news).is_ok())
    }

    /// Tells the desk what concerns it in a callback, whichever extension it is for.
    pub fn hear(&self, delivery: &Delivery) {
        let Delivery::Events { events, .. } = delivery else { return };
        for event in events {
            match &*event.signal {
                Signal::TaskFinished { task_id } => drop(self.tell(News::TaskFinished(task_id.clone()))),
                Signal::Record(record) if record.method == Method::Predictive => drop(self.tell(News::Dialled)),
                _ => {}
            }
        }
    }
}
