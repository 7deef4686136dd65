//! Calling a customer back: a task with one number is made once, joined to the call that results, and ended after it. A failed order is
//! never sent again automatically (A6).

use std::time::Duration;

use super::{Purpose, Session};
use crate::{
    Agent, Call, CallBack, CallBackOrder, CallBackState, CallBackView, CallId, CallOutcome, Direction, Edit, Effect, Label, LogRow, Now,
    NumberRules, Outcome, Problem, ProblemCode, Request, is_withheld,
};

/// If the customer has not answered within this time, the call back is ended.
const CALL_WITHIN: Duration = Duration::from_secs(120);
/// A call to the number that begins later than this did not result from the order.
const JOINED_WITHIN: Duration = Duration::from_secs(600);
/// Tolerance for the difference between the platform's clock and ours.
const SLACK: Duration = Duration::from_secs(60);
const END_AGAIN: Duration = Duration::from_secs(5);

#[derive(Debug)]
pub(super) struct CallingBack {
    numbers: NumberRules,
    /// The call whose customer is to be called back, while it is looked up.
    finding: Option<CallId>,
    last: Option<(CallBackOrder, Step)>,
}

#[derive(Clone, Debug)]
enum Step {
    Sending,
    Calling { until: Duration },
    Connected(CallId),
    Ending { due: Duration, problem: Option<Problem>, then: Then },
    NotReached,
    Failed(Problem),
    Unknown(Problem),
}

/// The result to show once the task is ended.
#[derive(Clone, Debug)]
enum Then {
    Nothing,
    NotReached,
    Failed(Problem),
}

impl CallingBack {
    /// Restores the order of the last run: a task that exists is ended; if only the request was sent, its outcome is unknown.
    pub fn restored(order: Option<CallBackOrder>, numbers: NumberRules) -> Self {
        let step = |order: &CallBackOrder| match order.task_id {
            Some(_) => Step::Ending { due: Duration::ZERO, problem: None, then: Then::Nothing },
            None => Step::Unknown(not_known()),
        };
        let last = order.map(|order| (order.clone(), step(&order)));
        Self { numbers, finding: None, last }
    }

    fn is_under_way(&self) -> bool {
        let going = |step: &Step| matches!(step, Step::Sending | Step::Calling { .. } | Step::Connected(_) | Step::Ending { .. });
        self.finding.is_some() || self.last.as_ref().is_some_and(|(_, step)| going(step))
    }

    fn step(&mut self) -> Option<&mut Step> {
        self.last.as_mut().map(|(_, step)| step)
    }

    /// Whether a call to this number may result from the order; then no queue gave it.
    pub fn is_to(&self, number: &str) -> bool {
        let waits = |step: &Step| matches!(step, Step::Calling { .. } | Step::Connected(_) | Step::Unknown(_) | Step::NotReached);
        self.last.as_ref().is_some_and(|(order, step)| waits(step) && self.is_same(&order.number, number))
    }

    /// The order's task, if it calls this number.
    pub fn task_to(&self, number: &str) -> Option<&str> {
        self.last.as_ref().filter(|_| self.is_to(number)).and_then(|(order, _)| order.task_id.as_deref())
    }

    fn is_same(&self, one: &str, other: &str) -> bool {
        self.numbers.same(one, other)
    }

    /// Takes the task that is open at the platform; the caller must end it.
    pub fn take_open_task(&mut self) -> Option<String> {
        let task_id = self.last.as_ref().filter(|_| self.is_under_way()).and_then(|(order, _)| order.task_id.clone())?;
        self.last = None;
        Some(task_id)
    }

    fn came_of_it(&self, order: &CallBackOrder, call: &Call) -> bool {
        let times = order.at.minus(SLACK)..order.at.plus(JOINED_WITHIN);
        call.id >= order.first_call
            && call.direction == Direction::Outgoing
            && call.extension == order.extension
            && times.contains(&call.started_at)
            && self.is_same(&order.number, &call.customer_number)
    }
}

fn not_known() -> Problem {
    Problem::new(ProblemCode::FateUnknown, "", false)
}

impl Session {
    /// The platform calls the customer first, so the agent must be there.
    fn may_call_back(&self, now: Now) -> bool {
        !self.calling_back.is_under_way() && !self.wish.is_open() && self.label(now) == Label::Available
    }

    pub(super) fn call_back_view(&self, now: Now) -> CallBackView {
        let view = |(order, step): &(CallBackOrder, Step)| CallBack {
            call: order.of,
            state: match step.clone() {
                Step::Sending => CallBackState::Sending,
                Step::Calling { .. } => CallBackState::Calling,
                Step::Connected(_) => CallBackState::Connected,
                Step::Ending { problem, .. } => CallBackState::Ending { problem },
                Step::NotReached => CallBackState::NotReached,
                Step::Failed(problem) => CallBackState::Failed { problem },
                Step::Unknown(problem) => CallBackState::Unknown { problem },
            },
            number: super::calls::shown_number(&order.number),
            at: order.at,
            task_name: order.task_name.clone(),
            task_id: order.task_id.as_deref().map(super::calls::shown),
        };
        let agent = self.agent();
        let is_own = |(order, _): &&(CallBackOrder, Step)| order.extension == agent.extension && order.agent_id == agent.agent_id;
        CallBackView { offered: self.may_call_back(now), last: self.calling_back.last.as_ref().filter(is_own).map(view) }
    }

