//! Windows: the ring card is shown and hidden by the system's own functions, since tao shows each window by activating it.

use tauri::{Manager, WebviewWindow, WebviewWindowBuilder, Wry};
use webview2_com::Microsoft::Web::WebView2::Win32::ICoreWebView2Settings3;
use windows::core::Interface;

pub use super::placing::*;
use crate::system::card_window;

#[allow(clippy::unnecessary_wraps)] // same signature as on Linux
pub fn related<'a, M: Manager<Wry>>(
    builder: WebviewWindowBuilder<'a, Wry, M>,
    _main: &WebviewWindow,
) -> tauri::Result<WebviewWindowBuilder<'a, Wry, M>> {
    Ok(builder)
}

/// Switches off the web engine's own keys, such as F5. The page holds them too, but only while its script runs.
pub fn slim(window: &WebviewWindow) -> tauri::Result<()> {
    window.with_webview(|webview| {
        let hold = || -> windows::core::Result<()> {
            // SAFETY: on the main thread, where `with_webview` runs its closure, while the web view exists.
            #[allow(unsafe_code)]
            unsafe {
                let settings = webview.controller().CoreWebView2()?.Settings()?;
                settings.cast::<ICoreWebView2Settings3>()?.SetAreBrowserAcceleratorKeysEnabled(false)
            }
        };
        if let Err(error) = hold() {
            tracing::warn!(%error, "the web engine keeps its own keys");
        }
    })
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

pub fn unfocusable(window: &WebviewWindow) -> tauri::Result<()> {
    Ok(card_window::withdraw(window.hwnd()?.0)?)
}

/// Gives the window the focus after a click into a text field.
pub fn take_keyboard(window: &WebviewWindow) -> tauri::Result<()> {
    card_window::take_keyboard(window.hwnd()?.0)?;
    // The page is a window of the web engine within this one.
    window.as_ref().set_focus()
}

pub fn show(window: &WebviewWindow) -> tauri::Result<()> {
    Ok(card_window::show(window.hwnd()?.0)?)
}

pub fn hide(window: &WebviewWindow) -> tauri::Result<()> {
    Ok(card_window::withdraw(window.hwnd()?.0)?)
}
