//! The two windows: the main one, and the ring card, which is created hidden at the start so that it can be shown at once.

pub mod blank;
mod display;
mod handed;
pub mod main;
#[cfg_attr(target_os = "linux", path = "native/linux.rs")]
#[cfg_attr(not(target_os = "linux"), path = "native/other.rs")]
mod native;
pub mod places;
pub mod ring;

use std::path::PathBuf;

use tauri::{AppHandle, Emitter, Window, WindowEvent};

/// Settings of the web engine.
#[derive(Debug)]
pub struct Web {
    /// Its data folder.
    pub folder: Option<PathBuf>,
    /// Safe mode: plain windows, drawn without the graphics card (T12, T21).
    pub safe: bool,
}

/// Sends a snapshot as JSON to a window's page. Each window has an event of its own, since Tauri sends an event to all pages that listen to
/// its name.
pub fn tell(app: &AppHandle, label: &str, snapshot: String) {
    if let Err(error) = app.emit_str_to(label, &format!("{label}-snapshot"), snapshot) {
        tracing::warn!(%error, label, "a window was not told of the snapshot");
    }
}

pub fn on_event(window: &Window, event: &WindowEvent) {
    match window.label() {
        main::LABEL => main::on_event(window, event),
        ring::LABEL => ring::on_event(window, event),
        _ => {}
    }
}
