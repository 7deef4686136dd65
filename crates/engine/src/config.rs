//! Provisioning: settings from flags, environment variables and `config.toml`.
//!
//! A flag takes precedence over an environment variable, and an environment variable over the first file found. The first
//! file is the one named by a flag or `RINGSIDE_CONFIG`, else the user's, else the machine's. A value that the user chose in the
//! app replaces a value from a file, but not a flag or environment variable of this run. A key that the machine's file lists in `locked` takes
//! the value of that file (without one, the default), even if the user's file was found first. Every key can be locked.
//!
//! The system's management ([`Policy`]: the registry on Windows, the managed preferences on macOS) comes before the machine's file. A key that
//! it sets is locked; a key that it recommends counts like one in the machine's file.
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
mod policy;
mod saved;
mod settings;
mod unused;
mod written;

pub use declaration::{Flag, Setting, Shape};
use document::Document;
pub use encoding::text;
pub use parse::is_loopback;
pub(crate) use parse::utc_offset;
use policy::Managed;
pub use policy::{Policy, PolicyEntry, PolicyValue};
pub use saved::Saved;
pub use settings::{Given, SETTINGS, Values};
pub use written::{HIDDEN, setting};

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
    UserFile,
    MachineFile,
    /// The machine's registry, as a policy.
    Registry,
    /// The managed preferences of macOS.
    Preferences,
    Environment,
    CommandLine,
}

/// All sources of values but the defaults.
#[derive(Debug, Default)]
pub struct Sources<'a> {
    pub command_line: Given,
    pub environment: Given,
    /// The first file found other than the machine's.
    pub user: Option<File<'a>>,
    pub machine: Option<File<'a>>,
    pub policy: Policy,
}

/// The provisioning of this run.
#[derive(Clone, Debug, Default)]
pub struct Config {
    pub values: Values,
    /// The first file found; its values were used.
    pub file: Option<PathBuf>,
    /// The keys that the administrator locked.
    pub locked: Vec<String>,
    /// What of the settings is not in effect, for people who look for the reason.
    pub warnings: Vec<String>,
    origins: BTreeMap<&'static str, Origin>,
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

/// Computers that are managed together may have several versions of Ringside.
fn passed_over(unknown: &ConfigError) -> String {
    format!("{unknown}; this version of Ringside passes it over")
}

impl Config {
    /// # Errors
    /// If a file is not TOML, if the user's has an unknown key, or if a source has a value that is not allowed.
    pub fn read(sources: Sources<'_>) -> Result<Self, ConfigError> {
        let Sources { mut command_line, mut environment, user, machine, policy } = sources;
        let Managed { mut mandatory, mut recommended, keys, unknown, origin: managed } = policy.settle()?;
        let Document { values: mut machine_values, mut locked, unknown: of_others } =
            machine.map(Document::parse).transpose()?.unwrap_or_default();
        let mut warnings: Vec<_> = unknown.into_iter().chain(of_others.iter().map(passed_over)).collect();
        let mut user_values = None;
        if let Some(file) = user {
            let document = Document::parse(file)?;
            // Whoever wrote this file uses this version.
            if let Some(mistake) = document.unknown.into_iter().next() {
                return Err(mistake);
            }
            if !document.locked.is_empty() {
                warnings.push(format!("{}: `locked` counts in the machine's file only", file.path.display()));
            }
            user_values = Some(document.values);
        }
        let (mut values, mut origins) = (Values::default(), BTreeMap::new());
        for setting in SETTINGS {
            let is_given = |given: &Given| (setting.is_given)(given);
            let (origin, source) = if keys.contains(&setting.key) {
                (managed, &mut mandatory)
            } else if locked.iter().any(|key| key == setting.key) {
                (Origin::MachineFile, &mut machine_values)
            } else if is_given(&command_line) {
                (Origin::CommandLine, &mut command_line)
            } else if is_given(&environment) {
                (Origin::Environment, &mut environment)
            } else if let Some(user) = &mut user_values {
                (Origin::UserFile, user)
            } else if is_given(&recommended) {
                (managed, &mut recommended)
            } else {
                (Origin::MachineFile, &mut machine_values)
            };
            if is_given(source) {
                origins.insert(setting.key, origin);
                (setting.take)(&mut values, source);
            }
        }
        for key in keys {
            if !locked.iter().any(|known| known == key) {
                locked.push(key.to_owned());
            }
        }
        let file = user.or(machine).map(|file| file.path.to_owned());
        let config = Self { values, file, locked, warnings, origins };
        let unused = config.unused();
        Ok(Self { warnings: config.warnings.into_iter().chain(unused).collect(), ..config })
    }

    /// Whether the administrator locked this key.
    pub fn is_locked(&self, key: &str) -> bool {
        self.locked.iter().any(|locked| locked == key)
    }

    pub fn origin(&self, key: &str) -> Origin {
        self.origins.get(key).copied().unwrap_or_default()
    }

    /// The keys that have a value from a source.
    fn set(&self) -> impl Iterator<Item = &'static str> {
        SETTINGS.iter().map(|setting| setting.key).filter(|key| self.origins.contains_key(key))
    }
}

#[cfg(test)]
mod tests;
