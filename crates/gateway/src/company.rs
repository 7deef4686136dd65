//! One company of the gateway: its listener, its outbox, its part in the lead.

use std::{
    net::SocketAddr,
    path::Path,
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, RwLock},
    time::Duration,
};

use ringside_domain::{Account, CallRecord, Delivery, Signal};
use ringside_fleet::{
    hub::{Asked, DeskConnection, Hub, HubError, HubOptions, Keys},
    words::{Break, Hello, Welcome},
};
use ringside_listener::{BindError, Counters as Listened, Limits, Parts, Rules, RulesError, bind, callback_url, serve};
use ringside_platform::{Client, ClientOptions};
use ringside_store::{OutboxStore, StoreError};
use ringside_wire::{Zone, callback};
use secrecy::SecretString;
use tokio::{
    sync::{mpsc, watch},
    task::JoinSet,
};

use crate::{
    clock::Clock,
    config,
    counters::Counters,
    intake::Intake,
    leader::{Access, Leader, LeaderParts, bills},
    secrets::{self, SecretError},
    seen::Seen,
    shared::Shared,
    stream::Stream,
    tasks,
};

/// Callbacks that wait for the writer.
const DELIVERIES: usize = 4096;
/// Connections of the listener at the same time.
const CONNECTIONS: usize = 1024;
/// The largest callback. A desk takes up to 64 KiB; of a larger one it gets a notice (G18).
const BODY: usize = 2 << 20;
/// Between two tries to connect to NATS at the start.
const RETRY: Duration = Duration::from_secs(1);
/// Between two clean-ups of the outbox.
const CLEAN: Duration = Duration::from_secs(3600);

#[derive(Debug, thiserror::Error)]
pub enum CompanyError {
    #[error("{0}: {1}")]
    Store(String, StoreError),
    #[error("the listener of {0}: {1}")]
    Bind(String, BindError),
    #[error("the callback secret of {0}: {1}")]
    Rules(String, RulesError),
    #[error(transparent)]
    Secret(#[from] SecretError),
}

/// What the administrator's pages and commands see of a company.
pub struct Company {
    pub settings: config::Company,
    pub address: SocketAddr,
    pub callback_url: SecretString,
    pub outbox: OutboxStore,
    pub shared: Shared,
    pub stream: Stream,
    pub counters: Arc<Counters>,
    pub listened: Arc<Listened>,
    pub clock: Clock,
    seen: Mutex<Seen>,
    leader: OnceLock<Arc<Leader>>,
    intake: Intake,
    access: Mutex<Option<Access>>,
}

impl Company {
    /// Opens the database and binds the listener: from then on callbacks are taken, whatever NATS does. `stop`: no more callbacks.
    pub async fn start(
        settings: config::Company,
        folder: &Path,
        keys: &Path,
        clock: Clock,
        stop: watch::Receiver<bool>,
        work: &mut JoinSet<()>,
    ) -> Result<Arc<Self>, CompanyError> {
        let name = || settings.name.clone();
        let (outbox, opened) = OutboxStore::open(folder, clock.wall()).map_err(|error| CompanyError::Store(name(), error))?;
        if let Some(aside) = &opened.damaged {
            tracing::error!(company = settings.name, aside = %aside.display(), "the outbox was damaged and set aside; a new one was begun");
        }
        let counters = Arc::new(Counters::default());
        let stream = Stream::new(Arc::clone(&counters));
        let shared = Shared { registry: Arc::default(), company_code: Arc::new(RwLock::new(None)), store: outbox.clone() };
        shared.recall().map_err(|error| CompanyError::Store(name(), error))?;
        let secret = secrets::callback_secret(&settings, keys)?;
        let socket = bind(settings.callbacks.bind, false).await.map_err(|error| CompanyError::Bind(name(), error))?;
        let address = socket.local_addr().unwrap_or(settings.callbacks.bind);
        let public = settings.callbacks.public_url.as_ref();
        let callback_url = callback_url(public, address, &secret);
        let rules = Rules::new(secret, address, public, settings.callbacks.allowed_sources.clone())
            .map_err(|error| CompanyError::Rules(name(), error))?;
        let zone = settings.platform.as_ref().map_or_else(Zone::default, |platform| platform.zone.clone());
        let listened = Arc::new(Listened::default());
        let intake = Intake {
            outbox: outbox.clone(),
            registry: Arc::clone(&shared.registry),
            stream: stream.clone(),
            counters: Arc::clone(&counters),
            clock,
            acknowledge: settings.callbacks.acknowledge,
            company_code: Arc::clone(&shared.company_code),
            heard: Arc::default(),
        };
        let access = access(&settings, clock)?;
        let (sink, deliveries) = mpsc::channel(DELIVERIES);
        work.spawn(intake.clone().run(deliveries));
        let limits = Limits { connections: CONNECTIONS, body_bytes: BODY, ..Limits::default() };
        let parts = Parts { rules, limits, zone: zone.clone(), counters: Arc::clone(&listened), sink };
        let mut stop = stop;
        work.spawn(async move {
            let stopped = async move { drop(stop.wait_for(|stop| *stop).await) };
            serve(socket, parts, stopped).await;
        });
        let recalled = intake.clone();
        let since = clock.wall().minus(Duration::from_secs(3600));
        work.spawn_blocking(move || recalled.recall_bills(since, |payload| bills_in(payload, &zone)));
        let company = Self {
            settings,
            address,
            callback_url,
            outbox,
            shared,
            stream,
            counters,
            listened,
            clock,
            seen: Mutex::default(),
            leader: OnceLock::new(),
            intake,
            access: Mutex::new(access),
        };
        Ok(Arc::new(company))
    }

