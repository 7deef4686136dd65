//! Sending the parts of a campaign, one at a time: the turn comes, the part is stored as being sent without the numbers that must not be
//! called any more, the request is sent, its outcome is stored, then the next. What may have been carried out is never sent again by itself
//! (A6).

use std::{collections::BTreeMap, time::Duration};

use ringside_domain::{Backoff, CampaignId, FloorAnswer, FloorChange, Now, PartState, Priority, Problem, RequestId, Running, TaskKnown};

use super::{Kept, NO_TASK, TASK_OVER};
use crate::{
    Effect, Errand, Floor,
    desk::{Entry, no_answer, result_of},
    turns::{Purpose, Want},
    writes::{Lane, Then},
};

const PAUSES: Backoff = Backoff::new(Duration::from_secs(2), Duration::from_secs(120));

/// The newest request that sent a part.
#[derive(Clone, Copy, Debug)]
struct Sent {
    id: RequestId,
    /// It was TaskCreat.
    creates: bool,
}

#[derive(Debug)]
pub(super) struct Sending {
    due: Duration,
    backoff: Backoff,
    /// A late answer counts only if it is to the newest request of its part.
    sent: BTreeMap<u32, Sent>,
}

impl Default for Sending {
    fn default() -> Self {
        Self { due: Duration::ZERO, backoff: PAUSES, sent: BTreeMap::new() }
    }
}

impl Sending {
    fn failed(&mut self, problem: &Problem, unit: f64, now: Now) {
        self.due = now.mono + self.backoff.failed(problem.retry_after, unit);
    }

    /// A person wants it now.
    pub fn hurry(&mut self) {
        self.due = Duration::ZERO;
        self.backoff.succeeded();
    }
}

impl Kept {
    /// The part that can be sent next: none while the outcome of another one is open, or if the platform refuses it.
    pub fn next_part(&self) -> Option<u32> {
        if self.is_sending_part() || self.has_unknown_part() || self.is_refused() {
            return None;
        }
        self.unsent().map(|part| part.number)
    }

    /// Nothing forbids sending a part now: a task is created only when it may call, and gets more numbers only while its state is known.
    fn may_send(&self) -> bool {
        let campaign = &self.campaign;
        let task = match (&campaign.task, &campaign.task_id) {
            (TaskKnown::None, None) => campaign.wanted() == Running::Open,
            (TaskKnown::Is { state, .. }, Some(_)) => *state == campaign.wanted() && *state != Running::Over && self.is_verified(),
            _ => false,
        };
        task && self.is_live() && !campaign.sending_stopped && self.removals.is_empty()
    }
}

impl Floor {
    pub(super) fn part_wanted(kept: &Kept, may_call: bool) -> Option<Want> {
        let part = kept.next_part().filter(|_| may_call && kept.may_send())?;
        // The first part is what the person waits for; the others must not delay an agent's ring.
        let priority = if kept.campaign.task_id.is_none() { Priority::Person } else { Priority::Seats };
        Some(Want { purpose: Purpose::SendPart(kept.campaign.id, part), priority, due: kept.sending.due })
    }

    /// The turn of a part has come: it is sent once it is stored as being sent.
    pub(crate) fn part_turned(&mut self, turn: RequestId, id: CampaignId, part: u32, now: Now, out: &mut Vec<Effect>) {
        let may = self.campaigns.of(id).is_some_and(|kept| self.desk.is_of(&kept.campaign.account) && self.may_call_more(kept));
        let kept = self.campaigns.of_mut(id).filter(|kept| may && kept.may_send() && kept.next_part() == Some(part));
        let Some(kept) = kept else { return self.turns.give_back(turn, out) };
        let (day, _) = self.desk.day(now.wall);
        let attempts = FloorChange::CheckAttempts { campaign: id, part, today: self.desk.time_of(day, 0), at: now.wall };
        let changes = vec![kept.set_part(part, PartState::Sending { since: now.wall }, Vec::new()), attempts];
        self.writes.push(Lane::Campaign(id), changes, Then::Send { campaign: id, part, turn });
    }

    /// The part is stored as being sent, or could not be stored.
    pub(crate) fn part_stored(
        &mut self,
        (id, part, turn): (CampaignId, u32, RequestId),
        failure: Option<Problem>,
        now: Now,
        out: &mut Vec<Effect>,
    ) {
        let unit = self.desk.unit();
        let is_of = self.campaigns.of(id).is_some_and(|kept| self.desk.is_of(&kept.campaign.account));
        let Some(kept) = self.campaigns.of_mut(id) else { return self.turns.give_back(turn, out) };
        if !kept.parts.iter().any(|other| other.number == part && matches!(other.state, PartState::Sending { .. })) {
            // A late answer to an earlier request settled it meanwhile.
            return self.turns.give_back(turn, out);
        }
        let stored = failure.is_none();
        if let Some(problem) = failure {
            kept.sending.failed(&problem, unit, now);
            kept.campaign.problem = Some(problem);
        } else if is_of && kept.may_send() {
            let task_id = kept.campaign.task_id.clone();
            kept.sending.sent.insert(part, Sent { id: turn, creates: task_id.is_none() });
            self.turns.asked(turn, now.mono);
            return out.push(Effect::Ask { id: turn, errand: Errand::SendPart { campaign: id, part, task_id } });
        }
        // It was not sent.
        let state = if kept.campaign.ended.is_some() { PartState::GivenUp { at: now.wall } } else { PartState::Waiting };
        let change = kept.set_part(part, state, Vec::new());
        if stored {
            self.writes.push(Lane::Campaign(id), vec![change], Then::Nothing);
        }
        self.turns.give_back(turn, out);
    }

