//! The real app on a real desktop: windows by WebDriver, tray and notifications over the bus, keys and pictures by X.

mod app;
mod bus;
mod logind;
mod screen;

pub use app::{App, binary, gone, network_processes, tell, web_processes};
pub use bus::{Item, Notifications, Tray};
pub use logind::Logind;
pub use screen::{Field, close, focused, picture, run, selection, visible};

use std::time::Duration;

use tokio::time::{sleep, timeout};

/// Time limit for the real app on a busy machine.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// Pause between two checks of a condition that cannot notify.
const LOOK_AGAIN: Duration = Duration::from_millis(20);

/// Repeats `look` until it returns a value.
pub async fn eventually<T>(what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let found = timeout(PATIENCE, async {
        loop {
            if let Some(found) = look().await {
                return found;
            }
            sleep(LOOK_AGAIN).await;
        }
    });
    found.await.unwrap_or_else(|_| panic!("not within {PATIENCE:?}: {what}"))
}

/// Repeats `holds` until it is true.
pub async fn until(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    eventually(what, async || holds().await.then_some(())).await;
}
