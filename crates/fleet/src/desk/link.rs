//! The connection to NATS. It comes back by itself, with the token of that moment.

use std::{
    future::ready,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use async_nats::{Auth, AuthError, Client, ClientError, ConnectErrorKind, ConnectOptions, Event, ServerError};
use tokio::sync::mpsc;

use super::{
    Address, DeskKey,
    retry::{Refusals, pause},
};
use crate::words::{Enrolled, subject};

/// Messages that wait in the client; more are dropped, which is told as [`Link::Missed`].
const WAITING: usize = 4096;

/// Of the time that the gateway says, no more than this is taken, in milliseconds.
const LONGEST_SPREAD: u64 = 10_000;

/// How long a request waits for its answer unless it says otherwise.
pub(super) const PATIENCE: Duration = Duration::from_secs(2);

/// What happens to the connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Link {
    Up,
    Down,
    /// The server refused the token; `ask`: the gateway is to be asked about it.
    Refused {
        ask: bool,
    },
    /// The client has dropped a message.
    Missed,
}

/// By what the desk proves who it is, at each connection.
#[derive(Debug)]
pub(super) struct Access {
    pub key: DeskKey,
    /// Changes when the token is renewed.
    pub enrolled: Mutex<Enrolled>,
    /// The desk was dropped or revoked.
    pub ended: AtomicBool,
    was_up: AtomicBool,
    /// How many addresses the servers have.
    addresses: usize,
    /// Over which time the tries of all desks are spread, in milliseconds.
    spread: AtomicU64,
}

impl Access {
    pub fn new(key: DeskKey, enrolled: Enrolled, addresses: usize) -> Self {
        Self {
            key,
            enrolled: Mutex::new(enrolled),
            ended: AtomicBool::new(false),
            was_up: AtomicBool::new(false),
            addresses,
            spread: AtomicU64::new(0),
        }
    }

    /// The gateway says over which time the tries of all desks are spread.
    pub fn spread_over(&self, milliseconds: u64) {
        self.spread.store(milliseconds.min(LONGEST_SPREAD), Ordering::Relaxed);
    }

    pub fn enrolled(&self) -> Enrolled {
        self.enrolled.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn sign(&self, nonce: &[u8]) -> Auth {
        let mut auth = Auth::new();
        auth.jwt = Some(self.enrolled().jwt);
        auth.signature = Some(self.key.sign(nonce));
        auth
    }

    /// The pause before this try to connect.
    fn pause(&self, attempt: usize) -> Duration {
        if self.ended.load(Ordering::Relaxed) {
            // The client cannot be told to give up while it is not connected; it waits until the program ends.
            return Duration::from_secs(u64::from(u32::MAX));
        }
        if attempt <= 1 && !self.was_up.load(Ordering::Relaxed) {
            return Duration::ZERO;
        }
        let spread = Duration::from_millis(self.spread.load(Ordering::Relaxed));
        // Each address is tried once before it counts as another try.
        let round = attempt.div_ceil(self.addresses.max(1));
        pause(u32::try_from(round).unwrap_or(u32::MAX), spread, fastrand::f64())
    }
}

/// Begins to connect; [`Link::Up`] is told when that has succeeded.
pub(super) async fn connect(address: &Address, access: &Arc<Access>) -> (Client, mpsc::UnboundedReceiver<Link>) {
    let (tell, told) = mpsc::unbounded_channel();
    let refusals = Arc::new(Mutex::new(Refusals::default()));
    let (signing, pausing, hearing) = (access.clone(), access.clone(), access.clone());
    let options = ConnectOptions::with_auth_callback(move |nonce| ready(Ok::<_, AuthError>(signing.sign(&nonce))))
        .retry_on_initial_connect()
        .ignore_discovered_servers()
        .custom_inbox_prefix(subject::inbox(&access.enrolled().desk))
        .subscription_capacity(WAITING)
        .request_timeout(Some(PATIENCE))
        .reconnect_delay_callback(move |attempt| pausing.pause(attempt))
        .event_callback(move |event| {
            let mut refusals = refusals.lock().unwrap_or_else(PoisonError::into_inner);
            let link = match event {
                Event::Connected => {
                    refusals.connected();
                    hearing.was_up.store(true, Ordering::Relaxed);
                    Some(Link::Up)
                }
                Event::Disconnected | Event::Closed => Some(Link::Down),
                Event::ClientError(ClientError::Other(error)) if error == ConnectErrorKind::AuthorizationViolation.to_string() => {
                    Some(Link::Refused { ask: refusals.refused() })
                }
                Event::SlowConsumer(_) => Some(Link::Missed),
                Event::ServerError(ServerError::Other(error)) => {
                    // Such as a subject that the desk may not use.
                    tracing::warn!(error, "the server refuses something");
                    None
                }
                other => {
                    tracing::debug!(%other, "the connection to the gateway");
                    None
                }
            };
            if let Some(link) = link {
                // Without a receiver the desk was dropped.
                let _ = tell.send(link);
            }
            ready(())
        });
    let options = address.options(options);
    #[allow(clippy::expect_used)]
    let client = options.connect(address.urls()).await.expect("it is connected later, and its addresses were checked");
    (client, told)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::DeskId;

    #[test]
    fn g10_a_desk_connects_again_within_the_time_that_the_gateway_says() {
        let enrolled = format!(r#"{{"desk":"{}","jwt":"","extension":"7001"}}"#, DeskId::of([1; 10]));
        let access = Access::new(DeskKey::generate(), serde_json::from_str(&enrolled).unwrap(), 3);
        access.was_up.store(true, Ordering::Relaxed);
        let longest = |within| {
            access.spread_over(within);
            let longest = |attempt| (0..1000).map(|_| access.pause(attempt)).max().unwrap_or_default();
            assert!((1..=3).all(|attempt| longest(attempt) <= Duration::from_millis(500)), "the other addresses are tried at once");
            longest(4)
        };
        for (said, within) in [(0, 1.0), (5000, 5.0), (u64::MAX, 10.0)] {
            let longest = longest(said).as_secs_f64();
            assert!((0.9 * within..=within).contains(&longest), "{said} ms: {longest} s");
        }
    }
}
