//! A desk in a few kilobytes: it proves who it is with its token and key, hears its events and states, and asks for what it missed, as
//! [`ringside_fleet::desk`] does.

use std::{
    io,
    sync::{Arc, atomic::Ordering::Relaxed},
    time::Duration,
};

use data_encoding::BASE64URL_NOPAD;
use ringside_fleet::{
    CONNECTING,
    desk::pause,
    words::{Answer, Batch, Outcome, Position, Since, State, VERSION, header, name, subject},
};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::TcpStream,
    time::{Instant, sleep, sleep_until, timeout_at},
};

use crate::{
    crowd::Crowd,
    frame::{self, Frame},
};

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(2);
/// Before a question that failed is asked again.
const AGAIN: Duration = Duration::from_secs(1);

/// The subscriptions, as this desk numbers them.
const EVENTS: &str = "1";
const STATES: &str = "2";
const INBOX: &str = "3";

/// Plain or TLS.
trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

struct Light {
    crowd: Arc<Crowd>,
    place: usize,
    position: Position,
    /// The highest number that came out of order.
    ahead: u64,
    must_ask: bool,
    asked_at: Option<Instant>,
    again_at: Option<Instant>,
    is_up: bool,
    /// Over which time the tries of all desks are spread.
    spread: Duration,
}

pub async fn run(crowd: Arc<Crowd>, place: usize) {
    let mut light = Light {
        crowd: Arc::clone(&crowd),
        place,
        position: Position::default(),
        ahead: 0,
        must_ask: true,
        asked_at: None,
        again_at: None,
        is_up: false,
        spread: Duration::ZERO,
    };
    let mut gate = crowd.gate.acquire().await.ok();
    let mut attempt = 0;
    loop {
        let _ = light.connection(&mut attempt, &mut gate).await;
        crowd.up_at[place].store(0, Relaxed);
        light = Light { must_ask: true, asked_at: None, again_at: None, is_up: false, ahead: 0, ..light };
        attempt += 1;
        sleep(pause(attempt, light.spread, fastrand::f64())).await;
    }
}

impl Light {
    /// Returns when the server ends the connection.
    async fn connection<T>(&mut self, attempt: &mut u32, gate: &mut Option<T>) -> io::Result<()> {
        let proven_by = Instant::now() + CONNECTING;
        let mut stream = timeout_at(proven_by, self.open()).await.map_err(|_| io::ErrorKind::TimedOut)??;
        let mut bytes = Vec::with_capacity(2048);
        loop {
            let (mut used, mut out) = (0, Vec::new());
            while let Some((frame, length)) = frame::next(&bytes[used..]) {
                self.hear(frame, &mut out)?;
                used += length;
            }
            bytes.drain(..used);
            if self.is_up && gate.is_some() {
                *gate = None;
            }
            let now = Instant::now();
            if self.is_up {
                *attempt = 0;
                if self.asked_at.is_some_and(|at| now >= at + PATIENCE) {
                    (self.asked_at, self.again_at) = (None, Some(again()));
                }
                if self.must_ask && self.asked_at.is_none() && self.again_at.is_none_or(|at| now >= at) {
                    (self.asked_at, self.again_at) = (Some(now), None);
                    self.ask(&mut out);
                }
            } else if now >= proven_by {
                return Err(io::ErrorKind::TimedOut.into());
            }
            if !out.is_empty() {
                stream.write_all(&out).await?;
                stream.flush().await?;
            }
            let until = match (self.is_up, self.asked_at, self.again_at) {
                (false, ..) => Some(proven_by),
                (true, Some(asked), _) => Some(asked + PATIENCE),
                (true, None, again) => again,
            };
            tokio::select! {
                read = stream.read_buf(&mut bytes) => if read? == 0 { return Err(io::ErrorKind::UnexpectedEof.into()) },
                () = sleep_until(until.unwrap_or(now)), if until.is_some() => {}
            }
        }
    }

