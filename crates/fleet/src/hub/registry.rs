//! The records about desks in the bucket `fleet`.

use serde::{Deserialize, Serialize};

use crate::words::{DeskId, Role};

/// What an administrator says of a new desk.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct NewDesk {
    pub extension: String,
    /// The agent's number; None at a hot desk.
    pub agent: Option<String>,
    /// Several agents use this desk in turn.
    pub hot: bool,
    pub role: Role,
    pub name: String,
}

/// An enrolment code; the key of the record is `code.` and the first half of the code's SHA-256.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct CodeRecord {
    #[serde(flatten)]
    pub of: NewDesk,
    pub until: i64,
    /// The public key of the machine that used it, and the desk that it became.
    pub used_by: Option<(String, DeskId)>,
}

/// A desk; the key of the record is `desk.<id>`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct DeskRecord {
    #[serde(flatten)]
    pub of: NewDesk,
    /// The desk's public key.
    pub key: String,
    pub host: String,
    pub version: String,
    pub made_at: i64,
    /// When the last token that was signed for it expires.
    pub token_until: i64,
    pub revoked_at: Option<i64>,
}
