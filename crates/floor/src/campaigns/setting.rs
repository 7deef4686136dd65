//! Keeping a task in the wanted state (TaskSet). Only the newest wish counts: what is set is decided when the request is sent, and a request
//! that stops calls does not wait for the answer to one that starts them. Setting the same state again does no harm, so a request of
//! unknown outcome is repeated.

use std::time::Duration;

use ringside_domain::{
    Backoff, CampaignId, ChangeProgress, FloorAct, FloorAnswer, FloorRequest, Now, Priority, Problem, RequestId, Running, TaskKnown,
};

use super::{Kept, NO_TASK, TASK_OVER, can_help_later};
use crate::{
    Errand, Floor,
    desk::{Entry, result_of},
    turns::{Ended, Purpose, Want},
    writes::{Lane, Then},
};

const PAUSES: Backoff = Backoff::new(Duration::from_secs(1), Duration::from_secs(60));
/// The pauses after a refusal that repeating hardly changes; it is repeated all the same, since calls may go on that must not.
const PAUSES_AFTER_REFUSAL: Backoff = Backoff::new(Duration::from_secs(30), Duration::from_secs(600));

#[derive(Debug)]
pub(super) struct Setting {
    /// The platform said the known state in this run. A pause or an end from before the restart is set again; an open task is not, since
    /// somebody may have paused it at the platform.
    verified: bool,
    /// The newest request, and the state that it sets.
    asked: Option<(RequestId, Running)>,
    wanted: Option<Running>,
    due: Duration,
    failures: u32,
    notice: Option<u64>,
}

impl Default for Setting {
    fn default() -> Self {
        Self { verified: false, asked: None, wanted: None, due: Duration::ZERO, failures: 0, notice: None }
    }
}

impl Setting {
    /// The platform just answered that the task has the known state.
    pub fn is_known(&mut self) {
        self.verified = true;
    }
}

fn rank(state: Running) -> u8 {
    match state {
        Running::Open => 0,
        Running::Paused => 1,
        Running::Over => 2,
    }
}

impl Kept {
    /// The known state needs no confirmation by the platform in this run.
    pub(super) fn is_verified(&self) -> bool {
        self.setting.verified || self.task_is() == Some(Running::Open)
    }

    /// The task's state for the store: after a crash, a request that has no answer now may have been carried out.
    pub(super) fn task_for_store(&self) -> TaskKnown {
        match (&self.campaign.task, self.setting.asked) {
            (TaskKnown::Is { state, since }, Some((_, asked))) if *state != asked && *state != Running::Over => {
                TaskKnown::MayBe { state: asked, since: *since }
            }
            (task, _) => task.clone(),
        }
    }

    fn needs_setting(&self) -> bool {
        let wanted = self.campaign.wanted();
        // A request without an answer may change the known state.
        let changes = self.setting.asked.is_some_and(|(_, state)| state != wanted);
        self.campaign.task_id.is_some()
            && match self.campaign.task {
                TaskKnown::Is { state: Running::Over, .. } | TaskKnown::None | TaskKnown::MayExist { .. } => false,
                TaskKnown::Is { state, .. } => state != wanted || !self.is_verified() || changes,
                TaskKnown::MayBe { .. } => true,
            }
    }
}

impl Floor {
    pub(super) fn settle_setting(&mut self, id: CampaignId) {
        let Some(kept) = self.campaigns.of_mut(id) else { return };
        let wanted = kept.campaign.wanted();
        if kept.setting.wanted != Some(wanted) {
            // Another wish does not wait for the pause of the one before.
            kept.setting.wanted = Some(wanted);
            kept.setting.due = Duration::ZERO;
            kept.setting.failures = 0;
        }
        let purpose = Purpose::SetTask(id);
        let overtakes = |(_, asked): &(RequestId, Running)| rank(wanted) > rank(*asked);
        if kept.needs_setting() && kept.setting.asked.as_ref().is_some_and(overtakes) && self.turns.is_asked(&purpose) {
            self.turns.overtake(&purpose);
        }
    }

    /// Calls are stopped without waiting for the store or the clock; they are started only after the wish is stored.
    pub(super) fn set_wanted(kept: &Kept, may_call: bool) -> Option<Want> {
        let stops = kept.campaign.wanted() != Running::Open;
        (kept.needs_setting() && (may_call || stops)).then_some(Want {
            purpose: Purpose::SetTask(kept.campaign.id),
            priority: if stops { Priority::Stop } else { Priority::Person },
            due: kept.setting.due,
        })
    }

