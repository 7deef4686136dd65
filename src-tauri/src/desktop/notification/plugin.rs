//! The plugin that shows notifications, without its part in the pages.

use std::error::Error;

use serde_json::Value;
use tauri::{
    AppHandle, RunEvent, Wry,
    plugin::{Plugin, TauriPlugin},
};

/// Only Rust shows notifications. The plugin's script would replace the page's `Notification` in each window that is made later, and call a
/// command there that no window is permitted; so neither the script nor the plugin's commands are there.
struct WithoutPages(TauriPlugin<Wry>);

pub fn plugin() -> impl Plugin<Wry> {
    WithoutPages(tauri_plugin_notification::init())
}

impl Plugin<Wry> for WithoutPages {
    fn name(&self) -> &'static str {
        self.0.name()
    }

    fn initialize(&mut self, app: &AppHandle, config: Value) -> Result<(), Box<dyn Error>> {
        self.0.initialize(app, config)
    }

    fn on_event(&mut self, app: &AppHandle, event: &RunEvent) {
        self.0.on_event(app, event);
    }
}
