//! From the engine's snapshots to everything that is seen.

use std::sync::Arc;

use ringside_domain::Snapshot;
use tauri::{AppHandle, Emitter, Manager};
use tokio::sync::oneshot;

use crate::{notification::Notifications, shell::Shell, texts::Texts, windows};

/// Brings windows, tray and notifications up to date with each snapshot, until the engine stops.
///
/// The next snapshot is taken when this one is drawn: what came in between is skipped, so that nothing queues up.
pub async fn run(app: AppHandle, mut notifications: Notifications) {
    let mut snapshots = app.state::<Shell>().handle.snapshots();
    loop {
        let next = Arc::clone(&snapshots.borrow_and_update());
        let texts = Texts::of(next.settings.language);
        match serde_json::to_string(&*next) {
            Ok(json) => draw(&app, Arc::clone(&next), json, texts).await,
            Err(error) => tracing::error!(%error, "the snapshot could not be written as JSON"),
        }
        notifications.sync(&next, texts);
        if let Some(demo) = &app.state::<Shell>().demo {
            demo.sync(&next);
        }
        if snapshots.changed().await.is_err() {
            return;
        }
    }
}

async fn draw(app: &AppHandle, next: Arc<Snapshot>, json: String, texts: &'static Texts) {
    let (drawn, done) = oneshot::channel();
    let target = app.clone();
    let queued = app.run_on_main_thread(move || {
        sync(&target, &next, json, texts);
        // The waiting side ends with the app.
        let _ = drawn.send(());
    });
    match queued {
        Ok(()) => drop(done.await),
        Err(error) => tracing::warn!(%error, "the event loop takes no more work"),
    }
}

/// On the main thread. The card comes first: it is what somebody waits for.
fn sync(app: &AppHandle, next: &Snapshot, json: String, texts: &Texts) {
    let shell = app.state::<Shell>();
    shell.ring.sync(app, next);
    let told = app.emit_str_to(windows::ring::LABEL, "snapshot", json.clone());
    if let Err(error) = told.and_then(|()| app.emit_str_to(windows::main::LABEL, "snapshot", json)) {
        tracing::warn!(%error, "a window was not told of the snapshot");
    }
    if let Some(tray) = shell.tray().as_mut()
        && let Err(error) = tray.sync(app, next, texts)
    {
        tracing::warn!(%error, "the tray could not be brought up to date");
    }
}
