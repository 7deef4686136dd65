//! «Why is it not dialling?»: the causes with their evidence, and what would have to be known for more of them.

use ringside_domain::{
    DiallerState, Extension, FloorAgent, HoldReason, IdleCause, Phone, PhoneState, QueueName, Running, SeatState, Target, Unread,
    UnreadPart,
};

use crate::{Floor, campaigns::Kept, count, readings::Reading};

/// The causes, and what is not known yet.
#[derive(Debug, Default)]
pub(crate) struct Why {
    pub causes: Vec<IdleCause>,
    pub unread: Vec<Unread>,
}

impl Why {
    fn lacks(&mut self, what: UnreadPart, reading: Option<&Reading>) {
        self.unread.push(Unread { what, problem: reading.and_then(Reading::problem) });
    }
}

impl Floor {
    /// The campaign is of the account whose readings are known: others are not shown.
    pub(crate) fn why(&self, kept: &Kept) -> Why {
        let campaign = kept.campaign();
        let mut why = Why::default();
        // A cause that explains others stands before them: first the campaign's own state, then what it needs.
        if campaign.ended.is_some() || campaign.finished_at.is_some() || kept.task_is() == Some(Running::Over) {
            why.causes.push(IdleCause::Over);
        }
        if kept.is_live() {
            let holds = |reason| campaign.holds.iter().any(|hold| hold.reason == reason);
            // Each hold ends in its own way, so each is a cause of its own.
            let causes = [
                (HoldReason::Person, IdleCause::Paused),
                (HoldReason::Abandoned, IdleCause::AbandonedLimit),
                (HoldReason::TeamBreak, IdleCause::TeamBreak),
            ];
            why.causes.extend(causes.into_iter().filter(|(reason, _)| holds(*reason)).map(|(_, cause)| cause));
            if holds(HoldReason::Hours) {
                why.causes.push(IdleCause::OutsideHours);
            } else if self.awaits_clock(kept) {
                why.lacks(UnreadPart::Clock, None);
            }
            if self.desk.account().is_none() {
                why.lacks(UnreadPart::SignedOut, None);
            }
            if campaign.sending_stopped && kept.unsent().is_some() {
                why.causes.push(IdleCause::SendingStopped);
            }
            let has_task = campaign.task_id.is_some() || kept.may_have_unknown_task();
            if !has_task && kept.is_refused() {
                why.causes.push(IdleCause::NotMade);
            } else if !has_task && why.causes.is_empty() {
                why.causes.push(IdleCause::NotBegun);
            }
        }
        if !why.causes.contains(&IdleCause::Over) {
            why.causes.extend(kept.all_called().map(|numbers| IdleCause::AllCalled { numbers }));
        }
        if kept.is_live() {
            self.target_causes(&campaign.plan.target, &mut why);
        }
        let (past, ahead) = kept.preset();
        if past > 0 {
            why.causes.push(IdleCause::PresetTimePast { numbers: past });
        }
        if ahead > 0 {
            why.causes.push(IdleCause::PresetTimeAhead { numbers: ahead });
        }
        why.causes.extend(campaign.problem.clone().map(IdleCause::Problem));
        why
    }

    fn target_causes(&self, target: &Target, why: &mut Why) {
        match target {
            Target::Queue(name) => self.queue_causes(name, why),
            Target::Group(name) => self.group_causes(name, why),
            Target::Extension(extension) => self.extension_causes(extension, why),
        }
    }

    fn queue_causes(&self, name: &QueueName, why: &mut Why) {
        let list = self.queues.reading();
        match (list.read_at(), self.queues.of(name)) {
            (None, _) => why.lacks(UnreadPart::Queues, Some(list)),
            (Some(read_at), None) => return why.causes.push(IdleCause::TargetMissing { read_at }),
            (Some(read_at), Some(read)) if read.dialler == DiallerState::Unavailable => {
                why.causes.push(IdleCause::DiallerUnavailable { read_at });
            }
            _ => {}
        }
        let known = self.queues.agents(name);
        let Some((known, read_at)) = known.and_then(|known| Some((known, known.reading().read_at()?))) else {
            return why.lacks(UnreadPart::Agents, self.queues.agents_reading(name));
        };
        let agents = known.all();
        let idle = count(agents, |agent| agent.state == SeatState::Waiting);
        let absent = |agent: &FloorAgent| {
            agent.state == SeatState::Waiting && matches!(agent.phone, Phone::NotRegistered | Phone::Disabled | Phone::NotFound)
        };
        let absent = count(agents, absent);
        if agents.is_empty() {
            why.causes.push(IdleCause::NoAgent { read_at });
        } else if idle == 0 {
            why.causes.push(IdleCause::NoIdleAgent { agents: count(agents, |_| true), read_at });
        } else if absent == idle {
            why.causes.push(IdleCause::NotRegistered { agents: absent, read_at });
        }
    }

    fn group_causes(&self, name: &str, why: &mut Why) {
        let list = self.groups.reading();
        match list.read_at() {
            None => why.lacks(UnreadPart::Groups, Some(list)),
            Some(read_at) if self.groups.has(name) == Some(false) => return why.causes.push(IdleCause::TargetMissing { read_at }),
            Some(_) => {}
        }
        let reading = self.groups.members_reading(name);
        let Some(read_at) = reading.and_then(Reading::read_at) else { return why.lacks(UnreadPart::Members, reading) };
        let members = self.groups.members(name);
        if members.is_empty() {
            why.causes.push(IdleCause::NoAgent { read_at });
        } else if members.iter().all(|member| member.busy == Some(true)) {
            why.causes.push(IdleCause::NoIdleAgent { agents: count(members, |_| true), read_at });
        }
    }

    fn extension_causes(&self, extension: &Extension, why: &mut Why) {
        let reading = self.extensions.reading();
        let Some(read_at) = reading.read_at() else { return why.lacks(UnreadPart::Extensions, Some(reading)) };
        let Some(known) = self.extensions.of(extension) else { return why.causes.push(IdleCause::TargetMissing { read_at }) };
        if known.enabled == Some(false) || known.enabled_in_list == Some(false) {
            why.causes.push(IdleCause::ExtensionDisabled { read_at });
        } else if known.registered == Some(false) {
            why.causes.push(IdleCause::NotRegistered { agents: 1, read_at });
        } else if matches!(known.state, PhoneState::Ringing | PhoneState::Talking | PhoneState::OffHook) {
            why.causes.push(IdleCause::NoIdleAgent { agents: 1, read_at });
        }
    }
}
