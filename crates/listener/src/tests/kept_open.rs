//! Several requests on one connection.

use std::time::Duration;

use proptest::{prelude::*, test_runner::TestRunner};
use ringside_domain::{Delivery, Receipt};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use super::{RING, SECRET, Server, header, rest, soon, status};
use crate::{ConnectionEnd, Limits};

/// Reads one answer, and nothing after it.
async fn answer(stream: &mut TcpStream) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(soon(stream.read_u8()).await.unwrap());
    }
    let head = String::from_utf8(head).unwrap();
    let mut body = vec![0; header(&head, "content-length").unwrap().parse().unwrap()];
    soon(stream.read_exact(&mut body)).await.unwrap();
    head + std::str::from_utf8(&body).unwrap()
}

async fn keep(server: &mut Server) -> Delivery {
    let (delivery, reply) = soon(server.offered.recv()).await.unwrap();
    reply.send(Receipt::Kept).unwrap();
    delivery
}

/// A connection that has had one answer.
async fn used(server: &mut Server) -> TcpStream {
    let mut stream = server.connect().await;
    stream.write_all(server.kept_open("POST", "", RING).as_bytes()).await.unwrap();
    keep(server).await;
    assert_eq!(status(&answer(&mut stream).await), 200);
    stream
}

#[tokio::test]
async fn l40_a_connection_stays_open_after_an_answer_to_a_whole_request() {
    let mut server = Server::start().await;
    let mut stream = used(&mut server).await;
    for (body, receipt, code) in
        [(RING, Some(Receipt::Kept), 200), ("[]", None, 400), (RING, Some(Receipt::NotKept), 503), (RING, Some(Receipt::Kept), 200)]
    {
        stream.write_all(server.kept_open("POST", "", body).as_bytes()).await.unwrap();
        let (_, reply) = soon(server.offered.recv()).await.unwrap();
        if let Some(receipt) = receipt {
            reply.send(receipt).unwrap();
        }
        let answer = answer(&mut stream).await;
        assert_eq!((status(&answer), header(&answer, "connection")), (code, None));
    }
    stream.write_all(server.ring().as_bytes()).await.unwrap();
    keep(&mut server).await;
    let last = rest(&mut stream).await;
    assert_eq!((status(&last), header(&last, "connection")), (200, Some("close")));
    assert_eq!((server.count(ConnectionEnd::Kept), server.counters.snapshot().refused()), (4, 2));
}

#[tokio::test]
async fn l15_l17_a_body_that_is_not_read_to_its_end_closes_the_connection() {
    for (lines, code) in [("Content-Encoding: gzip\r\n", 415), ("Origin: null\r\n", 403)] {
        let mut server = Server::start().await;
        let mut stream = used(&mut server).await;
        // The body is another request.
        let request = server.kept_open("POST", lines, &server.kept_open("POST", "", RING));
        stream.write_all(request.as_bytes()).await.unwrap();
        let last = rest(&mut stream).await;
        assert_eq!((status(&last), header(&last, "connection"), last.matches("HTTP/1.1").count()), (code, Some("close"), 1));
        assert!(server.nothing_offered());
    }
}

#[tokio::test]
async fn l12_l13_each_request_has_the_same_time() {
    let limits = Limits { request: Duration::from_millis(200), ..Limits::default() };
    let mut server = Server::with(limits, Vec::new(), 64).await;
    let request = server.kept_open("POST", "", RING);
    for part in [10, request.len() - 1] {
        let mut stream = used(&mut server).await;
        // Longer than a request may take: only the pause between two requests may.
        tokio::time::sleep(limits.request * 2).await;
        stream.write_all(&request.as_bytes()[..part]).await.unwrap();
        let last = rest(&mut stream).await;
        assert_eq!((status(&last), header(&last, "connection")), (408, Some("close")));
    }
    assert_eq!((server.count(ConnectionEnd::TooSlow), server.counters.snapshot().refused()), (2, 2));
}

#[tokio::test]
async fn l12_a_connection_without_another_request_is_closed_without_a_count() {
    let limits = Limits { idle: Duration::from_millis(100), ..Limits::default() };
    let mut server = Server::with(limits, Vec::new(), 64).await;
    let mut stream = used(&mut server).await;
    assert_eq!(rest(&mut stream).await, "");
    assert_eq!(server.counters.snapshot().refused(), 0);
}

#[tokio::test]
async fn l12_blank_lines_after_a_request_are_no_other_request() {
    let limits = Limits { idle: Duration::from_millis(300), request: Duration::from_millis(100), ..Limits::default() };
    let mut server = Server::with(limits, Vec::new(), 64).await;
    let mut stream = used(&mut server).await;
    stream.write_all(b"\r\n\n").await.unwrap();
    assert_eq!(rest(&mut stream).await, "");
    let mut stream = server.connect().await;
    let request = server.kept_open("POST", "", RING) + "\r\n";
    for _ in 0..2 {
        stream.write_all(request.as_bytes()).await.unwrap();
        keep(&mut server).await;
        assert_eq!(status(&answer(&mut stream).await), 200);
    }
    assert_eq!(server.counters.snapshot().refused(), 0);
}

