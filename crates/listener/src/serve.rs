//! Accepts connections, within limits.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use ringside_domain::{Delivery, Receipt};
use ringside_wire::{Zone, callback};
use tokio::{
    net::TcpListener,
    pin, select,
    sync::{Notify, mpsc, oneshot},
    task::{JoinSet, yield_now},
    time::{sleep, timeout},
};

use crate::{ConnectionEnd, Counters, Limits, Rules, connection::carry};

/// Takes deliveries; the listener waits for the receipt of each.
pub type Sink = mpsc::Sender<(Delivery, oneshot::Sender<Receipt>)>;

/// Decodes a body to a delivery, or says why it cannot.
pub(crate) type Decode = Box<dyn Fn(&[u8]) -> Result<Delivery, String> + Send + Sync>;

/// Parts of a listener, besides its socket.
#[derive(Debug)]
pub struct Parts {
    pub rules: Rules,
    pub limits: Limits,
    /// The platform's time zone (N5).
    pub zone: Zone,
    pub counters: Arc<Counters>,
    pub sink: Sink,
}

/// The parts that every connection needs.
pub(crate) struct Context {
    pub rules: Rules,
    pub limits: Limits,
    pub counters: Arc<Counters>,
    pub sink: Sink,
    pub decode: Decode,
    pub displaceable: Displaceable,
}

/// Accepts callbacks until `shutdown` resolves, then finishes the requests in progress.
pub async fn serve(socket: TcpListener, parts: Parts, shutdown: impl Future<Output = ()>) {
    let Parts { rules, limits, zone, counters, sink } = parts;
    let decode: Decode = Box::new(move |body| callback::parse(body, &zone).map_err(|error| error.to_string()));
    run(socket, Context { rules, limits, counters, sink, decode, displaceable: Displaceable::default() }, shutdown).await;
}

pub(crate) async fn run(socket: TcpListener, context: Context, shutdown: impl Future<Output = ()>) {
    let context = Arc::new(context);
    let mut connections = JoinSet::new();
    pin!(shutdown);
    'listening: loop {
        let accepted = select! {
            biased;
            () = &mut shutdown => break,
            Some(_) = connections.join_next() => continue,
            accepted = socket.accept() => accepted,
        };
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                // Usually no file descriptor is left: other connections must end first.
                tracing::warn!(%error, "a connection could not be accepted");
                sleep(Duration::from_millis(50)).await;
                continue;
            }
        };
        if !context.rules.is_source(peer.ip()) {
            tracing::debug!(%peer, "not an allowed source");
            context.counters.count(ConnectionEnd::WrongSource);
            context.counters.refused_source(peer.ip());
            continue;
        }
        while connections.len() >= context.limits.connections {
            if let Some(is_answered) = context.displaceable.displace_oldest() {
                if !is_answered {
                    context.counters.count(ConnectionEnd::Displaced);
                }
                connections.join_next().await;
                continue;
            }
            // If all connections are in progress, this one waits, and the next ones wait in the system's queue, for seconds at most.
            select! {
                biased;
                () = &mut shutdown => break 'listening,
                Some(_) = connections.join_next() => {}
                () = context.displaceable.any.notified() => {}
            }
        }
        let place = context.displaceable.take(false);
        connections.spawn(carry(Arc::clone(&context), stream, place));
        // Lets a request that has already arrived be read before later connections can take its place.
        yield_now().await;
    }
    drop(socket);
    context.displaceable.close();
    if timeout(context.limits.drain, async { while connections.join_next().await.is_some() {} }).await.is_err() {
        tracing::warn!(count = connections.len(), "requests under way were cut off; none of them was acknowledged");
    }
}

/// The connections without a request in progress; those first that have been so for the longest time.
#[derive(Debug, Default)]
pub(crate) struct Displaceable {
    waiting: Mutex<Waiting>,
    /// Notified when a connection can be displaced.
    any: Notify,
    is_closed: AtomicBool,
}

#[derive(Debug, Default)]
struct Waiting {
    last: u64,
    connections: BTreeMap<u64, Idle>,
}

#[derive(Debug)]
struct Idle {
    /// Has had an answer, so that its end counts only if another request has begun.
    is_answered: bool,
    /// Dropped to end the connection.
    _displace: oneshot::Sender<()>,
}

/// The place of one connection among those that can be displaced.
#[derive(Debug)]
pub(crate) struct Place {
    number: u64,
    /// Resolves when another connection needs the place, or when the listener stops.
    pub displaced: oneshot::Receiver<()>,
}

impl Displaceable {
    /// Marks the connection as displaceable.
    pub fn take(&self, is_answered: bool) -> Place {
        let (displace, displaced) = oneshot::channel();
        let mut waiting = self.lock();
        waiting.last += 1;
        let number = waiting.last;
        waiting.connections.insert(number, Idle { is_answered, _displace: displace });
        drop(waiting);
        self.any.notify_one();
        Place { number, displaced }
    }

    /// Marks the connection as in progress. False if it was displaced before.
    pub fn leave(&self, place: &Place) -> bool {
        self.lock().connections.remove(&place.number).is_some()
    }

    /// Whether the displaced one has had an answer; None if there is none to displace.
    fn displace_oldest(&self) -> Option<bool> {
        self.lock().connections.pop_first().map(|(_, idle)| idle.is_answered)
    }

    /// Displaces all. A connection that takes a place afterwards looks at [`Self::is_closed`].
    fn close(&self) {
        self.is_closed.store(true, Ordering::SeqCst);
        self.lock().connections.clear();
    }

    pub fn is_closed(&self) -> bool {
        self.is_closed.load(Ordering::SeqCst)
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn l14_a_displaced_connection_cannot_go_on() {
        let displaceable = Displaceable::default();
        let (mut first, mut second) = (displaceable.take(false), displaceable.take(false));
        assert!(displaceable.displace_oldest().is_some());
        let told = |place: &mut Place| place.displaced.try_recv() == Err(oneshot::error::TryRecvError::Closed);
        assert!(told(&mut first), "it was told to end");
        assert!(!displaceable.leave(&first), "its head came too late");
        assert!(!told(&mut second));
        assert!(displaceable.leave(&second) && displaceable.displace_oldest().is_none(), "a request in progress is not displaced");
    }

    #[test]
    fn l14_the_connection_that_was_used_last_is_displaced_last() {
        let displaceable = Displaceable::default();
        let (proxy, _silent) = (displaceable.take(false), displaceable.take(false));
        assert!(displaceable.leave(&proxy));
        let _proxy = displaceable.take(true);
        assert_eq!([displaceable.displace_oldest(), displaceable.displace_oldest()], [Some(false), Some(true)]);
    }
}
