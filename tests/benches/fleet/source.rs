//! The source of callbacks: the platform, which sends each on a connection of its own, or a proxy that keeps its connections.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering::Relaxed},
    },
    time::Duration,
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpSocket, TcpStream},
    task::JoinSet,
    time::{Instant, sleep_until, timeout},
};

use crate::{company::SECRET, crowd::Crowd, ledger::body};

/// How long the platform waits for an answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// A connection to a gateway.
struct Connection(TcpStream);

impl Connection {
    async fn open(to: SocketAddr) -> Option<Self> {
        // Each source address has ports of its own: a single one would run out of them.
        static FROM: AtomicU32 = AtomicU32::new(0);
        let from = [127, 0, 1, (1 + FROM.fetch_add(1, Relaxed) % 250) as u8];
        let socket = TcpSocket::new_v4().ok()?;
        socket.bind(SocketAddr::from((from, 0))).ok()?;
        let stream = socket.connect(to).await.ok()?;
        stream.set_nodelay(true).ok()?;
        Some(Self(stream))
    }

    /// Posts a callback and reads the whole answer; its status.
    async fn post(&mut self, to: SocketAddr, body: &str) -> Option<u16> {
        let request = format!(
            "POST /callbacks/{SECRET} HTTP/1.1\r\nhost: {to}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        self.0.write_all(request.as_bytes()).await.ok()?;
        let (mut answer, mut read) = ([0; 512], 0);
        loop {
            read += self.0.read(&mut answer[read..]).await.ok().filter(|more| *more > 0)?;
            let Some((head, body)) = std::str::from_utf8(&answer[..read]).ok()?.split_once("\r\n\r\n") else { continue };
            let (_, length) = head.split_once("content-length: ")?;
            if body.len() >= length.lines().next()?.parse().ok()? {
                return head.split(' ').nth(1)?.parse().ok();
            }
        }
    }
}

/// Posts one callback on a connection of its own; the status, or None if there was no answer.
pub async fn post(to: SocketAddr, body: &str) -> Option<u16> {
    let exchange = async { Connection::open(to).await?.post(to, body).await };
    timeout(PATIENCE, exchange).await.ok().flatten()
}

/// Posts one callback on this connection, which is opened again if it was closed.
async fn post_on(connection: &mut Option<Connection>, to: SocketAddr, body: &str) -> Option<u16> {
    let exchange = async {
        let mut open = match connection.take() {
            Some(open) => open,
            None => Connection::open(to).await?,
        };
        let status = open.post(to, body).await?;
        *connection = Some(open);
        Some(status)
    };
    timeout(PATIENCE, exchange).await.ok().flatten()
}

/// Sends callbacks at this rate for this time, each on a connection of its own, however long their answers take; how many were not
/// acknowledged.
pub async fn at_rate(crowd: &Arc<Crowd>, to: SocketAddr, rate: u32, time: Duration) -> usize {
    let begun = Instant::now();
    let count = (f64::from(rate) * time.as_secs_f64()) as u32;
    let mut posts = JoinSet::new();
    for place in 0..count {
        sleep_until(begun + Duration::from_secs(1).mul_f64(f64::from(place) / f64::from(rate))).await;
        let crowd = Arc::clone(crowd);
        posts.spawn(async move {
            let (number, body) = next(&crowd, place);
            acknowledged(&crowd, number, post(to, &body).await)
        });
    }
    posts.join_all().await.into_iter().filter(|is_kept| !is_kept).count()
}

/// Sends as many as are acknowledged by this many senders, each after the answer to its last, on a connection that it keeps or on a new one
/// each time; how many were not acknowledged.
pub async fn as_many(crowd: &Arc<Crowd>, to: SocketAddr, senders: u32, keeps: bool, time: Duration) -> usize {
    let end = Instant::now() + time;
    let mut sending = JoinSet::new();
    for sender in 0..senders {
        let crowd = Arc::clone(crowd);
        sending.spawn(async move {
            let (mut failed, mut place, mut connection) = (0, sender, None);
            while Instant::now() < end {
                let (number, body) = next(&crowd, place);
                failed += usize::from(!acknowledged(&crowd, number, post_on(&mut connection, to, &body).await));
                if !keeps {
                    connection = None;
                }
                place += senders;
            }
            failed
        });
    }
    sending.join_all().await.into_iter().sum()
}

/// A new callback: its number and body.
fn next(crowd: &Crowd, place: u32) -> (u32, String) {
    let desk = crowd.any(place);
    let number = crowd.ledger.send(desk);
    (number, body(number, &crowd.members[desk].extension))
}

fn acknowledged(crowd: &Crowd, number: u32, status: Option<u16>) -> bool {
    let is_kept = status == Some(200);
    if is_kept {
        crowd.ledger.acknowledge(number);
    }
    is_kept
}
