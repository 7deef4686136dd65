//! Accepts connections, within limits.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
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
    let mut next_place = 0_u64;
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
            if context.displaceable.displace_oldest() {
                context.counters.count(ConnectionEnd::Displaced);
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
        next_place += 1;
        let displaced = context.displaceable.take(next_place);
        connections.spawn(carry(Arc::clone(&context), stream, next_place, displaced));
        // Lets a request that has already arrived be read before later connections can take its place.
        yield_now().await;
    }
    drop(socket);
    context.displaceable.displace_all();
    if timeout(context.limits.drain, async { while connections.join_next().await.is_some() {} }).await.is_err() {
        tracing::warn!(count = connections.len(), "requests under way were cut off; none of them was acknowledged");
    }
}

/// The connections that have not sent a complete head yet, or that were already answered; the oldest first.
#[derive(Debug, Default)]
pub(crate) struct Displaceable {
    places: Mutex<BTreeMap<u64, oneshot::Sender<()>>>,
    /// Notified when a connection can be displaced.
    any: Notify,
}

impl Displaceable {
    /// Marks the connection as displaceable.
    pub fn take(&self, place: u64) -> oneshot::Receiver<()> {
        let (displace, displaced) = oneshot::channel();
        self.lock().insert(place, displace);
        self.any.notify_one();
        displaced
    }

    /// Marks the connection as in progress. False if it was displaced before.
    pub fn leave(&self, place: u64) -> bool {
        self.lock().remove(&place).is_some()
    }

    fn displace_oldest(&self) -> bool {
        self.lock().pop_first().is_some()
    }

    fn displace_all(&self) {
        self.lock().clear();
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<u64, oneshot::Sender<()>>> {
        self.places.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn l14_a_displaced_connection_cannot_go_on() {
        let displaceable = Displaceable::default();
        let (mut first, mut second) = (displaceable.take(1), displaceable.take(2));
        assert!(displaceable.displace_oldest());
        assert!(first.try_recv().is_err_and(|error| error == oneshot::error::TryRecvError::Closed), "it was told to end");
        assert!(!displaceable.leave(1), "its head came too late");
        assert!(second.try_recv().is_err_and(|error| error == oneshot::error::TryRecvError::Empty));
        assert!(displaceable.leave(2) && !displaceable.displace_oldest(), "a request in progress is not displaced");
    }
}
