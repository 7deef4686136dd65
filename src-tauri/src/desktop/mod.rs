//! What Ringside shows on the desktop, and what it hears from it.

pub mod autostart;
#[cfg(target_os = "linux")]
pub mod bus;
pub mod notification;
pub mod power;
pub mod shortcuts;
pub mod tray;
pub mod windows;
