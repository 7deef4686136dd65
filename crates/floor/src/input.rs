//! The inputs of the floor.

use std::time::Duration;

use ringside_domain::{
    Account, CampaignCounts, CampaignId, CampaignPart, Dialled, DialledToday, ElsewhereCalls, ElsewhereTask, EndingSeen, FloorAnswer,
    FloorIntent, FoundNumbers, ImportView, Problem, ReachedOtherwise, RequestId, StoredCampaign, StoredRemoval, StoredTeamBreak, Timestamp,
    Topic,
};

/// What the floor starts with.
#[derive(Clone, Debug)]
pub struct FloorStart {
    pub campaigns: Vec<StoredCampaign>,
    /// The team breaks that were not over.
    pub breaks: Vec<StoredTeamBreak>,
    /// The tasks made elsewhere that were named, with their accounts, the newest first.
    pub elsewhere: Vec<(Account, ElsewhereTask)>,
    /// The removals that were not over, in their order.
    pub removals: Vec<StoredRemoval>,
    /// The account of this computer, also while nobody is signed in.
    pub account: Option<Account>,
    /// Of each account: the calls of the dialler are stored up to this time.
    pub dialled_until: Vec<(Account, Timestamp)>,
    /// Minutes that the platform's clock is ahead of UTC.
    pub utc_minutes: i32,
    /// The next number of a campaign.
    pub next_campaign: i64,
    /// The seed of the jitter.
    pub seed: u64,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Input {
    /// A person's request, with the person.
    Intent {
        intent: FloorIntent,
        by: String,
    },
    /// The topics that the page watches now; none: no page is open.
    Watch(Vec<Topic>),
    /// The account that is signed in, and the company's name; None: nobody is.
    SignedIn(Option<(Account, String)>),
    /// The turn of this request has come.
    Turn(RequestId),
    /// A request succeeded or failed.
    Answered {
        id: RequestId,
        outcome: Box<Result<FloorAnswer, Problem>>,
    },
    /// The next answer to this request is of a reading that was made for another desk: it began this much earlier than this desk asked.
    ReadEarlier {
        id: RequestId,
        by: Duration,
    },
    /// The changes of an effect are on disk, or could not be stored. For an import that was taken: how many parts it made.
    Stored {
        id: u64,
        outcome: Result<Vec<CampaignPart>, Problem>,
    },
    Counted(Vec<(CampaignId, CampaignCounts)>),
    Evidence {
        campaign: CampaignId,
        /// For each part whose outcome is unknown: its number, and how many of its numbers were called, by bills.
        parts: Vec<(u32, u32)>,
        /// Accepted numbers without a call whose preset time is in the past, and in the future.
        preset: (u32, u32),
        /// The most frequent endings of the last unanswered calls.
        endings: Vec<EndingSeen>,
    },
    /// The numbers of a campaign that were looked for, or why they could not be read.
    NumbersFound {
        campaign: CampaignId,
        outcome: Result<FoundNumbers, Problem>,
    },
    /// Numbers were entered in the do-not-call list, and are stored.
    DoNotCallGrew,
    /// Today's calls of the dialler, of this account.
    Today(Account, Box<DialledToday>),
    /// The page is gone; these imports were not dropped.
    PageClosed(Vec<u64>),
    /// The progress of an import, with the name of its file; empty for pasted numbers.
    Import {
        import: u64,
        file: String,
        view: ImportView,
    },
    /// The task callback: all numbers of this task were called.
    TaskFinished {
        task_id: String,
    },
    /// Bills of the dialler, and proofs that other calls reached customers, arrived as callbacks.
    Arrived {
        calls: Vec<Dialled>,
        reached: Vec<ReachedOtherwise>,
    },
    /// The calls of this account that belong to no campaign of this desk.
    Elsewhere(Account, ElsewhereCalls),
    /// The clock cannot be trusted, or can be: campaigns with calling hours are held while it cannot. Until it can for the first time, or
    /// for a while after the first sign-in, their holds stay as they were.
    ClockTrusted(bool),
    /// Minutes that the platform's clock is ahead of UTC from now on: daylight saving began or ended.
    Zone {
        utc_minutes: i32,
    },
    /// The deadline of `Floor::next_deadline` has come.
    Tick,
}
