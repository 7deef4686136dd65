//! Enrolment: a machine becomes a desk, or a desk whose token has expired gets a new one. The request's subject is `rs.enrol`.

use serde::{Deserialize, Serialize};

use super::{DeskId, Role, version};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Enrol {
    #[serde(default = "version")]
    pub v: u32,
    /// The one-time code from the administrator. None: the registry knows the key already.
    #[serde(default)]
    pub code: Option<String>,
    /// The machine's public key; its private key never leaves the machine.
    pub key: String,
    /// A public key for this request only; the answer is sealed to it, since other enrolling machines can overhear the answer.
    pub sealing_key: String,
    #[serde(default)]
    pub host: String,
    #[serde(default)]
    pub version: String,
    /// By `key`, over [`Enrol::signed`].
    #[serde(default)]
    pub signature: String,
}

impl Enrol {
    /// The text that the machine signs: all fields but the signature. A line break, which separates the fields, is taken out of them.
    pub fn signed(&self) -> String {
        let field = |text: &str| text.replace('\n', " ");
        let code = self.code.as_deref().unwrap_or_default();
        [&self.v.to_string(), code, &self.key, &self.sealing_key, &self.host, &self.version].map(field).join("\n")
    }
}

/// The answer on the wire: a [`super::Answer`] of [`Enrolled`], sealed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sealed {
    #[serde(default = "version")]
    pub v: u32,
    /// The public key with which the gateway sealed it.
    pub from: String,
    /// Base64.
    pub sealed: String,
}

/// What a desk keeps of its enrolment. It is no secret without the desk's private key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Enrolled {
    pub desk: DeskId,
    pub jwt: String,
    pub extension: String,
    #[serde(default)]
    pub hot: bool,
    #[serde(default)]
    pub role: Role,
    #[serde(default)]
    pub company: String,
}
