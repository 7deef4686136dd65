//! The real app on a real desktop: its windows by WebDriver, tray and notifications over the bus, keys and pictures by X.

mod app;
mod bus;
mod logind;
mod screen;

pub use app::{App, binary, gone, tell, web_processes};
pub use bus::{Item, Notifications, Tray};
pub use logind::Logind;
pub use screen::{Field, close, focused, picture, run, selection, visible};

use std::time::Duration;

use tokio::time::{sleep, timeout};

/// The real app on a busy machine: long enough for anything that is going to happen.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// Between two looks at something that cannot call back.
const LOOK_AGAIN: Duration = Duration::from_millis(20);

/// Looks again until there is an answer.
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

/// Looks again until it is so.
pub async fn until(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    eventually(what, async || holds().await.then_some(())).await;
}
