//! `gateway.toml`: what an administrator decides.

use std::{
    collections::BTreeMap,
    fs, io,
    net::{IpAddr, SocketAddr},
    path::{Path, PathBuf},
};

use ringside_listener::Source;
use ringside_wire::Zone;
use serde::Deserialize;
use url::Url;

/// The name of the file in the data folder, where it is looked for without `--config`.
pub const FILE: &str = "gateway.toml";

#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    #[error("{0}: {1}")]
    Unreadable(PathBuf, io::Error),
    #[error("{0}: {1}")]
    Malformed(PathBuf, String),
    #[error("{0}: {1}: {2}")]
    Value(PathBuf, String, String),
    #[error("{0} has no table [company.NAME]")]
    NoCompany(PathBuf),
}

/// The whole file.
#[derive(Clone, Debug)]
pub struct Config {
    /// This gateway's name; each gateway of the companies has its own.
    pub name: Option<String>,
    pub companies: Vec<Company>,
    pub nats: Nats,
    pub admin: SocketAddr,
}

/// One company; several are kept apart in accounts, databases and ports of their own.
#[derive(Clone, Debug)]
pub struct Company {
    /// Letters, digits and hyphens.
    pub name: String,
    /// None: the gateway takes callbacks, and asks the platform nothing.
    pub platform: Option<Platform>,
    pub callbacks: Callbacks,
    /// Requests to the platform in a second, of all desks together.
    pub requests_per_second: u32,
    /// How long callbacks are kept.
    pub keep_days: u32,
    pub breaks: Vec<BreakReason>,
}

#[derive(Clone, Debug)]
pub struct Platform {
    pub url: Url,
    pub appid: String,
    /// As written, since the desks get it.
    pub utc_offset: String,
    pub zone: Zone,
    /// A file with the accesskey; None: a credential of the service manager.
    pub accesskey_file: Option<PathBuf>,
}

#[derive(Clone, Debug)]
pub struct Callbacks {
    pub bind: SocketAddr,
    pub public_url: Option<Url>,
    /// A file with the secret of the callback address; None: the gateway makes one.
    pub secret_file: Option<PathBuf>,
    pub allowed_sources: Vec<Source>,
    pub acknowledge: Acknowledge,
}

