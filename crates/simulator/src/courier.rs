//! Posts callbacks to the company's address, in their order unless a fault or a refusal changes it.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use reqwest::header::CONTENT_TYPE;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::task::JoinSet;
use url::Url;

use crate::callbacks::{CallbackKind, Encoding, Event};
use crate::clock::Clock;
use crate::faults::{CallbackFault, Faults};
use crate::ledger::{Callback, Delivery, Ledger, Seen};
use crate::random::Random;

/// How long the platform waits for an answer to a callback.
const PATIENCE: Duration = Duration::from_secs(10);
/// The pause before the next attempt.
const AGAIN: Duration = Duration::from_secs(2);
/// How long callbacks that are held for shuffling wait for the next one.
const HOLD: Duration = Duration::from_secs(1);

/// Where callbacks go and how they are written; can change while the simulator runs.
#[derive(Clone)]
pub(crate) struct Address {
    pub(crate) url: Option<Url>,
    pub(crate) encoding: Encoding,
    /// How often a callback is tried in all.
    pub(crate) attempts: u32,
}

#[derive(Clone)]
pub(crate) struct Courier {
    client: reqwest::Client,
    pub(crate) address: Arc<Mutex<Address>>,
    faults: Arc<Mutex<Faults>>,
    ledger: Ledger,
    clock: Clock,
    /// Callbacks that are sent and not answered yet.
    pub(crate) under_way: Arc<AtomicUsize>,
}

impl Courier {
    pub(crate) fn new(address: Address, faults: Arc<Mutex<Faults>>, ledger: Ledger, clock: Clock) -> std::io::Result<Self> {
        let client = reqwest::Client::builder()
            .timeout(PATIENCE)
            // Shorter than receivers keep idle connections: a callback on a connection that is being closed would fail.
            .pool_idle_timeout(Duration::from_secs(5))
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .build()
            .map_err(std::io::Error::other)?;
        Ok(Self { client, address: Arc::new(Mutex::new(address)), faults, ledger, clock, under_way: Arc::default() })
    }

    fn address(&self) -> Address {
        let address = self.address.lock().unwrap_or_else(PoisonError::into_inner);
        address.clone()
    }

    /// Delivers callbacks until the sender is dropped.
    pub(crate) async fn run(self, mut events: UnboundedReceiver<Event>, mut random: Random) {
        let mut held: Vec<Event> = Vec::new();
        // Deliveries that run in parallel with the others; they are aborted when this function ends.
        let mut later = JoinSet::new();
        loop {
            let event = if held.is_empty() {
                events.recv().await
            } else {
                match tokio::time::timeout(HOLD, events.recv()).await {
                    Ok(event) => event,
                    Err(_) => {
                        self.release(&mut held, &mut random).await;
                        continue;
                    }
                }
            };
            let Some(event) = event else { break };
            if self.address().url.is_none() {
                continue;
            }
            while later.try_join_next().is_some() {}
            let fault = if event.lost { Some(CallbackFault::Drop) } else { self.fault(event.kind) };
            match fault {
                None => {
                    if !self.deliver(&event).await.is_accepted() {
                        later.spawn(self.clone().try_again(event));
                    }
                }
                Some(CallbackFault::Drop) => {
                    self.record(&event, self.address().encoding, Delivery::Dropped);
                }
                Some(CallbackFault::Repeat(times)) => {
                    for _ in 0..times {
                        self.deliver(&event).await;
                    }
                }
                Some(CallbackFault::TwiceAtOnce) => {
                    tokio::join!(self.deliver(&event), self.deliver(&event));
                }
                Some(CallbackFault::Late(by)) => {
                    let courier = self.clone();
                    later.spawn(async move {
                        tokio::time::sleep(by).await;
                        courier.deliver(&event).await;
                    });
                }
                Some(CallbackFault::Again(by)) => {
                    self.deliver(&event).await;
                    let courier = self.clone();
                    later.spawn(async move {
                        tokio::time::sleep(by).await;
                        courier.deliver(&event).await;
                    });
                }
                Some(CallbackFault::Shuffle(together)) => {
                    held.push(event);
                    if held.len() >= together {
                        self.release(&mut held, &mut random).await;
                    }
                }
            }
        }
    }

    /// The attempts after the first, until one is accepted.
    async fn try_again(self, event: Event) {
        for _ in 1..self.address().attempts {
            tokio::time::sleep(AGAIN).await;
            if self.deliver(&event).await.is_accepted() {
                return;
            }
        }
    }

    async fn release(&self, held: &mut Vec<Event>, random: &mut Random) {
        random.shuffle(held);
        for event in held.drain(..) {
            self.deliver(&event).await;
        }
    }

    fn fault(&self, kind: CallbackKind) -> Option<CallbackFault> {
        let mut faults = self.faults.lock().unwrap_or_else(PoisonError::into_inner);
        faults.meet_callback(kind)
    }

    async fn deliver(&self, event: &Event) -> Delivery {
        let Address { url, encoding, .. } = self.address();
        let Some(url) = url else {
            return Delivery::Dropped;
        };
        let json = event.body.to_string();
        let request = self.client.post(url);
        let request = match encoding {
            Encoding::Json => request.header(CONTENT_TYPE, "application/json").body(json),
            Encoding::UrlEncoded => {
                let mut form = url::form_urlencoded::Serializer::new(String::new());
                form.append_pair("detail", &json);
                request.header(CONTENT_TYPE, "application/x-www-form-urlencoded").body(form.finish())
            }
            Encoding::Multipart => request.multipart(reqwest::multipart::Form::new().text("detail", json)),
        };
        self.under_way.fetch_add(1, Ordering::Relaxed);
        let delivery = send(request).await;
        self.record(event, encoding, delivery.clone());
        self.under_way.fetch_sub(1, Ordering::Relaxed);
        delivery
    }

    /// Posts a test's bytes unchanged.
    pub(crate) async fn deliver_raw(&self, bytes: Vec<u8>, content_type: &str) -> Delivery {
        let Some(url) = self.address().url else {
            return Delivery::Dropped;
        };
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let mut request = self.client.post(url).body(bytes);
        if !content_type.is_empty() {
            request = request.header(CONTENT_TYPE, content_type);
        }
        let delivery = send(request).await;
        let event = Event { kind: CallbackKind::Raw, call: None, body: serde_json::Value::String(text), lost: false };
        self.record(&event, Encoding::Json, delivery.clone());
        delivery
    }

    fn record(&self, event: &Event, encoding: Encoding, delivery: Delivery) {
        let body = match &event.body {
            serde_json::Value::String(raw) => raw.clone(),
            json => json.to_string(),
        };
        let callback = Callback { kind: event.kind, call: event.call, body, encoding, delivery };
        self.ledger.record(self.clock.now(), Seen::Callback(callback));
    }
}

#[allow(clippy::disallowed_methods, reason = "it measures how long the receiver takes")]
async fn send(request: reqwest::RequestBuilder) -> Delivery {
    let began = Instant::now();
    match request.send().await {
        Ok(response) => {
            let after = began.elapsed();
            let status = response.status().as_u16();
            // The body is read to its end, so that the connection can be used again.
            drop(response.bytes().await);
            Delivery::Answered { status, after }
        }
        // The error must not show the address, which contains the receiver's secret.
        Err(error) => Delivery::Failed { reason: error.without_url().to_string(), after: began.elapsed() },
    }
}
