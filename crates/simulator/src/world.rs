//! The simulated platform's whole state, and its agenda of events. No I/O and no clock: the present time is an argument.

use std::collections::BTreeMap;

use jiff::{Timestamp, ToSpan, tz::TimeZone};

use crate::auth::Token;
use crate::call::{Bill, Call, CallId, Party};
use crate::callbacks::Event;
use crate::codes::Code;
use crate::customers::{self, Customer};
use crate::exercise::Exercise;
use crate::extension::Extension;
use crate::group::Group;
use crate::network::Network;
use crate::options::Options;
use crate::queue::Queue;
use crate::random::Random;
use crate::recording::DownloadLink;
use crate::seat::Seat;
use crate::task::Task;
use crate::uuid::Mint;

/// The simulated platform's state.
pub(crate) struct World {
    pub(crate) options: Options,
    pub(crate) zone: TimeZone,
    /// The random numbers for events.
    pub(crate) random: Random,
    /// The random numbers for the form of answers and for tokens. They are separate, so that requests that only read change no event.
    pub(crate) looks: Random,
    pub(crate) mint: Mint,
    pub(crate) customers: Vec<Customer>,
    pub(crate) tokens: BTreeMap<String, Token>,
    pub(crate) links: BTreeMap<String, DownloadLink>,
    pub(crate) queues: BTreeMap<String, Queue>,
    pub(crate) extensions: BTreeMap<String, Extension>,
    /// All seats, in the order of signing in.
    pub(crate) seats: Vec<Seat>,
    pub(crate) groups: Vec<Group>,
    pub(crate) tasks: BTreeMap<String, Task>,
    /// How often each number was given to a task.
    pub(crate) given: BTreeMap<String, u32>,
    pub(crate) calls: BTreeMap<CallId, Call>,
    pub(crate) bills: Vec<Bill>,
    /// The present exercise, and when it began.
    pub(crate) exercise: Option<(Exercise, Timestamp)>,
    pub(crate) network: Network,
    /// Callbacks that are to be sent.
    pub(crate) outbox: Vec<Event>,
    /// The events to come, by their instants; at the same instant in the order in which they were scheduled.
    agenda: BTreeMap<(Timestamp, u64), Due>,
    scheduled: u64,
    last_serial: u64,
    last_bill: u64,
}

/// An event of the agenda. An event that no longer applies when it is due has no effect.
#[derive(Clone, Debug)]
pub(crate) enum Due {
    /// A round of the dialler: an agent may have become ready, or a number's time has come.
    Dial,
    CustomerAnswers(CallId),
    CustomerFails(CallId, Code),
    /// A customer in the queue gives up.
    Abandon(CallId),
    /// In this ring of the call (counted from 1) the agent answers, does not, or the customer hangs up first.
    Answer(CallId, u32),
    Miss(CallId, u32),
    Cancel(CallId, u32),
    HangUp(CallId, Party),
    /// The seat (queue, extension) waits again, if it has not changed since.
    SeatWaits(String, String, Timestamp),
    /// One of the other agents takes a break, comes back, or calls a colleague.
    Life(String),
}

impl World {
    pub(crate) fn new(options: Options, now: Timestamp) -> Self {
        let mut random = Random::new(options.seed);
        let mut world = Self {
            zone: TimeZone::fixed(options.offset),
            looks: Random::new(random.next()),
            mint: Mint::new(&mut random),
            customers: customers::book(options.customers, &mut random),
            random,
            tokens: BTreeMap::new(),
            links: BTreeMap::new(),
            queues: BTreeMap::new(),
            extensions: BTreeMap::new(),
            seats: Vec::new(),
            groups: Vec::new(),
            tasks: BTreeMap::new(),
            given: BTreeMap::new(),
            calls: BTreeMap::new(),
            bills: Vec::new(),
            exercise: None,
            network: Network::Up,
            outbox: Vec::new(),
            agenda: BTreeMap::new(),
            scheduled: 0,
            last_serial: 0,
            // Ids begin with the time in seconds: they grow from start to start, since there are fewer bills than seconds.
            last_bill: u64::try_from(now.as_second()).unwrap_or(0),
            options,
        };
        world.open(now);
        world
    }