    /// The outcome of a part; it may be late.
    pub(crate) fn part_answered(
        &mut self,
        request: RequestId,
        (id, part): (CampaignId, u32),
        outcome: Result<FloorAnswer, Problem>,
        now: Now,
    ) {
        let unit = self.desk.unit();
        let Some(kept) = self.campaigns.of_mut(id) else { return };
        let Some(Sent { creates, .. }) = kept.sending.sent.get(&part).copied().filter(|sent| sent.id == request) else { return };
        let mut changes = Vec::new();
        let failure = match outcome {
            Ok(FloorAnswer::Sent { task_id, accepted, refused }) => {
                kept.part_taken(creates, task_id, (part, accepted, refused), now, &mut changes).err()
            }
            Ok(_) => Some(no_answer()),
            Err(problem) => Some(problem),
        };
        match &failure {
            None => kept.sending.backoff.succeeded(),
            Some(problem) if problem.not_done => {
                kept.sending.failed(problem, unit, now);
                kept.part_failed(part, problem, now, &mut changes);
            }
            Some(_) => kept.part_unknown(part, creates, now, &mut changes),
        }
        if changes.is_empty() {
            return;
        }
        kept.campaign.problem.clone_from(&failure);
        let (result, detail) = result_of(failure.as_ref());
        let detail = if detail.is_empty() { format!("part {part}") } else { format!("part {part}: {detail}") };
        let subject = kept.subject();
        changes.push(kept.change());
        changes.push(Entry { by: "", what: "sendPart", subject: &subject, result, detail: &detail }.at(now.wall));
        self.writes.push(Lane::Campaign(id), changes, Then::Count(id));
    }
}

impl Kept {
    fn part_taken(
        &mut self,
        creates: bool,
        task_id: Option<String>,
        (part, accepted, refused): (u32, u32, Vec<String>),
        now: Now,
        changes: &mut Vec<FloorChange>,
    ) -> Result<(), Problem> {
        let is_empty = task_id.is_none() && accepted == 0 && refused.is_empty();
        if creates && !is_empty {
            // Without its id the task can be neither paused nor ended: a person must say it.
            let task_id = task_id.filter(|task_id| !task_id.is_empty()).ok_or_else(no_answer)?;
            if self.campaign.task_id.is_none() {
                self.campaign.task_id = Some(task_id);
                self.campaign.task = TaskKnown::Is { state: Running::Open, since: now.wall };
                self.setting.is_known();
            }
        } else if self.task_is() == Some(Running::Over) && self.campaign.ended.is_none() {
            // It took numbers, so it was not over.
            self.campaign.task = TaskKnown::MayBe { state: Running::Open, since: now.wall };
        }
        changes.push(self.set_part(part, PartState::Taken { at: now.wall, accepted }, refused));
        Ok(())
    }

    fn part_failed(&mut self, part: u32, problem: &Problem, now: Now, changes: &mut Vec<FloorChange>) {
        if matches!(problem.number, Some(NO_TASK | TASK_OVER)) {
            self.is_over(now.wall);
        }
        match self.parts.iter().find(|other| other.number == part).map(|other| &other.state) {
            None | Some(PartState::GivenUp { .. }) => return,
            // A person took it for accepted: its numbers were not, and wait again.
            Some(PartState::Taken { .. }) => changes.push(self.set_part(part, PartState::Unknown { since: now.wall }, Vec::new())),
            Some(_) => {}
        }
        if self.campaign.task_id.is_none() {
            self.campaign.task = TaskKnown::None;
        }
        let state = match self.campaign.ended {
            Some(_) => PartState::GivenUp { at: now.wall },
            None => PartState::Failed { at: now.wall, problem: problem.clone() },
        };
        changes.push(self.set_part(part, state, Vec::new()));
    }

    /// A part on which a person decided stays as decided.
    fn part_unknown(&mut self, part: u32, creates: bool, now: Now, changes: &mut Vec<FloorChange>) {
        if self.parts.iter().any(|other| other.number == part && matches!(other.state, PartState::Sending { .. })) {
            if creates && self.campaign.task_id.is_none() {
                self.campaign.task = TaskKnown::MayExist { since: now.wall };
            }
            changes.push(self.set_part(part, PartState::Unknown { since: now.wall }, Vec::new()));
        }
    }
}
