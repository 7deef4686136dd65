//! Taking numbers out of a campaign (taskDelPhone, N15). The wish is stored; then the numbers are looked up in the campaign, since the
//! platform knows them only in the spelling in which they were sent. The platform is asked first for those that it has or may have; they are
//! marked after its answer. No part is sent meanwhile, so that a number is not sent after it was to be removed. Removing again does no harm,
//! so an unknown outcome is repeated.

use std::time::Duration;

use ringside_domain::{
    Backoff, CampaignId, ChangeProgress, FloorAct, FloorAnswer, FloorChange, FloorRequest, FoundNumbers, Now, NumberFate, Priority,
    Problem, ProblemCode, Running, StoredRemoval, TaskKnown,
};

use super::{Campaigns, Kept, NO_TASK, TASK_OVER};
use crate::{
    Effect, Errand, Floor,
    desk::{Entry, result_of},
    turns::{Purpose, Want},
    writes::{Lane, Then},
};

/// Most numbers of one request (N16).
const MOST: usize = 10_000;
const PAUSES: Backoff = Backoff::new(Duration::from_secs(2), Duration::from_secs(60));
/// None of the numbers waits at the platform.
const NO_NUMBER: u32 = 1020;

#[derive(Debug)]
pub(super) struct Removal {
    id: u64,
    /// As the person typed them; once they are found, those that the platform may have, in the campaign's spelling.
    phones: Vec<String>,
    stage: Stage,
    by: String,
    notice: u64,
    due: Duration,
    backoff: Backoff,
    /// An earlier request may have been carried out.
    may_be_done: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Wished,
    Reading,
    Found,
}

impl Removal {
    fn new(stored: StoredRemoval, notice: u64) -> Self {
        let StoredRemoval { id, phones, by, .. } = stored;
        Self { id, phones, stage: Stage::Wished, by, notice, due: Duration::ZERO, backoff: PAUSES, may_be_done: false }
    }
}

fn none_found() -> Problem {
    Problem::new(ProblemCode::Refused, "none of the numbers is in the campaign", false).known_not_done(true)
}

impl Campaigns {
    /// When numbers that could not be read are read again.
    pub fn removals_deadline(&self, now: Duration) -> Option<Duration> {
        let removals = self.all().filter_map(|kept| kept.removals.front());
        removals.filter(|removal| removal.stage == Stage::Wished && removal.due > now).map(|removal| removal.due).min()
    }
}

impl Kept {
    /// The platform may have some of its numbers.
    fn must_ask_to_remove(&self) -> bool {
        self.campaign.task_id.is_some() && self.task_is() != Some(Running::Over)
    }
}

impl Floor {
    /// The wish is stored before anything follows from it.
    pub(crate) fn remove_numbers(&mut self, id: CampaignId, phones: &[String], by: &str, now: Now) {
        let Some(kept) = self.campaigns.kept.get_mut(&id).filter(|kept| !kept.is_new) else { return };
        let subject = kept.subject();
        let detail = format!("{} numbers", phones.len());
        let mut changes = Vec::new();
        for phones in phones.chunks(MOST) {
            let notice = self.desk.notify(FloorAct::RemoveNumbers, &subject, ChangeProgress::Pending, now.wall);
            let stored = StoredRemoval { id: self.campaigns.next_removal, campaign: id, phones: phones.to_vec(), by: by.to_owned() };
            self.campaigns.next_removal += 1;
            kept.removals.push_back(Removal::new(stored.clone(), notice));
            changes.push(FloorChange::Removal(stored));
        }
        changes.push(Entry { by, what: "removeNumbers", subject: &subject, result: "", detail: &detail }.at(now.wall));
        self.writes.push(Lane::Campaign(id), changes, Then::Nothing);
    }

    /// The wishes that the last run did not carry out.
    pub(crate) fn restore_removals(&mut self, stored: Vec<StoredRemoval>, now: Now) {
        for stored in stored {
            self.campaigns.next_removal = self.campaigns.next_removal.max(stored.id + 1);
            let Some(kept) = self.campaigns.of_mut(stored.campaign) else { continue };
            let subject = kept.subject();
            let notice = self.desk.notify(FloorAct::RemoveNumbers, &subject, ChangeProgress::Pending, now.wall);
            kept.removals.push_back(Removal::new(stored, notice));
        }
    }

    /// The numbers are looked up once nothing is being sent or stored, so that their fates are the newest. Numbers that the platform does
    /// not have are only marked.
    pub(super) fn settle_removals(&mut self, id: CampaignId, now: Now, out: &mut Vec<Effect>) {
        while let Some(kept) = self.campaigns.of_mut(id)
            && !kept.is_sending_part()
        {
            let must_ask = kept.must_ask_to_remove();
            let Some(removal) = kept.removals.front_mut() else { return };
            match removal.stage {
                Stage::Wished if self.writes.is_settled(Lane::Campaign(id)) && removal.due <= now.mono => {
                    removal.stage = Stage::Reading;
                    out.push(Effect::FindNumbers { campaign: id, removal: removal.id, phones: removal.phones.clone() });
                    return;
                }
                Stage::Wished | Stage::Reading => return,
                Stage::Found if removal.phones.is_empty() => self.removal_ends(id, None, true, now),
                Stage::Found if must_ask => return,
                Stage::Found => {
                    // Without the task's id the platform cannot be asked.
                    let unknown = matches!(kept.campaign.task, TaskKnown::MayExist { .. });
                    self.removal_ends(id, unknown.then(|| Problem::new(ProblemCode::FateUnknown, "", false)), !unknown, now);
                }
            }
        }
    }