    /// Connects, and sends the proof. The server's first message is never encrypted; TLS begins after it.
    async fn open(&self) -> io::Result<Box<dyn Stream>> {
        let mut plain = TcpStream::connect(self.crowd.nats).await?;
        plain.set_nodelay(true)?;
        let mut bytes = Vec::new();
        let info: Value = loop {
            if plain.read_buf(&mut bytes).await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            match frame::next(&bytes) {
                Some((Frame::Info(info), _)) => break serde_json::from_str(info)?,
                Some((other, _)) => return Err(io::Error::other(format!("{other:?}"))),
                None => {}
            }
        };
        let nonce = info["nonce"].as_str().ok_or(io::ErrorKind::InvalidData)?;
        let member = &self.crowd.members[self.place];
        let proof = json!({
            "verbose": false, "pedantic": false, "jwt": member.enrolled.jwt, "nkey": member.key.public(),
            "sig": BASE64URL_NOPAD.encode(&member.key.sign(nonce.as_bytes())), "lang": "bench", "version": "1", "protocol": 1,
            "headers": true, "no_responders": true, "echo": false,
        });
        let mut stream: Box<dyn Stream> = match &self.crowd.tls {
            Some(tls) => Box::new(tls.connect(self.crowd.nats.ip().into(), plain).await?),
            None => Box::new(plain),
        };
        stream.write_all(format!("CONNECT {proof}\r\nPING\r\n").as_bytes()).await?;
        stream.flush().await?;
        Ok(stream)
    }

    fn hear(&mut self, frame: Frame<'_>, out: &mut Vec<u8>) -> io::Result<()> {
        let id = &self.crowd.members[self.place].enrolled.desk;
        match frame {
            Frame::Ping => out.extend_from_slice(b"PONG\r\n"),
            Frame::Pong if !self.is_up => {
                self.is_up = true;
                let (events, states, inbox) = (subject::delivery(id), subject::state(id), subject::inbox(id));
                let hear = format!("SUB {events} {EVENTS}\r\nSUB {states} {STATES}\r\nSUB {inbox}.> {INBOX}\r\n");
                out.extend_from_slice(hear.as_bytes());
                self.crowd.up_at[self.place].store(self.crowd.ledger.now(), Relaxed);
            }
            Frame::Error(error) => return Err(io::Error::other(error.to_owned())),
            Frame::Message { subscription: EVENTS, head, body } => self.event(head, body),
            Frame::Message { subscription: STATES, body, .. } => {
                let state: State = serde_json::from_slice(body)?;
                self.spread = Duration::from_millis(state.reconnect_ms);
                self.must_ask |= state.last.epoch > self.position.epoch || state.last.seq > self.position.seq;
            }
            Frame::Message { body, .. } => self.answer(body),
            Frame::Info(_) | Frame::Pong | Frame::Other => {}
        }
        Ok(())
    }

    fn event(&mut self, head: &str, body: &[u8]) {
        let number = |name| frame::header(head, name).and_then(|number| number.parse::<u64>().ok());
        let (Some(seq), before) = (number(header::SEQUENCE), number(header::LAST_SEQUENCE).unwrap_or(0)) else { return };
        self.crowd.ledger.take(self.place, body);
        if self.position.epoch > 0 && before <= self.position.seq && seq > self.position.seq {
            self.position.seq = seq;
        } else {
            self.must_ask = true;
            self.ahead = self.ahead.max(seq);
        }
    }

    fn ask(&self, out: &mut Vec<u8>) {
        let id = &self.crowd.members[self.place].enrolled.desk;
        let since = serde_json::to_string(&Since { v: VERSION, position: self.position }).unwrap_or_default();
        let (to, inbox) = (subject::request(id, name::SINCE), subject::inbox(id));
        out.extend_from_slice(format!("PUB {to} {inbox}.1 {}\r\n{since}\r\n", since.len()).as_bytes());
    }

    fn answer(&mut self, body: &[u8]) {
        self.asked_at = None;
        // A message with a head and no body is the server's word that nobody answers.
        let Outcome::Ok(batch) = Answer::<Batch>::read(body).outcome else {
            self.again_at = Some(again());
            return;
        };
        for event in &batch.events {
            self.crowd.ledger.take(self.place, event.body.as_bytes());
        }
        if batch.through.epoch == self.position.epoch {
            self.position.seq = self.position.seq.max(batch.through.seq);
        } else {
            (self.position, self.ahead) = (batch.through, 0);
        }
        self.must_ask = batch.more || self.ahead > self.position.seq;
        if !self.must_ask {
            self.crowd.caught_at[self.place].store(self.crowd.ledger.now(), Relaxed);
        } else if !batch.more {
            self.again_at = Some(again());
        }
    }
}

fn again() -> Instant {
    Instant::now() + AGAIN.mul_f64(1.0 + fastrand::f64())
}
