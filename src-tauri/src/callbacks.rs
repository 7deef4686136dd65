//! The callback listener: bound, served, reported, tried again.

use std::{sync::Arc, time::Duration};

use ringside_domain::{Backoff, Problem, ShellReport};
use ringside_engine::{
    Handle,
    config::{Config, Origin},
};
use ringside_listener::{BindError, Counters, Limits, Parts, Rules, RulesError, Source, bind, callback_url, masked, serve};
use secrecy::SecretString;
use tokio::{net::TcpListener, select, time::sleep};

/// Between two attempts to bind.
const FIRST_PAUSE: Duration = Duration::from_secs(2);
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// Listens until `shutdown` resolves. `announce` is told the address that the platform is to call, None when there is none.
pub async fn run(
    config: Config,
    secret: SecretString,
    handle: Handle,
    announce: impl Fn(Option<SecretString>),
    shutdown: impl Future<Output = ()> + Clone,
) {
    let socket = select! {
        socket = bound(&config, &handle) => socket,
        () = shutdown.clone() => return,
    };
    match rules(&config, &secret, &socket) {
        Ok((rules, url)) => {
            let (shown, public) = (masked(&url), config.callbacks.public_url.is_some());
            tracing::info!(address = %shown, public, "listening for callbacks");
            announce(Some(url.clone()));
            handle.report(ShellReport::Listening { url, shown, public });
            let zone = config.platform.utc_offset.clone();
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

/// Tries for as long as it takes; polling goes on meanwhile (L1).
async fn bound(config: &Config, handle: &Handle) -> TcpListener {
    let address = config.callbacks.bind;
    let other_port = config.origin("callbacks.bind") == Origin::Default && config.callbacks.public_url.is_none();
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
    let local = socket.local_addr().unwrap_or(config.callbacks.bind);
    let public = config.callbacks.public_url.as_ref();
    // Each was checked when it was read.
    let sources = config.callbacks.allowed_sources.iter().filter_map(|source| source.parse::<Source>().ok()).collect();
    let rules = Rules::new(secret.clone(), local, public, sources)?;
    Ok((rules, callback_url(public, local, secret)))
}
