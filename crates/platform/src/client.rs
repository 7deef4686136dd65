//! The client: its construction, and the state that its clones share.

use std::{
    fmt,
    sync::{Arc, PoisonError},
    time::Duration,
};

use ringside_domain::{Account, ClockReading, Flaw, Timestamp};
use ringside_wire::Zone;
use tokio::sync::Mutex;

use crate::{Capture, Proxy, Retry, token::Login, transport::Transport, unread::Unread};

/// Reads the wall clock.
pub type WallClock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// The client's limits; the defaults are for production.
#[derive(Clone, Debug)]
pub struct ClientOptions {
    /// The platform's time zone (N5).
    pub zone: Zone,
    /// Time to connect (A15).
    pub connect: Duration,
    /// Time for the whole request, its answer included.
    pub total: Duration,
    /// Largest answer, in bytes (A11).
    pub largest: usize,
    /// First pause of a patient client before it repeats a request, if the error names none; longer each time, with jitter.
    pub pause: Duration,
    /// Seed of the pauses' jitter.
    pub seed: u64,
    /// The proxy to the platform.
    pub proxy: Proxy,
}

impl Default for ClientOptions {
    fn default() -> Self {
        Self {
            zone: Zone::default(),
            connect: Duration::from_secs(5),
            total: Duration::from_secs(15),
            largest: 8 << 20,
            pause: Retry::PAUSE,
            seed: 0,
            proxy: Proxy::default(),
        }
    }
}

/// Sends requests to the platform. Cheap to clone; all clones share one login.
///
/// Each method calls one service of the documentation with one request, with three exceptions: after an invalid token the client logs in
/// once and repeats the request (N8), a request that a stale connection lost is sent again at once if that does no harm (A7), and a
/// [patient](Client::patient) client repeats a request after a pause.
#[derive(Clone)]
pub struct Client {
    pub(crate) shared: Arc<Shared>,
    /// How often a request is sent again after a pause.
    pub(crate) repeats: u32,
    /// Requests are sent in the name of this account only. None: of the account that is signed in.
    pub(crate) only_for: Option<Arc<Account>>,
}

pub(crate) struct Shared {
    pub transport: Arc<Transport>,
    pub options: ClientOptions,
    clock: WallClock,
    /// Locked during a login, so that callers that need a token wait for the one login (A1).
    pub login: Mutex<Login>,
    random: std::sync::Mutex<fastrand::Rng>,
    /// Records that could not be read in full.
    pub unread: Arc<Unread>,
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").finish_non_exhaustive()
    }
}

/// How often a patient client repeats a request.
const PATIENCE: u32 = 3;

impl Client {
    /// A client without an account.
    pub fn new(options: ClientOptions, clock: WallClock) -> Self {
        let transport = Arc::new(Transport::new(&options, Arc::clone(&clock)));
        let random = std::sync::Mutex::new(fastrand::Rng::with_seed(options.seed));
        let shared = Shared { transport, options, clock, login: Mutex::default(), random, unread: Arc::default() };
        Self { shared: Arc::new(shared), repeats: 0, only_for: None }
    }

    /// Another client on the same transport, without an account.
    pub fn apart(&self) -> Self {
        let Shared { transport, options, clock, unread, .. } = &*self.shared;
        let (transport, clock, random) =
            (Arc::clone(transport), Arc::clone(clock), std::sync::Mutex::new(fastrand::Rng::with_seed(options.seed ^ 1)));
        let shared = Shared { transport, options: options.clone(), clock, login: Mutex::default(), random, unread: Arc::clone(unread) };
        Self { shared: Arc::new(shared), repeats: 0, only_for: None }
    }

    /// The same client, for work that may wait: a request that may be repeated is repeated up to three times, after the pause that the
    /// error names. Not for polling or for showing the connection's state: these callers have pauses of their own.
    pub fn patient(&self) -> Self {
        Self { repeats: PATIENCE, ..self.clone() }
    }

    /// The same client, for requests that must not be sent in the name of another account, whoever signs in meanwhile: they fail with
    /// [`crate::PlatformError::NotSignedIn`].
    pub fn only_for(&self, account: &Account) -> Self {
        Self { only_for: Some(Arc::new(account.clone())), ..self.clone() }
    }

    /// The last exchanges in raw form, while the capture is on.
    pub fn capture(&self) -> &Capture {
        &self.shared.transport.capture
    }

    /// The times of the last answer that carried the platform's time; the skew between the clocks is computed from them (N6).
    pub fn clock_reading(&self) -> Option<ClockReading> {
        self.shared.transport.clock_reading()
    }

    /// Records that could not be read in full, since the last call of this method. Each record is reported once, however often it is read.
    pub fn take_unread(&self) -> Vec<Flaw> {
        self.shared.unread.take()
    }

    /// The present by the platform's clock, as far as the last answer tells; by this computer's clock before the first one.
    pub fn platform_now(&self) -> Timestamp {
        let ahead = self.clock_reading().map_or(0, |reading| reading.answered_at.0.saturating_sub(reading.stamped_at.0));
        self.now().moved(ahead.saturating_neg())
    }

    pub(crate) fn zone(&self) -> &Zone {
        &self.shared.options.zone
    }

    pub(crate) fn now(&self) -> Timestamp {
        (self.shared.clock)()
    }

    /// Random, from 0 up to 1.
    pub(crate) fn jitter(&self) -> f64 {
        self.shared.random.lock().unwrap_or_else(PoisonError::into_inner).f64()
    }
}
