//! Messages to the person who started Ringside: on the terminal, or in a dialogue if there is none.

use std::io::{self, IsTerminal, Write};

use crate::{system::message, texts::shown};

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

/// At a start: prints to standard error, and also opens a dialogue if a person would not see that.
pub fn complain(text: &str) {
    remark(text);
    if is_unseen() {
        open_dialogue(text);
    }
}

/// For a command: prints to standard error. A program with windows may have none on Windows, and then opens a dialogue, too; `ringsidectl`,
/// which scripts use there, has one.
pub fn report(text: &str) {
    remark(text);
    #[cfg(windows)]
    if is_unseen() {
        open_dialogue(text);
    }
}

fn open_dialogue(text: &str) {
    if std::env::var_os("RINGSIDE_NO_DIALOGUE").is_none() {
        message::show(&shown(text));
    }
}

/// A start from a menu has no terminal. A script's file or pipe is no terminal either, but here the two cannot be told apart.
#[cfg(not(windows))]
fn is_unseen() -> bool {
    !io::stderr().is_terminal()
}

/// A program with windows has a standard error here only if the program that started it passed one.
#[cfg(windows)]
fn is_unseen() -> bool {
    use std::os::windows::io::AsRawHandle;
    let handle = io::stderr().as_raw_handle();
    handle.is_null() || handle == windows_sys::Win32::Foundation::INVALID_HANDLE_VALUE
}
