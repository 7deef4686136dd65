//! Accepting connections, within bounds.

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

/// Where deliveries go; the listener waits for the receipt.
pub type Sink = mpsc::Sender<(Delivery, oneshot::Sender<Receipt>)>;

/// A body to a delivery, or why not.
pub(crate) type Decode = Box<dyn Fn(&[u8]) -> Result<Delivery, String> + Send + Sync>;

/// What a listener is given beside its socket.
#[derive(Debug)]
pub struct Parts {
    pub rules: Rules,
    pub limits: Limits,
    /// Where the platform's clock is (N5).
    pub zone: Zone,
    pub counters: Arc<Counters>,
    pub sink: Sink,
}

/// What every connection needs.
pub(crate) struct Context {
    pub rules: Rules,
    pub limits: Limits,
    pub counters: Arc<Counters>,
    pub sink: Sink,
    pub decode: Decode,
    pub displaceable: Displaceable,
}

/// Takes callbacks until `shutdown` resolves, then finishes those under way.
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
                // Out of file descriptors, as a rule: others must end first.
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
            // With every place under way this one waits, and the next ones in the system's queue: for seconds at most.
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
        // So that a request that is here already is read before its place can be taken by the connections behind it.
        yield_now().await;
    }
    drop(socket);
    context.displaceable.displace_all();
    if timeout(context.limits.drain, async { while connections.join_next().await.is_some() {} }).await.is_err() {
        tracing::warn!(count = connections.len(), "requests under way were cut off; none of them was acknowledged");
    }
}

/// The connections that have not sent a whole head yet, or were answered already: oldest first.
#[derive(Debug, Default)]
pub(crate) struct Displaceable {
    places: Mutex<BTreeMap<u64, oneshot::Sender<()>>>,
    /// There is one to displace.
    any: Notify,
}

impl Displaceable {
    /// From now on the connection may be displaced.
    pub fn take(&self, place: u64) -> oneshot::Receiver<()> {
        let (displace, displaced) = oneshot::channel();
        self.lock().insert(place, displace);
        self.any.notify_one();
        displaced
    }

    /// From now on the connection is under way; false: it was displaced at this very moment.
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
    fn l14_a_place_that_was_given_away_is_not_left_as_if_it_were_held() {
        let displaceable = Displaceable::default();
        let (mut first, mut second) = (displaceable.take(1), displaceable.take(2));
        assert!(displaceable.displace_oldest());
        assert!(first.try_recv().is_err_and(|error| error == oneshot::error::TryRecvError::Closed), "told to go");
        assert!(!displaceable.leave(1), "its head came at that very moment, and too late");
        assert!(second.try_recv().is_err_and(|error| error == oneshot::error::TryRecvError::Empty));
        assert!(displaceable.leave(2) && !displaceable.displace_oldest(), "under way, and not to be displaced");
    }
}
