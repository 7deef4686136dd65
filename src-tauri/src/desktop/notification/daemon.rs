//! The notification daemon: whether one exists, and its features.

use tokio::sync::watch;

/// Features of the daemon.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Features {
    /// Bodies are read as markup, so they must be escaped.
    pub markup: bool,
}

/// The last known state of the daemon.
#[derive(Clone, Debug)]
pub struct Daemon(watch::Receiver<Option<Features>>);

impl Daemon {
    pub(super) fn of(features: watch::Receiver<Option<Features>>) -> Self {
        Self(features)
    }

    /// None if no daemon would show a notification.
    pub fn features(&self) -> Option<Features> {
        *self.0.borrow()
    }
}
