//! Which gateway leads.

use std::time::Duration;

use tokio::sync::watch;

/// When a gateway may act as the leader, by its own monotonic clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct LeaseRule {
    /// When the last successful renewal was *asked for*.
    renewed: Option<Duration>,
}

/// This gateway's part in the election.
#[derive(Debug)]
pub struct Lead {}

#[allow(unused_variables, clippy::unimplemented)]
impl Lead {
    /// Whether this gateway leads at this moment. To be asked before each act as the leader.
    pub fn leads(&self) -> bool {
        unimplemented!()
    }

    /// Changes of the above.
    pub fn changes(&self) -> watch::Receiver<bool> {
        unimplemented!()
    }
}
