//! A simulated platform, gateways with a real NATS server, and desks, all over real sockets.

use std::{
    fs,
    net::SocketAddr,
    path::PathBuf,
    process::Command,
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use ringside_fleet::{
    desk::{Address, AskError, Desk, DeskKey, DeskOptions, Fed, TimedState, Way, enrol},
    hub::NewDesk,
    words::{Done, Enrolled, ErrorCode, Operation, Position, Refusal, Role},
};
use ringside_gateway::{Gateway, commands, config, folder::Folder, nats};
use ringside_simulator::{Options, Simulator};
use secrecy::ExposeSecret;
use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    sync::{Mutex, mpsc},
    time::{Instant, sleep, timeout},
};
use url::Url;

use super::server::{free_address, nats_server};

/// How long a test waits for what must happen.
pub const SOON: Duration = Duration::from_secs(20);

/// The last part of the callback address.
const SECRET: &str = "0123456789abcdef0123456789abcdef";

pub struct World {
    pub simulator: Simulator,
    pub data: TempDir,
    pub nats: SocketAddr,
}

impl Drop for World {
    fn drop(&mut self) {
        for name in ["a", "b", "c", "restored"] {
            if let Some(process) = nats::running(&self.folder(name).nats()) {
                nats::end(process);
            }
        }
    }
}

impl World {
    pub async fn new() -> Self {
        Self::with(Options::test()).await
    }

    pub async fn with(options: Options) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let simulator = Simulator::start(listener, options).unwrap();
        let data = tempfile::tempdir().unwrap();
        fs::write(data.path().join("accesskey"), "demo-key\n").unwrap();
        Self { simulator, data, nats: free_address() }
    }

    pub fn folder(&self, name: &str) -> Folder {
        Folder::new(self.data.path().join(name))
    }

    /// The settings of a gateway; `more` is added to them.
    pub fn settings(&self, name: &str, nats: &str, more: &str) -> config::Config {
        let file = self.data.path().join(format!("{name}.toml"));
        let key = self.data.path().join("accesskey");
        let text = format!(
            "name = \"{name}\"\n[company.lantern.platform]\nurl = \"{}\"\nappid = \"demo\"\naccesskey_file = \"{}\"\n\
             [company.lantern.polling]\nrequests_per_second = 50\n[company.lantern.callbacks]\nbind = \"127.0.0.1:0\"\n\
             secret_file = \"{}\"\n[admin]\nbind = \"127.0.0.1:0\"\n{nats}\n{more}\n",
            self.simulator.url(),
            key.display(),
            self.secret().display(),
        );
        fs::write(&file, text).unwrap();
        config::read(&file).unwrap()
    }

    fn secret(&self) -> PathBuf {
        let file = self.data.path().join("secret");
        fs::write(&file, SECRET).unwrap();
        file
    }

    pub fn own_nats(&self) -> String {
        format!("[nats]\nlisten = \"{}\"\nprogram = \"{}\"", self.nats, nats_server().display())
    }

    /// A gateway with a server of its own, to which the platform posts callbacks.
    pub async fn gateway(&self) -> Running {
        let settings = self.settings("a", &self.own_nats(), "");
        self.start(settings, "a").await
    }

    /// Another gateway at the first one's server, with the same keys.
    pub async fn second_gateway(&self) -> Running {
        commands::copy_folder(&self.folder("a").keys(), &self.folder("b").keys()).unwrap();
        let settings = self.settings("b", &format!("[nats]\nmode = \"external\"\nurls = [\"nats://{}\"]", self.nats), "");
        let running = Gateway::start(settings, &self.folder("b")).await.unwrap();
        Running::new(running)
    }

    pub async fn start(&self, settings: config::Config, name: &str) -> Running {
        let gateway = Gateway::start(settings, &self.folder(name)).await.unwrap();
        let running = Running::new(gateway);
        self.simulator.set_callback_url(Some(running.callback_url()));
        running
    }

    /// Ends the server like `kill -9`.
    pub fn kill_nats(&self) {
        self.signal_nats("KILL");
    }

    pub fn signal_nats(&self, name: &str) {
        signal(nats::running(&self.folder("a").nats()).unwrap(), name);
    }

    /// A desk that is enrolled with a code of its own.
    pub async fn desk(&self, gateway: &Running, extension: &str, agent: &str) -> TestDesk {
        let of = NewDesk { extension: extension.to_owned(), agent: Some(agent.to_owned()), ..NewDesk::default() };
        self.desk_of(gateway, &of).await
    }

    pub async fn desk_of(&self, gateway: &Running, of: &NewDesk) -> TestDesk {
        let hub = gateway.hub().await;
        let code = hub.invite(of, Duration::from_secs(60)).await.unwrap();
        let key = DeskKey::generate();
        let seed = key.seed();
        let enrolled = enrol_soon(&self.address(), &key, &code).await;
        let id = enrolled.desk.clone();
        let desk = self.start_desk(DeskKey::from_seed(&seed).unwrap(), enrolled, Position::default()).await;
        wait("the gateway knows the desk", || gateway.company().shared.registry.read().unwrap().get(&id).is_some()).await;
        desk
    }

    pub fn address(&self) -> Address {
        Address::parse(&format!("nats://{}", self.nats), None).unwrap()
    }

    pub async fn start_desk(&self, key: DeskKey, enrolled: Enrolled, position: Position) -> TestDesk {
        self.start_desk_at(self.address(), key, enrolled, position).await
    }

    pub async fn start_desk_at(&self, address: Address, key: DeskKey, enrolled: Enrolled, position: Position) -> TestDesk {
        let (host, version) = ("PC".to_owned(), "1.0".to_owned());
        let options = DeskOptions { address, key: key.clone(), enrolled: enrolled.clone(), position, host, version };
        let (desk, fed) = Desk::start(options).await;
        let desk = TestDesk { desk, key, enrolled, fed: Mutex::new(fed), gap: AtomicBool::new(false) };
        wait("the desk is connected", || matches!(*desk.desk.way().borrow(), Way::Up { .. })).await;
        desk
    }
}

