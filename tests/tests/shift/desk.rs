//! One desk with one platform during a shift.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use jiff::SignedDuration;
use ringside_domain::{Begin, Filter, Intent, Label, SetBy, SettingChange, SignInPolicy, SignInView, Snapshot, Timestamp, Wish};
use ringside_engine::config::Given;
use ringside_platform::{Client, ClientOptions};
use ringside_simulator::{BillDialect, CallId, Clock, Disturbance, Network, Options, QueueSpec, ReplyKind, Seen, Simulator};
use ringside_store::{LedgerRow, Store};
use ringside_tests::{Desk, OWN};
use ringside_vault::Vault;

use super::{
    agreement::{self, Seats},
    script::{Act, Key, QUEUES, RETRY_AFTER, Script},
    time::{DeskClock, STEP, settle},
};

/// The time in the documentation's example: 10:00 at the platform.
const MORNING: &str = "2026-03-03T02:00:00Z";
/// Time for the records of the last calls and for late callbacks.
const AFTERWARDS: Duration = Duration::from_secs(15 * 60);
/// Time in which requests that failed at the sign-out are repeated.
const OWED: Duration = Duration::from_secs(3 * 60);
/// Time in which a call without callbacks must be seen.
const NOTICED: Duration = Duration::from_secs(10);
/// The default budget of a desk.
const REQUESTS_PER_SECOND: f64 = 1.5;
const MINUTE: Duration = Duration::from_secs(60);
/// Requests saved for a burst, and those of sign-in and token renewal.
const BURST: f64 = 6.0;

#[derive(Clone, Copy, Debug, Default)]
pub struct Kind {
    /// Seconds by which this computer's clock is fast.
    pub desk_ahead: i64,
    /// False: no callback reaches the desk.
    pub callbacks: bool,
    pub one_state_an_agent: bool,
    /// Answers are sometimes late, lost, refused or malformed.
    pub falters: bool,
    /// The program is ended and started again, once during a call and once between two.
    pub restarts: bool,
}

pub struct Shift {
    seed: u64,
    folder: tempfile::TempDir,
    clock: Arc<DeskClock>,
    simulator: Simulator,
    vault: Vault,
    /// None between the program's end and its start.
    desk: Option<Desk>,
    callbacks: bool,
    seats: Vec<Seats>,
    calls: BTreeMap<Key, CallId>,
    /// Calls in progress at the platform: the time from which the desk could see each one, and whether it has shown a call.
    going_on: BTreeMap<CallId, (Duration, bool)>,
    began: tokio::time::Instant,
    falters: bool,
    restarts: bool,
    /// Until this time an outage excuses that a call is not shown.
    excused: Duration,
    wrong: Vec<String>,
}

impl Shift {
    /// A desk that is signed in to all queues and available.
    pub async fn open(seed: u64, kind: Kind) -> Self {
        let morning: jiff::Timestamp = MORNING.parse().unwrap();
        let queues = QUEUES.map(|name| QueueSpec { wrap_up: 0, ..QueueSpec::new(name, "") }).into();
        let options = Options {
            clock: Clock::runtime(morning),
            seed,
            queues,
            // Half of the shifts have bills in the form of other tenants.
            bills: if seed.is_multiple_of(2) { BillDialect::default() } else { BillDialect::ELSEWHERE },
            one_state_an_agent: kind.one_state_an_agent,
            ..Options::test()
        };
        let simulator = Simulator::local(options).await.unwrap();
        let clock = DeskClock::new(Timestamp(morning.as_millisecond() + 1000 * kind.desk_ahead));
        let folder = tempfile::tempdir().unwrap();
        let began = tokio::time::Instant::now();
        let (seats, calls, going_on) = (Vec::new(), BTreeMap::new(), BTreeMap::new());
        let (excused, wrong) = (Duration::ZERO, Vec::new());
        let (desk, callbacks, vault) = (None, kind.callbacks, Vault::memory());
        let (falters, restarts) = (kind.falters, kind.restarts);
        let mut shift = Self {
            seed,
            folder,
            clock,
            simulator,
            vault,
            desk,
            callbacks,
            seats,
            calls,
            going_on,
            began,
            falters,
            restarts,
            excused,
            wrong,
        };
        shift.start().await;
        shift.desk().handle.intent(Intent::ChangeSettings { change: SettingChange::AfterSignIn(SignInPolicy::Available) });
        shift.desk().sign_in(&shift.simulator, "demo-key", &QUEUES);
        shift.until("available after signing in", |now| now.label == Label::Available).await;
        let late_by = (Duration::from_secs(1), Duration::from_secs(150));
        shift.simulator.disturb(Disturbance { seed, lost: 5, late: 5, late_by, repeated: 5 });
        shift
    }

