//! The whole gateway: all companies, the NATS server, the administrator's endpoint.

use std::{fs::File, net::SocketAddr, sync::Arc, time::Duration};

use ringside_fleet::hub::{Enrolment, Hub, HubOptions, Keys, KeysError};
use tokio::{
    sync::{mpsc, watch},
    task::JoinSet,
    time::timeout,
};

use crate::{
    admin::{self, AdminError},
    authority::{self, AuthorityError},
    clock::Clock,
    company::{Company, CompanyError},
    config::{Config, NatsMode},
    folder::{Folder, FolderError},
    nats::{self, NatsError, Server},
    secrets::{self, SecretError},
    tasks,
};

/// For callbacks that are being stored when the gateway stops, and for what the outbox can still send.
const DRAIN: Duration = Duration::from_secs(5);

#[derive(Debug, thiserror::Error)]
pub enum GatewayError {
    #[error(transparent)]
    Folder(#[from] FolderError),
    #[error("the keys: {0}")]
    Keys(#[from] KeysError),
    #[error(transparent)]
    Secret(#[from] SecretError),
    #[error(transparent)]
    Authority(#[from] AuthorityError),
    #[error(transparent)]
    Nats(#[from] NatsError),
    #[error(transparent)]
    Company(#[from] CompanyError),
    #[error(transparent)]
    Admin(#[from] AdminError),
}

/// For giving the lead up.
const GIVE_UP: Duration = Duration::from_millis(200);

/// A running gateway.
pub struct Gateway {
    pub companies: Vec<Arc<Company>>,
    /// The administrator's endpoint.
    pub admin: SocketAddr,
    stop: watch::Sender<bool>,
    /// Ends with the listeners: the intake of callbacks.
    intakes: JoinSet<()>,
    /// All else.
    work: JoinSet<()>,
    _lock: File,
}

impl Gateway {
    /// Takes callbacks when this returns, whether NATS can be reached or not.
    pub async fn start(config: Config, folder: &Folder) -> Result<Self, GatewayError> {
        let lock = folder.lock()?;
        let clock = Clock::start();
        let names: Vec<&str> = config.companies.iter().map(|company| company.name.as_str()).collect();
        let keys = Arc::new(Keys::open(&folder.keys(), &names)?);
        let name = match config.name.clone() {
            Some(name) => name,
            None => folder.gateway_name()?,
        };
        let (stop, stopped) = watch::channel(false);
        let (mut intakes, mut work) = (JoinSet::new(), JoinSet::new());
        let mut companies = Vec::new();
        for settings in &config.companies {
            let place = folder.company(&settings.name);
            let company = Company::start(settings.clone(), &place, &folder.keys(), clock, stopped.clone(), &mut intakes).await?;
            companies.push(company);
        }
        let certificate = authority::certificate(&config.nats, &folder.keys())?;
        let urls = match config.nats.mode {
            NatsMode::External => config.nats.urls.clone(),
            NatsMode::Own => {
                let server = Server::prepare(&keys, &config.nats, certificate.as_ref(), &name, folder.nats(), clock.wall())?;
                work.spawn(server.keep());
                vec![nats::own_url(&config.nats)]
            }
        };
        let options = HubOptions {
            urls,
            ca: certificate.map(|made| made.authority).or_else(|| config.nats.ca.clone()),
            company: String::new(),
            gateway: name.clone(),
            replicas: config.nats.replicas,
            max_bytes: i64::from(config.nats.stream_gib) << 30,
            clock: clock.for_fleet(),
        };
        work.spawn(connect(companies.clone(), keys, options, name.clone()));
        let token = secrets::make_admin_token(&folder.keys())?;
        let admin = admin::start(config.admin, token, companies.clone(), name, folder.clone(), &mut work).await?;
        Ok(Self { companies, admin, stop, intakes, work, _lock: lock })
    }

    /// Returns when a part of the gateway has panicked.
    pub async fn failed(&mut self) {
        loop {
            let ended = tokio::select! {
                Some(ended) = self.intakes.join_next() => ended,
                Some(ended) = self.work.join_next() => ended,
                else => return std::future::pending().await,
            };
            if ended.is_err_and(|error| error.is_panic()) {
                return;
            }
        }
    }

    /// Takes no more callbacks, stores those that came, gives the lead up and ends. The NATS server goes on.
    pub async fn stop(mut self) {
        let _ = self.stop.send(true);
        if timeout(DRAIN, async { while self.intakes.join_next().await.is_some() {} }).await.is_err() {
            tracing::warn!("callbacks that were not stored in time are not acknowledged");
        }
        let drained = async {
            for company in &self.companies {
                while company.stream.is_open() && company.outbox.counts().is_ok_and(|counts| counts.unsent > 0) {
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
            }
        };
        if timeout(DRAIN, drained).await.is_err() {
            tracing::info!("callbacks that were not published are published at the next start");
        }
        let led = self.companies.iter().any(|company| company.leads());
        self.work.shutdown().await;
        // With the last handle of each company goes its part in the election.
        drop(self.companies);
        if led {
            // The lease is given up in the background; if the program ends before, the next leader waits for three seconds.
            tokio::time::sleep(GIVE_UP).await;
        }
    }
}

/// Connects each company and does all that needs NATS. A company that cannot connect holds up the enrolment of new desks, and nothing else.
async fn connect(companies: Vec<Arc<Company>>, keys: Arc<Keys>, options: HubOptions, gateway: String) {
    let mut work = JoinSet::new();
    let (tell, connected) = mpsc::channel(companies.len());
    for company in companies.iter().cloned() {
        let options = HubOptions { company: company.settings.name.clone(), ..options.clone() };
        let (keys, gateway, tell) = (Arc::clone(&keys), gateway.clone(), tell.clone());
        work.spawn(async move {
            let hub = company.connect(&keys, options).await;
            // Without a receiver the gateway is about to end.
            let _ = tell.send(hub.clone()).await;
            company.run(keys, hub, gateway).await;
        });
    }
    work.spawn(enrol(companies, keys, options, connected));
    tasks::ended(&mut work).await;
}

/// Enrols desks once all companies are connected: before, the desks of some would be refused as unknown.
async fn enrol(companies: Vec<Arc<Company>>, keys: Arc<Keys>, options: HubOptions, mut connected: mpsc::Receiver<Hub>) {
    let Some(first) = companies.first() else { return };
    let mut hubs: Vec<Hub> = Vec::new();
    while hubs.len() < companies.len() {
        let Some(hub) = connected.recv().await else { return };
        hubs.push(hub);
    }
    for hub in &hubs {
        hub.registry_complete().await;
    }
    let options = HubOptions { company: first.settings.name.clone(), ..options };
    let _serving = loop {
        match Enrolment::serve(Arc::clone(&keys), options.clone(), hubs.clone()).await {
            Ok(serving) => break serving,
            Err(error) => tracing::warn!(%error, "new desks cannot be heard"),
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    };
    std::future::pending().await
}
