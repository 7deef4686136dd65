//! Unauthorised requests are refused.

use ringside_domain::{Delivery, Flaw, PublicPath, Receipt};

use super::{RING, SECRET, Server, body, header, status};
use crate::{ConnectionEnd, Limits};

#[tokio::test]
async fn a_ring_is_stored_and_answered_with_ok() {
    let mut server = Server::start().await;
    let (answer, delivery) = server.say_and_keep(server.ring(), Receipt::Kept).await;
    assert_eq!((status(&answer), body(&answer), header(&answer, "content-type")), (200, "ok", Some("text/plain")));
    assert_eq!(delivery, super::event(RING));
    assert_eq!(server.count(ConnectionEnd::Kept), 1);
    assert_eq!(server.counters.snapshot().refused(), 0);
}

#[tokio::test]
async fn l4_a_wrong_secret_gets_404_without_a_body() {
    let mut server = Server::start().await;
    let ring = server.ring();
    for path in ["/", "/callbacks", "/callbacks/", "/callbacks/wrong", "/callbacks/0123456789abcdef", "*"] {
        let answer = server.say(ring.replace(&format!("/callbacks/{SECRET}"), path)).await;
        assert_eq!((status(&answer), body(&answer)), (404, ""), "{path}");
    }
    assert!(server.nothing_offered());
    assert_eq!(server.count(ConnectionEnd::WrongPath), 6);
}

#[tokio::test]
async fn fc19_requests_with_and_without_the_path_of_the_public_url_are_accepted() {
    let mut server = Server::start().await;
    let ring = server.ring();
    let before = |path: &str| ring.replace("/callbacks/", &format!("{path}/callbacks/"));
    for (request, path) in [
        (ring.clone(), PublicPath::CutOff),
        (before("/"), PublicPath::CutOff),
        (before("/ringside"), PublicPath::PassedOn),
        (before("//ringside/"), PublicPath::PassedOn),
        (before("/ring%73ide"), PublicPath::PassedOn),
    ] {
        let (answer, delivery) = server.say_and_keep(request, Receipt::Kept).await;
        assert_eq!((status(&answer), delivery), (200, super::unknown(RING, path)));
    }
    for other in ["/ringsid", "/x/ringside", "/x%2fringside", "/ringside/."] {
        assert_eq!(status(&server.say(before(other)).await), 404, "{other}");
    }
}

#[tokio::test]
async fn a_query_in_the_url_is_ignored() {
    let mut server = Server::start().await;
    let ring = server.ring().replace(" HTTP/1.1", "?a=/b HTTP/1.1");
    assert_eq!(status(&server.say_and_keep(ring, Receipt::Kept).await.0), 200);
}

#[tokio::test]
async fn l5_l10_a_host_that_is_not_ours_gets_421() {
    let mut server = Server::start().await;
    let (ring, address) = (server.ring(), server.address);
    for host in
        ["evil.example", &format!("evil.example:{}", address.port()), "127.0.0.1", "127.0.0.1:1", "", "calls.example.com.evil.example"]
    {
        let answer = server.say(ring.replace(&format!("Host: {address}"), &format!("Host: {host}"))).await;
        assert_eq!((status(&answer), body(&answer)), (421, ""), "{host}");
    }
    // No host, two hosts, and another host in the request line.
    let missing = ring.replace(&format!("Host: {address}\r\n"), "");
    let twice = ring.replace("Content-Type", &format!("Host: {address}\r\nContent-Type"));
    let absolute = ring.replace("POST /", "POST http://evil.example/");
    for request in [missing, twice, absolute] {
        assert_eq!(status(&server.say(request).await), 421);
    }
    assert!(server.nothing_offered());
    assert_eq!(server.count(ConnectionEnd::WrongHost), 9);
}

#[tokio::test]
async fn l5_all_our_host_names_are_accepted() {
    let mut server = Server::start().await;
    let (ring, address) = (server.ring(), server.address);
    for host in [format!("localhost:{}", address.port()), format!("[::1]:{}", address.port()), "Calls.Example.com".to_owned()] {
        let request = ring.replace(&format!("Host: {address}"), &format!("Host: {host}"));
        assert_eq!(status(&server.say_and_keep(request, Receipt::Kept).await.0), 200, "{host}");
    }
    let absolute = ring.replace("POST /", &format!("POST http://{address}/"));
    assert_eq!(status(&server.say_and_keep(absolute, Receipt::Kept).await.0), 200);
}

async fn assert_refused(lines: &[&str], code: u16, outcome: ConnectionEnd) {
    let mut server = Server::start().await;
    for line in lines {
        let answer = server.say(server.request("POST", &format!("{line}\r\n"), RING)).await;
        assert_eq!((status(&answer), body(&answer)), (code, ""), "{line}");
    }
    assert!(server.nothing_offered());
    assert_eq!(server.count(outcome), lines.len() as u64);
}

#[tokio::test]
async fn l6_any_origin_header_gets_403() {
    assert_refused(
        &["Origin: https://evil.example", "Origin: null", "Origin: file://", "origin:", "Origin: http://127.0.0.1"],
        403,
        ConnectionEnd::FromPage,
    )
    .await;
}

