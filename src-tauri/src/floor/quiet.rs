//! Whether an end of this process would interrupt a person now.

use std::{sync::Arc, time::Duration};

use ringside_domain::{Problem, ProblemCode, Snapshot};
use ringside_engine::{Handle, Uploads};
use tokio::{select, sync::watch, time::timeout};

use super::Desk;

/// So long nothing must have been interrupted before an end.
const LASTING: Duration = Duration::from_secs(5);

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

    /// Whether Ringside may end now because a person wants another version or the copy of the data.
    pub fn permits_end(&self) -> Result<(), Problem> {
        if self.is_now() {
            return Ok(());
        }
        Err(Problem::new(ProblemCode::NoUpdateNow, "a call, after-call work or an upload would be interrupted", true))
    }

    /// Resolves when it may have changed. `false`: it will not change any more, since the engine has ended.
    pub async fn changed(&mut self) -> bool {
        select! {
            changed = self.snapshots.changed() => changed.is_ok(),
            changed = self.uploads.changed() => changed.is_ok(),
        }
    }

    /// Waits until an end would interrupt nothing, and has not for a moment: after a call the platform often gives the next one at once.
    pub async fn begins(&mut self) {
        loop {
            let is_quiet = is_quiet(&self.snapshots.borrow_and_update(), *self.uploads.borrow_and_update());
            let changed = if is_quiet { timeout(LASTING, self.interrupted()).await } else { Ok(self.changed().await) };
            match changed {
                Ok(true) => {}
                Ok(false) | Err(_) => return,
            }
        }
    }

    /// Resolves when an end would interrupt somebody. `false`: the engine has ended.
    async fn interrupted(&mut self) -> bool {
        while self.is_now() {
            if !self.changed().await {
                return false;
            }
        }
        true
    }
}

fn is_quiet(snapshot: &Snapshot, uploads: Uploads) -> bool {
    snapshot.is_quiet() && !uploads.is_any()
}

#[cfg(test)]
mod tests {
    use ringside_domain::Timestamp;

    use super::*;

    fn quiet() -> (watch::Sender<Arc<Snapshot>>, watch::Sender<Uploads>, Quiet) {
        let (snapshots, uploads) = (watch::Sender::new(Arc::new(Snapshot::empty(Timestamp(0)))), watch::Sender::default());
        let quiet = Quiet::of(snapshots.subscribe(), uploads.subscribe());
        (snapshots, uploads, quiet)
    }

    #[tokio::test(start_paused = true)]
    async fn an_upload_is_waited_for_and_a_short_pause_is_not_taken_for_its_end() {
        let (_snapshots, uploads, mut quiet) = quiet();
        for busy in [Uploads { imports: 1, sending: false }, Uploads { imports: 0, sending: true }] {
            uploads.send_replace(busy);
            assert!(!quiet.is_now());
            assert!(timeout(LASTING * 10, quiet.begins()).await.is_err());
            uploads.send_replace(Uploads::default());
            assert!(quiet.is_now());
            assert!(timeout(LASTING / 2, quiet.begins()).await.is_err(), "it has not lasted");
            quiet.begins().await;
        }
    }
}
