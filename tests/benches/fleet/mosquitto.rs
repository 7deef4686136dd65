//! The same desks at another broker: mosquitto, to which each callback is published once it is committed to the gateway's database. It is in
//! mosquitto's favour that no HTTP is spoken, that nobody is authenticated, and that the broker keeps nothing on disk.

use std::{
    env, fs,
    net::SocketAddr,
    path::PathBuf,
    process::{Child, Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicU32, AtomicUsize, Ordering::Relaxed},
    },
    time::Duration,
};

use ringside_domain::Timestamp;
use ringside_store::{OutboxStore, OutboxWrite};
use ringside_tests::{
    machine::{MIB, memory},
    report::{Report, percentile, sorted},
    server::free_address,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, BufReader},
    net::{
        TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::Semaphore,
    task::JoinSet,
    time::{Instant, sleep, timeout},
};

use crate::{company::folder, ledger::body, settings::Settings};

const GROUP: &str = "mosquitto";
const CONNECTIONS: u32 = 64;
const FULL: Duration = Duration::from_secs(10);
const PATIENCE: Duration = Duration::from_secs(60);
/// Sessions that are opened at the same time.
const AT_ONCE: usize = 256;

/// Kinds of packets, with their flags.
const CONNECT: u8 = 0x10;
const PUBLISH_ONCE_AT_LEAST: u8 = 0x32;
const ACKNOWLEDGE: u8 = 0x40;
const SUBSCRIBE: u8 = 0x82;

struct Broker(Child);

impl Drop for Broker {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn program() -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let mut folders: Vec<PathBuf> = env::split_paths(&path).collect();
    folders.push(PathBuf::from("/usr/sbin"));
    folders.into_iter().map(|folder| folder.join("mosquitto")).find(|program| program.is_file())
}

pub async fn measure(report: &mut Report, settings: &Settings, ours: Option<f64>) {
    const WHAT: &str = "committed and published a second, 64 connections";
    let Some(program) = program() else { return report.absent(GROUP, WHAT, "not there") };
    let data = folder();
    let address = free_address();
    let config = data.path().join("mosquitto.conf");
    // The user counts only if it is started by root, who would otherwise become one that cannot read the folder.
    let settings_of_broker = format!(
        "listener {} {}\nallow_anonymous true\npersistence true\npersistence_location {}/\nmax_queued_messages 0\nlog_type error\nuser root\n",
        address.port(),
        address.ip(),
        data.path().display()
    );
    fs::write(&config, settings_of_broker).unwrap();
    let broker = Command::new(program).arg("-c").arg(config).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
    let broker = Broker(broker.unwrap());
    let got = Arc::new(AtomicUsize::new(0));
    let desks = subscribe(address, settings.desks, &got).await;
    report.figure(GROUP, "memory of the broker, all connected", memory(broker.0.id()) / MIB, "MiB");
    let (rate, times) = publish(address, data.path(), settings.desks).await;
    let begun = Instant::now();
    while got.load(Relaxed) < times.len() && begun.elapsed() < PATIENCE {
        sleep(Duration::from_millis(10)).await;
    }
    report.figure(GROUP, WHAT, rate, "/s");
    report.figure(GROUP, "commit and acknowledgement, p99", percentile(&times, 99.0), "ms");
    report.figure(GROUP, "not at their desk", times.len().saturating_sub(got.load(Relaxed)) as f64, "");
    if let Some(ours) = ours {
        report.figure(GROUP, "Ringside's durable callbacks to mosquitto's", ours / rate, "×");
    }
    drop(desks);
}

/// Desks with sessions that the broker keeps.
async fn subscribe(address: SocketAddr, count: usize, got: &Arc<AtomicUsize>) -> JoinSet<()> {
    let (up, gate) = (Arc::new(AtomicUsize::new(0)), Arc::new(Semaphore::new(AT_ONCE)));
    let mut desks = JoinSet::new();
    for desk in 0..count {
        let (got, up, gate) = (Arc::clone(got), Arc::clone(&up), Arc::clone(&gate));
        desks.spawn(async move {
            let place = gate.acquire().await.unwrap();
            let mut session = Session::open(address, &format!("desk-{desk}"), false).await;
            let mut ask = vec![0, 1];
            text(&mut ask, &format!("ev/{desk}"));
            ask.push(1);
            session.send(SUBSCRIBE, &ask).await;
            session.read().await;
            up.fetch_add(1, Relaxed);
            drop(place);
            while let Some((kind, packet)) = session.read().await {
                if kind & 0xf0 == 0x30 {
                    let topic = usize::from(u16::from_be_bytes([packet[0], packet[1]]));
                    got.fetch_add(1, Relaxed);
                    session.send(ACKNOWLEDGE, &packet[2 + topic..4 + topic]).await;
                }
            }
        });
    }
    let begun = Instant::now();
    while up.load(Relaxed) < count {
        assert!(begun.elapsed() < PATIENCE, "{} of {count} sessions of mosquitto", up.load(Relaxed));
        sleep(Duration::from_millis(20)).await;
    }
    desks
}

