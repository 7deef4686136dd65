//! The end of the app: windows close at once, the platform gets what the settings say, and acknowledged callbacks are stored (L43).

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use futures_util::future::OptionFuture;
use ringside_domain::Occasion;
use ringside_engine::Handle;
use tauri::{AppHandle, Manager, async_runtime};
use tokio::{task::JoinHandle, time::timeout};

use crate::{
    desktop::{
        clipboard::SecretClipboard,
        notification::Teller,
        power,
        tray::TraySlot,
        windows::{main, places::Places, supervisor},
    },
    floor::Desk,
    life::{
        crashes::{End, LastRuns},
        locked,
        quit::{Ending, LAST_WORDS, Quit},
    },
    sound::Sound,
};

/// Time for work in progress when the app ends, and then for the engine.
const FAREWELL: Duration = Duration::from_secs(5);

/// Time for the notification service to close what it shows.
const CLOSING: Duration = Duration::from_secs(2);

/// Time for the platform to answer if the system ends the process; the rest of [`LAST_WORDS`] is for what must be stored.
const IN_A_HURRY: Duration = Duration::from_millis(1400);

/// The event loop's status if Ringside must start again. Not an exit status of a process, which is below 256.
pub const AGAIN: i32 = 256;
/// Likewise, if nobody saw its window.
pub const AGAIN_HIDDEN: i32 = 257;

/// The task of the callback listener, from its start; it ends by itself. Managed by Tauri.
#[derive(Default)]
pub struct Listening(Mutex<Option<JoinHandle<()>>>);

impl Listening {
    pub fn set(&self, listener: JoinHandle<()>) {
        *locked(&self.0) = Some(listener);
    }
}

/// Ends the app on request. Called as soon as the engine runs, since the platform must be told also before the other parts have started.
pub fn when_asked(app: &AppHandle) {
    app.manage(Listening::default());
    let app = app.clone();
    async_runtime::spawn(async move {
        let asked = app.state::<Quit>().asked().await;
        tracing::info!("quitting");
        let again = if main::is_hidden(&app) { AGAIN_HIDDEN } else { AGAIN };
        let ending = async_runtime::spawn(leave(app.clone(), asked)).await.unwrap_or_else(|error| {
            tracing::error!(%error, "the farewell failed");
            asked
        });
        app.state::<Quit>().finish();
        app.exit(match ending {
            Ending::For(_) => 0,
            Ending::Blank | Ending::Replaced => again,
        });
    });
}

/// The session ends: says farewell before the system gets its answer.
pub fn at_log_off(app: &AppHandle) {
    end_now(app, Occasion::LogOff);
}

/// The event loop has ended. If nobody asked for that, the system ends this process when this returns: on Windows at a log-off, on macOS
/// also when a person quits by the menu or by the Dock.
pub fn at_exit(app: &AppHandle) {
    end_now(app, power::occasion_of_exit());
    // Here, since `main` may never go on. Otherwise quick log-offs would look like crashes (T21).
    if let Some(last_runs) = app.try_state::<Arc<LastRuns>>() {
        last_runs.end(if app.state::<Quit>().ending() == Some(Ending::Blank) { End::Blank } else { End::Well });
    }
}

fn end_now(app: &AppHandle, occasion: Occasion) {
    if !app.state::<Quit>().end_now(Ending::For(occasion), LAST_WORDS) {
        tracing::warn!("the process ends before its farewell");
    }
}

async fn leave(app: AppHandle, asked: Ending) -> Ending {
    app.state::<Sound>().stop();
    app.state::<Arc<Places>>().save();
    vanish(&app);
    let notifications = app.try_state::<Teller>().map(|teller| teller.end());
    let (handle, quit) = (app.state::<Handle>(), app.state::<Quit>());
    let tell = |occasion| power::take_leave(&handle, occasion, if quit.is_hurried() { IN_A_HURRY } else { power::WITHIN });
    let work = async {
        app.state::<SecretClipboard>().forget().await;
        app.state::<Desk>().stop().await;
        let listener = locked(&app.state::<Listening>().0).take();
        if let Some(Err(error)) = OptionFuture::from(listener).await {
            tracing::warn!(%error, "the callback listener did not end well");
        }
    };
    let ending = quit.say_farewell(asked, tell, in_time(work)).await;
    in_time(handle.stop()).await;
    if !quit.is_hurried() && timeout(CLOSING, OptionFuture::from(notifications)).await.is_err() {
        tracing::info!("the notification service does not say that it has closed all notifications");
    }
    ending
}

async fn in_time(work: impl Future<Output = ()>) {
    if timeout(FAREWELL, work).await.is_err() {
        tracing::warn!("not everything was finished in time");
    }
}

/// Hides the windows and the tray icon at once, so that a person who quits does not wait for the platform.
fn vanish(app: &AppHandle) {
    let target = app.clone();
    let queued = app.run_on_main_thread(move || {
        supervisor::keep_place(&target);
        main::keep_place(&target);
        for (label, window) in target.webview_windows() {
            if let Err(error) = window.hide() {
                tracing::warn!(%error, label, "a window could not be hidden");
            }
        }
        drop(target.state::<TraySlot>().tray().take());
    });
    if let Err(error) = queued {
        tracing::warn!(%error, "the windows could not be hidden");
    }
}
