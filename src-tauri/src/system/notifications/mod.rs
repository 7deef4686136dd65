//! The system's notifications: whether they are shown, and the showing itself.

#[cfg_attr(target_os = "linux", path = "native/linux.rs")]
#[cfg_attr(windows, path = "native/windows.rs")]
#[cfg_attr(target_os = "macos", path = "native/macos.rs")]
mod native;
#[cfg(not(target_os = "linux"))]
mod shown;
#[cfg_attr(not(windows), allow(dead_code))]
mod toast;

pub use native::*;
#[cfg(not(target_os = "linux"))]
pub use shown::Shown;

/// Called at a click, with the call of the notification.
pub type Clicked = std::sync::Arc<dyn Fn(Option<u64>) + Send + Sync>;

/// Text in which no letter has a meaning in XML, nor in the markup of notifications (T5).
pub fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
