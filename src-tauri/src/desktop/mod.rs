//! Everything that Ringside shows on the desktop, and the events that it gets from the desktop.

pub mod autostart;
#[cfg(target_os = "linux")]
pub mod bus;
pub mod clipboard;
pub mod notification;
pub mod power;
pub mod shortcuts;
pub mod tray;
pub mod windows;

/// Whether there is a desktop.
pub fn is_here() -> bool {
    !cfg!(target_os = "linux") || ["DISPLAY", "WAYLAND_DISPLAY"].iter().any(|name| std::env::var_os(name).is_some())
}
