//! The main window. Closed, it goes to the tray; where there is none, it is minimised, so that rings go on being seen (T2).

use std::path::Path;

use ringside_domain::CallId;
use tauri::{App, AppHandle, Emitter, Manager, Url, WebviewUrl, WebviewWindow, WebviewWindowBuilder, Window, WindowEvent, Wry};

use super::native;
use crate::shell::Shell;

pub const LABEL: &str = "main";

/// `web`: where the web engine may keep things. Made by the app itself, at once: its handle would wait for the event loop.
pub fn make(app: &App, web: Option<&Path>) -> tauri::Result<WebviewWindow> {
    let builder = WebviewWindowBuilder::new(app, LABEL, WebviewUrl::App("index.html".into()))
        .title("Ringside")
        .inner_size(380.0, 640.0)
        .min_inner_size(320.0, 460.0);
    let window = common(builder, web).build()?;
    native::slim(&window)?;
    Ok(window)
}

/// What both windows have in common.
pub(super) fn common<'a, M: Manager<Wry>>(
    builder: WebviewWindowBuilder<'a, Wry, M>,
    web: Option<&Path>,
) -> WebviewWindowBuilder<'a, Wry, M> {
    let builder = builder.devtools(cfg!(debug_assertions)).disable_drag_drop_handler().on_navigation(is_ours);
    match web {
        Some(web) => builder.data_directory(web.to_owned()),
        None => builder.incognito(true),
    }
}

/// The windows show what is embedded and nothing else.
fn is_ours(url: &Url) -> bool {
    matches!((url.scheme(), url.host_str()), ("tauri", _) | ("http" | "https", Some("tauri.localhost")))
}

/// Shows the window; its log at this call where one is given.
pub fn show(app: &AppHandle, call: Option<CallId>) {
    let Some(window) = app.get_webview_window(LABEL) else { return };
    let shown = window.unminimize().and_then(|()| reappear(&window)).and_then(|()| window.set_focus());
    let told = call.map_or(Ok(()), |call| app.emit_to(LABEL, "show-call", call));
    if let Err(error) = shown.and(told) {
        tracing::warn!(%error, "the main window could not be shown");
    }
}

/// Where it was: a window manager takes a window that was hidden for a new one.
fn reappear(window: &WebviewWindow) -> tauri::Result<()> {
    if window.is_visible()? {
        return Ok(());
    }
    if let Some(place) = window.state::<Shell>().main_place() {
        window.set_position(place)?;
    }
    window.show()
}

/// Closing hides.
pub fn on_event(window: &Window, event: &WindowEvent) {
    let WindowEvent::CloseRequested { api, .. } = event else { return };
    api.prevent_close();
    let shell = window.state::<Shell>();
    shell.set_main_place(window.outer_position().ok());
    let gone = if shell.has_tray() { window.hide() } else { window.minimize() };
    if let Err(error) = gone {
        tracing::warn!(%error, "the main window could not be hidden");
    }
}
