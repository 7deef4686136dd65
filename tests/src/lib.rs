//! Shared by the tests: a desk (engine, listener, store) with a simulated platform, all over real sockets.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[cfg(target_os = "linux")]
pub mod desktop;
pub mod log;
pub mod machine;
pub mod report;
pub mod server;
#[cfg(target_os = "linux")]
pub mod speaker;
pub mod tone;

use std::{path::Path, pin::Pin, sync::Arc, time::Duration};

use jiff::tz::TimeZone;
use ringside_domain::{
    Account, Agent, Extension, Intent, Now, Place, QueueName, SettingChange, ShellReport, SignInPolicy, Snapshot, Timestamp,
};
use ringside_engine::{
    Clock, Exports, Handle, Parts, RecordingFolders, SystemClock, TransferLimits,
    config::{Config, Given, Sources},
    start,
};
use ringside_listener::{Counters, Limits, Rules, bind, callback_url, masked, secret, serve};
use ringside_platform::{Client, ClientOptions, DownloadOptions, Downloads};
use ringside_simulator::{Options, Simulator};
use ringside_store::Store;
use ringside_vault::Vault;
use ringside_wire::Zone;
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::{oneshot, watch};

/// Time limit for any condition.
pub const PATIENCE: Duration = Duration::from_secs(20);

pub const OWN: &str = "100001";

/// The computer's clock, which a test can advance: the wall clock alone, as in a sleep, or both clocks.
pub struct TurnedClock {
    system: SystemClock,
    turned: watch::Sender<(Duration, Duration)>,
}

impl TurnedClock {
    pub fn new() -> Arc<Self> {
        Arc::new(Self { system: SystemClock::new(), turned: watch::Sender::new((Duration::ZERO, Duration::ZERO)) })
    }

    pub fn pass(&self, span: Duration) {
        self.turned.send_modify(|(wall, mono)| {
            *wall += span;
            *mono += span;
        });
    }

    /// The computer sleeps: only the wall clock advances.
    pub fn sleep(&self, span: Duration) {
        self.turned.send_modify(|(wall, _)| *wall += span);
    }
}

impl Clock for TurnedClock {
    fn now(&self) -> Now {
        let (wall, mono) = *self.turned.borrow();
        let now = self.system.now();
        Now { wall: now.wall.plus(wall), mono: now.mono + mono }
    }

    fn sleep_until(&self, deadline: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        let mut turned = self.turned.subscribe();
        let wait = |mono: Duration| self.system.sleep_until(deadline.saturating_sub(mono));
        let first = wait(turned.borrow_and_update().1);
        Box::pin(async move {
            // If the clock is advanced meanwhile, this returns early and the engine reads the time again, as at any tick.
            tokio::select! {
                () = first => {}
                _ = turned.changed() => {}
            }
        })
    }
}

/// A listener for an engine.
pub struct Listening {
    pub url: SecretString,
    stop: Option<oneshot::Sender<()>>,
}

impl Drop for Listening {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
    }
}

/// One agent's desk.
pub struct Desk {
    pub handle: Handle,
    pub clock: Arc<TurnedClock>,
    pub listening: Option<Listening>,
    pub vault: Vault,
    snapshots: watch::Receiver<Arc<Snapshot>>,
}

impl Desk {
    /// A desk with a database in this folder and this vault. It is signed in only if these contain a sign-in.
    pub fn open(folder: &Path, vault: Vault) -> Self {
        Self::open_with(folder, vault, Given::default())
    }

    /// Like [`Self::open`], with this provisioning.
    pub fn open_with(folder: &Path, vault: Vault, given: Given) -> Self {
        Self::open_as(folder, vault, given, |_| {})
    }

