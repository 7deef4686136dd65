//! The desk's side: enrolment, the connection, the feed of events and states, and requests.

use std::{path::PathBuf, time::Duration};

use secrecy::SecretString;
use tokio::sync::{mpsc, watch};

use crate::words::{Do, Done, Enrolled, Hello, Operation, Position, Refusal, State, Welcome};

/// Where the gateway is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    /// `tls://host:4222` or `wss://host`; `nats://` and `ws://` only to this machine.
    pub urls: Vec<String>,
    /// PEM file of the authority that signed the server's certificate; None: the system's roots.
    pub ca: Option<PathBuf>,
}

/// A desk's private key. The caller keeps [`DeskKey::seed`] in the keyring before it enrols.
pub struct DeskKey {}

#[allow(unused_variables, clippy::unimplemented)]
impl DeskKey {
    pub fn new() -> Self {
        unimplemented!()
    }

    pub fn from_seed(seed: &SecretString) -> Option<Self> {
        unimplemented!()
    }

    pub fn seed(&self) -> SecretString {
        unimplemented!()
    }

    /// Shown to the administrator; no secret.
    pub fn public(&self) -> String {
        unimplemented!()
    }
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EnrolError {
    #[error("the gateway's address is not usable: {0}")]
    BadAddress(String),
    #[error("the gateway cannot be reached: {0}")]
    Unreachable(String),
    #[error("the gateway's certificate was not accepted: {0}")]
    Tls(String),
    /// Code unknown or used up, expired, or the desk is revoked.
    #[error("the gateway refuses: {0:?}")]
    Refused(Refusal),
}

/// Enrols this machine with a code, or, without one, asks for a new token for a key that is enrolled. If the answer is lost, the same call
/// with the same key gives the same desk.
#[allow(unused_variables, clippy::unimplemented, clippy::unused_async)]
pub async fn enrol(address: &Address, key: &DeskKey, code: Option<&str>, host: &str, version: &str) -> Result<Enrolled, EnrolError> {
    unimplemented!()
}

pub struct DeskOptions {
    pub address: Address,
    pub key: DeskKey,
    pub enrolled: Enrolled,
    /// How far the caller has stored the events.
    pub position: Position,
    pub host: String,
    pub version: String,
}

/// What the feed brings, in order.
#[derive(Debug)]
pub enum Fed {
    Event(FedEvent),
    /// The desk has all events up to here: the position to store once the events before it are stored.
    Position(Position),
    /// Events were too old and are gone: the log's own reading of past calls fills the gap.
    Gap,
    /// A new token was signed: to be stored in the place of the old one.
    Enrolled(Enrolled),
}

/// One callback. The same one may come twice: its body tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FedEvent {
    pub seq: u64,
    /// How long ago a gateway received it, at least; None: the difference of the clocks is not known yet.
    pub age: Option<Duration>,
    /// By the gateway's clock.
    pub received: i64,
    /// The callback's JSON as the platform sent it.
    pub body: String,
    /// It was asked for after a gap, not heard live.
    pub backlog: bool,
    /// The callback was too large to be sent; `body` is a [`crate::words::Oversize`].
    pub oversize: bool,
}

/// The state of the way to the gateway. Instants are tokio's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Way {
    /// Not connected since then; `refused`: the server does not accept the token.
    Away { since: tokio::time::Instant, refused: bool },
    /// Connected. `leader_at`: when the leader was last heard; None: not since the connection was made.
    Up { since: tokio::time::Instant, leader_at: Option<tokio::time::Instant> },
    /// The gateway says that this desk was revoked, or its key is unknown: only a new enrolment helps.
    Revoked,
}

/// A state with the times of this computer's monotonic clock.
#[derive(Clone, Debug, PartialEq)]
pub struct ToldState {
    pub state: State,
    pub heard_at: tokio::time::Instant,
    /// For each of `state.read`: the earliest moment at which the platform can have been asked. A reading never counts as newer than it
    /// is. None: the difference of the clocks is not known yet.
    pub asked_at: Vec<Option<tokio::time::Instant>>,
    pub phone_asked_at: Option<tokio::time::Instant>,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AskError {
    /// No answer in time; a request that was sent may have been carried out. `not_sent`: it certainly was not.
    #[error("the gateway does not answer")]
    Unreachable { not_sent: bool },
    /// The request is larger than the desk may send.
    #[error("the request is too large")]
    TooLarge,
    #[error("the gateway refuses: {0:?}")]
    Refused(Refusal),
}

/// A desk that is enrolled. It connects and reconnects by itself until it is dropped.
#[derive(Clone)]
pub struct Desk {}

#[allow(unused_variables, clippy::unimplemented, clippy::unused_async)]
impl Desk {
    /// The receiver must be read: what it does not take waits, and is asked for again after too long.
    pub fn start(options: DeskOptions) -> (Self, mpsc::Receiver<Fed>) {
        unimplemented!()
    }

    pub fn way(&self) -> watch::Receiver<Way> {
        unimplemented!()
    }

    /// The last state; None: none yet.
    pub fn state(&self) -> watch::Receiver<Option<std::sync::Arc<ToldState>>> {
        unimplemented!()
    }

    /// The moment of this computer's clock for a time of the leader's clock, at the earliest; None: not known yet.
    pub fn earliest(&self, gateway_time: i64) -> Option<tokio::time::Instant> {
        unimplemented!()
    }

    pub async fn hello(&self, hello: Hello) -> Result<Welcome, AskError> {
        unimplemented!()
    }

    /// Asks the leader to carry this out, again and again with the same `id` until an answer comes or `ttl` is over. `agent`: the agent's
    /// number at a hot desk.
    pub async fn ask(&self, id: &str, what: Operation, agent: Option<String>, ttl: Duration) -> Result<Done, AskError> {
        unimplemented!()
    }
}

#[allow(dead_code)]
fn request(id: &str, what: Operation) -> Do {
    Do { v: 1, id: id.to_owned(), ttl_ms: 0, agent: None, what }
}
