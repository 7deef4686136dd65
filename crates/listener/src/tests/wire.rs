//! Requests that are malformed, cut off or unusual.

use ringside_domain::Receipt;
use tokio::io::AsyncWriteExt;

use super::{RING, SECRET, Server, header, rest, soon, status};
use crate::{ConnectionEnd, Limits};

fn length_line(length: usize) -> String {
    format!("Content-Length: {length}\r\n")
}

#[tokio::test]
async fn l16_a_body_longer_than_its_content_length_is_cut() {
    let mut server = Server::start().await;
    let request = server.request("POST", "", "[1234567890]").replace(&length_line(12), &length_line(4));
    assert_eq!(status(&server.say(request).await), 400);
    assert!(matches!(server.offered.try_recv().unwrap().0, ringside_domain::Delivery::Malformed(flaw) if flaw.body == b"[123"));
    assert!(server.nothing_offered(), "the rest is not another request");
}

#[tokio::test]
async fn l16_a_body_shorter_than_its_content_length_is_refused() {
    let limits = Limits { request: std::time::Duration::from_millis(300), ..Limits::default() };
    let mut server = Server::with(limits, Vec::new(), 64).await;
    let request = server.ring().replace(&length_line(RING.len()), &length_line(RING.len() + 1));
    // The client waits …
    assert_eq!(status(&server.say(&request).await), 408);
    // … or closes its side.
    let mut stream = server.connect().await;
    stream.write_all(request.as_bytes()).await.unwrap();
    stream.shutdown().await.unwrap();
    assert!(matches!(status(&rest(&mut stream).await), 0 | 400));
    assert!(server.nothing_offered());
}

/// The connection is reset in the middle of the body: it counts as one failed request.
#[tokio::test]
async fn l16_a_connection_that_breaks_is_counted_once() {
    let server = Server::start().await;
    let mut stream = server.connect().await;
    let request = server.request("POST", "Expect: 100-continue\r\n", RING);
    let (head, _) = request.split_once("\r\n\r\n").unwrap();
    stream.write_all(format!("{head}\r\n\r\n").as_bytes()).await.unwrap();
    // After 100 Continue the listener waits for the body.
    let mut asked = [0; 25];
    soon(tokio::io::AsyncReadExt::read_exact(&mut stream, &mut asked)).await.unwrap();
    stream.set_zero_linger().unwrap();
    drop(stream);
    soon(async {
        while server.count(ConnectionEnd::BadRequest) == 0 {
            tokio::task::yield_now().await;
        }
    })
    .await;
    let Server { counters, stop, running, .. } = server;
    stop.send(()).unwrap();
    soon(running).await.unwrap();
    assert_eq!(counters.snapshot().refused(), 1);
}

#[tokio::test]
async fn l16_an_invalid_content_length_gets_400() {
    let mut server = Server::start().await;
    for length in ["-1", "+5", "0x10", "1e3", "", "5, 6", "99999999999999999999999"] {
        let request = server.ring().replace(&length_line(RING.len()), &format!("Content-Length: {length}\r\n"));
        assert_eq!(status(&server.say(request).await), 400, "{length}");
    }
    let twice = server.ring().replace(&length_line(RING.len()), &(length_line(RING.len()) + &length_line(3)));
    assert_eq!(status(&server.say(twice).await), 400);
    assert!(server.nothing_offered());
    assert_eq!(server.count(ConnectionEnd::BadRequest), 8);
}

#[tokio::test]
async fn l18_a_request_with_two_framings_gets_400_and_is_closed() {
    let mut server = Server::start().await;
    let body = "0\r\n\r\nPOST /smuggled HTTP/1.1\r\n\r\n";
    for lines in ["Transfer-Encoding: chunked\r\n", "transfer-encoding : chunked\r\n", "Transfer-Encoding:\tchunked\r\n"] {
        let answer = server.say(server.request("POST", lines, body)).await;
        assert_eq!(status(&answer), 400);
        assert_eq!(answer.matches("HTTP/1.1").count(), 1);
    }
    assert!(server.nothing_offered());
    assert_eq!(server.count(ConnectionEnd::BadRequest), 3);
}

#[tokio::test]
async fn l40_http_1_0_is_answered_and_closed() {
    let mut server = Server::start().await;
    let request = server.kept_open("POST", "Connection: keep-alive\r\n", RING).replace("HTTP/1.1", "HTTP/1.0");
    let (answer, _) = server.say_and_keep(request, Receipt::Kept).await;
    assert_eq!((status(&answer), header(&answer, "connection")), (200, Some("close")));
}

#[tokio::test]
async fn l40_a_client_that_closes_its_side_first_is_answered() {
    let mut server = Server::start().await;
    let mut stream = server.connect().await;
    stream.write_all(server.ring().as_bytes()).await.unwrap();
    stream.shutdown().await.unwrap();
    let (_, reply) = soon(server.offered.recv()).await.unwrap();
    reply.send(Receipt::Kept).unwrap();
    assert_eq!(status(&rest(&mut stream).await), 200);
}

#[tokio::test]
async fn l40_other_protocols_than_http_1_are_closed_at_once() {
    // Longer than the test waits, so the connection is not closed because of this limit.
    let limits = Limits { request: std::time::Duration::from_secs(60), ..Limits::default() };
    let mut server = Server::with(limits, Vec::new(), 64).await;
    let preface: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0";
    let tls: &[u8] = b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03";
    let old: &[u8] = b"POST /\r\n\r\n";
    let wrong: &[u8] = b"POST / HTTP/3.9\r\n\r\n";
    let bare: &[u8] = b"hello\n\n";
    let folded = format!("POST /callbacks/{SECRET} HTTP/1.1\r\nHost: {}\r\nA: b\r\n c\r\n\r\n", server.address);
    for bytes in [preface, tls, old, wrong, bare, folded.as_bytes()] {
        assert!(matches!(status(&server.say(bytes).await), 0 | 400 | 505), "{bytes:?}");
    }
    assert!(server.nothing_offered());
    server.assert_alive().await;
}

#[tokio::test]
async fn a_client_that_expects_100_continue_gets_it() {
    let mut server = Server::start().await;
    let request = server.request("POST", "Expect: 100-continue\r\n", RING);
    let (head, body) = request.split_once("\r\n\r\n").unwrap();
    let mut stream = server.connect().await;
    stream.write_all(format!("{head}\r\n\r\n").as_bytes()).await.unwrap();
    let mut asked = [0; 25];
    soon(tokio::io::AsyncReadExt::read_exact(&mut stream, &mut asked)).await.unwrap();
    assert_eq!(&asked, b"HTTP/1.1 100 Continue\r\n\r\n");
    stream.write_all(body.as_bytes()).await.unwrap();
    soon(server.offered.recv()).await.unwrap().1.send(Receipt::Kept).unwrap();
    assert_eq!(status(&rest(&mut stream).await), 200);
}

#[tokio::test]
async fn a_request_that_arrives_in_pieces_is_one_request() {
    let mut server = Server::start().await;
    let ring = server.ring();
    let mut stream = server.connect().await;
    stream.set_nodelay(true).unwrap();
    for piece in ring.as_bytes().chunks(7) {
        stream.write_all(piece).await.unwrap();
        tokio::task::yield_now().await;
    }
    soon(server.offered.recv()).await.unwrap().1.send(Receipt::Kept).unwrap();
    assert_eq!(status(&rest(&mut stream).await), 200);
}
