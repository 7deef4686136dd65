//! 200 means kept, and nothing else does.

use std::time::Duration;

use ringside_domain::Receipt;
use tokio::{io::AsyncWriteExt, time::Instant};

use super::{Server, body, header, rest, soon, status};
use crate::{ConnectionEnd, Limits};

#[tokio::test]
async fn l42_what_was_not_kept_is_503() {
    let mut server = Server::start().await;
    let (answer, _) = server.say_and_keep(server.ring(), Receipt::NotKept).await;
    assert_eq!((status(&answer), body(&answer)), (503, ""));
    assert_eq!(header(&answer, "retry-after"), Some("1"));

    let mut stream = server.connect().await;
    stream.write_all(server.ring().as_bytes()).await.unwrap();
    drop(soon(server.offered.recv()).await.unwrap());
    assert_eq!(status(&rest(&mut stream).await), 503, "the receipt was dropped");
    assert_eq!(server.count(ConnectionEnd::NotKept), 2);
    server.assert_alive().await;
}

#[tokio::test]
async fn l42_no_receipt_in_time_is_503() {
    let limits = Limits { receipt: Duration::from_millis(100), ..Limits::default() };
    let mut server = Server::with(limits, Vec::new(), 64).await;
    assert_eq!(status(&server.say(server.ring()).await), 503);
    let (_, late) = server.offered.try_recv().unwrap();
    assert!(late.send(Receipt::Kept).is_err(), "nobody waits any more");
    server.assert_alive().await;
}

#[tokio::test]
async fn l42_no_room_is_503_at_once() {
    let mut server = Server::with(Limits::default(), Vec::new(), 1).await;
    let mut first = server.connect().await;
    first.write_all(server.ring().as_bytes()).await.unwrap();
    // The first fills the queue as soon as it is read, so the one that comes back is any later one.
    let refused = loop {
        let mut stream = server.connect().await;
        stream.write_all(server.ring().as_bytes()).await.unwrap();
        let answer = rest(&mut stream).await;
        if server.count(ConnectionEnd::Busy) > 0 {
            break answer;
        }
    };
    assert_eq!((status(&refused), body(&refused)), (503, ""));
    assert!(header(&refused, "retry-after").is_some());
    soon(server.offered.recv()).await.unwrap().1.send(Receipt::Kept).unwrap();
    assert_eq!(status(&rest(&mut first).await), 200);
    server.assert_alive().await;
}

#[tokio::test]
async fn l42_a_sink_that_is_gone_is_503() {
    let mut server = Server::start().await;
    server.offered.close();
    assert_eq!(status(&server.say(server.ring()).await), 503);
    assert_eq!(server.count(ConnectionEnd::NotKept), 1);
}

#[tokio::test]
async fn l41_a_panic_is_500_counted_and_survived() {
    let mut server = Server::start().await;
    for _ in 0..3 {
        let answer = server.say(server.request("POST", "", "panic")).await;
        assert_eq!((status(&answer), body(&answer)), (500, ""));
    }
    assert_eq!(server.count(ConnectionEnd::Panicked), 3);
    server.assert_alive().await;
}

#[tokio::test]
async fn l43_a_request_under_way_is_finished_before_the_end() {
    let mut server = Server::start().await;
    let mut silent = server.connect().await;
    let mut stream = server.connect().await;
    stream.write_all(server.ring().as_bytes()).await.unwrap();
    let (_, reply) = soon(server.offered.recv()).await.unwrap();
    server.stop.send(()).unwrap();
    // Closed at once, so the listener has begun to stop.
    assert_eq!(rest(&mut silent).await, "");
    reply.send(Receipt::Kept).unwrap();
    assert_eq!(status(&rest(&mut stream).await), 200);
    drop(stream);
    soon(server.running).await.unwrap();
    assert!(tokio::net::TcpStream::connect(server.address).await.is_err(), "nothing listens any more");
}

#[tokio::test]
async fn l43_without_a_receipt_the_end_comes_and_no_200() {
    let limits = Limits { drain: Duration::from_millis(100), ..Limits::default() };
    let mut server = Server::with(limits, Vec::new(), 64).await;
    let mut stream = server.connect().await;
    stream.write_all(server.ring().as_bytes()).await.unwrap();
    let (_, receipt) = soon(server.offered.recv()).await.unwrap();
    let began = Instant::now();
    server.stop.send(()).unwrap();
    soon(server.running).await.unwrap();
    assert!(began.elapsed() < Duration::from_secs(2));
    assert_eq!(rest(&mut stream).await, "");
    assert!(receipt.send(Receipt::Kept).is_err());
}
