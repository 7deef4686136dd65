//! The notification daemon on the session bus: whether there is one, its features, and the notifications, which the plugin shows.

use std::{collections::HashMap, convert::Infallible, future::pending, sync::Arc, time::Duration};

use super::daemon::{Daemon, Features};
use crate::{
    life::tasks,
    system::{
        bus,
        notifications::{Clicked, NAME, capabilities},
    },
};
use ringside_domain::{Backoff, Problem, ProblemCode, ShellReport};
use ringside_engine::Handle;
use tauri::AppHandle;
use tauri_plugin_notification::{ActionPerformed, NotificationExt};
use tokio::{
    sync::{oneshot, watch as channel},
    task::{JoinSet, spawn_blocking},
    time::timeout,
};

/// Time for the daemon to report that it closed a notification, at the first request and at most.
const CLOSING: Duration = Duration::from_millis(300);
const LONGEST_CLOSING: Duration = Duration::from_secs(10);
/// A daemon that has not closed a notification after so many requests, in about five minutes, never shows it.
const TRIES: u32 = 35;

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

/// The notifications that are to be on the screen.
///
/// The plugin shows a notification on another thread, and ignores the request to remove one that it has not shown yet. So the request is
/// repeated until the daemon says that it has closed the notification.
pub struct Shown {
    app: AppHandle,
    /// By their tags.
    wanted: HashMap<i32, Wanted>,
    removals: JoinSet<()>,
    count: i32,
}

struct Wanted {
    /// The plugin's number of it; no other one has had it.
    id: i32,
    /// Resolves when the daemon has closed it.
    closed: oneshot::Receiver<()>,
}

pub fn begin(app: &AppHandle, clicked: Clicked) -> Shown {
    // Before the first notification: one that is shown without a listener reports no click.
    let on_action = move |action: &ActionPerformed| {
        let call = action.notification().and_then(|notification| notification.extra().get(CALL)).and_then(serde_json::Value::as_u64);
        clicked(call);
    };
    if let Err(error) = app.notification().on_action(on_action) {
        tracing::warn!(%error, "clicks on notifications will not be noticed");
    }
    Shown { app: app.clone(), wanted: HashMap::new(), removals: JoinSet::new(), count: 0 }
}

impl Shown {
    /// Shows a notification in the place of the one with this tag. `call` is passed on at a click.
    pub fn show(&mut self, tag: i32, call: Option<u64>, title: &str, body: &str) {
        self.remove(tag);
        let (tell, closed) = oneshot::channel();
        self.count = self.count.wrapping_add(1);
        let id = self.count;
        let builder = self.app.notification().builder().id(id).title(title).body(body).on_close(move || {
            // The receiver is gone after the last try.
            let _ = tell.send(());
        });
        let builder = match call {
            Some(call) => builder.extra(CALL, call),
            None => builder,
        };
        match builder.show() {
            Ok(()) => drop(self.wanted.insert(tag, Wanted { id, closed })),
            Err(error) => tracing::warn!(%error, "a notification was not shown"),
        }
    }

    pub fn remove(&mut self, tag: i32) {
        if let Some(wanted) = self.wanted.remove(&tag) {
            self.removals.spawn(take_away(self.app.clone(), wanted));
        }
    }

    /// Forgets what was removed.
    pub async fn attend(&mut self) -> Infallible {
        while self.removals.join_next().await.is_some() {}
        pending().await
    }

    /// Removes all, also those that the daemon does not have yet.
    pub async fn end(&mut self) {
        for tag in self.wanted.keys().copied().collect::<Vec<_>>() {
            self.remove(tag);
        }
        while self.removals.join_next().await.is_some() {}
    }
}

async fn take_away(app: AppHandle, Wanted { id, mut closed }: Wanted) {
    let mut patience = Backoff::new(CLOSING, LONGEST_CLOSING);
    for _ in 0..TRIES {
        // The daemon may have closed it long ago. An error: the plugin has given it up.
        if closed.try_recv() != Err(oneshot::error::TryRecvError::Empty) {
            return;
        }
        let target = app.clone();
        let removed = spawn_blocking(move || target.notification().remove_active(vec![id])).await;
        if let Ok(Err(error)) = removed {
            tracing::warn!(%error, "a notification was not removed");
        }
        if timeout(patience.failed(None, 1.0), &mut closed).await.is_ok() {
            return;
        }
    }
    tracing::warn!("the daemon did not say that it closed a notification");
}
