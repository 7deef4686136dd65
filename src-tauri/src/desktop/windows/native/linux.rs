//! GTK: what Tauri has no word for. Everything here runs on the main thread.

use std::{
    cell::RefCell,
    rc::Rc,
    sync::{Arc, Mutex, PoisonError},
};

use gtk::{
    cairo,
    gdk::{self, WindowTypeHint, prelude::*},
    glib::{
        self, ControlFlow, Priority, monotonic_time,
        translate::{IntoGlib, ToGlibPtr, from_glib_none},
    },
    prelude::*,
};
use tauri::{Manager, WebviewWindow, WebviewWindowBuilder, Wry};
use webkit2gtk::{CacheModel, HardwareAccelerationPolicy, SettingsExt, WebContextExt, WebView, WebViewExt};

use super::display::{Display, Frame};

/// Gives the new window the web process of `main`, which saves about 30 MB.
pub fn related<'a, M: Manager<Wry>>(
    builder: WebviewWindowBuilder<'a, Wry, M>,
    main: &WebviewWindow,
) -> tauri::Result<WebviewWindowBuilder<'a, Wry, M>> {
    Ok(match view(main)? {
        Some(view) => builder.with_related_view(view),
        None => builder,
    })
}

/// A view crosses no thread: it is taken out on the main thread, where this is called.
struct Taken(Option<WebView>);
// SAFETY: filled and emptied on the main thread only, as `with_webview` runs its closure there.
#[allow(unsafe_code)]
unsafe impl Send for Taken {}

fn view(window: &WebviewWindow) -> tauri::Result<Option<WebView>> {
    let taken = Arc::new(Mutex::new(Taken(None)));
    let place = Arc::clone(&taken);
    window.with_webview(move |webview| {
        place.lock().unwrap_or_else(PoisonError::into_inner).0 = Some(webview.inner());
    })?;
    let view = taken.lock().unwrap_or_else(PoisonError::into_inner).0.take();
    Ok(view)
}

/// Leaves out what costs memory and is of no use here.
pub fn slim(window: &WebviewWindow) -> tauri::Result<()> {
    window.with_webview(|webview| {
        let view = webview.inner();
        reload_when_dead(&view);
        if let Some(context) = view.context() {
            context.set_cache_model(CacheModel::DocumentViewer);
        }
        if let Some(settings) = WebViewExt::settings(&view) {
            settings.set_hardware_acceleration_policy(HardwareAccelerationPolicy::Never);
            settings.set_enable_page_cache(false);
            settings.set_enable_webgl(false);
            settings.set_enable_media(false);
            settings.set_enable_webaudio(false);
        }
    })
}

/// Reloads so often within [`CRASHES_SPAN`]; a page that dies more often is left alone, and notifications tell of rings (T11).
const CRASHES: usize = 3;
/// Microseconds.
const CRASHES_SPAN: i64 = 300_000_000;

fn reload_when_dead(view: &WebView) {
    let crashes = RefCell::new(Vec::<i64>::new());
    view.connect_web_process_terminated(move |view, reason| {
        let mut crashes = crashes.borrow_mut();
        let now = monotonic_time();
        crashes.retain(|crash| now - crash < CRASHES_SPAN);
        crashes.push(now);
        let reload = crashes.len() <= CRASHES;
        tracing::error!(?reason, reload, "a page died");
        if reload {
            view.reload();
        }
    });
}

/// GTK draws a page's news with its next frame, up to 17 ms later; a window that was just shown has always had one, with the
/// page as it was before. Here it is drawn when it comes, as often as the web engine's own frames.
pub fn draw_at_once(window: &WebviewWindow) -> tauri::Result<()> {
    let window = window.gtk_window()?;
    // Wayland takes a window's picture with its frames only.
    if is_wayland(&window) {
        return Ok(());
    }
    if window.is_realized() {
        heed_changes(&window);
    }
    window.connect_realize(heed_changes);
    Ok(())
}

fn is_wayland(window: &gtk::ApplicationWindow) -> bool {
    window.display().type_().name() == "GdkWaylandDisplay"
}

#[allow(unsafe_code)]
fn heed_changes(window: &gtk::ApplicationWindow) {
    unsafe extern "C" fn changed(window: *mut gdk::ffi::GdkWindow, _: *mut cairo::ffi::cairo_region_t) {
        // SAFETY: GDK gives a window of its own, which this keeps alive.
        let window: gdk::Window = unsafe { from_glib_none(window) };
        // Not from within: GDK is about to note what has changed.
        glib::idle_add_local_full(Priority::DEFAULT, move || {
            // SAFETY: the window is alive; one that was destroyed meanwhile is left alone.
            unsafe { gdk::ffi::gdk_window_process_updates(window.to_glib_none().0, true.into_glib()) };
            ControlFlow::Break
        });
    }

    if let Some(window) = WidgetExt::window(window) {
        // SAFETY: the handler is as GDK asks for, and there for good.
        unsafe { gdk::ffi::gdk_window_set_invalidate_handler(window.to_glib_none().0, Some(changed)) };
    }
}

