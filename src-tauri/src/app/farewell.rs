//! The end of the app: windows close at once, the platform gets what the settings say, and acknowledged callbacks are stored (L43).

use std::{sync::Arc, time::Duration};

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
        quit::{Ending, LAST_WORDS, Quit},
    },
    sound::Sound,
};

/// Time for work in progress when the app ends.
const FAREWELL: Duration = Duration::from_secs(5);

/// Time for the platform to answer if the system ends the process; the rest of [`LAST_WORDS`] is for what must be stored.
const IN_A_HURRY: Duration = Duration::from_millis(1400);

/// The event loop's status if Ringside must start again. Not an exit status of a process, which is below 256.
pub const BLANK: i32 = 256;
/// Likewise, if another version was installed.
pub const REPLACED: i32 = 257;
pub const REPLACED_HIDDEN: i32 = 258;

/// Ends the app on request. Waits for `listener`, the task of the callback listener, which ends by itself.
pub fn when_asked(app: &AppHandle, listener: JoinHandle<()>) {
    let app = app.clone();
    async_runtime::spawn(async move {
        let ending = app.state::<Quit>().asked().await;
        tracing::info!("quitting");
        let status = match ending {
            Ending::For(_) => 0,
            Ending::Blank => BLANK,
            Ending::Replaced if main::is_hidden(&app) => REPLACED_HIDDEN,
            Ending::Replaced => REPLACED,
        };
        if let Err(error) = async_runtime::spawn(leave(app.clone(), ending, listener)).await {
            tracing::error!(%error, "the farewell failed");
        }
        app.state::<Quit>().is_over();
        app.exit(status);
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

async fn leave(app: AppHandle, ending: Ending, listener: JoinHandle<()>) {
    app.state::<Sound>().stop();
    app.state::<Arc<Places>>().save();
    vanish(&app);
    if let Some(teller) = app.try_state::<Teller>() {
        teller.clear();
    }
    let handle = app.state::<Handle>();
    if let Ending::For(occasion) = ending {
        let within = if app.state::<Quit>().is_hurried() { IN_A_HURRY } else { power::WITHIN };
        power::take_leave(&handle, occasion, within).await;
    }
    let farewell = async {
        app.state::<SecretClipboard>().forget().await;
        app.state::<Desk>().stop().await;
        if let Err(error) = listener.await {
            tracing::warn!(%error, "the callback listener did not end well");
        }
        handle.stop().await;
    };
    if timeout(FAREWELL, farewell).await.is_err() {
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
