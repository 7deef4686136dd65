//! Campaigns: what is stored of each, and the requests about it. `sending` sends its parts, `setting` keeps its task in the wanted state,
//! `removing` takes numbers out, `intents` has the wishes of people.

mod intents;
mod removing;
mod sending;
mod setting;

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use ringside_domain::{
    Account, Campaign, CampaignCounts, CampaignId, CampaignPart, ElsewhereTask, EndingSeen, FloorChange, Hold, HoldReason, Now, PartState,
    Problem, ProblemCode, Running, StoredCampaign, TaskKnown, Timestamp,
};

use crate::{
    Effect, Floor,
    turns::Want,
    writes::{Lane, Then},
};

/// Answers of the platform about a task: there is none with this id; it is over.
const NO_TASK: u32 = 1024;
pub(crate) const TASK_OVER: u32 = 1028;

/// Whether repeating a request that certainly was not carried out can help. That nobody was signed in, or that the login was refused, says
/// nothing about the request itself, which was not sent.
fn can_help_later(problem: &Problem) -> bool {
    problem.retryable || matches!(problem.code, ProblemCode::AccesskeyMissing | ProblemCode::WrongAccesskey)
}

/// A campaign with the state of its requests.
#[derive(Debug)]
pub(crate) struct Kept {
    campaign: Campaign,
    parts: Vec<CampaignPart>,
    counts: CampaignCounts,
    evidence: Vec<(u32, u32)>,
    /// Numbers with a preset time in the past, and in the future.
    preset: (u32, u32),
    endings: Vec<EndingSeen>,
    /// Its first transaction is not stored yet.
    is_new: bool,
    sending: sending::Sending,
    setting: setting::Setting,
    removals: VecDeque<removing::Removal>,
    /// Numbers on the do-not-call list of which the platform said that they do not wait there: they were called, or are being called.
    not_waiting: BTreeSet<String>,
}

impl Kept {
    fn new(campaign: Campaign, parts: Vec<CampaignPart>, counts: CampaignCounts, is_new: bool) -> Self {
        Self {
            campaign,
            parts,
            counts,
            evidence: Vec::new(),
            preset: (0, 0),
            endings: Vec::new(),
            is_new,
            sending: sending::Sending::default(),
            setting: setting::Setting::default(),
            removals: VecDeque::new(),
            not_waiting: BTreeSet::new(),
        }
    }

    pub fn campaign(&self) -> &Campaign {
        &self.campaign
    }

    pub fn parts(&self) -> &[CampaignPart] {
        &self.parts
    }

    pub fn counts(&self) -> &CampaignCounts {
        &self.counts
    }

    pub fn evidence(&self) -> &[(u32, u32)] {
        &self.evidence
    }

    pub fn preset(&self) -> (u32, u32) {
        self.preset
    }

    /// The most frequent endings of its last unanswered calls.
    pub fn endings(&self) -> &[EndingSeen] {
        &self.endings
    }

    pub fn is_new(&self) -> bool {
        self.is_new
    }

    /// The campaign's name in notices and in the ledger.
    pub fn subject(&self) -> String {
        self.campaign.subject()
    }

    /// The task's state, if the platform accepted it.
    pub fn task_is(&self) -> Option<Running> {
        if let TaskKnown::Is { state, .. } = self.campaign.task { Some(state) } else { None }
    }

    pub fn may_have_unknown_task(&self) -> bool {
        matches!(self.campaign.task, TaskKnown::MayExist { .. })
    }

    /// It can still make calls.
    pub fn is_live(&self) -> bool {
        let over = self.campaign.ended.is_some() || self.campaign.finished_at.is_some() || self.campaign.removed_at.is_some();
        !over && self.task_is() != Some(Running::Over)
    }

    /// Since when its task is over.
    pub fn over_since(&self) -> Option<Timestamp> {
        if let TaskKnown::Is { state: Running::Over, since } = self.campaign.task { Some(since) } else { None }
    }

    /// Its task may be making calls.
    pub fn may_call(&self) -> bool {
        !matches!(self.campaign.task, TaskKnown::None) && self.task_is() != Some(Running::Over)
    }

    /// It makes no calls, by what the platform accepted.
    pub fn is_quiet(&self) -> bool {
        matches!(self.campaign.task, TaskKnown::None | TaskKnown::Is { state: Running::Paused | Running::Over, .. })
            && !self.parts.iter().any(|part| matches!(part.state, PartState::Sending { .. }))
    }