    pub(crate) fn set_turned(&mut self, turn: RequestId, id: CampaignId) -> Option<Errand> {
        let may_call = self.may_call_more(self.campaigns.of(id)?);
        let kept = self.campaigns.of_mut(id)?;
        let want = Self::set_wanted(kept, may_call);
        let (Some(_), Some(task_id)) = (want, kept.campaign.task_id.clone()) else { return None };
        let state = kept.campaign.wanted();
        kept.setting.asked = Some((turn, state));
        if kept.task_for_store() != kept.campaign.task {
            let change = kept.change();
            self.writes.push(Lane::Campaign(id), vec![change], Then::Nothing);
        }
        Some(Errand::Plain(FloorRequest::SetTask { task_id, state }))
    }

    pub(crate) fn set_answered(
        &mut self,
        request: RequestId,
        id: CampaignId,
        ended: &Ended,
        outcome: Result<FloorAnswer, Problem>,
        now: Now,
    ) {
        let unit = self.desk.unit();
        let Some(kept) = self.campaigns.of_mut(id) else { return };
        let asked = kept.setting.asked.take_if(|(asked, _)| *asked == request);
        let Some((_, state)) = asked.filter(|_| !ended.overtaken) else {
            // Which of the two requests came last at the platform is not known: the wanted state is set again.
            return self.set_again(id, now);
        };
        if kept.task_is() == Some(Running::Over) {
            // The end is final; the task callback was faster than this answer.
            return;
        }
        let failure = outcome.err();
        let is_over = failure.as_ref().is_some_and(|problem| matches!(problem.number, Some(NO_TASK | TASK_OVER)));
        let is_first = kept.setting.failures == 0;
        match &failure {
            None => {
                if kept.task_is() != Some(state) {
                    kept.campaign.task = TaskKnown::Is { state, since: now.wall };
                }
                kept.setting.verified = true;
            }
            Some(_) if is_over => kept.is_over(now.wall),
            Some(problem) => {
                if !problem.not_done {
                    kept.campaign.task = TaskKnown::MayBe { state, since: now.wall };
                }
                let pauses = if can_help_later(problem) || !problem.not_done { PAUSES } else { PAUSES_AFTER_REFUSAL };
                kept.setting.due = now.mono + pauses.after(kept.setting.failures).failed(problem.retry_after, unit);
                kept.setting.failures = kept.setting.failures.saturating_add(1);
            }
        }
        let goes_on = failure.is_some() && !is_over;
        if !goes_on {
            kept.setting.failures = 0;
        }
        if kept.campaign.problem.is_some() || failure.is_some() {
            let is_wished = is_over && state == Running::Over;
            kept.campaign.problem = failure.clone().filter(|_| !is_wished);
        }
        let subject = kept.subject();
        let mut changes = vec![kept.change()];
        let act = act(state);
        // The failures of one wish are entered once, and its success after them.
        if !goes_on || is_first {
            let what = match act {
                FloorAct::Pause => "pauseTask",
                FloorAct::Resume => "openTask",
                _ => "endTask",
            };
            let (result, detail) = if is_over && state == Running::Over { ("done", String::new()) } else { result_of(failure.as_ref()) };
            changes.push(Entry { by: "", what, subject: &subject, result, detail: &detail }.at(now.wall));
        }
        let progress = match failure {
            Some(problem) if !is_over || state != Running::Over => ChangeProgress::Failed { problem },
            _ => ChangeProgress::Accepted,
        };
        match (kept.setting.notice, &progress) {
            (Some(notice), _) => {
                kept.setting.notice = Some(notice).filter(|_| goes_on);
                self.desk.notice_goes_on(notice, progress);
            }
            (None, ChangeProgress::Failed { .. }) => {
                let notice = self.desk.notify(act, &subject, progress, now.wall);
                kept.setting.notice = goes_on.then_some(notice);
            }
            (None, _) => {}
        }
        self.writes.push(Lane::Campaign(id), changes, Then::Nothing);
    }

    /// The known state may not be the platform's any more: a request that was overtaken or lost may have been carried out after it.
    pub(crate) fn set_again(&mut self, id: CampaignId, now: Now) {
        let Some(kept) = self.campaigns.of_mut(id) else { return };
        if let Some(state @ (Running::Open | Running::Paused)) = kept.task_is() {
            kept.campaign.task = TaskKnown::MayBe { state, since: now.wall };
            let change = kept.change();
            self.writes.push(Lane::Campaign(id), vec![change], Then::Nothing);
        }
    }
}

fn act(state: Running) -> FloorAct {
    match state {
        Running::Open => FloorAct::Resume,
        Running::Paused => FloorAct::Pause,
        Running::Over => FloorAct::End,
    }
}
