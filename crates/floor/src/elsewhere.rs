//! Campaigns made elsewhere: their calls, counted from the bills, and their tasks, known by the task callback or named by a person. The
//! platform has no list of tasks, so nothing more is known of them here.

use std::time::Duration;

use ringside_domain::{
    Account, ElsewhereCalls, ElsewhereTask, ElsewhereView, FloorAct, FloorChange, Now, Problem, ProblemCode, Running, Topic,
};

use crate::{
    Effect, Floor,
    orders::Order,
    writes::{Lane, Then},
};

/// So many tasks of an account are remembered; the ledger has all that people did.
const KEPT: usize = 100;
/// The calls are read at most this often: up to a million of them are counted each time.
const EVERY: Duration = Duration::from_secs(10);

#[derive(Debug, Default)]
pub(crate) struct Elsewhere {
    calls: Option<ElsewhereCalls>,
    /// The newest first.
    tasks: Vec<(Account, ElsewhereTask)>,
    /// The page needs the calls anew, from this time on.
    is_wanted: bool,
    due: Duration,
}

impl Elsewhere {
    pub fn new(tasks: Vec<(Account, ElsewhereTask)>) -> Self {
        Self { tasks, ..Self::default() }
    }

    /// Another account is signed in, whose calls are not read yet.
    pub fn leave(&mut self) {
        self.calls = None;
        self.due = Duration::ZERO;
    }

    pub fn read_soon(&mut self) {
        self.is_wanted = true;
    }

    pub fn deadline(&self) -> Option<Duration> {
        self.is_wanted.then_some(self.due)
    }
}

impl Floor {
    pub(crate) fn elsewhere_view(&self) -> ElsewhereView {
        let account = self.last_account.as_ref();
        // A person may have given the id to a campaign of this desk since.
        let is_ours = |task: &ElsewhereTask| self.campaigns.with_task(account, &task.task_id).is_some();
        let tasks = self.elsewhere.tasks.iter().filter(|(of, _)| Some(of) == account).map(|(_, task)| task);
        let tasks = tasks.filter(|task| !is_ours(task)).cloned().collect();
        ElsewhereView { calls: self.elsewhere.calls.clone(), tasks }
    }

    pub(crate) fn settle_elsewhere(&mut self, now: Now, out: &mut Vec<Effect>) {
        if self.elsewhere.deadline().is_none_or(|due| due > now.mono) {
            return;
        }
        self.elsewhere.is_wanted = false;
        if let Some(account) = self.last_account.clone().filter(|_| self.watched.contains(&Topic::Elsewhere)) {
            self.elsewhere.due = now.mono + EVERY;
            out.push(Effect::ReadElsewhere { account });
        }
    }

    pub(crate) fn took_elsewhere(&mut self, account: &Account, calls: ElsewhereCalls) {
        if self.last_account.as_ref() == Some(account) {
            self.elsewhere.calls = Some(calls);
        }
    }

    /// Sets a task by its id. The task of a campaign of this desk is set as that campaign.
    pub(crate) fn set_task(&mut self, task_id: &str, state: Running, by: &str, now: Now) {
        let task_id = task_id.trim();
        if let Some(id) = self.campaigns.with_task(self.last_account.as_ref(), task_id).map(|kept| kept.campaign().id) {
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

    /// The platform accepted the state of a task of the account that is signed in, or reported it.
    pub(crate) fn task_elsewhere_is(&mut self, task: ElsewhereTask) {
        let Some(account) = self.last_account.clone() else { return };
        let tasks = &mut self.elsewhere.tasks;
        let is_it = |(of, known): &(Account, ElsewhereTask)| *of == account && known.task_id == task.task_id;
        let known = tasks.iter().position(is_it).map(|at| tasks.remove(at));
        if let Some(known) = known.filter(|(_, known)| known.state == Running::Over) {
            // The end is final; it is known since it was first said.
            return tasks.insert(0, known);
        }
        tasks.insert(0, (account.clone(), task.clone()));
        if let Some((at, _)) = tasks.iter().enumerate().filter(|(_, (of, _))| *of == account).nth(KEPT) {
            tasks.remove(at);
        }
        self.writes.push(Lane::Desk, vec![FloorChange::ElsewhereTask { account, task }], Then::Nothing);
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
