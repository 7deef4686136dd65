//! Taking numbers out of a campaign (taskDelPhone, N15): those that a person types, and those on the do-not-call list. A person's wish is
//! stored. Then the numbers are looked up in the campaign, since the platform knows them only in the spelling in which they were sent. The
//! platform is asked first for those that it has or may have; they are marked after its answer. No part is sent meanwhile, so that a number
//! is not sent after it was to be removed. Removing again does no harm, so an unknown outcome is repeated.

use std::time::Duration;

use ringside_domain::{
    Backoff, CampaignId, ChangeProgress, FloorAct, FloorAnswer, FloorChange, FloorRequest, FoundNumbers, Now, NumberFate, Priority,
    Problem, ProblemCode, Running, Sought, StoredRemoval,
};

use super::{Campaigns, Kept, NO_TASK, TASK_OVER, can_help_later};
use crate::{
    Effect, Errand, Floor,
    desk::{Entry, result_of},
    turns::{Purpose, Want},
    writes::{Lane, Then},
};

/// Most numbers of one request (N16); those of the do-not-call list can be more.
const MOST: usize = 10_000;
const PAUSES: Backoff = Backoff::new(Duration::from_secs(2), Duration::from_secs(60));
/// None of the numbers waits at the platform.
const NO_NUMBER: u32 = 1020;

#[derive(Debug)]
pub(super) struct Removal {
    /// The id of a person's wish. None: the numbers on the do-not-call list are removed.
    wish: Option<u64>,
    /// As the person typed them; once they are found, those that the platform may have, in the campaign's spelling.
    phones: Vec<String>,
    stage: Stage,
    by: String,
    notice: Option<u64>,
    due: Duration,
    backoff: Backoff,
    /// An earlier request may have been carried out.
    may_be_done: bool,
    /// So many numbers were removed by earlier requests.
    removed: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Wished,
    Reading,
    Found,
    Asked,
}

impl Removal {
    fn new(wish: Option<u64>, phones: Vec<String>, by: String, notice: Option<u64>) -> Self {
        Self { wish, phones, stage: Stage::Wished, by, notice, due: Duration::ZERO, backoff: PAUSES, may_be_done: false, removed: 0 }
    }

    fn wished(stored: StoredRemoval, notice: u64) -> Self {
        Self::new(Some(stored.id), stored.phones, stored.by, Some(notice))
    }

    fn listed() -> Self {
        Self::new(None, Vec::new(), String::new(), None)
    }

    fn sought(&self) -> Sought {
        self.wish.map_or(Sought::Listed, |_| Sought::Typed(self.phones.clone()))
    }
}

fn none_found() -> Problem {
    Problem::new(ProblemCode::Refused, "none of the numbers is in the campaign", false).known_not_done(true)
}

/// The platform cannot be asked about a task whose id is unknown.
fn no_id() -> Problem {
    Problem::new(ProblemCode::FateUnknown, "", false)
}

impl Campaigns {
    /// When numbers that could not be read are read again.
    pub fn removals_deadline(&self, now: Duration) -> Option<Duration> {
        let removals = self.all().filter_map(|kept| kept.removals.get(kept.next_removal()?));
        removals.filter(|removal| removal.stage == Stage::Wished && removal.due > now).map(|removal| removal.due).min()
    }
}

impl Kept {
    /// The platform may have some of its numbers.
    fn must_ask_to_remove(&self) -> bool {
        self.campaign.task_id.is_some() && self.task_is() != Some(Running::Over)
    }

