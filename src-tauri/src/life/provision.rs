//! Finds and reads the configuration files.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use ringside_engine::config::{self, Config, ConfigError, File, Given, Sources};
use ringside_platform::Proxy;
use secrecy::ExposeSecret;

use crate::life::{
    environment::Secrets,
    paths,
    policy::{self, MachineFile},
};

#[derive(Debug, thiserror::Error)]
pub enum ProvisionError {
    #[error("{0}: {1}")]
    Unreadable(PathBuf, io::Error),
    #[error("{0}: {1}; each user of this computer must be able to read this file")]
    MachineFile(PathBuf, io::Error),
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error("{0}: {1}")]
    Secret(&'static str, String),
    #[error("{0}")]
    Conflict(String),
}

/// The configuration on the command line and in the environment, without secrets.
#[derive(Clone, Debug)]
pub struct Flags {
    /// The configuration file that is read in place of the user's.
    pub file: Option<PathBuf>,
    pub command_line: Given,
    pub environment: Given,
}

/// The configuration, and where it was looked for.
#[derive(Debug)]
pub struct Provisioned {
    pub config: Config,
    pub user: PathBuf,
    /// The machine's file, if it was used.
    pub machine: Option<PathBuf>,
    /// Why the machine's file is not used, if there is one.
    pub refused: Option<String>,
}

/// Reads all sources, with the precedence of [`ringside_engine::config`].
pub fn read(flags: Flags, secrets: &Secrets) -> Result<Provisioned, ProvisionError> {
    let Flags { file: named, command_line, mut environment } = flags;
    let user_text = match &named {
        Some(named) => {
            let bytes = fs::read(named).map_err(|error| ProvisionError::Unreadable(named.clone(), error))?;
            Some(config::text(named, bytes)?)
        }
        None => paths::user_config().map(|path| text(&path)).transpose()?.flatten(),
    };
    let user = named.or_else(paths::user_config).unwrap_or_default();
    let (machine, machine_text, refused) = match policy::machine_file()? {
        MachineFile::None => (None, None, None),
        MachineFile::Read { path, bytes } => {
            let text = config::text(&path, bytes)?;
            (Some(path), Some(text), None)
        }
        MachineFile::Refused { reason } => (None, None, Some(format!("the machine's file is not used: {reason}"))),
    };
    for (setting, variable, secret) in &secrets.settings {
        environment.give(setting, &[secret.expose_secret()]).map_err(|error| ProvisionError::Secret(variable, error))?;
    }
    let sources = Sources {
        command_line,
        environment,
        user: file(&user, user_text.as_ref()),
        machine: machine.as_deref().and_then(|path| file(path, machine_text.as_ref())),
        policy: policy::managed()?,
    };
    let mut config = Config::read(sources)?;
    if let Some(script) = policy::proxy_script().filter(|_| config.values.proxy == Proxy::System) {
        config.warnings.push(format!("network.proxy: the system's script for proxies, {script}, is not followed; name the proxy itself"));
    }
    match config.conflict(secrets.accesskey.is_some()) {
        Some(reason) => Err(ProvisionError::Conflict(reason)),
        None => Ok(Provisioned { config, user, machine, refused }),
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
