//! What Ringside shows on the desktop, and what it hears from it.

pub mod autostart;
#[cfg(target_os = "linux")]
pub mod bus;
pub mod notification;
pub mod power;
pub mod shortcuts;
pub mod tray;
pub mod windows;

/// Whether this runs on a desktop.
pub fn is_here() -> bool {
    !cfg!(target_os = "linux") || ["DISPLAY", "WAYLAND_DISPLAY"].iter().any(|name| std::env::var_os(name).is_some())
}
