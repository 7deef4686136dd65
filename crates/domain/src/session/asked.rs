//! What is asked of the platform, and what becomes of each answer.

use std::time::Duration;

use super::Session;
use crate::{CallId, Effect, Now, Outcome, Problem, QueueName, Request, RequestId};

/// A request that has no answer yet: what it is about, and when it was sent or, while it waits for its turn, made.
#[derive(Debug)]
pub(super) struct Asked {
    pub about: About,
    pub at: Duration,
    /// Not sent yet.
    pub waiting: Option<Request>,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum About {
    SignIn,
    /// By its key.
    Owed(u64),
    KeepAccesskey,
    QueueList,
    Join(QueueName),
    Seat {
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
    pub(super) fn answered(&mut self, id: RequestId, outcome: Result<Outcome, Problem>, now: Now, out: &mut Vec<Effect>) {
        // An answer to a question that was given up (another account signed in since) is nobody's.
        let Some(asked) = self.asked.remove(&id) else {
            return self.late_join_answered(id, outcome.as_ref(), now, out);
        };
        self.budget_answered(&asked, outcome.as_ref().err(), now);
        if let About::Owed(key) = asked.about {
            return self.owed_answered(key, outcome, now, out);
        }
        self.licence_answered(&asked.about, outcome.as_ref().err());
        self.connection_answered(&asked, outcome.as_ref(), now);
        let failure = outcome.as_ref().err().cloned();
        let about = asked.about.clone();
        match (asked.about, outcome) {
            (About::SignIn, Ok(Outcome::SignedIn { company, company_code })) => {
                self.know_company(company_code);
                self.signed_in(company, now, out);
            }
            (About::SignIn, Err(problem)) => self.sign_in_failed(problem, now),
            (About::QueueList, Ok(Outcome::Queues(offered))) => self.offered = offered,
            (About::Join(queue), Ok(Outcome::Joined { already })) => self.joined(&queue, already, now, out),
            (About::Join(queue), Err(problem)) => self.join_failed(&queue, problem, now, out),
            (About::Seat { queue, wish }, outcome) => self.seat_answered(&queue, wish, outcome.err(), now, out),
            (About::Phone, outcome) => self.phone_answered(outcome, asked.at, now, out),
            (About::Seats(queue), outcome) => self.seats_answered(&queue, outcome, asked.at, now, out),
            (About::Records, Ok(Outcome::Records(records))) => self.records_answered(Ok(records), now, out),
            (About::Records, Err(problem)) => self.records_answered(Err(problem), now, out),
            (About::Link(call), Ok(Outcome::Link(answer))) => self.link_answered(call, Ok(answer), now),
            (About::Link(call), Err(problem)) => self.link_answered(call, Err(problem), now),
            (About::CallBack, outcome) => self.call_back_answered(outcome, now, out),
            (About::EndTask, outcome) => self.task_ended(outcome.err(), now, out),
            (About::TestRing, Err(problem)) => self.test_failed(problem, now),
            _ => {}
        }
        if let Some(problem) = failure {
            self.give_up_if_permanent(&about, problem, now, out);
        }
    }

    /// Asks as soon as the budget has a turn for it; at once what does not go to the platform.
    pub(super) fn ask(&mut self, request: Request, about: About, now: Now, out: &mut Vec<Effect>) {
        if about.is_local() {
            return self.send(request, about, now, out);
        }
        let id = self.new_request();
        self.asked.insert(id, Asked { about, at: now.mono, waiting: Some(request) });
    }

    /// Asks at once: its turn is spent.
    pub(super) fn send(&mut self, request: Request, about: About, now: Now, out: &mut Vec<Effect>) {
        let id = self.new_request();
        self.asked.insert(id, Asked { about, at: now.mono, waiting: None });
        out.push(Effect::Ask { id, request });
    }

    pub(super) fn new_request(&mut self) -> RequestId {
        let id = RequestId(self.next_request);
        self.next_request += 1;
        id
    }

    /// Asked, or about to be.
    pub(super) fn is_asking(&self, about: &About) -> bool {
        self.asked.values().any(|asked| asked.about == *about)
    }
}
