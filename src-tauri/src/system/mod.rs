//! What this system offers to a desktop program, found out without a window.

pub mod autostart;
#[cfg(target_os = "linux")]
pub mod bus;
#[cfg(windows)]
pub mod card_window;
pub mod message;
pub mod notifications;
#[cfg(target_os = "linux")]
pub mod tray;

/// By this name the systems know Ringside: the bundle's identifier, and on Windows the AppUserModelID, which the installer's shortcut has too.
pub const APP_ID: &str = "io.github.ringside-desktop.ringside";

/// Whether there is a desktop.
pub fn has_desktop() -> bool {
    !cfg!(target_os = "linux") || ["DISPLAY", "WAYLAND_DISPLAY"].iter().any(|name| std::env::var_os(name).is_some())
}
