//! The main window. Closing it hides it if there is a tray; without a tray it is minimised, so that rings remain visible (T2). Its position
//! is saved.

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
    display::{Display, Frame},
    handed, native, no_engine,
    places::Places,
};
use crate::{
    desktop::notification::Teller,
    life::{locked, quit::Quit},
    texts::Texts,
};

pub const LABEL: &str = contract::Window::Main.label();

/// Managed by Tauri; exists once.
#[derive(Debug, Default)]
pub struct MainWindow {
    pub view: MainView,
    /// Kept until the window's page takes it: the page may not run yet, or may crash.
    call_to_show: Mutex<Option<CallId>>,
    page_runs: AtomicBool,
    has_tray: AtomicBool,
    on_top: AtomicBool,
}

impl MainWindow {
    /// Takes the call that the window was last asked to show.
    pub fn take_call(&self) -> Option<CallId> {
        locked(&self.call_to_show).take()
    }

    /// The page's first report, or the loss of the page.
    pub fn set_page_runs(&self, runs: bool) {
        self.page_runs.store(runs, Ordering::Relaxed);
    }

    #[cfg(target_os = "linux")]
    pub(super) fn page_runs(&self) -> bool {
        self.page_runs.load(Ordering::Relaxed)
    }

    /// Sets whether there is a tray in which the window can hide.
    pub fn set_has_tray(&self, has: bool) {
        self.has_tray.store(has, Ordering::Relaxed);
    }

    fn has_tray(&self) -> bool {
        self.has_tray.load(Ordering::Relaxed)
    }
}

/// Creates the window through `App`, at once: through `AppHandle` it would wait for the event loop.
pub fn make(app: &App, web: &Web, places: &Places, hidden: bool) -> tauri::Result<WebviewWindow> {
    let builder = WebviewWindowBuilder::new(app, LABEL, WebviewUrl::App("index.html".into()))
        .title("Ringside")
        .inner_size(380.0, 640.0)
        .min_inner_size(320.0, 460.0)
        .visible(!hidden);
    let window = common(app.handle(), builder, web).build()?;
    native::slim(&window)?;
    let target = app.handle().clone();
    native::on_page_lost(&window, move || {
        if let Some(main) = target.try_state::<MainWindow>() {
            main.set_page_runs(false);
        }
    })?;
    super::zoom_as_kept(&window, places)?;
    let kept = places.get();
    put(&window, kept.main, kept.maximized)?;
    Ok(window)
}

/// Arguments of Windows' web engine in safe mode. They replace Tauri's default, which is the first argument.
const PLAIN_DRAWING: &str = "--disable-features=msWebOOUI,msPdfOOUI,msSmartScreenProtection --disable-gpu";

/// The settings that all windows have in common.
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

/// Windows may show embedded pages only.
fn is_ours(url: &Url) -> bool {
    matches!((url.scheme(), url.host_str()), ("tauri", _) | ("http" | "https", Some("tauri.localhost")))
}

/// Shows the window, and in it the log at `call`, if given.
pub fn show(app: &AppHandle, call: Option<CallId>) {
    let Some(window) = app.get_webview_window(LABEL).filter(|_| !is_quitting(app)) else {
        if no_engine::is_missing() && !is_quitting(app) {
            no_engine::tell(app, true);
        }
        return;
    };
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

/// After a request to quit, hidden windows stay hidden.
pub(super) fn is_quitting(app: &AppHandle) -> bool {
    app.try_state::<Quit>().is_some_and(|quit| quit.is_asked())
}

/// Whether nobody sees the window: it is hidden, or there is none, without a web engine.
pub fn is_hidden(app: &AppHandle) -> bool {
    app.get_webview_window(LABEL).is_none_or(|window| window.is_visible().is_ok_and(|visible| !visible))
}

/// A hidden window gets no snapshots, so it gets the current one before it is shown.
fn tell_current(app: &AppHandle) {
    let snapshot = app.state::<Handle>().snapshots().borrow().clone();
    match serde_json::to_string(&*snapshot) {
        Ok(json) => super::tell_json(app, contract::Main::snapshot(), json),
        Err(error) => tracing::error!(%error, "the snapshot could not be written as JSON"),
    }
}

/// A window manager treats a hidden window that is shown again as a new one, so its position is set again.
fn reappear(window: &WebviewWindow) -> tauri::Result<()> {
    if window.is_visible()? {
        return Ok(());
    }
    tell_current(window.app_handle());
    let kept = window.state::<Arc<Places>>().get();
    put(window, kept.main, kept.maximized)?;
    window.state::<MainWindow>().view.now_is(View::Shown);
    window.show()
}

/// Sets a saved position, on a display that exists (T15).
pub(super) fn put(window: &WebviewWindow, frame: Option<Frame>, maximized: bool) -> tauri::Result<()> {
    if let Some(frame) = frame
        && let Some(display) = Display::at(native::displays(window)?, frame.middle())
    {
        native::place(window, frame.within(display.area))?;
    }
    if maximized { window.maximize() } else { Ok(()) }
}

/// Minimises a hidden window: without a tray the user could not find it (T2, T3).
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

/// Keeps the window above others if the settings say so; never in safe mode.
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
        // Positions that are reported while the windows are hidden for the last time are wrong.
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

/// Saves the current position. The last change may not have been reported as an event yet.
pub fn keep_place(app: &AppHandle) {
    let Some(window) = app.get_webview_window(LABEL) else { return };
    if let Err(error) = remember(&window) {
        tracing::warn!(%error, "where the window is is not known");
    }
    window.state::<Arc<Places>>().save();
}

fn remember(window: &WebviewWindow) -> tauri::Result<()> {
    let Some((frame, maximized)) = position(window)? else { return Ok(()) };
    window.state::<Arc<Places>>().change(|kept| {
        kept.maximized = maximized;
        kept.main = frame.or(kept.main);
    });
    Ok(())
}

/// The window's frame, unless it is maximised, and whether it is. None: it is hidden, minimised, or covers the whole screen, so that it has
/// no position of its own.
pub(super) fn position(window: &WebviewWindow) -> tauri::Result<Option<(Option<Frame>, bool)>> {
    if !window.is_visible()? || window.is_minimized()? || window.is_fullscreen()? {
        return Ok(None);
    }
    let maximized = window.is_maximized()?;
    let frame = if maximized { None } else { native::frame(window)? };
    Ok(Some((frame, maximized)))
}

/// Hides the window. The first time a notification says that Ringside keeps running, since closing could be taken for quitting.
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
    super::give_back_later(window.app_handle());
}
