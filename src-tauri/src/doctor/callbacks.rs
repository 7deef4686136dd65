//! Checks whether a callback that is sent to the public URL reaches the listener: that of the running Ringside, or one made for this check.

use std::{net::IpAddr, sync::Arc};

use ringside_domain::{GatewayState, Problem, Receipt, Snapshot};
use ringside_engine::{
    config::{Config, Values},
    doctor::{About, Check, Finding},
};
use ringside_listener::{Counters, Limits, Parts, Rules, Source, bind, callback_url, masked, serve};
use ringside_platform::test_ring::knock;
use ringside_vault::Vault;
use ringside_wire::Zone;
use secrecy::SecretString;
use tokio::sync::{mpsc, oneshot};

use crate::{
    life::{instance, paths::Paths},
    listener::callback_secret,
};

pub async fn examine(config: &Config, vault: &Vault, paths: &Paths) -> Result<Check, getrandom::Error> {
    if config.values.fleet_url.is_some() {
        return Ok(found(Finding::ByGateway, String::new()));
    }
    let public = config.values.public_url.as_ref();
    // Asked by the socket: testing the lock could take it for a moment from an instance that is just starting.
    let is_running = instance::is_there(paths).await;
    let known = callback_secret::known(config, vault).await;
    let secret = match known {
        Some(secret) => secret,
        None if is_running => return Ok(found(Finding::AddressUnknown, String::new())),
        None => callback_secret::made()?,
    };
    let (stop, stopped) = oneshot::channel::<()>();
    let mut local = config.values.bind;
    let counters = Arc::<Counters>::default();
    if !is_running {
        let socket = match bind(local, false).await {
            Ok(socket) => socket,
            Err(error) => return Ok(found(Finding::NotListening, error.to_string())),
        };
        local = socket.local_addr().unwrap_or(local);
        let sources = config.values.allowed_sources.iter().filter_map(|source| source.parse::<Source>().ok()).collect();
        let rules = match Rules::new(secret.clone(), local, public, sources) {
            Ok(rules) => rules,
            Err(error) => return Ok(found(Finding::NotListening, error.to_string())),
        };
        tokio::spawn(listen(socket, rules, config.values.utc_offset.clone(), Arc::clone(&counters), stopped));
    }
    let check = knocked(&callback_url(public, local, &secret), config, Some(&counters)).await;
    drop(stop);
    Ok(check)
}

/// Checks the running app's own listener. `address` is its callback URL. Behind the company's gateway, the company's last callback tells.
pub async fn examine_running(config: &Config, address: Option<SecretString>, snapshot: &Snapshot) -> Check {
    if let Some(gateway) = &snapshot.gateway {
        let finding = match gateway.state {
            _ if snapshot.connection.callbacks_alive => Finding::CallbacksByGateway,
            GatewayState::Reached | GatewayState::NoLeader => Finding::CompanySilent,
            _ => Finding::NeedsOthers,
        };
        return found(finding, gateway.shown.clone());
    }
    let problem = snapshot.listener.problem.as_ref();
    match address {
        Some(url) => knocked(&url, config, None).await,
        None => found(Finding::NotListening, problem.map(|problem| problem.detail.clone()).unwrap_or_default()),
    }
}

/// `counters` are those of this check's own listener.
async fn knocked(url: &SecretString, config: &Config, counters: Option<&Counters>) -> Check {
    let detail = |problem: &Problem| format!("{}: {}", masked(url), problem.detail);
    let knocked = knock(url).await;
    match (knocked, &config.values.public_url) {
        (Ok(()), Some(_)) => found(Finding::CallbacksArrive, masked(url)),
        (Ok(()), None) => found(Finding::NoPublicAddress, masked(url)),
        (Err(problem), public) => match shut_out(&config.values, counters.and_then(Counters::last_refused_source)) {
            Some(proxy) => found(Finding::ProxyNotAllowed, format!("{proxy}; {}", detail(&problem))),
            // This computer sent the request although only other sources are allowed, so the refusal is correct.
            None if !config.values.allowed_sources.is_empty() => found(Finding::OnlyNamedSources, detail(&problem)),
            None if public.is_some() => found(Finding::CallbacksLost, detail(&problem)),
            // The running instance may have bound another port.
            None => found(Finding::NoPublicAddress, detail(&problem)),
        },
    }
}

