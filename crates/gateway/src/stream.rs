//! Publishing callbacks to the stream, beside their commit; what is left over is drained by [`crate::outbox`].

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, OnceLock, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use ringside_fleet::{
    hub::{Event, Hub, HubError},
    words::{DeskId, Position, subject::Addressee},
};
use ringside_store::{OutboxWrite, Sent};
use tokio::{
    sync::{Semaphore, oneshot},
    time::Instant,
};

use crate::counters::Counters;

/// Callbacks whose acknowledgement is waited for at the same time; more are left to the outbox.
const UNDER_WAY: usize = 4096;

/// The company's stream. Cheap to clone.
#[derive(Clone)]
pub struct Stream(Arc<Inner>);

struct Inner {
    hub: OnceLock<Hub>,
    /// Which connection's numbers are valid; 0: none, so nothing is published.
    generation: AtomicU64,
    /// The stream's epoch, as last read.
    epoch: AtomicU64,
    /// The number of each desk's last event, as far as it was heard.
    lasts: Mutex<HashMap<DeskId, u64>>,
    /// Numbers that the stream gave, which the next commit writes.
    marks: Mutex<Vec<Sent>>,
    places: Arc<Semaphore>,
    counters: Arc<Counters>,
}

impl Stream {
    pub fn new(counters: Arc<Counters>) -> Self {
        Self(Arc::new(Inner {
            hub: OnceLock::new(),
            generation: AtomicU64::new(0),
            epoch: AtomicU64::new(1),
            lasts: Mutex::default(),
            marks: Mutex::default(),
            places: Arc::new(Semaphore::new(UNDER_WAY)),
            counters,
        }))
    }

    /// The connection to NATS, once there is one.
    pub fn hub(&self) -> Option<&Hub> {
        self.0.hub.get()
    }

    pub fn connected(&self, hub: Hub) {
        // Set once: the hub reconnects by itself.
        let _ = self.0.hub.set(hub);
    }

    /// The stream has all that this gateway believes it to have: publishing goes on.
    pub fn open(&self, generation: u64) {
        self.0.generation.store(generation, Ordering::Release);
    }

    /// The connection was lost. Numbers that are still to be written may be given again, so they are forgotten.
    pub fn close(&self) {
        self.0.generation.store(0, Ordering::Release);
        self.marks().clear();
        self.lasts().clear();
    }

    pub fn is_open(&self) -> bool {
        self.0.generation.load(Ordering::Acquire) != 0
    }

    pub fn epoch(&self) -> u64 {
        self.0.epoch.load(Ordering::Relaxed)
    }

    pub fn set_epoch(&self, epoch: u64) {
        self.0.epoch.store(epoch, Ordering::Relaxed);
    }

    /// A desk's position at which it has all its events.
    pub async fn last(&self, desk: &DeskId) -> Position {
        let known = self.lasts().get(desk).copied();
        let seq = match (known, self.hub()) {
            (Some(seq), _) => seq,
            (None, Some(hub)) => match hub.last_seq(&Addressee::Desk(desk.clone())).await {
                Ok(seq) => *self.lasts().entry(desk.clone()).and_modify(|known| *known = (*known).max(seq)).or_insert(seq),
                Err(_) => 0,
            },
            (None, None) => 0,
        };
        Position { epoch: self.epoch(), seq }
    }

    /// Hears what any gateway stores, until the connection's end.
    pub async fn hear(&self, hub: &Hub) -> Result<(), HubError> {
        let mut events = hub.heard_events().await?;
        // What was stored meanwhile is not heard: the numbers are asked for again.
        self.lasts().clear();
        while let Some(event) = events.recv().await {
            self.0.counters.heard(event.received);
            if let Some(desk) = event.desk {
                self.lasts().insert(desk, event.seq);
            }
        }
        Ok(())
    }

    /// A server that stored the event and died before passing it on never announces it, so its number is noted here.
    fn stored(&self, to: &Addressee, seq: u64) {
        if let Addressee::Desk(desk) = to
            && let Some(last) = self.lasts().get_mut(desk)
        {
            *last = seq.max(*last);
        }
    }

    fn lasts(&self) -> MutexGuard<'_, HashMap<DeskId, u64>> {
        self.0.lasts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The numbers that were given since the last call, as writes for the next commit.
    pub fn take_marks(&self) -> Vec<OutboxWrite> {
        std::mem::take(&mut *self.marks()).into_iter().map(OutboxWrite::Sent).collect()
    }

    /// Publishes the event on a task of its own. The answer comes when the stream has it. None: not now, the outbox will do it.
    pub fn publish_beside(&self, event: Event, key: [u8; 32], offered: Instant) -> Option<oneshot::Receiver<()>> {
        if !self.is_open() {
            return None;
        }
        let place = Arc::clone(&self.0.places).try_acquire_owned().ok()?;
        let (tell, told) = oneshot::channel();
        let stream = self.clone();
        tokio::spawn(async move {
            let _place = place;
            if stream.publish(&event, key, offered).await.is_ok() {
                let _ = tell.send(());
            }
        });
        Some(told)
    }

    /// Publishes the event, and notes its number.
    pub async fn publish(&self, event: &Event, key: [u8; 32], offered: Instant) -> Result<(), HubError> {
        let generation = self.0.generation.load(Ordering::Acquire);
        let Some(hub) = self.hub().filter(|_| generation != 0) else {
            return Err(HubError::Unreachable("not connected".to_owned()));
        };
        match hub.publish(event).await {
            Ok(stored) => {
                self.0.counters.published.add(1);
                self.0.counters.publishes.add(offered.elapsed());
                self.stored(&event.to, stored.seq);
                let mut marks = self.marks();
                // A number of an earlier connection may have been given again meanwhile.
                if self.0.generation.load(Ordering::Acquire) == generation {
                    marks.push(Sent { key, seq: stored.seq });
                }
                Ok(())
            }
            Err(error) => {
                self.0.counters.publish_failed.add(1);
                tracing::debug!(%error, "an event was not published");
                Err(error)
            }
        }
    }

    fn marks(&self) -> MutexGuard<'_, Vec<Sent>> {
        self.0.marks.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How long a callback waits for the stream, where that is configured.
pub const WAIT_FOR_STREAM: Duration = Duration::from_millis(250);
