//! The steps of a team break.

use std::time::Duration;

use ringside_domain::{ChangeProgress, FloorAgent, Now, Problem, ProblemCode, QueueName, SeatId, SeatOrder, SeatState, TeamBreakStep};

use super::{Break, minutes};
use crate::{Floor, desk::Entry, writes::Then};

/// A step that is not done within this time is left with a problem.
const LONGEST: Duration = Duration::from_secs(60);

/// A step looks at the agents this long after its begin.
const READ_AFTER: Duration = Duration::from_millis(200);

/// What a step waits for.
enum Wait {
    Goes,
    Done(Vec<Problem>),
}

fn not_confirmed(detail: impl Into<String>) -> Problem {
    Problem::new(ProblemCode::NotConfirmed, detail, true)
}

impl Floor {
    pub(crate) fn settle_breaks(&mut self, now: Now) {
        let account = self.desk.account().cloned();
        let queues: Vec<QueueName> =
            self.breaks.0.iter().filter(|pause| pause.is_of(account.as_ref())).map(|pause| pause.stored.queue.clone()).collect();
        for queue in queues {
            self.settle_break(&queue, now);
        }
    }

    fn settle_break(&mut self, queue: &QueueName, now: Now) {
        let account = self.desk.account().cloned();
        loop {
            let Some(pause) = self.breaks.0.iter().find(|pause| pause.is_of(account.as_ref()) && pause.stored.queue == *queue) else {
                return;
            };
            let step = pause.stored.step;
            let wait = match step {
                TeamBreakStep::Pausing => self.pausing(pause),
                TeamBreakStep::Draining => self.draining(pause),
                TeamBreakStep::SettingBusy => self.setting(queue, SeatOrder::Busy, now),
                TeamBreakStep::OnBreak if pause.stored.ends_at <= now.wall => Wait::Done(Vec::new()),
                TeamBreakStep::OnBreak => Wait::Goes,
                TeamBreakStep::SettingAvailable => self.setting(queue, SeatOrder::Available, now),
                TeamBreakStep::Resuming => self.resuming(pause),
            };
            let Some(pause) = self.breaks.of(account.as_ref(), queue) else { return };
            let is_late = step != TeamBreakStep::OnBreak && now.mono >= pause.began + LONGEST;
            match wait {
                Wait::Done(problems) => pause.problems.extend(problems),
                Wait::Goes if is_late && !pause.storing => pause.problems.push(not_confirmed(late(step))),
                Wait::Goes => return,
            }
            let next = match step {
                TeamBreakStep::Pausing => TeamBreakStep::Draining,
                TeamBreakStep::Draining => TeamBreakStep::SettingBusy,
                TeamBreakStep::SettingBusy => {
                    // The countdown begins when the agents have their break.
                    pause.stored.ends_at = now.wall.plus(minutes(pause.stored.minutes));
                    TeamBreakStep::OnBreak
                }
                TeamBreakStep::OnBreak => TeamBreakStep::SettingAvailable,
                TeamBreakStep::SettingAvailable => TeamBreakStep::Resuming,
                TeamBreakStep::Resuming => return self.break_over(queue, now),
            };
            pause.go_to(next, now);
            self.queues.read_agents_by(queue, now.mono + READ_AFTER);
            let entry = Entry { by: "", what: "teamBreakStep", subject: &queue.0, result: "done", detail: late(step) }.at(now.wall);
            self.store_break(queue, entry, Then::Nothing);
        }
    }

    /// All campaigns of the queue make no calls, by what the platform accepted.
    fn pausing(&self, pause: &Break) -> Wait {
        let mut problems = Vec::new();
        for kept in self.campaigns_of_break(pause) {
            if kept.may_have_unknown_task() {
                problems.push(Problem::new(ProblemCode::FateUnknown, kept.subject(), false));
            } else if !kept.is_quiet() {
                return Wait::Goes;
            }
        }
        Wait::Done(problems)
    }

    /// A reading from this step shows no ringing agent.
    fn draining(&self, pause: &Break) -> Wait {
        let Some(agents) = self.agents_since(&pause.stored.queue, pause.began) else { return Wait::Goes };
        if agents.iter().any(|agent| agent.state == SeatState::Receiving) { Wait::Goes } else { Wait::Done(Vec::new()) }
    }

    /// The agents of a queue, if a reading was asked for after this time.
    fn agents_since(&self, queue: &QueueName, since: Duration) -> Option<&[FloorAgent]> {
        let known = self.queues.agents(queue)?;
        known.reading().asked_at().filter(|asked_at| *asked_at > since).map(|_| known.all())
    }

