//! The turns that the desk wants in the session's budget, each for a request of the floor or for a caller of the handle.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use ringside_domain::{Input, Priority, Problem, RequestId, TurnId};
use tokio::sync::oneshot;

use crate::Handle;

/// A turn that has come. Without a report of its end, dropping it gives it back.
#[derive(Debug)]
pub(super) struct Turn {
    id: TurnId,
    session: Handle,
    is_over: bool,
}

impl Turn {
    /// The request ended; it took `more` requests than one.
    pub fn end(mut self, outcome: Result<(), Problem>, more: usize) {
        self.is_over = true;
        self.session.input(Input::TurnEnded { id: self.id, outcome, more });
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        if !self.is_over {
            self.session.input(Input::TurnDropped { id: self.id });
        }
    }
}

#[derive(Debug)]
enum For {
    Floor(RequestId),
    Caller(oneshot::Sender<Turn>),
}

#[derive(Debug)]
struct Wanted {
    kind: String,
    priority: Priority,
    whose: For,
}

#[derive(Debug)]
pub(super) struct Turns {
    session: Handle,
    /// Ids are not used again in this process, so that a turn that comes late means nothing to a later desk.
    next: Arc<AtomicU64>,
    wanted: BTreeMap<TurnId, Wanted>,
    /// Turns that have come for requests of the floor that are not sent yet.
    given: BTreeMap<RequestId, Turn>,
}

impl Turns {
    pub fn new(session: Handle) -> Self {
        let next = Arc::clone(&session.turns);
        Self { session, next, wanted: BTreeMap::new(), given: BTreeMap::new() }
    }

    pub fn want(&mut self, request: RequestId, kind: String, priority: Priority) {
        self.add(Wanted { kind, priority, whose: For::Floor(request) });
    }

    /// A turn for a request that is not the floor's; a person waits for it.
    pub fn want_for(&mut self, kind: &str, caller: oneshot::Sender<Turn>) {
        self.add(Wanted { kind: kind.to_owned(), priority: Priority::Person, whose: For::Caller(caller) });
    }

    fn add(&mut self, wanted: Wanted) {
        let id = TurnId(self.next.fetch_add(1, Ordering::Relaxed));
        self.session.input(Input::TurnWanted { id, kind: wanted.kind.clone(), priority: wanted.priority });
        self.wanted.insert(id, wanted);
    }

    /// The floor does not need its turn any more.
    pub fn give_back(&mut self, request: RequestId) {
        self.given.remove(&request);
        let session = &self.session;
        self.wanted.retain(|id, wanted| {
            let is_it = matches!(wanted.whose, For::Floor(of) if of == request);
            if is_it {
                session.input(Input::TurnDropped { id: *id });
            }
            !is_it
        });
    }

    /// Nobody is signed in: callers do not wait.
    pub fn refuse_callers(&mut self) {
        let session = &self.session;
        self.wanted.retain(|id, wanted| {
            let is_caller = matches!(wanted.whose, For::Caller(_));
            if is_caller {
                session.input(Input::TurnDropped { id: *id });
            }
            !is_caller
        });
    }

    /// This turn has come. Returns the request of the floor that it is for.
    pub fn come(&mut self, id: TurnId) -> Option<RequestId> {
        let turn = Turn { id, session: self.session.clone(), is_over: false };
        match self.wanted.remove(&id)?.whose {
            For::Floor(request) => {
                self.given.insert(request, turn);
                Some(request)
            }
            For::Caller(caller) => {
                // If the caller has given up, the turn is dropped and thereby given back.
                drop(caller.send(turn));
                None
            }
        }
    }

    /// Takes the turn of a request that is sent now.
    pub fn take(&mut self, request: RequestId) -> Option<Turn> {
        self.given.remove(&request)
    }

    /// The session knows no turns any more: wants all again that have not come.
    pub fn want_again(&self) {
        for (id, wanted) in &self.wanted {
            self.session.input(Input::TurnWanted { id: *id, kind: wanted.kind.clone(), priority: wanted.priority });
        }
    }
}

impl Drop for Turns {
    fn drop(&mut self) {
        for id in self.wanted.keys() {
            self.session.input(Input::TurnDropped { id: *id });
        }
    }
}
