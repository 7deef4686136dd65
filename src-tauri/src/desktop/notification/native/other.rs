//! Windows and macOS: the system itself shows notifications.

use ringside_engine::Handle;
use tauri::{AppHandle, Wry};
use tauri_plugin_notification::NotificationBuilder;
use tokio::sync::watch as channel;

use super::daemon::{Daemon, Features};

/// The system's own service always exists.
pub fn watch(_handle: Handle) -> Daemon {
    Daemon::of(channel::channel(Some(Features { markup: false })).1)
}

/// A notification cannot be removed here. The system removes it after a while; a late click does no harm.
#[derive(Default)]
pub struct Gone;

impl Gone {
    pub fn follow(&mut self, _tag: i32, builder: NotificationBuilder<Wry>) -> NotificationBuilder<Wry> {
        builder
    }

    pub fn remove(&mut self, _app: &AppHandle, _tag: i32) {}
}
