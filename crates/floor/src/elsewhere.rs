//! Campaigns made elsewhere: their calls, counted from the bills, and their tasks, known by the task callback or named by a person. The
//! platform has no list of tasks, so nothing more is known of them here.

use ringside_domain::{ElsewhereCalls, ElsewhereTask, ElsewhereView, FloorAct, FloorChange, Now, Problem, ProblemCode, Running};

use crate::{
    Floor,
    orders::Order,
    writes::{Lane, Then},
};

/// So many tasks are remembered; the ledger has all that people did.
const KEPT: usize = 100;

#[derive(Debug, Default)]
pub(crate) struct Elsewhere {
    calls: Option<ElsewhereCalls>,
    /// The newest first.
    tasks: Vec<ElsewhereTask>,
}

impl Elsewhere {
    pub fn new(tasks: Vec<ElsewhereTask>) -> Self {
        Self { calls: None, tasks }
    }

    pub fn took(&mut self, calls: ElsewhereCalls) {
        self.calls = Some(calls);
    }
}

impl Floor {
    pub(crate) fn elsewhere_view(&self) -> ElsewhereView {
        // A person may have given the id to a campaign of this desk since.
        let is_ours = |task: &ElsewhereTask| self.campaigns.with_task(&task.task_id).is_some();
        let tasks = self.elsewhere.tasks.iter().filter(|task| !is_ours(task)).cloned().collect();
        ElsewhereView { calls: self.elsewhere.calls.clone(), tasks }
    }

    /// Sets a task by its id. The task of a campaign of this desk is set as that campaign.
    pub(crate) fn set_task(&mut self, task_id: &str, state: Running, by: &str, now: Now) {
        let task_id = task_id.trim();
        if let Some(id) = self.campaigns.with_task(task_id).map(|kept| kept.campaign().id) {
            return match state {
                Running::Open => self.resume(id, by, now),
                Running::Paused => self.pause(id, by, now),
                Running::Over => self.end(id, by, now),
            };
        }
        let order = Order::SetTask { task_id: task_id.to_owned(), state };
        if task_id.is_empty() {
            let problem = Problem::new(ProblemCode::BadRequest, "no task id", false).known_not_done(true);
            return self.not_begun(order.act(), "", order.word(), by, problem, now);
        }
        self.order(order, by, now);
    }

    /// The platform accepted the state, or reported it.
    pub(crate) fn task_elsewhere_is(&mut self, task: ElsewhereTask) {
        let tasks = &mut self.elsewhere.tasks;
        let known = tasks.iter().position(|known| known.task_id == task.task_id).map(|at| tasks.remove(at));
        if let Some(known) = known.filter(|known| known.state == Running::Over) {
            // The end is final; it is known since it was first said.
            return tasks.insert(0, known);
        }
        tasks.insert(0, task.clone());
        tasks.truncate(KEPT);
        self.writes.push(Lane::Desk, vec![FloorChange::ElsewhereTask(task)], Then::Nothing);
    }
}

/// What a person calls the setting of a task's state.
pub(crate) fn act(state: Running) -> FloorAct {
    match state {
        Running::Open => FloorAct::Resume,
        Running::Paused => FloorAct::Pause,
        Running::Over => FloorAct::End,
    }
}
