//! The gateway's side: the server's configuration, accounts, stream, registry, lease, and the requests of desks.
//!
//! A gateway makes one [`Hub`] for each of its companies, and one [`Enrolment`] for all of them.

mod accounts;
mod budget;
mod enrolment;
mod epochs;
mod events;
mod keys;
mod lasting;
mod lease;
mod power_cut;
mod registry;
mod requests;
mod server;
mod stores;

use std::{path::PathBuf, sync::Arc, time::Duration};

use async_nats::{ConnectOptions, jetstream};
use nkeys::KeyPair;
use tokio::{
    sync::{Notify, OnceCell, watch},
    task::JoinHandle,
    time::timeout,
};

pub use accounts::DeskConnection;
pub use enrolment::Enrolment;
pub use events::{Event, HeardEvent, HeardEvents, Stored};
pub use keys::{Keys, KeysError};
pub use lease::Lead;
pub use registry::{DESKS, DeskRecord, NewDesk};
pub use requests::{Asked, Reply};
pub use server::{ClusterOptions, ServerOptions, ServerVersion, TooOld, server_config};
pub use stores::{Bucket, Change, Entry, Told};

use crate::{CONNECTING, WallClock, jwt};

/// How long the server may take for one answer.
const PATIENCE: Duration = Duration::from_secs(2);

/// How long the stream may take to store an event; then the outbox sends it again.
const STORING: Duration = Duration::from_secs(1);

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HubError {
    #[error("NATS cannot be reached: {0}")]
    Unreachable(String),
    #[error("NATS refuses the gateway's keys: {0}")]
    Refused(String),
    #[error(transparent)]
    TooOld(#[from] TooOld),
    /// There is no company of this name among the keys.
    #[error("there are no keys of the company {0}")]
    NoCompany(String),
    /// The stream has no room, or its disk fails.
    #[error("NATS does not store: {0}")]
    NotStored(String),
    /// Another gateway changed the same record: read it again.
    #[error("another gateway was faster")]
    Conflict,
    #[error("NATS answered what is not understood: {0}")]
    NotUnderstood(String),
    /// There is no such desk.
    #[error("there is no such desk")]
    NoDesk,
    /// NATS may have lost records: [`Hub::refill`] writes them again.
    #[error("the registry is not complete yet")]
    Incomplete,
}

#[derive(Clone)]
pub struct HubOptions {
    /// `nats://` or `tls://` addresses of the servers.
    pub urls: Vec<String>,
    /// PEM file of the authority that signed the server's certificate; None: the system's roots.
    pub ca: Option<PathBuf>,
    /// The company's name in the key folder.
    pub company: String,
    /// This gateway's name; each has its own.
    pub gateway: String,
    /// Copies of the stream and the buckets: 1, or 3 with three servers.
    pub replicas: usize,
    /// The largest size of the stream on disk; -1: no limit of its own.
    pub max_bytes: i64,
    pub clock: WallClock,
}

/// Whether the hub is connected. `connections` counts the connections so far: after each new one the gateway checks its epoch, see
/// [`Hub::key_at`], before it publishes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Link {
    pub up: bool,
    pub connections: u64,
}

/// One company of a gateway. Clones share their connections.
#[derive(Clone)]
pub struct Hub(Arc<Inner>);

struct Inner {
    keys: Arc<Keys>,
    options: HubOptions,
    company: async_nats::Client,
    system: async_nats::Client,
    streams: jetstream::Context,
    buckets: [OnceCell<jetstream::kv::Store>; 3],
    link: watch::Receiver<Link>,
    /// This gateway has revoked a desk.
    revoked: Notify,
    /// For which connection the registry was found complete; 0: for none.
    complete: watch::Sender<u64>,
}

impl std::fmt::Debug for Hub {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Hub").field("company", &self.0.options.company).finish_non_exhaustive()
    }
}

/// What it stands for goes on until it is dropped.
#[derive(Debug)]
pub struct Serving(Vec<JoinHandle<()>>);

impl Drop for Serving {
    fn drop(&mut self) {
        self.0.iter().for_each(JoinHandle::abort);
    }
}

