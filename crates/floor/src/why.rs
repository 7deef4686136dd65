//! «Why is it not dialling?»: the causes with their evidence.

use ringside_domain::{DiallerState, FloorAgent, HoldReason, IdleCause, Phone, Running, SeatState, Target};

use crate::{Floor, campaigns::Kept};

fn count(agents: &[FloorAgent], is: impl Fn(&FloorAgent) -> bool) -> u32 {
    u32::try_from(agents.iter().filter(|agent| is(agent)).count()).unwrap_or(u32::MAX)
}

impl Floor {
    pub(crate) fn causes(&self, kept: &Kept) -> Vec<IdleCause> {
        let campaign = kept.campaign();
        let mut causes = Vec::new();
        if campaign.ended.is_some() || campaign.finished_at.is_some() || kept.task_is() == Some(Running::Over) {
            causes.push(IdleCause::Over);
        } else if campaign.task_id.is_none() && !kept.may_have_unknown_task() {
            causes.push(IdleCause::NotMade);
        }
        if kept.is_live() {
            let holds = |reasons: &[HoldReason]| campaign.holds.iter().any(|hold| reasons.contains(&hold.reason));
            if holds(&[HoldReason::Person, HoldReason::Abandoned, HoldReason::TeamBreak]) {
                causes.push(IdleCause::Paused);
            }
            if holds(&[HoldReason::Hours]) {
                causes.push(IdleCause::OutsideHours);
            }
            self.target_causes(&campaign.plan.target, &mut causes);
        }
        if !causes.contains(&IdleCause::Over) {
            causes.extend(kept.all_called().map(|numbers| IdleCause::AllCalled { numbers }));
        }
        let (past, ahead) = kept.preset();
        if past > 0 {
            causes.push(IdleCause::PresetTimePast { numbers: past });
        }
        if ahead > 0 {
            causes.push(IdleCause::PresetTimeAhead { numbers: ahead });
        }
        causes.extend(campaign.problem.clone().map(IdleCause::Problem));
        causes
    }

    fn target_causes(&self, target: &Target, causes: &mut Vec<IdleCause>) {
        let name = match target {
            Target::Queue(name) => name,
            Target::Group(name) => {
                if self.groups.has(name) == Some(false) {
                    causes.push(IdleCause::TargetMissing);
                }
                return;
            }
            Target::Extension(_) => return,
        };
        if self.queues.has(name) == Some(false) {
            return causes.push(IdleCause::TargetMissing);
        }
        if self.queues.of(name).is_some_and(|read| read.dialler == DiallerState::Unavailable) {
            causes.push(IdleCause::DiallerUnavailable);
        }
        let Some(known) = self.queues.agents(name) else { return };
        let Some(read_at) = known.reading().read_at() else { return };
        let agents = known.all();
        let idle = count(agents, |agent| agent.state == SeatState::Waiting);
        let absent = count(agents, |agent| agent.state == SeatState::Waiting && agent.phone == Phone::NotRegistered);
        if agents.is_empty() {
            causes.push(IdleCause::NoAgent { read_at });
        } else if idle == 0 {
            causes.push(IdleCause::NoIdleAgent { agents: count(agents, |_| true), read_at });
        } else if absent == idle {
            causes.push(IdleCause::NotRegistered { agents: absent, read_at });
        }
    }
}
