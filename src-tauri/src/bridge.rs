//! From the engine's snapshots to everything that is seen.

use std::{sync::Arc, time::Duration};

use ringside_domain::{PlayerView, Snapshot};
use tauri::{AppHandle, Emitter, Manager};
use tokio::{
    sync::{oneshot, watch},
    time::{Instant, timeout_at},
};

use crate::{notification::Notifications, shell::Shell, sound::Ear, texts::Texts, windows};

/// The two windows share a web process: what is drawn in the main one delays the card. From the snapshot to the card's pixels it takes
/// some 20 ms; the main window is not told before.
const CARD: Duration = Duration::from_millis(40);

/// Between two drawings of the main window: nobody reads faster.
const PACE: Duration = Duration::from_millis(100);

/// Brings windows, tray, notifications and sound up to date with each snapshot, until the engine stops.
///
/// Cards, notification and sound follow at once. The main window and the tray do too where nothing was drawn there just before; else
/// what comes in between is skipped, so that neither a queue builds up nor a busy desk holds up a card.
pub async fn run(app: AppHandle, mut notifications: Notifications, mut ear: Ear) {
    let mut snapshots = app.state::<Shell>().handle.snapshots();
    let mut cards = 0;
    // When the main window may be drawn.
    let mut rest_due = Instant::now();
    loop {
        let next = Arc::clone(&snapshots.borrow_and_update());
        let texts = Texts::of(next.settings.language);
        ear.sync(&next);
        let before = std::mem::replace(&mut cards, next.calls.iter().filter(|call| call.card).count());
        if before + cards > 0 {
            let snapshot = Arc::clone(&next);
            on_main_thread(&app, move |app| draw_cards(app, &snapshot)).await;
        }
        if cards > before {
            rest_due = rest_due.max(Instant::now() + CARD);
        }
        notifications.sync(&next, texts);
        if let Some(demo) = &app.state::<Shell>().demo {
            demo.sync(&next);
        }
        if Instant::now() < rest_due
            && let Ok(changed) = timeout_at(rest_due, snapshots.changed()).await
        {
            if changed.is_err() {
                return;
            }
            continue;
        }
        rest_due = Instant::now() + PACE;
        on_main_thread(&app, move |app| draw_rest(app, &next, texts)).await;
        if snapshots.changed().await.is_err() {
            return;
        }
    }
}

/// Tells the main window of the recording at hand, whenever that changes.
pub async fn show_player(app: AppHandle, mut view: watch::Receiver<Option<PlayerView>>) {
    while view.changed().await.is_ok() {
        let next = view.borrow_and_update().clone();
        if let Err(error) = app.emit_to(windows::main::LABEL, "player", next) {
            tracing::warn!(%error, "the window was not told of the player");
        }
    }
}

async fn on_main_thread(app: &AppHandle, work: impl FnOnce(&AppHandle) + Send + 'static) {
    let (done, heard) = oneshot::channel();
    let target = app.clone();
    let queued = app.run_on_main_thread(move || {
        work(&target);
        // The waiting side ends with the app.
        let _ = done.send(());
    });
    match queued {
        Ok(()) => drop(heard.await),
        Err(error) => tracing::warn!(%error, "the event loop takes no more work"),
    }
}

/// The cards' page begins to draw while its window is shown.
fn draw_cards(app: &AppHandle, next: &Snapshot) {
    tell(app, windows::ring::LABEL, next);
    app.state::<Shell>().ring.sync(app, next);
}

fn draw_rest(app: &AppHandle, next: &Snapshot, texts: &Texts) {
    tell(app, windows::main::LABEL, next);
    if let Some(tray) = app.state::<Shell>().tray().as_mut()
        && let Err(error) = tray.sync(app, next, texts)
    {
        tracing::warn!(%error, "the tray could not be brought up to date");
    }
}

fn tell(app: &AppHandle, window: &str, next: &Snapshot) {
    if let Err(error) = app.emit_to(window, "snapshot", next) {
        tracing::warn!(%error, window, "a window was not told of the snapshot");
    }
}
