//! A message in a dialogue of the system, which needs no web view. Returns when the user closes it.

#[cfg(target_os = "linux")]
pub fn show(text: &str) {
    use gtk::prelude::*;
    if gtk::init().is_err() {
        return;
    }
    let dialogue =
        gtk::MessageDialog::new(None::<&gtk::Window>, gtk::DialogFlags::empty(), gtk::MessageType::Error, gtk::ButtonsType::Close, text);
    dialogue.set_title("Ringside");
    dialogue.run();
}

#[cfg(windows)]
pub fn show(text: &str) {
    use windows_sys::Win32::UI::WindowsAndMessaging::{MB_ICONERROR, MessageBoxW};
    let wide = |text: &str| text.encode_utf16().chain([0]).collect::<Vec<u16>>();
    let (text, title) = (wide(text), wide("Ringside"));
    // SAFETY: both texts end with a zero and exist until the box is closed; no owner window is given.
    #[allow(unsafe_code)]
    unsafe {
        MessageBoxW(std::ptr::null_mut(), text.as_ptr(), title.as_ptr(), MB_ICONERROR);
    }
}

#[cfg(target_os = "macos")]
pub fn show(text: &str) {
    use objc2_core_foundation::{CFString, CFUserNotification, kCFUserNotificationStopAlertLevel};
    let text = CFString::from_str(text);
    // SAFETY: no icon, sound or table of texts is passed, the texts live until the call returns, and null means that the answer is not wanted.
    #[allow(unsafe_code)]
    unsafe {
        CFUserNotification::display_alert(
            0.0,
            kCFUserNotificationStopAlertLevel,
            None,
            None,
            None,
            Some(&CFString::from_static_str("Ringside")),
            Some(&text),
            None,
            None,
            None,
            std::ptr::null_mut(),
        );
    }
}
