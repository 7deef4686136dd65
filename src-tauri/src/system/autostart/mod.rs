//! The start with the system, hidden. The system stores whether it is on: a value of the user's registry on Windows, a file of the user
//! elsewhere; never the machine's, which an administrator sets.

#[cfg(any(test, target_os = "macos"))]
mod agents;
#[cfg_attr(target_os = "linux", path = "native/linux.rs")]
#[cfg_attr(windows, path = "native/windows.rs")]
#[cfg_attr(target_os = "macos", path = "native/macos.rs")]
mod native;
#[cfg(test)]
mod tests;
mod words;

use std::{
    io,
    path::{Path, PathBuf},
};

use crate::life::{paths::Paths, program};

/// What the system starts: this program, for this data folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Autostart {
    /// Names the entry. Each data folder has its own.
    name: String,
    /// The program and its arguments.
    command: Vec<String>,
}

impl Autostart {
    pub fn of(paths: &Paths) -> io::Result<Self> {
        let mut command = vec![text(program::file()?)?, "--hidden".to_owned()];
        let mut name = "Ringside".to_owned();
        if let Some(folder) = &paths.given_data {
            name = format!("Ringside {}", paths.key());
            command.extend(["--data-dir".to_owned(), text(std::path::absolute(folder)?)?]);
        }
        Ok(Self { name, command })
    }

    /// Whether the system starts this data folder's Ringside, though perhaps another copy of the program.
    pub fn is_on(&self) -> io::Result<bool> {
        native::is_on(self)
    }

    pub fn set(&self, on: bool) -> io::Result<()> {
        if on { native::write(self) } else { native::remove(self) }
    }

    /// Sets the entry as an administrator wants it, or else keeps the user's choice up to date.
    pub fn keep(&self, wanted: Option<bool>) -> io::Result<()> {
        #[cfg(target_os = "macos")]
        native::remove_orphans(self)?;
        match wanted {
            Some(on) if self.is_on()? != on => self.set(on),
            Some(_) | None => self.refresh(),
        }
    }

    /// Corrects the entry if it starts a program that is gone, since Ringside was moved, or this one by other arguments. The entry of another
    /// copy that is still there stays.
    pub fn refresh(&self) -> io::Result<()> {
        let Some(stored) = native::stored(self)?.filter(|_| native::is_on(self).unwrap_or(false)) else { return Ok(()) };
        let program = native::program(&stored);
        let is_ours =
            self.command.first().is_some_and(|own| *own == program) || Path::new(&program).try_exists().is_ok_and(|exists| !exists);
        if is_ours && stored != native::wanted(self)? {
            tracing::info!(stored, "the entry for the start with the system is written anew");
            native::write(self)?;
        }
        Ok(())
    }
}

/// An entry is text.
fn text(path: PathBuf) -> io::Result<String> {
    let shown = path.display().to_string();
    path.into_os_string().into_string().map_err(|_| io::Error::other(format!("{shown} has characters that an entry cannot have")))
}
