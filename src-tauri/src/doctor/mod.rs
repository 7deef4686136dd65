//! The setup doctor: checks the whole setup and describes each fault. `ringside doctor` also works beside a running Ringside; [`running`]
//! is the doctor in the window.

mod callbacks;
mod desktop;
mod disk;
pub mod running;
mod sound;

use std::sync::Arc;

use ringside_domain::SavedState;
use ringside_engine::{
    Clock, SystemClock,
    config::Config,
    doctor::{About, Check, Finding, SignedInBy, Verdict, examine_gateway, examine_keyring, examine_platform},
    saved,
};
use ringside_platform::{Client, ClientOptions};
use ringside_store::Store;
use ringside_vault::Vault;
use serde_json::json;

use crate::{
    floor,
    life::{
        environment::Secrets,
        instance::{self, AskError, Reply, Request},
        paths::Paths,
        provision::{self, Flags, Provisioned},
        start,
    },
    texts::{DoctorTexts, Texts},
};

#[derive(Debug, thiserror::Error)]
pub enum ExamineError {
    #[error("no keyring thread: {0}")]
    Vault(std::io::Error),
    #[error("the system gave no random bytes: {0}")]
    Random(#[from] getrandom::Error),
}

/// All checks of the setup, in the order of [`About::ALL`]; the last is that of the supervisor's desk, if it is switched on.
pub async fn examine(flags: Flags, secrets: &Secrets, paths: &Paths) -> Result<Vec<Check>, ExamineError> {
    let vault = Vault::keyring(&start::namespace(paths)).map_err(ExamineError::Vault)?;
    let (config, unreadable) = match provision::read(flags, secrets) {
        Ok(Provisioned { config, refused, .. }) => (config, refused.map(|reason| Check::new(About::Setup, Finding::PolicyRefused, reason))),
        Err(error) => (Config::default(), Some(Check::new(About::Setup, Finding::ConfigUnreadable, error.to_string()))),
    };
    let saved = kept(paths, &config);
    let clock = Arc::new(SystemClock::new());
    let now = clock.now().wall;
    let options = ClientOptions {
        zone: config.values.utc_offset.clone(),
        seed: getrandom::u64()?,
        proxy: config.values.proxy.clone(),
        ..ClientOptions::default()
    };
    let wall = Arc::clone(&clock);
    let client = Client::new(options, Arc::new(move || wall.now().wall));
    let (account, agent) = (saved.account.as_ref(), saved.agent.as_ref());
    let mut checks = Vec::with_capacity(About::ALL.len() + 1);
    let mut desk_check = None;
    let gateway = async |connects: bool| {
        let queues = agent.map(|agent| agent.queues.clone()).unwrap_or_default();
        // Without a database nothing is known of an enrolment; the other checks need none.
        let (store, error) = match Store::open_to_read(&paths.data) {
            Ok(Some(store)) => (Ok(store), None),
            Ok(None) => (Store::in_memory(), None),
            Err(error) => (Store::in_memory(), Some(error.to_string())),
        };
        let mut found = Vec::new();
        match store {
            Ok(store) => examine_gateway(&config, (&vault, store), clock.clone(), connects, &queues, |check| found.push(check)).await,
            Err(error) => found.push(Check::new(About::Setup, Finding::DatabaseFailed, error.to_string())),
        }
        if let (Some(error), Some(setup)) = (error, found.first_mut()) {
            *setup = Check::new(About::Setup, Finding::DatabaseFailed, error);
        }
        found
    };
    match instance::ask(paths, &Request::Examine).await {
        // The running instance uses its own token: a login here could end it (N8).
        Ok(Reply::Examined { checks: mut found }) => {
            desk_check = found.pop_if(|last| last.about == About::Desk);
            checks.extend(found);
        }
        Err(AskError::NotRunning) => {
            if config.values.fleet_url.is_some() {
                checks.extend(gateway(true).await);
            } else {
                let signed_in_by = SignedInBy::Vault(&vault, secrets.accesskey.clone());
                examine_platform(&client, signed_in_by, account, agent, |check| checks.push(check)).await;
            }
            // Beside a running instance this would remove rows that it has just read from a file.
            desk_check = saved.settings.has_supervisor().then(|| desk(floor::open_campaigns(&paths.data, now)));
        }
        Ok(_) | Err(AskError::Silent) if config.values.fleet_url.is_some() => checks.extend(gateway(false).await),
        // An instance runs, but does not answer. The connection can still be checked, but without a login beside it.
        Ok(_) | Err(AskError::Silent) => {
            let nobody = Vault::memory();
            let unasked = |check: Check| match check.about {
                About::Login => Check::new(About::Login, Finding::NeedsOthers, Texts::system().silent),
                _ => check,
            };
            examine_platform(&client, SignedInBy::Vault(&nobody, None), account, agent, |check| checks.push(unasked(check))).await;
        }
    }
    if let Some(setup) = checks.first_mut() {
        *setup = unreadable.unwrap_or_else(|| setup.clone()).warned(&config.warnings);
    }
    if paths.is_demo {
        checks.extend([About::Callbacks, About::Keyring].map(|about| Check::new(about, Finding::NotInDemo, "")));
    } else {
        checks.push(callbacks::examine(&config, &vault, paths).await?);
        let keyring = examine_keyring(&vault).await;
        // The keyring belongs to the desktop session; without one, nothing can be said about the user's keyring.
        let is_elsewhere = keyring.finding == Finding::KeyringMissing && !crate::system::has_desktop();
        checks.push(if is_elsewhere { Check::new(About::Keyring, Finding::NoDesktop, "") } else { keyring });
    }
    checks.extend(desktop::examine().await);
    checks.push(sound::examine(saved.settings.sound.clone()).await);
    checks.extend(disk::examine(&paths.data));
    checks.extend(desk_check);
    Ok(checks)
}

/// The check of the supervisor's desk, by the number of open campaigns in its database, or the reason why that cannot be read.
pub fn desk(campaigns: Result<usize, String>) -> Check {
    match campaigns {
        Ok(campaigns) => Check::new(About::Desk, Finding::DeskReady, campaigns.to_string()),
        Err(error) => Check::new(About::Desk, Finding::DeskFailed, error),
    }
}

/// The saved state of the last run; if it cannot be read, the provisioned state.
pub fn kept(paths: &Paths, config: &Config) -> SavedState {
    let store = Store::open_to_read(&paths.data).ok().flatten();
    store.and_then(|store| saved(&store, config).ok()).unwrap_or_else(|| {
        let mut saved = SavedState::default();
        config.provision(&mut saved);
        saved
    })
}

pub fn is_healthy(checks: &[Check]) -> bool {
    checks.iter().all(|check| check.finding.verdict() != Verdict::Failed)
}

pub fn in_words(checks: &[Check], texts: &DoctorTexts) -> String {
    let mut lines: Vec<String> = Vec::new();
    for check in checks {
        let (words, cure) = (texts.finding)(check.finding);
        let detail = if check.detail.is_empty() { String::new() } else { format!(" ({})", check.detail) };
        lines.push(format!("{}  {}: {words}{detail}", (texts.verdict)(check.finding.verdict()), (texts.about)(check.about)));
        if !cure.is_empty() {
            lines.push(format!("      → {cure}"));
        }
    }
    lines.extend([String::new(), if is_healthy(checks) { texts.healthy } else { texts.ill }.to_owned()]);
    lines.join("\n")
}

pub fn as_json(checks: &[Check], healthy: bool, texts: &DoctorTexts) -> serde_json::Value {
    let check = |check: &Check| {
        let (words, cure) = (texts.finding)(check.finding);
        json!({
            "about": check.about, "verdict": check.finding.verdict(), "finding": check.finding,
            "detail": check.detail, "words": words, "cure": cure,
        })
    };
    json!({ "healthy": healthy, "checks": checks.iter().map(check).collect::<Vec<_>>() })
}

#[cfg(test)]
mod tests;