/// Its page died, and nothing is drawn until another one runs.
pub fn on_page_lost(window: &WebviewWindow, lost: impl Fn() + Send + 'static) -> tauri::Result<()> {
    window.with_webview(move |webview| {
        webview.inner().connect_web_process_terminated(move |_, _| lost());
    })
}

/// Never focused, until [`take_keyboard`] is called and then until it is hidden.
pub fn unfocusable(window: &WebviewWindow) -> tauri::Result<()> {
    let window = window.gtk_window()?;
    window.set_type_hint(WindowTypeHint::Notification);
    refuse_focus(&window);
    Ok(())
}

/// A person clicked to type.
pub fn take_keyboard(window: &WebviewWindow) -> tauri::Result<()> {
    let window = window.gtk_window()?;
    window.set_accept_focus(true);
    window.present_with_time(gtk::current_event_time());
    Ok(())
}

fn refuse_focus(window: &gtk::ApplicationWindow) {
    window.set_accept_focus(false);
    window.set_focus_on_map(false);
}

/// All that are connected, the primary one first.
pub fn displays(window: &WebviewWindow) -> tauri::Result<Vec<Display>> {
    let display = window.gtk_window()?.display();
    let mut monitors: Vec<_> = (0..display.n_monitors()).filter_map(|n| display.monitor(n)).collect();
    monitors.sort_by_key(|monitor| !monitor.is_primary());
    Ok(monitors.iter().map(described).collect())
}

fn described(monitor: &gdk::Monitor) -> Display {
    let (area, size) = (monitor.workarea(), monitor.geometry());
    let name = format!("{} {}x{}", monitor.model().unwrap_or_default(), size.width(), size.height());
    let area = Frame { x: area.x().into(), y: area.y().into(), width: area.width().into(), height: area.height().into() };
    // GTK's pixels are logical ones.
    Display { name, area, scale: 1.0 }
}

pub fn pointer(window: &WebviewWindow) -> tauri::Result<Option<(f64, f64)>> {
    let seat = window.gtk_window()?.display().default_seat();
    let position = seat.and_then(|seat| seat.pointer()).map(|pointer| pointer.position());
    Ok(position.map(|(_, x, y)| (x.into(), y.into())))
}

/// Calls this whenever displays come, go or change (T15).
pub fn on_displays_changed(window: &WebviewWindow, changed: impl Fn() + 'static) -> tauri::Result<()> {
    if let Some(screen) = WidgetExt::screen(&window.gtk_window()?) {
        let changed = Rc::new(changed);
        let again = Rc::clone(&changed);
        screen.connect_monitors_changed(move |_| changed());
        screen.connect_size_changed(move |_| again());
    }
    Ok(())
}

/// None on Wayland, where no program knows that of its windows (T13).
pub fn frame(window: &WebviewWindow) -> tauri::Result<Option<Frame>> {
    let window = window.gtk_window()?;
    let Some(drawn) = WidgetExt::window(&window).filter(|_| !is_wayland(&window)) else { return Ok(None) };
    // The display is asked for the size: GTK knows of the last change only once it was told.
    let ((x, y), (_, _, width, height)) = (window.position(), drawn.geometry());
    Ok(Some(Frame { x: x.into(), y: y.into(), width: width.into(), height: height.into() }))
}

pub fn place(window: &WebviewWindow, frame: Frame) -> tauri::Result<()> {
    let window = window.gtk_window()?;
    #[allow(clippy::cast_possible_truncation)] // pixels of a screen
    let [x, y, width, height] = [frame.x, frame.y, frame.width, frame.height].map(|length| length.round() as i32);
    window.resize(width, height);
    window.move_(x, y);
    Ok(())
}

/// At once, without a turn of the event loop.
pub fn show(window: &WebviewWindow) -> tauri::Result<()> {
    let window = window.gtk_window()?;
    // Again before every ring: tao gives the focus back after the first drawing, and a click allows it.
    refuse_focus(&window);
    window.show_all();
    window.display().flush();
    Ok(())
}

pub fn hide(window: &WebviewWindow) -> tauri::Result<()> {
    window.gtk_window()?.hide();
    Ok(())
}
