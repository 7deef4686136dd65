//! The supervisor's window. It exists only while it is open: closing it frees its page. It has a web process of its own, so that a large
//! table never delays a ring card, whose process it would otherwise share.

use std::sync::Arc;

use ringside_domain::contract;
use ringside_engine::Handle;
use tauri::{AppHandle, Manager, WebviewUrl, WebviewWindow, WebviewWindowBuilder, Window, WindowEvent};
use tokio::sync::watch;

use super::{Web, main, native, no_engine, places::Places};
use crate::texts::Texts;

pub const LABEL: &str = contract::Window::Supervisor.label();

/// Managed by Tauri; exists once.
#[derive(Debug)]
pub struct Supervisor {
    web: Web,
    is_open: watch::Sender<bool>,
}

impl Supervisor {
    pub fn new(web: Web) -> Self {
        Self { web, is_open: watch::Sender::new(false) }
    }

    /// Whether the window exists.
    pub fn is_open(&self) -> watch::Receiver<bool> {
        self.is_open.subscribe()
    }
}

/// Opens the window, or brings it to the front. Runs later, since it may be called within a page's call.
pub fn open(app: &AppHandle) {
    let app = app.clone();
    tauri::async_runtime::spawn(async move {
        let target = app.clone();
        let queued = app.run_on_main_thread(move || {
            if let Err(error) = show(&target) {
                tracing::error!(%error, "the supervisor's window could not be shown");
            }
        });
        if let Err(error) = queued {
            tracing::warn!(%error, "the event loop takes no more work");
        }
    });
}

fn show(app: &AppHandle) -> tauri::Result<()> {
    // The setting may have been changed meanwhile.
    let (is_on, language) = {
        let snapshots = app.state::<Handle>().snapshots();
        let snapshot = snapshots.borrow();
        (snapshot.settings.has_supervisor(), snapshot.settings.language)
    };
    if !is_on || main::is_quitting(app) {
        return Ok(());
    }
    if no_engine::is_missing() {
        no_engine::tell(app, true);
        return Ok(());
    }
    let window = match app.get_webview_window(LABEL) {
        Some(window) => window,
        None => make(app, Texts::of(language))?,
    };
    window.unminimize()?;
    window.show()?;
    window.set_focus()
}

fn make(app: &AppHandle, texts: &Texts) -> tauri::Result<WebviewWindow> {
    let supervisor = app.state::<Supervisor>();
    let builder = WebviewWindowBuilder::new(app, LABEL, WebviewUrl::App("supervisor.html".into()))
        .title(format!("Ringside · {}", texts.supervisor))
        .inner_size(1280.0, 800.0)
        .min_inner_size(960.0, 600.0)
        .visible(false);
    let window = main::common(app, builder, &supervisor.web).build()?;
    native::slim(&window)?;
    super::zoom_as_kept(&window, &app.state::<Arc<Places>>())?;
    let kept = app.state::<Arc<Places>>().get();
    main::put(&window, kept.supervisor, kept.supervisor_maximized)?;
    supervisor.is_open.send_replace(true);
    Ok(window)
}

#[cfg(target_os = "linux")]
pub(super) fn is_open(app: &AppHandle) -> bool {
    *app.state::<Supervisor>().is_open.borrow()
}

/// Closes the window, if it is open.
pub fn close(app: &AppHandle) {
    if let Some(window) = app.get_webview_window(LABEL)
        && let Err(error) = window.destroy()
    {
        tracing::warn!(%error, "the supervisor's window could not be closed");
    }
}

pub fn on_event(window: &Window, event: &WindowEvent) {
    match event {
        // Positions that are reported while the windows are hidden for the last time are wrong.
        _ if main::is_quitting(window.app_handle()) => {}
        WindowEvent::Moved(_) | WindowEvent::Resized(_) | WindowEvent::CloseRequested { .. } => keep_place(window.app_handle()),
        WindowEvent::Destroyed => {
            window.state::<Supervisor>().is_open.send_replace(false);
            window.state::<Arc<Places>>().save();
            super::give_back_later(window.app_handle());
        }
        _ => {}
    }
}

/// Remembers the current position.
pub fn keep_place(app: &AppHandle) {
    let Some(window) = app.get_webview_window(LABEL) else { return };
    match main::position(&window) {
        Ok(Some((frame, maximized))) => window.state::<Arc<Places>>().change(|kept| {
            kept.supervisor_maximized = maximized;
            kept.supervisor = frame.or(kept.supervisor);
        }),
        Ok(None) => {}
        Err(error) => tracing::warn!(%error, "where the supervisor's window is is not known"),
    }
}
