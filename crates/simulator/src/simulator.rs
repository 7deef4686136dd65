//! [`Simulator`], the handle: starts the simulated platform, causes events, and reads what happened.

use std::collections::BTreeMap;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use tokio::net::TcpListener;
use tokio::sync::{Notify, mpsc};
use tokio::task::JoinSet;
use url::Url;

use crate::call::{CallId, Party, RingSpec};
use crate::callbacks::{CallbackKind, Encoding, IsBLeg};
use crate::calls::CallError;
use crate::courier::{Address, Courier};
use crate::exercise::Exercise;
use crate::extension::Phone;
use crate::faults::{CallbackFault, Disturbance, Fault, Faults};
use crate::ledger::{Delivery, Ledger};
use crate::network::Network;
use crate::options::{Answering, Options};
use crate::random::Random;
use crate::records::Record;
use crate::seat::SeatState;
use crate::server;
use crate::shared::Shared;
use crate::task::{Progress, Task};
use crate::world::World;

/// A predictive task.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaskSeen {
    pub name: String,
    /// Numbers that were not called yet.
    pub waiting: usize,
    /// 1 open, 2 paused, 3 over: as TaskSet sets it.
    pub state: u8,
}

/// A running simulated platform. Dropping it stops it.
pub struct Simulator {
    shared: Arc<Shared>,
    courier: Courier,
    tasks: JoinSet<()>,
}

impl Simulator {
    /// Starts on a given socket. Must be called inside a tokio runtime.
    ///
    /// # Errors
    /// The socket has no address, or no HTTP client can be made for the callbacks.
    pub fn start(listener: TcpListener, options: Options) -> io::Result<Self> {
        let url = url_of(listener.local_addr()?)?;
        let (events, deliveries) = mpsc::unbounded_channel();
        let (clock, ledger) = (options.clock.clone(), Ledger::new());
        let faults = Arc::new(Mutex::new(Faults::default()));
        let address = Address { url: options.callback_url.clone(), encoding: options.encoding, attempts: options.callback_attempts };
        let courier = Courier::new(address, faults.clone(), ledger.clone(), clock.clone())?;
        let disorder = Random::new(options.seed);
        let shared = Arc::new(Shared {
            url,
            world: Mutex::new(World::new(options, clock.now())),
            clock,
            ledger,
            faults,
            events,
            changed: Notify::new(),
        });
        let mut tasks = JoinSet::new();
        tasks.spawn(server::serve(listener, shared.clone()));
        tasks.spawn(courier.clone().run(deliveries, disorder));
        let ticking = shared.clone();
        tasks.spawn(async move { ticking.tick().await });
        Ok(Self { shared, courier, tasks })
    }

