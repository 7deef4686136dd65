//! What this desk is at the gateway: kept in the store, with the private key in the keyring.

use std::{sync::PoisonError, time::Duration};

use ringside_domain::{Account, Agent, Backoff, BreakReason, Enrolment, Extension, GatewayState, Problem, ProblemCode, ShellReport};
use ringside_fleet::{
    desk::{Desk, DeskKey, DeskOptions, enrol},
    words::{Enrolled, Position, Welcome},
};
use ringside_store::{Store, Write};
use ringside_wire::Zone;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

use super::{Fleet, Means, feed, problem::of_enrolment, told};
use crate::{config::utc_offset, secrets};

/// The names of the store's settings.
const KEPT: &str = "fleet";
const POSITION: &str = "fleet position";
/// Pauses between two attempts at the start.
const FIRST_PAUSE: Duration = Duration::from_secs(2);
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// The enrolment. It is no secret without the private key.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Kept {
    pub enrolled: Enrolled,
    /// What the gateway said of the company; None before the first hello.
    #[serde(default)]
    pub welcome: Option<Welcome>,
    /// The number of the agent who signed in last at a hot desk.
    #[serde(default)]
    pub agent: Option<String>,
}

/// How far the callbacks of this desk are stored.
#[derive(Serialize, Deserialize)]
struct KeptPosition {
    desk: String,
    at: Position,
}

impl Kept {
    /// What cannot be read counts as not kept: the key in the keyring gets it again.
    pub fn read(store: &Store) -> Option<Self> {
        let json = store.setting(KEPT).ok().flatten()?;
        serde_json::from_str(&json).inspect_err(|error| tracing::warn!(%error, "the enrolment that was kept cannot be read")).ok()
    }

    /// Whether this is the desk of that extension.
    pub fn is_of(&self, appid: &str, extension: &Extension) -> bool {
        self.enrolled.extension == extension.0 && self.welcome.as_ref().is_none_or(|welcome| welcome.appid == appid)
    }

    pub fn zone(&self) -> Option<Zone> {
        self.welcome.as_ref().map(|welcome| utc_offset(&welcome.utc_offset).unwrap_or_default())
    }
}

impl Fleet {
    /// Connects as the desk that this computer is, if it is enrolled.
    pub async fn begin(self) {
        let seed = self.seed().await;
        match (self.kept(), seed.as_ref().and_then(DeskKey::from_seed)) {
            (Some(kept), Some(key)) => self.connect(kept.enrolled, key).await,
            // The database was lost, and the gateway knows the key.
            (None, Some(key)) if self.0.means.code.is_none() => self.enrol_again(key).await,
            (Some(_), None) => {
                self.is(GatewayState::NotEnrolled, Some(Problem::new(ProblemCode::NotEnrolled, "no key in the keyring", false)))
            }
            (None, _) => {}
        }
    }

    /// The private key from the keyring; waits until the keyring answers.
    async fn seed(&self) -> Option<SecretString> {
        let mut backoff = Backoff::new(FIRST_PAUSE, LONGEST_PAUSE);
        loop {
            match self.0.means.vault.get(&self.key_name()).await {
                Ok(seed) => return seed,
                Err(error) => {
                    tracing::warn!(%error, "the desk's key cannot be read from the keyring");
                    self.report(ShellReport::Vault(Some(secrets::problem(&error))));
                    // A desk that was never enrolled has no key to wait for.
                    self.kept()?;
                }
            }
            tokio::time::sleep(backoff.failed(None, 1.0)).await;
        }
    }

    fn key_name(&self) -> String {
        format!("fleet {}", self.0.means.url)
    }

    async fn enrol_again(&self, key: DeskKey) {
        let mut backoff = Backoff::new(FIRST_PAUSE, LONGEST_PAUSE);
        loop {
            let enrolling = self.0.enrolling.lock().await;
            if self.kept().is_some() {
                return;
            }
            match self.ask_for_enrolment(&key, None).await {
                Ok(enrolled) => {
                    let enrolment = self.enrolled(enrolled, key).await;
                    return self.report(ShellReport::Enrolled(enrolment));
                }
                Err(problem) if !problem.retryable => return,
                Err(_) => {}
            }
            drop(enrolling);
            tokio::time::sleep(backoff.failed(None, 1.0)).await;
        }
    }

