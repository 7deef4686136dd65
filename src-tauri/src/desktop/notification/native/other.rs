//! Windows and macOS: whether the system's own notifications are shown.

use std::time::Duration;

use ringside_domain::{Problem, ProblemCode, ShellReport};
use ringside_engine::Handle;
use tauri::{AppHandle, Manager};
use tokio::{sync::watch as channel, time::sleep};

use super::daemon::{Daemon, Features};
pub use crate::system::notifications::Shown;
use crate::{
    life::{paths::Paths, tasks},
    system::notifications::{Clicked, problem, register},
};

/// A person may change the system's settings at any time, which reports nothing.
const AGAIN: Duration = Duration::from_secs(60);

/// Registers Ringside, and reports whether its notifications are shown, now and after each change (T9, T10).
pub fn watch(app: &AppHandle, handle: Handle) -> Daemon {
    let folder = app.state::<Paths>().data.clone();
    let watching = move || {
        let (handle, folder) = (handle.clone(), folder.clone());
        async move {
            if let Err(error) = register(&folder) {
                tracing::warn!(%error, "the system does not know Ringside's notifications");
            }
            look(&handle).await;
        }
    };
    tasks::keep("the watch over notifications", watching, |_, _| {});
    Daemon::of(channel::channel(Some(Features { markup: false })).1)
}

async fn look(handle: &Handle) {
    let mut before = None;
    loop {
        let found = problem().await;
        if before.as_ref() != Some(&found) {
            let problem = found.clone().map(|detail| Problem::new(ProblemCode::NotificationsMissing, detail, true));
            handle.report(ShellReport::Notifications(problem));
            before = Some(found);
        }
        sleep(AGAIN).await;
    }
}

pub fn begin(app: &AppHandle, clicked: Clicked) -> Shown {
    Shown::new(&app.state::<Paths>().key(), clicked)
}