    fn setting(&mut self, queue: &QueueName, order: SeatOrder, now: Now) -> Wait {
        let account = self.desk.account().cloned();
        let Some(pause) = self.breaks.0.iter().find(|pause| pause.is_of(account.as_ref()) && pause.stored.queue == *queue) else {
            return Wait::Goes;
        };
        if pause.storing {
            return Wait::Goes;
        }
        let by = pause.stored.by.clone();
        if pause.ordered {
            let seats = pause.stored.agents.clone();
            return self.seats_are_set(queue, &seats);
        }
        let began = pause.began;
        let Some(agents) = self.agents_since(queue, began) else { return Wait::Goes };
        let agents: Vec<FloorAgent> = agents.iter().filter(|agent| !agent.extension.0.is_empty()).cloned().collect();
        let Some(pause) = self.breaks.of(account.as_ref(), queue) else { return Wait::Goes };
        if order == SeatOrder::Busy {
            let is_known = |seats: &[SeatId], agent: &FloorAgent| seats.iter().any(|seat| seat.extension == agent.extension);
            // A person ordered this agent to be busy after the call: the end of the break must not make the agent available.
            let will_be_busy = |agent: &FloorAgent| self.seats.is_busy_after_call(queue, &agent.extension);
            let new: Vec<SeatId> = agents
                .iter()
                .filter(|agent| agent.state.takes_calls() && !is_known(&pause.stored.agents, agent) && !will_be_busy(agent))
                .map(|agent| SeatId { queue: queue.clone(), extension: agent.extension.clone(), agent_id: agent.agent_id.clone() })
                .collect();
            if !new.is_empty() {
                // They are remembered before they are set, so that a restart does not leave them busy.
                pause.stored.agents.extend(new);
                pause.storing = true;
                let then = Then::Remembered(pause.stored.account.clone(), queue.clone());
                let entry = Entry { by: "", what: "teamBreakAgents", subject: &queue.0, result: "done", detail: "" }.at(now.wall);
                self.store_break(queue, entry, then);
                return Wait::Goes;
            }
        }
        pause.ordered = true;
        let remembered = pause.stored.agents.clone();
        let seats: Vec<SeatId> = remembered.into_iter().filter(|seat| self.needs_order(seat, order, &agents)).collect();
        let none = seats.is_empty();
        self.set_seats(seats, order, &by, now);
        if none { Wait::Done(Vec::new()) } else { Wait::Goes }
    }

    /// An agent who is in the ordered state already, or has signed out, is left alone; but not one whose earlier order is still open.
    fn needs_order(&self, seat: &SeatId, order: SeatOrder, agents: &[FloorAgent]) -> bool {
        let row = agents.iter().find(|agent| agent.extension == seat.extension);
        let change = self.seats.progress(&(seat.queue.clone(), seat.extension.clone()));
        let is_open = change.is_some_and(|((other, _), _, progress)| {
            *other != order && !matches!(progress, ChangeProgress::Confirmed | ChangeProgress::Failed { .. })
        });
        is_open || row.is_some_and(|agent| agent.state.takes_calls() == (order == SeatOrder::Busy))
    }

    fn seats_are_set(&self, queue: &QueueName, seats: &[SeatId]) -> Wait {
        let mut problems = Vec::new();
        let agents = self.queues.agents(queue).map_or(&[][..], |known| known.all());
        for seat in seats {
            let Some((_, _, progress)) = self.seats.progress(&(queue.clone(), seat.extension.clone())) else { continue };
            // The break does not wait for a customer's call to end; a ringing one may not be answered.
            let talks = agents.iter().any(|agent| agent.extension == seat.extension && agent.state == SeatState::Talking);
            match progress {
                ChangeProgress::Confirmed => {}
                ChangeProgress::AfterCall if talks => {}
                ChangeProgress::Pending | ChangeProgress::Accepted | ChangeProgress::AfterCall => return Wait::Goes,
                ChangeProgress::Overdue => problems.push(not_confirmed(seat.extension.0.clone())),
                ChangeProgress::Failed { problem } => {
                    problems.push(Problem { detail: format!("{}: {}", seat.extension, problem.detail), ..problem });
                }
            }
        }
        Wait::Done(problems)
    }

    /// The campaigns have the state that they are to have.
    fn resuming(&self, pause: &Break) -> Wait {
        let holds =
            |kept: &crate::campaigns::Kept| kept.campaign().holds.iter().any(|hold| hold.reason == ringside_domain::HoldReason::TeamBreak);
        let goes = self.campaigns_of_break(pause).any(|kept| holds(kept) || !(kept.is_as_wanted() || kept.may_have_unknown_task()));
        if goes { Wait::Goes } else { Wait::Done(Vec::new()) }
    }

    pub(crate) fn breaks_deadline(&self) -> Option<Duration> {
        let now = self.last_now;
        let next = |pause: &Break| match pause.stored.step {
            // Compared often, since the clock may be set.
            TeamBreakStep::OnBreak => {
                now.mono + pause.stored.ends_at.since(now.wall).clamp(Duration::from_millis(1), Duration::from_secs(30))
            }
            _ => pause.began + LONGEST,
        };
        let account = self.desk.account();
        let waits = |pause: &&Break| pause.is_of(account) && !(pause.storing && pause.began + LONGEST <= now.mono);
        self.breaks.0.iter().filter(waits).map(next).min()
    }
}

/// The step's name in the ledger and in a problem.
fn late(step: TeamBreakStep) -> &'static str {
    match step {
        TeamBreakStep::Pausing => "pausing",
        TeamBreakStep::Draining => "draining",
        TeamBreakStep::SettingBusy => "settingBusy",
        TeamBreakStep::OnBreak => "onBreak",
        TeamBreakStep::SettingAvailable => "settingAvailable",
        TeamBreakStep::Resuming => "resuming",
    }
}