pub fn signal(process: u32, name: &str) {
    assert!(Command::new("kill").args(["-s", name, &process.to_string()]).status().unwrap().success());
}

pub struct Running {
    pub gateway: Gateway,
}

impl Running {
    fn new(gateway: Gateway) -> Self {
        Self { gateway }
    }

    pub fn company(&self) -> &ringside_gateway::company::Company {
        &self.gateway.companies[0]
    }

    pub fn callback_url(&self) -> Url {
        Url::parse(self.company().callback_url.expose_secret()).unwrap()
    }

    /// Once the gateway is connected to NATS.
    pub async fn hub(&self) -> ringside_fleet::hub::Hub {
        wait("the gateway publishes", || self.company().stream.is_open()).await;
        self.company().stream.hub().unwrap().clone()
    }

    pub async fn leads(&self) {
        wait("the gateway leads", || self.company().leads()).await;
    }

    /// Posts a body as the platform does; the status of the answer.
    pub async fn post(&self, body: &str) -> u16 {
        post(self.company().address, self.callback_url().path(), body).await
    }
}

/// Enrols a desk; the gateway may not hear new desks yet.
pub async fn enrol_soon(address: &Address, key: &DeskKey, code: &str) -> Enrolled {
    let begun = Instant::now();
    loop {
        match enrol(address, key, Some(code), "PC", "1.0").await {
            Ok(enrolled) => return enrolled,
            Err(error) => assert!(begun.elapsed() < SOON, "{error}"),
        }
        sleep(Duration::from_millis(100)).await;
    }
}

/// Posts a callback to a gateway that may be dead; the status of the answer.
pub async fn try_post(address: SocketAddr, body: &str) -> Option<u16> {
    let request = format!(
        "POST /callbacks/{SECRET} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    let exchange = async {
        let mut stream = TcpStream::connect(address).await.ok()?;
        stream.write_all(request.as_bytes()).await.ok()?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await.ok()?;
        String::from_utf8_lossy(&answer).split(' ').nth(1)?.parse().ok()
    };
    timeout(SOON, exchange).await.ok().flatten()
}

