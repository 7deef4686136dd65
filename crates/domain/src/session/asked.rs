//! What is asked of the platform: what waits for its turn, and what was sent and has no answer yet.

use std::time::Duration;

use super::Session;
use crate::{CallId, Effect, Now, QueueName, Request, RequestId};

/// A request that has no answer yet: its purpose, and when it was sent or, while it waits for its turn, made.
#[derive(Debug)]
pub(super) struct Asked {
    pub purpose: Purpose,
    pub at: Duration,
    /// Not sent yet.
    pub waiting: Option<Request>,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Purpose {
    SignIn,
    /// By its key.
    Owed(u64),
    KeepAccesskey,
    QueueList,
    Join(QueueName),
    /// Sent for one queue.
    Wish {
        queue: QueueName,
        wish: u64,
    },
    Phone,
    Seats(QueueName),
    Records,
    /// Fetching a recording into the archive; asked by the engine itself.
    Archive,
    Link(CallId),
    CallBack,
    EndTask,
    TestRing,
}

impl Session {
    /// Asks as soon as the budget has a turn for it; at once what does not go to the platform.
    pub(super) fn ask(&mut self, request: Request, purpose: Purpose, now: Now, out: &mut Vec<Effect>) {
        if purpose.is_local() {
            return self.send(request, purpose, now, out);
        }
        let id = self.new_request();
        self.asked.insert(id, Asked { purpose, at: now.mono, waiting: Some(request) });
    }

    /// Asks at once: its turn is spent.
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

    /// Asked, or about to be.
    pub(super) fn is_asking(&self, purpose: &Purpose) -> bool {
        self.asked.values().any(|asked| asked.purpose == *purpose)
    }
}
