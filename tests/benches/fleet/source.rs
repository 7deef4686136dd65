//! The platform as a source of callbacks: each is one HTTP request on a connection of its own, as the listener wants it.

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
    net::TcpSocket,
    task::JoinSet,
    time::{Instant, sleep_until, timeout},
};

use crate::{
    company::SECRET,
    crowd::Crowd,
    ledger::{Ledger, body},
};

/// How long the platform waits for an answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// Posts one callback; the status, or None if there was no answer.
pub async fn post(to: SocketAddr, body: &str) -> Option<u16> {
    // Each source address has ports of its own: a single one would run out of them.
    static FROM: AtomicU32 = AtomicU32::new(0);
    let from = [127, 0, 1, (1 + FROM.fetch_add(1, Relaxed) % 250) as u8];
    let request = format!(
        "POST /callbacks/{SECRET} HTTP/1.1\r\nhost: {to}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    let exchange = async {
        let socket = TcpSocket::new_v4().ok()?;
        socket.bind(SocketAddr::from((from, 0))).ok()?;
        let mut stream = socket.connect(to).await.ok()?;
        stream.set_nodelay(true).ok()?;
        stream.write_all(request.as_bytes()).await.ok()?;
        let (mut answer, mut length) = ([0; 512], 0);
        while !answer[..length].windows(4).any(|end| end == b"\r\n\r\n") {
            let more = stream.read(&mut answer[length..]).await.ok().filter(|more| *more > 0)?;
            length += more;
        }
        std::str::from_utf8(&answer[..length]).ok()?.split(' ').nth(1)?.parse().ok()
    };
    timeout(PATIENCE, exchange).await.ok().flatten()
}

async fn send(ledger: &Ledger, crowd: &Crowd, to: SocketAddr, desk: usize) -> bool {
    let number = ledger.send(desk);
    let is_kept = post(to, &body(number, &crowd.members[desk].extension)).await == Some(200);
    if is_kept {
        ledger.acknowledge(number);
    }
    is_kept
}

/// Sends callbacks at this rate for this time, however long their answers take; how many were not acknowledged.
pub async fn at_rate(crowd: &Arc<Crowd>, to: SocketAddr, rate: u32, time: Duration) -> usize {
    let begun = Instant::now();
    let count = (f64::from(rate) * time.as_secs_f64()) as u32;
    let mut posts = JoinSet::new();
    for place in 0..count {
        sleep_until(begun + Duration::from_secs(1).mul_f64(f64::from(place) / f64::from(rate))).await;
        let crowd = Arc::clone(crowd);
        posts.spawn(async move {
            let desk = crowd.any(place);
            send(&crowd.ledger, &crowd, to, desk).await
        });
    }
    posts.join_all().await.into_iter().filter(|is_kept| !is_kept).count()
}

/// Sends as many as are acknowledged by this many connections, each after the answer to its last; how many were not acknowledged.
pub async fn as_many(crowd: &Arc<Crowd>, to: SocketAddr, connections: u32, time: Duration) -> usize {
    let end = Instant::now() + time;
    let mut senders = JoinSet::new();
    for sender in 0..connections {
        let crowd = Arc::clone(crowd);
        senders.spawn(async move {
            let (mut failed, mut place) = (0, sender);
            while Instant::now() < end {
                failed += usize::from(!send(&crowd.ledger, &crowd, to, crowd.any(place)).await);
                place += connections;
            }
            failed
        });
    }
    senders.join_all().await.into_iter().sum()
}
