//! The table of roles: what a desk may ask, publish and hear.

use serde::{Deserialize, Serialize};

use super::{LARGEST, LARGEST_OF_SUPERVISOR, LARGEST_UNPACKED, Operation, subject};

/// The largest request of an enrolling machine, in bytes.
pub const ENROL_PAYLOAD: usize = 2048;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    #[default]
    Desk,
    Supervisor,
    /// A machine without credentials; it may only ask to be enrolled.
    Enrol,
}

impl Role {
    pub const ALL: [Self; 3] = [Self::Desk, Self::Supervisor, Self::Enrol];

    /// The role of a desk by its name, as an administrator writes it.
    pub fn of_desk(name: &str) -> Option<Self> {
        [Self::Desk, Self::Supervisor].into_iter().find(|role| role.name() == name)
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::Desk => "desk",
            Self::Supervisor => "supervisor",
            Self::Enrol => "enrol",
        }
    }

    /// Whether a gateway carries out this operation for the role.
    pub fn may(self, operation: &Operation) -> bool {
        match operation {
            Operation::Clock
            | Operation::ListQueues
            | Operation::JoinQueue { .. }
            | Operation::LeaveQueue { .. }
            | Operation::SetSeat { .. }
            | Operation::CallBack(_)
            | Operation::EndTask { .. }
            | Operation::ReadRecords { .. }
            | Operation::FetchLink { .. }
            | Operation::TestRing { .. } => self != Self::Enrol,
            Operation::Floor { .. } | Operation::Password { .. } => self == Self::Supervisor,
            Operation::Unknown => false,
        }
    }

    /// The subjects that the server lets it publish to. `{{name()}}` is the desk's id, from its token.
    pub fn publishes(self) -> &'static [&'static str] {
        match self {
            Self::Desk | Self::Supervisor => &["rs.req.{{name()}}.>"],
            Self::Enrol => &[subject::ENROL],
        }
    }

    /// The subjects that the server lets it subscribe to.
    pub fn hears(self) -> &'static [&'static str] {
        match self {
            Self::Desk | Self::Supervisor => &["_I.{{name()}}.>", "rs.dl.{{name()}}", "rs.st.{{name()}}"],
            Self::Enrol => &["_E.*"],
        }
    }

    /// Most subscriptions of one connection.
    pub fn subscriptions(self) -> i64 {
        match self {
            Self::Desk | Self::Supervisor => 8,
            Self::Enrol => 2,
        }
    }

    /// The largest request, in bytes.
    pub fn payload(self) -> usize {
        match self {
            Self::Desk => LARGEST,
            Self::Supervisor => LARGEST_OF_SUPERVISOR,
            Self::Enrol => ENROL_PAYLOAD,
        }
    }

    /// The largest request after it is unpacked, in bytes.
    pub fn unpacked(self) -> usize {
        if self == Self::Supervisor { LARGEST_UNPACKED } else { self.payload() }
    }

    /// The requests that a gateway takes in a second from one desk, on average; five times as many at once. A supervisor's desk reads each
    /// queue of its wallboard.
    pub fn per_second(self) -> u32 {
        if self == Self::Supervisor { 5 } else { 1 }
    }
}