    async fn ask_for_enrolment(&self, key: &DeskKey, code: Option<&str>) -> Result<Enrolled, Problem> {
        let Means { host, version, .. } = &self.0.means;
        enrol(&self.address()?, key, code, host, version).await.map_err(|error| of_enrolment(&error))
    }

    /// Enrols with a one-time code. The key is in the keyring before the gateway hears of it, so that a lost answer costs no code.
    pub async fn enrol(&self, code: &SecretString) -> Result<Enrolment, Problem> {
        let _one_at_a_time = self.0.enrolling.lock().await;
        let is_out = matches!(self.0.link.borrow().state, GatewayState::NotEnrolled | GatewayState::Revoked);
        if let Some(kept) = self.kept().filter(|_| !is_out) {
            return Ok(self.enrolment(&kept));
        }
        let vault = &self.0.means.vault;
        // A revoked key stays revoked.
        let is_revoked = self.0.link.borrow().state == GatewayState::Revoked;
        let known = vault.get(&self.key_name()).await.unwrap_or_default().filter(|_| !is_revoked);
        let mut key = match known.as_ref().and_then(DeskKey::from_seed) {
            Some(key) => key,
            None => self.new_key().await,
        };
        let code = code.expose_secret().trim();
        let mut enrolled = self.ask_for_enrolment(&key, Some(code)).await;
        // A key of an earlier enrolment gets no other one.
        let is_refused = |problem: &Problem| matches!(problem.code, ProblemCode::EnrolmentRefused | ProblemCode::DeskRevoked);
        if known.is_some() && enrolled.as_ref().is_err_and(is_refused) {
            key = self.new_key().await;
            enrolled = self.ask_for_enrolment(&key, Some(code)).await;
        }
        let enrolled = enrolled?;
        Ok(self.enrolled(enrolled, key).await)
    }

    /// Makes a key and puts it into the keyring; without a keyring the key lives for this run, and the window says so.
    async fn new_key(&self) -> DeskKey {
        let key = DeskKey::generate();
        if let Err(error) = self.0.means.vault.set(&self.key_name(), key.seed()).await {
            tracing::warn!(%error, "the desk's key is not kept: the next start needs a new code");
            self.report(ShellReport::Vault(Some(secrets::problem(&error))));
        }
        key
    }

    async fn enrolled(&self, enrolled: Enrolled, key: DeskKey) -> Enrolment {
        let kept = Kept { enrolled: enrolled.clone(), welcome: None, agent: None };
        let enrolment = self.enrolment(&kept);
        self.keep(kept).await;
        self.connect(enrolled, key).await;
        enrolment
    }

    async fn connect(&self, enrolled: Enrolled, key: DeskKey) {
        let position = self.position(enrolled.desk.as_str()).await;
        let Means { host, version, .. } = &self.0.means;
        let desk_id = enrolled.desk.as_str().to_owned();
        let address = match self.address() {
            Ok(address) => address,
            Err(problem) => return self.is(GatewayState::Away, Some(problem)),
        };
        let (desk, fed) = Desk::start(DeskOptions { address, key, enrolled, position, host: host.clone(), version: version.clone() }).await;
        self.0.link.send_modify(|link| (link.state, link.problem, link.desk) = (GatewayState::Connecting, None, Some(desk.clone())));
        let mail = self.0.means.mail.clone();
        let tasks = [
            tokio::spawn(told::watch(self.clone(), desk)).abort_handle(),
            tokio::spawn(feed::run(self.clone(), desk_id, fed)).abort_handle(),
        ];
        let before = std::mem::replace(&mut *self.0.tasks.lock().unwrap_or_else(PoisonError::into_inner), tasks.to_vec());
        before.iter().for_each(tokio::task::AbortHandle::abort);
        // When the engine stops, the connection ends.
        let fleet = self.clone();
        tokio::spawn(async move {
            mail.closed().await;
            fleet.disconnect();
        });
    }