pub async fn post(address: SocketAddr, path: &str, body: &str) -> u16 {
    let head = format!(
        "POST {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    let exchange = async {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(head.as_bytes()).await.unwrap();
        // A refusal can come before the body is read.
        let _ = stream.write_all(body.as_bytes()).await;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await.unwrap();
        String::from_utf8_lossy(&answer).split(' ').nth(1).unwrap().parse().unwrap()
    };
    timeout(SOON, exchange).await.unwrap()
}

/// A callback of this extension; each `number` is another event.
pub fn callback(extension: &str, number: u32) -> String {
    format!(
        r#"{{"type":"call","status":"ring","uuid":"u{number}","extnumber":"{extension}","caller":"{extension}","callee":"0150{number}","direction":"callout"}}"#
    )
}

pub struct TestDesk {
    pub desk: Desk,
    pub key: DeskKey,
    pub enrolled: Enrolled,
    fed: Mutex<mpsc::Receiver<Fed>>,
    gap: AtomicBool,
}

impl TestDesk {
    /// The bodies of the next events.
    pub async fn bodies(&self, count: usize) -> Vec<String> {
        let mut fed = self.fed.lock().await;
        let mut bodies = Vec::new();
        while bodies.len() < count {
            match timeout(SOON, fed.recv()).await {
                Ok(Some(Fed::Event(event))) => bodies.push(event.body),
                Ok(Some(_)) => {}
                _ => panic!("{} of {count} events: {bodies:?}", bodies.len()),
            }
        }
        bodies
    }

    /// The bodies that come within this time.
    pub async fn within(&self, time: Duration) -> Vec<String> {
        let mut fed = self.fed.lock().await;
        let (end, mut bodies) = (Instant::now() + time, Vec::new());
        while let Ok(Some(fed)) = tokio::time::timeout_at(end, fed.recv()).await {
            match fed {
                Fed::Event(event) => bodies.push(event.body),
                Fed::Gap => self.gap.store(true, Ordering::Relaxed),
                _ => {}
            }
        }
        bodies
    }

    /// Whether the desk was told since the last call that events are gone.
    pub fn take_gap(&self) -> bool {
        self.gap.swap(false, Ordering::Relaxed)
    }

    /// Whether an event comes within this time.
    pub async fn came(&self, time: Duration) -> bool {
        !self.within(time).await.is_empty()
    }

    /// The event that comes next is this one, so that no other came before it.
    pub async fn next_is(&self, body: &str) {
        assert_eq!(self.bodies(1).await, [body]);
    }

    /// Asks the leader; waits while there is none.
    pub async fn ask(&self, id: &str, what: Operation) -> Result<Done, Refusal> {
        let begun = Instant::now();
        loop {
            match self.desk.ask(id, what.clone(), None, SOON).await {
                Ok(done) => return Ok(done),
                Err(AskError::Refused(refusal)) if refusal.code != ErrorCode::TooOften => return Err(refusal),
                Err(error) => assert!(begun.elapsed() < SOON, "{error}"),
            }
            sleep(Duration::from_millis(100)).await;
        }
    }

    /// The first state for which this holds.
    pub async fn state(&self, what: &str, holds: impl Fn(&TimedState) -> bool) {
        let mut state = self.desk.state();
        let wanted = state.wait_for(|state| state.as_ref().is_some_and(|state| holds(state)));
        assert!(timeout(SOON, wanted).await.is_ok_and(|seen| seen.is_ok()), "{what}");
    }
}

/// Waits for a condition.
pub async fn wait(what: &str, holds: impl Fn() -> bool) {
    let begun = Instant::now();
    while !holds() {
        assert!(begun.elapsed() < SOON, "{what}");
        sleep(Duration::from_millis(10)).await;
    }
}

pub fn supervisor(extension: &str) -> NewDesk {
    NewDesk { extension: extension.to_owned(), agent: Some("10".to_owned()), role: Role::Supervisor, ..NewDesk::default() }
}
