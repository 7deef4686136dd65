//! The checks of the way to the platform: proxy, name, connection, encryption and answer.

use std::time::Duration;

use ringside_platform::{Client, Hop, PlatformError, Way};
use tokio::{
    net::{TcpStream, lookup_host},
    time::timeout,
};
use url::Url;

use super::{About, Check, Finding};

/// The time limit for name resolution, and for a connection.
const PATIENCE: Duration = Duration::from_secs(5);

/// Checks proxy, name resolution, connection, TLS and answer separately. True: the platform answers.
pub(super) async fn examine_way(client: &Client, url: &Url, tell: &mut (impl FnMut(Check) + Send)) -> bool {
    let way = client.way(url);
    let answer = client.reach(url.as_str()).await;
    // Behind a proxy the platform's name is often unknown here, and a direct connection is not permitted.
    let (proxy, name, connection) = match &way {
        Way::Through(hop) => {
            let name = Check::new(About::Name, Finding::ByProxy, url.host_str().unwrap_or_default());
            (examine_proxy(hop, &answer).await, name, Check::new(About::Connection, Finding::ByProxy, ""))
        }
        Way::Direct | Way::Misnamed(_) => {
            let proxy = match (&way, &answer) {
                // A proxy that the network puts in the way by itself.
                (_, Err(error @ PlatformError::ProxyRefused)) => Check::new(About::Proxy, Finding::ProxyRefused, error.to_string()),
                (Way::Misnamed(named_in), _) => Check::new(About::Proxy, Finding::ProxyMisnamed, named_in.to_string()),
                _ => Check::new(About::Proxy, Finding::NoProxy, ""),
            };
            let (name, connection) = examine_host(url).await;
            (proxy, name, connection)
        }
    };
    let is_connected = matches!(proxy.finding, Finding::ProxyTaken) || connection.finding == Finding::Connected;
    let tls = match &answer {
        _ if url.scheme() == "http" => Check::new(About::Tls, Finding::NotEncrypted, ""),
        Err(PlatformError::Tls(reason)) => Check::new(About::Tls, Finding::CertificateRefused, reason),
        Err(PlatformError::Unreachable { .. } | PlatformError::BadUrl(_) | PlatformError::ProxyRefused) => Check::needs_others(About::Tls),
        _ => Check::new(About::Tls, Finding::Encrypted, ""),
    };
    let platform = match &answer {
        Ok(()) => Check::new(About::Platform, Finding::Answers, ""),
        Err(PlatformError::Tls(_) | PlatformError::ProxyRefused) => Check::needs_others(About::Platform),
        Err(_) if !is_connected => Check::needs_others(About::Platform),
        Err(error @ PlatformError::Http { .. }) => Check::new(About::Platform, Finding::ServerError, error.to_string()),
        Err(error @ PlatformError::Unreachable { .. }) => {
            let finding = if matches!(way, Way::Through(_)) { Finding::NotByProxy } else { Finding::NoAnswer };
            Check::new(About::Platform, finding, error.to_string())
        }
        Err(error) => Check::new(About::Platform, Finding::NotThePlatform, error.to_string()),
    };
    [proxy, name, connection, tls, platform].into_iter().for_each(tell);
    answer.is_ok()
}

/// Checks the proxy: its kind, its name, a connection to it, and whether it asks for a sign-in.
async fn examine_proxy(hop: &Hop, answer: &Result<(), PlatformError>) -> Check {
    let found = |finding: Finding, reason: &str| {
        let reason = if reason.is_empty() { String::new() } else { format!(": {reason}") };
        Check::new(About::Proxy, finding, format!("{hop}{reason}"))
    };
    if !hop.is_of_web() {
        return found(Finding::ProxyUnusable, "");
    }
    match (reached(&hop.address).await, answer) {
        // It answered, whatever a second connection met.
        (_, Err(error @ PlatformError::ProxyRefused)) => found(Finding::ProxyRefused, &error.to_string()),
        (Reached::Unnamed(reason), Err(PlatformError::Unreachable { .. })) => found(Finding::ProxyUnknown, &reason),
        (Reached::Named(_, Err(reason)), Err(PlatformError::Unreachable { .. })) => found(Finding::ProxyAway, &reason),
        _ => found(Finding::ProxyTaken, ""),
    }
}

/// Checks the name's resolution, and a direct connection.
pub(crate) async fn examine_host(url: &Url) -> (Check, Check) {
    let (host, port) = (url.host_str().unwrap_or_default(), port(url));
    match reached(url).await {
        Reached::Unnamed(reason) => {
            let detail = if reason.is_empty() { host.to_owned() } else { format!("{host}: {reason}") };
            (Check::new(About::Name, Finding::NameUnknown, detail), Check::needs_others(About::Connection))
        }
        Reached::Named(addresses, connected) => {
            let connection = match connected {
                Ok(()) => Check::new(About::Connection, Finding::Connected, format!("{host}:{port}")),
                Err(reason) => Check::new(About::Connection, Finding::NotConnected, format!("{host}:{port}: {reason}")),
            };
            (Check::new(About::Name, Finding::NameFound, format!("{host}: {addresses}")), connection)
        }
    }
}

/// How far a direct connection to an address comes.
enum Reached {
    /// The name has no address, for this reason.
    Unnamed(String),
    /// The name's addresses, and the connection or the reason why there is none.
    Named(String, Result<(), String>),
}

async fn reached(url: &Url) -> Reached {
    let late = || "no answer in time".to_owned();
    let bare = url.host_str().unwrap_or_default().trim_start_matches('[').trim_end_matches(']');
    let addresses = match timeout(PATIENCE, lookup_host((bare, port(url)))).await {
        Ok(Ok(found)) => found.collect::<Vec<_>>(),
        Ok(Err(error)) => return Reached::Unnamed(error.to_string()),
        Err(_) => return Reached::Unnamed(late()),
    };
    if addresses.is_empty() {
        return Reached::Unnamed(String::new());
    }
    let shown: Vec<String> = addresses.iter().map(|address| address.ip().to_string()).collect();
    let connected = match timeout(PATIENCE, TcpStream::connect(addresses.as_slice())).await {
        Ok(connected) => connected.map(drop).map_err(|error| error.to_string()),
        Err(_) => Err(late()),
    };
    Reached::Named(shown.join(", "), connected)
}

/// Of a gateway's address without a port: the port that NATS usually has.
fn port(url: &Url) -> u16 {
    url.port_or_known_default().unwrap_or(4222)
}
