//! What a supervisor can do. Each is entered in the ledger of the floor with the person and the time.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::{
    CampaignId, CampaignLimits, CampaignPlan, Extension, MemberOrder, PartDecision, QueueName, QueueSettings, Running, SeatId, SeatOrder,
};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum FloorIntent {
    /// Makes a campaign from the checked rows of an import, and sends them in parts.
    Start {
        import: u64,
        plan: CampaignPlan,
    },
    /// Sends the checked rows of an import to a campaign that runs or is paused.
    AddNumbers {
        import: u64,
        campaign: CampaignId,
    },
    /// Stops sending parts; parts that were sent stay.
    StopSending {
        campaign: CampaignId,
    },
    ResumeSending {
        campaign: CampaignId,
    },
    Decide {
        campaign: CampaignId,
        part: u32,
        decision: PartDecision,
        task_id: Option<String>,
    },
    Pause {
        campaign: CampaignId,
    },
    Resume {
        campaign: CampaignId,
    },
    /// Cannot be undone.
    End {
        campaign: CampaignId,
    },
    /// Sets the state of a task by the platform's id, such as one that was made elsewhere.
    SetTask {
        task_id: String,
        state: Running,
    },
    /// Removes numbers that were not called yet.
    RemoveNumbers {
        campaign: CampaignId,
        phones: Vec<String>,
    },
    SetLimits {
        campaign: CampaignId,
        limits: CampaignLimits,
    },
    /// Hides a campaign that is over from the list.
    HideCampaign {
        campaign: CampaignId,
    },
    AddDoNotCall {
        phones: Vec<String>,
        reason: String,
    },
    RemoveDoNotCall {
        phones: Vec<String>,
    },
    /// Makes a queue, then sets the settings that AddQueue does not take.
    AddQueue {
        name: QueueName,
        dials: bool,
        settings: QueueSettings,
    },
    EditQueue {
        name: QueueName,
        settings: QueueSettings,
    },
    DeleteQueue {
        name: QueueName,
    },
    SetSeats {
        seats: Vec<SeatId>,
        order: SeatOrder,
    },
    AddGroup {
        name: String,
    },
    SetMembers {
        group: String,
        extensions: Vec<Extension>,
        order: MemberOrder,
    },
    /// Sets the available agents of a queue to busy for so many minutes, and pauses its campaigns; then sets them back.
    StartTeamBreak {
        queue: QueueName,
        minutes: u32,
    },
    EndTeamBreak {
        queue: QueueName,
    },
    /// Reads everything that is watched again, now.
    ReadNow,
}
