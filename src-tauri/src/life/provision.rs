//! Finds and reads the configuration files.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use ringside_engine::config::{self, Config, ConfigError, File, Given};
use secrecy::ExposeSecret;

use crate::life::{environment::Secrets, paths};

#[derive(Debug, thiserror::Error)]
pub enum ProvisionError {
    #[error("{0}: {1}")]
    Unreadable(PathBuf, io::Error),
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error("{0}: {1}")]
    Secret(&'static str, String),
    #[error("{0}")]
    Conflict(String),
}

/// The configuration on the command line.
#[derive(Debug)]
pub struct Flags {
    /// The configuration file that is read in place of the user's.
    pub file: Option<PathBuf>,
    pub given: Given,
}

/// Reads the user's file, the machine's file, flags and environment, with the precedence of [`ringside_engine::config`].
pub fn read(flags: Flags, secrets: &Secrets) -> Result<Config, ProvisionError> {
    let Flags { file: named, mut given } = flags;
    let user = match &named {
        Some(named) => {
            let bytes = fs::read(named).map_err(|error| ProvisionError::Unreadable(named.clone(), error))?;
            Some(config::text(named, bytes)?)
        }
        None => paths::user_config().map(|path| text(&path)).transpose()?.flatten(),
    };
    let user_path = named.or_else(paths::user_config).unwrap_or_default();
    let machine_path = paths::machine_config();
    let machine = text(&machine_path)?;
    for (setting, variable, secret) in &secrets.settings {
        given.give(setting, &[secret.expose_secret()]).map_err(|error| ProvisionError::Secret(variable, error))?;
    }
    let config = Config::read(file(&user_path, user.as_ref()), file(&machine_path, machine.as_ref()), given)?;
    match config.conflict(secrets.accesskey.is_some()) {
        Some(reason) => Err(ProvisionError::Conflict(reason)),
        None => Ok(config),
    }
}

fn file<'a>(path: &'a Path, text: Option<&'a String>) -> Option<File<'a>> {
    text.map(|text| File { path, text })
}

/// None if the file does not exist.
fn text(path: &Path) -> Result<Option<String>, ProvisionError> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(config::text(path, bytes)?)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(ProvisionError::Unreadable(path.to_owned(), error)),
    }
}
