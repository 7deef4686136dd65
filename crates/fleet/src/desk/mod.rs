//! The desk's side: enrolment, the connection, the feed of events and states, and requests.

mod address;
mod ask;
mod clock;
mod enrol;
mod feed;
mod key;
mod link;
mod retry;
mod run;
mod track;

use std::{
    sync::{Arc, Mutex, PoisonError, atomic::Ordering},
    time::Duration,
};

use async_nats::Client;
use tokio::{
    sync::{Notify, mpsc, watch},
    task::JoinHandle,
    time::Instant,
};

pub use address::{Address, BadAddress};
pub use ask::AskError;
pub use enrol::{EnrolError, enrol};
pub use key::DeskKey;
pub use retry::pause;

use self::{clock::Clocks, link::Access};
use crate::words::{Enrolled, Position, State};

/// What waits for the caller. An event for which there is no room is asked for afterwards.
const WAITING: usize = 256;

/// Readings and callbacks can be older than the desk's start.
const BEFORE_START: Duration = Duration::from_secs(24 * 3600);

#[derive(Debug)]
pub struct DeskOptions {
    pub address: Address,
    pub key: DeskKey,
    pub enrolled: Enrolled,
    /// How far the caller has stored the events.
    pub position: Position,
    pub host: String,
    pub version: String,
}

/// What the feed brings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fed {
    Event(FedEvent),
    /// All events up to here were brought before this: the position to store once they are stored.
    Position(Position),
    /// Events were too old and are gone: the log's own reading of past calls fills the gap.
    Gap,
    /// A new token was signed: to be kept in the place of the old one.
    Enrolled(Enrolled),
}

/// One callback. The same one may come twice: its body tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FedEvent {
    pub seq: u64,
    /// How long ago a gateway received it, at most; None: the difference of the clocks is not known yet.
    pub age: Option<Duration>,
    /// By the gateway's clock.
    pub received: i64,
    /// The callback's JSON as the platform sent it.
    pub body: String,
    /// It was asked for, not heard live.
    pub backlog: bool,
    /// The callback was too large to be sent; `body` is a [`crate::words::Oversize`].
    pub oversize: bool,
}

/// The way to the gateway.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// Not connected since then. `refused`: the server does not accept the token.
    Away { since: Instant, refused: bool },
    /// Connected. `leader_at`: when the leading gateway was last heard; None: not since the connection was made.
    Up { since: Instant, leader_at: Option<Instant> },
    /// The desk was revoked: only a new enrolment helps. Nothing is tried any more.
    Revoked,
    /// The gateway does not know the key: it is another gateway, or an old backup of this one. This desk tries nothing any more.
    NotKnown,
}

/// A state with the moments of this computer's monotonic clock.
#[derive(Clone, Debug, PartialEq)]
pub struct TimedState {
    pub state: State,
    pub heard_at: Instant,
    /// The next state comes within this time.
    pub every: Duration,
    /// For each of `state.read`: the earliest moment at which the platform can have been asked, so that a reading never counts as newer
    /// than it is. None: the difference of the clocks is not known yet.
    pub asked_at: Vec<Option<Instant>>,
    pub phone_asked_at: Option<Instant>,
    /// The same for `state.company_callback_at`.
    pub company_callback_at: Option<Instant>,
}

/// A desk that is enrolled. It connects and reconnects by itself until its last clone is dropped.
#[derive(Clone, Debug)]
pub struct Desk(Arc<Running>);

#[derive(Debug)]
struct Running {
    shared: Arc<Shared>,
    task: JoinHandle<()>,
    way: watch::Receiver<Way>,
    state: watch::Receiver<Option<Arc<TimedState>>>,
}

/// What the connection, the feed and the requests have in common.
#[derive(Debug)]
struct Shared {
    client: Client,
    address: Address,
    access: Arc<Access>,
    host: String,
    version: String,
    clocks: Mutex<Clocks>,
    /// The gateway that led when it was last heard.
    leader: Mutex<String>,
    start: Instant,
    way: watch::Sender<Way>,
    /// A new token is wanted now.
    wants_token: Notify,
}

impl Desk {
    /// A caller that does not take its events in time gets them later, as a backlog.
    pub async fn start(options: DeskOptions) -> (Self, mpsc::Receiver<Fed>) {
        let (feed, fed) = mpsc::channel(WAITING);
        let (way, way_seen) = watch::channel(Way::Away { since: Instant::now(), refused: false });
        let (tell_state, state) = watch::channel(None);
        let DeskOptions { address, key, enrolled, position, host, version } = options;
        let access = Arc::new(Access::new(key, enrolled, address.urls().len()));
        let (client, links) = link::connect(&address, &access).await;
        let shared = Arc::new(Shared {
            client,
            address,
            access,
            host,
            version,
            clocks: Mutex::default(),
            leader: Mutex::default(),
            start: Instant::now(),
            way,
            wants_token: Notify::new(),
        });
        let task = tokio::spawn(run::run(shared.clone(), links, position, feed, tell_state));
        (Self(Arc::new(Running { shared, task, way: way_seen, state })), fed)
    }

    pub fn way(&self) -> watch::Receiver<Way> {
        self.0.way.clone()
    }

    /// The last state; None: none yet.
    pub fn state(&self) -> watch::Receiver<Option<Arc<TimedState>>> {
        self.0.state.clone()
    }

    /// As it is kept: changes when the token is renewed, see [`Fed::Enrolled`].
    pub fn enrolled(&self) -> Enrolled {
        self.0.shared.access.enrolled()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.shared.access.ended.store(true, Ordering::Relaxed);
        self.task.abort();
    }
}

impl Shared {
    fn clocks(&self) -> std::sync::MutexGuard<'_, Clocks> {
        self.clocks.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The monotonic time, since a day before the start.
    fn now(&self) -> Duration {
        BEFORE_START + self.start.elapsed()
    }

    fn leader(&self) -> String {
        self.leader.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The leading gateway was heard. Without a name: what it said was not understood, and says nothing of who leads.
    fn leader_heard(&self, gateway: &str) {
        if gateway.is_empty() {
            return;
        }
        gateway.clone_into(&mut self.leader.lock().unwrap_or_else(PoisonError::into_inner));
        self.way.send_if_modified(|way| match way {
            Way::Up { leader_at, .. } => {
                *leader_at = Some(Instant::now());
                true
            }
            _ => false,
        });
    }

    /// The earliest moment of a time of this gateway's clock.
    fn earliest(&self, gateway: &str, time: i64) -> Option<Instant> {
        let at = self.clocks().earliest(gateway, time, self.now())?;
        let before = BEFORE_START.saturating_sub(at);
        // The monotonic clock of some systems has no moments before their own start.
        Some(self.start.checked_sub(before).unwrap_or(self.start) + at.saturating_sub(BEFORE_START))
    }
}
