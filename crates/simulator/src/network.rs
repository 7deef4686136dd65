//! The way between the platform and everybody else: there, or gone.

use jiff::Timestamp;

use crate::faults::Fault;
use crate::world::World;

/// How the network is. While it is gone, no callback arrives and none is sent again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Network {
    #[default]
    Up,
    /// Every connection is reset.
    Cut,
    /// Nothing is answered, whatever was asked.
    Silent,
}

impl World {
    /// Whether an exercise or a hand has the network gone just now.
    pub(crate) fn network_is_down(&self, now: Timestamp) -> bool {
        self.network != Network::Up || self.exercise_has_no_network(now)
    }

    /// What a request meets where the network is gone.
    pub(crate) fn network_fault(&self, now: Timestamp) -> Option<Fault> {
        match self.network {
            Network::Silent => Some(Fault::Timeout),
            _ => self.network_is_down(now).then_some(Fault::Reset),
        }
    }
}
