//! Shows each snapshot of the engine: windows, tray, notifications and sound.

use std::{sync::Arc, time::Duration};

use ringside_domain::{
    CallId, PlayerView, Snapshot,
    contract::{self, Main},
};
use ringside_engine::Handle;
use tauri::{AppHandle, Manager};
use tokio::{
    sync::{Mutex, oneshot, watch},
    time::timeout,
};

use crate::{
    desktop::{
        notification::Notifications,
        tray::TraySlot,
        windows::{self, ring::Ring},
    },
    life::{demo::Demo, quit::Quit},
    sound::Ear,
    texts::Texts,
};

/// The longest time that the main window, the tray and the notifications wait for a new card to be painted. The main window shares the
/// card's web process, so drawing it first would delay the card.
const CARD_FIRST: Duration = Duration::from_millis(100);

/// A snapshot that shows the same state is drawn after this time, so that the ages shown stay current.
const AGES: Duration = Duration::from_secs(10);

/// The state of notifications, sound and demo. It is kept outside the task that updates it, so that it survives a panic of that task.
#[derive(Clone)]
pub struct Seen(Arc<Mutex<Projections>>);

struct Projections {
    notifications: Notifications,
    ear: Ear,
    demo: Option<Arc<Demo>>,
}

impl Seen {
    pub fn new(notifications: Notifications, ear: Ear, demo: Option<Arc<Demo>>) -> Self {
        Self(Arc::new(Mutex::new(Projections { notifications, ear, demo })))
    }
}

/// Updates windows, tray, notifications and sound with each snapshot, until the engine stops.
///
/// After a snapshot is drawn, the newest one is drawn next. The snapshots in between are skipped, so that no queue builds up.
pub async fn run(app: AppHandle, seen: Seen) {
    let mut seen = seen.0.lock().await;
    let Projections { notifications, ear, demo } = &mut *seen;
    let mut snapshots = app.state::<Handle>().snapshots();
    let mut before = Vec::new();
    loop {
        let next = Arc::clone(&snapshots.borrow_and_update());
        let texts = Texts::of(next.settings.language);
        ear.sync(&next);
        match serde_json::to_string(&*next) {
            Ok(json) => {
                let cards: Vec<CallId> = next.calls.iter().filter(|call| call.card).map(|call| call.id).collect();
                let new = cards.iter().any(|call| !before.contains(call));
                // If there was no card and is none now, the cards' page has nothing to draw.
                let text = (!before.is_empty() || new).then(|| json.clone());
                before = cards;
                let snapshot = Arc::clone(&next);
                let ring = app.state::<Ring>();
                let painted = ring.painted.notified();
                on_main_thread(&app, move |app| draw_cards(app, &snapshot, text)).await;
                if new {
                    // A page that is missing or hangs paints nothing.
                    let _ = timeout(CARD_FIRST, painted).await;
                }
                let snapshot = Arc::clone(&next);
                on_main_thread(&app, move |app| draw_rest(app, &snapshot, json, texts)).await;
            }
            Err(error) => tracing::error!(%error, "the snapshot could not be written as JSON"),
        }
        notifications.sync(&next, texts);
        if let Some(demo) = demo {
            demo.sync(&next);
        }
        if !news(&mut snapshots, &next).await {
            return;
        }
    }
}

/// Waits for a snapshot that shows another state than `shown`; after [`AGES`] also takes one that shows the same state. Most answers of
/// the platform only confirm the state shown; drawing after each of them took more than half of an idle app's processor time. False: the
/// engine has stopped.
async fn news(snapshots: &mut watch::Receiver<Arc<Snapshot>>, shown: &Snapshot) -> bool {
    loop {
        let heard = timeout(AGES, snapshots.wait_for(|next| !next.shows_the_same_as(shown))).await.map(|heard| heard.is_ok());
        match heard {
            Ok(is_news) => return is_news,
            Err(_) if snapshots.borrow().revision != shown.revision => return true,
            Err(_) => {}
        }
    }
}

/// Sends the player's state to the main window whenever it changes.
pub async fn show_player(app: AppHandle, mut view: watch::Receiver<Option<PlayerView>>) {
    while view.changed().await.is_ok() {
        let next = view.borrow_and_update().clone();
        windows::tell(&app, Main::player(), &next);
    }
}

pub(super) async fn on_main_thread(app: &AppHandle, work: impl FnOnce(&AppHandle) + Send + 'static) {
    let (done, heard) = oneshot::channel();
    let target = app.clone();
    let queued = app.run_on_main_thread(move || {
        work(&target);
        // The receiver is gone only when the app ends.
        let _ = done.send(());
    });
    match queued {
        Ok(()) => drop(heard.await),
        Err(error) => tracing::warn!(%error, "the event loop takes no more work"),
    }
}

/// The cards are drawn first, since the agent waits for them. Their page gets the snapshot before their window is shown, so that it draws
/// meanwhile.
fn draw_cards(app: &AppHandle, next: &Snapshot, json: Option<String>) {
    if app.state::<Quit>().is_asked() {
        return;
    }
    if let Some(json) = json {
        windows::tell_json(app, contract::Ring::snapshot(), json);
    }
    app.state::<Ring>().sync(app, next);
}

fn draw_rest(app: &AppHandle, next: &Snapshot, json: String, texts: &Texts) {
    // A hidden window gets the snapshot when it is shown.
    if !windows::main::is_hidden(app) {
        windows::tell_json(app, Main::snapshot(), json);
    }
    windows::main::sync(app, next);
    if let Some(tray) = app.state::<TraySlot>().tray().as_mut()
        && let Err(error) = tray.sync(app, next, texts)
    {
        tracing::warn!(%error, "the tray could not be updated");
    }
}

#[cfg(test)]
mod tests {
    use ringside_domain::{Now, Phone, Session, Start, Timestamp};

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_changed_state_is_drawn_at_once_and_a_confirmed_state_after_a_pause() {
        let now = Now { wall: Timestamp(1_700_000_000_000), mono: Duration::from_secs(100) };
        let mut next = Snapshot::clone(&Session::new(Start::default(), now).0.snapshot());
        next.phone_at = Some(now.wall);
        let shown = next.clone();
        let (tell, mut snapshots) = watch::channel(Arc::new(next.clone()));
        let began = tokio::time::Instant::now();

        next.revision += 1;
        next.phone_at = Some(now.wall.plus(AGES));
        tell.send_replace(Arc::new(next.clone()));
        assert!(news(&mut snapshots, &shown).await);
        assert_eq!(began.elapsed(), AGES);

        let shown = next.clone();
        next.revision += 1;
        next.phone = Phone::NotRegistered;
        tell.send_replace(Arc::new(next.clone()));
        assert!(news(&mut snapshots, &shown).await);
        assert_eq!(began.elapsed(), AGES, "at once");

        let shown = next.clone();
        next.revision += 1;
        next.phone_at = Some(now.wall.plus(AGES + Duration::from_secs(15)));
        tell.send_replace(Arc::new(next.clone()));
        assert!(news(&mut snapshots, &shown).await);
        assert_eq!(began.elapsed(), AGES, "at once, or the window would show its state as old");

        let shown = next.clone();
        let waiting = timeout(3 * AGES, news(&mut snapshots, &shown)).await;
        assert!(waiting.is_err(), "nothing has changed");
        drop(tell);
        assert!(!news(&mut snapshots, &shown).await);
    }
}