    fn open(&mut self, now: Timestamp) {
        for spec in self.options.queues.clone() {
            self.queues.insert(spec.name.clone(), Queue::from(spec));
        }
        for spec in self.options.extensions.clone() {
            let extension = Extension::new(&spec, now);
            self.extensions.insert(spec.number.clone(), extension);
            for queue in &spec.queues {
                self.take_seat(queue, &spec.number, &spec.agent, now);
            }
            self.begin_life(&spec, now);
        }
        self.remember_past(now);
    }

    /// A number that is new in this run; calls, tokens and changes of extensions share the series.
    pub(crate) fn next_serial(&mut self) -> u64 {
        self.last_serial += 1;
        self.last_serial
    }

    /// An id for a bill, higher than all before.
    pub(crate) fn next_bill_id(&mut self) -> u64 {
        self.last_bill += 1;
        self.last_bill
    }

    /// Puts `due` on the agenda, `seconds` after `now`.
    pub(crate) fn schedule(&mut self, now: Timestamp, seconds: u64, due: Due) {
        self.schedule_at(after(now, seconds), due);
    }

    pub(crate) fn schedule_at(&mut self, at: Timestamp, due: Due) {
        self.scheduled += 1;
        self.agenda.insert((at, self.scheduled), due);
    }

    /// The time of the next event.
    pub(crate) fn next_due(&self) -> Option<Timestamp> {
        self.agenda.keys().next().map(|(at, _)| *at)
    }

    /// Carries out all events that are due up to `now`, each at its own instant.
    pub(crate) fn run_until(&mut self, now: Timestamp) {
        while let Some(entry) = self.agenda.first_entry() {
            let at = entry.key().0;
            if at > now {
                break;
            }
            let due = entry.remove();
            self.happen(due, at);
            self.dial(at);
        }
    }

    fn happen(&mut self, due: Due, at: Timestamp) {
        match due {
            Due::Dial => {}
            Due::CustomerAnswers(call) => self.customer_answers(call, at),
            Due::CustomerFails(call, cause) => self.customer_fails(call, cause, at),
            Due::Abandon(call) => self.abandon(call, at),
            Due::Answer(call, ring) if self.still_rings(call, ring) => drop(self.answer(call, at)),
            Due::Miss(call, ring) if self.still_rings(call, ring) => drop(self.miss(call, at)),
            Due::Cancel(call, ring) if self.still_rings(call, ring) => drop(self.hang_up(call, Party::Customer, at)),
            Due::Answer(..) | Due::Miss(..) | Due::Cancel(..) => {}
            Due::HangUp(call, by) => drop(self.hang_up(call, by, at)),
            Due::SeatWaits(queue, extension, since) => {
                self.wait_again(&queue, &extension, since, at);
            }
            Due::Life(extension) => self.live(&extension, at),
        }
    }

    /// A random number of seconds in a range of the pace.
    pub(crate) fn within(&mut self, (low, high): (u64, u64)) -> u64 {
        self.random.between(low, high)
    }

    /// An instant as the platform writes it (N5).
    pub(crate) fn local(&self, at: Timestamp) -> String {
        let local = at.to_zoned(self.zone.clone());
        local.strftime("%Y-%m-%d %H:%M:%S").to_string()
    }
}

/// `seconds` after `at`; the last possible time if that is too far.
pub(crate) fn after(at: Timestamp, seconds: u64) -> Timestamp {
    let seconds = i64::try_from(seconds).unwrap_or(i64::MAX).min(1 << 36);
    at.checked_add(seconds.seconds()).unwrap_or(Timestamp::MAX)
}
