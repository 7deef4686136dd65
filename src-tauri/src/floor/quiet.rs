//! Whether an end of this process would interrupt a person now.

use std::sync::Arc;

use ringside_domain::Snapshot;
use ringside_engine::{Handle, Uploads};
use tokio::{select, sync::watch};

use super::Desk;

/// Follows what an end would interrupt: a ring, a call, after-call work, a supervisor's upload.
#[derive(Clone, Debug)]
pub struct Quiet {
    snapshots: watch::Receiver<Arc<Snapshot>>,
    uploads: watch::Receiver<Uploads>,
}

impl Quiet {
    pub fn new(handle: &Handle, desk: &Desk) -> Self {
        Self::of(handle.snapshots(), desk.uploads())
    }

    pub fn of(snapshots: watch::Receiver<Arc<Snapshot>>, uploads: watch::Receiver<Uploads>) -> Self {
        Self { snapshots, uploads }
    }

    pub fn is_now(&self) -> bool {
        is_quiet(&self.snapshots.borrow(), *self.uploads.borrow())
    }

    /// Resolves when it may have changed. `false`: it will not change any more, since the engine has ended.
    pub async fn changed(&mut self) -> bool {
        select! {
            changed = self.snapshots.changed() => changed.is_ok(),
            changed = self.uploads.changed() => changed.is_ok(),
        }
    }

    /// Waits until an end would interrupt nothing.
    pub async fn begins(&mut self) {
        while !is_quiet(&self.snapshots.borrow_and_update(), *self.uploads.borrow_and_update()) {
            if !self.changed().await {
                return;
            }
        }
    }
}

fn is_quiet(snapshot: &Snapshot, uploads: Uploads) -> bool {
    snapshot.calls.is_empty() && snapshot.wrap_up.is_none() && !uploads.is_any()
}