    fn desk(&self) -> &Desk {
        self.desk.as_ref().unwrap()
    }

    /// Starts the program with the data of its last run.
    async fn start(&mut self) {
        let mut desk = Desk::open_as(self.folder.path(), self.vault.clone(), Given::default(), |parts| {
            let wall = Arc::clone(&self.clock);
            parts.client = Client::new(ClientOptions::default(), Arc::new(move || wall.wall()));
            parts.clock = Arc::<DeskClock>::clone(&self.clock);
            parts.seed = self.seed;
        });
        if self.callbacks {
            desk.listen(&self.simulator).await;
        }
        self.desk = Some(desk);
    }

    async fn end(&mut self) {
        self.desk.take().unwrap().close().await;
    }

    fn elapsed(&self) -> Duration {
        self.began.elapsed()
    }

    /// Advances the time on both sides, and lets all consequences happen.
    async fn pass(&mut self, span: Duration) {
        let end = self.elapsed() + span;
        while let Some(left) = end.checked_sub(self.elapsed()).filter(|left| !left.is_zero()) {
            tokio::time::advance(left.min(STEP)).await;
            settle(&self.simulator, &self.clock).await;
            self.look();
        }
    }

    async fn is_seen_within(&mut self, span: Duration, holds: impl Fn(&Snapshot) -> bool) -> bool {
        let end = self.elapsed() + span;
        loop {
            settle(&self.simulator, &self.clock).await;
            if holds(&self.desk().now()) || self.elapsed() >= end {
                return holds(&self.desk().now());
            }
            self.pass(STEP).await;
        }
    }

    async fn until(&mut self, what: &str, holds: impl Fn(&Snapshot) -> bool) {
        let seen = self.is_seen_within(MINUTE, holds).await;
        assert!(seen, "seed {}: not {what} within a minute: {:#?}", self.seed, self.desk().now());
    }

    /// Records the seats, and checks that calls in progress are shown.
    fn look(&mut self) {
        let seats = QUEUES.map(|queue| self.simulator.seat(queue, OWN));
        if self.seats.last().is_none_or(|(_, last)| *last != seats) {
            self.seats.push((self.clock.wall(), seats));
        }
        let (now, shown) = (self.elapsed(), !self.desk().now().calls.is_empty());
        let calls = self.simulator.calls_at(OWN);
        self.going_on.retain(|call, _| calls.contains(call));
        for call in calls {
            let (since, seen) = self.going_on.entry(call).or_insert((now, false));
            if *seen || shown {
                *seen = true;
            } else if self.falters || now < self.excused {
                *since = now;
            } else if now - *since > NOTICED {
                *seen = true;
                self.wrong.push(format!("call {call}: nothing is shown {NOTICED:?} after its ring"));
            }
        }
    }

    /// Runs the script and signs out. Returns the disagreements, and the callbacks of the calls concerned.
    pub async fn work(mut self, length: Duration) -> (Vec<String>, String) {
        let begins = self.elapsed();
        let mark = self.simulator.ledger().mark();
        let script = Script::new(self.seed, length, self.falters, self.restarts);
        let outages = script.acts.iter().filter(|(_, act)| matches!(act, Act::Network(Network::Up))).count();
        let restarts = script.acts.iter().filter(|(_, act)| matches!(act, Act::Restart)).count();
        for (at, act) in script.acts {
            self.pass((begins + at).saturating_sub(self.elapsed())).await;
            self.act(act).await;
        }
        self.simulator.disturb(None);
        self.pass(AFTERWARDS).await;
        if !self.is_seen_within(MINUTE, |now| now.label == Label::Available).await {
            self.wrong.push(format!("at the end «{:?}» is shown, and not «Available»", self.desk().now().label));
        }
        self.count_requests(mark);
        self.heed_retry_after();
        let records = self.simulator.records(OWN);
        let wanted = if self.restarts { 2 } else { 0 };
        assert!(
            records.len() > 20 && (outages, restarts) == (3, wanted),
            "{} calls, {outages} outages, {restarts} restarts",
            records.len()
        );

        self.desk().handle.intent(Intent::SignOut);
        self.until("signed out", |now| now.sign_in == SignInView::SignedOut).await;
        self.pass(OWED).await;
        if QUEUES.iter().any(|queue| self.simulator.seat(queue, OWN).is_some()) {
            self.wrong.push(format!("still signed in at the platform {OWED:?} after signing out"));
        }
        self.end().await;
        let Self { folder, clock, simulator, seats, mut wrong, .. } = self;
        let (store, _) = Store::open(folder.path(), clock.wall()).unwrap();
        let rows = store.log(&Filter::default(), Begin::Oldest, 0, 500).unwrap();
        let mut entries: Vec<LedgerRow> = Vec::new();
        let chain = store.ledger(None, |entry| entries.push(entry)).unwrap();
        wrong.extend(agreement::of_the_log(&records, &rows));
        wrong.extend(agreement::of_the_ledger(&entries, &chain, &rows, &seats));
        let told = told(&simulator, &wrong);
        (wrong, told)
    }

