//! A NATS server in a folder of its own, with one company.

use std::{
    fs,
    net::{SocketAddr, TcpStream},
    path::PathBuf,
    process::{Child, Command},
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use ringside_fleet::{
    WallClock,
    desk::{Address, Desk, DeskKey, DeskOptions, Fed, FedEvent, Way, enrol},
    hub::{Asked, Enrolment, Event, Hub, HubOptions, Keys, NewDesk, ServerOptions, Serving, server_config},
    jwt::gateway_token,
    words::{Enrolled, Hello, Position, subject::Addressee},
};
use tempfile::TempDir;
use tokio::{
    sync::{mpsc, watch},
    time::{Instant, sleep, timeout},
};

use super::server::{free_address, nats_server};

pub const COMPANY: &str = "lantern";

/// How long a test waits for what must happen.
pub const SOON: Duration = Duration::from_secs(20);

pub struct World {
    pub keys: Arc<Keys>,
    pub clock: Arc<AtomicI64>,
    pub folder: TempDir,
    options: ServerOptions,
    child: Option<Child>,
    begun: Instant,
}

impl Drop for World {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Files of a server with TLS.
pub struct Security {
    pub ca: PathBuf,
    pub certificate: PathBuf,
    pub key: PathBuf,
}

impl World {
    pub fn new() -> Self {
        Self::with(None)
    }

    pub fn with(security: Option<&Security>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let keys = Arc::new(Keys::open(&folder.path().join("keys"), &[COMPANY, "other"]).unwrap());
        let options = ServerOptions {
            name: "test".to_owned(),
            listen: free_address(),
            websocket: security.map(|_| free_address()),
            monitor: None,
            tls: security.map(|files| (files.certificate.clone(), files.key.clone())),
            folder: folder.path().join("nats"),
            max_bytes: 1 << 30,
            max_connections: 100,
            cluster: None,
        };
        // Tokens must not be issued in the future of the server's clock.
        #[allow(clippy::disallowed_methods)]
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
        let clock = Arc::new(AtomicI64::new(i64::try_from(now.as_millis()).unwrap()));
        let mut world = Self { keys, clock, folder, options, child: None, begun: Instant::now() };
        world.configure();
        world.start();
        world
    }

    /// Writes the server's configuration, as each start of a gateway does.
    pub fn configure(&self) {
        fs::write(self.config(), server_config(&self.keys, &self.options, self.now())).unwrap();
    }

    fn config(&self) -> PathBuf {
        self.folder.path().join("nats.conf")
    }

    pub fn server_folder(&self) -> PathBuf {
        self.options.folder.clone()
    }

    pub fn start(&mut self) {
        let log = self.folder.path().join("nats.log");
        self.child = Some(Command::new(nats_server()).arg("-c").arg(self.config()).arg("-l").arg(&log).spawn().unwrap());
        for _ in 0..400 {
            if TcpStream::connect(self.options.listen).is_ok() {
                return;
            }
            if let Some(ended) = self.child.as_mut().unwrap().try_wait().unwrap() {
                panic!("nats-server: {ended}: {}", fs::read_to_string(&log).unwrap_or_default());
            }
            std::thread::sleep(Duration::from_millis(25));
        }
        panic!("nats-server does not listen: {}", fs::read_to_string(&log).unwrap_or_default());
    }

    /// Ends the server like `kill -9`.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }

    pub fn now(&self) -> i64 {
        self.clock.load(Ordering::Relaxed)
    }

    /// A clock that runs, and that a test can set.
    fn wall_clock(&self) -> WallClock {
        let (clock, start) = (self.clock.clone(), self.begun);
        Arc::new(move || clock.load(Ordering::Relaxed) + i64::try_from(start.elapsed().as_millis()).unwrap())
    }

    /// A private key of the company, as the folder of keys has it.
    pub fn company_key(&self, name: &str) -> nkeys::KeyPair {
        let file = self.folder.path().join("keys").join(format!("company-{COMPANY}")).join(name);
        nkeys::KeyPair::from_seed(fs::read_to_string(file).unwrap().trim()).unwrap()
    }

    pub fn url(&self) -> String {
        format!("nats://{}", self.options.listen)
    }

    pub fn address(&self) -> Address {
        Address::parse(&self.url(), None).unwrap()
    }

    pub fn hub_options(&self, gateway: &str) -> HubOptions {
        HubOptions {
            urls: vec![self.url()],
            ca: None,
            company: COMPANY.to_owned(),
            gateway: gateway.to_owned(),
            replicas: 1,
            max_bytes: -1,
            clock: self.wall_clock(),
        }
    }

    /// A connection to the company's account.
    pub async fn company_client(&self) -> async_nats::Client {
        let user = Arc::new(nkeys::KeyPair::new_user());
        let account = self.company_key("company").public_key();
        let token = gateway_token(&self.company_key("gateways"), &account, &user.public_key(), "test", self.now() / 1000);
        let options = async_nats::ConnectOptions::with_jwt(token, move |nonce| {
            let user = user.clone();
            async move { user.sign(&nonce).map_err(async_nats::AuthError::new) }
        });
        options.connect(self.url()).await.unwrap()
    }

    pub async fn hub(&self, gateway: &str) -> Hub {
        let hub = Hub::connect(self.keys.clone(), self.hub_options(gateway)).await.unwrap();
        hub.make_stores().await.unwrap();
        hub
    }

    pub async fn gateway(&self, name: &str) -> Gateway {
        self.gateway_by(self.hub_options(name)).await
    }

    pub async fn gateway_by(&self, options: HubOptions) -> Gateway {
        let hub = Hub::connect(self.keys.clone(), options.clone()).await.unwrap();
        hub.make_stores().await.unwrap();
        hub.refill([]).await.unwrap();
        let (tell, hellos) = mpsc::channel(16);
        let reads = hub.serve(tell).await.unwrap();
        let enrolment = Enrolment::serve(self.keys.clone(), options, vec![hub.clone()]).await.unwrap();
        Gateway { hub, hellos, _serving: [reads, enrolment] }
    }

    pub async fn enrol(&self, gateway: &Gateway, new: NewDesk) -> (DeskKey, Enrolled) {
        let code = gateway.hub.invite(&new, Duration::from_secs(60)).await.unwrap();
        let key = DeskKey::generate();
        let enrolled = enrol(&self.address(), &key, Some(&code), "PC-17", "0.1.0").await.unwrap();
        (key, enrolled)
    }

    pub async fn desk(&self, gateway: &Gateway, extension: &str) -> TestDesk {
        let (key, enrolled) = self.enrol(gateway, agent(extension)).await;
        self.start_desk(key, enrolled, Position::default()).await
    }

    pub fn websocket(&self) -> SocketAddr {
        self.options.websocket.unwrap()
    }

    pub fn server_address(&self) -> SocketAddr {
        self.options.listen
    }

    pub async fn start_desk(&self, key: DeskKey, enrolled: Enrolled, position: Position) -> TestDesk {
        self.start_desk_by(self.address(), key, enrolled, position).await
    }

    pub async fn start_desk_by(&self, address: Address, key: DeskKey, enrolled: Enrolled, position: Position) -> TestDesk {
        let options = DeskOptions {
            address,
            key: key.clone(),
            enrolled: enrolled.clone(),
            position,
            host: "PC-17".to_owned(),
            version: "0.1.0".to_owned(),
        };
        let (desk, fed) = Desk::start(options).await;
        TestDesk { desk, fed, key, enrolled, position }
    }
}

/// The parts of a gateway that any gateway runs.
pub struct Gateway {
    pub hub: Hub,
    pub hellos: mpsc::Receiver<Asked<Hello>>,
    _serving: [Serving; 2],
}

impl Gateway {
    /// Waits until the gateway is connected so many times, and knows that its registry is complete.
    pub async fn connected(&self, times: u64) {
        wait(self.hub.link(), |link| link.up && link.connections == times).await;
        self.hub.refill([]).await.unwrap();
    }

    pub async fn publish(&self, desk: &TestDesk, body: &str) -> u64 {
        self.hub.publish(&self.event(desk, body)).await.unwrap().seq
    }

    pub fn event(&self, desk: &TestDesk, body: &str) -> Event {
        Event { to: Addressee::Desk(desk.enrolled.desk.clone()), body: body.to_owned(), received: 1_700_000_000_000 }
    }
}

pub fn agent(extension: &str) -> NewDesk {
    NewDesk { extension: extension.to_owned(), agent: Some("10".to_owned()), ..NewDesk::default() }
}

pub struct TestDesk {
    pub desk: Desk,
    pub fed: mpsc::Receiver<Fed>,
    pub key: DeskKey,
    pub enrolled: Enrolled,
    pub position: Position,
}

impl TestDesk {
    pub async fn up(&self) {
        wait(self.desk.way(), |way| matches!(way, Way::Up { .. })).await;
    }

    pub async fn next(&mut self) -> Fed {
        let fed = timeout(SOON, self.fed.recv()).await.expect("the feed brings something").expect("the desk runs");
        if let Fed::Position(position) = fed {
            self.position = position;
        }
        fed
    }

    /// The next events, in the order in which they come.
    pub async fn events(&mut self, count: usize) -> Vec<FedEvent> {
        let mut events = Vec::new();
        while events.len() < count {
            if let Fed::Event(event) = self.next().await {
                events.push(event);
            }
        }
        events
    }

    pub async fn bodies(&mut self, count: usize) -> Vec<String> {
        self.events(count).await.into_iter().map(|event| event.body).collect()
    }

    /// Waits until the desk has stored all events up to this number.
    pub async fn reach(&mut self, seq: u64) {
        while self.position.seq < seq {
            self.next().await;
        }
    }
}

/// Waits until the watched value is as wanted.
pub async fn wait<T: Clone + std::fmt::Debug>(mut watched: watch::Receiver<T>, wanted: impl Fn(&T) -> bool) -> T {
    let waiting = timeout(SOON, watched.wait_for(|value| wanted(value)));
    match waiting.await {
        Ok(Ok(value)) => value.clone(),
        Ok(Err(_)) => panic!("it has ended"),
        Err(_) => panic!("it did not come"),
    }
}

/// Waits until the condition holds.
pub async fn until<F: Future<Output = bool>>(what: &str, condition: impl Fn() -> F) {
    let end = Instant::now() + SOON;
    while !condition().await {
        assert!(Instant::now() < end, "{what}");
        sleep(Duration::from_millis(20)).await;
    }
}
