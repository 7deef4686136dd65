//! What the floor asks the engine to do.

use ringside_domain::{Account, CampaignId, FloorChange, FloorRequest, Priority, RequestId, Sought, TopicEvent};

/// Every effect is carried out, in order; none is skipped or merged.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Ask the session's budget for a turn. The answer is `Input::Turn` with this id. `kind`: failures of this kind pause it.
    WantTurn { id: RequestId, kind: String, priority: Priority },
    /// Send a request whose turn has come; the answer is `Input::Answered` with this id.
    Ask { id: RequestId, errand: Errand },
    /// The turn is not needed any more, or is not used after it has come.
    DropTurn { id: RequestId },
    /// Store these changes in one transaction; the answer is `Input::Stored` with this id.
    Store { id: u64, changes: Vec<FloorChange> },
    /// Read the counts of these campaigns; the answer is `Input::Counted`.
    Count { campaigns: Vec<CampaignId> },
    /// Read this account's calls of today by the dialler for the wallboard; the answer is `Input::Today`.
    ReadToday { account: Account },
    /// Read this account's calls that belong to no campaign of this desk; the answer is `Input::Elsewhere`.
    ReadElsewhere { account: Account },
    /// Read what the bills show of the unknown parts of a campaign, and its preset times; the answer is `Input::Evidence`.
    ReadEvidence { campaign: CampaignId },
    /// Look for numbers of the campaign; the answer is `Input::NumbersFound`. One search of a campaign is under way at a time.
    FindNumbers { campaign: CampaignId, sought: Sought },
    /// Delete the file and the rows of an import that no campaign took.
    DropImport { import: u64 },
    /// Send the newest view of a topic to the page.
    Show(TopicEvent),
}

/// A request of the floor. The numbers of a part are in the store; the engine adds them.
#[derive(Clone, Debug, PartialEq)]
pub enum Errand {
    /// The request as it is.
    Plain(FloorRequest),
    /// TaskCreat (`task_id` None) or TaskAdd with the numbers of the part that wait. If none waits, nothing is sent and the answer is
    /// `FloorAnswer::Sent` without a task id, with nothing accepted and nothing refused.
    SendPart { campaign: CampaignId, part: u32, task_id: Option<String> },
}
