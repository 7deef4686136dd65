//! What the floor stores.

use serde::{Deserialize, Serialize};

use crate::{
    Account, Campaign, CampaignCounts, CampaignId, CampaignPart, Dialled, DoNotCall, ElsewhereTask, FloorEntry, PartState, QueueName,
    ReachedOtherwise, SeatId, TeamBreakStep, Timestamp,
};

/// A change of the floor's tables. Several that belong together are one transaction.
#[derive(Clone, Debug, PartialEq)]
pub enum FloorChange {
    /// Inserts or replaces the campaign.
    Campaign(Box<Campaign>),
    /// Makes the checked rows of an import the numbers of a campaign, in parts of at most 10,000 that wait. The parts count on from the
    /// campaign's last one.
    TakeImport {
        import: u64,
        campaign: CampaignId,
    },
    /// Sets the state of a part. The fates of its numbers follow: with `Taken`, the numbers in `refused` are refused and the others taken;
    /// `Unknown` makes them unknown; `Waiting`, `Sending` and `Failed` make the unknown ones waiting, or
    /// taken if they were called; `GivenUp` removes those that waited
    /// and leaves the unknown ones unknown. Removed numbers stay removed.
    Part {
        campaign: CampaignId,
        part: u32,
        state: PartState,
        refused: Vec<String>,
    },
    /// Marks these numbers of a campaign as removed.
    RemoveNumbers {
        campaign: CampaignId,
        phones: Vec<String>,
    },
    /// Inserts calls of the dialler, each key once, and assigns each to the newest campaign that sent its number before it began.
    Dialled(Vec<Dialled>),
    /// Notes when these customers were reached by other calls than the dialler's.
    Reached(Vec<ReachedOtherwise>),
    /// Inserts or replaces what is known of a task that was made elsewhere.
    ElsewhereTask(ElsewhereTask),
    /// All bills of the dialler that began before this time are stored.
    DialledUntil {
        until: Timestamp,
    },
    AddDoNotCall(Vec<DoNotCall>),
    RemoveDoNotCall(Vec<String>),
    /// Inserts or replaces the team break of this queue and account.
    TeamBreak(Box<StoredTeamBreak>),
    /// The team break of this queue and account is over.
    TeamBreakOver {
        account: Account,
        queue: QueueName,
    },
    Enter(FloorEntry),
}

/// A team break that is not over, with the agents whom it set busy: they are set back even if Ringside was restarted meanwhile.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StoredTeamBreak {
    pub account: Account,
    pub queue: QueueName,
    pub step: TeamBreakStep,
    pub minutes: u32,
    pub ends_at: Timestamp,
    /// The person who began it.
    pub by: String,
    pub agents: Vec<SeatId>,
}

/// A campaign with its parts and counts.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredCampaign {
    pub campaign: Campaign,
    pub parts: Vec<CampaignPart>,
    pub counts: CampaignCounts,
}

/// Today's calls of the dialler, in the platform's time zone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DialledToday {
    pub answered: u32,
    pub reached: u32,
    pub abandoned: u32,
    pub longest_wait_seconds: u32,
    /// Per hour: calls, and those that reached an agent.
    pub hours: Vec<(u32, u32)>,
}