    async fn act(&mut self, act: Act) {
        let simulator = &self.simulator;
        match act {
            Act::Ring(key, spec) => drop(self.calls.insert(key, simulator.ring(*spec))),
            Act::Answer(key) => simulator.answer(self.calls[&key]).unwrap(),
            Act::HangUp(key, by) => simulator.hang_up(self.calls[&key], by).unwrap(),
            Act::Miss(key) => simulator.miss(self.calls[&key]).unwrap(),
            Act::Network(network) => {
                simulator.set_network(network);
                let noticed = if network == Network::Up { Duration::from_secs(60) } else { Duration::MAX };
                self.excused = self.elapsed().saturating_add(noticed);
            }
            Act::Fault(service, fault) => simulator.fault(service, fault, 1),
            Act::Restart => {
                self.end().await;
                self.start().await;
                // The new run must first learn of the calls in progress.
                self.excused = self.elapsed() + MINUTE;
            }
            Act::Busy(busy) => {
                let wish = if busy { Wish::Busy { reason: None } } else { Wish::Available };
                self.desk().handle.intent(Intent::Wish { wish, by: SetBy::Window });
            }
        }
    }

    /// Checks that the desk sends no request before the time that a Retry-After names.
    fn heed_retry_after(&mut self) {
        let entries = self.simulator.ledger().entries();
        let asked = entries.iter().filter_map(|entry| match &entry.seen {
            Seen::Request(request) => Some((entry.at, request)),
            _ => None,
        });
        let asked: Vec<_> = asked.collect();
        for (at, _) in asked.iter().filter(|(_, request)| request.outcome == ReplyKind::Fault("retry-after")) {
            // Requests that were already on their way arrive within the same step.
            let early = asked.iter().find(|(other, _)| {
                let later = other.duration_since(*at);
                later > SignedDuration::from_secs(1) && later < SignedDuration::from_secs(i64::from(RETRY_AFTER) - 1)
            });
            if let Some((early, request)) = early {
                self.wrong.push(format!("at {at} Retry-After said {RETRY_AFTER} s, but {} was requested at {early}", request.service));
            }
        }
    }

    /// Checks the desk's requests against its budget, over one minute and over ten.
    fn count_requests(&mut self, mark: u64) {
        let entries = self.simulator.ledger().entries_after(mark);
        let asked: Vec<_> = entries.iter().filter(|entry| matches!(entry.seen, Seen::Request(_))).map(|entry| entry.at).collect();
        for span in [60, 600] {
            let most = REQUESTS_PER_SECOND * f64::from(span) + BURST;
            let mut first = 0;
            for (place, at) in asked.iter().enumerate() {
                while at.duration_since(asked[first]).as_secs() >= i64::from(span) {
                    first += 1;
                }
                let many = place - first + 1;
                if many as f64 > most {
                    self.wrong.push(format!("{many} requests in the {span} s before {at}"));
                    return;
                }
            }
        }
    }
}

/// The callbacks of the calls that disagree, and their deliveries.
fn told(simulator: &Simulator, wrong: &[String]) -> String {
    let entries = simulator.ledger().entries();
    let callbacks = entries.iter().filter_map(|entry| entry.callback().map(|callback| (entry.at, callback)));
    let lines = callbacks.filter_map(|(at, callback)| {
        let call = callback.call.filter(|call| wrong.iter().any(|line| line.starts_with(&format!("call {call}"))))?;
        Some(format!("{at} call {call} {:?}: {:?}", callback.kind, callback.delivery))
    });
    lines.collect::<Vec<_>>().join("\n")
}
