//! No ring missed for what others send.

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
fn l12_l13_the_limits_keep_to_ten_seconds() {
    let limits = Limits::default();
    assert!(limits.request + limits.linger < Duration::from_secs(10));
    assert!(limits.receipt <= Duration::from_secs(10));
    assert!(limits.drain <= Duration::from_secs(2));
}

/// Two tests of many connections at once would need more files than some systems give a program.
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
        // Displaced, or too slow.
        assert!(matches!(status(&rest(stream).await), 0 | 408));
    }
    assert!(began.elapsed() < Duration::from_secs(5));
    assert_eq!(server.count(ConnectionEnd::TooSlow) + server.count(ConnectionEnd::Displaced), 500);
    assert!(server.count(ConnectionEnd::TooSlow) >= 256);
    server.assert_alive().await;
}

#[tokio::test]
async fn l12_a_connection_that_says_nothing_is_closed() {
    let server = Server::with(short(), Vec::new(), 64).await;
    assert_eq!(status(&server.say("").await), 408);
}

#[tokio::test]
async fn l13_a_body_byte_by_byte_is_408() {
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
    let answer = answer.strip_prefix("HTTP/1.1 100 Continue\r\n\r\n").expect("asked for the body");
    assert_eq!((status(answer), body(answer)), (408, ""));
    assert!(began.elapsed() < Duration::from_secs(3));
    assert!(server.nothing_offered());
    server.assert_alive().await;
}

#[tokio::test]
async fn l14_five_thousand_silent_connections_do_not_keep_a_ring_out() {
    let _alone = MANY.lock().await;
    let mut server = Server::start().await;
    let mut silent = VecDeque::new();
    for number in 1..=5000 {
        silent.push_back(server.connect().await);
        // As many open at once as any system gives a test; the cap is below it.
        if silent.len() > 300 {
            silent.pop_front();
        }
        if number % 250 == 0 {
            server.assert_alive().await;
        }
    }
    assert!(server.count(ConnectionEnd::Displaced) > 0);
    assert_eq!(server.count(ConnectionEnd::Kept), 20);
    // The latest are still there: only the oldest had to go.
    let mut latest = silent.pop_back().unwrap();
    latest.write_all(server.ring().as_bytes()).await.unwrap();
    let (_, reply) = soon(server.offered.recv()).await.unwrap();
    reply.send(Receipt::Kept).unwrap();
    assert_eq!(status(&rest(&mut latest).await), 200);
}

#[tokio::test]
async fn l14_a_request_under_way_is_never_displaced() {
    let mut server = Server::with(Limits { connections: 2, ..Limits::default() }, Vec::new(), 64).await;
    let mut ring = server.connect().await;
    ring.write_all(server.ring().as_bytes()).await.unwrap();
    let (_, reply) = soon(server.offered.recv()).await.unwrap();
    let mut others = Vec::new();
    for _ in 0..50 {
        others.push(server.connect().await);
    }
    // The second last was displaced, so the listener has seen them all.
    assert_eq!(rest(&mut others[48]).await, "");
    reply.send(Receipt::Kept).unwrap();
    assert_eq!(status(&rest(&mut ring).await), 200);
    assert_eq!(server.count(ConnectionEnd::Displaced), 49);
}

#[tokio::test]
async fn l14_with_every_place_under_way_the_next_ring_waits_for_one() {
    // The linger is longer than the test waits: a place comes free by giving way only.
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
    // What another listener, on this thread too, is sent later comes through: whatever could go on by now has gone on.
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
async fn l15_a_body_said_to_be_too_long_is_413_before_it_is_sent() {
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
    format!("POST /callbacks/{secret} HTTP/1.1\r\nHost: {address}\r\nTransfer-Encoding: chunked\r\n\r\n{chunks}0\r\n\r\n")
}

#[tokio::test]
async fn l17_chunks_without_end_are_413_at_the_cap() {
    // What is counted are bytes; a busy machine may take its time over so many chunks.
    let limits = Limits { request: Duration::from_secs(60), ..Limits::default() };
    let mut server = Server::with(limits, Vec::new(), 64).await;
    let bomb = chunked(&server, (0..1000).map(|_| "{".repeat(1000)));
    assert_eq!(status(&server.say(bomb).await), 413);
    // One chunk that says it is enormous, and is.
    let head = chunked(&server, std::iter::empty()).replace("0\r\n\r\n", "ffffffffff\r\n");
    assert_eq!(status(&server.say(head + &"{".repeat(1 << 20)).await), 413);
    // A million chunks of one byte: as many as the cap allows are read.
    let crumbs = chunked(&server, (0..300_000).map(|_| "{".to_owned()));
    assert_eq!(status(&server.say(crumbs).await), 413);
    assert!(server.nothing_offered());
    assert_eq!(server.count(ConnectionEnd::TooLarge), 3);
    let ring = chunked(&server, super::RING.chars().map(String::from));
    let (answer, delivery) = server.say_and_keep(ring, Receipt::Kept).await;
    assert_eq!((status(&answer), delivery), (200, super::event(super::RING)));
}

#[tokio::test]
async fn a_head_without_end_is_refused_at_its_cap() {
    let server = Server::start().await;
    let long = server.request("POST", &format!("X: {}\r\n", "x".repeat(1 << 20)), "");
    assert!(matches!(status(&server.say(long).await), 400 | 431));
    let many = server.request("POST", &"X: y\r\n".repeat(1000), super::RING);
    assert!(matches!(status(&server.say(many).await), 400 | 431));
}

#[tokio::test]
async fn l14_a_refused_client_that_does_not_go_gives_its_place_away() {
    // The linger is longer than the test waits: only by giving way can the place come free.
    let limits = Limits { connections: 1, linger: Duration::from_secs(60), ..Limits::default() };
    let mut server = Server::with(limits, Vec::new(), 64).await;
    let mut refused = server.connect().await;
    refused.write_all(server.request("GET", "", "").as_bytes()).await.unwrap();
    let mut first = [0; 12];
    soon(refused.read_exact(&mut first)).await.unwrap();
    assert_eq!(&first, b"HTTP/1.1 405");
    server.assert_alive().await;
}
