//! The notification daemon: whether there is one, and what it can do.

use tokio::sync::watch;

/// What the daemon can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Features {
    /// Bodies are markup, and so must be escaped.
    pub markup: bool,
}

/// The daemon as last seen.
#[derive(Clone, Debug)]
pub struct Daemon(watch::Receiver<Option<Features>>);

impl Daemon {
    pub(super) fn of(features: watch::Receiver<Option<Features>>) -> Self {
        Self(features)
    }

    /// None: nobody would show a notification.
    pub fn features(&self) -> Option<Features> {
        *self.0.borrow()
    }
}
