//! Whether a callback that is sent to the public address comes to the listener: the running Ringside's, or one for this check.

use std::sync::Arc;

use ringside_domain::{Problem, Receipt};
use ringside_engine::{
    config::Config,
    doctor::{About, Check, Finding},
};
use ringside_listener::{Counters, Limits, Parts, Rules, Source, bind, callback_url, masked, serve};
use ringside_platform::test_ring::knock;
use ringside_vault::Vault;
use secrecy::SecretString;
use tokio::sync::{mpsc, oneshot};

use crate::{instance, paths::Paths, secret};

pub async fn examine(config: &Config, vault: &Vault, paths: &Paths) -> Result<Check, getrandom::Error> {
    let public = config.callbacks.public_url.as_ref();
    // Asked by its socket: the lock could be taken for a moment from one that is just starting.
    let is_running = instance::is_there(paths).await;
    let known = secret::known(config, vault).await;
    let secret = match known {
        Some(secret) => secret,
        None if is_running => return Ok(found(Finding::NeedsOthers, String::new())),
        None => secret::made()?,
    };
    let (stop, stopped) = oneshot::channel::<()>();
    let mut local = config.callbacks.bind;
    if !is_running {
        let socket = match bind(local, false).await {
            Ok(socket) => socket,
            Err(error) => return Ok(found(Finding::NotListening, error.to_string())),
        };
        local = socket.local_addr().unwrap_or(local);
        let sources = config.callbacks.allowed_sources.iter().filter_map(|source| source.parse::<Source>().ok()).collect();
        let rules = match Rules::new(secret.clone(), local, public, sources) {
            Ok(rules) => rules,
            Err(error) => return Ok(found(Finding::NotListening, error.to_string())),
        };
        tokio::spawn(listen(socket, rules, config.platform.utc_offset.seconds(), stopped));
    }
    let check = knocked(&callback_url(public, local, &secret), config).await;
    drop(stop);
    Ok(check)
}

/// The running app's own listener: where it is to be called, or why it is not.
pub async fn examine_running(config: &Config, address: Option<SecretString>, problem: Option<&Problem>) -> Check {
    match address {
        Some(url) => knocked(&url, config).await,
        None => found(Finding::NotListening, problem.map(|problem| problem.detail.clone()).unwrap_or_default()),
    }
}

async fn knocked(url: &SecretString, config: &Config) -> Check {
    let detail = |problem: &Problem| format!("{}: {}", masked(url), problem.detail);
    match (knock(url).await, &config.callbacks.public_url) {
        (Ok(()), Some(_)) => found(Finding::CallbacksArrive, masked(url)),
        (Ok(()), None) => found(Finding::NoPublicAddress, masked(url)),
        // Sent from here, while others are named: that it is turned away is as it should be.
        (Err(problem), _) if !config.callbacks.allowed_sources.is_empty() => found(Finding::OnlyNamedSources, detail(&problem)),
        (Err(problem), Some(_)) => found(Finding::CallbacksLost, detail(&problem)),
        // A running one may have found another port.
        (Err(problem), None) => found(Finding::NoPublicAddress, detail(&problem)),
    }
}

fn found(finding: Finding, detail: String) -> Check {
    Check::new(About::Callbacks, finding, detail)
}

/// Acknowledges what comes until the check is over.
async fn listen(socket: tokio::net::TcpListener, rules: Rules, utc_offset: i32, stopped: oneshot::Receiver<()>) {
    let (sink, mut deliveries) = mpsc::channel::<(_, oneshot::Sender<Receipt>)>(8);
    let parts = Parts { rules, limits: Limits::default(), utc_offset, counters: Arc::new(Counters::default()), sink };
    let take = async {
        while let Some((_, receipt)) = deliveries.recv().await {
            // The connection that waited for it may be closed.
            let _ = receipt.send(Receipt::Kept);
        }
    };
    let shutdown = async {
        let _ = stopped.await;
    };
    tokio::join!(serve(socket, parts, shutdown), take);
}