    /// Like [`Self::open_with`], with some parts changed.
    pub fn open_as(folder: &Path, vault: Vault, given: Given, change: impl FnOnce(&mut Parts)) -> Self {
        let clock = TurnedClock::new();
        let (store, _) = Store::open(folder, clock.now().wall).unwrap();
        let wall = Arc::clone(&clock);
        let client = Client::new(ClientOptions::default(), Arc::new(move || wall.now().wall));
        let place = Place { version: "test".into(), ..Place::default() };
        let mut parts = Parts {
            store,
            vault: vault.clone(),
            client,
            clock: Arc::<TurnedClock>::clone(&clock),
            config: Config::read(Sources { command_line: given, ..Sources::default() }).unwrap(),
            accesskey: None,
            demo: false,
            place,
            exports: Exports { folder: folder.join("exports"), zone: TimeZone::UTC },
            downloads: Downloads::new(DownloadOptions::default()),
            recordings: RecordingFolders { archive: folder.join("recordings"), cache: folder.join("cache"), free: |_| Ok(u64::MAX) },
            limits: TransferLimits::default(),
            host: String::new(),
            open: |_| Err("no page is opened here".to_owned()),
            seed: 1,
            sign_in_after: None,
        };
        change(&mut parts);
        let handle = start(parts).unwrap();
        let snapshots = handle.snapshots();
        Self { handle, clock, listening: None, vault, snapshots }
    }

    /// A new desk that listens, is signed in to these queues at this platform, and is available.
    pub async fn available(folder: &Path, simulator: &Simulator, queues: &[&str]) -> Self {
        let mut desk = Self::open(folder, Vault::memory());
        desk.listen(simulator).await;
        desk.handle.intent(Intent::ChangeSettings { change: SettingChange::AfterSignIn(SignInPolicy::Available) });
        desk.sign_in(simulator, "demo-key", queues);
        desk.until(|snapshot| snapshot.label == ringside_domain::Label::Available).await;
        desk
    }

    pub fn sign_in(&self, simulator: &Simulator, accesskey: &str, queues: &[&str]) {
        self.sign_in_at(simulator.url().as_str(), accesskey, queues);
    }

    pub fn sign_in_at(&self, url: &str, accesskey: &str, queues: &[&str]) {
        self.handle.intent(Intent::SignIn {
            account: Account { url: url.into(), appid: "demo".into() },
            agent: Agent {
                extension: Extension(OWN.into()),
                agent_id: "10".into(),
                queues: queues.iter().map(|name| QueueName((*name).into())).collect(),
            },
            accesskey: Some(accesskey.to_owned().into()),
        });
    }

    /// Binds a listener and sets its URL at the platform.
    pub async fn listen(&mut self, simulator: &Simulator) {
        let socket = bind("127.0.0.1:0".parse().unwrap(), false).await.unwrap();
        let address = socket.local_addr().unwrap();
        let key = secret([7; 32]);
        let url = callback_url(None, address, &key);
        let rules = Rules::new(key, address, None, Vec::new()).unwrap();
        let (stop, stopped) = oneshot::channel::<()>();
        let shutdown = async {
            let _ = stopped.await;
        };
        let parts = ringside_listener::Parts {
            rules,
            limits: Limits::default(),
            zone: Zone::default(),
            counters: Arc::new(Counters::default()),
            sink: self.handle.callbacks(),
        };
        tokio::spawn(serve(socket, parts, shutdown));
        self.handle.report(ShellReport::Listening { url: url.clone(), shown: masked(&url), public: false });
        simulator.set_callback_url(Some(url.expose_secret().parse().unwrap()));
        self.listening = Some(Listening { url, stop: Some(stop) });
    }

    /// The time of this desk's clock.
    pub fn clock_now(&self) -> Timestamp {
        self.clock.now().wall
    }

    pub fn now(&self) -> Arc<Snapshot> {
        Arc::clone(&self.snapshots.borrow())
    }

    /// The first snapshot from now on for which `holds` is true.
    pub async fn until(&self, holds: impl Fn(&Snapshot) -> bool) -> Arc<Snapshot> {
        let mut snapshots = self.handle.snapshots();
        let found = tokio::time::timeout(PATIENCE, async { Arc::clone(&*snapshots.wait_for(|now| holds(now)).await.unwrap()) }).await;
        found.unwrap_or_else(|_| panic!("not within {PATIENCE:?}; last seen: {:#?}", self.now()))
    }

    pub async fn close(mut self) {
        self.listening = None;
        self.handle.stop().await;
    }
}

/// A simulator without calls of its own.
pub async fn platform() -> Simulator {
    Simulator::local(Options::test()).await.unwrap()
}
