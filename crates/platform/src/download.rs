//! What a recording's link leads to: fetched without the token, from where it may be fetched, and never for ever.
//!
//! A link is the platform's word, and its redirects are anybody's. The platform's own host and those that the administrator
//! names are trusted; every other is asked for directly, and only at public addresses (R3).

use std::{
    fmt, io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    pin::Pin,
    sync::{Arc, OnceLock},
    time::Duration,
};

use bytes::Bytes;
use futures_util::{Stream, StreamExt};
use reqwest::{
    Response, StatusCode, Url,
    dns::{Addrs, Name, Resolve, Resolving},
    header::{ACCEPT_ENCODING, CONTENT_RANGE, ETAG, HeaderName, IF_RANGE, LOCATION, RANGE},
    redirect::Policy,
};
use ringside_domain::{Problem, ProblemCode};
use secrecy::{ExposeSecret, SecretString};
use thiserror::Error;
use tokio::time::{Instant, timeout, timeout_at};

use crate::{PlatformError, error::chain, transport};

/// A link leads there in so many steps, or nowhere.
const REDIRECTS: usize = 5;

/// How downloads behave; the defaults are for real life.
#[derive(Clone, Debug)]
pub struct DownloadOptions {
    /// Hosts that are trusted as the platform's own is, by name or address.
    pub hosts: Vec<String>,
    /// Until connected (A15).
    pub connect: Duration,
    /// Until the headers are there.
    pub answer: Duration,
    /// A download that gives fewer than `least` bytes in this time has stalled (R14).
    pub stall: Duration,
    /// Bytes.
    pub least: u64,
}

impl Default for DownloadOptions {
    fn default() -> Self {
        Self {
            hosts: Vec::new(),
            connect: Duration::from_secs(5),
            answer: Duration::from_secs(20),
            stall: Duration::from_secs(20),
            least: 4 << 10,
        }
    }
}

/// Why a link gave nothing, or not all. Says nothing of the link, which is a key to the recording.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum DownloadError {
    /// R2, R3.
    #[error("the link leads where nothing may be fetched: {0}")]
    Unsafe(&'static str),
    /// HTTP 401, 403, 410: as a signed link answers when it has died (R11).
    #[error("the link has died (HTTP {0})")]
    LinkDied(u16),
    /// HTTP 404: not there, or not yet (R9).
    #[error("nothing is there (HTTP 404)")]
    NotThere,
    /// Any other status.
    #[error("HTTP {0}")]
    Http(u16),
    /// What is there is not what the first part was of.
    #[error("the file changed while it was fetched")]
    Changed,
    /// No name, no route, refused, no answer in time, or a certificate that was not accepted.
    #[error("{0}")]
    Unreachable(String),
    /// The connection broke before the end (R6).
    #[error("cut off: {0}")]
    CutOff(String),
    /// R14.
    #[error("it came so slowly that it would never have ended")]
    Stalled,
}

impl From<&DownloadError> for Problem {
    fn from(error: &DownloadError) -> Self {
        let code = match error {
            DownloadError::Unsafe(_) => ProblemCode::LinkUnsafe,
            DownloadError::NotThere => ProblemCode::RecordingMissing,
            _ => ProblemCode::DownloadFailed,
        };
        Self::new(code, error.to_string(), !matches!(error, DownloadError::Unsafe(_)))
    }
}

/// Fetches what links lead to. Cheap to clone.
#[derive(Clone)]
pub struct Downloads(Arc<Inner>);

struct Inner {
    options: DownloadOptions,
    /// Each reads the system's roots, so it is made when it is needed. By way of the system's proxy, where there is one.
    trusted: OnceLock<reqwest::Client>,
    /// A proxy elsewhere would find itself under a loopback address (A14).
    loopback: OnceLock<reqwest::Client>,
    /// Without a proxy, which would look names up for us where we cannot see what it finds.
    strangers: OnceLock<reqwest::Client>,
}

impl fmt::Debug for Downloads {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Downloads").field(&self.0.options).finish()
    }
}

/// A download that has begun.
pub struct Download {
    /// Where in the file the bytes begin: 0, or where the part at hand ended.
    pub begins_at: u64,
    /// Bytes of the whole file, where the server says.
    pub total: Option<u64>,
    /// A strong one, by which a later part is known to be of the same file.
    pub etag: Option<String>,
    body: Pin<Box<dyn Stream<Item = reqwest::Result<Bytes>> + Send>>,
    pace: Pace,
}