    pub(super) fn disconnect(&self) {
        self.0.tasks.lock().unwrap_or_else(PoisonError::into_inner).drain(..).for_each(|task| task.abort());
        self.0.link.send_modify(|link| link.desk = None);
    }

    /// The gateway says that this desk was revoked: its key is of no use any more.
    pub(super) async fn revoked(&self) {
        self.is(GatewayState::Revoked, Some(Problem::new(ProblemCode::DeskRevoked, "", false)));
        if let Err(error) = self.0.means.vault.delete(&self.key_name()).await {
            tracing::warn!(%error, "the revoked key stays in the keyring");
        }
    }

    /// The gateway signed a new token.
    pub(super) async fn renewed(&self, enrolled: Enrolled) {
        if let Some(kept) = self.kept() {
            self.keep(Kept { enrolled, ..kept }).await;
        }
    }

    /// The gateway said what this desk is, to this agent.
    pub(super) async fn welcomed(&self, welcome: Welcome, agent: Option<String>) -> Enrolment {
        let Some(mut kept) = self.kept() else { return Enrolment::default() };
        let before = (kept.welcome.replace(welcome.clone()), kept.agent.clone());
        kept.enrolled.extension.clone_from(&welcome.extension);
        kept.enrolled.hot = welcome.hot;
        kept.agent = agent;
        if before != (Some(welcome), kept.agent.clone()) {
            self.keep(kept.clone()).await;
        }
        self.enrolment(&kept)
    }

    /// In the session's terms.
    pub(super) fn enrolment(&self, kept: &Kept) -> Enrolment {
        let welcome = kept.welcome.clone().unwrap_or_default();
        let agent = Agent { extension: Extension(kept.enrolled.extension.clone()), ..Agent::default() };
        let zone = kept.zone().unwrap_or_default();
        let now = self.0.means.clock.now().wall;
        let breaks = welcome.breaks.into_iter().map(|reason| BreakReason { name: reason.name, minutes: reason.minutes });
        Enrolment {
            account: Account { url: welcome.platform_url, appid: welcome.appid },
            extension: agent.extension,
            agent_id: if kept.enrolled.hot { String::new() } else { welcome.agent.unwrap_or_default() },
            hot: kept.enrolled.hot,
            platform_offset: zone.offset_at(now) / 60,
            platform_zone: zone.name().map(str::to_owned),
            breaks: breaks.collect(),
        }
    }

    async fn keep(&self, kept: Kept) {
        let json = serde_json::to_string(&kept);
        *self.0.kept.lock().unwrap_or_else(PoisonError::into_inner) = Some(kept);
        match json {
            Ok(json) => self.write(KEPT, json).await,
            Err(error) => tracing::error!(%error, "the enrolment could not be written as JSON"),
        }
    }

    async fn position(&self, desk: &str) -> Position {
        let kept = self.0.means.reads.read(|store| store.setting(POSITION)).await.ok().flatten();
        let kept = kept.and_then(|json| serde_json::from_str::<KeptPosition>(&json).ok());
        kept.filter(|kept| kept.desk == desk).map(|kept| kept.at).unwrap_or_default()
    }

    pub(super) async fn keep_position(&self, desk: &str, at: Position) {
        let kept = KeptPosition { desk: desk.to_owned(), at };
        match serde_json::to_string(&kept) {
            Ok(json) => self.write(POSITION, json).await,
            Err(error) => tracing::error!(%error, "the position could not be written as JSON"),
        }
    }

    /// If the write fails, the store itself reports it, and the next start knows less.
    async fn write(&self, key: &str, json: String) {
        let write = vec![Write::Setting { key: key.to_owned(), json }];
        match self.0.means.reads.read(move |store| Ok(store.write(write))).await {
            Ok(written) => {
                if let Err(error) = written.await {
                    tracing::warn!(%error, key, "not stored");
                }
            }
            Err(problem) => tracing::debug!(%problem, key, "not stored"),
        }
    }
}
