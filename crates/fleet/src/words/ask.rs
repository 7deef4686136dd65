//! The requests of a desk. Each has the subject `rs.req.<desk>.<name>`.

use ringside_domain::{FloorRequest, MemberOrder, SeatOrder};
use serde::{Deserialize, Serialize};

use super::{Position, version};

/// The names of the requests. Any gateway answers all but `DO`, which only the leading gateway hears.
pub mod name {
    pub const HELLO: &str = "hello";
    pub const SINCE: &str = "since";
    pub const RENEW: &str = "renew";
    pub const DO: &str = "do";
}

/// A desk says that it is here. Answer: [`super::Welcome`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hello {
    #[serde(default = "version")]
    pub v: u32,
    /// The number of the agent who signs in at a hot desk. A personal desk's is in the registry.
    #[serde(default)]
    pub agent: Option<String>,
    /// Ringside's version.
    #[serde(default)]
    pub version: String,
    #[serde(default)]
    pub host: String,
}

/// A desk asks for the events after its position. Answer: [`super::Batch`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Since {
    #[serde(default = "version")]
    pub v: u32,
    #[serde(flatten)]
    pub position: Position,
}

/// A desk asks for a new token. Answer: [`super::Renewed`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Renew {
    #[serde(default = "version")]
    pub v: u32,
}

/// A desk wants something done. Answer: [`super::Done`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Do {
    #[serde(default = "version")]
    pub v: u32,
    /// The idempotency key: the desk asks again with the same one. At most 64 letters, digits and hyphens.
    pub id: String,
    /// Later the request must not be begun, since the desk has stopped waiting. None: the desk does not know the gateway's clock yet.
    #[serde(default)]
    pub until: Option<Until>,
    /// The agent's number at a hot desk. A personal desk's is in the registry, and the desk's extension always is.
    #[serde(default)]
    pub agent: Option<String>,
    pub what: Operation,
}

/// A time of one gateway's clock.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Until {
    pub gateway: String,
    pub at: i64,
}

/// Each is one request to the platform, which the gateway sends for the desk's own extension, except where it says otherwise.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "op", rename_all = "kebab-case", rename_all_fields = "snake_case")]
pub enum Operation {
    /// Answered at once by the leader, without the platform: the desk learns the difference of the clocks.
    Clock,
    ListQueues,
    JoinQueue {
        queue: String,
    },
    LeaveQueue {
        queue: String,
    },
    SetSeat {
        queue: String,
        busy: bool,
    },
    /// Never sent again (A6).
    CallBack(CallBack),
    EndTask {
        task_id: String,
    },
    /// The calls that began within this time; at most the newest 1000.
    ReadRecords {
        from: i64,
        to: i64,
    },
    /// A link to a recording of the desk's own extension.
    FetchLink {
        file: String,
    },
    /// Posts this ring to the company's public callback address.
    TestRing {
        uuid: String,
    },
    /// A request of the supervisor's desk. These types of the domain were made for the wire.
    Floor {
        request: FloorRequest,
        /// The prefixes of the desk's numbers, by which a customer is recognised in the company's calls; only for a reading of calls.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        prefixes: Vec<String>,
    },
    /// The password of an extension, for a person who asked to see it (N21).
    Password {
        extension: String,
    },
    /// An operation of a newer desk.
    #[serde(other)]
    Unknown,
}

/// An order to call one number and then the own phone (N16).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct CallBack {
    pub number: String,
    pub task_name: String,
    /// The task's start, by the platform's clock.
    pub at: i64,
    pub member_id: String,
    pub maturity: String,
    pub customer_id: String,
}

impl Operation {
    /// Its name on the wire, for the table of roles, logs and figures.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Clock => "clock",
            Self::ListQueues => "list-queues",
            Self::JoinQueue { .. } => "join-queue",
            Self::LeaveQueue { .. } => "leave-queue",
            Self::SetSeat { .. } => "set-seat",
            Self::CallBack(_) => "call-back",
            Self::EndTask { .. } => "end-task",
            Self::ReadRecords { .. } => "read-records",
            Self::FetchLink { .. } => "fetch-link",
            Self::TestRing { .. } => "test-ring",
            Self::Floor { .. } => "floor",
            Self::Password { .. } => "password",
            Self::Unknown => "unknown",
        }
    }

    /// Carrying it out a second time would call a customer twice, or its second answer would hide what became of the first: a gateway journals
    /// it before it asks the platform (A6).
    pub fn must_not_repeat(&self) -> bool {
        match self {
            Self::CallBack(_) => true,
            Self::Floor { request, .. } => match request {
                FloorRequest::CreateTask { .. }
                | FloorRequest::AddNumbers { .. }
                | FloorRequest::RemoveNumbers { .. }
                | FloorRequest::AddQueue { .. }
                | FloorRequest::DeleteQueue { .. }
                | FloorRequest::AddGroup { .. } => true,
                FloorRequest::SetSeat { order, .. } => *order == SeatOrder::SignIn,
                FloorRequest::SetMember { order, .. } => matches!(order, MemberOrder::Add | MemberOrder::Remove),
                _ => false,
            },
            _ => false,
        }
    }

    /// It only reads, for the supervisor's desk: desks that ask the same at the same time can share one answer.
    pub fn is_reading_of_floor(&self) -> bool {
        let Self::Floor { request, .. } = self else { return false };
        matches!(
            request,
            FloorRequest::ReadQueues
                | FloorRequest::ReadSeats { .. }
                | FloorRequest::ReadGroups
                | FloorRequest::ReadMembers { .. }
                | FloorRequest::ReadExtensions
                | FloorRequest::ReadDialled { .. }
        )
    }
}
