//! «Get queue extension information»: the list of the company's extensions.

use ringside_domain::Extension;
use ringside_wire::{Code, Text};
use secrecy::SecretString;
use serde::Deserialize;

use crate::{Client, PlatformError, Service};

/// Which extensions to fetch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ExtensionFilter {
    /// 1, the documentation's default.
    #[default]
    Enabled,
    /// 2.
    Disabled,
    /// 3.
    All,
}

/// Whether an extension's phone is registered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Registration {
    /// `reg`.
    Registered,
    /// `nreg`.
    NotRegistered,
    /// A value that is not documented.
    Other(String),
}

/// An extension. Its password cannot be printed. Store, log or show the password only on request (N21).
#[derive(Clone, Debug)]
pub struct ExtensionInfo {
    /// The extension.
    pub extension: Extension,
    /// The password of its phone.
    pub password: SecretString,
    /// 1016 enabled, 1013 disabled.
    pub code: Code,
    /// Whether its phone is registered.
    pub registration: Registration,
}

#[derive(Deserialize)]
struct Row {
    #[serde(default)]
    extnumber: Text,
    #[serde(default)]
    password: Text,
    #[serde(default)]
    status: Text,
    #[serde(default)]
    register: Text,
}

impl Client {
    /// GetSipnumberInfo («Get queue extension information»): the company's extensions with their passwords, or one of them.
    ///
    /// # Errors
    /// [`PlatformError::Failed`] for an extension that does not belong to the company.
    pub async fn extensions(&self, filter: ExtensionFilter, extension: Option<&Extension>) -> Result<Vec<ExtensionInfo>, PlatformError> {
        let status = match filter {
            ExtensionFilter::Enabled => "1",
            ExtensionFilter::Disabled => "2",
            ExtensionFilter::All => "3",
        };
        let fields = [("status", status), ("extnumber", extension.map_or("", |extension| &extension.0))];
        let rows: Vec<Row> = self.call(Service::GetSipnumberInfo, &fields).await?.list("a list of extensions")?;
        Ok(rows.into_iter().map(ExtensionInfo::from).collect())
    }
}

impl From<Row> for ExtensionInfo {
    fn from(row: Row) -> Self {
        Self {
            extension: Extension(row.extnumber.owned()),
            // Not trimmed, unlike other fields: a space may be part of a password.
            password: row.password.untrimmed().into(),
            code: row.status.code(),
            registration: match row.register.as_str() {
                "reg" => Registration::Registered,
                "nreg" => Registration::NotRegistered,
                other => Registration::Other(other.to_owned()),
            },
        }
    }
}
