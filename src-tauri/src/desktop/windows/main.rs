//! The main window. Closed, it goes to the tray; where there is none, it is minimised, so that rings go on being seen (T2).
//! Where it was is remembered.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicBool, Ordering},
};

use ringside_domain::{CallId, Snapshot, contract};
use ringside_engine::Handle;
use tauri::{App, AppHandle, Manager, Url, WebviewUrl, WebviewWindow, WebviewWindowBuilder, Window, WindowEvent, Wry};

use super::{
    Web,
    blank::{MainView, View},
    display::Display,
    handed, native,
    places::Places,
};
use crate::{
    desktop::notification::Teller,
    life::{locked, quit::Quit},
    texts::Texts,
};

pub const LABEL: &str = contract::Window::Main.label();

/// Managed by Tauri; there is one.
#[derive(Debug, Default)]
pub struct MainWindow {
    pub view: MainView,
    /// Kept until the window's page takes it: it may not be there yet, or die.
    call_to_show: Mutex<Option<CallId>>,
    has_tray: AtomicBool,
    on_top: AtomicBool,
}

impl MainWindow {
    /// The call that the window was last asked to show, once.
    pub fn take_call(&self) -> Option<CallId> {
        locked(&self.call_to_show).take()
    }

    /// Whether there is a tray that the window can go to.
    pub fn set_has_tray(&self, has: bool) {
        self.has_tray.store(has, Ordering::Relaxed);
    }

    fn has_tray(&self) -> bool {
        self.has_tray.load(Ordering::Relaxed)
    }
}

/// Made by the app itself, at once: its handle would wait for the event loop.
pub fn make(app: &App, web: &Web, places: &Places, hidden: bool) -> tauri::Result<WebviewWindow> {
    let builder = WebviewWindowBuilder::new(app, LABEL, WebviewUrl::App("index.html".into()))
        .title("Ringside")
        .inner_size(380.0, 640.0)
        .min_inner_size(320.0, 460.0)
        .visible(!hidden);
    let window = common(app.handle(), builder, web).build()?;
    native::slim(&window)?;
    put(&window, places)?;
    Ok(window)
}

/// What the web engine of Windows is told in safe mode; the first is what it is told otherwise, which this replaces.
const PLAIN_DRAWING: &str = "--disable-features=msWebOOUI,msPdfOOUI,msSmartScreenProtection --disable-gpu";

/// What both windows have in common.
pub(super) fn common<'a, M: Manager<Wry>>(
    app: &AppHandle,
    builder: WebviewWindowBuilder<'a, Wry, M>,
    web: &Web,
) -> WebviewWindowBuilder<'a, Wry, M> {
    let app = app.clone();
    let builder = builder.devtools(cfg!(debug_assertions)).disable_drag_drop_handler().on_navigation(is_ours);
    let builder = builder.on_web_resource_request(move |request, response| handed::snapshot(&app, &request, response));
    let builder = if web.safe { builder.additional_browser_args(PLAIN_DRAWING) } else { builder };
    match &web.folder {
        Some(folder) => builder.data_directory(folder.clone()),
        None => builder.incognito(true),
    }
}

/// The windows show what is embedded and nothing else.
fn is_ours(url: &Url) -> bool {
    matches!((url.scheme(), url.host_str()), ("tauri", _) | ("http" | "https", Some("tauri.localhost")))
}

/// Shows the window; its log at this call where one is given.
pub fn show(app: &AppHandle, call: Option<CallId>) {
    let Some(window) = app.get_webview_window(LABEL).filter(|_| !is_quitting(app)) else { return };
    if let Some(teller) = app.try_state::<Teller>() {
        teller.take_back();
    }
    let shown = window.unminimize().and_then(|()| reappear(&window)).and_then(|()| window.set_focus());
    if let Some(call) = call {
        *locked(&window.state::<MainWindow>().call_to_show) = Some(call);
        super::tell(app, contract::Main::show_call(), &());
    }
    if let Err(error) = shown {
        tracing::warn!(%error, "the main window could not be shown");
    }
}

/// What has vanished stays away.
fn is_quitting(app: &AppHandle) -> bool {
    app.try_state::<Quit>().is_some_and(|quit| quit.is_asked())
}

pub fn is_hidden(app: &AppHandle) -> bool {
    app.get_webview_window(LABEL).is_some_and(|window| window.is_visible().is_ok_and(|visible| !visible))
}

