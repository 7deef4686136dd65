//! Downloads of recordings: without the token, only from permitted hosts, and with a limit on time.
//!
//! A link comes from the platform, but its redirects may lead anywhere. The platform's own host and the hosts that the administrator names
//! are trusted; from other hosts files are fetched without a proxy, and only at public addresses (R3).

mod hosts;

use std::{
    fmt,
    pin::Pin,
    sync::{Arc, OnceLock},
    time::Duration,
};

use bytes::Bytes;
use futures_util::{Stream, StreamExt};
use reqwest::{
    Response, StatusCode, Url,
    header::{ACCEPT_ENCODING, CONTENT_RANGE, ETAG, HeaderName, IF_RANGE, LOCATION, RANGE},
    redirect::Policy,
};
use ringside_domain::{Problem, ProblemCode};
use secrecy::{ExposeSecret, SecretString};
use thiserror::Error;
use tokio::time::{Instant, timeout, timeout_at};

use crate::{PlatformError, Proxy, error::chain, transport};
use hosts::{NOT_PUBLIC, NotPublic, Public, is_host, is_public, literal};

/// Most redirects of one link.
const REDIRECTS: usize = 5;

/// Limits of downloads; the defaults are for production.
#[derive(Clone, Debug)]
pub struct DownloadOptions {
    /// Names or addresses of hosts that are trusted like the platform's own.
    pub hosts: Vec<String>,
    /// The proxy to the trusted hosts.
    pub proxy: Proxy,
    /// Time to connect (A15).
    pub connect: Duration,
    /// Time until the headers arrive.
    pub answer: Duration,
    /// A download that receives fewer than `least` bytes in this time has stalled (R14).
    pub stall: Duration,
    /// Bytes.
    pub least: u64,
}

impl Default for DownloadOptions {
    fn default() -> Self {
        Self {
            hosts: Vec::new(),
            proxy: Proxy::default(),
            connect: Duration::from_secs(5),
            answer: Duration::from_secs(20),
            stall: Duration::from_secs(20),
            least: 4 << 10,
        }
    }
}

/// Why a download failed. No variant contains the link, since anyone who has the link can fetch the recording.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum DownloadError {
    /// The link or a redirect is not permitted (R2, R3).
    #[error("the link leads where nothing may be fetched: {0}")]
    Unsafe(&'static str),
    /// HTTP 401, 403 or 410: the usual answers for an expired signed link (R11).
    #[error("the link has died (HTTP {0})")]
    LinkDied(u16),
    /// HTTP 404: the file does not exist, or not yet (R9).
    #[error("nothing is there (HTTP 404)")]
    NotThere,
    /// Any other status.
    #[error("HTTP {0}")]
    Http(u16),
    /// The file is not the one of which a first part is at hand.
    #[error("the file changed while it was fetched")]
    Changed,
    /// The name or the route is unknown, the connection or the certificate was refused, or no answer came in time.
    #[error("{0}")]
    Unreachable(String),
    /// The connection broke before the end (R6).
    #[error("cut off: {0}")]
    CutOff(String),
    /// The download was too slow (R14).
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

/// Fetches files by links. Cheap to clone.
#[derive(Clone)]
pub struct Downloads(Arc<Inner>);

struct Inner {
    options: DownloadOptions,
    /// Uses the proxy, if there is one. Each client is created when needed, since it reads the system's root certificates.
    trusted: OnceLock<reqwest::Client>,
    /// Without a proxy: a proxy on another host would connect to itself (A14).
    loopback: OnceLock<reqwest::Client>,
    /// Without a proxy: a proxy would resolve names itself, so that addresses could not be checked.
    strangers: OnceLock<reqwest::Client>,
}

impl fmt::Debug for Downloads {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Downloads").field(&self.0.options).finish()
    }
}

/// A download that has begun.
pub struct Download {
    /// Offset of the first byte in the file: 0, or the length of the part at hand.
    pub begins_at: u64,
    /// Length of the whole file in bytes, if the server names it.
    pub total: Option<u64>,
    /// A strong ETag, by which a later part is recognised as part of the same file.
    pub etag: Option<String>,
    body: Pin<Box<dyn Stream<Item = reqwest::Result<Bytes>> + Send>>,
    pace: Pace,
}

impl fmt::Debug for Download {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Download").field("begins_at", &self.begins_at).field("total", &self.total).finish_non_exhaustive()
    }
}

/// The first part of a file, at hand from an earlier download.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// Its length in bytes.
    pub bytes: u64,
    /// The ETag of the file.
    pub etag: String,
    /// Length of the whole file in bytes, if it is known.
    pub total: Option<u64>,
}

impl Downloads {
    /// Opens no connection yet.
    pub fn new(options: DownloadOptions) -> Self {
        Self(Arc::new(Inner { options, trusted: OnceLock::new(), loopback: OnceLock::new(), strangers: OnceLock::new() }))
    }

    /// Requests the file, from the end of `part` on if the file is still the same. `platform` is the URL of the platform.
    ///
    /// # Errors
    /// Among others [`DownloadError::Unsafe`] if the link or a redirect is not permitted.
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
            (true, false) => self.client(&self.0.trusted, |builder| self.0.options.proxy.of(builder)),
            (true, true) => self.client(&self.0.loopback, |builder| Ok(builder.no_proxy())),
            (false, _) => self.client(&self.0.strangers, |builder| Ok(builder.no_proxy().dns_resolver(Arc::new(Public)))),
        }?;
        // ETag and length belong to the file as stored, so it must not be compressed on the way.
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
        with: impl FnOnce(reqwest::ClientBuilder) -> reqwest::Result<reqwest::ClientBuilder>,
    ) -> Result<&'a reqwest::Client, DownloadError> {
        if let Some(client) = slot.get() {
            return Ok(client);
        }
        let builder = reqwest::Client::builder()
            .connect_timeout(self.0.options.connect)
            .pool_idle_timeout(Duration::from_secs(15))
            .redirect(Policy::none())
            .user_agent(concat!("ringside/", env!("CARGO_PKG_VERSION")));
        let client = with(builder).and_then(reqwest::ClientBuilder::build).map_err(not_begun)?;
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
            (407, _) => return Err(DownloadError::Unreachable(PlatformError::ProxyRefused.to_string())),
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
    /// [`DownloadError::CutOff`] or [`DownloadError::Stalled`]; the bytes received before are valid.
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

/// Measures whether enough bytes arrive in each period.
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

/// First byte and file length from `bytes 10-99/100` or `bytes 10-99/*`.
fn content_range(text: &str) -> Option<(u64, Option<u64>)> {
    let (range, total) = text.strip_prefix("bytes ")?.split_once('/')?;
    Some((range.split_once('-')?.0.parse().ok()?, total.parse().ok()))
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
mod tests;
