//! Words to the person who started this, wherever they can be read.

use std::io::{self, IsTerminal, Write};

use crate::texts::shown;

/// On Windows a program with windows has no console; the one it was started from will do.
#[cfg(windows)]
pub fn attach() {
    use windows_sys::Win32::System::Console::{ATTACH_PARENT_PROCESS, AttachConsole};
    // SAFETY: takes no pointer; without a console there is nothing to attach to, and nothing happens.
    #[allow(unsafe_code)]
    unsafe {
        AttachConsole(ATTACH_PARENT_PROCESS);
    }
}

#[cfg(not(windows))]
pub fn attach() {}

/// Standard output; who closed it does not want to know.
pub fn say(text: &str) {
    let _ = writeln!(io::stdout(), "{text}");
}

/// Standard error, and a dialogue where nobody would see that: started from a menu.
pub fn complain(text: &str) {
    let _ = writeln!(io::stderr(), "ringside: {text}");
    if !io::stderr().is_terminal() && std::env::var_os("RINGSIDE_NO_DIALOGUE").is_none() {
        dialogue(&shown(text));
    }
}

#[cfg(target_os = "linux")]
fn dialogue(text: &str) {
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
fn dialogue(text: &str) {
    use windows_sys::Win32::UI::WindowsAndMessaging::{MB_ICONERROR, MessageBoxW};
    let wide = |text: &str| text.encode_utf16().chain([0]).collect::<Vec<u16>>();
    let (text, title) = (wide(text), wide("Ringside"));
    // SAFETY: both texts end in a zero and live until the box is closed; no owner window is given.
    #[allow(unsafe_code)]
    unsafe {
        MessageBoxW(std::ptr::null_mut(), text.as_ptr(), title.as_ptr(), MB_ICONERROR);
    }
}

#[cfg(target_os = "macos")]
fn dialogue(_text: &str) {}
