//! A team break: the campaigns of a queue are paused, ringing calls are waited for, the available agents are set busy; after the break these
//! agents are set available again, and the campaigns go on. Each step is shown, and each can be taken back. What does not work is said and
//! does not stop the next step. The break is stored, so that agents are set back even after a restart.

mod steps;

use std::time::Duration;

use ringside_domain::{
    Account, ChangeProgress, FloorAct, FloorChange, Now, Problem, QueueName, SeatId, StoredTeamBreak, Target, TeamBreakStep, TeamBreakView,
};

use crate::{
    Floor,
    campaigns::Kept,
    count,
    desk::{Entry, nobody_signed_in},
    writes::{Lane, Then},
};

#[derive(Debug)]
pub(crate) struct Break {
    stored: StoredTeamBreak,
    /// When the present step began.
    began: Duration,
    problems: Vec<Problem>,
    /// The agents of this step were ordered to change.
    ordered: bool,
    /// The remembered agents wait for their commit.
    storing: bool,
}

impl Break {
    fn is_of(&self, account: Option<&Account>) -> bool {
        Some(&self.stored.account) == account
    }

    fn go_to(&mut self, step: TeamBreakStep, now: Now) {
        self.stored.step = step;
        (self.began, self.ordered, self.storing) = (now.mono, false, false);
    }

    /// Its campaigns are to make no calls.
    fn holds(&self) -> bool {
        self.stored.step != TeamBreakStep::Resuming
    }

    /// The campaigns that it pauses.
    fn holds_campaign(&self, account: &Account, target: &Target) -> bool {
        self.stored.account == *account && *target == Target::Queue(self.stored.queue.clone())
    }
}

#[derive(Debug, Default)]
pub(crate) struct Breaks(Vec<Break>);

impl Breaks {
    /// A break that had not reached its agents begins anew.
    pub fn restored(stored: Vec<StoredTeamBreak>, now: Now) -> Self {
        let step = |step| match step {
            TeamBreakStep::Pausing | TeamBreakStep::Draining | TeamBreakStep::SettingBusy => TeamBreakStep::Pausing,
            later => later,
        };
        let restored = |stored: StoredTeamBreak| Break {
            began: now.mono,
            problems: Vec::new(),
            ordered: false,
            storing: false,
            stored: StoredTeamBreak { step: step(stored.step), ..stored },
        };
        Self(stored.into_iter().map(restored).collect())
    }

    fn of(&mut self, account: Option<&Account>, queue: &QueueName) -> Option<&mut Break> {
        self.0.iter_mut().find(|pause| pause.is_of(account) && pause.stored.queue == *queue)
    }

    /// Whether the queue has a team break that is not over.
    pub fn has(&self, account: Option<&Account>, queue: &QueueName) -> bool {
        self.0.iter().any(|pause| pause.is_of(account) && pause.stored.queue == *queue)
    }

    /// Whether a break keeps the campaigns with this target paused.
    pub fn holds(&self, account: &Account, target: &Target) -> bool {
        self.0.iter().any(|pause| pause.holds() && pause.holds_campaign(account, target))
    }

    /// The queues whose agents must be read for a step.
    pub fn read_queues(&self, account: Option<&Account>) -> Vec<QueueName> {
        let needs = |pause: &&Break| {
            pause.is_of(account)
                && match pause.stored.step {
                    TeamBreakStep::Draining => true,
                    TeamBreakStep::SettingBusy | TeamBreakStep::SettingAvailable => !pause.ordered,
                    _ => false,
                }
        };
        self.0.iter().filter(needs).map(|pause| pause.stored.queue.clone()).collect()
    }

    /// `waits`: whether the agent is set busy after the present call.
    pub fn views(&self, account: Option<&Account>, waits: impl Fn(&SeatId) -> bool) -> Vec<TeamBreakView> {
        let view = |pause: &Break| TeamBreakView {
            queue: pause.stored.queue.clone(),
            step: pause.stored.step,
            ends_at: pause.stored.ends_at,
            on_call: count(&pause.stored.agents, &waits),
            problems: pause.problems.clone(),
        };
        self.0.iter().filter(|pause| pause.is_of(account)).map(view).collect()
    }
}

impl Floor {
    pub(crate) fn break_views(&self) -> Vec<TeamBreakView> {
        self.breaks.views(self.desk.account(), |seat| self.seats.is_busy_after_call(&seat.queue, &seat.extension))
    }
}

fn minutes(count: u32) -> Duration {
    Duration::from_secs(u64::from(count) * 60)
}