/// The address of a proxy or tunnel in front of the listener that is not allowed, so that callbacks through it are refused. A listener on
/// loopback can only be reached through a program on this computer, so there the address is the loopback address.
fn shut_out(values: &Values, refused: Option<IpAddr>) -> Option<IpAddr> {
    let sources: Vec<Source> = values.allowed_sources.iter().filter_map(|source| source.parse().ok()).collect();
    let refused = refused.filter(|_| values.public_url.is_some());
    let loopback = Some(values.bind.ip()).filter(IpAddr::is_loopback);
    refused.or(loopback).filter(|address| !sources.is_empty() && !sources.iter().any(|source| source.holds(*address)))
}

fn found(finding: Finding, detail: String) -> Check {
    Check::new(About::Callbacks, finding, detail)
}

/// Acknowledges all callbacks until the check ends.
async fn listen(socket: tokio::net::TcpListener, rules: Rules, zone: Zone, counters: Arc<Counters>, stopped: oneshot::Receiver<()>) {
    let (sink, mut deliveries) = mpsc::channel::<(_, oneshot::Sender<Receipt>)>(8);
    let parts = Parts { rules, limits: Limits::default(), zone, counters, sink };
    let take = async {
        while let Some((_, receipt)) = deliveries.recv().await {
            // The connection that waited for the receipt may be closed.
            let _ = receipt.send(Receipt::Kept);
        }
    };
    let shutdown = async {
        let _ = stopped.await;
    };
    tokio::join!(serve(socket, parts, shutdown), take);
}

#[cfg(test)]
mod tests {
    use ringside_domain::{GatewayView, Timestamp};

    use super::*;

    #[tokio::test]
    async fn the_companys_silence_is_told_only_while_the_gateway_is_reached() {
        for (state, alive, finding) in [
            (GatewayState::Reached, true, Finding::CallbacksByGateway),
            (GatewayState::Reached, false, Finding::CompanySilent),
            (GatewayState::NoLeader, false, Finding::CompanySilent),
            (GatewayState::Away, false, Finding::NeedsOthers),
            (GatewayState::Connecting, false, Finding::NeedsOthers),
            (GatewayState::NotEnrolled, false, Finding::NeedsOthers),
            (GatewayState::Revoked, false, Finding::NeedsOthers),
        ] {
            let mut snapshot = Snapshot::empty(Timestamp(0));
            let shown = "gateway.example.com".to_owned();
            snapshot.gateway = Some(GatewayView { shown, state, since: Timestamp(0), problem: None, extension: None, hot: false });
            snapshot.connection.callbacks_alive = alive;
            assert_eq!(examine_running(&Config::default(), None, &snapshot).await.finding, finding, "{state:?}");
        }
    }

    #[test]
    fn fr6_a_tunnel_whose_address_is_not_allowed_is_reported() {
        let config = |bind: &str, public: Option<&str>, sources: &[&str]| {
            let (bind, public_url) = (bind.parse().unwrap(), public.map(|url| url.parse().unwrap()));
            Values { bind, public_url, allowed_sources: sources.iter().map(|source| (*source).to_owned()).collect(), ..Values::default() }
        };
        let public = Some("https://calls.example.com/");
        let address = |text: &str| Some(text.parse::<IpAddr>().unwrap());
        for (values, refused, named) in [
            (config("127.0.0.1:7780", public, &["203.0.113.9"]), None, address("127.0.0.1")),
            (config("[::1]:7780", public, &["203.0.113.0/24"]), None, address("::1")),
            (config("127.0.0.1:7780", None, &["203.0.113.9"]), None, address("127.0.0.1")),
            (config("0.0.0.0:7780", public, &["203.0.113.9"]), address("10.0.0.7"), address("10.0.0.7")),
            (config("0.0.0.0:7780", public, &["203.0.113.9"]), address("127.0.0.1"), address("127.0.0.1")),
            (config("127.0.0.1:7780", public, &["203.0.113.9", "127.0.0.0/8"]), None, None),
            (config("127.0.0.1:7780", public, &[]), None, None),
            (config("0.0.0.0:7780", public, &["203.0.113.9"]), None, None),
            // Sent directly from this computer: this shows nothing about a proxy.
            (config("0.0.0.0:7780", None, &["203.0.113.9"]), address("10.0.0.7"), None),
        ] {
            assert_eq!(shut_out(&values, refused), named, "{values:?}");
        }
    }
}
