//! Sleep, waking and the end of the session. Before a sleep or a log-off, the platform gets what the settings say for it; after waking, all
//! states are read again.
//!
//! If the system reports neither, a sleep is recognised by the clocks, and the end of the session by a signal to this process.

#[cfg_attr(target_os = "linux", path = "native/linux.rs")]
#[cfg_attr(windows, path = "native/windows.rs")]
#[cfg_attr(target_os = "macos", path = "native/macos.rs")]
mod native;

use std::time::Duration;

use ringside_domain::Occasion;
use ringside_engine::Handle;
use tokio::time::timeout;

pub use native::{occasion_of_exit, watch};

/// Time for the platform to answer. The system waits at most 5 s, if at all; Windows waits 2 s before a sleep.
pub const WITHIN: Duration = Duration::from_millis(if cfg!(windows) { 1800 } else { 3000 });

/// Tells the platform what the settings say for this occasion, within the time limit.
pub async fn take_leave(handle: &Handle, occasion: Occasion, within: Duration) {
    if timeout(within, handle.take_leave(occasion)).await.is_err() {
        tracing::warn!(?occasion, "the platform did not answer in time to be told");
    }
}
