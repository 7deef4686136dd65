//! The notification daemon on the session bus: its features, and the reliable removal of notifications.

use std::{collections::HashMap, sync::Arc, time::Duration};

use super::{
    Notice,
    daemon::{Daemon, Features},
};
use crate::{
    life::tasks,
    system::{
        bus,
        notifications::{Clicked, NAME, capabilities},
    },
};
use ringside_domain::{Problem, ProblemCode, ShellReport};
use ringside_engine::Handle;
use tauri::AppHandle;
use tauri_plugin_notification::{ActionPerformed, NotificationExt};
use tokio::{
    sync::{oneshot, watch as channel},
    time::timeout,
};

/// Time for the daemon to report that it closed a notification.
const CLOSING: Duration = Duration::from_millis(300);
const TRIES: u32 = 10;

/// The name of the notification's field with the call's id.
const CALL: &str = "call";

/// Watches for the daemon and reports if it is missing; nothing waits for it (T4).
pub fn watch(_app: &AppHandle, handle: Handle) -> Daemon {
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

/// The notifications that are shown, by the plugin.
pub struct Shown {
    app: AppHandle,
    /// Resolves when the daemon has closed the notification of this tag. The plugin shows notifications on another thread; if it is asked to
    /// remove one that it has not shown yet, it ignores that.
    closed: HashMap<i32, oneshot::Receiver<()>>,
}

impl Shown {
    pub fn new(app: &AppHandle, clicked: Clicked) -> Self {
        // Before the first notification: one that is shown without a listener reports no click.
        let on_action = move |action: &ActionPerformed| {
            let call = action.notification().and_then(|notification| notification.extra().get(CALL)).and_then(serde_json::Value::as_u64);
            clicked(call);
        };
        if let Err(error) = app.notification().on_action(on_action) {
            tracing::warn!(%error, "clicks on notifications will not be noticed");
        }
        Self { app: app.clone(), closed: HashMap::new() }
    }

    pub fn show(&mut self, features: Features, notice: &Notice) -> tauri_plugin_notification::Result<()> {
        let body = if features.markup { escaped(&notice.body) } else { notice.body.clone() };
        let (closed, heard) = oneshot::channel();
        self.closed.insert(notice.tag, heard);
        let builder = self.app.notification().builder().id(notice.tag).title(&notice.title).body(body).on_close(move || {
            // The receiver is gone after the last try.
            let _ = closed.send(());
        });
        match notice.call {
            Some(call) => builder.extra(CALL, call.0),
            None => builder,
        }
        .show()
    }

    /// Makes sure that the notification disappears.
    pub fn remove(&mut self, tag: i32) {
        let Some(mut closed) = self.closed.remove(&tag) else { return };
        let app = self.app.clone();
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

    pub fn clear(&mut self) {
        let tags: Vec<i32> = self.closed.keys().copied().collect();
        tags.into_iter().for_each(|tag| self.remove(tag));
    }
}

/// A customer's name must not be read as markup (T5).
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
