//! The client: how it is made, and what its clones share.

use std::{
    fmt,
    sync::{Arc, PoisonError},
    time::Duration,
};

use ringside_domain::{ClockReading, Flaw, Timestamp};
use ringside_wire::Zone;
use tokio::sync::Mutex;

use crate::{Capture, PlatformError, Retry, token::Login, transport::Transport, unread::Unread};

/// The wall clock, given.
pub type WallClock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// How the client behaves; the defaults are for real life.
#[derive(Clone, Debug)]
pub struct ClientOptions {
    /// Where the platform's clock is (N5).
    pub zone: Zone,
    /// Until connected (A15).
    pub connect: Duration,
    /// Until answered, from the first byte sent.
    pub total: Duration,
    /// Bytes of an answer (A11).
    pub largest: usize,
    /// Before a patient client asks again, where the error names no other; longer each time, with jitter.
    pub pause: Duration,
    /// Seeds the jitter of pauses.
    pub seed: u64,
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
        }
    }
}

/// Speaks to the platform. Cheap to clone; all clones share one login.
///
/// A method is one service of the documentation and sends one request, with three exceptions: a dead token is healed once by a
/// new login (N8), a request lost on a stale connection is sent again at once where that does no harm (A7), and a
/// [patient](Client::patient) client asks again after a pause.
#[derive(Clone)]
pub struct Client {
    pub(crate) shared: Arc<Shared>,
    /// How often a request is sent again after a pause.
    pub(crate) repeats: u32,
}

pub(crate) struct Shared {
    pub transport: Arc<Transport>,
    pub options: ClientOptions,
    clock: WallClock,
    /// Held while logging in, so that callers who need a token wait for the one login (A1).
    pub login: Mutex<Login>,
    random: std::sync::Mutex<fastrand::Rng>,
    /// What could not be read in records.
    pub unread: Arc<Unread>,
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").finish_non_exhaustive()
    }
}

/// How often a patient client asks again.
const PATIENCE: u32 = 3;

impl Client {
    /// A client in nobody's name. Fails only where the system's TLS cannot be used at all.
    pub fn new(options: ClientOptions, clock: WallClock) -> Result<Self, PlatformError> {
        let transport = Arc::new(Transport::new(&options, Arc::clone(&clock))?);
        let random = std::sync::Mutex::new(fastrand::Rng::with_seed(options.seed));
        let shared = Shared { transport, options, clock, login: Mutex::default(), random, unread: Arc::default() };
        Ok(Self { shared: Arc::new(shared), repeats: 0 })
    }

    /// Another client on the same transport, in nobody's name.
    pub fn apart(&self) -> Self {
        let Shared { transport, options, clock, unread, .. } = &*self.shared;
        let (transport, clock, random) =
            (Arc::clone(transport), Arc::clone(clock), std::sync::Mutex::new(fastrand::Rng::with_seed(options.seed ^ 1)));
        let shared = Shared { transport, options: options.clone(), clock, login: Mutex::default(), random, unread: Arc::clone(unread) };
        Self { shared: Arc::new(shared), repeats: 0 }
    }

    /// The same client, for work that would rather wait than fail: what may be repeated is, up to three times, after the pause
    /// that the error asks for. Who polls or shows a connection's state does better without.
    pub fn patient(&self) -> Self {
        Self { repeats: PATIENCE, ..self.clone() }
    }

    /// The last exchanges, raw, while they are kept.
    pub fn capture(&self) -> &Capture {
        &self.shared.transport.capture
    }

    /// The platform's clock beside this computer's, of the last answer that carried a time; for the skew between them (N6).
    pub fn clock_reading(&self) -> Option<ClockReading> {
        self.shared.transport.clock_reading()
    }

    /// Records in which something could not be read since this was asked last; each once, however often it is read again.
    pub fn take_unread(&self) -> Vec<Flaw> {
        self.shared.unread.take()
    }

    pub(crate) fn zone(&self) -> &Zone {
        &self.shared.options.zone
    }

    pub(crate) fn now(&self) -> Timestamp {
        (self.shared.clock)()
    }

    /// From 0 up to 1.
    pub(crate) fn jitter(&self) -> f64 {
        self.shared.random.lock().unwrap_or_else(PoisonError::into_inner).f64()
    }
}
