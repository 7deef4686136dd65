//! What people do with campaigns.

use ringside_domain::{
    Campaign, CampaignCounts, CampaignId, CampaignLimits, CampaignPart, CampaignPlan, ChangeProgress, FloorAct, FloorChange, Hold,
    HoldReason, Now, PartDecision, PartState, Problem, ProblemCode, Running, TaskKnown,
};

use super::Kept;
use crate::{
    Effect, Floor,
    desk::{Entry, nobody_signed_in},
    writes::{Lane, Then},
};

fn not_possible(detail: &str) -> Problem {
    Problem::new(ProblemCode::Refused, detail, false).known_not_done(true)
}

/// A task whose id is unknown cannot be reached.
fn no_task_id() -> Problem {
    Problem::new(ProblemCode::FateUnknown, "", false)
}

impl Floor {
    pub(crate) fn start_campaign(&mut self, import: u64, plan: CampaignPlan, by: &str, now: Now) {
        let Some(account) = self.desk.account().cloned() else {
            self.imports.ends(import, false);
            return self.not_begun(FloorAct::Start, &plan.name, "start", by, nobody_signed_in(), now);
        };
        let is_number = |number: &String| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
        if !plan.display_numbers.iter().all(is_number) {
            // They are sent separated by commas.
            self.imports.ends(import, false);
            let problem = not_possible("a display number has something other than digits");
            return self.not_begun(FloorAct::Start, &plan.name, "start", by, problem, now);
        }
        let id = CampaignId(self.campaigns.next);
        self.campaigns.next += 1;
        let campaign = Campaign {
            id,
            account,
            source: self.imports.file_of(import),
            plan,
            made_at: now.wall,
            made_by: by.to_owned(),
            task_id: None,
            task: TaskKnown::None,
            holds: Vec::new(),
            ended: None,
            finished_at: None,
            sending_stopped: false,
            problem: None,
            removed_at: None,
        };
        let kept = Kept::new(campaign, Vec::new(), CampaignCounts::default(), true);
        let subject = kept.subject();
        let changes = vec![
            kept.change(),
            FloorChange::TakeImport { import, campaign: id },
            Entry { by, what: "start", subject: &subject, result: "done", detail: "" }.at(now.wall),
        ];
        self.campaigns.kept.insert(id, kept);
        self.imports.is_taken(import);
        self.writes.push(Lane::Campaign(id), changes, Then::Start { campaign: id, import });
    }

    /// The campaign and its numbers are stored, or are not.
    pub(crate) fn campaign_stored(
        &mut self,
        (id, import): (CampaignId, u64),
        parts: Result<Vec<CampaignPart>, Problem>,
        now: Now,
        out: &mut Vec<Effect>,
    ) {
        self.imports.ends(import, parts.is_ok());
        match parts {
            Ok(parts) => {
                if let Some(kept) = self.campaigns.of_mut(id) {
                    kept.is_new = false;
                    kept.parts = parts;
                }
                self.count(vec![id], out);
            }
            Err(problem) => {
                let Some(kept) = self.campaigns.kept.remove(&id) else { return };
                self.not_begun(FloorAct::Start, &kept.campaign.plan.name, "start", &kept.campaign.made_by, problem, now);
            }
        }
    }

    pub(crate) fn add_numbers(&mut self, import: u64, id: CampaignId, by: &str, now: Now) {
        let Some(kept) = self.campaigns.of(id) else { return self.imports.ends(import, false) };
        let subject = kept.subject();
        if !kept.is_live() || kept.is_new {
            self.imports.ends(import, false);
            return self.not_begun(FloorAct::AddNumbers, &subject, "addNumbers", by, not_possible("the campaign is over"), now);
        }
        let entry = Entry { by, what: "addNumbers", subject: &subject, result: "done", detail: "" }.at(now.wall);
        self.writes.push(
            Lane::Campaign(id),
            vec![FloorChange::TakeImport { import, campaign: id }, entry],
            Then::Add { campaign: id, import },
        );
        self.imports.is_taken(import);
    }