impl Hub {
    /// Connects to the company's account and to the server's system account. Fails if that is not possible at once; afterwards it
    /// reconnects by itself, see [`Hub::link`].
    pub async fn connect(keys: Arc<Keys>, options: HubOptions) -> Result<Self, HubError> {
        let of_company = keys.companies.get(&options.company).ok_or_else(|| HubError::NoCompany(options.company.clone()))?;
        let now = (options.clock)().div_euclid(1000);
        let (link, mut link_seen) = watch::channel(Link::default());
        let user = KeyPair::new_user();
        let token = jwt::system_user_token(&keys.system, &user.public_key(), &options.gateway, now);
        let system = connect(&options, token, user, None).await?;
        ServerVersion::parse(&system.server_info().version).map_or(Ok(()), ServerVersion::check)?;
        accounts::push_missing(&system, &keys, (options.clock)()).await?;
        let user = KeyPair::new_user();
        let account = of_company.company.public_key();
        let token = jwt::gateway_token(&of_company.gateways, &account, &user.public_key(), &options.gateway, now);
        let company = connect(&options, token, user, Some(link)).await?;
        // The client announces its first connection a moment after it is made.
        timeout(CONNECTING, link_seen.wait_for(|link| link.up)).await.map_err(unreachable)?.map_err(unreachable)?;
        let streams = jetstream::ContextBuilder::new().timeout(PATIENCE).ack_timeout(STORING).backpressure_on_inflight(true);
        let streams = streams.build(company.clone());
        Ok(Self(Arc::new(Inner {
            keys,
            options,
            company,
            system,
            streams,
            buckets: Default::default(),
            link: link_seen,
            revoked: Notify::new(),
            complete: watch::Sender::default(),
        })))
    }

    pub fn link(&self) -> watch::Receiver<Link> {
        self.0.link.clone()
    }

    /// The connection for which the registry has all records that this gateway knows, see [`Hub::refill`]. None: a record that is not found may
    /// be one that NATS has lost.
    pub(super) fn registry_complete_for(&self) -> Option<u64> {
        let (link, complete) = (*self.0.link.borrow(), *self.0.complete.borrow());
        (link.up && link.connections == complete).then_some(complete)
    }

    pub fn is_registry_complete(&self) -> bool {
        self.registry_complete_for().is_some()
    }

    /// Waits until the registry is complete, so that no desk is refused as unknown.
    pub async fn registry_complete(&self) {
        let (mut link, mut complete) = (self.0.link.clone(), self.0.complete.subscribe());
        while self.registry_complete_for().is_none() {
            tokio::select! {
                Ok(()) = link.changed() => {}
                Ok(()) = complete.changed() => {}
                // The client has ended for good.
                else => std::future::pending().await,
            }
        }
    }

    /// Takes part in the election of the leader.
    pub fn stand(&self) -> Lead {
        Lead::stand(self)
    }

    fn options(&self) -> &HubOptions {
        &self.0.options
    }

    fn now(&self) -> i64 {
        (self.0.options.clock)()
    }

    fn company_keys(&self) -> &keys::CompanyKeys {
        // `connect` has checked it.
        &self.0.keys.companies[&self.0.options.company]
    }
}

/// One connection of a gateway, which comes back by itself.
async fn connect(
    options: &HubOptions,
    token: String,
    user: KeyPair,
    link: Option<watch::Sender<Link>>,
) -> Result<async_nats::Client, HubError> {
    let user = Arc::new(user);
    let mut connecting = ConnectOptions::with_jwt(token, move |nonce| {
        let user = user.clone();
        async move { user.sign(&nonce).map_err(async_nats::AuthError::new) }
    })
    .name(&options.gateway)
    // A gateway stays at its own server, because only it notices when that server was started.
    .ignore_discovered_servers()
    .connection_timeout(CONNECTING)
    .request_timeout(Some(PATIENCE))
    .ping_interval(Duration::from_secs(5))
    .reconnect_delay_callback(|attempt| Duration::from_millis(100).saturating_mul(attempt.min(10) as u32));
    if let Some(ca) = &options.ca {
        connecting = connecting.add_root_certificates(ca.clone());
    }
    if let Some(link) = link {
        let link = Arc::new(link);
        connecting = connecting.event_callback(move |event| {
            let link = link.clone();
            async move {
                match event {
                    async_nats::Event::Connected => link.send_modify(|link| *link = Link { up: true, connections: link.connections + 1 }),
                    async_nats::Event::Disconnected | async_nats::Event::Closed => link.send_modify(|link| link.up = false),
                    other => tracing::debug!(%other, "the connection to NATS"),
                }
            }
        });
    }
    connecting.connect(options.urls.clone()).await.map_err(|error| match error.kind() {
        async_nats::ConnectErrorKind::AuthorizationViolation => HubError::Refused(error.to_string()),
        _ => HubError::Unreachable(error.to_string()),
    })
}

fn unreachable(error: impl std::fmt::Display) -> HubError {
    HubError::Unreachable(error.to_string())
}