impl Floor {
    /// Begins a break, or begins one anew that is ending.
    pub(crate) fn start_break(&mut self, queue: QueueName, length: u32, by: &str, now: Now) {
        let Some(account) = self.desk.account().cloned() else {
            return self.not_begun(FloorAct::TeamBreak, &queue.0, "startTeamBreak", by, nobody_signed_in(), now);
        };
        let length = length.max(1);
        let ends_at = now.wall.plus(minutes(length));
        match self.breaks.of(Some(&account), &queue) {
            Some(pause) => {
                (pause.stored.minutes, pause.stored.ends_at) = (length, ends_at);
                if matches!(pause.stored.step, TeamBreakStep::SettingAvailable | TeamBreakStep::Resuming) {
                    pause.go_to(TeamBreakStep::Pausing, now);
                }
            }
            None => {
                let stored = StoredTeamBreak {
                    account,
                    queue: queue.clone(),
                    step: TeamBreakStep::Pausing,
                    minutes: length,
                    ends_at,
                    by: by.to_owned(),
                    agents: Vec::new(),
                };
                self.breaks.0.push(Break { stored, began: now.mono, problems: Vec::new(), ordered: false, storing: false });
            }
        }
        let detail = format!("{length} minutes");
        let entry = Entry { by, what: "startTeamBreak", subject: &queue.0, result: "", detail: &detail }.at(now.wall);
        self.store_break(&queue, entry, Then::Nothing);
    }

    /// Ends a break, or takes back what it has done so far.
    pub(crate) fn end_break(&mut self, queue: &QueueName, by: &str, now: Now) {
        let account = self.desk.account().cloned();
        let Some(pause) = self.breaks.of(account.as_ref(), queue) else { return };
        match pause.stored.step {
            _ if pause.stored.agents.is_empty() && pause.holds() => pause.go_to(TeamBreakStep::Resuming, now),
            TeamBreakStep::SettingAvailable | TeamBreakStep::Resuming => {}
            _ => pause.go_to(TeamBreakStep::SettingAvailable, now),
        }
        let entry = Entry { by, what: "endTeamBreak", subject: &queue.0, result: "", detail: "" }.at(now.wall);
        self.store_break(queue, entry, Then::Nothing);
    }

    fn store_break(&mut self, queue: &QueueName, entry: FloorChange, then: Then) {
        let account = self.desk.account().cloned();
        let Some(pause) = self.breaks.of(account.as_ref(), queue) else { return };
        let changes = vec![FloorChange::TeamBreak(Box::new(pause.stored.clone())), entry];
        self.writes.push(Lane::Desk, changes, then);
    }

    /// The remembered agents are stored: they may be set busy. Their account may have been signed out meanwhile.
    pub(crate) fn break_remembered(&mut self, account: &Account, queue: &QueueName) {
        if let Some(pause) = self.breaks.of(Some(account), queue) {
            pause.storing = false;
        }
    }

    /// While nobody is signed in, nothing is done, so no step is late.
    pub(crate) fn breaks_go_on(&mut self, now: Now) {
        self.breaks.0.iter_mut().for_each(|pause| pause.began = now.mono);
    }

    fn break_over(&mut self, queue: &QueueName, now: Now) {
        let account = self.desk.account().cloned();
        let is_it = |pause: &Break| pause.is_of(account.as_ref()) && pause.stored.queue == *queue;
        let Some(index) = self.breaks.0.iter().position(is_it) else { return };
        let pause = self.breaks.0.remove(index);
        let failure = pause.problems.first().cloned();
        let detail: Vec<String> = pause.problems.iter().map(ToString::to_string).collect();
        let result = if failure.is_some() { "failed" } else { "done" };
        let entry = Entry { by: &pause.stored.by, what: "teamBreak", subject: &queue.0, result, detail: &detail.join("; ") }.at(now.wall);
        let over = FloorChange::TeamBreakOver { account: pause.stored.account, queue: queue.clone() };
        self.writes.push(Lane::Desk, vec![over, entry], Then::Nothing);
        let progress = failure.map_or(ChangeProgress::Confirmed, |problem| ChangeProgress::Failed { problem });
        self.desk.notify(FloorAct::TeamBreak, &queue.0, progress, now.wall);
    }

    fn campaigns_of_break<'a>(&'a self, pause: &'a Break) -> impl Iterator<Item = &'a Kept> {
        self.campaigns.all().filter(|kept| {
            let campaign = kept.campaign();
            kept.is_live() && pause.holds_campaign(&campaign.account, &campaign.plan.target)
        })
    }
}
