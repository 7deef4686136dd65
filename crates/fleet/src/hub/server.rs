//! The configuration of the NATS server, and the versions that will do.

use std::{
    fmt,
    net::SocketAddr,
    path::{Path, PathBuf},
};

use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};

use super::{Keys, accounts};
use crate::{
    CONNECTING,
    jwt::{self, Revocations},
    words::LARGEST_MESSAGE,
};

/// When the accounts of the configuration were issued, in ms since 1970: before those that a gateway pushes.
const OLDEST: i64 = 1000;

/// What waits at the server for a desk that does not read, at most; then the server closes the connection.
const MAX_PENDING: usize = 8 * 1024 * 1024;

#[derive(Clone, Debug)]
pub struct ServerOptions {
    pub name: String,
    pub listen: SocketAddr,
    /// For desks behind a proxy that only lets HTTPS through.
    pub websocket: Option<SocketAddr>,
    /// The server's own figures; only on this machine.
    pub monitor: Option<SocketAddr>,
    /// Certificate and key, PEM files.
    pub tls: Option<(PathBuf, PathBuf)>,
    /// The server's folder.
    pub folder: PathBuf,
    /// The space on disk for all streams.
    pub max_bytes: u64,
    pub max_connections: u32,
    /// With two or four other servers.
    pub cluster: Option<ClusterOptions>,
}

/// How a server reaches the others of its cluster.
#[derive(Clone, Debug)]
pub struct ClusterOptions {
    pub listen: SocketAddr,
    /// Where the others listen.
    pub peers: Vec<SocketAddr>,
    /// PEM file of the authority that signed the certificates of all these servers; needed if they have certificates.
    pub ca: Option<PathBuf>,
}

/// The server's configuration file. It needs no change for a new desk. `now`: milliseconds since 1970.
pub fn server_config(keys: &Keys, options: &ServerOptions, now: i64) -> String {
    let seconds = now.div_euclid(1000);
    let operator = jwt::operator_token(&keys.operator, &keys.system, seconds);
    let sentinel = jwt::sentinel_token(&keys.enrol_machines, &keys.enrol.public_key(), &keys.sentinel.public_key(), seconds);
    // Only for the first start, and if the resolver's folder is lost. They know of no revocation, and the server would let them replace
    // accounts of its folder that are as old or older.
    let preloaded: Vec<String> = accounts::wanted(keys, |_| Some(Revocations::default()), OLDEST)
        .into_iter()
        .map(|(key, token)| format!("  {key}: {token}\n"))
        .collect();
    let path = |path: &Path| quoted(&path.to_string_lossy());
    let files = options.tls.as_ref().map(|(cert, key)| format!("cert_file: {}, key_file: {}", path(cert), path(key)));
    let tls = files.as_ref().map(|files| format!("{{ {files}, timeout: {} }}", CONNECTING.as_secs()));
    let mut lines = vec![
        format!("server_name: {}", quoted(&options.name)),
        format!("listen: \"{}\"", options.listen),
        format!("operator: {operator}"),
        format!("system_account: {}", keys.system.public_key()),
        format!("resolver: {{ type: full, dir: {}, allow_delete: false, interval: \"2m\" }}", path(&options.folder.join("accounts"))),
        format!("resolver_preload: {{\n{}}}", preloaded.concat()),
        format!("default_sentinel: {sentinel}"),
        // A power cut takes at most a tenth of a second, which the gateways publish again; «always» would carry a tenth of the callbacks.
        format!(
            "jetstream: {{ store_dir: {}, max_mem: 64M, max_file: {}, sync_interval: \"100ms\" }}",
            // In a cluster, a server would take the streams that it kept alone for its part of the new ones.
            path(&options.folder.join(if options.cluster.is_some() { "cluster-streams" } else { "streams" })),
            options.max_bytes
        ),
        format!("max_payload: {LARGEST_MESSAGE}"),
        format!("max_pending: {MAX_PENDING}"),
        format!("max_connections: {}", options.max_connections),
        "ping_interval: \"20s\"".to_owned(),
        "ping_max: 2".to_owned(),
        "write_deadline: \"10s\"".to_owned(),
    ];
    if let Some(monitor) = options.monitor {
        lines.push(format!("http: \"{monitor}\""));
    }
    if let Some(tls) = &tls {
        lines.push(format!("tls: {tls}"));
    }
    if let Some(websocket) = options.websocket {
        let tls = tls.as_ref().map_or_else(|| "no_tls: true".to_owned(), |tls| format!("tls: {tls}"));
        lines.push(format!("websocket: {{ listen: \"{websocket}\", {tls} }}"));
    }
    if let Some(ClusterOptions { listen, peers, ca }) = &options.cluster {
        let secret = cluster_secret(keys);
        let routes: Vec<String> = peers.iter().map(|peer| format!("\"nats://ringside:{secret}@{peer}\"")).collect();
        let tls = files.zip(ca.as_ref()).map(|(files, ca)| format!(", tls: {{ {files}, ca_file: {} }}", path(ca)));
        lines.push(format!(
            "cluster: {{ name: \"ringside\", listen: \"{listen}\", authorization: {{ user: \"ringside\", password: \"{secret}\" }}, routes: [{}]{} }}",
            routes.join(", "),
            tls.unwrap_or_default()
        ));
    }
    lines.join("\n") + "\n"
}

/// By this the servers of a cluster know one another. It is made of the operator's key, so that all who have the keys have it.
fn cluster_secret(keys: &Keys) -> String {
    #[allow(clippy::expect_used)]
    let seed = keys.operator.seed().expect("the keys are read with their seeds");
    HEXLOWER.encode(&Sha256::digest(format!("the cluster of {seed}")))
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

/// A version of the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ServerVersion(pub u32, pub u32, pub u32);

/// The server is too old.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("nats-server {0} is too old: {least} or newer is needed", least = ServerVersion::LEAST)]
pub struct TooOld(pub ServerVersion);

impl ServerVersion {
    /// The first version with all that is used here: `default_sentinel`.
    pub const LEAST: Self = Self(2, 11, 2);

    /// From `nats-server --version` or from the server's own words: `nats-server: v2.14.0`, `2.11.0-dev`.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim().trim_start_matches("nats-server:").trim().trim_start_matches('v');
        let mut numbers = text.split(['.', '-', '+', ' ']).map(|number| number.parse().ok());
        Some(Self(numbers.next()??, numbers.next()??, numbers.next()??))
    }

    pub fn check(self) -> Result<(), TooOld> {
        if self >= Self::LEAST { Ok(()) } else { Err(TooOld(self)) }
    }
}

impl fmt::Display for ServerVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.0, self.1, self.2)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_that_is_too_old_is_refused_with_a_sentence() {
        let check = |text| ServerVersion::parse(text).map(ServerVersion::check);
        assert_eq!(check("nats-server: v2.14.0\n"), Some(Ok(())));
        assert_eq!(check("2.11.2"), Some(Ok(())));
        assert_eq!(check("nats-server: v3.0.0-beta.1"), Some(Ok(())));
        let refused = check("nats-server: v2.9.10").unwrap().unwrap_err();
        assert_eq!(refused.to_string(), "nats-server 2.9.10 is too old: 2.11.2 or newer is needed");
        assert!(check("2.11.1").unwrap().is_err());
        for other in ["", "nats-server", "v2", "2.x.1"] {
            assert_eq!(check(other), None, "{other}");
        }
    }

    #[test]
    fn a_path_cannot_add_a_line_to_the_configuration() {
        assert_eq!(quoted("a\"}\\b"), "\"a\\\"}\\\\b\"");
    }
}
