//! A launch agent of the user, which also works for a program outside a bundle. The system's own switch (Login Items in its settings) cannot
//! be read, so that an agent that is switched off there is shown as on.

use std::{fs, io, path::PathBuf};

use super::{
    Autostart,
    agents::{self, agent},
};
use crate::system::APP_ID;

fn label(entry: &Autostart) -> String {
    format!("{APP_ID}.{}", entry.name.to_lowercase().replace(' ', "."))
}

fn folder() -> io::Result<PathBuf> {
    let home = dirs::home_dir().ok_or_else(|| io::Error::other("the user has no home folder"))?;
    Ok(home.join("Library/LaunchAgents"))
}

fn file(entry: &Autostart) -> io::Result<PathBuf> {
    Ok(folder()?.join(format!("{}.plist", label(entry))))
}

pub fn is_on(entry: &Autostart) -> io::Result<bool> {
    file(entry)?.try_exists()
}

/// The whole agent, if there is one.
pub fn stored(entry: &Autostart) -> io::Result<Option<String>> {
    agents::read(&file(entry)?)?.map(|agent| agents::text(&agent)).transpose()
}

pub fn program(stored: &str) -> String {
    agents::program(&plist::Value::from_reader_xml(stored.as_bytes()).unwrap_or(plist::Value::Boolean(false)))
}

pub fn wanted(entry: &Autostart) -> io::Result<String> {
    agents::text(&agent(&label(entry), APP_ID, &entry.command))
}

pub fn write(entry: &Autostart) -> io::Result<()> {
    let file = file(entry)?;
    file.parent().map_or(Ok(()), fs::create_dir_all)?;
    fs::write(file, wanted(entry)?)
}

pub fn remove(entry: &Autostart) -> io::Result<()> {
    match fs::remove_file(file(entry)?) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Removes the entries of other data folders that start a program that is gone.
pub fn remove_orphans(entry: &Autostart) -> io::Result<()> {
    agents::remove_orphans(&folder()?, APP_ID, &file(entry)?)
}
