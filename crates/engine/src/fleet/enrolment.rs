//! What this desk is at the gateway: kept in the store, with the private key in the keyring.

use std::{sync::PoisonError, time::Duration};

use ringside_domain::{Account, Agent, Backoff, BreakReason, Enrolment, Extension, GatewayState, Problem, ProblemCode, ShellReport};
use ringside_fleet::{
    desk::{DeskKey, enrol},
    words::{Enrolled, Position, Welcome},
};
use ringside_store::{Store, Write};
use ringside_wire::Zone;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

use super::{Fleet, Means, problem::of_enrolment};
use crate::{config::utc_offset, secrets};

/// The names of the store's settings.
const KEPT: &str = "fleet";
const POSITION: &str = "fleet position";
/// Pauses between two attempts at the start.
pub(super) const FIRST_PAUSE: Duration = Duration::from_secs(2);
pub(super) const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// The enrolment. It is no secret without the private key.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
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
    /// An unreadable enrolment counts as none: the gateway gives it again to the key in the keyring.
    pub fn read(store: &Store) -> Option<Self> {
        let json = store.setting(KEPT).ok().flatten()?;
        serde_json::from_str(&json).inspect_err(|error| tracing::warn!(%error, "the enrolment that was kept cannot be read")).ok()
    }

    /// Whether this is the desk of that extension.
    pub fn is_of(&self, appid: &str, extension: &Extension) -> bool {
        self.enrolled.extension == extension.0 && self.is_at(appid)
    }

    /// Whether the gateway is, as far as is known, of this account.
    pub fn is_at(&self, appid: &str) -> bool {
        self.welcome.as_ref().is_none_or(|welcome| welcome.appid == appid)
    }

    pub fn zone(&self) -> Option<Zone> {
        self.welcome.as_ref().map(|welcome| utc_offset(&welcome.utc_offset).unwrap_or_default())
    }
}

impl Fleet {
    /// The desk that this computer is, with its key; None: it is not enrolled.
    pub(super) async fn identity(&self) -> Option<(Enrolled, DeskKey)> {
        let mut key = self.key(&self.key_name()).await;
        if let Some(Kept { enrolled, .. }) = self.kept() {
            let is_its_key = |key: &DeskKey| key.is_of(&enrolled.jwt);
            if !key.as_ref().is_some_and(is_its_key) {
                // A new enrolment was stored, and its key not yet in the place of the one before.
                let new = self.key(&self.new_key_name()).await;
                key = new.filter(is_its_key).or(key);
            }
            match key {
                Some(key) if is_its_key(&key) => return Some((enrolled, key)),
                // The gateway says which desk has this key.
                Some(_) => self.not_known(),
                None => {
                    self.is(GatewayState::NotEnrolled, Some(Problem::new(ProblemCode::NotEnrolled, "no key in the keyring", false)));
                    return None;
                }
            }
        } else if self.0.means.code.is_some() {
            return None;
        }
        // The database was lost, or is older than the key, and the gateway knows the key.
        let key = key?;
        Some((self.enrol_again(&key).await?, key))
    }

