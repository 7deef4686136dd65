//! The state that the leading gateway tells each desk: on a change at once, and otherwise regularly.

use serde::{Deserialize, Serialize};

use super::{Counts, PhoneRow, Position, Refusal, Seat, version};

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct State {
    #[serde(default = "version")]
    pub v: u32,
    /// The gateway that leads; each has a clock of its own.
    #[serde(default)]
    pub gateway: String,
    /// The gateway's time when it sent this.
    #[serde(default)]
    pub now: i64,
    /// The epoch, and the number of the desk's last event in the stream: a desk whose position is earlier has missed one.
    #[serde(default)]
    pub last: Position,
    /// The next state comes within this time.
    #[serde(default = "usual_interval")]
    pub every_ms: u64,
    /// A desk that lost its connection, and could not connect again at once, tries a second time within this time, at a moment by chance: more
    /// desks need more time, so that they do not all come at once to a server that was started again. 0: an older gateway does not say it.
    #[serde(default)]
    pub reconnect_ms: u64,
    /// When a gateway last received a callback of the company, for any extension.
    #[serde(default)]
    pub company_callback_at: Option<i64>,
    /// The queues that were read, whether the desk is in them or not.
    #[serde(default)]
    pub read: Vec<QueueRead>,
    #[serde(default)]
    pub phone: Option<PhoneRead>,
    /// Why the leader cannot ask the platform at present.
    #[serde(default)]
    pub trouble: Option<Refusal>,
}

/// One queue, as read at one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct QueueRead {
    pub queue: String,
    /// When the leader asked the platform.
    pub asked_at: i64,
    /// The desk's own row; None: it is not in the queue.
    #[serde(default)]
    pub seat: Option<Seat>,
    #[serde(default)]
    pub others: Counts,
}

/// The desk's own phone, as read at one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PhoneRead {
    /// When the leader asked the platform.
    pub asked_at: i64,
    #[serde(flatten)]
    pub row: PhoneRow,
}

fn usual_interval() -> u64 {
    10_000
}
