//! From the engine's snapshots to everything that is seen.

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

/// The two windows share a web process: the main one, and with it tray and notification, waits until a new card is painted, but no
/// longer than this.
const CARD_FIRST: Duration = Duration::from_millis(100);

/// A snapshot that shows the same state is drawn after this, so that the ages in view go on.
const AGES: Duration = Duration::from_secs(10);

/// What was shown and heard last, beside the windows; it outlives a failure of what brings it up to date.
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

/// Brings windows, tray, notifications and sound up to date with each snapshot, until the engine stops.
///
/// The next snapshot is taken when this one is drawn: what came in between is skipped, so that nothing queues up.
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
                // Without cards, before and now, their page has nothing to draw.
                let text = (!before.is_empty() || new).then(|| json.clone());
                before = cards;
                let snapshot = Arc::clone(&next);
                let ring = app.state::<Ring>();
                let painted = ring.painted.notified();
                on_main_thread(&app, move |app| draw_cards(app, &snapshot, text)).await;
                if new {
                    // A page that is not there or hangs paints nothing.
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

/// Waits for a snapshot that shows another state than `shown`, or the same state for [`AGES`]. Most answers of the platform only confirm
/// the state in view; drawing each of them cost a desk at rest more than half of its processor time. False: the engine has stopped.
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

/// Tells the main window of the recording at hand, whenever that changes.
pub async fn show_player(app: AppHandle, mut view: watch::Receiver<Option<PlayerView>>) {
    while view.changed().await.is_ok() {
        let next = view.borrow_and_update().clone();
        windows::tell(&app, Main::player(), &next);
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

/// The cards come first: they are what somebody waits for. Their page begins to draw while their window is shown.
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
    // A hidden one is told when it is shown.
    if !windows::main::is_hidden(app) {
        windows::tell_json(app, Main::snapshot(), json);
    }
    windows::main::sync(app, next);
    if let Some(tray) = app.state::<TraySlot>().tray().as_mut()
        && let Err(error) = tray.sync(app, next, texts)
    {
        tracing::warn!(%error, "the tray could not be brought up to date");
    }
}

#[cfg(test)]
mod tests {
    use ringside_domain::{Now, Phone, Session, Start, Timestamp};

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_new_state_is_drawn_at_once_and_a_state_that_is_only_confirmed_after_a_while() {
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
        assert_eq!(began.elapsed(), AGES, "at once, since the window would take its state for old");

        let shown = next.clone();
        let waiting = timeout(3 * AGES, news(&mut snapshots, &shown)).await;
        assert!(waiting.is_err(), "nothing has changed");
        drop(tell);
        assert!(!news(&mut snapshots, &shown).await);
    }
}
