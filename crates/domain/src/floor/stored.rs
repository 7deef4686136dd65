//! What the floor stores.

use serde::{Deserialize, Serialize};

use crate::{
    Account, Campaign, CampaignCounts, CampaignId, CampaignPart, Dialled, DoNotCall, ElsewhereTask, FloorEntry, NumberFate, PartState,
    QueueName, ReachedOtherwise, SeatId, TeamBreakStep, Timestamp,
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
    /// Refuses the numbers of a part that wait and were called as often as the campaign's limits permit.
    CheckAttempts {
        campaign: CampaignId,
        part: u32,
        /// When the day of the platform's clock began.
        today: Timestamp,
        at: Timestamp,
    },
    /// Marks these numbers of a campaign as removed.
    RemoveNumbers {
        campaign: CampaignId,
        phones: Vec<String>,
    },
    /// Inserts a person's wish to remove numbers.
    Removal(StoredRemoval),
    /// The wish with this id was carried out, or cannot be.
    RemovalOver {
        id: u64,
    },
    /// Inserts calls of the dialler, each key once for an account, and assigns each to the account's newest campaign that sent its number
    /// before it began.
    Dialled {
        account: Account,
        calls: Vec<Dialled>,
    },
    /// Notes when these customers of the account were reached by other calls than the dialler's.
    Reached {
        account: Account,
        customers: Vec<ReachedOtherwise>,
    },
    /// Inserts or replaces what is known of a task of the account that was made elsewhere.
    ElsewhereTask {
        account: Account,
        task: ElsewhereTask,
    },
    /// All bills of the dialler that began before this time are stored for this account.
    DialledUntil {
        account: Account,
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

/// A person's wish to take numbers out of a campaign; it is carried out even if Ringside was restarted meanwhile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredRemoval {
    pub id: u64,
    pub campaign: CampaignId,
    /// As the person typed them.
    pub phones: Vec<String>,
    /// The person.
    pub by: String,
}

/// The numbers of a campaign that are looked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sought {
    /// These, in any spelling.
    Typed(Vec<String>),
    /// Those on the do-not-call list that the platform has, or may have.
    Listed,
}

/// The numbers of a campaign that were looked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FoundNumbers {
    /// In the campaign's own spelling, each once.
    pub found: Vec<(String, NumberFate)>,
    /// How many of the typed numbers are not in the campaign.
    pub missing: u32,
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
