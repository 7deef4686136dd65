//! Everything that Ringside shows on the desktop, and the events that it gets from the desktop.

pub mod clipboard;
pub mod notification;
pub mod power;
pub mod shortcuts;
pub mod tray;
pub mod windows;
