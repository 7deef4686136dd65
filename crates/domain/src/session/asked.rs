//! Requests to the platform: waiting for their turn, or sent and not yet answered.

use std::time::Duration;

use super::Session;
use crate::{CallId, Effect, Now, QueueName, Request, RequestId};

/// A request without an answer: its purpose, and when it was sent or, while it waits for its turn, made.
#[derive(Debug)]
pub(super) struct Asked {
    pub purpose: Purpose,
    pub at: Duration,
    /// Set while the request is not sent yet.
    pub waiting: Option<Request>,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Purpose {
    Enrol,
    SignIn,
    /// By the debt's key.
    Owed(u64),
    KeepAccesskey,
    QueueList,
    Join(QueueName),
    /// The wish with this id, sent for one queue.
    Wish {
        queue: QueueName,
        wish: u64,
    },
    Phone,
    Seats(QueueName),
    Records,
    /// Fetching a recording into the archive; the engine itself sends the requests.
    Archive,
    Link(CallId),
    CallBack,
    EndTask,
    TestRing,
    /// A request of the supervisor's desk, of this kind; never in `Session::asked`.
    Floor(String),
}

impl Session {
    /// Sends the request as soon as the budget allows; at once if it does not go to the platform.
    pub(super) fn ask(&mut self, request: Request, purpose: Purpose, now: Now, out: &mut Vec<Effect>) {
        if purpose.is_local() {
            return self.send(request, purpose, now, out);
        }
        let id = self.new_request();
        self.asked.insert(id, Asked { purpose, at: now.mono, waiting: Some(request) });
    }

    /// Sends the request at once; the caller has taken its turn in the budget.
    pub(super) fn send(&mut self, request: Request, purpose: Purpose, now: Now, out: &mut Vec<Effect>) {
        let id = self.new_request();
        self.asked.insert(id, Asked { purpose, at: now.mono, waiting: None });
        out.push(Effect::Ask { id, request });
    }

    pub(super) fn new_request(&mut self) -> RequestId {
        let id = RequestId(self.next_request);
        self.next_request += 1;
        id
    }

    /// Whether such a request was sent or waits for its turn.
    pub(super) fn is_asking(&self, purpose: &Purpose) -> bool {
        self.asked.values().any(|asked| asked.purpose == *purpose)
    }
}
