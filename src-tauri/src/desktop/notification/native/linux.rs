//! The notification daemon on the session bus: its features, and the reliable removal of notifications.

use std::{collections::HashMap, sync::Arc, time::Duration};

use ringside_domain::{Problem, ProblemCode, ShellReport};
use ringside_engine::Handle;
use tauri::{AppHandle, Wry};
use tauri_plugin_notification::{NotificationBuilder, NotificationExt};
use tokio::{
    sync::{oneshot, watch as channel},
    time::timeout,
};
use zbus::Connection;

use super::daemon::{Daemon, Features};
use crate::{desktop::bus, life::tasks};

const NAME: &str = "org.freedesktop.Notifications";
const PATH: &str = "/org/freedesktop/Notifications";
/// Time for the daemon to report that it closed a notification.
const CLOSING: Duration = Duration::from_millis(300);
const TRIES: u32 = 10;

/// Watches for the daemon and reports if it is missing; nothing waits for it (T4).
pub fn watch(handle: Handle) -> Daemon {
    let (features, daemon) = channel::channel(None);
    let features = Arc::new(features);
    let teller = handle.clone();
    let watching = move || {
        let (features, handle) = (Arc::clone(&features), handle.clone());
        async move {
            let told = bus::watch_name(NAME, |owned| look(owned, &features, &handle));
            if let Err(error) = told.await {
                features.send_replace(None);
                handle.report(missing(&error.to_string()));
            }
        }
    };
    // The next successful look withdraws this report.
    tasks::keep("the watch over notifications", watching, move |problem, _| teller.report(ShellReport::Notifications(Some(problem))));
    Daemon::of(daemon)
}

async fn look(owned: bool, features: &channel::Sender<Option<Features>>, handle: &Handle) {
    // Also asked if the name has no owner: the bus may start a daemon for it, whose start is then reported.
    match capabilities().await {
        Ok(list) => {
            let markup = list.iter().any(|capability| capability == "body-markup");
            features.send_replace(Some(Features { markup }));
            handle.report(ShellReport::Notifications(None));
        }
        Err(error) => {
            tracing::info!(%error, owned, "no notification daemon answers");
            features.send_replace(None);
            handle.report(missing(&error.to_string()));
        }
    }
}

fn missing(detail: &str) -> ShellReport {
    ShellReport::Notifications(Some(Problem::new(ProblemCode::NotificationsMissing, detail, true)))
}

pub async fn capabilities() -> zbus::Result<Vec<String>> {
    let bus: Connection = bus::connect().await?;
    let asked = async { Ok(bus.call_method(Some(NAME), PATH, Some(NAME), "GetCapabilities", &()).await?) };
    bus::answer(asked).await?.body().deserialize()
}

/// Makes sure that removed notifications disappear. The plugin shows notifications on another thread; if it is asked to remove one that it
/// has not shown yet, it ignores that.
#[derive(Default)]
pub struct Gone(HashMap<i32, oneshot::Receiver<()>>);

impl Gone {
    pub fn follow(&mut self, tag: i32, builder: NotificationBuilder<Wry>) -> NotificationBuilder<Wry> {
        let (closed, heard) = oneshot::channel();
        self.0.insert(tag, heard);
        builder.on_close(move || {
            // The receiver is gone after the last try.
            let _ = closed.send(());
        })
    }

    pub fn remove(&mut self, app: &AppHandle, tag: i32) {
        let Some(mut closed) = self.0.remove(&tag) else { return };
        let app = app.clone();
        tauri::async_runtime::spawn(async move {
            for _ in 0..TRIES {
                let app = app.clone();
                let removed = tauri::async_runtime::spawn_blocking(move || app.notification().remove_active(vec![tag]));
                if let Ok(Err(error)) = removed.await {
                    tracing::warn!(%error, "a notification was not removed");
                }
                if timeout(CLOSING, &mut closed).await.is_ok() {
                    return;
                }
            }
            tracing::debug!(tag, "the daemon did not say that it closed a notification");
        });
    }
}
