//! The change to another installed version, and the end after a removal; never during a call.

use ringside_domain::{Occasion, Snapshot};
use ringside_engine::Handle;
use tauri::{AppHandle, Manager};

use crate::life::{
    installed::{self, Change},
    quit::{Ending, Quit},
};

/// Whether a restart interrupts nothing.
pub fn is_free(snapshot: &Snapshot) -> bool {
    snapshot.calls.is_empty() && snapshot.wrap_up.is_none()
}

pub async fn run(app: AppHandle) {
    let change = installed::changed().await;
    tracing::info!(?change, "another version is installed, or none; Ringside changes over after the call");
    let mut snapshots = app.state::<Handle>().snapshots();
    // The engine outlives this task.
    let _ = snapshots.wait_for(|snapshot| is_free(snapshot)).await;
    app.state::<Quit>().ask(match change {
        Change::Replaced => Ending::Replaced,
        Change::Removed => Ending::For(Occasion::Quit),
    });
}
