//! The texts of the entries, as each system wants them.

// Each system uses its own; the tests use all.
#![cfg_attr(not(test), allow(dead_code))]

use std::io;

/// The longest command that Windows starts at a log-on, in UTF-16 units.
const LONGEST_RUN_VALUE: usize = 260;

/// A command line for Windows, from which each program splits off its arguments by the rules of Microsoft's C library.
pub fn run_value(command: &[String]) -> io::Result<String> {
    let value = command.iter().map(|word| quoted_for_windows(word)).collect::<Vec<_>>().join(" ");
    if value.encode_utf16().count() > LONGEST_RUN_VALUE {
        return Err(io::Error::other(format!("Windows starts no command above {LONGEST_RUN_VALUE} characters: {value}")));
    }
    Ok(value)
}

/// Always in quotation marks if it may be a path: Windows would try each part before a space as a program.
fn quoted_for_windows(word: &str) -> String {
    let is_plain = word.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '-');
    if is_plain && !word.is_empty() {
        return word.to_owned();
    }
    let mut quoted = String::from("\"");
    let mut backslashes = 0;
    for letter in word.chars() {
        match letter {
            '\\' => backslashes += 1,
            // Only before a quotation mark does a backslash have a meaning of its own.
            '"' => quoted.push_str(&"\\".repeat(2 * backslashes + 1)),
            _ => quoted.push_str(&"\\".repeat(backslashes)),
        }
        if letter != '\\' {
            backslashes = 0;
            quoted.push(letter);
        }
    }
    quoted.push_str(&"\\".repeat(2 * backslashes));
    quoted.push('"');
    quoted
}

/// The program of a stored command, for Windows and for a desktop file. A command without quotation marks may be of another program's making.
pub fn program(command: &str) -> String {
    let word = match command.strip_prefix('"') {
        Some(quoted) => quoted.split('"').next(),
        None => command.split(' ').next(),
    };
    word.unwrap_or_default().to_owned()
}

/// Whether Windows' own switch for programs that start with it, as in the task manager, leaves this one on. `bytes`: the value that Windows
/// stores; none, or an even first byte: on.
pub fn is_approved(bytes: Option<&[u8]>) -> bool {
    bytes.and_then(|bytes| bytes.first()).is_none_or(|first| first % 2 == 0)
}

/// A file of the XDG autostart specification.
pub fn desktop_file(name: &str, command: &[String]) -> String {
    let command = command.iter().map(|word| quoted_for_desktop(word)).collect::<Vec<_>>().join(" ");
    format!(
        "[Desktop Entry]\nType=Application\nVersion=1.0\nName={name}\nComment={name} startup script\nExec={command}\nStartupNotify=false\n\
         Terminal=false\n"
    )
}

/// The command in a desktop file. The rest of the file may have been changed by a desktop's settings.
pub fn desktop_command(file: &str) -> String {
    file.lines().find_map(|line| line.strip_prefix("Exec=")).unwrap_or_default().to_owned()
}

/// Quoted as in a shell. A percent sign is doubled, since it introduces a field; a backslash too, since the whole value is escaped once more.
fn quoted_for_desktop(word: &str) -> String {
    let is_plain = word.chars().all(|letter| letter.is_alphanumeric() || "-_./".contains(letter));
    if is_plain && !word.is_empty() {
        return word.to_owned();
    }
    let mut quoted = String::from("\"");
    for letter in word.chars() {
        match letter {
            '"' | '`' | '$' => quoted.push_str("\\\\"),
            '\\' => quoted.push_str("\\\\\\"),
            '%' => quoted.push('%'),
            _ => {}
        }
        quoted.push(letter);
    }
    quoted.push('"');
    quoted
}
