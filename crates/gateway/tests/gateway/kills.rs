//! The gateway's program and its server are killed again and again, while the platform posts callbacks.

use std::{
    collections::BTreeSet,
    fs,
    process::{Child, Command, Stdio},
    sync::{
        Arc, Mutex, MutexGuard,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
    time::Duration,
};

use ringside_fleet::{desk::DeskKey, hub::NewDesk, words::Position};
use ringside_gateway::{
    admin::{
        client::Client,
        commands::{Add, Added},
    },
    nats, secrets,
};
use tokio::time::{Instant, sleep};

use super::{
    server::free_address,
    world::{SOON, TestDesk, World, callback, enrol_soon, signal, try_post},
};

/// Kills of the gateway or of the server, in turn; `RINGSIDE_KILLS` sets another number.
const KILLS: u32 = 12;
const SENDERS: u32 = 4;
/// Between two callbacks of a sender: the stream keeps 2,000 events of a desk, more than come while one is away.
const PAUSE: Duration = Duration::from_millis(20);
/// After so many kills the desks must have all.
const CAUGHT_UP: u32 = 20;
const DESKS: [(&str, &str); 2] = [("100001", "10"), ("100002", "11")];

struct Program {
    child: Child,
}

impl Program {
    fn start(world: &World) -> Self {
        let (data, config) = (world.folder("a"), world.data.path().join("a.toml"));
        let mut command = Command::new(env!("CARGO_BIN_EXE_ringside-gateway"));
        command.arg("--data").arg(data.path()).arg("--config").arg(config).stdout(Stdio::null()).stderr(Stdio::null());
        Self { child: command.spawn().unwrap() }
    }

    fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn g2_no_acknowledged_callback_is_lost_or_brought_to_another_desk_however_often_all_is_killed() {
    let world = World::new().await;
    let (callbacks, admin) = (free_address(), free_address());
    world.settings("a", &world.own_nats(), "");
    let file = world.data.path().join("a.toml");
    let text = fs::read_to_string(&file).unwrap();
    let text = text.replacen("bind = \"127.0.0.1:0\"", &format!("bind = \"{callbacks}\""), 1);
    fs::write(&file, text.replacen("bind = \"127.0.0.1:0\"", &format!("bind = \"{admin}\""), 1)).unwrap();
    let mut program = Program::start(&world);

    let new =
        |(extension, agent): (&str, &str)| NewDesk { extension: extension.to_owned(), agent: Some(agent.to_owned()), ..NewDesk::default() };
    let begun = Instant::now();
    let added = loop {
        if let Ok(token) = secrets::admin_token(&world.folder("a").keys()) {
            let add = Add { company: None, desks: DESKS.map(new).to_vec(), days: 1 };
            match Client::new(admin, token).ask::<Vec<Added>>("desk/add", &add).await {
                Ok(added) => break added,
                Err(error) => assert!(begun.elapsed() < SOON, "{error}"),
            }
        }
        assert!(begun.elapsed() < SOON);
        sleep(Duration::from_millis(50)).await;
    };
    let mut connected = Vec::new();
    for one in &added {
        let key = DeskKey::generate();
        let seed = key.seed();
        let enrolled = enrol_soon(&world.address(), &key, &one.code).await;
        connected.push(world.start_desk(DeskKey::from_seed(&seed).unwrap(), enrolled, Position::default()).await);
    }
    // The registry's record of a desk reaches the gateway a moment after its enrolment.
    for (desk, (extension, _)) in connected.iter().zip(DESKS) {
        let mut number = 900_000;
        while !desk.came(Duration::from_millis(300)).await {
            number += 1;
            try_post(callbacks, &callback(extension, number)).await;
        }
    }

    let (acknowledged, over, next) = (Arc::new(Mutex::new(BTreeSet::new())), Arc::new(AtomicBool::new(false)), Arc::new(AtomicU32::new(0)));
    let senders: Vec<_> = (0..SENDERS)
        .map(|_| {
            let (acknowledged, over, next) = (Arc::clone(&acknowledged), Arc::clone(&over), Arc::clone(&next));
            tokio::spawn(async move {
                while !over.load(Ordering::Relaxed) {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    let body = callback(DESKS[number as usize % 2].0, number);
                    // The platform sends again what was not acknowledged; here it is another callback.
                    if try_post(callbacks, &body).await == Some(200) {
                        acknowledged.lock().unwrap().insert(body);
                    }
                    sleep(PAUSE).await;
                }
            })
        })
        .collect();
    let kills = std::env::var("RINGSIDE_KILLS").map_or(KILLS, |kills| kills.parse().unwrap());
    let taken: Vec<Arc<Taken>> = connected.into_iter().zip([false, true]).map(|(desk, is_slow)| Taken::begin(desk, is_slow)).collect();
    for round in 0..kills {
        if round % CAUGHT_UP == CAUGHT_UP - 1 {
            catch_up(&acknowledged, &taken).await;
        }
        let before = acknowledged.lock().unwrap().len();
        let begun = Instant::now();
        // Each round carries callbacks.
        while acknowledged.lock().unwrap().len() < before + 20 {
            assert!(begun.elapsed() < SOON, "no callbacks are acknowledged in round {round}");
            sleep(Duration::from_millis(5)).await;
        }
        match (round % 3, nats::running(&world.folder("a").nats())) {
            (1, Some(server)) => signal(server, "KILL"),
            _ => {
                program.kill();
                program = Program::start(&world);
            }
        }
    }
    over.store(true, Ordering::Relaxed);
    for sender in senders {
        sender.await.unwrap();
    }
    catch_up(&acknowledged, &taken).await;
    for (taken, (extension, _)) in taken.iter().zip(DESKS) {
        assert!(taken.came().iter().all(|body| body.contains(extension)), "a callback of another extension came");
    }
    program.kill();
}

/// A desk, and all that came to it. As an app does, it takes its events all the time; a slow one only when it is to have all.
struct Taken {
    desk: TestDesk,
    is_slow: bool,
    came: Mutex<BTreeSet<String>>,
}

impl Taken {
    fn begin(desk: TestDesk, is_slow: bool) -> Arc<Self> {
        let taken = Arc::new(Self { desk, is_slow, came: Mutex::default() });
        if !is_slow {
            let taking = Arc::clone(&taken);
            tokio::spawn(async move {
                loop {
                    taking.take().await;
                }
            });
        }
        taken
    }

    async fn take(&self) {
        let bodies = self.desk.within(Duration::from_millis(50)).await;
        self.came().extend(bodies);
    }

    fn came(&self) -> MutexGuard<'_, BTreeSet<String>> {
        self.came.lock().unwrap()
    }
}

/// Waits until each desk has all callbacks that were acknowledged so far.
async fn catch_up(acknowledged: &Mutex<BTreeSet<String>>, desks: &[Arc<Taken>]) {
    let acknowledged = acknowledged.lock().unwrap().clone();
    for (taken, (extension, _)) in desks.iter().zip(DESKS) {
        let own: BTreeSet<String> = acknowledged.iter().filter(|body| body.contains(extension)).cloned().collect();
        let (begun, mut gap) = (Instant::now(), false);
        loop {
            let missing = own.difference(&taken.came()).count();
            if missing == 0 {
                break;
            }
            gap |= taken.desk.take_gap();
            assert!(taken.is_slow || !gap, "more came than the stream keeps");
            if gap && begun.elapsed() > SOON {
                // More came to the slow one than the stream keeps, and it was told so.
                taken.came().extend(own);
                break;
            }
            assert!(begun.elapsed() < SOON * 3, "{missing} of {} are lost: {:?}", own.len(), *taken.desk.desk.way().borrow());
            match taken.is_slow {
                true => taken.take().await,
                false => sleep(Duration::from_millis(50)).await,
            }
        }
    }
}
