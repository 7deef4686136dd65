//! Other clients' connections and requests do not make a ring get lost.

use std::{collections::VecDeque, time::Duration};

use ringside_domain::Receipt;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    sync::Mutex,
    time::{Instant, interval},
};

use super::{Server, body, rest, soon, status};
use crate::{ConnectionEnd, Limits};

fn short() -> Limits {
    Limits { request: Duration::from_millis(400), linger: Duration::from_millis(100), ..Limits::default() }
}

#[test]
fn l12_l13_the_default_limits_are_below_ten_seconds() {
    let limits = Limits::default();
    assert!(limits.request + limits.linger < Duration::from_secs(10));
    assert!(limits.receipt <= Duration::from_secs(10));
    assert!(limits.drain <= Duration::from_secs(2));
}

/// Held by tests with many connections: two of them at once would need more files than some systems allow a process.
static MANY: Mutex<()> = Mutex::const_new(());

#[tokio::test]
async fn l12_half_open_heads_are_closed() {
    let _alone = MANY.lock().await;
    let mut server = Server::with(short(), Vec::new(), 64).await;
    let began = Instant::now();
    let mut connections = Vec::new();
    for _ in 0..500 {
        let mut stream = server.connect().await;
        stream.write_all(b"POST /callbacks/ HTTP/1.1\r\nHost: ").await.unwrap();
        connections.push(stream);
    }
    for stream in &mut connections {
        // Displaced, before or after its bytes were read, or closed as too slow.
        assert!(matches!(status(&rest(stream).await), 0 | 408 | 503));
    }
    assert!(began.elapsed() < Duration::from_secs(5));
    assert_eq!(server.count(ConnectionEnd::TooSlow) + server.count(ConnectionEnd::Displaced), 500);
    assert!(server.count(ConnectionEnd::TooSlow) >= 256);
    server.assert_alive().await;
}

#[tokio::test]
async fn l12_a_silent_connection_is_closed() {
    let server = Server::with(short(), Vec::new(), 64).await;
    assert_eq!(status(&server.say("").await), 408);
}

#[tokio::test]
async fn l13_a_body_that_comes_byte_by_byte_gets_408() {
    let mut server = Server::with(short(), Vec::new(), 64).await;
    let mut stream = server.connect().await;
    let request = server.request("POST", "Expect: 100-continue\r\n", &"{".repeat(100_000));
    let head = request.split_once("{").unwrap().0;
    let began = Instant::now();
    stream.write_all(head.as_bytes()).await.unwrap();
    let (mut read, mut write) = stream.into_split();
    let drip = async {
        let mut every = interval(Duration::from_millis(10));
        loop {
            every.tick().await;
            if write.write_all(b"{").await.is_err() {
                std::future::pending::<()>().await;
            }
        }
    };
    let mut answer = Vec::new();
    tokio::select! {
        () = drip => {}
        read = soon(read.read_to_end(&mut answer)) => { let _ = read; }
    }
    let answer = String::from_utf8(answer).unwrap();
    let answer = answer.strip_prefix("HTTP/1.1 100 Continue\r\n\r\n").expect("100 Continue");
    assert_eq!((status(answer), body(answer)), (408, ""));
    assert!(began.elapsed() < Duration::from_secs(3));
    assert!(server.nothing_offered());
    server.assert_alive().await;
}

#[tokio::test]
async fn l14_rings_are_answered_beside_five_thousand_silent_connections() {
    let _alone = MANY.lock().await;
    let mut server = Server::start().await;
    let mut silent = VecDeque::new();
    for number in 1..=5000 {
        silent.push_back(server.connect().await);
        // As many open connections as any system allows a test; more than the listener's limit.
        if silent.len() > 300 {
            silent.pop_front();
        }
        if number % 250 == 0 {
            server.assert_alive().await;
        }
    }
    assert!(server.count(ConnectionEnd::Displaced) > 0);
    assert_eq!(server.count(ConnectionEnd::Kept), 20);
    // The latest connections are still open: only the oldest were displaced.
    let mut latest = silent.pop_back().unwrap();
    latest.write_all(server.ring().as_bytes()).await.unwrap();
    let (_, reply) = soon(server.offered.recv()).await.unwrap();
    reply.send(Receipt::Kept).unwrap();
    assert_eq!(status(&rest(&mut latest).await), 200);
}

#[tokio::test]
async fn l14_a_request_in_progress_is_never_displaced() {
    let mut server = Server::with(Limits { connections: 2, ..Limits::default() }, Vec::new(), 64).await;
    let mut ring = server.connect().await;
    ring.write_all(server.ring().as_bytes()).await.unwrap();
    let (_, reply) = soon(server.offered.recv()).await.unwrap();
    let mut others = Vec::new();
    for _ in 0..50 {
        others.push(server.connect().await);
    }
    // The second last was displaced, so the listener has accepted all of them.
    assert_eq!(rest(&mut others[48]).await, "");
    reply.send(Receipt::Kept).unwrap();
    assert_eq!(status(&rest(&mut ring).await), 200);
    assert_eq!(server.count(ConnectionEnd::Displaced), 49);
}

