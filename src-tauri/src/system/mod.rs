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

/// Gives this process its name on Windows, which must be done before it has a window: by it Windows groups windows, and finds the sender of a
/// notification.
#[cfg(windows)]
pub fn identify() -> std::io::Result<()> {
    use windows_sys::Win32::UI::Shell::SetCurrentProcessExplicitAppUserModelID;
    let id: Vec<u16> = APP_ID.encode_utf16().chain([0]).collect();
    // SAFETY: the text ends with a zero and lives until the call returns.
    #[allow(unsafe_code)]
    let set = unsafe { SetCurrentProcessExplicitAppUserModelID(id.as_ptr()) };
    if set < 0 { Err(std::io::Error::from_raw_os_error(set)) } else { Ok(()) }
}

#[cfg(not(windows))]
#[allow(clippy::unnecessary_wraps)] // same signature as on Windows
pub fn identify() -> std::io::Result<()> {
    Ok(())
}