    /// The platform accepted the state that its task is to have, or there is no task.
    pub fn is_as_wanted(&self) -> bool {
        matches!(self.campaign.task, TaskKnown::None)
            || self.task_is().is_some_and(|state| state == self.campaign.wanted() || state == Running::Over)
    }

    /// The first part that was not sent.
    pub fn unsent(&self) -> Option<&CampaignPart> {
        self.parts.iter().find(|part| matches!(part.state, PartState::Waiting | PartState::Failed { .. }))
    }

    /// The numbers that the platform accepted, if all were called. It can accept fewer than were sent and name fewer as refused.
    pub fn all_called(&self) -> Option<u32> {
        let accepted = |part: &CampaignPart| if let PartState::Taken { accepted, .. } = part.state { accepted } else { 0 };
        let accepted = self.parts.iter().map(accepted).fold(0, u32::saturating_add).min(self.counts.taken);
        let called = self.counts.taken.saturating_sub(self.counts.uncalled);
        (accepted > 0 && called >= accepted).then_some(accepted)
    }

    pub fn has_unknown_part(&self) -> bool {
        self.parts.iter().any(|part| matches!(part.state, PartState::Unknown { .. }))
    }

    pub fn is_sending_part(&self) -> bool {
        self.parts.iter().any(|part| matches!(part.state, PartState::Sending { .. }))
    }

    /// The next part was refused, and sending it again can not help.
    pub fn is_refused(&self) -> bool {
        self.unsent().is_some_and(|part| matches!(&part.state, PartState::Failed { problem, .. } if !can_help_later(problem)))
    }

    /// Begins or ends a hold; whether this changed something.
    pub fn hold(&mut self, reason: HoldReason, holds: bool, by: Option<&str>, at: Timestamp) -> bool {
        let held = self.campaign.holds.iter().any(|hold| hold.reason == reason);
        if held == holds {
            return false;
        }
        if holds {
            self.campaign.holds.push(Hold { reason, since: at, by: by.map(str::to_owned) });
        } else {
            self.campaign.holds.retain(|hold| hold.reason != reason);
        }
        true
    }

    /// The change that stores the campaign as it is now.
    pub fn change(&self) -> FloorChange {
        FloorChange::Campaign(Box::new(Campaign { task: self.task_for_store(), ..self.campaign.clone() }))
    }

    fn part_mut(&mut self, number: u32) -> Option<&mut CampaignPart> {
        self.parts.iter_mut().find(|part| part.number == number)
    }

    /// Sets the state of a part, and returns the change that stores it.
    fn set_part(&mut self, number: u32, state: PartState, refused: Vec<String>) -> FloorChange {
        if let Some(part) = self.part_mut(number) {
            part.state = state.clone();
        }
        FloorChange::Part { campaign: self.campaign.id, part: number, state, refused }
    }

    /// Gives up the parts that were not sent.
    fn give_up_rest(&mut self, at: Timestamp) -> Vec<FloorChange> {
        let unsent: Vec<u32> =
            self.parts.iter().filter(|p| matches!(p.state, PartState::Waiting | PartState::Failed { .. })).map(|p| p.number).collect();
        unsent.into_iter().map(|number| self.set_part(number, PartState::GivenUp { at }, Vec::new())).collect()
    }

    /// The platform says that the task is over, or has none.
    fn is_over(&mut self, at: Timestamp) {
        if self.task_is() != Some(Running::Over) {
            self.campaign.task = TaskKnown::Is { state: Running::Over, since: at };
        }
    }
}

#[derive(Debug)]
pub(crate) struct Campaigns {
    kept: BTreeMap<CampaignId, Kept>,
    next: i64,
    next_removal: u64,
}

impl Campaigns {
    pub fn new(stored: Vec<StoredCampaign>, next: i64) -> Self {
        let kept = |stored: StoredCampaign| (stored.campaign.id, Kept::new(stored.campaign, stored.parts, stored.counts, false));
        let kept: BTreeMap<_, _> = stored.into_iter().map(kept).collect();
        let after_last = kept.last_key_value().map_or(1, |(id, _)| id.0 + 1);
        Self { kept, next: next.max(after_last), next_removal: 1 }
    }

    pub fn all(&self) -> impl Iterator<Item = &Kept> {
        self.kept.values()
    }

    pub fn of(&self, id: CampaignId) -> Option<&Kept> {
        self.kept.get(&id)
    }

    /// The account's campaign with this id of the platform.
    pub fn with_task(&self, account: Option<&Account>, task_id: &str) -> Option<&Kept> {
        self.all().find(|kept| Some(&kept.campaign.account) == account && kept.campaign.task_id.as_deref() == Some(task_id))
    }

