//! Random input does not end the listener, and the next ring is accepted.

use proptest::{prelude::*, test_runner::TestRunner};
use tokio::{io::AsyncWriteExt, sync::Mutex};

use super::{RING, SECRET, Server, rest};

/// Random bytes, lines that look like HTTP, and a ring with a part overwritten.
fn sent() -> impl Strategy<Value = Vec<u8>> {
    let bytes = prop::collection::vec(any::<u8>(), 0..600);
    let line = prop_oneof![
        Just(format!("POST /callbacks/{SECRET} HTTP/1.1")),
        Just("Host: localhost".to_owned()),
        Just("Host: calls.example.com".to_owned()),
        Just("Transfer-Encoding: chunked".to_owned()),
        Just("Expect: 100-continue".to_owned()),
        Just(String::new()),
        Just(RING.to_owned()),
        (0_u32..300_000).prop_map(|length| format!("Content-Length: {length}")),
        (0_u32..70_000).prop_map(|length| format!("{length:x}")),
        "[ -~]{0,40}",
    ];
    let lines = prop::collection::vec(line, 0..12).prop_map(|lines| lines.join("\r\n").into_bytes());
    let spoilt = (0..200_usize, prop::collection::vec(any::<u8>(), 1..8)).prop_map(|(at, piece)| {
        let mut ring =
            format!("POST /callbacks/{SECRET} HTTP/1.1\r\nHost: calls.example.com\r\nContent-Length: {}\r\n\r\n{RING}", RING.len())
                .into_bytes();
        let at = at.min(ring.len());
        let end = (at + piece.len()).min(ring.len());
        ring.splice(at..end, piece);
        ring
    });
    prop_oneof![bytes, lines, spoilt]
}

#[test]
fn random_bytes_do_not_end_the_listener() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let server = Mutex::new(runtime.block_on(Server::start()));
    let config = ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() };
    TestRunner::new(config)
        .run(&sent(), |bytes| {
            runtime.block_on(async {
                let mut server = server.lock().await;
                let mut stream = server.connect().await;
                // The listener may refuse before all bytes are sent.
                let _ = stream.write_all(&bytes).await;
                let _ = stream.shutdown().await;
                let answered = async {
                    let answer = rest(&mut stream).await;
                    (answer.matches("HTTP/1.1 200").count(), answer)
                };
                tokio::pin!(answered);
                // The bytes can contain a delivery. Its receipt is dropped, so the answer is never 200.
                let (acknowledged, answer) = loop {
                    tokio::select! {
                        answered = &mut answered => break answered,
                        Some((_, reply)) = server.offered.recv() => drop(reply),
                    }
                };
                prop_assert_eq!(acknowledged, 0, "{}", answer);
                while server.offered.try_recv().is_ok() {}
                server.assert_alive().await;
                Ok(())
            })
        })
        .unwrap();
}
