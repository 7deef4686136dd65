//! The rules for after-call work.

use crate::QueueName;

/// The administrator's rules for after-call work.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WrapUpRules {
    /// Its duration in seconds if the queue has no wrap-up time; 0: none.
    pub seconds: u32,
    /// The queues whose calls need a disposition; `*`: all.
    pub disposition: Vec<QueueName>,
    /// The queues whose calls need a note; `*`: all.
    pub note: Vec<QueueName>,
}

impl WrapUpRules {
    /// Whether a disposition and whether a note is required after a call of this queue.
    pub fn required(&self, queue: Option<&QueueName>) -> (bool, bool) {
        let holds = |queues: &[QueueName]| queues.iter().any(|each| each.0 == "*" || Some(each) == queue);
        (holds(&self.disposition), holds(&self.note))
    }
}