#[tokio::test]
async fn l14_while_all_connections_are_in_progress_the_next_ring_waits() {
    // The linger time is longer than the test waits, so a place becomes free only by displacement.
    let limits = Limits { connections: 2, linger: Duration::from_secs(60), ..Limits::default() };
    let mut server = Server::with(limits, Vec::new(), 64).await;
    let mut rings = Vec::new();
    let mut receipts = Vec::new();
    for number in 0..4 {
        let mut stream = server.connect().await;
        stream.write_all(server.ring().as_bytes()).await.unwrap();
        rings.push(stream);
        if number < 2 {
            receipts.push(soon(server.offered.recv()).await.unwrap().1);
        }
    }
    // Another listener on this thread answers a later request, so this one has done all that it could do.
    Server::start().await.assert_alive().await;
    assert!(server.nothing_offered(), "never more than two at once");
    for _ in 0..2 {
        receipts.remove(0).send(Receipt::Kept).unwrap();
        // The client keeps its answered connection open.
        receipts.push(soon(server.offered.recv()).await.unwrap().1);
    }
    for receipt in receipts {
        receipt.send(Receipt::Kept).unwrap();
    }
    for ring in &mut rings {
        assert_eq!(status(&rest(ring).await), 200);
    }
}

#[tokio::test]
async fn l15_a_body_that_is_announced_as_too_long_gets_413_before_it_is_sent() {
    let mut server = Server::start().await;
    let limit = Limits::default().body_bytes;
    let request = server.request("POST", "", &" ".repeat(limit + 1));
    let head = request.split_once("\r\n\r\n").unwrap().0;
    assert_eq!(status(&server.say(format!("{head}\r\n\r\n")).await), 413);
    assert_eq!(status(&server.say(request).await), 413);
    for length in ["99999999999", "18446744073709551615"] {
        let huge = server.ring().replace(&format!("Content-Length: {}", super::RING.len()), &format!("Content-Length: {length}"));
        assert!(matches!(status(&server.say(huge).await), 413 | 431), "{length}");
    }
    assert!(server.nothing_offered());
    let most = format!("{{{}", " ".repeat(limit - 1));
    let (answer, delivery) = server.say_and_keep(server.request("POST", "", &most), Receipt::Kept).await;
    assert_eq!(status(&answer), 200);
    assert_eq!(delivery, super::event(&most));
}

fn chunked(server: &Server, chunks: impl Iterator<Item = String>) -> String {
    let (address, secret) = (server.address, super::SECRET);
    let chunks: String = chunks.map(|chunk| format!("{:x}\r\n{chunk}\r\n", chunk.len())).collect();
    format!(
        "POST /callbacks/{secret} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n{chunks}0\r\n\r\n"
    )
}

#[tokio::test]
async fn l17_an_endless_chunked_body_gets_413_at_the_limit() {
    // The limit counts bytes; a busy machine may take long for so many chunks.
    let limits = Limits { request: Duration::from_secs(60), ..Limits::default() };
    let mut server = Server::with(limits, Vec::new(), 64).await;
    let bomb = chunked(&server, (0..1000).map(|_| "{".repeat(1000)));
    assert_eq!(status(&server.say(bomb).await), 413);
    // One chunk that announces an enormous size, and has it.
    let head = chunked(&server, std::iter::empty()).replace("0\r\n\r\n", "ffffffffff\r\n");
    assert_eq!(status(&server.say(head + &"{".repeat(1 << 20)).await), 413);
    // A million chunks of one byte each are read up to the limit.
    let crumbs = chunked(&server, (0..300_000).map(|_| "{".to_owned()));
    assert_eq!(status(&server.say(crumbs).await), 413);
    assert!(server.nothing_offered());
    assert_eq!(server.count(ConnectionEnd::TooLarge), 3);
    let ring = chunked(&server, super::RING.chars().map(String::from));
    let (answer, delivery) = server.say_and_keep(ring, Receipt::Kept).await;
    assert_eq!((status(&answer), delivery), (200, super::event(super::RING)));
}

#[tokio::test]
async fn an_endless_head_is_refused_at_the_limit() {
    let server = Server::start().await;
    let long = server.request("POST", &format!("X: {}\r\n", "x".repeat(1 << 20)), "");
    assert!(matches!(status(&server.say(long).await), 400 | 431));
    let many = server.request("POST", &"X: y\r\n".repeat(1000), super::RING);
    assert!(matches!(status(&server.say(many).await), 400 | 431));
}

#[tokio::test]
async fn l14_a_refused_client_that_does_not_close_is_displaced() {
    // The linger time is longer than the test waits, so the place becomes free only by displacement.
    let limits = Limits { connections: 1, linger: Duration::from_secs(60), ..Limits::default() };
    let mut server = Server::with(limits, Vec::new(), 64).await;
    let mut refused = server.connect().await;
    refused.write_all(server.request("GET", "", "").as_bytes()).await.unwrap();
    let mut first = [0; 12];
    soon(refused.read_exact(&mut first)).await.unwrap();
    assert_eq!(&first, b"HTTP/1.1 405");
    server.assert_alive().await;
}

#[tokio::test]
async fn a_head_just_below_the_limit_is_accepted() {
    let mut server = Server::start().await;
    let least = server.request("POST", "X: \r\n", super::RING).len() - super::RING.len();
    let room = Limits::default().head_bytes - least;
    let long = server.request("POST", &format!("X: {}\r\n", "x".repeat(room)), super::RING);
    let (answer, _) = server.say_and_keep(long, Receipt::Kept).await;
    assert_eq!(status(&answer), 200);
}

/// Closing at once would reset the connection, and a client that is still sending would lose the answer.
#[tokio::test]
async fn the_rest_of_a_refused_request_is_read() {
    let limits = Limits { linger: Duration::from_secs(60), ..Limits::default() };
    let server = Server::with(limits, Vec::new(), 64).await;
    let mut stream = server.connect().await;
    let request = server.request("GET", "", "").replace("Content-Length: 0", "Content-Length: 200000");
    stream.write_all(request.as_bytes()).await.unwrap();
    assert_eq!(status(&rest(&mut stream).await), 405, "the whole answer arrives");
    for _ in 0..20 {
        soon(stream.write_all(&[b'x'; 10_000])).await.expect("the listener reads on");
    }
}