    pub(super) fn call_back(&mut self, call: CallId, now: Now, out: &mut Vec<Effect>) {
        if self.may_call_back(now) {
            self.calling_back.finding = Some(call);
            out.push(Effect::FindCall { call });
        }
    }

    pub(super) fn call_found(&mut self, id: CallId, found: Result<Option<LogRow>, Problem>, now: Now, out: &mut Vec<Effect>) {
        if self.calling_back.finding.take_if(|finding| *finding == id).is_none() || !self.may_call_back(now) {
            return;
        }
        let row = match found {
            Ok(Some(row)) if !is_withheld(&row.call.customer_number) => row,
            // A call without a number is not offered to be called back.
            Ok(_) => return,
            Err(problem) => {
                let agent = self.agent();
                self.calling_back.last = Some((
                    CallBackOrder { of: id, extension: agent.extension, agent_id: agent.agent_id, ..CallBackOrder::default() },
                    Step::Failed(problem),
                ));
                return;
            }
        };
        let agent = self.agent();
        let at = crate::Timestamp(now.wall.0.saturating_sub(self.punctuality.skew().unwrap_or(0)));
        let order = CallBackOrder {
            of: id,
            to_do: row.outcome == Some(CallOutcome::Missed) && row.note.done_at.is_none(),
            first_call: self.calls.next_id(),
            task_name: format!("ringside-{}-{}", agent.extension, at.0.div_euclid(1000)),
            task_id: None,
            extension: agent.extension,
            number: row.call.customer_number,
            at,
            agent_id: agent.agent_id,
            member_id: row.call.member_id.unwrap_or_default(),
            maturity: row.call.maturity.unwrap_or_default(),
            customer_id: row.call.customer_id.unwrap_or_default(),
        };
        self.calling_back.last = Some((order.clone(), Step::Sending));
        self.keep_call_back(out);
        self.ask(Request::CallBack(order), Purpose::CallBack, now, out);
    }

    pub(super) fn call_back_answered(&mut self, outcome: Result<Outcome, Problem>, now: Now, out: &mut Vec<Effect>) {
        let Some((order, step)) = self.calling_back.last.as_mut().filter(|(_, step)| matches!(step, Step::Sending)) else { return };
        match outcome {
            Ok(Outcome::TaskMade { task_id, accepted }) => {
                order.task_id = Some(task_id);
                let refused = || Problem::new(ProblemCode::Refused, order.number.clone(), false);
                *step = match accepted {
                    true => Step::Calling { until: now.mono + CALL_WITHIN },
                    false => Step::Ending { due: now.mono, problem: None, then: Then::Failed(refused()) },
                };
            }
            Ok(_) => {}
            Err(problem) if problem.code == ProblemCode::FateUnknown => *step = Step::Unknown(problem),
            Err(problem) => *step = Step::Failed(problem),
        }
        self.keep_call_back(out);
    }

    /// The platform reports that the task is over; if the phone has not rung by now, it will not.
    pub(super) fn task_finished(&mut self, task_id: &str, out: &mut Vec<Effect>) {
        if let Some((order, step @ Step::Calling { .. })) = &mut self.calling_back.last
            && order.task_id.as_deref() == Some(task_id)
        {
            *step = Step::NotReached;
            self.keep_call_back(out);
        }
    }

    /// Ends the call back that is under way, or hides the result of the last one.
    pub(super) fn end_call_back(&mut self, now: Now, out: &mut Vec<Effect>) {
        match self.calling_back.step() {
            Some(step @ Step::Calling { .. }) => *step = Step::Ending { due: now.mono, problem: None, then: Then::Nothing },
            // These end by themselves, or with the call.
            None | Some(Step::Sending | Step::Connected(_) | Step::Ending { problem: None, .. }) => {}
            Some(Step::Ending { .. } | Step::NotReached | Step::Failed(_) | Step::Unknown(_)) => self.calling_back.last = None,
        }
        self.keep_call_back(out);
    }

    pub(super) fn task_ended(&mut self, problem: Option<Problem>, now: Now, out: &mut Vec<Effect>) {
        let again = now.mono + self.polling.jittered(END_AGAIN);
        let Some(Step::Ending { due, problem: said, then }) = self.calling_back.step() else { return };
        match problem {
            // If the platform refuses to end the task, it is over or never existed.
            Some(problem) if problem.code != ProblemCode::Refused => {
                *due = if problem.retryable { again } else { Duration::MAX };
                *said = Some(problem);
            }
            _ => {
                let then = then.clone();
                self.say_of_call_back(then, out);
            }
        }
    }

