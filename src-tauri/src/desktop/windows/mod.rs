//! The windows: the main one; the ring card, which is created hidden at the start so that it can be shown at once; and the supervisor's,
//! which exists only while it is open.

pub mod blank;
mod display;
mod handed;
pub mod main;
#[cfg_attr(target_os = "linux", path = "native/linux.rs")]
#[cfg_attr(windows, path = "native/windows.rs")]
#[cfg_attr(target_os = "macos", path = "native/macos.rs")]
mod native;
pub mod no_engine;
pub mod places;
#[cfg(not(target_os = "linux"))]
#[path = "native/placing.rs"]
mod placing;
pub mod ring;
pub mod supervisor;

use std::{path::PathBuf, sync::Arc};

use places::Places;
use ringside_domain::{ZoomStep, contract::PageEvent, kept_zoom};
use ringside_engine::Handle;
use serde::Serialize;
use tauri::{AppHandle, Emitter, Manager, WebviewWindow, Window, WindowEvent};

use crate::life::memory;
#[cfg(target_os = "linux")]
use crate::life::{network_process, paths::is_driven};
#[cfg(target_os = "linux")]
use {main::MainWindow, ring::Ring};

/// Settings of the web engine.
#[derive(Clone, Debug)]
pub struct Web {
    /// Its data folder.
    pub folder: Option<PathBuf>,
    /// Safe mode: plain windows, drawn without the graphics card (T12, T21).
    pub safe: bool,
}

/// Gives back, a little later, what only the start or a shown window needed.
pub fn give_back_later(app: &AppHandle) {
    let app = app.clone();
    tauri::async_runtime::spawn(async move {
        memory::give_back_later(&app.state::<Handle>()).await;
        #[cfg(target_os = "linux")]
        end_network_process(&app);
    });
}

/// Ends the web engine's network process if no page is loading. The session of a WebDriver would end with it.
#[cfg(target_os = "linux")]
fn end_network_process(app: &AppHandle) {
    if is_driven() {
        return;
    }
    let target = app.clone();
    // On the main thread, which also begins to load pages.
    let end = move || {
        if target.state::<MainWindow>().page_runs() && target.state::<Ring>().page_runs() && !supervisor::is_open(&target) {
            network_process::end();
        }
    };
    if let Err(error) = app.run_on_main_thread(end) {
        tracing::warn!(%error, "the web engine's network process could not be ended");
    }
}

/// Makes a window's page larger or smaller.
pub fn zoom(window: &Window, step: ZoomStep) -> tauri::Result<()> {
    let Some(view) = window.get_webview_window(window.label()) else { return Ok(()) };
    let places = window.state::<Arc<Places>>();
    places.change(|kept| {
        let percent = kept.zooms.get(window.label()).copied().unwrap_or(NORMAL);
        kept.zooms.insert(window.label().to_owned(), step.after(percent));
    });
    zoom_as_kept(&view, &places)?;
    places.save();
    Ok(())
}

const NORMAL: u32 = 100;

/// Gives a new window's page the size that it had before.
fn zoom_as_kept(window: &WebviewWindow, places: &Places) -> tauri::Result<()> {
    match places.get().zooms.get(window.label()) {
        Some(percent) => window.set_zoom(f64::from(kept_zoom(*percent)) / f64::from(NORMAL)),
        None => Ok(()),
    }
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
