//! Takes the company's callbacks from the listener: each is on disk before it is acknowledged, and on its way to its desk meanwhile.

use std::sync::{Arc, Mutex, PoisonError, RwLock};

use futures_util::future::join_all;
use ringside_domain::{CallRecord, Delivery, Event, Receipt, Signal, Timestamp};
use ringside_fleet::{hub, words::subject::Addressee};
use ringside_store::{OutboxStore, OutboxWrite};
use sha2::{Digest, Sha256};
use tokio::{
    sync::{mpsc, oneshot},
    time::{Instant, timeout},
};

use crate::{
    clock::Clock,
    config::Acknowledge,
    counters::Counters,
    leader::bills::Heard,
    registry::Registry,
    stream::{Stream, WAIT_FOR_STREAM},
};

/// Cheap to clone.
#[derive(Clone)]
pub struct Intake {
    pub outbox: OutboxStore,
    pub registry: Arc<RwLock<Registry>>,
    pub stream: Stream,
    pub counters: Arc<Counters>,
    pub clock: Clock,
    pub acknowledge: Acknowledge,
    /// The company's code at the platform, once a login has told it.
    pub company_code: Arc<RwLock<Option<String>>>,
    /// The bills of the last hours.
    pub heard: Arc<Mutex<Heard>>,
}

/// One callback on its way.
struct Taken {
    event: hub::Event,
    key: [u8; 32],
}

impl Intake {
    /// Runs until the listener is gone.
    pub async fn run(self, mut deliveries: mpsc::Receiver<(Delivery, oneshot::Sender<Receipt>)>) {
        while let Some((delivery, receipt)) = deliveries.recv().await {
            let offered = Instant::now();
            let (mut writes, taken) = self.judge(delivery, self.clock.wall());
            writes.append(&mut self.stream.take_marks());
            // Handed to the writer here, so that the rows are in the order of receipt.
            let kept = self.outbox.write(writes);
            let published: Vec<_> = taken.into_iter().map(|taken| self.stream.publish_beside(taken.event, taken.key, offered)).collect();
            let intake = self.clone();
            tokio::spawn(async move {
                let is_kept = match kept.await {
                    Ok(()) => true,
                    Err(error) => {
                        tracing::error!(%error, "a callback was not stored; the platform is told so");
                        false
                    }
                };
                intake.counters.commits.add(offered.elapsed());
                if is_kept && intake.acknowledge == Acknowledge::Both {
                    let all = join_all(published.into_iter().flatten());
                    // Too late or not at all: the outbox has it.
                    let _ = timeout(WAIT_FOR_STREAM, all).await;
                }
                // The listener may have given up waiting.
                let _ = receipt.send(if is_kept { Receipt::Kept } else { Receipt::NotKept });
            });
        }
    }

    /// What a delivery means: the rows to write and the events to publish.
    fn judge(&self, delivery: Delivery, now: Timestamp) -> (Vec<OutboxWrite>, Vec<Taken>) {
        let dead = |body, reason| OutboxWrite::DeadLetter { body, reason, received_at: now };
        let (events, flaw) = match delivery {
            Delivery::Events { events, flaw, .. } => (events, flaw),
            Delivery::Malformed(flaw) => return (vec![dead(flaw.body, flaw.reason)], Vec::new()),
        };
        let mut writes: Vec<OutboxWrite> = flaw.map(|flaw| dead(flaw.body, flaw.reason)).into_iter().collect();
        let mut taken = Vec::with_capacity(events.len());
        let own_code = self.company_code.read().unwrap_or_else(PoisonError::into_inner).clone();
        let registry = self.registry.read().unwrap_or_else(PoisonError::into_inner);
        for event in events {
            if is_foreign(event.company.as_deref(), own_code.as_deref()) {
                self.counters.of_others.add(1);
                writes.push(dead(event.payload.into_bytes(), "a callback of another company".to_owned()));
                continue;
            }
            self.counters.heard(now.0);
            if let Signal::Record(record) = &*event.signal {
                self.heard.lock().unwrap_or_else(PoisonError::into_inner).add(record, now);
            }
            let (write, event) = address(&registry, event, now);
            writes.push(write);
            taken.push(event);
        }
        (writes, taken)
    }
}

impl Intake {
    /// Takes records that no callback has brought, as if one had.
    pub async fn take_bills(&self, bills: Vec<(CallRecord, String)>, now: Timestamp) {
        let offered = Instant::now();
        let (mut writes, mut taken) = (Vec::new(), Vec::new());
        {
            let registry = self.registry.read().unwrap_or_else(PoisonError::into_inner);
            for (record, payload) in bills {
                let event = Event { signal: Box::new(Signal::Record(record)), company: None, payload };
                let (write, event) = address(&registry, event, now);
                // An earlier run of the leader may have published the same row.
                if self.outbox.payload(&event.key).is_ok_and(|known| known.is_none()) {
                    writes.push(write);
                    taken.push(event);
                }
            }
        }
        if writes.is_empty() {
            return;
        }
        let kept = self.outbox.write(writes);
        for event in taken {
            drop(self.stream.publish_beside(event.event, event.key, offered));
        }
        if let Err(error) = kept.await {
            tracing::warn!(%error, "records were not stored");
        }
    }

    /// Learns from the outbox which bills came during the last hours, so that the leader does not publish them again. Blocks.
    pub fn recall_bills(&self, since: Timestamp, read: impl Fn(&str) -> Vec<CallRecord>) {
        let mut before = i64::MAX;
        while let Ok(page) = self.outbox.latest(before, 1000) {
            let Some((last, _, _)) = page.last() else { return };
            before = *last;
            let is_over = page.iter().any(|(_, at, _)| *at < since);
            let mut heard = self.heard.lock().unwrap_or_else(PoisonError::into_inner);
            for (_, at, payload) in page.iter().filter(|(_, at, _)| *at >= since) {
                read(payload).iter().for_each(|record| heard.add(record, *at));
            }
            if is_over {
                return;
            }
        }
    }
}

/// The row and the message of an event.
fn address(registry: &Registry, event: Event, now: Timestamp) -> (OutboxWrite, Taken) {
    let to = registry.addressee(&event);
    let key = Sha256::digest(event.payload.as_bytes()).into();
    let unmapped = match &to {
        Addressee::Unmapped { extension } => Some(extension.clone()),
        _ => None,
    };
    let write = OutboxWrite::Callback { key, desk: to.token(), unmapped, payload: event.payload.clone(), received_at: now };
    (write, Taken { event: hub::Event { to, body: event.payload, received: now.0 }, key })
}

/// Whether a callback names another company (G11). One that names none is the company's, since it knew the secret address.
fn is_foreign(named: Option<&str>, own: Option<&str>) -> bool {
    matches!((named, own), (Some(named), Some(own)) if named != own)
}
