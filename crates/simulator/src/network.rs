//! The network between the platform and its clients: up or down.

use jiff::Timestamp;

use crate::faults::Fault;
use crate::world::World;

/// The state of the network. While it is down, no callback arrives and none is sent again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Network {
    #[default]
    Up,
    /// Every connection is reset.
    Cut,
    /// No request is answered.
    Silent,
}

impl World {
    /// Whether the network is down at this time, because of a test or an exercise.
    pub(crate) fn network_is_down(&self, now: Timestamp) -> bool {
        self.network != Network::Up || self.exercise_has_no_network(now)
    }

    /// The fault of each request while the network is down.
    pub(crate) fn network_fault(&self, now: Timestamp) -> Option<Fault> {
        match self.network {
            Network::Silent => Some(Fault::Timeout),
            _ => self.network_is_down(now).then_some(Fault::Reset),
        }
    }
}
