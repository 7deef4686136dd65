//! Autostart with the system, hidden. The system stores whether it is on.

use tauri::{Wry, plugin::TauriPlugin};

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