#[tokio::test]
async fn l7_a_request_by_a_browser_gets_403() {
    assert_refused(
        &["Sec-Fetch-Site: cross-site", "Sec-Fetch-Site: same-origin", "sec-fetch-site: None", "Sec-Fetch-Site:"],
        403,
        ConnectionEnd::FromPage,
    )
    .await;
    let mut server = Server::start().await;
    let request = server.request("POST", "Sec-Fetch-Site: none\r\n", RING);
    assert_eq!(status(&server.say_and_keep(request, Receipt::Kept).await.0), 200);
}

#[tokio::test]
async fn l8_any_content_type_is_accepted() {
    let mut server = Server::start().await;
    for kind in ["text/plain", "application/x-www-form-urlencoded", "image/png", "", "\u{e9}"] {
        let request = server.request("POST", &format!("Content-Type: {kind}\r\n"), RING);
        assert_eq!(status(&server.say_and_keep(request, Receipt::Kept).await.0), 200, "{kind}");
    }
    let none = server.request("POST", "", RING);
    assert_eq!(status(&server.say_and_keep(none, Receipt::Kept).await.0), 200);
}

#[tokio::test]
async fn l9_a_preflight_gets_403_and_no_answer_has_a_cors_header() {
    let mut server = Server::start().await;
    let lines = "Access-Control-Request-Method: POST\r\nAccess-Control-Request-Private-Network: true\r\n";
    for request in [server.request("OPTIONS", lines, ""), server.request("OPTIONS", "Origin: https://evil.example\r\n", "")] {
        let answer = server.say(request).await;
        assert_eq!(status(&answer), 403);
        assert!(!answer.to_ascii_lowercase().contains("access-control"));
    }
    let (answer, _) = server.say_and_keep(server.ring(), Receipt::Kept).await;
    assert!(!answer.to_ascii_lowercase().contains("access-control"));
}

#[tokio::test]
async fn l11_other_methods_get_405() {
    let mut server = Server::start().await;
    for method in ["GET", "HEAD", "PUT", "DELETE", "PATCH", "TRACE", "post", "RING"] {
        let answer = server.say(server.request(method, "", RING)).await;
        assert_eq!((status(&answer), body(&answer)), (405, ""), "{method}");
        assert_eq!(header(&answer, "allow"), Some("POST"));
    }
    assert!(server.nothing_offered());
}

#[tokio::test]
async fn l19_a_compressed_body_gets_415() {
    assert_refused(
        &[
            "Content-Encoding: gzip",
            "content-encoding: br",
            "Content-Encoding: identity, gzip",
            "Content-Encoding: identity\r\nContent-Encoding: gzip",
            "Content-Encoding: utf-8, DEFLATE",
            "Content-Encoding: zstd",
        ],
        415,
        ConnectionEnd::Encoded,
    )
    .await;
    let mut server = Server::start().await;
    let request = server.request("POST", "Content-Encoding: identity\r\n", RING);
    assert_eq!(status(&server.say_and_keep(request, Receipt::Kept).await.0), 200);
}

#[tokio::test]
async fn fc18_a_content_encoding_that_names_no_encoding_is_accepted() {
    let mut server = Server::start().await;
    for encoding in ["utf-8", "UTF-8", "", "UTF8", "identity", "none", "gbk", "\u{e9}", "utf-8, identity"] {
        let request = server.request("POST", &format!("Content-Encoding: {encoding}\r\n"), RING);
        assert_eq!(status(&server.say_and_keep(request, Receipt::Kept).await.0), 200, "{encoding}");
    }
}

#[tokio::test]
async fn l25_a_body_that_is_not_a_callback_gets_400_and_is_stored() {
    let mut server = Server::start().await;
    let answer = server.say(server.request("POST", "", "[\u{0}")).await;
    assert_eq!((status(&answer), body(&answer)), (400, ""));
    let (delivery, _) = server.offered.try_recv().unwrap();
    assert_eq!(delivery, Delivery::Malformed(Flaw { body: b"[\0".to_vec(), reason: "not an object".to_owned() }));
    assert_eq!(server.count(ConnectionEnd::Malformed), 1);
    // The answer does not wait until the queue has room.
    let full = Server::with(Limits::default(), Vec::new(), 1).await;
    for _ in 0..3 {
        assert_eq!(status(&full.say(full.request("POST", "", "")).await), 400);
    }
}

#[tokio::test]
async fn connections_from_other_sources_are_closed() {
    let sources = vec!["10.0.0.0/8".parse().unwrap()];
    let mut server = Server::with(Limits::default(), sources, 64).await;
    assert_eq!(server.say(server.ring()).await, "");
    assert!(server.nothing_offered());
    assert_eq!(server.count(ConnectionEnd::WrongSource), 1);
    assert_eq!(server.counters.last_refused_source(), Some("127.0.0.1".parse().unwrap()));
    let sources = vec!["10.0.0.0/8".parse().unwrap(), "127.0.0.0/8".parse().unwrap()];
    Server::with(Limits::default(), sources, 64).await.assert_alive().await;
}