    pub(crate) fn numbers_stored(
        &mut self,
        (id, import): (CampaignId, u64),
        parts: Result<Vec<CampaignPart>, Problem>,
        now: Now,
        out: &mut Vec<Effect>,
    ) {
        self.imports.ends(import, parts.is_ok());
        let Some(kept) = self.campaigns.of_mut(id) else { return };
        match parts {
            Ok(parts) => {
                let is_new = |part: &CampaignPart| kept.parts.iter().all(|known| known.number != part.number);
                let new: Vec<_> = parts.into_iter().filter(is_new).collect();
                kept.parts.extend(new);
                if kept.campaign.ended.is_some() {
                    // It was ended while they were stored.
                    let changes = kept.give_up_rest(now.wall);
                    self.writes.push(Lane::Campaign(id), changes, Then::Nothing);
                }
                self.count(vec![id], out);
            }
            Err(problem) => {
                let subject = kept.subject();
                self.not_begun(FloorAct::AddNumbers, &subject, "addNumbers", "", problem, now);
            }
        }
    }

    /// Says and enters that something was not begun.
    pub(crate) fn not_begun(&mut self, act: FloorAct, subject: &str, what: &str, by: &str, problem: Problem, now: Now) {
        let detail = problem.to_string();
        self.desk.notify(act, subject, ChangeProgress::Failed { problem }, now.wall);
        self.enter(Entry { by, what, subject, result: "failed", detail: &detail }, now.wall);
    }

    pub(crate) fn stop_sending(&mut self, id: CampaignId, by: &str, now: Now) {
        self.change_campaign(id, by, "stopSending", now, |kept| {
            let changes = !kept.campaign.sending_stopped;
            kept.campaign.sending_stopped = true;
            changes.then(Vec::new)
        });
    }

    /// If the task ended before all was sent, the rest gets a task of its own.
    pub(crate) fn resume_sending(&mut self, id: CampaignId, by: &str, now: Now) {
        self.change_campaign(id, by, "resumeSending", now, |kept| {
            if kept.campaign.ended.is_some() || kept.campaign.finished_at.is_some() {
                return None;
            }
            kept.campaign.sending_stopped = false;
            kept.sending.hurry();
            if kept.task_is() == Some(Running::Over) && kept.unsent().is_some() {
                kept.campaign.task_id = None;
                kept.campaign.task = TaskKnown::None;
                kept.campaign.problem = None;
            }
            let is_refused = |part: &&CampaignPart| matches!(part.state, PartState::Failed { .. });
            let refused: Vec<u32> = kept.parts.iter().filter(is_refused).map(|part| part.number).collect();
            Some(refused.into_iter().map(|part| kept.set_part(part, PartState::Waiting, Vec::new())).collect())
        });
    }

    /// Changes a campaign, and stores that with what else changed. None: nothing changed.
    fn change_campaign(
        &mut self,
        id: CampaignId,
        by: &str,
        what: &str,
        now: Now,
        change: impl FnOnce(&mut Kept) -> Option<Vec<FloorChange>>,
    ) -> bool {
        let Some(kept) = self.campaigns.of_mut(id).filter(|kept| !kept.is_new) else { return false };
        let changes = change(kept);
        let subject = kept.subject();
        let result = if changes.is_some() { "done" } else { "failed" };
        let entry = Entry { by, what, subject: &subject, result, detail: "" }.at(now.wall);
        let changed = changes.is_some();
        let campaign = changed.then(|| kept.change());
        let changes = changes.into_iter().flatten().chain(campaign).chain([entry]).collect();
        self.writes.push(Lane::Campaign(id), changes, Then::Count(id));
        changed
    }

    pub(crate) fn decide(&mut self, id: CampaignId, part: u32, decision: PartDecision, task_id: Option<String>, by: &str, now: Now) {
        let task_id = task_id.map(|task_id| task_id.trim().to_owned()).filter(|task_id| !task_id.is_empty());
        let what = match decision {
            PartDecision::Taken => "countAsTaken",
            PartDecision::SendAgain => "sendAgain",
            PartDecision::GiveUp => "giveUpPart",
        };
        if self.change_campaign(id, by, what, now, |kept| kept.decided(part, decision, task_id, now)) {
            self.seek_listed();
        }
    }

    pub(crate) fn pause(&mut self, id: CampaignId, by: &str, now: Now) {
        self.hold_by_person(id, FloorAct::Pause, by, now);
    }

    /// Ends the person's pause; the other holds stay.
    pub(crate) fn resume(&mut self, id: CampaignId, by: &str, now: Now) {
        self.hold_by_person(id, FloorAct::Resume, by, now);
    }

