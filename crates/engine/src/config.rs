//! Provisioning: settings from flags, environment variables and `config.toml`.
//!
//! A flag takes precedence over an environment variable, and an environment variable over the first file found. The first
//! file is the one named by a flag or `RINGSIDE_CONFIG`, else the user's, else the machine's. A value that the user saved in the
//! app replaces a value from a file ([`Origin::File`]), but not a flag or environment variable of this run. A key that the
//! machine's file lists in `locked` takes the value of that file (without one, the default), even if the user's file was found first.
//! Every key can be locked.
//!
//! Each setting is declared once, in `settings.rs`; file, flags, `--help`, documentation and the saved state follow from [`SETTINGS`].
//! A macro makes it because no library covers this: figment keeps a value's source but not its line, and its errors quote values; confique
//! has a walkable table but forgets the source, and neither knows locks, flags, or meanings in two languages.
//!
//! This module opens no file: the shell reads the files and passes their text.

use std::{
    collections::BTreeMap,
    fmt,
    path::{Path, PathBuf},
};

#[macro_use]
mod declaration;
mod document;
mod encoding;
mod fleet;
mod found;
mod parse;
mod saved;
mod settings;

pub use declaration::{Flag, Setting, Shape};
use document::Document;
pub use encoding::text;
pub(crate) use parse::utc_offset;
pub use settings::{Given, SETTINGS, Values};

/// A configuration file that was read.
#[derive(Clone, Copy, Debug)]
pub struct File<'a> {
    pub path: &'a Path,
    pub text: &'a str,
}

/// The source of a value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Origin {
    #[default]
    Default,
    File,
    /// A flag or the environment.
    Given,
    /// Locked by the machine's file.
    Locked,
}

/// The provisioning of this run.
#[derive(Clone, Debug, Default)]
pub struct Config {
    pub values: Values,
    /// The first file found; its values were used.
    pub file: Option<PathBuf>,
    /// The keys that the administrator locked.
    pub locked: Vec<String>,
    origins: BTreeMap<&'static str, Origin>,
    /// The keys that have a value from a file, a flag or the environment.
    set: Vec<&'static str>,
}

/// A file that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError {
    pub file: PathBuf,
    /// Counted from 1.
    pub line: Option<usize>,
    /// The error and the expected value. Never quotes the value found, which could be a secret.
    pub message: String,
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.file.display())?;
        if let Some(line) = self.line {
            write!(f, ", line {line}")?;
        }
        write!(f, ": {}", self.message)
    }
}

impl std::error::Error for ConfigError {}

impl Config {
    /// `user` is the first file found other than the machine's.
    ///
    /// # Errors
    /// If a file is not TOML, has an unknown key, or has a value that is not allowed.
    pub fn read(user: Option<File<'_>>, machine: Option<File<'_>>, mut given: Given) -> Result<Self, ConfigError> {
        let Document { values: mut machine_values, locked } = machine.map(Document::parse).transpose()?.unwrap_or_default();
        let mut first = match user {
            Some(file) => Document::parse(file)?.values,
            None => machine_values.clone(),
        };
        let (mut values, mut origins, mut set) = (Values::default(), BTreeMap::new(), Vec::new());
        for setting in SETTINGS {
            let (origin, source) = if locked.iter().any(|key| key == setting.key) {
                (Origin::Locked, &mut machine_values)
            } else if (setting.is_given)(&given) {
                (Origin::Given, &mut given)
            } else if (setting.is_given)(&first) {
                (Origin::File, &mut first)
            } else {
                continue;
            };
            if (setting.is_given)(source) {
                set.push(setting.key);
            }
            (setting.take)(&mut values, source);
            origins.insert(setting.key, origin);
        }
        let file = user.or(machine).map(|file| file.path.to_owned());
        Ok(Self { values, file, locked, origins, set })
    }

    /// Whether the machine's file locks this key.
    pub fn is_locked(&self, key: &str) -> bool {
        self.origin(key) == Origin::Locked
    }

    pub fn origin(&self, key: &str) -> Origin {
        self.origins.get(key).copied().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests;
