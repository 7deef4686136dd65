//! Passes each answer of the platform to the rule for its purpose.

use super::{Purpose, Session};
use crate::{Effect, Now, Outcome, Problem, RequestId};

impl Session {
    pub(super) fn answered(&mut self, id: RequestId, outcome: Result<Outcome, Problem>, now: Now, out: &mut Vec<Effect>) {
        // A request is forgotten when another account signs in; its answer is ignored, unless it is to a late sign-in to a queue.
        let Some(asked) = self.asked.remove(&id) else {
            self.late_task_answered(id, outcome.as_ref(), now, out);
            let left = self.late_join_answered(id, outcome.as_ref(), now, out);
            return self.join_after_leave(left, now, out);
        };
        if outcome.is_ok() && !asked.purpose.is_local() {
            self.answered_after(&asked, now);
        }
        self.budget_answered(&asked, outcome.as_ref().err(), now);
        if let Purpose::Owed(key) = asked.purpose {
            let unit = self.polling.unit();
            let left = self.owed_answered(key, outcome, unit, now, out);
            return self.join_after_leave(left, now, out);
        }
        self.licence_answered(&asked.purpose, outcome.as_ref().err());
        self.connection_answered(&asked, outcome.as_ref(), now);
        let failure = outcome.as_ref().err().cloned();
        let purpose = asked.purpose.clone();
        match (asked.purpose, outcome) {
            (Purpose::Enrol, Ok(Outcome::Enrolled(enrolment))) => self.enrolled(enrolment, now, out),
            (Purpose::Enrol, Err(problem)) => self.enrolment_failed(problem, now),
            (Purpose::SignIn, Ok(Outcome::SignedIn { company, company_code })) => {
                self.know_company(company_code);
                self.signed_in(company, now, out);
            }
            (Purpose::SignIn, Err(problem)) => self.sign_in_failed(problem, now),
            (Purpose::QueueList, Ok(Outcome::Queues(offered))) => self.offered = offered,
            (Purpose::Join(queue), Ok(Outcome::Joined { already })) => self.joined(&queue, already, now, out),
            (Purpose::Join(queue), Err(problem)) => self.join_failed(&queue, problem, now, out),
            (Purpose::Wish { queue, wish }, outcome) => self.wish_answered(&queue, wish, outcome.err(), now, out),
            (Purpose::Phone, outcome) => self.phone_answered(outcome, asked.at, now, out),
            (Purpose::Seats(queue), outcome) => self.seats_answered(&queue, outcome, asked.at, now, out),
            (Purpose::Records, Ok(Outcome::Records(records))) => self.records_answered(Ok(records), now, out),
            (Purpose::Records, Err(problem)) => self.records_answered(Err(problem), now, out),
            (Purpose::Link(call), Ok(Outcome::Link(answer))) => self.link_answered(call, Ok(answer), now),
            (Purpose::Link(call), Err(problem)) => self.link_answered(call, Err(problem), now),
            (Purpose::CallBack, outcome) => self.call_back_answered(outcome, now, out),
            (Purpose::EndTask, outcome) => self.task_ended(outcome.err(), now, out),
            (Purpose::TestRing, Err(problem)) => self.test_failed(problem, now),
            _ => {}
        }
        if let Some(problem) = failure {
            self.give_up_if_permanent(&purpose, problem, now, out);
        }
    }
}
