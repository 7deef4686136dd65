//! What is asked for after a call.

use crate::QueueName;

/// The administrator's rules for after-call work.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WrapUpRules {
    /// How long it lasts where the queue has no time of its own; 0: no time then.
    pub seconds: u32,
    /// The queues after whose calls a disposition is required; `*`: after all.
    pub disposition: Vec<QueueName>,
    /// Likewise for a note.
    pub note: Vec<QueueName>,
}

impl WrapUpRules {
    /// Whether a disposition and whether a note is required after a call of this queue.
    pub fn required(&self, queue: Option<&QueueName>) -> (bool, bool) {
        let holds = |queues: &[QueueName]| queues.iter().any(|each| each.0 == "*" || Some(each) == queue);
        (holds(&self.disposition), holds(&self.note))
    }
}
