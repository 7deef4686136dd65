//! Taking numbers out of a campaign (taskDelPhone, N15). The platform is asked first for those that it has; then all are marked. No part is
//! sent meanwhile, so that a number is not sent after it was to be removed. Removing again does no harm, so an unknown outcome is repeated.

use std::{collections::HashSet, time::Duration};

use ringside_domain::{
    Backoff, CampaignId, ChangeProgress, FloorAct, FloorAnswer, FloorChange, FloorRequest, Now, Priority, Problem, ProblemCode, Running,
    TaskKnown, plain_number,
};

use super::{Kept, NO_TASK, TASK_OVER};
use crate::{
    Errand, Floor,
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
    phones: Vec<String>,
    by: String,
    /// The numbers are on the do-not-call list: the removal is not given up while the task's id is unknown.
    listed: bool,
    notice: u64,
    due: Duration,
    backoff: Backoff,
}

/// A number in the spelling in which it is sent: `0086…` for `+86…`.
fn as_sent(phone: &str) -> String {
    let plain = plain_number(phone);
    plain.strip_prefix('+').map_or_else(|| plain.to_string(), |country| format!("00{country}"))
}

/// The platform cannot be asked about a task whose id is unknown.
fn no_id() -> Problem {
    Problem::new(ProblemCode::FateUnknown, "", false)
}

impl Kept {
    /// The platform may have some of its numbers.
    fn must_ask_to_remove(&self) -> bool {
        self.campaign.task_id.is_some() && self.task_is() != Some(Running::Over)
    }
}

impl Floor {
    /// The numbers as a person typed them. They were sent as digits, which is how the platform compares them.
    pub(crate) fn remove_numbers(&mut self, id: CampaignId, phones: &[String], by: &str, now: Now) {
        let phones: Vec<String> = phones.iter().map(|phone| as_sent(phone)).collect();
        self.want_removal(id, &phones, by, false, now);
    }

    /// These numbers are on the do-not-call list.
    pub(crate) fn remove_listed(&mut self, found: Vec<(CampaignId, Vec<String>)>, now: Now) {
        for (id, mut phones) in found {
            let Some(kept) = self.campaigns.of(id) else { continue };
            let pending: HashSet<&String> =
                kept.removals.iter().filter(|removal| removal.listed).flat_map(|removal| &removal.phones).collect();
            phones.retain(|phone| !pending.contains(phone));
            if !phones.is_empty() {
                self.want_removal(id, &phones, "", true, now);
            }
        }
    }

    fn want_removal(&mut self, id: CampaignId, phones: &[String], by: &str, listed: bool, now: Now) {
        let Some(kept) = self.campaigns.of_mut(id).filter(|kept| !kept.is_new) else { return };
        let subject = kept.subject();
        for phones in phones.chunks(MOST) {
            let notice = self.desk.notify(FloorAct::RemoveNumbers, &subject, ChangeProgress::Pending, now.wall);
            let (phones, by) = (phones.to_vec(), by.to_owned());
            kept.removals.push_back(Removal { phones, by, listed, notice, due: Duration::ZERO, backoff: PAUSES });
        }
        let detail = format!("{}{} numbers", if listed { "do-not-call list: " } else { "" }, phones.len());
        self.enter(Entry { by, what: "removeNumbers", subject: &subject, result: "", detail: &detail }, now.wall);
    }

    /// Numbers that the platform does not have are only marked.
    pub(super) fn settle_removals(&mut self, id: CampaignId, now: Now) {
        while let Some(kept) = self.campaigns.of(id)
            && !kept.is_sending_part()
            && !kept.must_ask_to_remove()
        {
            // Without the task's id the platform cannot be asked.
            let unknown = matches!(kept.campaign.task, TaskKnown::MayExist { .. });
            let Some(place) = kept.removals.iter().position(|removal| !(unknown && removal.listed)) else { break };
            self.removal_ends(id, place, unknown.then(no_id), !unknown, now);
        }
        let Some(kept) = self.campaigns.of(id).filter(|kept| kept.may_have_unknown_task()) else { return };
        for removal in &kept.removals {
            self.desk.notice_goes_on(removal.notice, ChangeProgress::Failed { problem: no_id() });
        }
    }

    pub(super) fn removal_wanted(kept: &Kept) -> Option<Want> {
        let removal = kept.removals.front().filter(|_| !kept.is_sending_part() && kept.must_ask_to_remove())?;
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
            return self.removal_ends(id, 0, None, true, now);
        }
        match failure {
            None => self.removal_ends(id, 0, None, true, now),
            Some(problem) if problem.number == Some(NO_NUMBER) => {
                // After a repetition it can be the earlier request that removed them. That a number on the do-not-call list was called already is
                // no failure. Otherwise none of them waits there: they were called, or are not in the task, and are not marked.
                let is_expected = kept.removals.front().is_some_and(|removal| removal.listed || removal.backoff.failures() > 0);
                self.removal_ends(id, 0, Some(problem).filter(|_| !is_expected), is_expected, now);
            }
            Some(problem) if problem.not_done && !problem.retryable => self.removal_ends(id, 0, Some(problem), false, now),
            Some(problem) => {
                let Some(removal) = kept.removals.front_mut() else { return };
                removal.due = now.mono + removal.backoff.failed(problem.retry_after, unit);
            }
        }
    }

    /// The numbers are marked as removed if `marks`; a problem is said.
    fn removal_ends(&mut self, id: CampaignId, place: usize, problem: Option<Problem>, marks: bool, now: Now) {
        let Some(kept) = self.campaigns.of_mut(id) else { return };
        let Some(removal) = kept.removals.remove(place) else { return };
        let subject = kept.subject();
        let (result, detail) = if marks { ("done", String::new()) } else { result_of(problem.as_ref()) };
        let entry = Entry { by: &removal.by, what: "removeNumbers", subject: &subject, result, detail: &detail }.at(now.wall);
        let removed = FloorChange::RemoveNumbers { campaign: id, phones: removal.phones };
        let changes = if marks { vec![removed, entry] } else { vec![entry] };
        let progress = problem.map_or(ChangeProgress::Accepted, |problem| ChangeProgress::Failed { problem });
        self.desk.notice_goes_on(removal.notice, progress);
        self.writes.push(Lane::Campaign(id), changes, Then::Count(id));
    }
}
