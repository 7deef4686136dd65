//! The two windows: the main one, and the ring card, made hidden at the start so that it can show at once.

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

/// How the web engine runs.
#[derive(Debug)]
pub struct Web {
    /// Where it may keep things.
    pub folder: Option<PathBuf>,
    /// Plain windows, drawn without the graphics card (T12, T21).
    pub safe: bool,
}

/// Gives a window's page a snapshot as JSON. Each window has an event of its own: Tauri sends one of the same name to both pages.
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