#[tokio::test]
async fn l16_l18_lines_between_chunks_that_another_program_could_read_otherwise_are_refused() {
    let size = format!("{:x}", RING.len());
    let long = "a".repeat(2000);
    for (line, trailers) in [
        (size.clone() + "\r", ""),
        (size.clone() + "\x0c", ""),
        (size.clone() + ";a\rb", ""),
        (size.clone() + ";" + &long, ""),
        ("+".to_owned() + &size, ""),
        (size.clone(), "POST /x HTTP/1.1\r\n"),
        (size.clone(), ": a\r\n"),
        (size.clone(), "a: \0\r\n"),
    ] {
        let mut server = Server::start().await;
        let mut stream = used(&mut server).await;
        let head = server.kept_open("POST", "Transfer-Encoding: chunked\r\n", "").replace("Content-Length: 0\r\n", "");
        let request = format!("{head}{line}\r\n{RING}\r\n0\r\n{trailers}\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        assert_eq!(status(&rest(&mut stream).await), 400, "{line:?} {trailers:?}");
        assert!(server.nothing_offered());
    }
}

/// A proxy sends such a request again elsewhere.
#[tokio::test]
async fn l14_a_request_that_had_begun_when_its_connection_was_displaced_is_answered() {
    let mut server = Server::with(Limits { connections: 1, ..Limits::default() }, Vec::new(), 64).await;
    let mut stream = used(&mut server).await;
    let request = server.kept_open("POST", "", RING);
    stream.write_all(&request.as_bytes()[..20]).await.unwrap();
    // The listener has read them when nothing is left in the socket's queue; a new connection displaces this one at any time after that.
    let mut last = String::new();
    while last.is_empty() {
        server.assert_alive().await;
        last = rest(&mut stream).await;
        if last.is_empty() {
            stream = used(&mut server).await;
            stream.write_all(&request.as_bytes()[..20]).await.unwrap();
        }
    }
    assert_eq!((status(&last), header(&last, "connection")), (503, Some("close")));
    assert_eq!(server.count(ConnectionEnd::Displaced), 1);
}

#[tokio::test]
async fn l14_a_connection_between_two_requests_is_displaced_without_a_count() {
    let mut server = Server::with(Limits { connections: 1, ..Limits::default() }, Vec::new(), 64).await;
    let mut stream = used(&mut server).await;
    server.assert_alive().await;
    assert_eq!(rest(&mut stream).await, "");
    assert_eq!((server.count(ConnectionEnd::Kept), server.counters.snapshot().refused()), (2, 0));
}

#[tokio::test]
async fn l43_at_the_stop_unused_connections_end_at_once_and_the_last_answer_says_close() {
    let mut server = Server::start().await;
    let (mut unused, mut busy) = (used(&mut server).await, used(&mut server).await);
    busy.write_all(server.kept_open("POST", "", RING).as_bytes()).await.unwrap();
    let (_, reply) = soon(server.offered.recv()).await.unwrap();
    server.stop.send(()).unwrap();
    assert_eq!(rest(&mut unused).await, "");
    reply.send(Receipt::Kept).unwrap();
    let last = rest(&mut busy).await;
    assert_eq!((status(&last), header(&last, "connection")), (200, Some("close")));
    drop(busy);
    soon(server.running).await.unwrap();
}

/// Requests as they are sent, with the status of the answer.
#[derive(Clone, Copy, Debug)]
enum Sent {
    Ring,
    Chunked,
    NotCallback,
    Last,
    Old,
    Elsewhere,
    FramedTwice,
    NotHttp,
    TooLong,
}

impl Sent {
    fn bytes(self, number: usize) -> String {
        let ring = format!(r#"{{"ring":{number},"text":"{}"}}"#, "POST / HTTP/1.1\r\n\r\n".repeat(number % 3));
        let head = |lines: &str| format!("POST /callbacks/{SECRET} HTTP/1.1\r\nHost: calls.example.com\r\n{lines}\r\n");
        let length = format!("Content-Length: {}\r\n", ring.len());
        match self {
            Self::Ring => head(&length) + &ring,
            Self::Chunked => {
                let (first, second) = ring.split_at(ring.len() / 2);
                let chunks = format!("{:x};a=b\r\n{first}\r\n{:X}\r\n{second}\r\n0\r\nA: b\r\n\r\n", first.len(), second.len());
                head("Transfer-Encoding: chunked\r\n") + &chunks
            }
            Self::NotCallback => head("Content-Length: 2\r\n") + "[]",
            Self::Last => head(&format!("Connection: close\r\n{length}")) + &ring,
            Self::Old => Self::Ring.bytes(number).replacen("HTTP/1.1", "HTTP/1.0", 1),
            Self::Elsewhere => Self::Ring.bytes(number).replacen(SECRET, "elsewhere", 1),
            Self::FramedTwice => head(&format!("Transfer-Encoding: chunked\r\n{length}")) + &ring,
            Self::NotHttp => "\u{16}\u{3}\u{1}".to_owned(),
            Self::TooLong => head("Content-Length: 999999999\r\n"),
        }
    }

    /// The status, whether the body gets to the sink, and whether the connection stays open.
    fn expected(self) -> (u16, bool, bool) {
        match self {
            Self::Ring | Self::Chunked => (200, true, true),
            Self::NotCallback => (400, false, true),
            Self::Last | Self::Old => (200, true, false),
            Self::Elsewhere => (404, false, false),
            Self::FramedTwice | Self::NotHttp => (400, false, false),
            Self::TooLong => (413, false, false),
        }
    }
}

fn requests() -> impl Strategy<Value = (Vec<Sent>, Vec<usize>)> {
    let one = prop_oneof![
        6 => Just(Sent::Ring),
        3 => Just(Sent::Chunked),
        2 => Just(Sent::NotCallback),
        1 => prop::sample::select(vec![Sent::Last, Sent::Old, Sent::Elsewhere, Sent::FramedTwice, Sent::NotHttp, Sent::TooLong]),
    ];
    (prop::collection::vec(one, 1..12), prop::collection::vec(1_usize..400, 1..12))
}

/// Sends the requests in pieces of these lengths, and closes its side; the statuses of the answers, and the bodies that were kept.
async fn sent(server: &mut Server, requests: &[Sent], pieces: &[usize]) -> (Vec<u16>, Vec<String>) {
    let bytes: String = requests.iter().enumerate().map(|(number, sent)| sent.bytes(number)).collect();
    let stream = server.connect().await;
    stream.set_nodelay(true).unwrap();
    let (mut read, mut write) = stream.into_split();
    let pieces = pieces.to_vec();
    let writing = tokio::spawn(async move {
        let (mut left, mut lengths) = (bytes.as_bytes(), pieces.iter().cycle());
        while !left.is_empty() {
            let (piece, after) = left.split_at(left.len().min(*lengths.next().unwrap()));
            // The listener may have closed the connection.
            if write.write_all(piece).await.is_err() {
                return;
            }
            left = after;
            tokio::task::yield_now().await;
        }
        let _ = write.shutdown().await;
    });
    let (mut answers, mut kept) = (Vec::new(), Vec::new());
    {
        let reading = read.read_to_end(&mut answers);
        tokio::pin!(reading);
        loop {
            tokio::select! {
                biased;
                Some((delivery, reply)) = server.offered.recv() => {
                    if let Delivery::Events { events, .. } = delivery {
                        kept.extend(events.into_iter().map(|event| event.payload));
                        reply.send(Receipt::Kept).unwrap();
                    }
                }
                _ = soon(&mut reading) => break,
            }
        }
    }
    writing.await.unwrap();
    let answers = String::from_utf8(answers).unwrap();
    (answers.split("HTTP/1.1 ").skip(1).map(|answer| answer[..3].parse().unwrap()).collect(), kept)
}

#[test]
fn l18_l40_each_request_before_the_end_of_the_connection_is_answered_and_kept_once_and_in_order() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let server = tokio::sync::Mutex::new(runtime.block_on(Server::start()));
    let config = ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() };
    TestRunner::new(config)
        .run(&requests(), |(requests, pieces)| {
            let last = requests.iter().position(|sent| !sent.expected().2).map_or(requests.len(), |at| at + 1);
            let statuses: Vec<u16> = requests[..last].iter().map(|sent| sent.expected().0).collect();
            let bodies: Vec<String> = (0..last)
                .filter(|at| requests[*at].expected().1)
                .map(|at| Sent::Ring.bytes(at).split_once("\r\n\r\n").unwrap().1.to_owned())
                .collect();
            runtime.block_on(async {
                let mut server = server.lock().await;
                let before = server.counters.snapshot();
                let (answered, kept) = sent(&mut server, &requests, &pieces).await;
                prop_assert_eq!(answered, statuses);
                prop_assert_eq!(&kept, &bodies);
                let after = server.counters.snapshot();
                prop_assert_eq!(after.of(ConnectionEnd::Kept) - before.of(ConnectionEnd::Kept), bodies.len() as u64);
                prop_assert_eq!(after.refused() - before.refused(), (last - bodies.len()) as u64, "each is counted once");
                Ok(())
            })
        })
        .unwrap();
}
