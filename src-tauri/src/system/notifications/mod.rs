//! The system's notifications: whether they are shown, and on Windows and macOS the showing itself. On Linux a plugin of Tauri shows them.

#[cfg_attr(target_os = "linux", path = "native/linux.rs")]
#[cfg_attr(windows, path = "native/windows.rs")]
#[cfg_attr(target_os = "macos", path = "native/macos.rs")]
mod native;
#[cfg_attr(not(windows), allow(dead_code))]
mod toast;

pub use native::*;

/// Called at a click, with the call of the notification.
pub type Clicked = std::sync::Arc<dyn Fn(Option<u64>) + Send + Sync>;
