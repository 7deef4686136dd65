//! A company of its own folder: the simulated platform, up to two gateways (the real program) and the NATS server of the first.

use std::{
    fs::{self, File},
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::Arc,
    time::Duration,
};

use ringside_fleet::{
    desk::{Address, DeskKey, enrol},
    hub::{Hub, HubOptions, Keys, NewDesk},
    words::Enrolled,
};
use ringside_gateway::{
    admin::{
        client::Client,
        commands::{Add, Added, Listed, OfCompany},
    },
    authority::authority_file,
    clock::Clock,
    commands::copy_folder,
    folder::Folder,
    nats, secrets,
};
use ringside_simulator::{Options, Simulator};
use ringside_tests::server::free_address;
use rustix::process::Signal;
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use tempfile::TempDir;
use tokio::{
    sync::Semaphore,
    task::JoinSet,
    time::{Instant, sleep},
};

/// The last part of the callback address.
pub const SECRET: &str = "0123456789abcdef0123456789abcdef";
const NAME: &str = "lantern";
/// For what must happen.
pub const PATIENCE: Duration = Duration::from_secs(60);
/// Codes in one request to the gateway, and machines that are enrolled at the same time.
const CODES: usize = 500;
const AT_ONCE: usize = 32;

pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// A folder on the disk of the project, since the folder for temporary files may be memory.
pub fn folder() -> TempDir {
    tempfile::Builder::new().prefix("fleet-").tempdir_in(root().join("target")).unwrap()
}

pub fn signal(process: u32, signal: Signal) {
    if let Some(process) = i32::try_from(process).ok().and_then(rustix::process::Pid::from_raw) {
        let _ = rustix::process::kill_process(process, signal);
    }
}

/// One gateway, running or not.
pub struct Gateway {
    pub folder: Folder,
    pub callbacks: SocketAddr,
    admin: SocketAddr,
    config: PathBuf,
    child: Option<Child>,
}

impl Gateway {
    pub fn start(&mut self) {
        let program = std::env::var_os("RINGSIDE_GATEWAY_BIN").expect("RINGSIDE_GATEWAY_BIN names the gateway's program");
        let log = File::options().create(true).append(true).open(self.config.with_extension("log")).unwrap();
        let mut command = Command::new(program);
        command.arg("--data").arg(self.folder.path()).arg("--config").arg(&self.config);
        self.child = Some(command.env("RUST_LOG", "warn").stdout(Stdio::null()).stderr(log).spawn().unwrap());
    }

    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }

    pub fn process(&self) -> Option<u32> {
        self.child.as_ref().map(Child::id)
    }

    /// What the health page says of the company; None: it does not answer.
    pub async fn health(&self) -> Option<Value> {
        let client = Client::new(self.admin, SecretString::default());
        let page: Value = serde_json::from_str(&client.read("/health").await.ok()?).ok()?;
        Some(page["companies"][0].clone())
    }

    pub async fn leads(&self) -> bool {
        self.health().await.is_some_and(|health| health["leads"] == true)
    }

    pub async fn is_whole(&self) -> bool {
        self.health().await.is_some_and(|health| health["publishes"] == true && health["can_store"] == true)
    }

    fn client(&self) -> Option<Client> {
        Some(Client::new(self.admin, secrets::admin_token(&self.folder.keys()).ok()?))
    }

    async fn codes(&self, desks: Vec<NewDesk>) -> Vec<Added> {
        let add = Add { company: None, desks, days: 1 };
        self.client().unwrap().ask("desk/add", &add).await.unwrap()
    }

    async fn knows(&self) -> usize {
        let Some(client) = self.client() else { return 0 };
        client.ask::<Vec<Listed>>("desk/list", &OfCompany::default()).await.map_or(0, |desks| desks.len())
    }
}

/// A desk that is enrolled.
pub struct Member {
    pub key: DeskKey,
    pub enrolled: Enrolled,
    pub extension: String,
}

pub struct Company {
    pub gateways: Vec<Gateway>,
    pub nats: SocketAddr,
    pub data: TempDir,
    has_tls: bool,
    simulator: Simulator,
}

