//! Autostart with the system, hidden. The system stores whether it is on.

use tauri::{AppHandle, Wry, plugin::TauriPlugin};
use tauri_plugin_autostart::ManagerExt;

use crate::life::paths::Paths;

/// Each data folder has its own autostart entry.
pub fn plugin(paths: &Paths) -> TauriPlugin<Wry> {
    let builder = tauri_plugin_autostart::Builder::new().arg("--hidden");
    match &paths.given_data {
        Some(folder) => {
            let folder = std::path::absolute(folder).unwrap_or_else(|_| folder.clone());
            // Linux and Windows store one line, which is split at spaces.
            let folder = if cfg!(target_os = "macos") { folder.display().to_string() } else { format!("\"{}\"", folder.display()) };
            builder.app_name(format!("Ringside {}", paths.key())).args(["--data-dir".to_owned(), folder]).build()
        }
        None => builder.app_name("Ringside").build(),
    }
}

/// As an administrator wants it.
pub fn set(app: &AppHandle, on: bool) {
    let system = app.autolaunch();
    let done = system.is_enabled().and_then(|is_on| match (is_on, on) {
        (false, true) => system.enable(),
        (true, false) => system.disable(),
        _ => Ok(()),
    });
    if let Err(error) = done {
        tracing::warn!(%error, on, "the start with the system could not be set as the administrator wants it");
    }
}
