//! The callback listener: binds, serves, reports, and tries again.

pub mod callback_secret;

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use futures_util::FutureExt;
use ringside_domain::{Backoff, Problem, ProblemCode, ShellReport};
use ringside_engine::{
    Handle,
    config::{Config, Origin},
};
use ringside_listener::{BindError, Counters, Limits, Parts, Rules, RulesError, Source, bind, callback_url, masked, serve};
use ringside_vault::Vault;
use secrecy::SecretString;
use tokio::{net::TcpListener, select, time::sleep};

use crate::life::{demo::Demo, locked, quit::Ending};

/// Pauses between two attempts to bind.
const FIRST_PAUSE: Duration = Duration::from_secs(2);
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// The callback URL with its secret, while the listener is bound; managed by Tauri.
#[derive(Clone, Default)]
pub struct CallbackAddress(Arc<Mutex<Option<SecretString>>>);

impl CallbackAddress {
    pub fn get(&self) -> Option<SecretString> {
        locked(&self.0).clone()
    }

    fn set(&self, url: Option<SecretString>) {
        *locked(&self.0) = url;
    }
}

/// Listens until `stop` resolves. The demo's simulator posts its callbacks to this listener.
pub async fn run(
    config: Config,
    vault: Vault,
    handle: Handle,
    address: CallbackAddress,
    demo: Option<Arc<Demo>>,
    stop: impl Future<Output = Ending>,
) {
    if config.values.fleet_url.is_some() {
        // The company's gateway receives the callbacks.
        stop.await;
        return;
    }
    let secret = match callback_secret::obtain(&config, &vault, &handle).await {
        Ok(secret) => secret,
        Err(error) => {
            tracing::error!(%error, "no callback secret could be made");
            handle.report(ShellReport::NotListening(Problem::new(ProblemCode::BindFailed, error.to_string(), false)));
            return;
        }
    };
    let announce = |url: Option<SecretString>| {
        if let Some(demo) = &demo {
            demo.call_back(url.as_ref());
        }
        address.set(url);
    };
    let shutdown = stop.map(drop).shared();
    let socket = select! {
        socket = bound(&config, &handle) => socket,
        () = shutdown.clone() => return,
    };
    match rules(&config, &secret, &socket) {
        Ok((rules, url)) => {
            let (shown, public) = (masked(&url), config.values.public_url.is_some());
            tracing::info!(address = %shown, public, "listening for callbacks");
            announce(Some(url.clone()));
            handle.report(ShellReport::Listening { url, shown, public });
            let zone = config.values.utc_offset.clone();
            let counters = Arc::new(Counters::default());
            let parts = Parts { rules, limits: Limits::default(), zone, counters, sink: handle.callbacks() };
            serve(socket, parts, shutdown).await;
            announce(None);
        }
        Err(error) => {
            tracing::warn!(%error, "the callback listener cannot be set up");
            handle.report(ShellReport::NotListening(Problem::from(&error)));
        }
    }
}

/// Tries until it succeeds; polling goes on meanwhile (L1).
async fn bound(config: &Config, handle: &Handle) -> TcpListener {
    let address = config.values.bind;
    let other_port = config.origin("callbacks.bind") == Origin::Default && config.values.public_url.is_none();
    let mut backoff = Backoff::new(FIRST_PAUSE, LONGEST_PAUSE);
    loop {
        match bind(address, other_port).await {
            Ok(socket) => return socket,
            Err(error) => refused(&error, handle),
        }
        sleep(backoff.failed(None, 1.0)).await;
    }
}

fn refused(error: &BindError, handle: &Handle) {
    tracing::warn!(%error, "the callback listener is not bound");
    handle.report(ShellReport::NotListening(Problem::from(error)));
}

fn rules(config: &Config, secret: &SecretString, socket: &TcpListener) -> Result<(Rules, SecretString), RulesError> {
    let local = socket.local_addr().unwrap_or(config.values.bind);
    let public = config.values.public_url.as_ref();
    // Each source was checked when the configuration was read.
    let sources = config.values.allowed_sources.iter().filter_map(|source| source.parse::<Source>().ok()).collect();
    let rules = Rules::new(secret.clone(), local, public, sources)?;
    Ok((rules, callback_url(public, local, secret)))
}
