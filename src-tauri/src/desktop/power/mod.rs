//! The computer's comings and goings: before it sleeps or the session ends the platform is told what was chosen, after waking
//! everything is asked anew.
//!
//! Where neither can be heard of, a sleep is noticed by the clocks, and the end of the session as a signal to this process.

#[cfg_attr(target_os = "linux", path = "native/linux.rs")]
#[cfg_attr(windows, path = "native/windows.rs")]
#[cfg_attr(not(any(target_os = "linux", windows)), path = "native/other.rs")]
mod native;

use std::time::Duration;

use ringside_domain::Occasion;
use ringside_engine::Handle;
use tokio::time::timeout;

pub use native::watch;

/// For the platform to answer. The system waits 5 s at most where it waits at all, on Windows 2 s before a sleep.
const WITHIN: Duration = Duration::from_millis(if cfg!(windows) { 1800 } else { 3000 });

/// Tells the platform what was chosen for this occasion, as well as the time allows.
pub async fn take_leave(handle: &Handle, occasion: Occasion) {
    if timeout(WITHIN, handle.take_leave(occasion)).await.is_err() {
        tracing::warn!(?occasion, "the platform did not answer in time to be told");
    }
}
