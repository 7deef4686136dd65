//! Requests of the supervisor's desk to the platform, and their answers: plain data without secrets, so that a gateway can carry them for
//! desks that have no accesskey.

use serde::{Deserialize, Serialize};

use crate::{
    CampaignPlan, Customer, Dialled, DiallerState, Extension, ExtensionDetail, FloorAgent, FloorExtension, GroupMemberView, MemberOrder,
    Problem, QueueName, QueueSettings, ReachedOtherwise, Running, SeatId, SeatOrder, Timestamp,
};

/// Each is one request to the platform, except where it says otherwise.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum FloorRequest {
    /// TaskCreat; never sent again by itself (A6).
    CreateTask { plan: CampaignPlan, numbers: Vec<Customer> },
    /// TaskAdd; never sent again by itself (A6).
    AddNumbers { task_id: String, numbers: Vec<Customer> },
    /// taskDelPhone: numbers that were not called yet (N15).
    RemoveNumbers { task_id: String, phones: Vec<String> },
    /// TaskSet.
    SetTask { task_id: String, state: Running },
    /// GetQueueList.
    ReadQueues,
    /// GetQueueSipStatus of one queue.
    ReadSeats { queue: QueueName },
    /// AddQueue.
    AddQueue { name: QueueName, remark: String, dials: bool, settings: QueueSettings },
    /// EditQueue.
    EditQueue { name: QueueName, settings: QueueSettings },
    /// DelQueue.
    DeleteQueue { name: QueueName },
    /// SetSeatsStatus, SipSignIn or SipSignOut.
    SetSeat { seat: SeatId, order: SeatOrder },
    /// GetExtgroupInfo, all groups (N20).
    ReadGroups,
    /// GetGroupExt.
    ReadMembers { group: String },
    /// AddExtgroup.
    AddGroup { name: String },
    /// AddExtnumber, EditExtnumber or DelExtnumber.
    SetMember { group: String, extension: Extension, order: MemberOrder },
    /// GetSipnumberInfo of all extensions, then GetSipValidStatus, GetSipRegisterStatus and GetSipCallStatus of them: four requests.
    ReadExtensions,
    /// GetBill, all extensions and all kinds of calls that began within this time; one page of 1000. Calls that the dialler did not make tell
    /// which customers were reached otherwise.
    ReadDialled { from: Timestamp, to: Timestamp, page: u32 },
}

/// The answer to the request of the same name. Requests that only change something have [`FloorAnswer::Done`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "answer", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum FloorAnswer {
    Done,
    /// TaskCreat and TaskAdd. `refused`: the numbers that the platform refused, as it named them.
    Sent {
        task_id: Option<String>,
        accepted: u32,
        refused: Vec<String>,
    },
    Queues(Vec<QueueRead>),
    Seats {
        queue: QueueName,
        agents: Vec<FloorAgent>,
    },
    Groups(Vec<(String, Option<u32>)>),
    Members {
        group: String,
        members: Vec<GroupMemberView>,
    },
    Extensions {
        extensions: Vec<FloorExtension>,
        /// What could not be read, and why; the list is known all the same.
        untold: Vec<(ExtensionDetail, Problem)>,
    },
    /// `total`: the number of bills over all pages; may grow from page to page.
    Dialled {
        total: u32,
        rows: u32,
        calls: Vec<Dialled>,
        reached: Vec<ReachedOtherwise>,
    },
}

/// A queue as GetQueueList describes it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct QueueRead {
    pub name: QueueName,
    pub settings: QueueSettings,
    pub announcement: Option<String>,
    pub dialler: DiallerState,
}