/// A hidden window is told of no snapshots; before it is shown it gets the current one.
fn tell_current(app: &AppHandle) {
    let snapshot = app.state::<Handle>().snapshots().borrow().clone();
    match serde_json::to_string(&*snapshot) {
        Ok(json) => super::tell_json(app, contract::Main::snapshot(), json),
        Err(error) => tracing::error!(%error, "the snapshot could not be written as JSON"),
    }
}

/// A window manager takes a window that was hidden for a new one, so it is put where it was.
fn reappear(window: &WebviewWindow) -> tauri::Result<()> {
    if window.is_visible()? {
        return Ok(());
    }
    tell_current(window.app_handle());
    put(window, &window.state::<Arc<Places>>())?;
    window.state::<MainWindow>().view.now_is(View::Shown);
    window.show()
}

/// Where it was, on a display that is there (T15).
fn put(window: &WebviewWindow, places: &Places) -> tauri::Result<()> {
    let kept = places.get();
    if let Some(frame) = kept.main
        && let Some(display) = Display::at(native::displays(window)?, frame.middle())
    {
        native::place(window, frame.within(display.area))?;
    }
    if kept.maximized { window.maximize() } else { Ok(()) }
}

/// Without a tray nobody would find a hidden window (T2, T3).
pub fn surface(app: &AppHandle) {
    let Some(window) = app.get_webview_window(LABEL).filter(|_| !is_quitting(app)) else { return };
    let surfaced = match window.is_visible() {
        Ok(false) => {
            tell_current(app);
            window.minimize().and_then(|()| window.show())
        }
        visible => visible.map(drop),
    };
    if let Err(error) = surfaced {
        tracing::warn!(%error, "the main window could not be shown");
    }
}

/// Above others, or not; never in safe mode.
pub fn sync(app: &AppHandle, next: &Snapshot) {
    let Some(window) = app.get_webview_window(LABEL) else { return };
    let wanted = next.settings.window.always_on_top && next.place.safe_mode.is_none();
    if window.state::<MainWindow>().on_top.swap(wanted, Ordering::Relaxed) != wanted
        && let Err(error) = window.set_always_on_top(wanted)
    {
        tracing::warn!(%error, wanted, "whether the window stays on top could not be changed");
    }
}

pub fn on_event(window: &Window, event: &WindowEvent) {
    let is_quitting = window.state::<Quit>().is_asked();
    match event {
        // What a window tells while it vanishes says nothing of where it was.
        WindowEvent::Moved(_) | WindowEvent::Resized(_) | WindowEvent::Focused(_) if is_quitting => {}
        WindowEvent::Moved(_) | WindowEvent::Resized(_) => {
            if let Some(window) = window.get_webview_window(LABEL)
                && let Err(error) = remember(&window)
            {
                tracing::warn!(%error, "where the window is is not known");
            }
        }
        WindowEvent::Focused(false) => window.state::<Arc<Places>>().save(),
        WindowEvent::CloseRequested { api, .. } => {
            api.prevent_close();
            hide(window);
        }
        _ => {}
    }
}

/// Keeps where the window is now. The display may not have told yet of its last change.
pub fn keep_place(app: &AppHandle) {
    let Some(window) = app.get_webview_window(LABEL) else { return };
    if let Err(error) = remember(&window) {
        tracing::warn!(%error, "where the window is is not known");
    }
    window.state::<Arc<Places>>().save();
}

fn remember(window: &WebviewWindow) -> tauri::Result<()> {
    // A window that is not seen is nowhere.
    if !window.is_visible()? || window.is_minimized()? {
        return Ok(());
    }
    let maximized = window.is_maximized()?;
    let frame = if maximized { None } else { native::frame(window)? };
    window.state::<Arc<Places>>().change(|kept| {
        kept.maximized = maximized;
        kept.main = frame.or(kept.main);
    });
    Ok(())
}

/// Closing hides; the first time that is said, since nothing else tells it from quitting.
fn hide(window: &Window) {
    let (main, places) = (window.state::<MainWindow>(), window.state::<Arc<Places>>());
    main.view.now_is(View::Hidden);
    let gone = if main.has_tray() { window.hide() } else { window.minimize() };
    if let Err(error) = gone {
        tracing::warn!(%error, "the main window could not be hidden");
    }
    if main.has_tray() && !places.get().told_hidden {
        let texts = Texts::of(window.state::<Handle>().snapshots().borrow().settings.language);
        if let Some(teller) = window.try_state::<Teller>() {
            teller.say(texts.goes_on, texts.how_to_quit);
        }
        places.change(|kept| kept.told_hidden = true);
    }
    places.save();
}