/// Commits and publishes as many as go; how many a second, and the milliseconds of each.
async fn publish(address: SocketAddr, folder: &std::path::Path, desks: usize) -> (f64, Vec<f64>) {
    let (store, _) = OutboxStore::open(folder, Timestamp(0)).unwrap();
    let next = Arc::new(AtomicU32::new(0));
    let mut publishers = JoinSet::new();
    let begun = Instant::now();
    for publisher in 0..CONNECTIONS {
        let (store, next) = (store.clone(), Arc::clone(&next));
        publishers.spawn(async move {
            let mut session = Session::open(address, &format!("gateway-{publisher}"), true).await;
            let mut times = Vec::new();
            while begun.elapsed() < FULL {
                let number = next.fetch_add(1, Relaxed);
                let (desk, sent) = (number as usize % desks, Instant::now());
                let payload = body(number, &desk.to_string());
                let mut key = [0; 32];
                key[..4].copy_from_slice(&number.to_be_bytes());
                let mut packet = Vec::new();
                text(&mut packet, &format!("ev/{desk}"));
                packet.extend([0, 7]);
                packet.extend(payload.as_bytes());
                let row = OutboxWrite::Callback { key, desk: desk.to_string(), unmapped: None, payload, received_at: Timestamp(0) };
                store.write(vec![row]).await.unwrap();
                session.send(PUBLISH_ONCE_AT_LEAST, &packet).await;
                session.read().await.unwrap();
                times.push(sent.elapsed().as_secs_f64() * 1000.0);
            }
            times
        });
    }
    let times: Vec<f64> = publishers.join_all().await.into_iter().flatten().collect();
    (times.len() as f64 / begun.elapsed().as_secs_f64(), sorted(times))
}

/// A session of MQTT 3.1.1.
struct Session {
    read: BufReader<OwnedReadHalf>,
    write: OwnedWriteHalf,
}

impl Session {
    async fn open(address: SocketAddr, name: &str, is_clean: bool) -> Self {
        let begun = Instant::now();
        let stream = loop {
            match TcpStream::connect(address).await {
                Ok(stream) => break stream,
                // It may have been started just now.
                Err(error) => assert!(begun.elapsed() < PATIENCE, "{error}"),
            }
            sleep(Duration::from_millis(20)).await;
        };
        stream.set_nodelay(true).unwrap();
        let (read, write) = stream.into_split();
        let mut session = Self { read: BufReader::with_capacity(2048, read), write };
        let mut hello = Vec::new();
        text(&mut hello, "MQTT");
        hello.extend([4, if is_clean { 2 } else { 0 }]);
        hello.extend(600_u16.to_be_bytes());
        text(&mut hello, name);
        session.send(CONNECT, &hello).await;
        timeout(PATIENCE, session.read()).await.unwrap().unwrap();
        session
    }

    async fn send(&mut self, kind: u8, packet: &[u8]) {
        let mut bytes = vec![kind];
        let mut length = packet.len();
        loop {
            let low = (length % 128) as u8;
            length /= 128;
            bytes.push(if length > 0 { low | 128 } else { low });
            if length == 0 {
                break;
            }
        }
        bytes.extend_from_slice(packet);
        // A broken connection is seen by the reader.
        let _ = self.write.write_all(&bytes).await;
    }

    /// None: the connection has ended.
    async fn read(&mut self) -> Option<(u8, Vec<u8>)> {
        let kind = self.read.read_u8().await.ok()?;
        let (mut length, mut shift) = (0_usize, 0);
        loop {
            let byte = self.read.read_u8().await.ok()?;
            length |= usize::from(byte & 127) << shift;
            shift += 7;
            if byte & 128 == 0 {
                break;
            }
        }
        let mut packet = vec![0; length];
        self.read.read_exact(&mut packet).await.ok()?;
        Some((kind, packet))
    }
}

fn text(packet: &mut Vec<u8>, text: &str) {
    packet.extend((text.len() as u16).to_be_bytes());
    packet.extend(text.as_bytes());
}
