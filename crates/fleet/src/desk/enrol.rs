//! This machine becomes a desk.

use std::time::Duration;

use async_nats::{Client, ConnectErrorKind, ConnectOptions, StatusCode};
use data_encoding::BASE64;
use futures_util::StreamExt;
use nkeys::XKey;
use tokio::time::timeout;

use super::{Address, DeskKey};
use crate::words::{Answer, Enrol, Enrolled, Outcome, Refusal, Sealed, VERSION, subject};

/// How long the gateway may take for its answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// The longest host name and version that are sent, in characters; a longer request would close the connection.
const LONGEST: usize = 100;

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EnrolError {
    #[error("the gateway cannot be reached: {0}")]
    Unreachable(String),
    #[error("the gateway's certificate was not accepted: {0}")]
    Tls(String),
    /// NATS runs, but no gateway answers.
    #[error("no gateway answers")]
    NoGateway,
    /// The code is unknown, used up or expired, or the desk was revoked.
    #[error("the gateway refuses: {0:?}")]
    Refused(Refusal),
}

/// Enrols this machine with a code, or, without one, asks for a new token for a key that is enrolled. If the answer is lost, the same call
/// with the same key gives the same desk. A new code needs a new key.
pub async fn enrol(address: &Address, key: &DeskKey, code: Option<&str>, host: &str, version: &str) -> Result<Enrolled, EnrolError> {
    let options = address.options(ConnectOptions::new()).custom_inbox_prefix(subject::ENROL_INBOX).max_reconnects(address.urls().len());
    let client = options.connect(address.urls()).await.map_err(|error| match error.kind() {
        ConnectErrorKind::Tls => EnrolError::Tls(error.to_string()),
        // The handshake's own errors are told as input and output errors.
        _ if error.to_string().contains("certificate") => EnrolError::Tls(error.to_string()),
        _ => EnrolError::Unreachable(error.to_string()),
    })?;
    let sealing = XKey::new();
    let short = |text: &str| text.chars().take(LONGEST).collect::<String>();
    let mut asked = Enrol {
        v: VERSION,
        code: code.map(short),
        key: key.public(),
        sealing_key: sealing.public_key(),
        host: short(host),
        version: short(version),
        signature: String::new(),
    };
    asked.signature = BASE64.encode(&key.sign(asked.signed().as_bytes()));
    let outcome = timeout(PATIENCE, ask(&client, &asked, &sealing)).await.map_err(|_| EnrolError::NoGateway)??;
    Result::from(outcome).map_err(EnrolError::Refused)
}

async fn ask(client: &Client, asked: &Enrol, sealing: &XKey) -> Result<Outcome<Enrolled>, EnrolError> {
    let failed = |error: &dyn std::fmt::Display| EnrolError::Unreachable(error.to_string());
    // The client's own inboxes have three parts, which an enrolling machine may not hear.
    let inbox = client.new_inbox();
    let mut answers = client.subscribe(inbox.clone()).await.map_err(|error| failed(&error))?;
    let body = serde_json::to_vec(asked).map_err(|error| failed(&error))?;
    client.publish_with_reply(subject::ENROL, inbox, body.into()).await.map_err(|error| failed(&error))?;
    while let Some(answer) = answers.next().await {
        if answer.status == Some(StatusCode::NO_RESPONDERS) {
            return Err(EnrolError::NoGateway);
        }
        // Another enrolling machine can have a gateway send the answer to its own question here.
        if let Some(outcome) = open(&answer.payload, sealing) {
            return Ok(outcome);
        }
    }
    Err(failed(&"the connection was closed"))
}

fn open(answer: &[u8], sealing: &XKey) -> Option<Outcome<Enrolled>> {
    let sealed: Sealed = serde_json::from_slice(answer).ok()?;
    let from = XKey::from_public_key(&sealed.from).ok()?;
    let opened = sealing.open(&BASE64.decode(sealed.sealed.as_bytes()).ok()?, &from).ok()?;
    Some(Answer::read(&opened).outcome)
}