impl fmt::Debug for Download {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Download").field("begins_at", &self.begins_at).field("total", &self.total).finish_non_exhaustive()
    }
}

/// What is at hand of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// From the file's beginning.
    pub bytes: u64,
    /// Of the file that these are of.
    pub etag: String,
    /// Bytes of that file, where they were said.
    pub total: Option<u64>,
}

impl Downloads {
    /// Nothing is connected to yet.
    pub fn new(options: DownloadOptions) -> Self {
        Self(Arc::new(Inner { options, trusted: OnceLock::new(), loopback: OnceLock::new(), strangers: OnceLock::new() }))
    }

    /// Asks for what the link leads to, after `part` where that is of the same file. `platform` is the platform's address.
    ///
    /// # Errors
    /// [`DownloadError::Unsafe`] where the link or a redirect leads where it must not.
    pub async fn open(&self, link: &SecretString, platform: &str, part: Option<&Part>) -> Result<Download, DownloadError> {
        let platform = Url::parse(platform).ok().and_then(|url| url.host_str().map(str::to_owned));
        let mut url = Url::parse(link.expose_secret()).map_err(|_| DownloadError::Unsafe("it is no web address"))?;
        for _ in 0..=REDIRECTS {
            let response = self.ask(&url, platform.as_deref(), part).await?;
            if !response.status().is_redirection() || response.status() == StatusCode::NOT_MODIFIED {
                return self.begin(response, part);
            }
            let to = response.headers().get(LOCATION).and_then(|to| to.to_str().ok()).and_then(|to| url.join(to).ok());
            let to = to.ok_or(DownloadError::Unsafe("it redirects to no web address"))?;
            if url.scheme() == "https" && to.scheme() != "https" {
                return Err(DownloadError::Unsafe("it redirects from https to an address that is not"));
            }
            url = to;
        }
        Err(DownloadError::Unsafe("it redirects without end"))
    }

    async fn ask(&self, url: &Url, platform: Option<&str>, part: Option<&Part>) -> Result<Response, DownloadError> {
        if !matches!(url.scheme(), "http" | "https") {
            return Err(DownloadError::Unsafe("it is no web address"));
        }
        let host = url.host_str().ok_or(DownloadError::Unsafe("it names no host"))?;
        let is_trusted = platform == Some(host) || self.0.options.hosts.iter().any(|trusted| is_host(host, trusted));
        if !is_trusted && literal(url).is_some_and(|address| !is_public(address)) {
            return Err(DownloadError::Unsafe(NOT_PUBLIC));
        }
        let client = match (is_trusted, transport::is_loopback(url)) {
            (true, false) => self.client(&self.0.trusted, |builder| builder),
            (true, true) => self.client(&self.0.loopback, reqwest::ClientBuilder::no_proxy),
            (false, _) => self.client(&self.0.strangers, |builder| builder.no_proxy().dns_resolver(Arc::new(Public))),
        }?;
        // What is inflated on the way is not the file that its tag and its length are of.
        let mut request = client.get(url.clone()).header(ACCEPT_ENCODING, "identity");
        if let Some(part) = part {
            request = request.header(RANGE, format!("bytes={}-", part.bytes)).header(IF_RANGE, &part.etag);
        }
        match timeout(self.0.options.answer, request.send()).await {
            Ok(answer) => answer.map_err(not_begun),
            Err(_) => Err(DownloadError::Unreachable("no answer in time".to_owned())),
        }
    }

