//! 200 means that the callback is stored; in all other cases the answer is not 200.

use std::time::Duration;

use ringside_domain::Receipt;
use tokio::{io::AsyncWriteExt, time::Instant};

use super::{Server, body, header, rest, soon, status};
use crate::{ConnectionEnd, Limits};

#[tokio::test]
async fn l42_a_callback_that_is_not_stored_gets_503() {
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
async fn l42_a_callback_without_a_receipt_in_time_gets_503() {
    let limits = Limits { receipt: Duration::from_millis(100), ..Limits::default() };
    let mut server = Server::with(limits, Vec::new(), 64).await;
    assert_eq!(status(&server.say(server.ring()).await), 503);
    let (_, late) = server.offered.try_recv().unwrap();
    assert!(late.send(Receipt::Kept).is_err(), "the listener no longer waits");
    server.assert_alive().await;
}

#[tokio::test]
async fn l42_a_callback_gets_503_at_once_if_the_queue_is_full() {
    let mut server = Server::with(Limits::default(), Vec::new(), 1).await;
    let mut first = server.connect().await;
    first.write_all(server.ring().as_bytes()).await.unwrap();
    // The first request fills the queue as soon as it is read; any later one gets an answer.
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
async fn l42_a_callback_gets_503_if_the_sink_is_closed() {
    let mut server = Server::start().await;
    server.offered.close();
    assert_eq!(status(&server.say(server.ring()).await), 503);
    assert_eq!(server.count(ConnectionEnd::NotKept), 1);
}

#[tokio::test]
async fn l41_a_panic_gets_500_is_counted_and_does_not_end_the_listener() {
    let mut server = Server::start().await;
    for _ in 0..3 {
        let answer = server.say(server.request("POST", "", "panic")).await;
        assert_eq!((status(&answer), body(&answer)), (500, ""));
    }
    assert_eq!(server.count(ConnectionEnd::Panicked), 3);
    server.assert_alive().await;
}

#[tokio::test]
async fn l43_a_request_in_progress_is_finished_before_the_listener_ends() {
    let mut server = Server::start().await;
    let mut silent = server.connect().await;
    let mut stream = server.connect().await;
    stream.write_all(server.ring().as_bytes()).await.unwrap();
    let (_, reply) = soon(server.offered.recv()).await.unwrap();
    server.stop.send(()).unwrap();
    // The silent connection is closed at once, so the listener has begun to stop.
    assert_eq!(rest(&mut silent).await, "");
    reply.send(Receipt::Kept).unwrap();
    assert_eq!(status(&rest(&mut stream).await), 200);
    drop(stream);
    soon(server.running).await.unwrap();
    assert!(tokio::net::TcpStream::connect(server.address).await.is_err(), "no listener is left");
}

#[tokio::test]
async fn l43_without_a_receipt_the_listener_ends_without_answering_200() {
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