    /// Connects to NATS, trying until it succeeds.
    pub async fn connect(&self, keys: &Arc<Keys>, options: HubOptions) -> Hub {
        loop {
            let connected = async {
                let hub = Hub::connect(Arc::clone(keys), options.clone()).await?;
                hub.make_stores().await?;
                Ok::<_, HubError>(hub)
            };
            match connected.await {
                Ok(hub) => {
                    self.stream.connected(hub.clone());
                    return hub;
                }
                Err(error) => tracing::warn!(company = self.settings.name, %error, "NATS cannot be used; callbacks are kept meanwhile"),
            }
            tokio::time::sleep(RETRY).await;
        }
    }

    /// Does all that needs NATS; ends with the gateway.
    pub async fn run(self: Arc<Self>, keys: Arc<Keys>, hub: Hub, gateway: String) {
        let mut work = JoinSet::new();
        let company = || Arc::clone(&self);
        let (one, hub_one) = (company(), hub.clone());
        work.spawn(async move { one.shared.follow(&hub_one).await });
        let (one, hub_one) = (company(), hub.clone());
        work.spawn(async move { crate::outbox::run(hub_one, one.stream.clone(), one.outbox.clone(), one.clock, &one.counters).await });
        let (one, hub_one) = (company(), hub.clone());
        work.spawn(async move { one.hear(&hub_one).await });
        let (one, hub_one) = (company(), hub.clone());
        work.spawn(async move { one.greet(&hub_one).await });
        let (one, hub_one) = (company(), hub.clone());
        work.spawn(async move { one.watch_connections(&hub_one).await });
        let one = company();
        work.spawn(async move { one.clean().await });
        let leader = Leader::new(LeaderParts {
            company: self.settings.clone(),
            gateway,
            keys,
            lead: hub.stand(),
            hub,
            intake: self.intake.clone(),
            platform: self.access.lock().unwrap_or_else(PoisonError::into_inner).take(),
            callback_url: self.callback_url.clone(),
        });
        // Set once: this runs once.
        let _ = self.leader.set(Arc::clone(&leader));
        work.spawn(async move {
            // Without the desks of the registry their requests would be refused.
            leader.hub.registry_complete().await;
            leader.run().await;
        });
        tasks::ended(&mut work).await;
    }

    /// Hears what is stored, by any gateway.
    async fn hear(&self, hub: &Hub) {
        loop {
            if let Err(error) = self.stream.hear(hub).await {
                tracing::debug!(%error, "the stream cannot be heard");
            }
            tokio::time::sleep(RETRY).await;
        }
    }