    fn hold_by_person(&mut self, id: CampaignId, act: FloorAct, by: &str, now: Now) {
        let Some(kept) = self.campaigns.of(id).filter(|kept| !kept.is_new) else { return };
        let (is_live, subject) = (kept.is_live(), kept.subject());
        let holds = act == FloorAct::Pause;
        if !is_live {
            let what = if holds { "pause" } else { "resume" };
            return self.enter(Entry { by, what, subject: &subject, result: "failed", detail: "the campaign is over" }, now.wall);
        }
        if self.set_hold(id, HoldReason::Person, holds, Some(by), now) {
            self.say_unreachable(id, act, now);
        }
    }

    fn say_unreachable(&mut self, id: CampaignId, act: FloorAct, now: Now) {
        if let Some(kept) = self.campaigns.of(id).filter(|kept| kept.may_have_unknown_task()) {
            let subject = kept.subject();
            self.desk.notify(act, &subject, ChangeProgress::Failed { problem: no_task_id() }, now.wall);
        }
    }

    pub(crate) fn end(&mut self, id: CampaignId, by: &str, now: Now) {
        let ended = self.change_campaign(id, by, "end", now, |kept| {
            if kept.campaign.ended.is_some() || kept.campaign.finished_at.is_some() {
                return None;
            }
            kept.campaign.ended = Some(Hold { reason: HoldReason::Person, since: now.wall, by: Some(by.to_owned()) });
            Some(kept.give_up_rest(now.wall))
        });
        if ended {
            self.say_unreachable(id, FloorAct::End, now);
        }
    }

    pub(crate) fn set_limits(&mut self, id: CampaignId, limits: CampaignLimits, by: &str, now: Now) {
        self.change_campaign(id, by, "setLimits", now, |kept| {
            kept.campaign.plan.limits = limits;
            Some(Vec::new())
        });
    }

    /// Only a campaign that makes no calls can be hidden.
    pub(crate) fn hide_campaign(&mut self, id: CampaignId, by: &str, now: Now) {
        self.change_campaign(id, by, "hideCampaign", now, |kept| {
            let is_over = kept.campaign.ended.is_some() && kept.campaign.task_id.is_none() && !kept.has_unknown_part();
            let is_void = matches!(kept.campaign.task, TaskKnown::None) && kept.is_refused();
            if kept.is_sending_part() || !(is_over || is_void || kept.task_is() == Some(Running::Over)) {
                return None;
            }
            kept.campaign.removed_at = Some(now.wall);
            Some(Vec::new())
        });
    }
}

impl Kept {
    fn decided(&mut self, part: u32, decision: PartDecision, task_id: Option<String>, now: Now) -> Option<Vec<FloorChange>> {
        let known = self.parts.iter().find(|known| known.number == part)?;
        let count = known.count;
        let is_unknown = matches!(known.state, PartState::Unknown { .. });
        let no_id = self.may_have_unknown_task();
        // The id may be given after the decision, too: the task may be running.
        let is_decided = matches!(known.state, PartState::Taken { .. } | PartState::GivenUp { .. });
        let gives_id = no_id && decision == PartDecision::Taken && task_id.is_some() && is_decided;
        if !is_unknown && !gives_id {
            return None;
        }
        let state = match decision {
            PartDecision::Taken => PartState::Taken { at: now.wall, accepted: count },
            PartDecision::GiveUp => PartState::GivenUp { at: now.wall },
            PartDecision::SendAgain if self.campaign.ended.is_some() => return None,
            PartDecision::SendAgain => PartState::Waiting,
        };
        self.campaign.problem = None;
        self.sending.hurry();
        // The platform may have got the part only after it was asked to remove these numbers.
        self.not_waiting.clear();
        let change = if gives_id { None } else { Some(self.set_part(part, state, Vec::new())) };
        if no_id && self.campaign.task_id.is_none() {
            match decision {
                PartDecision::Taken => {
                    if let Some(task_id) = task_id {
                        // It was created open; the wanted state is set at once.
                        self.campaign.task_id = Some(task_id);
                        self.campaign.task = TaskKnown::MayBe { state: Running::Open, since: now.wall };
                    }
                }
                PartDecision::SendAgain => self.campaign.task = TaskKnown::None,
                // The other parts get a task of their own.
                PartDecision::GiveUp if self.unsent().is_some() => self.campaign.task = TaskKnown::None,
                PartDecision::GiveUp => {}
            }
        }
        Some(change.into_iter().collect())
    }
}