impl Drop for Company {
    fn drop(&mut self) {
        for gateway in &mut self.gateways {
            gateway.kill();
        }
        if let Some(server) = self.server() {
            signal(server, Signal::KILL);
        }
        // The server's files are removed once it is gone.
        for _ in 0..100 {
            if self.server().is_none() {
                break;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

impl Company {
    /// With one gateway, which starts the server for this machine alone.
    pub async fn start() -> Self {
        Self::begin(false).await
    }

    /// The server is for other machines, too: the gateway makes an authority and a certificate.
    pub async fn start_with_tls() -> Self {
        Self::begin(true).await
    }

    async fn begin(has_tls: bool) -> Self {
        let data = folder();
        fs::write(data.path().join("accesskey"), "demo-key\n").unwrap();
        fs::write(data.path().join("secret"), SECRET).unwrap();
        let simulator = Simulator::local(Options::test()).await.unwrap();
        let mut company = Self { gateways: Vec::new(), nats: free_address(), data, has_tls, simulator };
        let program = std::env::var_os("RINGSIDE_NATS_SERVER").map_or(root().join("target/tools/bin/nats-server"), PathBuf::from);
        let listen = if has_tls { SocketAddr::from(([0, 0, 0, 0], company.nats.port())) } else { company.nats };
        let (url, program) = (company.url(), program.display());
        company.add(&format!("[nats]\nlisten = \"{listen}\"\npublic_url = \"{url}\"\nprogram = \"{program}\"")).await;
        company
    }

    /// Starts a second gateway at the same server, with the same keys.
    pub async fn add_second(&mut self) {
        let second = Folder::new(self.data.path().join("b"));
        copy_folder(&self.gateways[0].folder.keys(), &second.keys()).unwrap();
        self.add(&format!("[nats]\nmode = \"external\"\nurls = [\"nats://{}\"]", self.nats)).await;
    }

    async fn add(&mut self, nats: &str) {
        let name = ["a", "b"][self.gateways.len()];
        let (callbacks, admin) = (free_address(), free_address());
        let file = |name: &str| self.data.path().join(name).display().to_string();
        let config = self.data.path().join(format!("{name}.toml"));
        let text = format!(
            "name = \"{name}\"\n[company.{NAME}.platform]\nurl = \"{}\"\nappid = \"demo\"\naccesskey_file = \"{}\"\n\
             [company.{NAME}.callbacks]\nbind = \"{callbacks}\"\nsecret_file = \"{}\"\n[admin]\nbind = \"{admin}\"\n{nats}\n",
            self.simulator.url(),
            file("accesskey"),
            file("secret"),
        );
        fs::write(&config, text).unwrap();
        let mut gateway = Gateway { folder: Folder::new(self.data.path().join(name)), callbacks, admin, config, child: None };
        gateway.start();
        self.gateways.push(gateway);
        self.until_whole().await;
    }

    /// Waits until each gateway stores and publishes.
    pub async fn until_whole(&self) {
        let begun = Instant::now();
        for gateway in &self.gateways {
            while !gateway.is_whole().await {
                assert!(begun.elapsed() < PATIENCE, "a gateway is not whole: see {}", gateway.config.with_extension("log").display());
                sleep(Duration::from_millis(20)).await;
            }
        }
    }

    /// The server's process, if it runs.
    pub fn server(&self) -> Option<u32> {
        nats::running(&self.gateways.first()?.folder.nats())
    }

    pub fn address(&self) -> Address {
        Address::parse(&self.url(), self.authority()).unwrap()
    }

    pub fn url(&self) -> String {
        format!("{}://{}", if self.has_tls { "tls" } else { "nats" }, self.nats)
    }

    /// The file that the desks trust; None: there is no TLS.
    pub fn authority(&self) -> Option<PathBuf> {
        self.has_tls.then(|| authority_file(&self.gateways[0].folder.keys()))
    }

    /// One-time codes for so many new desks, whose extensions begin with `first`.
    pub async fn codes(&self, first: usize, count: usize) -> Vec<(String, String)> {
        let mut all = Vec::new();
        for begin in (0..count).step_by(CODES) {
            let desk = |place: usize| NewDesk {
                extension: (first + place).to_string(),
                agent: Some((first + place).to_string()),
                ..NewDesk::default()
            };
            let desks = (begin..count.min(begin + CODES)).map(desk).collect();
            all.extend(self.gateways[0].codes(desks).await.into_iter().map(|added| (added.extension, added.code)));
        }
        all
    }

    /// Enrols so many desks, each with a key and a code of its own.
    pub async fn enrol(&self, first: usize, count: usize) -> Vec<Member> {
        let (places, address) = (Arc::new(Semaphore::new(AT_ONCE)), self.address());
        let mut enrolling = JoinSet::new();
        for (extension, code) in self.codes(first, count).await {
            let (places, address) = (Arc::clone(&places), address.clone());
            enrolling.spawn(async move {
                let _place = places.acquire().await.unwrap();
                let (key, begun) = (DeskKey::generate(), Instant::now());
                loop {
                    match enrol(&address, &key, Some(&code), "PC", "1.0").await {
                        Ok(enrolled) => return Member { key, enrolled, extension },
                        Err(error) => assert!(begun.elapsed() < PATIENCE, "{error}"),
                    }
                    sleep(Duration::from_millis(200)).await;
                }
            });
        }
        let mut members = enrolling.join_all().await;
        members.sort_by(|one, other| one.extension.cmp(&other.extension));
        members
    }

    /// Waits until each gateway knows so many desks.
    pub async fn until_known(&self, count: usize) {
        let begun = Instant::now();
        for gateway in &self.gateways {
            while gateway.knows().await < count {
                assert!(begun.elapsed() < PATIENCE, "a gateway does not know all desks");
                sleep(Duration::from_millis(50)).await;
            }
        }
    }

    /// The gateways' own client of NATS, to measure the stream alone.
    pub async fn hub(&self) -> Hub {
        let keys = Keys::open(&self.gateways[0].folder.keys(), &[NAME]).unwrap();
        let options = HubOptions {
            urls: vec![self.url()],
            ca: self.authority(),
            company: NAME.to_owned(),
            gateway: "bench".to_owned(),
            replicas: 1,
            max_bytes: -1,
            clock: Clock::start().for_fleet(),
        };
        Hub::connect(Arc::new(keys), options).await.unwrap()
    }
}

/// The seed of a key, to keep it for a desk's program.
pub fn seed(key: &DeskKey) -> String {
    key.seed().expose_secret().to_owned()
}