    /// The place of the removal that goes on first. While the task's id is unknown, those of the do-not-call list wait for it.
    fn next_removal(&self) -> Option<usize> {
        let unknown = self.may_have_unknown_task();
        let waits = |removal: &Removal| unknown && removal.wish.is_none() && removal.stage == Stage::Found;
        self.removals.iter().position(|removal| !waits(removal))
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
            kept.removals.push_back(Removal::wished(stored.clone(), notice));
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
            kept.removals.push_back(Removal::wished(stored, notice));
        }
    }

    /// Looks for numbers on the do-not-call list in all campaigns that may call.
    pub(crate) fn seek_listed(&mut self) {
        for kept in self.campaigns.kept.values_mut().filter(|kept| kept.may_call() || kept.is_sending_part()) {
            let unknown = kept.may_have_unknown_task();
            let waits = |removal: &&mut Removal| {
                removal.wish.is_none() && (removal.stage == Stage::Wished || (unknown && removal.stage == Stage::Found))
            };
            match kept.removals.iter_mut().find(waits) {
                Some(removal) => removal.stage = Stage::Wished,
                None => kept.removals.push_back(Removal::listed()),
            }
        }
    }

    /// The numbers are looked up once nothing is being sent or stored, so that their fates are the newest. Numbers that the platform does
    /// not have are only marked.
    pub(super) fn settle_removals(&mut self, id: CampaignId, now: Now, out: &mut Vec<Effect>) {
        while let Some(kept) = self.campaigns.of_mut(id)
            && !kept.is_sending_part()
        {
            let (must_ask, unknown) = (kept.must_ask_to_remove(), kept.may_have_unknown_task());
            let Some(place) = kept.next_removal() else { return };
            let Some(removal) = kept.removals.get_mut(place) else { return };
            match removal.stage {
                Stage::Wished if self.writes.is_settled(Lane::Campaign(id)) && removal.due <= now.mono => {
                    removal.stage = Stage::Reading;
                    return out.push(Effect::FindNumbers { campaign: id, sought: removal.sought() });
                }
                Stage::Wished | Stage::Reading => return,
                Stage::Found if removal.phones.is_empty() => self.removal_ends(id, place, None, true, now),
                Stage::Found | Stage::Asked if must_ask => return,
                Stage::Found | Stage::Asked => self.removal_ends(id, place, unknown.then(no_id), !unknown, now),
            }
        }
    }

    /// Those that wait here are marked at once; those that the platform has, or may have, are asked for.
    pub(crate) fn numbers_found(&mut self, id: CampaignId, outcome: Result<FoundNumbers, Problem>, now: Now) {
        let unit = self.desk.unit();
        let Some(kept) = self.campaigns.of_mut(id) else { return };
        let Some(place) = kept.removals.iter().position(|removal| removal.stage == Stage::Reading) else { return };
        let (subject, unknown) = (kept.subject(), kept.may_have_unknown_task());
        let Some(removal) = kept.removals.get_mut(place) else { return };
        let FoundNumbers { mut found, missing } = match outcome {
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
        let is_listed = removal.wish.is_none();
        if is_listed {
            found.retain(|(phone, _)| !kept.not_waiting.contains(phone));
        }
        if found.is_empty() {
            if is_listed {
                removal.phones.clear();
            }
            if let Some(notice) = removal.notice.filter(|_| !is_listed) {
                self.desk.notice_finds(notice, 0, missing);
            }
            // That none is on the do-not-call list is not worth an entry, unless some were found before.
            if is_listed && removal.notice.is_none() {
                drop(kept.removals.remove(place));
                return;
            }
            return self.removal_ends(id, place, Some(none_found()).filter(|_| !is_listed), is_listed, now);
        }
        let of = |wanted: &[NumberFate]| -> Vec<String> {
            found.iter().filter(|(_, fate)| wanted.contains(fate)).map(|(phone, _)| phone.clone()).collect()
        };
        removal.phones = of(&[NumberFate::Taken, NumberFate::Unknown]);
        if is_listed {
            // Most of them were called: this is told only once a number was removed, or cannot be.
            let progress = if unknown { ChangeProgress::Failed { problem: no_id() } } else { ChangeProgress::Pending };
            match removal.notice {
                Some(notice) => self.desk.notice_goes_on(notice, progress),
                None if unknown => removal.notice = Some(self.desk.notify(FloorAct::RemoveNumbers, &subject, progress, now.wall)),
                None => {}
            }
            return;
        }
        if let Some(notice) = removal.notice {
            self.desk.notice_finds(notice, u32::try_from(found.len()).unwrap_or(u32::MAX), missing);
        }
        let waiting = of(&[NumberFate::Waiting]);
        if !waiting.is_empty() {
            self.writes.push(Lane::Campaign(id), vec![FloorChange::RemoveNumbers { campaign: id, phones: waiting }], Then::Count(id));
        }
    }

    fn removal_asked_for(kept: &Kept) -> Option<&Removal> {
        let removal = kept.removals.get(kept.next_removal()?)?;
        let may = removal.stage == Stage::Found && !kept.is_sending_part() && kept.must_ask_to_remove();
        may.then_some(removal)
    }

    pub(super) fn removal_wanted(kept: &Kept) -> Option<Want> {
        let removal = Self::removal_asked_for(kept)?;
        Some(Want { purpose: Purpose::RemoveNumbers(kept.campaign.id), priority: Priority::Person, due: removal.due })
    }

    pub(crate) fn removal_turned(&mut self, id: CampaignId) -> Option<Errand> {
        let kept = self.campaigns.of_mut(id)?;
        let phones = Self::removal_asked_for(kept)?.phones.iter().take(MOST).cloned().collect();
        let task_id = kept.campaign.task_id.clone()?;
        let place = kept.next_removal()?;
        kept.removals.get_mut(place)?.stage = Stage::Asked;
        Some(Errand::Plain(FloorRequest::RemoveNumbers { task_id, phones }))
    }

    pub(crate) fn removal_answered(&mut self, id: CampaignId, outcome: Result<FloorAnswer, Problem>, now: Now) {
        let unit = self.desk.unit();
        let Some(kept) = self.campaigns.of_mut(id) else { return };
        // It ended meanwhile if the task is over.
        let Some(place) = kept.removals.iter().position(|removal| removal.stage == Stage::Asked) else { return };
        let (failure, subject) = (outcome.err(), kept.subject());
        if failure.as_ref().is_some_and(|problem| matches!(problem.number, Some(NO_TASK | TASK_OVER))) {
            kept.is_over(now.wall);
            let change = kept.change();
            self.writes.push(Lane::Campaign(id), vec![change], Then::Nothing);
            return self.removal_ends(id, place, None, true, now);
        }
        let Some(removal) = kept.removals.get_mut(place) else { return };
        // It can be an earlier request that removed them. That a number on the do-not-call list was called already is no failure.
        // Otherwise none of them waits there: they were called, or are being called, and are not marked.
        let is_expected = removal.wish.is_none() || removal.may_be_done;
        let none_waits = failure.as_ref().is_some_and(|problem| problem.number == Some(NO_NUMBER));
        let marks = !none_waits || removal.may_be_done;
        match failure.filter(|problem| problem.number != Some(NO_NUMBER) || !is_expected) {
            None if removal.phones.len() > MOST => {
                let asked: Vec<String> = removal.phones.drain(..MOST).collect();
                (removal.stage, removal.due, removal.backoff, removal.may_be_done) = (Stage::Found, now.mono, PAUSES, false);
                if marks {
                    removal.removed += asked.len();
                    self.writes.push(Lane::Campaign(id), vec![FloorChange::RemoveNumbers { campaign: id, phones: asked }], Then::Count(id));
                } else {
                    kept.not_waiting.extend(asked);
                }
            }
            None => {
                if !marks {
                    kept.not_waiting.extend(removal.phones.iter().cloned());
                }
                self.removal_ends(id, place, None, marks, now);
            }
            Some(problem) if problem.number == Some(NO_NUMBER) => self.removal_ends(id, place, Some(problem), false, now),
            Some(problem) if problem.not_done && !can_help_later(&problem) => self.removal_ends(id, place, Some(problem), false, now),
            Some(problem) => {
                if removal.notice.is_none() {
                    removal.notice = Some(self.desk.notify(FloorAct::RemoveNumbers, &subject, ChangeProgress::Pending, now.wall));
                }
                removal.stage = Stage::Found;
                removal.may_be_done |= !problem.not_done;
                removal.due = now.mono + removal.backoff.failed(problem.retry_after, unit);
            }
        }
    }

    /// The numbers are marked as removed if `marks`; a problem is said. That the platform has none of the listed numbers any more is not said.
    fn removal_ends(&mut self, id: CampaignId, place: usize, problem: Option<Problem>, marks: bool, now: Now) {
        let Some(kept) = self.campaigns.of_mut(id) else { return };
        let Some(removal) = kept.removals.remove(place) else { return };
        let subject = kept.subject();
        let removed = removal.removed + if marks { removal.phones.len() } else { 0 };
        if removal.wish.is_none() && removal.notice.is_none() && removed == 0 && problem.is_none() {
            return;
        }
        let (result, mut detail) = if marks { ("done", String::new()) } else { result_of(problem.as_ref()) };
        if removal.wish.is_none() && problem.is_none() {
            detail = format!("do-not-call list: {removed} numbers");
        }
        let entry = Entry { by: &removal.by, what: "removeNumbers", subject: &subject, result, detail: &detail }.at(now.wall);
        let removed = marks.then_some(FloorChange::RemoveNumbers { campaign: id, phones: removal.phones });
        let over = removal.wish.map(|id| FloorChange::RemovalOver { id });
        let changes = removed.into_iter().chain(over).chain([entry]).collect();
        let progress = problem.map_or(ChangeProgress::Accepted, |problem| ChangeProgress::Failed { problem });
        match removal.notice {
            Some(notice) => self.desk.notice_goes_on(notice, progress),
            None => drop(self.desk.notify(FloorAct::RemoveNumbers, &subject, progress, now.wall)),
        }
        self.writes.push(Lane::Campaign(id), changes, Then::Count(id));
    }
}
