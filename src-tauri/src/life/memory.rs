//! Gives memory that was needed only for a while back to the system.

use std::time::Duration;

use ringside_engine::Handle;
use tokio::{task::spawn_blocking, time::sleep};

/// After a start, and after the window was hidden, some work still goes on.
const LATER: Duration = Duration::from_secs(5);

/// Frees, a little later, the store's pages and the heap's unused pages. The C library alone keeps the latter.
pub async fn give_back_later(handle: &Handle) {
    sleep(LATER).await;
    // The log already has the reason of a failure.
    let _ = handle.release_memory().await;
    // Off the runtime's few threads, since it takes some milliseconds.
    let _ = spawn_blocking(trim).await;
}

fn trim() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    // SAFETY: any thread may call it at any time.
    #[allow(unsafe_code)]
    unsafe {
        libc::malloc_trim(0);
    }
}