    /// Those that wait here are marked at once; those that the platform has, or may have, are asked for.
    pub(crate) fn numbers_found(&mut self, id: CampaignId, removal: u64, outcome: Result<FoundNumbers, Problem>, now: Now) {
        let unit = self.desk.unit();
        let Some(kept) = self.campaigns.of_mut(id) else { return };
        let Some(removal) = kept.removals.front_mut().filter(|front| front.id == removal && front.stage == Stage::Reading) else { return };
        let FoundNumbers { found, missing } = match outcome {
            Ok(found) => found,
            Err(problem) => {
                removal.stage = Stage::Wished;
                removal.due = now.mono + removal.backoff.failed(problem.retry_after, unit);
                return;
            }
        };
        removal.backoff = PAUSES;
        removal.due = Duration::ZERO;
        removal.stage = Stage::Found;
        self.desk.notice_misses(removal.notice, missing);
        if found.is_empty() {
            return self.removal_ends(id, Some(none_found()), false, now);
        }
        let of = |wanted: &[NumberFate]| -> Vec<String> {
            found.iter().filter(|(_, fate)| wanted.contains(fate)).map(|(phone, _)| phone.clone()).collect()
        };
        removal.phones = of(&[NumberFate::Taken, NumberFate::Unknown]);
        let waiting = of(&[NumberFate::Waiting]);
        if !waiting.is_empty() {
            self.writes.push(Lane::Campaign(id), vec![FloorChange::RemoveNumbers { campaign: id, phones: waiting }], Then::Count(id));
        }
    }

    pub(super) fn removal_wanted(kept: &Kept) -> Option<Want> {
        let removal = kept.removals.front()?;
        if removal.stage != Stage::Found || kept.is_sending_part() || !kept.must_ask_to_remove() {
            return None;
        }
        Some(Want { purpose: Purpose::RemoveNumbers(kept.campaign.id), priority: Priority::Person, due: removal.due })
    }

    pub(crate) fn removal_turned(&mut self, id: CampaignId) -> Option<Errand> {
        let kept = self.campaigns.of(id)?;
        Self::removal_wanted(kept)?;
        let (task_id, phones) = (kept.campaign.task_id.clone()?, kept.removals.front()?.phones.clone());
        Some(Errand::Plain(FloorRequest::RemoveNumbers { task_id, phones }))
    }

    pub(crate) fn removal_answered(&mut self, id: CampaignId, outcome: Result<FloorAnswer, Problem>, now: Now) {
        let unit = self.desk.unit();
        let Some(kept) = self.campaigns.of_mut(id) else { return };
        let failure = outcome.err();
        if failure.as_ref().is_some_and(|problem| matches!(problem.number, Some(NO_TASK | TASK_OVER))) {
            kept.is_over(now.wall);
            let change = kept.change();
            self.writes.push(Lane::Campaign(id), vec![change], Then::Nothing);
            return self.removal_ends(id, None, true, now);
        }
        match failure {
            None => self.removal_ends(id, None, true, now),
            Some(problem) if problem.number == Some(NO_NUMBER) => {
                // It can be an earlier request that removed them. Otherwise the platform called them, or calls them now.
                let may_be_done = kept.removals.front().is_some_and(|removal| removal.may_be_done);
                self.removal_ends(id, Some(problem).filter(|_| !may_be_done), may_be_done, now);
            }
            Some(problem) if problem.not_done && !problem.retryable => self.removal_ends(id, Some(problem), false, now),
            Some(problem) => {
                let Some(removal) = kept.removals.front_mut() else { return };
                removal.may_be_done |= !problem.not_done;
                removal.due = now.mono + removal.backoff.failed(problem.retry_after, unit);
            }
        }
    }

    /// The numbers are marked as removed if `marks`; a problem is said.
    fn removal_ends(&mut self, id: CampaignId, problem: Option<Problem>, marks: bool, now: Now) {
        let Some(kept) = self.campaigns.of_mut(id) else { return };
        let Some(removal) = kept.removals.pop_front() else { return };
        let subject = kept.subject();
        let (result, detail) = if marks { ("done", String::new()) } else { result_of(problem.as_ref()) };
        let entry = Entry { by: &removal.by, what: "removeNumbers", subject: &subject, result, detail: &detail }.at(now.wall);
        let removed = FloorChange::RemoveNumbers { campaign: id, phones: removal.phones };
        let over = FloorChange::RemovalOver { id: removal.id };
        let changes = if marks { vec![removed, over, entry] } else { vec![over, entry] };
        let progress = problem.map_or(ChangeProgress::Accepted, |problem| ChangeProgress::Failed { problem });
        self.desk.notice_goes_on(removal.notice, progress);
        self.writes.push(Lane::Campaign(id), changes, Then::Count(id));
    }
}
