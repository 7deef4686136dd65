//! A launch agent of the user, which also works for a program outside a bundle. The system's own switch (Login Items in its settings) cannot
//! be read, so that an agent that is switched off there is shown as on.

use std::{fs, io, path::PathBuf};

pub use super::words::agent_program as program;
use super::{Autostart, words};
use crate::system::APP_ID;

fn label(entry: &Autostart) -> String {
    format!("{APP_ID}.{}", entry.name.to_lowercase().replace(' ', "."))
}

fn file(entry: &Autostart) -> io::Result<PathBuf> {
    let home = dirs::home_dir().ok_or_else(|| io::Error::other("the user has no home folder"))?;
    Ok(home.join("Library/LaunchAgents").join(format!("{}.plist", label(entry))))
}

fn text(entry: &Autostart) -> String {
    words::launch_agent(&label(entry), APP_ID, &entry.command)
}

pub fn is_on(entry: &Autostart) -> io::Result<bool> {
    file(entry)?.try_exists()
}

/// The whole file, if there is one.
pub fn stored(entry: &Autostart) -> io::Result<Option<String>> {
    match fs::read_to_string(file(entry)?) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

#[allow(clippy::unnecessary_wraps)] // same signature as on Windows
pub fn wanted(entry: &Autostart) -> io::Result<String> {
    Ok(text(entry))
}

pub fn write(entry: &Autostart) -> io::Result<()> {
    let file = file(entry)?;
    file.parent().map_or(Ok(()), fs::create_dir_all)?;
    fs::write(file, text(entry))
}

pub fn remove(entry: &Autostart) -> io::Result<()> {
    match fs::remove_file(file(entry)?) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