    /// Starts on a free port of 127.0.0.1.
    ///
    /// # Errors
    /// As [`Simulator::start`], or no port is free.
    pub async fn local(options: Options) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        Self::start(listener, options)
    }

    /// The platform's address, ending in a slash.
    pub fn url(&self) -> Url {
        self.shared.url.clone()
    }

    /// Stops listening, dialling and delivering, and waits until all of it has ended.
    pub async fn stop(mut self) {
        self.tasks.shutdown().await;
    }

    pub fn ledger(&self) -> Ledger {
        self.shared.ledger.clone()
    }

    /// The present time on the platform's clock.
    pub fn now(&self) -> Timestamp {
        self.shared.clock.now()
    }

    /// Moves a manual clock. Events that become due happen, each at its own instant.
    pub fn advance(&self, by: Duration) {
        let clock = &self.shared.clock;
        let to = clock.now().checked_add(by).unwrap_or(Timestamp::MAX);
        clock.set(to);
        self.shared.change(|_, _| {});
    }

    /// Where callbacks go from now on; `None`: nowhere.
    pub fn set_callback_url(&self, url: Option<Url>) {
        self.with_address(|address| address.url = url);
    }

    /// How callbacks are written from now on.
    pub fn set_encoding(&self, encoding: Encoding) {
        self.with_address(|address| address.encoding = encoding);
    }

    fn with_address(&self, change: impl FnOnce(&mut Address)) {
        let address = self.courier.address.lock();
        change(&mut address.unwrap_or_else(PoisonError::into_inner));
    }

    /// Sets the meaning of `isbleg` (N25).
    pub fn set_is_b_leg(&self, meaning: IsBLeg) {
        self.shared.change(|world, _| world.options.is_b_leg = meaning);
    }

    /// Rings an extension, known or not. No further event of this call happens by itself.
    pub fn ring(&self, spec: RingSpec) -> CallId {
        self.shared.change(|world, now| world.ring(spec, now))
    }

    /// Dials a customer who is not reached, for this cause (10002 to 10006, or any other): a bill without an agent.
    pub fn dial_in_vain(&self, spec: RingSpec, cause: u32) -> CallId {
        self.shared.change(|world, now| world.dial_in_vain(spec, cause, now))
    }

    /// Sends that the customer's phone rings, too, as in calls of methods 2 to 4.
    pub fn ring_customer(&self, call: CallId) {
        self.shared.change(|world, _| world.tell_customer_ring(call));
    }

    /// The agent answers.
    ///
    /// # Errors
    /// The call is over, or does not ring.
    pub fn answer(&self, call: CallId) -> Result<(), CallError> {
        self.shared.change(|world, now| world.answer(call, now))
    }

    /// One party hangs up: the end of a call, a refusal, or a cancellation.
    ///
    /// # Errors
    /// The call is over.
    pub fn hang_up(&self, call: CallId, by: Party) -> Result<(), CallError> {
        self.shared.change(|world, now| world.hang_up(call, by, now))
    }

    /// The phone stops ringing because nobody answered.
    ///
    /// # Errors
    /// The call is over, or does not ring.
    pub fn miss(&self, call: CallId) -> Result<(), CallError> {
        self.shared.change(|world, now| world.miss(call, now))
    }

    /// The calls that ring or are in conversation at an extension, oldest first.
    pub fn calls_at(&self, extension: &str) -> Vec<CallId> {
        self.shared.look(|world, _, _| {
            let calls = world.calls.values().filter(|call| call.involves(extension));
            calls.map(|call| call.id).collect()
        })
    }

    /// Sets the state of a phone; an unknown extension is added.
    pub fn set_phone(&self, extension: &str, phone: Phone) {
        self.shared.change(|world, now| world.set_phone(extension, phone, now));
    }

    /// Signs an extension in to a queue, as SipSignIn does.
    pub fn sign_in(&self, queue: &str, extension: &str, agent: &str) {
        self.shared.change(|world, now| {
            if world.seat(queue, extension).is_none() {
                world.take_seat(queue, extension, agent, now);
            }
        });
    }

    /// Signs an extension out of a queue without the agent's doing.
    pub fn sign_out(&self, queue: &str, extension: &str) {
        self.shared.change(|world, _| {
            world.seats.retain(|seat| seat.queue != queue || seat.extension != extension);
        });
    }

    /// Sets the state of an agent's seat in a queue, for instance to [`SeatState::Paused`].
    pub fn set_seat(&self, queue: &str, extension: &str, state: SeatState) {
        self.shared.change(|world, now| world.set_seat(queue, extension, state, now));
    }

    /// The state of the agent's seat in a queue; `None` if the agent is not signed in there.
    pub fn seat(&self, queue: &str, extension: &str) -> Option<SeatState> {
        self.shared.change(|world, _| world.seat(queue, extension).map(|seat| seat.state))
    }

    /// Sets after how many misses in a row a queue pauses an agent; 0: never (N19).
    pub fn set_max_no_answer(&self, queue: &str, limit: u32) {
        self.shared.change(|world, _| {
            if let Some(queue) = world.queues.get_mut(queue) {
                queue.max_no_answer = limit;
            }
        });
    }

    /// Marks an extension as changed: older tokens get code 1010 for it, until the next login.
    pub fn change_extension(&self, extension: &str) {
        self.shared.change(|world, _| world.change_extension(extension));
    }

    /// Sets who answers an extension's calls.
    pub fn set_answering(&self, extension: &str, answering: Answering) {
        self.shared.change(|world, _| {
            if let Some(known) = world.extensions.get_mut(extension) {
                known.answering = answering;
            }
        });
    }

    /// Begins an exercise, or with `None` goes back to the usual pace; the dialler dials from now on.
    pub fn practise(&self, exercise: Option<Exercise>) {
        self.shared.change(|world, now| world.practise(exercise, now));
    }

    /// Makes all tokens unknown: `ret` 600 until the next login.
    pub fn expire_tokens(&self) {
        self.shared.change(|world, _| world.tokens.clear());
    }

    /// Posts a test's bytes to the callback address and returns the delivery; an empty content type is not sent.
    pub async fn deliver_raw(&self, bytes: impl Into<Vec<u8>>, content_type: &str) -> Delivery {
        self.courier.deliver_raw(bytes.into(), content_type).await
    }

    /// Lets a service fail so many times, or always with `None`. `service` is a full name, its last part, `download`, or `*`.
    pub fn fault(&self, service: &str, fault: Fault, times: impl Into<Option<u32>>) {
        self.shared.faults().add(service, fault, times.into());
    }

    /// Lets callbacks of a kind, or of all kinds, fail so many times, or always with `None`.
    pub fn callback_fault(&self, kind: impl Into<Option<CallbackKind>>, fault: CallbackFault, times: impl Into<Option<u32>>) {
        self.shared.faults().add_for_callbacks(kind.into(), fault, times.into());
    }

    /// Lets a percentage of callbacks fail by chance from now on; `None`: none.
    pub fn disturb(&self, disturbance: impl Into<Option<Disturbance>>) {
        self.shared.faults().disturb(disturbance.into());
    }

    /// Sets the state of the network.
    pub fn set_network(&self, network: Network) {
        self.shared.change(|world, _| world.network = network);
    }

    /// Whether every callback that was sent was answered, or failed.
    pub fn is_at_rest(&self) -> bool {
        self.courier.under_way.load(Ordering::Relaxed) == 0
    }

    /// How often each number was given to a task by TaskCreat and TaskAdd, in requests that were carried out.
    pub fn numbers_given(&self) -> BTreeMap<String, u32> {
        self.shared.look(|world, _, _| world.given.clone())
    }

    /// The predictive tasks by their ids.
    pub fn tasks(&self) -> BTreeMap<String, TaskSeen> {
        self.shared.look(|world, _, _| {
            let seen = |task: &Task| TaskSeen {
                name: task.name.clone(),
                waiting: task.numbers.len(),
                state: match task.progress {
                    Progress::Open => 1,
                    Progress::Paused => 2,
                    Progress::Over => 3,
                },
            };
            world.tasks.iter().map(|(id, task)| (id.clone(), seen(task))).collect()
        })
    }

    /// The platform's records of an extension's calls that have ended, in the order of their ends.
    pub fn records(&self, extension: &str) -> Vec<Record> {
        self.shared.look(|world, _, _| world.records(extension))
    }

    /// Removes all faults that still wait, and the disturbance.
    pub fn clear_faults(&self) {
        self.shared.faults().clear();
    }
}

/// The address as a client on this machine reaches it.
fn url_of(mut address: SocketAddr) -> io::Result<Url> {
    if address.ip().is_unspecified() {
        address.set_ip(Ipv4Addr::LOCALHOST.into());
    }
    Url::parse(&format!("http://{address}/")).map_err(io::Error::other)
}