    /// A private key from the keyring; waits until the keyring answers.
    async fn key(&self, name: &str) -> Option<DeskKey> {
        let mut backoff = Backoff::new(FIRST_PAUSE, LONGEST_PAUSE);
        loop {
            match self.0.means.vault.get(name).await {
                Ok(seed) => return seed.as_ref().and_then(DeskKey::from_seed),
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

    /// The name of a new key until the gateway has enrolled it: until then the key before it may be the one that the gateway knows.
    fn new_key_name(&self) -> String {
        format!("fleet {} new", self.0.means.url)
    }

    /// The gateway does not know the key. The key stays: another gateway may have answered in the place of the right one, or its registry may
    /// be filled again.
    pub(super) fn not_known(&self) {
        self.0.link.send_modify(|link| link.desk = None);
        let problem = Problem::new(ProblemCode::NotEnrolled, "the gateway does not know this computer's key", false);
        self.is(GatewayState::NotEnrolled, Some(problem));
    }

    /// Asks for the enrolment of this key until the gateway gives it. None: the gateway refuses, or another key was enrolled by a code.
    pub(super) async fn enrol_again(&self, key: &DeskKey) -> Option<Enrolled> {
        let mut backoff = Backoff::new(FIRST_PAUSE, LONGEST_PAUSE);
        loop {
            let enrolling = self.0.enrolling.lock().await;
            if self.0.link.borrow().state != GatewayState::NotEnrolled {
                return None;
            }
            match self.ask_for_enrolment(key, None).await {
                Ok(enrolled) => {
                    let enrolment = self.enrolled(enrolled.clone()).await;
                    self.report(ShellReport::Enrolled(enrolment));
                    return Some(enrolled);
                }
                Err(problem) if problem.code == ProblemCode::DeskRevoked => {
                    self.revoked().await;
                    return None;
                }
                // A registry that is filled later knows the key.
                Err(problem) if problem.retryable || problem.code == ProblemCode::NotEnrolled => {}
                Err(_) => return None,
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
        let (name, new_name) = (self.key_name(), self.new_key_name());
        let known = vault.get(&name).await;
        let has_none = matches!(known, Ok(None));
        let key_of = |seed: Option<SecretString>| seed.as_ref().and_then(DeskKey::from_seed);
        // Of an earlier try: the gateway may have enrolled it, and its answer was lost.
        let new = key_of(vault.get(&new_name).await.unwrap_or_default());
        let mut is_new = new.is_some();
        let (mut key, was_tried) = match new.or_else(|| key_of(known.unwrap_or_default())) {
            Some(key) => (key, true),
            None => {
                is_new = !has_none;
                (self.new_key(if is_new { &new_name } else { &name }).await, false)
            }
        };
        let code = code.expose_secret().trim();
        let mut enrolled = self.ask_for_enrolment(&key, Some(code)).await;
        // The gateway enrols a key only once.
        let needs_key = |problem: &Problem| matches!(problem.code, ProblemCode::GatewayRefuses | ProblemCode::DeskRevoked);
        if was_tried && enrolled.as_ref().is_err_and(needs_key) {
            (key, is_new) = (self.new_key(&new_name).await, true);
            enrolled = self.ask_for_enrolment(&key, Some(code)).await;
        }
        // Stored before its key takes the place of the one before: the next start finds the key of the enrolment under either name.
        let enrolment = match &enrolled {
            Ok(enrolled) => Some(self.enrolled(enrolled.clone()).await),
            Err(_) => None,
        };
        // Kept as the desk's key, or dropped if the gateway does not want it. If nobody answered, the next try goes on with it.
        let is_over = match &enrolled {
            Ok(_) if is_new => self.keep_seed(&name, key.seed()).await,
            Ok(_) => false,
            Err(problem) => is_new && !problem.retryable,
        };
        if is_over && let Err(error) = vault.delete(&new_name).await {
            tracing::warn!(%error, "the new key's first entry stays in the keyring");
        }
        let enrolled = enrolled?;
        self.start(Some((enrolled, key)));
        Ok(enrolment.unwrap_or_default())
    }

    /// Makes a key and puts it into the keyring; without a keyring the key lives for this run, and the window says so.
    async fn new_key(&self, name: &str) -> DeskKey {
        let key = DeskKey::generate();
        self.keep_seed(name, key.seed()).await;
        key
    }

    /// Whether the keyring has it.
    async fn keep_seed(&self, name: &str, seed: SecretString) -> bool {
        let kept = self.0.means.vault.set(name, seed).await;
        if let Err(error) = &kept {
            tracing::warn!(%error, "the desk's key is not kept: the next start needs a new code");
            self.report(ShellReport::Vault(Some(secrets::problem(error))));
        }
        kept.is_ok()
    }

    /// Keeps the new enrolment. The requests that follow wait for its connection.
    async fn enrolled(&self, enrolled: Enrolled) -> Enrolment {
        let kept = |before: Option<Kept>| {
            let same = before.filter(|kept| kept.enrolled.desk == enrolled.desk);
            let (welcome, agent) = same.map_or((None, None), |kept| (kept.welcome, kept.agent));
            Some(Kept { enrolled, welcome, agent })
        };
        let enrolment = self.change(kept).await.map(|kept| self.enrolment(&kept)).unwrap_or_default();
        self.0.link.send_modify(|link| (link.state, link.problem, link.desk) = (GatewayState::Connecting, None, None));
        enrolment
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
        self.change(|kept| kept.map(|kept| Kept { enrolled, ..kept })).await;
    }

    /// The gateway said what this desk is. `agent` gives the signed-in agent's number from the one before.
    pub(super) async fn welcomed(&self, welcome: Welcome, agent: impl FnOnce(Option<String>) -> Option<String>) -> Enrolment {
        let welcomed = |kept: Kept| {
            let enrolled = Enrolled { extension: welcome.extension.clone(), hot: welcome.hot, ..kept.enrolled };
            Kept { enrolled, welcome: Some(welcome), agent: agent(kept.agent) }
        };
        self.change(|kept| kept.map(welcomed)).await.map(|kept| self.enrolment(&kept)).unwrap_or_default()
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

    /// Changes what is kept. One change at a time, so that none is lost: several tasks change it.
    async fn change(&self, change: impl FnOnce(Option<Kept>) -> Option<Kept>) -> Option<Kept> {
        let _one_at_a_time = self.0.changing.lock().await;
        let before = self.kept();
        let kept = change(before.clone())?;
        if before.as_ref() == Some(&kept) {
            return Some(kept);
        }
        *self.0.kept.lock().unwrap_or_else(PoisonError::into_inner) = Some(kept.clone());
        match serde_json::to_string(&kept) {
            Ok(json) => self.write(KEPT, json).await,
            Err(error) => tracing::error!(%error, "the enrolment could not be written as JSON"),
        }
        Some(kept)
    }

    pub(super) async fn position(&self, desk: &str) -> Position {
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
