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

use tauri::{Window, WindowEvent};

/// How the web engine runs.
#[derive(Debug)]
pub struct Web {
    /// Where it may keep things.
    pub folder: Option<PathBuf>,
    /// Plain windows, drawn without the graphics card (T12, T21).
    pub safe: bool,
}

pub fn on_event(window: &Window, event: &WindowEvent) {
    match window.label() {
        main::LABEL => main::on_event(window, event),
        ring::LABEL => ring::on_event(window, event),
        _ => {}
    }
}
