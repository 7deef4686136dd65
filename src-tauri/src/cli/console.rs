//! Messages to the person who started Ringside: on the terminal, or in a dialogue if there is none.

use std::io::{self, IsTerminal, Write};

use crate::texts::shown;

/// On Windows a program with windows has no console of its own, so it uses the console it was started from.
#[cfg(windows)]
pub fn attach() {
    use windows_sys::Win32::System::Console::{ATTACH_PARENT_PROCESS, AttachConsole};
    // SAFETY: takes no pointer, and does nothing if there is no console.
    #[allow(unsafe_code)]
    unsafe {
        AttachConsole(ATTACH_PARENT_PROCESS);
    }
}

#[cfg(not(windows))]
pub fn attach() {}

/// Prints to standard output. An error is ignored: the reader closed it.
pub fn say(text: &str) {
    let _ = writeln!(io::stdout(), "{text}");
}

/// Prints to standard error only, for commands that scripts use.
pub fn remark(text: &str) {
    let _ = writeln!(io::stderr(), "ringside: {text}");
}

/// Asks on the terminal; false if the answer is not yes. None: there is no terminal.
pub fn ask(question: &str) -> Option<bool> {
    if !io::stdin().is_terminal() {
        return None;
    }
    let _ = write!(io::stderr(), "{question} [y/N] ");
    let mut answer = String::new();
    io::stdin().read_line(&mut answer).ok()?;
    Some(matches!(answer.trim().to_lowercase().as_str(), "y" | "yes"))
}

/// Prints to standard error, and also opens a dialogue if that is no terminal, as after a start from a menu.
pub fn complain(text: &str) {
    remark(text);
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
    // SAFETY: both texts end with a zero and exist until the box is closed; no owner window is given.
    #[allow(unsafe_code)]
    unsafe {
        MessageBoxW(std::ptr::null_mut(), text.as_ptr(), title.as_ptr(), MB_ICONERROR);
    }
}

#[cfg(target_os = "macos")]
fn dialogue(_text: &str) {}
