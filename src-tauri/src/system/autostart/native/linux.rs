//! A file in the user's autostart folder.

use std::{fs, io, path::PathBuf};

pub use super::words::program;
use super::{Autostart, words};

fn file(entry: &Autostart) -> io::Result<PathBuf> {
    let home = dirs::home_dir().ok_or_else(|| io::Error::other("the user has no home folder"))?;
    Ok(home.join(".config/autostart").join(format!("{}.desktop", entry.name)))
}

pub fn is_on(entry: &Autostart) -> io::Result<bool> {
    file(entry)?.try_exists()
}

/// The command of the entry, if there is one.
pub fn stored(entry: &Autostart) -> io::Result<Option<String>> {
    match fs::read_to_string(file(entry)?) {
        Ok(text) => Ok(Some(words::desktop_command(&text))),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

#[allow(clippy::unnecessary_wraps)] // same signature as on Windows
pub fn wanted(entry: &Autostart) -> io::Result<String> {
    Ok(words::desktop_command(&words::desktop_file(&entry.name, &entry.command)))
}

pub fn write(entry: &Autostart) -> io::Result<()> {
    let file = file(entry)?;
    file.parent().map_or(Ok(()), fs::create_dir_all)?;
    fs::write(file, words::desktop_file(&entry.name, &entry.command))
}

pub fn remove(entry: &Autostart) -> io::Result<()> {
    match fs::remove_file(file(entry)?) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
