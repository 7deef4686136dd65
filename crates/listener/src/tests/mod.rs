//! Tests over raw sockets.

mod bounds;
mod chance;
mod decoded;
mod guarded;
mod kept_open;
mod promises;
mod wire;

use std::{future::Future, net::SocketAddr, sync::Arc, time::Duration};

use ringside_domain::{Delivery, Event, PublicPath, Receipt, Signal};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::{mpsc, oneshot},
    task::JoinHandle,
};

use crate::{
    ConnectionEnd, Counters, Limits, Rules,
    serve::{Context, Displaceable, run},
};

const SECRET: &str = "0123456789abcdef0123456789abcdef";
const PUBLIC: &str = "https://calls.example.com/ringside";
const RING: &str = r#"{"type":"call","status":"ring"}"#;

type Offered = (Delivery, oneshot::Sender<Receipt>);

/// A listener on a port of its own.
struct Server {
    address: SocketAddr,
    counters: Arc<Counters>,
    offered: mpsc::Receiver<Offered>,
    stop: oneshot::Sender<()>,
    running: JoinHandle<()>,
}

/// Decodes an object as a callback; «panic» panics, and anything else is not a callback.
fn decode(body: &[u8]) -> Result<Delivery, String> {
    match body {
        b"panic" => panic!("requested by the test"),
        [b'{', ..] => Ok(unknown(&String::from_utf8_lossy(body), PublicPath::None)),
        _ => Err("not an object".to_owned()),
    }
}

impl Server {
    async fn start() -> Self {
        Self::with(Limits::default(), Vec::new(), 64).await
    }

    async fn with(limits: Limits, sources: Vec<crate::Source>, room: usize) -> Self {
        let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = socket.local_addr().unwrap();
        let rules = Rules::new(SECRET.into(), address, Some(&PUBLIC.parse().unwrap()), sources).unwrap();
        let counters = Arc::new(Counters::default());
        let (sink, offered) = mpsc::channel(room);
        let (stop, stopped) = oneshot::channel();
        let context = Context {
            rules,
            limits,
            counters: Arc::clone(&counters),
            sink,
            decode: Box::new(decode),
            displaceable: Displaceable::default(),
        };
        let running = tokio::spawn(run(socket, context, async { drop(stopped.await) }));
        Self { address, counters, offered, stop, running }
    }

    fn count(&self, outcome: ConnectionEnd) -> u64 {
        self.counters.snapshot().of(outcome)
    }

    fn nothing_offered(&mut self) -> bool {
        self.offered.try_recv().is_err()
    }

    /// A request with these header lines, each with its line end, and this body, on a connection of its own.
    fn request(&self, method: &str, lines: &str, body: &str) -> String {
        self.kept_open(method, &format!("Connection: close\r\n{lines}"), body)
    }

    /// A request after which the client keeps the connection.
    fn kept_open(&self, method: &str, lines: &str, body: &str) -> String {
        let (address, length) = (self.address, body.len());
        format!("{method} /callbacks/{SECRET} HTTP/1.1\r\nHost: {address}\r\nContent-Length: {length}\r\n{lines}\r\n{body}")
    }

    fn ring(&self) -> String {
        self.request("POST", "Content-Type: application/json\r\n", RING)
    }

    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    /// Sends the bytes and reads until the connection is closed.
    async fn say(&self, bytes: impl AsRef<[u8]>) -> String {
        let mut stream = self.connect().await;
        // Fails if the listener answers and closes before all bytes are sent.
        let _ = stream.write_all(bytes.as_ref()).await;
        rest(&mut stream).await
    }

    /// Sends the bytes, and meanwhile answers the next delivery with `receipt`.
    async fn say_and_keep(&mut self, bytes: impl AsRef<[u8]>, receipt: Receipt) -> (String, Delivery) {
        let mut stream = self.connect().await;
        stream.write_all(bytes.as_ref()).await.unwrap();
        let (delivery, reply) = soon(self.offered.recv()).await.unwrap();
        reply.send(receipt).unwrap();
        (rest(&mut stream).await, delivery)
    }

    /// Fails unless a ring is answered with 200.
    async fn assert_alive(&mut self) {
        let ring = self.ring();
        let (answer, delivery) = self.say_and_keep(ring, Receipt::Kept).await;
        assert_eq!(status(&answer), 200);
        assert_eq!(delivery, event(RING));
    }
}

/// The delivery of a body that arrived without the path of the public URL.
fn event(payload: &str) -> Delivery {
    unknown(payload, PublicPath::CutOff)
}

fn unknown(payload: &str, path: PublicPath) -> Delivery {
    let event = Event { signal: Box::new(Signal::Unknown { extension: Default::default() }), company: None, payload: payload.to_owned() };
    Delivery::Events { events: vec![event], flaw: None, path, passed: None }
}

/// Reads until the listener closes the connection.
async fn rest(stream: &mut TcpStream) -> String {
    let mut answer = Vec::new();
    // After a reset, the bytes read before it are kept.
    let _ = soon(stream.read_to_end(&mut answer)).await;
    String::from_utf8(answer).unwrap()
}

/// Fails the test after 20 s instead of hanging.
async fn soon<T>(work: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(20), work).await.expect("in time")
}

/// The status of an answer; 0 if the connection was closed without one.
fn status(answer: &str) -> u16 {
    answer.strip_prefix("HTTP/1.").and_then(|line| line.get(2..5)).map_or(0, |code| code.parse().unwrap())
}

fn header<'a>(answer: &'a str, name: &str) -> Option<&'a str> {
    let head = answer.split("\r\n\r\n").next()?;
    head.lines()
        .skip(1)
        .filter_map(|line| line.split_once(':'))
        .find(|(given, _)| given.eq_ignore_ascii_case(name))
        .map(|(_, value)| value.trim())
}

fn body(answer: &str) -> &str {
    answer.split_once("\r\n\r\n").map_or("", |(_, body)| body)
}
