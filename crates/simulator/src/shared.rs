//! The state that the server, the ticker and the handle share: the world behind one lock, the clock, the faults, the ledger.

use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use serde_json::Value;
use tokio::sync::{Notify, mpsc};
use url::Url;

use crate::callbacks::Event;
use crate::clock::Clock;
use crate::envelope::{Answer, Manner, Refusal};
use crate::faults::{Fault, Faults};
use crate::form::Form;
use crate::ledger::{Ledger, Seen};
use crate::random::Random;
use crate::recording::DownloadLink;
use crate::services::{Request, Service};
use crate::world::World;

pub(crate) struct Shared {
    pub(crate) url: Url,
    pub(crate) clock: Clock,
    pub(crate) ledger: Ledger,
    pub(crate) faults: std::sync::Arc<Mutex<Faults>>,
    pub(crate) world: Mutex<World>,
    /// The channel to the courier.
    pub(crate) events: mpsc::UnboundedSender<Event>,
    /// Notified when the agenda may have changed.
    pub(crate) changed: Notify,
}

impl Shared {
    fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Brings the world up to the present, changes it, and sends the callbacks that result.
    pub(crate) fn change<T>(&self, change: impl FnOnce(&mut World, Timestamp) -> T) -> T {
        let mut world = self.world();
        let now = self.clock.now();
        world.run_until(now);
        let result = change(&mut world, now);
        world.dial(now);
        let lost = world.network_is_down(now);
        for event in world.outbox.drain(..) {
            let event = Event { lost, ..event };
            // Fails only while the simulator is being stopped, when there is no courier any more.
            drop(self.events.send(event));
        }
        drop(world);
        self.changed.notify_one();
        result
    }

    /// Reads the world without changing it.
    pub(crate) fn look<T>(&self, look: impl FnOnce(&World, &Ledger, Timestamp) -> T) -> T {
        look(&self.world(), &self.ledger, self.clock.now())
    }

    /// Carries out the agenda by the clock, until the task is aborted.
    pub(crate) async fn tick(&self) {
        loop {
            let due = self.world().next_due();
            match due.and_then(|at| self.clock.wait_until(at)) {
                Some(wait) => {
                    tokio::select! {
                        () = tokio::time::sleep(wait) => self.change(|_, _| {}),
                        () = self.changed.notified() => {}
                    }
                }
                None => self.changed.notified().await,
            }
        }
    }

    pub(crate) fn serve(&self, service: Option<&Service>, form: &Form, base: &str) -> Result<Answer, Refusal> {
        self.change(|world, now| world.serve(service, &Request { form, base, now }))
    }

    pub(crate) fn envelope(&self, service: Option<&Service>, answer: Result<Answer, Refusal>) -> Value {
        let mut world = self.world();
        let manner = Manner { chinese: world.options.chinese, drift: world.options.drift };
        let now = self.clock.now();
        let done = service.map_or(("", ""), |service| service.done);
        manner.envelope(answer, done, (now, now), &mut world.looks)
    }

    pub(crate) fn with_looks<T>(&self, work: impl FnOnce(&mut Random) -> T) -> T {
        work(&mut self.world().looks)
    }

    pub(crate) fn faults(&self) -> MutexGuard<'_, Faults> {
        self.faults.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn meet_fault(&self, service: &str) -> Option<Fault> {
        let fault = self.look(|world, _, now| world.network_fault(now));
        fault.or_else(|| self.faults().meet(service))
    }

    pub(crate) fn record(&self, seen: Seen) {
        self.ledger.record(self.clock.now(), seen);
    }

    /// The recording behind a link's key.
    pub(crate) fn link(&self, key: &str) -> Option<DownloadLink> {
        self.world().links.get(key).cloned()
    }
}
