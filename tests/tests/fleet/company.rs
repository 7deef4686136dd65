//! A company with a NATS server of its own and a gateway that stands in for the real one: it keeps one seat in its head.

use std::{
    fs,
    net::{Ipv4Addr, SocketAddr, TcpStream},
    process::{Child, Command},
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use ringside_domain::Phone;
use ringside_engine::{Clock, SystemClock};
use ringside_fleet::{
    WallClock,
    hub::{Asked, DeskRecord, Enrolment, Event, Hub, HubOptions, Keys, NewDesk, ServerOptions, Serving, server_config},
    words::{Break, Counts, DeskId, Do, Done, Hello, Operation, Position, Queue, QueueRead, Seat, State, Welcome, subject::Addressee},
};
use ringside_tests::server::{free_address, nats_server};
use tempfile::TempDir;
use tokio::{sync::mpsc, task::JoinHandle, time::sleep};

const COMPANY: &str = "lantern";
pub const QUEUE: &str = "queue-1";

/// The server's program, its folder and its address.
pub struct Company {
    keys: Arc<Keys>,
    folder: TempDir,
    options: ServerOptions,
    child: Option<Child>,
    clock: WallClock,
}

impl Drop for Company {
    fn drop(&mut self) {
        self.kill();
    }
}

impl Company {
    pub fn new() -> Self {
        Self::at(free_address())
    }

    /// With new keys and an empty server, at this address.
    pub fn at(listen: SocketAddr) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let keys = Arc::new(Keys::open(&folder.path().join("keys"), &[COMPANY]).unwrap());
        let options = ServerOptions {
            name: "test".to_owned(),
            listen,
            websocket: None,
            monitor: None,
            tls: None,
            folder: folder.path().join("nats"),
            max_bytes: 1 << 30,
            max_connections: 100,
            cluster: None,
        };
        let system = SystemClock::new();
        let clock: WallClock = Arc::new(move || system.now().wall.0);
        let mut company = Self { keys, folder, options, child: None, clock };
        let config = server_config(&company.keys, &company.options, company.now());
        fs::write(company.folder.path().join("nats.conf"), config).unwrap();
        company.start();
        company
    }

    pub fn start(&mut self) {
        let folder = self.folder.path();
        let log = folder.join("nats.log");
        self.child = Some(Command::new(nats_server()).arg("-c").arg(folder.join("nats.conf")).arg("-l").arg(&log).spawn().unwrap());
        for _ in 0..400 {
            if TcpStream::connect(self.options.listen).is_ok() {
                return;
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
        (self.clock)()
    }

    pub fn address(&self) -> SocketAddr {
        self.options.listen
    }

    pub fn url(&self) -> String {
        format!("nats://{}", self.options.listen)
    }

    pub async fn gateway(&self) -> Gateway {
        let options = HubOptions {
            urls: vec![self.url()],
            ca: None,
            company: COMPANY.to_owned(),
            gateway: "a".to_owned(),
            replicas: 1,
            max_bytes: -1,
            clock: self.clock.clone(),
        };
        let hub = Hub::connect(self.keys.clone(), options.clone()).await.unwrap();
        hub.make_stores().await.unwrap();
        let (hello, hellos) = mpsc::channel(16);
        let (sink, asked) = mpsc::channel(16);
        let serving = vec![
            hub.serve(hello).await.unwrap(),
            hub.serve_do(sink).await.unwrap(),
            Enrolment::serve(self.keys.clone(), options, vec![hub.clone()]).await.unwrap(),
            hub.keep_revocations(),
        ];
        let platform = Arc::new(Mutex::new(Platform { seat: 0, done: Vec::new(), company_callback_at: None }));
        let tasks = vec![
            tokio::spawn(complete(hub.clone())),
            tokio::spawn(welcome(hellos)),
            tokio::spawn(carry_out(asked, platform.clone())),
            tokio::spawn(tell(hub.clone(), platform.clone(), self.clock.clone())),
        ];
        Gateway { hub, platform, serving, tasks, clock: self.clock.clone() }
    }
}

/// What the stand-in knows instead of a platform.
struct Platform {
    /// The code of the only seat; 0: not in the queue.
    seat: u32,
    /// The requests so far, by name, each with the agent it names.
    done: Vec<(String, Option<String>)>,
    company_callback_at: Option<i64>,
}

pub struct Gateway {
    pub hub: Hub,
    platform: Arc<Mutex<Platform>>,
    serving: Vec<Serving>,
    tasks: Vec<JoinHandle<()>>,
    clock: WallClock,
}

impl Drop for Gateway {
    fn drop(&mut self) {
        self.tasks.iter().for_each(JoinHandle::abort);
    }
}

impl Gateway {
    pub async fn invite(&self, desk: NewDesk) -> String {
        self.hub.invite(&desk, Duration::from_secs(60)).await.unwrap()
    }

    /// The only desk.
    pub async fn desk(&self) -> (DeskId, DeskRecord) {
        self.hub.desks().await.unwrap().remove(0)
    }

    /// Publishes a callback for the only desk that came so long ago.
    pub async fn publish(&self, body: &str, ago: Duration) -> u64 {
        let (desk, _) = self.desk().await;
        let received = (self.clock)() - i64::try_from(ago.as_millis()).unwrap();
        let event = Event { to: Addressee::Desk(desk), body: body.to_owned(), received };
        self.hub.publish(&event).await.unwrap().seq
    }

    /// The requests so far, by name.
    pub fn done(&self) -> Vec<String> {
        self.platform.lock().unwrap().done.iter().map(|(name, _)| name.clone()).collect()
    }

    /// The agents that the requests of this name named.
    pub fn agents_of(&self, name: &str) -> Vec<Option<String>> {
        let platform = self.platform.lock().unwrap();
        platform.done.iter().filter(|(done, _)| done == name).map(|(_, agent)| agent.clone()).collect()
    }

    pub fn company_called_back(&self) {
        self.platform.lock().unwrap().company_callback_at = Some((self.clock)());
    }

    /// From now on nobody carries out requests or tells states; callbacks go on.
    pub fn lose_leader(&mut self) {
        drop(self.serving.remove(1));
        self.tasks.drain(2..).for_each(|task| task.abort());
    }
}

/// There is no copy of the registry: whatever the server has is complete.
async fn complete(hub: Hub) {
    let mut link = hub.link();
    loop {
        if link.borrow_and_update().up && hub.refill([]).await.is_err() {
            sleep(Duration::from_millis(100)).await;
            continue;
        }
        if link.changed().await.is_err() {
            return;
        }
    }
}

async fn welcome(mut hellos: mpsc::Receiver<Asked<Hello>>) {
    while let Some(asked) = hellos.recv().await {
        let desk = &asked.record.of;
        let welcome = Welcome {
            company: "Lantern".to_owned(),
            appid: "acme".to_owned(),
            company_code: "9024".to_owned(),
            platform_url: "https://call.example.com/".to_owned(),
            utc_offset: "+08:00".to_owned(),
            extension: desk.extension.clone(),
            agent: desk.agent.clone().or(asked.what.agent),
            hot: desk.hot,
            role: desk.role,
            breaks: vec![Break { name: "Prayer".to_owned(), minutes: Some(15) }],
        };
        asked.reply.answer(Ok(welcome)).await;
    }
}

async fn carry_out(mut asked: mpsc::Receiver<Asked<Do>>, platform: Arc<Mutex<Platform>>) {
    while let Some(asked) = asked.recv().await {
        let Do { what, agent, .. } = asked.what;
        let name = what.name().to_owned();
        let done = {
            let mut platform = platform.lock().unwrap();
            if !matches!(what, Operation::Clock) {
                platform.done.push((name, agent));
            }
            match what {
                Operation::ListQueues => Done::Queues { queues: vec![Queue { name: QUEUE.to_owned(), remark: "Renewals".to_owned() }] },
                Operation::JoinQueue { .. } => {
                    platform.seat = 1213;
                    Done::Joined { already: false }
                }
                Operation::LeaveQueue { .. } => {
                    platform.seat = 0;
                    Done::Done
                }
                Operation::SetSeat { busy, .. } => {
                    platform.seat = if busy { 1217 } else { 1213 };
                    Done::Done
                }
                Operation::ReadRecords { .. } => Done::Records { records: Vec::new() },
                _ => Done::Done,
            }
        };
        asked.reply.answer(Ok(done)).await;
    }
}

/// Tells the only desk its state several times a second.
async fn tell(hub: Hub, platform: Arc<Mutex<Platform>>, clock: WallClock) {
    loop {
        sleep(Duration::from_millis(200)).await;
        let Ok(mut desks) = hub.desks().await else { continue };
        let Some((desk, record)) = desks.pop() else { continue };
        let to = Addressee::Desk(desk.clone());
        let (Ok(seq), Ok(epoch)) = (hub.last_seq(&to).await, hub.epoch().await) else { continue };
        let state = {
            let platform = platform.lock().unwrap();
            let seat = (platform.seat != 0).then(|| Seat {
                extension: record.of.extension.clone(),
                phone: Phone::Ready.into(),
                state: platform.seat,
                ..Seat::default()
            });
            let others = Counts { talking: 4, ..Counts::default() };
            State {
                gateway: "a".to_owned(),
                now: clock(),
                last: Position { epoch, seq },
                every_ms: 1000,
                company_callback_at: platform.company_callback_at,
                read: vec![QueueRead { queue: QUEUE.to_owned(), asked_at: clock(), seat, others }],
                ..State::default()
            }
        };
        // A state that is lost is followed by the next one.
        let _ = hub.tell(&desk, &state).await;
    }
}

/// Stands between a desk and the server; lets so many more connections through.
pub struct Door {
    address: SocketAddr,
    left: Arc<AtomicUsize>,
    task: JoinHandle<()>,
}

impl Drop for Door {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Door {
    pub async fn before(company: &Company) -> Self {
        let server = company.address();
        let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let left = Arc::new(AtomicUsize::new(usize::MAX));
        let counted = left.clone();
        let task = tokio::spawn(async move {
            while let Ok((mut desk, _)) = listener.accept().await {
                let passes = counted.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_ok();
                let Ok(mut server) = tokio::net::TcpStream::connect(server).await else { continue };
                if passes {
                    tokio::spawn(async move { tokio::io::copy_bidirectional(&mut desk, &mut server).await });
                }
            }
        });
        Self { address, left, task }
    }

    pub fn url(&self) -> String {
        format!("nats://{}", self.address)
    }

    pub fn let_through(&self, connections: usize) {
        self.left.store(connections, Ordering::SeqCst);
    }
}
