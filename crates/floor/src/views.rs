//! What the page shows: the view of each watched topic, sent when it changed.

use std::collections::BTreeMap;

use ringside_domain::{CampaignDetail, CampaignStage, CampaignView, PartState, Running, TaskKnown, Topic, TopicEvent, TopicView};

use crate::{Effect, Floor, campaigns::Kept, turns::Purpose, why::Why};

/// The views that were sent last.
pub(crate) type Shown = BTreeMap<Topic, TopicView>;

/// The one label of a campaign. It says only what the platform accepted.
fn stage(kept: &Kept) -> CampaignStage {
    let campaign = kept.campaign();
    let is_over = kept.task_is() == Some(Running::Over);
    let is_sending = kept.is_sending_part();
    if campaign.ended.is_some() {
        return match campaign.task {
            TaskKnown::MayExist { .. } => CampaignStage::Unknown,
            TaskKnown::None if !is_sending => CampaignStage::Ended,
            _ if is_over && !is_sending => CampaignStage::Ended,
            _ => CampaignStage::Ending,
        };
    }
    if campaign.finished_at.is_some() {
        return CampaignStage::Finished;
    }
    if kept.may_have_unknown_task() {
        return CampaignStage::Unknown;
    }
    let creates = matches!(campaign.task, TaskKnown::None);
    if creates && kept.is_refused() {
        return CampaignStage::NotMade;
    }
    if kept.has_unknown_part() || kept.is_refused() || (is_over && kept.unsent().is_some()) {
        return CampaignStage::Stopped;
    }
    if is_over && !is_sending {
        return if kept.all_called().is_some() { CampaignStage::Finished } else { CampaignStage::Ended };
    }
    if campaign.wanted() == Running::Paused {
        let rests = if creates { !is_sending } else { kept.task_is() == Some(Running::Paused) };
        return if rests { CampaignStage::Paused } else { CampaignStage::Pausing };
    }
    if campaign.sending_stopped && kept.unsent().is_some() {
        return CampaignStage::Stopped;
    }
    if is_sending || kept.unsent().is_some() || kept.is_new() {
        return CampaignStage::Sending;
    }
    if kept.task_is() == Some(Running::Open) { CampaignStage::Running } else { CampaignStage::Resuming }
}

impl Floor {
    /// Whether numbers of a campaign of the account that is signed in are being sent, also between two parts.
    pub fn is_sending(&self) -> bool {
        let of_account = |kept: &&Kept| self.desk.is_of(&kept.campaign().account);
        self.campaigns.all().filter(of_account).any(|kept| kept.is_sending_part() || stage(kept) == CampaignStage::Sending)
    }

    fn campaign_view(&self, kept: &Kept) -> CampaignView {
        let id = kept.campaign().id;
        let part = |number| Purpose::SendPart(id, number);
        let sends = kept.parts().iter().any(|p| matches!(p.state, PartState::Sending { .. }) || self.turns.holds(&part(p.number)));
        let busy = sends || self.turns.holds(&Purpose::SetTask(id)) || self.turns.holds(&Purpose::RemoveNumbers(id));
        CampaignView { campaign: kept.campaign().clone(), counts: *kept.counts(), stage: stage(kept), busy }
    }

    fn campaign_detail(&self, kept: &Kept) -> CampaignDetail {
        let row = self.campaign_view(kept);
        let Why { causes, unread } = self.why(kept);
        CampaignDetail {
            row,
            parts: kept.parts().to_vec(),
            evidence: kept.evidence().to_vec(),
            causes,
            unread,
            endings: kept.endings().to_vec(),
        }
    }

    fn view(&self, topic: &Topic) -> TopicView {
        let is_shown = |kept: &&Kept| {
            let campaign = kept.campaign();
            campaign.removed_at.is_none() && !kept.is_new() && Some(&campaign.account) == self.last_account.as_ref()
        };
        match topic {
            Topic::Desk => {
                let breaks = self.break_views();
                TopicView::Desk(self.desk.view(self.writes.problem(), self.dialled.until(), breaks))
            }
            Topic::Campaigns => TopicView::Campaigns(self.campaigns.all().filter(is_shown).map(|kept| self.campaign_view(kept)).collect()),
            Topic::Campaign { campaign } => {
                let kept = self.campaigns.of(*campaign).filter(is_shown);
                TopicView::Campaign(kept.map(|kept| Box::new(self.campaign_detail(kept))))
            }
            Topic::Elsewhere => TopicView::Elsewhere(self.elsewhere_view()),
            Topic::Queues => TopicView::Queues(self.queues_view()),
            Topic::Groups => TopicView::Groups(self.groups_view()),
            Topic::Extensions => TopicView::Extensions(self.extensions_view()),
            Topic::Wallboard { queues } => TopicView::Wallboard(self.wallboard_view(queues)),
            Topic::Import { import } => TopicView::Import(self.imports.view(*import)),
        }
    }

    /// Sends the views of the watched topics that changed.
    pub(crate) fn show(&mut self, out: &mut Vec<Effect>) {
        let watched = self.watched.clone();
        self.shown.retain(|topic, _| watched.contains(topic));
        for topic in &watched {
            let view = self.view(topic);
            if self.shown.get(topic) != Some(&view) {
                self.shown.insert(topic.clone(), view.clone());
                out.push(Effect::Show(TopicEvent { topic: topic.clone(), view }));
            }
        }
    }
}
