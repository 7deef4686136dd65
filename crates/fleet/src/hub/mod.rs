//! The gateway's side: the server's configuration, accounts, stream, registry, lease, and the requests of desks.
//!
//! A gateway makes one [`Hub`] for each of its companies, and one [`Enrolment`] for all of them.

mod lease;
mod registry;
mod requests;

use std::{path::PathBuf, sync::Arc};

use tokio::sync::{mpsc, watch};

pub use lease::{Lead, LeaseRule};
pub use registry::{CodeRecord, DeskRecord, NewDesk};
pub use requests::{Asked, Reply};

use crate::{
    WallClock,
    words::{Batch, DeskId, Do, Hello, Position, State, subject::Addressee},
};

#[derive(Debug, thiserror::Error)]
pub enum HubError {
    #[error("NATS cannot be reached: {0}")]
    Unreachable(String),
    #[error("NATS refuses the gateway's keys: {0}")]
    Refused(String),
    /// The stream has no room, or its disk fails.
    #[error("NATS does not store: {0}")]
    NotStored(String),
    /// Another gateway changed the same record; read it again.
    #[error("another gateway was faster")]
    Conflict,
    #[error("NATS answered what is not understood: {0}")]
    NotUnderstood(String),
}

#[derive(Clone)]
pub struct HubOptions {
    /// `nats://` or `tls://` addresses of the servers.
    pub urls: Vec<String>,
    /// PEM file of the authority that signed the server's certificate; None: the system's roots.
    pub ca: Option<PathBuf>,
    /// The company's name in the key folder: `[a-z0-9-]{1,32}`.
    pub company: String,
    /// This gateway's name; each has its own.
    pub gateway: String,
    /// Copies of the stream and the buckets: 1, or 3 with three servers.
    pub replicas: usize,
    /// The largest size of the stream on disk.
    pub max_bytes: i64,
    pub clock: WallClock,
}

/// Whether the hub is connected. `connections` counts the connections so far: after each new one the gateway checks its epoch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Link {
    pub up: bool,
    pub connections: u64,
}

/// One event to publish.
#[derive(Clone, Debug)]
pub struct Event {
    pub to: Addressee,
    /// The callback's JSON as sent. A body above [`crate::words::LARGEST`] is replaced by a notice.
    pub body: String,
    /// When this gateway received it.
    pub received: i64,
}

/// The buckets of a company.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bucket {
    /// Codes, desks, epochs, revocations, settings.
    Fleet,
    /// The lease; an entry lives 3 s.
    Lease,
    /// The journal of requests that must not be carried out twice; an entry lives an hour.
    Wish,
}

/// A record and the revision by which it can be changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry<T> {
    pub value: T,
    pub revision: u64,
}

/// A desk connected or disconnected, as the server tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeskConnection {
    /// The desk's public key.
    pub key: String,
    pub connected: bool,
    pub server: String,
    pub client: u64,
    pub host: String,
}

/// One company of a gateway.
#[derive(Clone)]
pub struct Hub {}

#[allow(unused_variables, clippy::unimplemented, clippy::unused_async)]
impl Hub {
    /// Connects to the company's account and to the server's system account. Fails if that is not possible at once; afterwards it
    /// reconnects by itself, see [`Hub::link`].
    pub async fn connect(keys: Arc<()>, options: HubOptions) -> Result<Self, HubError> {
        unimplemented!()
    }

    pub fn link(&self) -> watch::Receiver<Link> {
        unimplemented!()
    }

    /// Makes or updates the stream and the buckets.
    pub async fn make_stores(&self) -> Result<(), HubError> {
        unimplemented!()
    }

    /// Compares the accounts that the server has with the wanted ones, and pushes those that differ; with the revocations of the registry.
    /// Only the leader does this: at each connection, and when the registry's revocations change.
    pub async fn push_accounts(&self) -> Result<bool, HubError> {
        unimplemented!()
    }

    /// Stores an event; the answer is its number in the stream. A second copy within two minutes gets the number of the first.
    pub async fn publish(&self, event: &Event) -> Result<u64, HubError> {
        unimplemented!()
    }

    /// The key ([`crate::words::event_key`]) of the event with this number; None: the stream has no such event.
    pub async fn key_at(&self, seq: u64) -> Result<Option<String>, HubError> {
        unimplemented!()
    }

    /// The epochs: each with the number after which it begins, in order.
    pub async fn epochs(&self) -> Result<Vec<Position>, HubError> {
        unimplemented!()
    }

    /// The stream has lost what this gateway had stored after `keep`: begins a new epoch there, unless another gateway has begun one at
    /// `keep` or before. The caller then publishes its lost events again.
    pub async fn begin_epoch(&self, keep: u64) -> Result<u64, HubError> {
        unimplemented!()
    }

    /// The events after a desk's position.
    pub async fn since(&self, desk: &DeskId, from: Position) -> Result<Batch, HubError> {
        unimplemented!()
    }

    /// The number of the last event of this addressee; 0: none.
    pub async fn last_seq(&self, to: &Addressee) -> Result<u64, HubError> {
        unimplemented!()
    }

    /// Tells a desk its state. Nothing is said if the desk is not connected.
    pub async fn tell(&self, desk: &DeskId, state: &State) -> Result<(), HubError> {
        unimplemented!()
    }

    /// Every gateway: answers `since` and `renew`, and passes each `hello` of a registered desk to the sink. Ends when the returned guard
    /// is dropped.
    pub async fn serve(&self, hello: mpsc::Sender<Asked<Hello>>) -> Result<Serving, HubError> {
        unimplemented!()
    }

    /// The leader only: passes each `do` to the sink that is readable, allowed to the desk's role, and within the desk's rate. All others
    /// are refused here.
    pub async fn serve_do(&self, sink: mpsc::Sender<Asked<Do>>) -> Result<Serving, HubError> {
        unimplemented!()
    }

    /// Takes part in the election of the leader until the returned value is dropped, which gives the lease up.
    pub fn stand(&self) -> Lead {
        unimplemented!()
    }

    /// The connections of this company's desks, from now on.
    pub async fn desk_connections(&self) -> Result<mpsc::Receiver<DeskConnection>, HubError> {
        unimplemented!()
    }

    /// Ends one connection of a desk; it may connect again.
    pub async fn kick(&self, connection: &DeskConnection) -> Result<(), HubError> {
        unimplemented!()
    }
}

/// Dropping it ends what it stands for.
#[derive(Debug)]
pub struct Serving {}