/// What must have a callback before it is acknowledged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Acknowledge {
    /// This gateway's disk.
    #[default]
    Disk,
    /// Also the stream, for which a callback waits a quarter of a second at most.
    Both,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BreakReason {
    pub name: String,
    pub minutes: Option<u32>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Nats {
    pub mode: NatsMode,
    /// Where the gateway's own server listens for desks.
    pub listen: SocketAddr,
    /// The address that desks are told; None: made from `listen`.
    pub public_url: Option<String>,
    pub tls_cert: Option<PathBuf>,
    pub tls_key: Option<PathBuf>,
    /// The servers of mode `external`.
    pub urls: Vec<String>,
    /// For desks behind a proxy that lets HTTPS through only.
    pub websocket: Option<SocketAddr>,
    /// Trusted beside the system's roots.
    pub ca: Option<PathBuf>,
    /// Copies of the stream, on as many servers.
    pub replicas: usize,
    /// Where the gateway's own server listens for the other servers of its cluster, which are those of other gateways.
    pub cluster: Option<SocketAddr>,
    /// Where the other servers of the cluster listen.
    pub peers: Vec<SocketAddr>,
    /// GiB that the stream of each company takes at most.
    pub stream_gib: u32,
    /// The server's program; None: `nats-server` beside this program, in its library folder, or in the PATH.
    pub program: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NatsMode {
    /// The gateway starts a server and watches it.
    #[default]
    Own,
    External,
}

impl Nats {
    /// Whether other machines, desks or servers, can connect to the gateway's own server and no certificate is configured.
    pub fn needs_certificate(&self) -> bool {
        let open = [Some(self.listen), self.websocket, self.cluster].into_iter().flatten().any(|address| !address.ip().is_loopback());
        self.mode == NatsMode::Own && self.tls_cert.is_none() && open
    }
}

impl Default for Nats {
    fn default() -> Self {
        Self {
            mode: NatsMode::Own,
            listen: SocketAddr::from(([127, 0, 0, 1], 4222)),
            public_url: None,
            tls_cert: None,
            tls_key: None,
            websocket: None,
            urls: Vec::new(),
            ca: None,
            replicas: 1,
            cluster: None,
            peers: Vec::new(),
            stream_gib: 4,
            program: None,
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    company: BTreeMap<String, CompanyTable>,
    #[serde(default)]
    nats: Nats,
    #[serde(default)]
    admin: AdminTable,
}

#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
struct AdminTable {
    bind: SocketAddr,
}

impl Default for AdminTable {
    fn default() -> Self {
        Self { bind: SocketAddr::from(([127, 0, 0, 1], 7790)) }
    }
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct CompanyTable {
    platform: PlatformTable,
    callbacks: CallbacksTable,
    polling: PollingTable,
    keep_days: Option<u32>,
    breaks: Vec<BreakReason>,
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct PlatformTable {
    url: String,
    appid: String,
    utc_offset: Option<String>,
    accesskey_file: Option<PathBuf>,
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct CallbacksTable {
    bind: Option<SocketAddr>,
    public_url: Option<String>,
    secret_file: Option<PathBuf>,
    allowed_sources: Vec<String>,
    acknowledge: Acknowledge,
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct PollingTable {
    requests_per_second: Option<u32>,
}

/// Reads the file.
pub fn read(file: &Path) -> Result<Config, ConfigError> {
    let text = fs::read_to_string(file).map_err(|error| ConfigError::Unreadable(file.to_owned(), error))?;
    parse(file, &text)
}

fn parse(file: &Path, text: &str) -> Result<Config, ConfigError> {
    let document: Document = toml::from_str(text).map_err(|error| ConfigError::Malformed(file.to_owned(), error.to_string()))?;
    let is_alone = document.company.len() == 1;
    let companies = document.company.into_iter();
    let companies: Vec<Company> = companies
        .map(|(name, table)| {
            let key = format!("company.{name}");
            company(name, table, is_alone).map_err(|(field, what)| ConfigError::Value(file.to_owned(), format!("{key}{field}"), what))
        })
        .collect::<Result<_, _>>()?;
    if companies.is_empty() {
        return Err(ConfigError::NoCompany(file.to_owned()));
    }
    let value = |key: &str, what: &str| ConfigError::Value(file.to_owned(), key.to_owned(), what.to_owned());
    if document.nats.mode == NatsMode::External && document.nats.urls.is_empty() {
        return Err(value("nats.urls", "needed with nats.mode = \"external\""));
    }
    if document.nats.tls_cert.is_some() != document.nats.tls_key.is_some() {
        return Err(value("nats.tls_cert", "needs nats.tls_key, and the other way round"));
    }
    if document.nats.tls_cert.is_some() && document.nats.public_url.is_none() {
        return Err(value("nats.public_url", "needed with nats.tls_cert: the name in the certificate, as tls://gateway.example.com:4222"));
    }
    if document.nats.needs_certificate() && document.nats.public_url.is_none() && document.nats.listen.ip().is_unspecified() {
        return Err(value("nats.public_url", "needed with this nats.listen: a name or an address of this machine, as tls://10.1.2.3:4222"));
    }
    if ![1, 3, 5].contains(&document.nats.replicas) {
        return Err(value("nats.replicas", "expected 1, 3 or 5"));
    }
    if document.nats.cluster.is_some() == document.nats.peers.is_empty() {
        return Err(value("nats.cluster", "needs nats.peers, and the other way round"));
    }
    if document.nats.mode == NatsMode::Own && document.nats.replicas != document.nats.peers.len() + 1 {
        return Err(value("nats.replicas", "expected as many as there are servers: this one, and one for each of nats.peers"));
    }
    if let Some(cluster) = document.nats.cluster {
        if document.nats.mode == NatsMode::External {
            return Err(value("nats.cluster", "has no effect with nats.mode = \"external\": it is for the gateway's own server"));
        }
        if cluster.ip().is_unspecified() || overlap(cluster, document.nats.listen) {
            return Err(value(
                "nats.cluster",
                "expected the address of this machine that the other servers connect to, with a port of its own",
            ));
        }
        if document.nats.tls_cert.is_some() && document.nats.ca.is_none() {
            return Err(value(
                "nats.ca",
                "needed with nats.cluster and nats.tls_cert: the authority that signed the certificates of all servers",
            ));
        }
    }
    if document.name.as_ref().is_some_and(|name| name.is_empty() || name.chars().any(char::is_control)) {
        return Err(value("name", "expected a word of one line"));
    }
    let nats = [Some(document.nats.listen), document.nats.websocket, document.nats.cluster].into_iter().flatten();
    let others = nats.filter(|_| document.nats.mode == NatsMode::Own).chain([document.admin.bind]);
    if let Some(second) = first_whose_address_is_taken(&companies, others.collect()) {
        let what = "another company, admin.bind, nats.listen, nats.websocket or nats.cluster has this address; 0.0.0.0 and [::] are all addresses of this machine";
        return Err(value(&format!("company.{second}.callbacks.bind"), what));
    }
    Ok(Config { name: document.name, companies, nats: document.nats, admin: document.admin.bind })
}

fn first_whose_address_is_taken(companies: &[Company], mut taken: Vec<SocketAddr>) -> Option<&str> {
    companies.iter().find_map(|company| {
        let bind = company.callbacks.bind;
        let is_taken = taken.iter().any(|other| overlap(bind, *other));
        taken.push(bind);
        is_taken.then_some(company.name.as_str())
    })
}

/// Whether not both addresses can be bound. Port 0 is any free port.
fn overlap(one: SocketAddr, other: SocketAddr) -> bool {
    let covers = |all: IpAddr, one: IpAddr| match all {
        IpAddr::V4(all) => all.is_unspecified() && one.is_ipv4(),
        // It takes connections to addresses of both kinds.
        IpAddr::V6(all) => all.is_unspecified(),
    };
    let (a, b) = (one.ip(), other.ip());
    one.port() == other.port() && one.port() != 0 && (a == b || covers(a, b) || covers(b, a))
}

/// Whether a company's name can stand in file names and in the names of accounts.
pub fn is_name(name: &str) -> bool {
    (1..=32).contains(&name.len()) && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

fn company(name: String, table: CompanyTable, is_alone: bool) -> Result<Company, (&'static str, String)> {
    if !is_name(&name) {
        return Err(("", "a name has 1 to 32 small letters, digits or hyphens".to_owned()));
    }
    let CallbacksTable { bind, public_url, secret_file, allowed_sources, acknowledge } = table.callbacks;
    let public_url = public_url.map(|text| web_address(&text).ok_or((".callbacks.public_url", not_web()))).transpose()?;
    let sources = allowed_sources
        .iter()
        .map(|text| text.parse::<Source>().map_err(|error| (".callbacks.allowed_sources", format!("{text}: {error}"))));
    let requests_per_second = table.polling.requests_per_second.unwrap_or(5);
    if !(1..=1000).contains(&requests_per_second) {
        return Err((".polling.requests_per_second", "expected 1 to 1000".to_owned()));
    }
    // A default by the place among the companies would change with each new one.
    let default = is_alone.then_some(SocketAddr::from(([127, 0, 0, 1], 7780)));
    let bind = bind.or(default).ok_or((".callbacks.bind", "needed with several companies: each has its own address".to_owned()))?;
    Ok(Company {
        name,
        platform: platform(table.platform)?,
        callbacks: Callbacks { bind, public_url, secret_file, allowed_sources: sources.collect::<Result<_, _>>()?, acknowledge },
        requests_per_second,
        keep_days: table.keep_days.unwrap_or(30).max(1),
        breaks: table.breaks,
    })
}

fn platform(table: PlatformTable) -> Result<Option<Platform>, (&'static str, String)> {
    if table.url.is_empty() && table.appid.is_empty() {
        return Ok(None);
    }
    if table.appid.is_empty() {
        return Err((".platform.appid", "needed with platform.url".to_owned()));
    }
    let url = web_address(&table.url).ok_or((".platform.url", not_web()))?;
    let utc_offset = table.utc_offset.unwrap_or_else(|| "+08:00".to_owned());
    let expected = "expected an offset from UTC such as \"+08:00\", or a zone's name such as \"America/Mexico_City\"";
    let zone = Zone::parse(&utc_offset).ok_or((".platform.utc_offset", expected.to_owned()))?;
    Ok(Some(Platform { url, appid: table.appid, utc_offset, zone, accesskey_file: table.accesskey_file }))
}

fn not_web() -> String {
    "expected an address that begins with http:// or https://".to_owned()
}

fn web_address(text: &str) -> Option<Url> {
    Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
}

#[cfg(test)]
mod tests;
