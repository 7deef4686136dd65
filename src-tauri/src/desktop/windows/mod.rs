//! The windows: the main one; the ring card, which is created hidden at the start so that it can be shown at once; and the supervisor's,
//! which exists only while it is open.

pub mod blank;
mod display;
mod handed;
pub mod main;
#[cfg_attr(target_os = "linux", path = "native/linux.rs")]
#[cfg_attr(not(target_os = "linux"), path = "native/other.rs")]
mod native;
pub mod places;
pub mod ring;
pub mod supervisor;

use std::path::PathBuf;

use ringside_domain::contract::PageEvent;
use serde::Serialize;
use tauri::{AppHandle, Emitter, Window, WindowEvent};

/// Settings of the web engine.
#[derive(Clone, Debug)]
pub struct Web {
    /// Its data folder.
    pub folder: Option<PathBuf>,
    /// Safe mode: plain windows, drawn without the graphics card (T12, T21).
    pub safe: bool,
}

/// Sends an event to a window's page.
pub fn tell<T: Serialize>(app: &AppHandle, event: PageEvent<T>, payload: &T) {
    match serde_json::to_string(payload) {
        Ok(json) => tell_json(app, event, json),
        Err(error) => tracing::error!(%error, event = event.name(), "a window's event could not be written as JSON"),
    }
}

/// Sends an event whose payload is JSON already.
pub fn tell_json<T>(app: &AppHandle, event: PageEvent<T>, json: String) {
    if let Err(error) = app.emit_str_to(event.window.label(), &event.name(), json) {
        tracing::warn!(%error, event = event.name(), "a window was not told of an event");
    }
}

pub fn on_event(window: &Window, event: &WindowEvent) {
    match window.label() {
        main::LABEL => main::on_event(window, event),
        ring::LABEL => ring::on_event(window, event),
        supervisor::LABEL => supervisor::on_event(window, event),
        _ => {}
    }
}