    fn say_of_call_back(&mut self, then: Then, out: &mut Vec<Effect>) {
        let step = match then {
            Then::Nothing => None,
            Then::NotReached => Some(Step::NotReached),
            Then::Failed(problem) => Some(Step::Failed(problem)),
        };
        self.calling_back.last = self.calling_back.last.take().and_then(|(order, _)| Some((order, step?)));
        self.keep_call_back(out);
    }

    /// Saves the order for the next run if it is open, or may be.
    fn keep_call_back(&mut self, out: &mut Vec<Effect>) {
        let open = |step: &Step| !matches!(step, Step::NotReached | Step::Failed(_));
        let kept = self.calling_back.last.as_ref().filter(|(_, step)| open(step)).map(|(order, _)| order.clone());
        if self.saved.call_back != kept {
            self.saved.call_back = kept;
            self.save(out);
        }
    }

    /// The agent leaves: the answer to a request under way will be ignored, and an open task is ended after the next sign-in.
    pub(super) fn leave_call_back(&mut self) {
        self.calling_back.finding = None;
        if let Some(step) = self.calling_back.step() {
            match step {
                Step::Sending => *step = Step::Unknown(not_known()),
                Step::Calling { .. } | Step::Connected(_) => {
                    *step = Step::Ending { due: Duration::ZERO, problem: None, then: Then::Nothing };
                }
                Step::Ending { .. } | Step::NotReached | Step::Failed(_) | Step::Unknown(_) => {}
            }
        }
    }

    /// The order was never sent and will not be.
    pub(super) fn call_back_is_void(&mut self) {
        self.calling_back.last = None;
        self.saved.call_back = None;
    }

    /// The task that this agent left open is known by now and is ended as a debt, so the order is dropped.
    pub(super) fn call_back_is_owed(&mut self, agent: &Agent) {
        let is_of = |order: &CallBackOrder| order.extension == agent.extension && order.agent_id == agent.agent_id;
        if self.calling_back.last.take_if(|(order, step)| matches!(step, Step::Unknown(_)) && is_of(order)).is_some() {
            self.saved.call_back = None;
        }
    }

    pub(super) fn call_back_deadline(&self) -> Option<Duration> {
        match &self.calling_back.last.as_ref()?.1 {
            Step::Calling { until } => Some(*until),
            Step::Ending { due, .. } if self.sign_in.is_in() && !self.is_asking(&Purpose::EndTask) && *due < Duration::MAX => Some(*due),
            _ => None,
        }
    }

    pub(super) fn settle_call_back(&mut self, now: Now, out: &mut Vec<Effect>) {
        self.join_call_back(now, out);
        let signed_in = self.sign_in.is_in();
        let Some((order, step)) = &mut self.calling_back.last else { return };
        match step {
            Step::Calling { until } if *until <= now.mono => {
                *step = Step::Ending { due: now.mono, problem: None, then: Then::NotReached };
            }
            _ => {}
        }
        let Step::Ending { due, then, .. } = step else { return };
        match order.task_id.clone() {
            Some(task_id) if *due <= now.mono && signed_in => {
                if !self.is_asking(&Purpose::EndTask) {
                    let account = self.saved.account.clone().unwrap_or_default();
                    self.ask(Request::EndTask { account, task_id }, Purpose::EndTask, now, out);
                }
            }
            Some(_) => {}
            // The request's outcome is unknown, but a call resulted; without a task id there is nothing to end.
            None => {
                let then = then.clone();
                self.say_of_call_back(then, out);
            }
        }
    }

    /// Joins the order to the call that results from it. Once the call was answered, the task for the agent is done; after the call, the
    /// platform's task is ended.
    fn join_call_back(&mut self, now: Now, out: &mut Vec<Effect>) {
        let Some((order, step)) = &self.calling_back.last else { return };
        let call = match step {
            Step::Calling { .. } | Step::Unknown(_) | Step::NotReached => {
                self.calls.at_hand().find(|call| self.calling_back.came_of_it(order, call))
            }
            Step::Connected(id) => self.calls.at_hand().find(|call| call.id == *id),
            Step::Sending | Step::Ending { .. } | Step::Failed(_) => return,
        };
        let (was_answered, goes_on) =
            (call.is_some_and(|call| call.answered_at.is_some()), call.is_some_and(|call| call.ended_at.is_none()));
        let next = match (call, step) {
            (Some(call), _) if goes_on => Step::Connected(call.id),
            (Some(_), _) | (None, Step::Connected(_)) => Step::Ending { due: now.mono, problem: None, then: Then::Nothing },
            (None, _) => return,
        };
        if let Some((order, step)) = &mut self.calling_back.last {
            *step = next;
            if was_answered && std::mem::take(&mut order.to_do) {
                out.push(Effect::SaveNote { call: order.of, edit: Edit::Done(Some(now.wall)) });
            }
        }
        self.keep_call_back(out);
    }
}
