//! macOS: the ring card is shown by the system's own function, since tao shows each window by making it the key window. It is no panel, as tao
//! makes plain windows only: a click on it, though not its coming, activates Ringside.

use objc2_app_kit::{NSWindow, NSWindowCollectionBehavior};
use tauri::{Manager, WebviewWindow, WebviewWindowBuilder, Wry};

pub use super::placing::*;

#[allow(clippy::unnecessary_wraps)] // same signature as on Linux
pub fn related<'a, M: Manager<Wry>>(
    builder: WebviewWindowBuilder<'a, Wry, M>,
    _main: &WebviewWindow,
) -> tauri::Result<WebviewWindowBuilder<'a, Wry, M>> {
    Ok(builder)
}

#[allow(clippy::unnecessary_wraps)]
pub fn slim(_window: &WebviewWindow) -> tauri::Result<()> {
    Ok(())
}

/// Tauri does not report this.
#[allow(clippy::unnecessary_wraps)]
pub fn on_page_lost(_window: &WebviewWindow, _lost: impl Fn() + Send + 'static) -> tauri::Result<()> {
    Ok(())
}

#[allow(clippy::unnecessary_wraps)]
pub fn draw_at_once(_window: &WebviewWindow) -> tauri::Result<()> {
    Ok(())
}

/// Also shows the window beside a program that fills the screen, and leaves it out when a person goes through the windows by keys.
pub fn unfocusable(window: &WebviewWindow) -> tauri::Result<()> {
    window.set_focusable(false)?;
    let window = native(window)?;
    let more = NSWindowCollectionBehavior::FullScreenAuxiliary | NSWindowCollectionBehavior::IgnoresCycle;
    window.setCollectionBehavior(window.collectionBehavior() | more);
    Ok(())
}

/// Gives the window the focus after a click into a text field.
pub fn take_keyboard(window: &WebviewWindow) -> tauri::Result<()> {
    window.set_focusable(true)?;
    window.set_focus()
}

pub fn show(window: &WebviewWindow) -> tauri::Result<()> {
    window.set_focusable(false)?;
    native(window)?.orderFrontRegardless();
    Ok(())
}

pub fn hide(window: &WebviewWindow) -> tauri::Result<()> {
    window.hide()
}

/// On the main thread only, like all functions here.
fn native(window: &WebviewWindow) -> tauri::Result<&NSWindow> {
    let pointer = window.ns_window()?.cast::<NSWindow>();
    // SAFETY: Tauri gives the window's own object, which lives as long as the window.
    #[allow(unsafe_code)]
    unsafe { pointer.as_ref() }.ok_or(tauri::Error::WindowNotFound)
}