    /// Answers each desk's hello, as any gateway does.
    async fn greet(&self, hub: &Hub) {
        hub.registry_complete().await;
        let (sink, mut hellos) = mpsc::channel(256);
        let _serving = loop {
            match hub.serve(sink.clone()).await {
                Ok(serving) => break serving,
                Err(error) => tracing::warn!(%error, "the desks cannot be heard"),
            }
            tokio::time::sleep(RETRY).await;
        };
        while let Some(Asked { desk, record, what, reply }) = hellos.recv().await {
            let Hello { agent, version, host, .. } = what;
            let of = &record.of;
            let agent = if of.hot { agent } else { of.agent.clone() };
            self.seen().hello(desk, &host, &version, agent.clone(), self.clock.wall());
            let platform = self.settings.platform.as_ref();
            let welcome = Welcome {
                company: self.settings.name.clone(),
                appid: platform.map(|platform| platform.appid.clone()).unwrap_or_default(),
                company_code: self.shared.company_code.read().unwrap_or_else(PoisonError::into_inner).clone().unwrap_or_default(),
                platform_url: platform.map(|platform| platform.url.to_string()).unwrap_or_default(),
                utc_offset: platform.map(|platform| platform.utc_offset.clone()).unwrap_or_default(),
                extension: of.extension.clone(),
                agent,
                hot: of.hot,
                role: of.role,
                breaks: self.settings.breaks.iter().map(|reason| Break { name: reason.name.clone(), minutes: reason.minutes }).collect(),
            };
            reply.answer(Ok(welcome)).await;
        }
    }

    /// Notes which desks are here; the leader puts out the older of two connections of one desk.
    async fn watch_connections(&self, hub: &Hub) {
        let mut link = hub.link();
        loop {
            match hub.desk_connections().await {
                Ok(mut told) => loop {
                    tokio::select! {
                        biased;
                        changed = link.changed() => match changed {
                            Ok(()) => self.seen().forget_connections(),
                            Err(_) => return,
                        },
                        connection = told.recv() => match connection {
                            Some(connection) => self.connection(hub, connection).await,
                            None => break,
                        },
                    }
                },
                Err(error) => tracing::warn!(%error, "the desks' connections cannot be heard"),
            }
            tokio::time::sleep(RETRY).await;
        }
    }

    async fn connection(&self, hub: &Hub, connection: DeskConnection) {
        let id = self.shared.registry.read().unwrap_or_else(PoisonError::into_inner).of_key(&connection.key).cloned();
        let Some(id) = id else { return };
        let older = self.seen().connection(id.clone(), connection, self.clock.wall());
        for older in older {
            tracing::warn!(desk = %id, host = older.host, "a second connection of this desk came; this one is put out");
            if self.leads()
                && let Err(error) = hub.kick(&older).await
            {
                tracing::warn!(desk = %id, %error, "the first connection could not be put out");
            }
        }
    }

    /// Deletes callbacks that are older than the settings say, and forgets the bills that no reading brings any longer.
    async fn clean(&self) {
        loop {
            self.intake.heard.lock().unwrap_or_else(PoisonError::into_inner).forget(self.clock.wall().minus(bills::KEPT));
            let before = self.clock.wall().minus(Duration::from_secs(u64::from(self.settings.keep_days) * 86_400));
            loop {
                match self.outbox.delete_older(before, 500).await {
                    Ok(true) => tokio::task::yield_now().await,
                    Ok(false) => break,
                    Err(error) => {
                        tracing::warn!(%error, "old callbacks could not be deleted");
                        break;
                    }
                }
            }
            tokio::time::sleep(CLEAN).await;
        }
    }

    pub fn leads(&self) -> bool {
        self.leader.get().is_some_and(|leader| leader.lead.leads())
    }

    pub fn leader(&self) -> Option<&Arc<Leader>> {
        self.leader.get()
    }

    pub fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The bills in a stored callback.
fn bills_in(payload: &str, zone: &Zone) -> Vec<CallRecord> {
    let Ok(Delivery::Events { events, .. }) = callback::parse(payload.as_bytes(), zone) else { return Vec::new() };
    let bills = events.into_iter().filter_map(|event| match *event.signal {
        Signal::Record(record) => Some(record),
        _ => None,
    });
    bills.collect()
}

/// The client of the company's account, if it is configured.
fn access(settings: &config::Company, clock: Clock) -> Result<Option<Access>, CompanyError> {
    let Some(platform) = &settings.platform else { return Ok(None) };
    let accesskey = secrets::accesskey(settings)?;
    let options = ClientOptions { zone: platform.zone.clone(), seed: fastrand::u64(..), ..ClientOptions::default() };
    let client = Client::new(options, clock.for_platform());
    Ok(Some(Access { client, account: Account { url: platform.url.to_string(), appid: platform.appid.clone() }, accesskey }))
}
