//! The end of the app: windows close at once, the platform gets what the settings say, and acknowledged callbacks are stored (L43).

use std::{sync::Arc, time::Duration};

use ringside_engine::Handle;
use tauri::{
    AppHandle, Manager,
    async_runtime::{self, JoinHandle},
};
use tokio::time::timeout;

use crate::{
    desktop::{
        clipboard::SecretClipboard,
        power,
        tray::TraySlot,
        windows::{main, places::Places, supervisor},
    },
    floor::Desk,
    life::quit::{Ending, Quit},
    sound::Sound,
};

/// Time for work in progress when the app ends.
const FAREWELL: Duration = Duration::from_secs(5);

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
        app.exit(status);
    });
}

async fn leave(app: AppHandle, ending: Ending, listener: JoinHandle<()>) {
    app.state::<Sound>().stop();
    app.state::<Arc<Places>>().save();
    vanish(&app);
    let handle = app.state::<Handle>();
    if let Ending::For(occasion) = ending {
        power::take_leave(&handle, occasion).await;
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
