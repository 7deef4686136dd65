//! With the real parser: the encodings of a ring (N23).

use std::{future::pending, net::SocketAddr, sync::Arc};

use ringside_domain::{Delivery, Event, Extension, Flaw, LegStatus, Receipt, Signal, Timestamp};
use ringside_wire::Zone;
use tokio::{io::AsyncWriteExt, net::TcpStream, sync::mpsc};

use super::{SECRET, rest, soon, status};
use crate::{ConnectionEnd, Counters, Limits, Parts, Rules, bind, serve};

const RING: &str = r#"{"type":"call","status":"ring","extnumber":"000123","caller":"1","callee":"2","starttime":"2021-02-09 10:00:03"}"#;

struct Listening {
    address: SocketAddr,
    counters: Arc<Counters>,
    offered: mpsc::Receiver<super::Offered>,
}

async fn listening() -> Listening {
    let socket = bind("127.0.0.1:0".parse().unwrap(), false).await.unwrap();
    let address = socket.local_addr().unwrap();
    let rules = Rules::new(SECRET.into(), address, None, Vec::new()).unwrap();
    let counters = Arc::new(Counters::default());
    let (sink, offered) = mpsc::channel(8);
    let parts = Parts { rules, limits: Limits::default(), zone: Zone::default(), counters: Arc::clone(&counters), sink };
    tokio::spawn(serve(socket, parts, pending()));
    Listening { address, counters, offered }
}

impl Listening {
    async fn send(&self, kind: &str, body: &str) -> TcpStream {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        let (address, length) = (self.address, body.len());
        let head = format!(
            "POST /callbacks/{SECRET} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\n\r\n"
        );
        stream.write_all((head + body).as_bytes()).await.unwrap();
        stream
    }
}

#[tokio::test]
async fn every_encoding_of_a_ring_gives_the_same_event() {
    let mut listening = listening().await;
    let encoded: String = RING.bytes().map(|byte| format!("%{byte:02X}")).collect();
    let form = format!("--xx\r\nContent-Disposition: form-data; name=\"detail\"\r\n\r\n{RING}\r\n--xx--\r\n");
    let file = form.replace("\"detail\"", "\"detail\"; filename=\"a.json\"");
    let bodies = [
        ("application/json", RING.to_owned()),
        ("text/plain", RING.to_owned()),
        ("application/x-www-form-urlencoded", format!("a=b&detail={encoded}")),
        ("multipart/form-data; boundary=xx", form),
        ("multipart/form-data; boundary=xx", file),
    ];
    for (kind, body) in bodies {
        let mut stream = listening.send(kind, &body).await;
        let (delivery, reply) = soon(listening.offered.recv()).await.unwrap();
        reply.send(Receipt::Kept).unwrap();
        assert_eq!(status(&rest(&mut stream).await), 200);
        let Delivery::Events { mut events, flaw: None, .. } = delivery else { panic!("{kind}: {delivery:?}") };
        let Event { signal, payload, .. } = events.remove(0);
        assert_eq!((payload.as_str(), events.len()), (RING, 0));
        let Signal::Leg(leg) = *signal else { panic!("{kind}: {signal:?}") };
        assert_eq!((leg.status, leg.extension), (LegStatus::Ring, Extension("000123".to_owned())));
        assert_eq!(leg.started_at, Some(Timestamp(1_612_836_003_000)), "02:00:03 UTC");
    }
}

#[tokio::test]
async fn fc7_all_events_of_a_body_share_one_receipt() {
    let mut listening = listening().await;
    for (receipt, code) in [(Receipt::Kept, 200), (Receipt::NotKept, 503)] {
        let mut stream = listening.send("application/json", &format!("[{RING},null,{RING}]")).await;
        let (delivery, reply) = soon(listening.offered.recv()).await.unwrap();
        reply.send(receipt).unwrap();
        assert_eq!(status(&rest(&mut stream).await), code);
        assert!(matches!(delivery, Delivery::Events { events, .. } if events.len() == 2));
        assert!(listening.offered.try_recv().is_err(), "one delivery only");
    }
    let body = format!("[{RING},{}]", &RING[..30]);
    let mut stream = listening.send("application/json", &body).await;
    assert_eq!(status(&rest(&mut stream).await), 400);
    let (delivery, _) = listening.offered.try_recv().unwrap();
    assert!(matches!(delivery, Delivery::Malformed(Flaw { body: kept, .. }) if kept == body.as_bytes()), "no event is accepted");
}

#[tokio::test]
async fn l20_l22_l23_l25_a_body_that_is_not_a_callback_gets_400_and_is_stored() {
    let mut listening = listening().await;
    let parts = "--xx\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n\r\n".repeat(4000);
    let long = format!("--xx\r\nX: {}\r\n\r\n", "x".repeat(200_000));
    let bodies = [
        ("application/json", ""),
        ("application/json", "{\"type\":"),
        ("application/x-www-form-urlencoded", "detail="),
        ("application/x-www-form-urlencoded", "detail=%7B%7D&detail=%7B%7D"),
        ("multipart/form-data", "--xx\r\nContent-Disposition: form-data; name=\"detail\"\r\n\r\n{}"),
        ("multipart/form-data; boundary=xx", &parts),
        ("multipart/form-data; boundary=xx", &long),
    ];
    for (kind, body) in bodies {
        let mut stream = listening.send(kind, body).await;
        assert_eq!(status(&rest(&mut stream).await), 400, "{kind}: {body:.80}");
        let (delivery, _) = listening.offered.try_recv().unwrap();
        assert!(matches!(delivery, Delivery::Malformed(Flaw { body: kept, .. }) if kept == body.as_bytes()));
    }
    assert_eq!(listening.counters.snapshot().of(ConnectionEnd::Malformed), 7);
}

/// A stack overflow in the parser would end the process; no 500 could be answered (L26).
#[tokio::test]
async fn l26_deeply_nested_json_does_not_end_the_listener() {
    let mut listening = listening().await;
    for body in ["[".repeat(200_000), "{\"a\":".repeat(40_000), format!("detail={}", "[".repeat(200_000))] {
        let mut stream = listening.send("application/json", &body).await;
        assert_eq!(status(&rest(&mut stream).await), 400);
        listening.offered.try_recv().unwrap();
    }
}
