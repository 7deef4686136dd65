//! GTK: what Tauri has no word for. Everything here runs on the main thread.

use std::{
    cell::RefCell,
    rc::Rc,
    sync::{Arc, Mutex, PoisonError},
};

use gtk::{
    gdk::{self, WindowTypeHint, prelude::*},
    glib::{Propagation, monotonic_time},
    prelude::*,
};
use tauri::{Manager, WebviewWindow, WebviewWindowBuilder, Wry};
use webkit2gtk::{CacheModel, HardwareAccelerationPolicy, SettingsExt, WebContextExt, WebView, WebViewExt};

use super::{Area, Frame};

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

/// Never focused by itself; from a click until it is hidden it can be.
pub fn unfocusable(window: &WebviewWindow) -> tauri::Result<()> {
    let window = window.gtk_window()?;
    window.set_type_hint(WindowTypeHint::Notification);
    refuse_focus(&window);
    window.add_events(gdk::EventMask::BUTTON_PRESS_MASK);
    if let Some(content) = window.child() {
        let top = window.clone();
        let allow = move || {
            if !top.accepts_focus() {
                top.set_accept_focus(true);
                top.present_with_time(gtk::current_event_time());
            }
            Propagation::Proceed
        };
        connect_presses(&content, &Rc::new(allow));
    }
    Ok(())
}

/// The view takes the press and does not pass it on, so each widget down to it is listened to.
fn connect_presses(widget: &gtk::Widget, allow: &Rc<impl Fn() -> Propagation + 'static>) {
    let pressed = Rc::clone(allow);
    widget.connect_button_press_event(move |_, _| pressed());
    if let Some(container) = widget.downcast_ref::<gtk::Container>() {
        container.children().iter().for_each(|child| connect_presses(child, allow));
    }
}

fn refuse_focus(window: &gtk::ApplicationWindow) {
    window.set_accept_focus(false);
    window.set_focus_on_map(false);
}

/// The work area of the monitor with the pointer: the one that is worked on.
pub fn area(window: &WebviewWindow) -> tauri::Result<Option<Area>> {
    let display = window.gtk_window()?.display();
    let pointer = display.default_seat().and_then(|seat| seat.pointer());
    let monitor = pointer
        .and_then(|pointer| {
            let (_, x, y) = pointer.position();
            display.monitor_at_point(x, y)
        })
        .or_else(|| display.primary_monitor())
        .or_else(|| display.monitor(0));
    Ok(monitor.map(|monitor| {
        let area = monitor.workarea();
        Area { x: area.x().into(), y: area.y().into(), width: area.width().into(), height: area.height().into() }
    }))
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
