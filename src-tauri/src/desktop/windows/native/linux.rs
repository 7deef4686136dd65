//! GTK functions that Tauri does not offer. All run on the main thread.

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
use crate::life::no_driver;

/// Lets the new window share the web process of `main`, which saves about 30 MB.
pub fn related<'a, M: Manager<Wry>>(
    builder: WebviewWindowBuilder<'a, Wry, M>,
    main: &WebviewWindow,
) -> tauri::Result<WebviewWindowBuilder<'a, Wry, M>> {
    Ok(match view(main)? {
        Some(view) => builder.with_related_view(view),
        None => builder,
    })
}

/// Carries a view out of `with_webview`; a view must not leave the main thread.
struct Taken(Option<WebView>);
// SAFETY: written and read on the main thread only, where `with_webview` runs its closure.
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

/// Switches off features that need memory and are not used here.
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

/// Most reloads within [`CRASHES_SPAN`]. A page that crashes more often is not reloaded, and notifications report rings (T11).
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
        no_driver::withdraw();
        if reload {
            view.reload();
        }
    });
}

/// GTK draws a page's changes with its next frame, up to 17 ms later, and a window that was just shown has already drawn a frame with the
/// old page. With this, changes are drawn when they arrive, as often as the web engine's own frames.
pub fn draw_at_once(window: &WebviewWindow) -> tauri::Result<()> {
    let window = window.gtk_window()?;
    // On Wayland the compositor takes a window's picture only with its frames.
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
        // SAFETY: GDK passes a valid window of its own, which `from_glib_none` keeps alive.
        let window: gdk::Window = unsafe { from_glib_none(window) };
        // Deferred, since GDK records the change only after this handler.
        glib::idle_add_local_full(Priority::DEFAULT, move || {
            // SAFETY: the window is kept alive; GDK ignores one that was destroyed meanwhile.
            unsafe { gdk::ffi::gdk_window_process_updates(window.to_glib_none().0, true.into_glib()) };
            ControlFlow::Break
        });
    }

    if let Some(window) = WidgetExt::window(window) {
        // SAFETY: the handler has the signature that GDK requires, and is never unloaded.
        unsafe { gdk::ffi::gdk_window_set_invalidate_handler(window.to_glib_none().0, Some(changed)) };
    }
}

/// Calls `lost` when the web process ended, after which nothing is drawn until another page runs.
pub fn on_page_lost(window: &WebviewWindow, lost: impl Fn() + Send + 'static) -> tauri::Result<()> {
    window.with_webview(move |webview| {
        webview.inner().connect_web_process_terminated(move |_, _| lost());
    })
}

/// The window never gets the focus, unless [`take_keyboard`] is called, and then until it is hidden.
pub fn unfocusable(window: &WebviewWindow) -> tauri::Result<()> {
    let window = window.gtk_window()?;
    window.set_type_hint(WindowTypeHint::Notification);
    refuse_focus(&window);
    Ok(())
}

/// Gives the window the focus after a click into a text field.
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

/// All connected displays, the primary one first.
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
    // GTK uses logical pixels.
    Display { name, area, scale: 1.0 }
}

pub fn pointer(window: &WebviewWindow) -> tauri::Result<Option<(f64, f64)>> {
    let seat = window.gtk_window()?.display().default_seat();
    let position = seat.and_then(|seat| seat.pointer()).map(|pointer| pointer.position());
    Ok(position.map(|(_, x, y)| (x.into(), y.into())))
}

/// Calls `changed` when a display is connected, disconnected or changed (T15).
pub fn on_displays_changed(window: &WebviewWindow, changed: impl Fn() + 'static) -> tauri::Result<()> {
    if let Some(screen) = WidgetExt::screen(&window.gtk_window()?) {
        let changed = Rc::new(changed);
        let again = Rc::clone(&changed);
        screen.connect_monitors_changed(move |_| changed());
        screen.connect_size_changed(move |_| again());
    }
    Ok(())
}

/// None on Wayland, which tells no program the position of its windows (T13).
pub fn frame(window: &WebviewWindow) -> tauri::Result<Option<Frame>> {
    let window = window.gtk_window()?;
    let Some(drawn) = WidgetExt::window(&window).filter(|_| !is_wayland(&window)) else { return Ok(None) };
    // The size comes from the display server: GTK knows a change only after its event.
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

/// Shows the window at once, without waiting for the event loop.
pub fn show(window: &WebviewWindow) -> tauri::Result<()> {
    let window = window.gtk_window()?;
    // Again before every ring: tao allows the focus after the first drawing, and a click allows it too.
    refuse_focus(&window);
    window.show_all();
    window.display().flush();
    Ok(())
}

pub fn hide(window: &WebviewWindow) -> tauri::Result<()> {
    window.gtk_window()?.hide();
    Ok(())
}
