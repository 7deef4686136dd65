//! What only the leading gateway does: it holds the token, asks the platform, carries out the desks' requests, and tells them their states.

pub mod bills;
pub mod budget;
mod floor;
pub mod journal;
pub mod open;
pub mod operations;
pub mod polls;
pub mod readings;
pub mod requests;
pub mod schedule;
pub mod shared_readings;
pub mod states;
pub mod token;
pub mod turns;

use std::{
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, RwLock,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use ringside_domain::{Account, OfferedQueue};
use ringside_fleet::{
    hub::{Hub, Keys, Lead, Reply},
    words::Refusal,
};
use ringside_platform::{Client, PlatformError};
use secrecy::SecretString;
use tokio::{
    sync::{Notify, watch},
    task::JoinSet,
};

use crate::{clock::Clock, config, counters::Counters, intake::Intake, tasks};
use budget::Class;
use readings::Readings;
use turns::Turns;

/// All that a leader needs; made once, so that what was read is there when this gateway leads again.
pub struct Leader {
    pub company: config::Company,
    pub gateway: String,
    pub keys: Arc<Keys>,
    pub hub: Hub,
    pub lead: Lead,
    pub intake: Intake,
    pub counters: Arc<Counters>,
    pub clock: Clock,
    pub turns: Turns,
    /// None: no platform is configured.
    pub platform: Option<Access>,
    readings: Mutex<Readings>,
    queues: RwLock<Vec<OfferedQueue>>,
    /// When a desk last changed a seat, by the monotonic clock.
    changed_at: Mutex<Option<Duration>>,
    /// When the seats that are known were asked for.
    seats_asked_at: Mutex<Option<Duration>>,
    trouble: RwLock<Option<Refusal>>,
    /// Seats are read queue by queue: one answer with all would be too large.
    by_queue: AtomicBool,
    /// A reading is wanted before it is due.
    hurry: Notify,
    /// New readings are there; `revision` counts them.
    news: Notify,
    revision: AtomicU64,
    pub open: open::Open<Reply>,
    /// Readings of the supervisors' desks.
    pub shared: shared_readings::SharedReadings,
    /// The address that the platform posts callbacks to.
    pub callback_url: SecretString,
}

/// The company's account.
pub struct Access {
    pub client: Client,
    pub account: Account,
    pub accesskey: SecretString,
}

pub struct LeaderParts {
    pub company: config::Company,
    pub gateway: String,
    pub keys: Arc<Keys>,
    pub hub: Hub,
    pub lead: Lead,
    pub intake: Intake,
    pub platform: Option<Access>,
    pub callback_url: SecretString,
}

impl Leader {
    pub fn new(parts: LeaderParts) -> Arc<Self> {
        let LeaderParts { company, gateway, keys, hub, lead, intake, platform, callback_url } = parts;
        let (counters, clock) = (Arc::clone(&intake.counters), intake.clock);
        Arc::new(Self {
            turns: Turns::new(company.requests_per_second, clock, Arc::clone(&counters)),
            company,
            gateway,
            keys,
            hub,
            lead,
            intake,
            counters,
            clock,
            platform,
            readings: Mutex::default(),
            queues: RwLock::default(),
            changed_at: Mutex::default(),
            seats_asked_at: Mutex::default(),
            trouble: RwLock::default(),
            by_queue: AtomicBool::new(false),
            hurry: Notify::new(),
            news: Notify::new(),
            revision: AtomicU64::new(0),
            open: open::Open::default(),
            shared: shared_readings::SharedReadings::default(),
            callback_url,
        })
    }

    /// Leads whenever the election says so; ends with the gateway.
    pub async fn run(self: Arc<Self>) {
        let begin = || {
            tracing::info!(company = self.company.name, "this gateway leads");
            self.begin()
        };
        let end = || {
            tracing::info!(company = self.company.name, "this gateway does not lead any longer");
            self.turns.dismiss();
        };
        work_while(self.lead.changes(), begin, end).await;
    }

    fn begin(self: &Arc<Self>) -> JoinSet<()> {
        let mut work = JoinSet::new();
        let leader = || Arc::clone(self);
        let (turns, requests, states, polls) = (leader(), leader(), leader(), leader());
        let accounts = self.hub.keep_revocations();
        work.spawn(async move { turns.turns.give().await });
        work.spawn(async move { requests.serve().await });
        work.spawn(async move { states.tell_states().await });
        work.spawn(async move { polls.poll().await });
        work.spawn(async move {
            // The server's accounts follow the registry as long as this gateway leads.
            let _accounts = accounts;
            std::future::pending().await
        });
        work
    }

    /// Sends a request to the platform when its turn comes, and keeps a token that it obtained.
    pub async fn ask<T, F>(&self, class: Class, request: impl FnOnce(Client) -> F) -> Result<T, PlatformError>
    where
        F: Future<Output = Result<T, PlatformError>>,
    {
        let Some(access) = &self.platform else { return Err(PlatformError::NotSignedIn) };
        let outcome = self.turns.ask(&self.lead, class, Box::pin(request(access.client.clone()))).await;
        self.was_sent(access, outcome).await
    }

    /// Sends a request whose turn has come.
    pub async fn send<T, F>(&self, request: impl FnOnce(Client) -> F) -> Result<T, PlatformError>
    where
        F: Future<Output = Result<T, PlatformError>>,
    {
        let Some(access) = &self.platform else { return Err(PlatformError::NotSignedIn) };
        let outcome = self.turns.send(Box::pin(request(access.client.clone()))).await;
        self.was_sent(access, outcome).await
    }

    async fn was_sent<T>(&self, access: &Access, outcome: Result<T, PlatformError>) -> Result<T, PlatformError> {
        self.keep_token(access).await;
        self.learn_trouble(outcome.as_ref().err());
        outcome
    }

    /// What all desks are told: why the platform cannot be asked.
    fn learn_trouble(&self, error: Option<&PlatformError>) {
        let trouble = match error {
            None => None,
            // `Failed` and `FateUnknown` concern one request, and say that the platform answers. `NotSignedIn`: this gateway has lost the
            // lead.
            Some(PlatformError::Failed { .. } | PlatformError::FateUnknown { .. } | PlatformError::NotSignedIn) => return,
            Some(error) => Some(Refusal::from(ringside_domain::Problem::from(error))),
        };
        let mut known = self.trouble.write().unwrap_or_else(PoisonError::into_inner);
        if *known != trouble {
            *known = trouble;
            drop(known);
            self.tell_news();
        }
    }

    pub fn trouble(&self) -> Option<Refusal> {
        self.trouble.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn tell_news(&self) {
        self.revision.fetch_add(1, Ordering::Release);
        self.news.notify_one();
    }

    pub fn readings(&self) -> MutexGuard<'_, Readings> {
        self.readings.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn queues(&self) -> Vec<OfferedQueue> {
        self.queues.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// A seat was changed: a reading asked for later than this confirms it.
    pub fn seat_changed(&self) {
        *self.changed_at.lock().unwrap_or_else(PoisonError::into_inner) = Some(self.clock.mono());
        self.shared.changed();
        self.hurry.notify_one();
    }

    fn wish_is_open(&self) -> bool {
        let changed = *self.changed_at.lock().unwrap_or_else(PoisonError::into_inner);
        let asked = *self.seats_asked_at.lock().unwrap_or_else(PoisonError::into_inner);
        changed.is_some_and(|changed| asked.is_none_or(|asked| asked < changed))
    }

    fn heard(&self) -> MutexGuard<'_, bills::Heard> {
        self.intake.heard.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Begins the work whenever `leads` becomes true, and aborts it when that becomes false. A panic of the work goes on here, so that it does not go
/// unnoticed.
async fn work_while(mut leads: watch::Receiver<bool>, begin: impl Fn() -> JoinSet<()>, end: impl Fn()) {
    let mut work: Option<JoinSet<()>> = None;
    loop {
        match (*leads.borrow_and_update(), &mut work) {
            (true, None) => work = Some(begin()),
            (false, Some(_)) => {
                work = None;
                end();
            }
            _ => {}
        }
        let panicked = async {
            if let Some(work) = &mut work {
                tasks::ended(work).await;
            }
            std::future::pending().await
        };
        tokio::select! {
            changed = leads.changed() => if changed.is_err() { return },
            () = panicked => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::sync::mpsc;

    use super::*;

    #[tokio::test]
    async fn the_work_of_the_leader_begins_and_ends_with_the_lead_and_its_panic_ends_the_gateway() {
        let (lead, leads) = watch::channel(false);
        let (tell, mut begun) = mpsc::unbounded_channel();
        let (tell_end, mut ended) = mpsc::unbounded_channel();
        let begin = move || {
            let (fail, failing) = tokio::sync::oneshot::channel::<()>();
            tell.send(fail).unwrap();
            let mut work = JoinSet::new();
            work.spawn(async move {
                failing.await.unwrap();
                panic!("a fault");
            });
            // The other parts of the work go on.
            work.spawn(std::future::pending());
            work
        };
        let working = tokio::spawn(work_while(leads, begin, move || tell_end.send(()).unwrap()));
        lead.send_replace(true);
        let mut first = begun.recv().await.unwrap();
        lead.send_replace(false);
        ended.recv().await.unwrap();
        first.closed().await;
        lead.send_replace(true);
        begun.recv().await.unwrap().send(()).unwrap();
        assert!(working.await.unwrap_err().is_panic());
    }
}