    pub fn of_mut(&mut self, id: CampaignId) -> Option<&mut Kept> {
        self.kept.get_mut(&id)
    }

    /// A campaign of this account may be making calls.
    pub fn any_may_call(&self, account: Option<&Account>) -> bool {
        self.all().any(|kept| Some(&kept.campaign.account) == account && kept.may_call())
    }

    pub fn counted(&mut self, id: CampaignId, counts: CampaignCounts) {
        if let Some(kept) = self.of_mut(id) {
            kept.counts = counts;
        }
    }

    pub fn evidence_read(&mut self, id: CampaignId, parts: Vec<(u32, u32)>, preset: (u32, u32), endings: Vec<EndingSeen>) {
        if let Some(kept) = self.of_mut(id) {
            (kept.evidence, kept.preset, kept.endings) = (parts, preset, endings);
        }
    }
}

impl Floor {
    /// A part that was being sent when the last run ended has an unknown outcome.
    pub(crate) fn restore_campaigns(&mut self, now: Now) {
        for kept in self.campaigns.kept.values_mut() {
            let sending: Vec<u32> =
                kept.parts.iter().filter(|part| matches!(part.state, PartState::Sending { .. })).map(|part| part.number).collect();
            if sending.is_empty() {
                continue;
            }
            let mut changes: Vec<FloorChange> =
                sending.into_iter().map(|part| kept.set_part(part, PartState::Unknown { since: now.wall }, Vec::new())).collect();
            if kept.campaign.task_id.is_none() {
                kept.campaign.task = TaskKnown::MayExist { since: now.wall };
            }
            let subject = kept.subject();
            changes.push(kept.change());
            changes.push(
                crate::desk::Entry { by: "", what: "sendPart", subject: &subject, result: "unknown", detail: "restart" }.at(now.wall),
            );
            self.writes.push(Lane::Campaign(kept.campaign.id), changes, Then::Nothing);
        }
    }

    pub(crate) fn settle_campaigns(&mut self, now: Now, out: &mut Vec<Effect>) {
        let ids: Vec<CampaignId> = self.campaigns.kept.keys().copied().collect();
        for id in ids {
            self.settle_setting(id);
            self.settle_removals(id, now, out);
        }
    }

    /// A request that leads to calls may be sent: the wish is stored, and the calling hours can be judged.
    pub(super) fn may_call_more(&self, kept: &Kept) -> bool {
        self.writes.is_settled(Lane::Campaign(kept.campaign.id)) && !self.awaits_clock(kept)
    }

    pub(crate) fn campaign_wants(&self, wants: &mut Vec<Want>) {
        for kept in self.campaigns.all().filter(|kept| self.desk.is_of(&kept.campaign.account) && !kept.is_new) {
            let may_call = self.may_call_more(kept);
            wants.extend(Self::part_wanted(kept, may_call));
            wants.extend(Self::set_wanted(kept, may_call));
            wants.extend(Self::removal_wanted(kept));
        }
    }

    /// The task callback: all numbers of the task were called.
    pub(crate) fn task_finished(&mut self, task_id: &str, now: Now, out: &mut Vec<Effect>) {
        let its = self.campaigns.with_task(self.last_account.as_ref(), task_id).map(|kept| kept.campaign.id);
        // Another account's campaign can have the same id.
        let Some(kept) = its.and_then(|id| self.campaigns.of_mut(id)) else {
            let task = ElsewhereTask { task_id: task_id.to_owned(), state: Running::Over, since: now.wall, by: String::new() };
            return self.task_elsewhere_is(task);
        };
        if kept.task_is() == Some(Running::Over) && kept.campaign.finished_at.is_some() {
            return;
        }
        kept.is_over(now.wall);
        // Numbers that were not sent need another task, which a person decides.
        let is_all_sent = kept.unsent().is_none() && !kept.is_sending_part() && !kept.has_unknown_part();
        if is_all_sent && kept.campaign.ended.is_none() {
            kept.campaign.finished_at = Some(now.wall);
        }
        let subject = kept.subject();
        let entry = crate::desk::Entry { by: "", what: "taskFinished", subject: &subject, result: "done", detail: task_id };
        let changes = vec![kept.change(), entry.at(now.wall)];
        let id = kept.campaign.id;
        self.writes.push(Lane::Campaign(id), changes, Then::Nothing);
        self.count(vec![id], out);
    }
}
