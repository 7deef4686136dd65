//! A computer without a web engine: on Windows it is a program of its own, WebView2. No window can be made there; tray, notifications, sounds
//! and callbacks work.

use std::sync::{
    OnceLock,
    atomic::{AtomicBool, Ordering},
};

use ringside_engine::Handle;
use tauri::{AppHandle, Manager};

use crate::{desktop::notification::Teller, system::message, texts::Texts};

/// Whether the web engine was missing when Ringside started. Elsewhere it is a library, without which no process begins.
pub fn is_missing() -> bool {
    static MISSING: OnceLock<bool> = OnceLock::new();
    cfg!(windows)
        && *MISSING.get_or_init(|| {
            tauri::webview_version()
                .inspect_err(|error| tracing::error!(%error, "there is no web engine, so there are no windows"))
                .is_err()
        })
}

/// Says what is missing and where to get it: to a person who wants to see a window in a dialogue, otherwise in a notification.
pub fn tell(app: &AppHandle, asked: bool) {
    static SAYS: AtomicBool = AtomicBool::new(false);
    let texts = Texts::of(app.state::<Handle>().snapshots().borrow().settings.language);
    if !asked {
        if let Some(teller) = app.try_state::<Teller>() {
            teller.say(texts.no_windows, texts.no_engine);
        }
    } else if !SAYS.swap(true, Ordering::Relaxed) {
        // The dialogue blocks until it is closed.
        std::thread::spawn(move || {
            message::show(&format!("{}\n\n{}", texts.no_windows, texts.no_engine));
            SAYS.store(false, Ordering::Relaxed);
        });
    }
}
