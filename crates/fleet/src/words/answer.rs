//! The gateway's answers.

use async_nats::HeaderMap;
use ringside_domain::FloorAnswer;
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::{CallRecord, ErrorCode, LARGEST_UNPACKED, Position, Refusal, Role, Secret, VERSION, header, unpack, version};

/// The envelope of every answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Answer<T> {
    #[serde(default = "version")]
    pub v: u32,
    /// The gateway that answers; each has a clock of its own.
    #[serde(default)]
    pub gateway: String,
    /// The gateway's time at the answer.
    #[serde(default)]
    pub now: i64,
    #[serde(flatten)]
    pub outcome: Outcome<T>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome<T> {
    Ok(T),
    Refused(Refusal),
}

impl<T> From<Result<T, Refusal>> for Outcome<T> {
    fn from(result: Result<T, Refusal>) -> Self {
        match result {
            Ok(answer) => Self::Ok(answer),
            Err(refusal) => Self::Refused(refusal),
        }
    }
}

impl<T> From<Outcome<T>> for Result<T, Refusal> {
    fn from(outcome: Outcome<T>) -> Self {
        match outcome {
            Outcome::Ok(answer) => Ok(answer),
            Outcome::Refused(refusal) => Err(refusal),
        }
    }
}

impl<T> Answer<T> {
    pub fn new(gateway: &str, now: i64, outcome: Result<T, Refusal>) -> Self {
        Self { v: VERSION, gateway: gateway.to_owned(), now, outcome: outcome.into() }
    }
}

impl<T: DeserializeOwned> Answer<T> {
    /// An answer that cannot be read is a refusal, so that its reader needs no third case.
    pub fn read(bytes: &[u8]) -> Self {
        unpack(bytes, LARGEST_UNPACKED).unwrap_or_else(|error| {
            Self::new("", 0, Err(Refusal::new(ErrorCode::NotUnderstood, format!("the gateway's answer: {error}"), true)))
        })
    }
}

/// Answer to [`super::Hello`]: what a desk needs to know of the company, without its accesskey.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Welcome {
    pub company: String,
    pub appid: String,
    /// The company's second code, which only callbacks contain.
    pub company_code: String,
    /// The platform's URL: only its host is used, to judge the links to recordings.
    pub platform_url: String,
    /// The platform's time zone, as in the gateway's settings.
    pub utc_offset: String,
    pub extension: String,
    /// None at a hot desk at which nobody has signed in.
    pub agent: Option<String>,
    pub hot: bool,
    pub role: Role,
    pub breaks: Vec<Break>,
}

/// A reason for a break.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Break {
    pub name: String,
    #[serde(default)]
    pub minutes: Option<u32>,
}

/// Answer to [`super::Since`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Batch {
    /// With these events the desk has all up to here.
    pub through: Position,
    /// In the stream's order.
    pub events: Vec<StoredEvent>,
    /// There are later ones: ask again.
    #[serde(default)]
    pub more: bool,
    /// Events after the desk's position were too old and are gone.
    #[serde(default)]
    pub gap: bool,
}

/// One event of the stream.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredEvent {
    pub seq: u64,
    /// When a gateway received it.
    pub received: i64,
    /// That gateway's name: each has a clock of its own. Empty: an older gateway does not say it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub gateway: String,
    /// The callback's JSON as the platform sent it; equal bodies are duplicates.
    pub body: String,
    /// The callback was too large: `body` is [`Oversize`].
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub oversize: bool,
}

impl StoredEvent {
    /// As the stream has it.
    pub(crate) fn of(seq: u64, headers: &HeaderMap, body: &[u8]) -> Self {
        let text = |name: &str| headers.get(name).map(|value| value.as_str());
        Self {
            seq,
            received: text(header::RECEIVED).and_then(|received| received.parse().ok()).unwrap_or_default(),
            gateway: text(header::GATEWAY).unwrap_or_default().to_owned(),
            oversize: text(header::KIND) == Some(header::OVERSIZE),
            body: String::from_utf8_lossy(body).into_owned(),
        }
    }
}

/// In the place of a callback that is larger than [`super::LARGEST`]; the gateway keeps the callback.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Oversize {
    #[serde(default = "version")]
    pub v: u32,
    /// The callback's key.
    pub key: String,
    pub bytes: u64,
}

/// Answer to [`super::Renew`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Renewed {
    pub jwt: String,
    /// The role that the token is for: an administrator may have changed it. None: an older gateway does not say it.
    #[serde(default)]
    pub role: Option<Role>,
}

/// Answer to [`super::Do`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", rename_all_fields = "snake_case")]
pub enum Done {
    Done,
    /// `already`: the extension was signed in to the queue before.
    Joined {
        already: bool,
    },
    Queues {
        queues: Vec<Queue>,
    },
    TaskMade {
        task_id: String,
        accepted: bool,
    },
    Records {
        records: Vec<CallRecord>,
    },
    Link {
        url: String,
        expires_at: i64,
    },
    Floor {
        answer: FloorAnswer,
        /// How long ago the platform was asked for a reading; 0 for anything else. Desks may share a reading.
        #[serde(default)]
        age_ms: u64,
    },
    Password {
        password: Secret,
    },
    /// An answer of a newer gateway.
    #[serde(other)]
    Unknown,
}

/// A queue of the company.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Queue {
    pub name: String,
    #[serde(default)]
    pub remark: String,
}