    fn client<'a>(
        &self,
        slot: &'a OnceLock<reqwest::Client>,
        with: impl FnOnce(reqwest::ClientBuilder) -> reqwest::ClientBuilder,
    ) -> Result<&'a reqwest::Client, DownloadError> {
        if let Some(client) = slot.get() {
            return Ok(client);
        }
        let builder = reqwest::Client::builder()
            .connect_timeout(self.0.options.connect)
            .pool_idle_timeout(Duration::from_secs(15))
            .redirect(Policy::none())
            .user_agent(concat!("ringside/", env!("CARGO_PKG_VERSION")));
        let client = with(builder).build().map_err(not_begun)?;
        Ok(slot.get_or_init(|| client))
    }

    fn begin(&self, response: Response, part: Option<&Part>) -> Result<Download, DownloadError> {
        let text = |name: HeaderName| response.headers().get(name).and_then(|value| value.to_str().ok());
        let etag = text(ETAG).filter(|etag| !etag.starts_with("W/")).map(str::to_owned);
        let (begins_at, total) = match (response.status().as_u16(), part) {
            (200, _) => (0, response.content_length()),
            (206, Some(part)) => {
                let range = text(CONTENT_RANGE).and_then(content_range);
                let (first, total) = range.filter(|(first, _)| *first == part.bytes).ok_or(DownloadError::Changed)?;
                if etag.as_ref() != Some(&part.etag) || total.zip(part.total).is_some_and(|(now, before)| now != before) {
                    return Err(DownloadError::Changed);
                }
                (first, total.or(part.total))
            }
            (416, Some(_)) => return Err(DownloadError::Changed),
            (status @ (401 | 403 | 410), _) => return Err(DownloadError::LinkDied(status)),
            (404, _) => return Err(DownloadError::NotThere),
            (status, _) => return Err(DownloadError::Http(status)),
        };
        let pace = Pace::new(self.0.options.stall, self.0.options.least);
        Ok(Download { begins_at, total, etag, body: Box::pin(response.bytes_stream()), pace })
    }
}

impl Download {
    /// The next bytes; None at the end.
    ///
    /// # Errors
    /// [`DownloadError::CutOff`] and [`DownloadError::Stalled`]; what came before is right as far as it goes.
    pub async fn next(&mut self) -> Result<Option<Bytes>, DownloadError> {
        loop {
            match timeout_at(self.pace.ends, self.body.next()).await {
                Err(_) => self.pace.next()?,
                Ok(None) => return Ok(None),
                Ok(Some(Ok(bytes))) => {
                    self.pace.count(bytes.len());
                    return Ok(Some(bytes));
                }
                Ok(Some(Err(error))) => return Err(cut_off(error)),
            }
        }
    }
}

/// Whether enough came in the time that is running.
struct Pace {
    stall: Duration,
    least: u64,
    ends: Instant,
    bytes: u64,
}

impl Pace {
    fn new(stall: Duration, least: u64) -> Self {
        Self { stall, least, ends: Instant::now() + stall, bytes: 0 }
    }

    fn count(&mut self, bytes: usize) {
        self.bytes = self.bytes.saturating_add(bytes as u64);
        if self.bytes >= self.least {
            *self = Self::new(self.stall, self.least);
        }
    }

    fn next(&mut self) -> Result<(), DownloadError> {
        if self.bytes < self.least {
            return Err(DownloadError::Stalled);
        }
        *self = Self::new(self.stall, self.least);
        Ok(())
    }
}

/// First byte and length of the file of `bytes 10-99/100` and `bytes 10-99/*`.
fn content_range(text: &str) -> Option<(u64, Option<u64>)> {
    let (range, total) = text.strip_prefix("bytes ")?.split_once('/')?;
    Some((range.split_once('-')?.0.parse().ok()?, total.parse().ok()))
}

/// An administrator may write an address of version 6 with or without its brackets.
fn is_host(host: &str, trusted: &str) -> bool {
    let bare = |text: &str| text.trim_matches(['[', ']']).to_ascii_lowercase();
    bare(host) == bare(trusted)
}

fn literal(url: &Url) -> Option<IpAddr> {
    match url.host()? {
        url::Host::Ipv4(address) => Some(address.into()),
        url::Host::Ipv6(address) => Some(address.into()),
        url::Host::Domain(_) => None,
    }
}

const NOT_PUBLIC: &str = "its host is not a public one; an administrator can allow it";

/// A name that is to be found at public addresses only. What is found is what is connected to.
struct Public;

#[derive(Debug, Error)]
#[error("not a public address")]
struct NotPublic;

impl Resolve for Public {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let found: Vec<SocketAddr> = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            if found.is_empty() {
                return Err(io::Error::other("the name has no address").into());
            }
            if !found.iter().all(|address| is_public(address.ip())) {
                return Err(NotPublic.into());
            }
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}

fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    !(address.is_loopback()
        || address.is_private()
        || address.is_link_local()
        || address.is_multicast()
        || matches!((a, b, c), (0 | 240.., ..) | (100, 64..=127, _) | (192, 0, 0) | (198, 18 | 19, _)))
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    // What embeds an address of version 4 leads to it: mapped, compatible, 6to4, NAT64.
    let [a, b, c, d, e, f, high, low] = address.segments();
    let v4 = |high: u16, low: u16| Ipv4Addr::from((u32::from(high) << 16) | u32::from(low));
    match (a, b, c, d, e, f) {
        (0, 0, 0, 0, 0, 0 | 0xffff) | (0x64, 0xff9b, 0, 0, 0, 0) => return is_public_v4(v4(high, low)),
        (0x64, 0xff9b, 1, ..) => return false,
        (0x2002, ..) => return is_public_v4(v4(b, c)),
        _ => {}
    }
    !(address.is_unique_local() || address.is_unicast_link_local() || address.is_multicast() || a & 0xffc0 == 0xfec0)
}

fn cut_off(error: reqwest::Error) -> DownloadError {
    match PlatformError::from(error) {
        PlatformError::Unreachable { reason, .. } => DownloadError::CutOff(reason),
        other => DownloadError::CutOff(other.to_string()),
    }
}

fn not_begun(error: reqwest::Error) -> DownloadError {
    if chain(&error).any(|cause| cause.is::<NotPublic>()) {
        return DownloadError::Unsafe(NOT_PUBLIC);
    }
    match PlatformError::from(error) {
        PlatformError::Unreachable { reason, .. } => DownloadError::Unreachable(reason),
        other => DownloadError::Unreachable(other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r3_what_is_public() {
        for (address, public) in [
            ("93.184.216.34", true),
            ("127.0.0.1", false),
            ("10.1.2.3", false),
            ("172.16.0.1", false),
            ("172.32.0.1", true),
            ("192.168.1.1", false),
            ("169.254.169.254", false),
            ("100.64.0.1", false),
            ("100.128.0.1", true),
            ("0.0.0.0", false),
            ("224.0.0.1", false),
            ("255.255.255.255", false),
            ("::1", false),
            ("::", false),
            ("fe80::1", false),
            ("fd00::1", false),
            ("fec0::1", false),
            ("ff02::1", false),
            ("2606:2800:220:1::1", true),
            ("::ffff:127.0.0.1", false),
            ("::ffff:93.184.216.34", true),
            ("::7f00:1", false),
            ("2002:7f00:1::", false),
            ("64:ff9b::a9fe:a9fe", false),
            ("64:ff9b::5db8:d822", true),
        ] {
            assert_eq!(is_public(address.parse().unwrap()), public, "{address}");
        }
    }

    #[test]
    fn content_ranges() {
        assert_eq!(content_range("bytes 10-99/100"), Some((10, Some(100))));
        assert_eq!(content_range("bytes 10-99/*"), Some((10, None)));
        assert_eq!(content_range("bytes */100"), None);
        assert_eq!(content_range("items 1-2/3"), None);
    }

    /// Whatever is listened to nowhere: an answer other than a refusal of ours would have been asked for.
    async fn refusal(options: DownloadOptions, link: &str) -> DownloadError {
        Downloads::new(options).open(&link.into(), "https://call.example.com/", None).await.unwrap_err()
    }

    #[tokio::test]
    async fn r2_only_web_addresses_are_asked_for() {
        for link in ["file:///etc/passwd", "ftp://call.example.com/a.wav", "data:audio/wav;base64,UklGRg==", "javascript:1", "a.wav", ""] {
            assert!(matches!(refusal(DownloadOptions::default(), link).await, DownloadError::Unsafe(_)), "{link}");
        }
    }

    #[tokio::test]
    async fn r3_a_host_that_is_not_public_is_refused_by_address_and_by_name_unless_it_is_allowed() {
        let links =
            ["http://127.0.0.1:1/a", "http://localhost:1/a", "http://[::1]:1/a", "http://2130706433:1/a", "http://169.254.169.254/a"];
        for link in links {
            assert_eq!(refusal(DownloadOptions::default(), link).await, DownloadError::Unsafe(NOT_PUBLIC), "{link}");
        }
        for (host, link) in [("127.0.0.1", links[0]), ("LOCALHOST", links[1]), ("::1", links[2])] {
            let allowed = DownloadOptions { hosts: vec![host.to_owned()], ..DownloadOptions::default() };
            assert!(matches!(refusal(allowed, link).await, DownloadError::Unreachable(_)), "{link}");
        }
    }
}
