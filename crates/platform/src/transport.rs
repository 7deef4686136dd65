//! The transport to the platform: one endpoint (N1), one request at a time, with limits on time and size.

use std::{
    sync::{
        Mutex, OnceLock, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use futures_util::StreamExt;
use jiff::fmt::rfc2822;
use reqwest::{Url, header::HeaderMap, multipart::Form, redirect::Policy};
use ringside_domain::{ClockReading, Timestamp};

use crate::{
    Capture, ClientOptions, PlatformError, Service, WallClock, Way,
    envelope::{self, Answer},
};

/// A longer `Retry-After` is shortened to this.
const LONGEST_PAUSE: Duration = Duration::from_secs(3600);

/// Names and values of a form.
pub(crate) type Fields<'a> = [(&'a str, &'a str)];

pub(crate) struct Transport {
    /// Uses the proxy, if there is one. Created when needed, since each client reads the system's root certificates.
    http: OnceLock<reqwest::Client>,
    /// Without a proxy, for loopback addresses: a proxy on another host would connect to itself (A14).
    direct: OnceLock<reqwest::Client>,
    options: ClientOptions,
    clock: WallClock,
    clock_reading: Mutex<Option<ClockReading>>,
    /// False after a request was sent a second time, until the next answer.
    may_repeat: AtomicBool,
    pub capture: Capture,
}

impl Transport {
    pub fn new(options: &ClientOptions, clock: WallClock) -> Self {
        let (http, direct) = (OnceLock::new(), OnceLock::new());
        let (clock_reading, capture) = (Mutex::default(), Capture::default());
        Self { http, direct, options: options.clone(), clock, clock_reading, may_repeat: AtomicBool::new(true), capture }
    }

    /// Sends one request and reads its answer.
    pub async fn post(&self, url: &str, service: Service, fields: &Fields<'_>) -> Result<Answer, PlatformError> {
        self.post_raw(url, service, fields).await.0
    }

    /// Sends one request; also returns the body of the answer, if one came.
    pub async fn post_raw(&self, url: &str, service: Service, fields: &Fields<'_>) -> (Result<Answer, PlatformError>, Option<Vec<u8>>) {
        let url = match endpoint(url) {
            Ok(url) => url,
            Err(error) => return (Err(error), None),
        };
        let asked_at = (self.clock)();
        let raw = self.exchange(url, service, fields).await;
        let answered_at = (self.clock)();
        if raw.is_ok() {
            self.may_repeat.store(true, Ordering::Relaxed);
        }
        let captured = raw.as_ref().map(|raw| (raw.status, raw.body.as_slice()));
        self.capture.keep(service, fields, asked_at..answered_at, captured);
        let (answer, body) = match raw {
            Ok(raw) => (raw.open(), Some(raw.body)),
            Err(error) => (Err(error), None),
        };
        if let Ok(Answer { answered_at: Some(seconds), .. }) = answer {
            let stamped_at = Timestamp(seconds * 1000);
            *self.clock_reading.lock().unwrap_or_else(PoisonError::into_inner) = Some(ClockReading { asked_at, stamped_at, answered_at });
        }
        tracing::debug!(service = service.name(), ok = answer.is_ok(), "asked the platform");
        (answer, body)
    }

    /// Whether a lost request may be sent a second time. True once, until the next answer.
    pub fn may_repeat(&self) -> bool {
        self.may_repeat.swap(false, Ordering::Relaxed)
    }

    pub fn clock_reading(&self) -> Option<ClockReading> {
        *self.clock_reading.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn exchange(&self, url: Url, service: Service, fields: &Fields<'_>) -> Result<Raw, PlatformError> {
        let form = fields
            .iter()
            .fold(Form::new().text("service", service.name()), |form, (name, text)| form.text((*name).to_owned(), (*text).to_owned()));
        let sent = self.http(&url)?.post(url.clone()).multipart(form).send().await;
        let response = sent.map_err(|error| self.with_proxy(error.into(), &url))?;
        let status = response.status();
        if status.is_redirection() {
            let to = response.headers().get("location").and_then(|to| to.to_str().ok()).unwrap_or_default();
            let host = Url::parse(to).ok().and_then(|to| to.host_str().map(str::to_owned));
            return Err(PlatformError::Redirected(host.unwrap_or_else(|| "elsewhere".to_owned())));
        }
        let retry_after = retry_after(response.headers(), (self.clock)());
        let body = self.read(response).await?;
        Ok(Raw { status: status.as_u16(), retry_after, body })
    }

    /// Names the proxy in the error, since it may be the proxy that does not answer.
    fn with_proxy(&self, error: PlatformError, url: &Url) -> PlatformError {
        match (error, self.options.proxy.way(url)) {
            (PlatformError::Unreachable { reason, lost }, Way::Through(hop)) => {
                PlatformError::Unreachable { reason: format!("{reason}; by the proxy {hop}"), lost }
            }
            (error, _) => error,
        }
    }

    fn http(&self, url: &Url) -> Result<&reqwest::Client, PlatformError> {
        let is_direct = is_loopback(url);
        let slot = if is_direct { &self.direct } else { &self.http };
        if let Some(client) = slot.get() {
            return Ok(client);
        }
        let builder = builder(&self.options);
        let client = if is_direct { builder.no_proxy() } else { self.options.proxy.of(builder)? }.build()?;
        Ok(slot.get_or_init(|| client))
    }

    /// Reads the body, up to the limit (A11).
    async fn read(&self, response: reqwest::Response) -> Result<Vec<u8>, PlatformError> {
        let mut body = Vec::new();
        let mut stream = response.bytes_stream();
        while let Some(chunk) = stream.next().await {
            let chunk = chunk?;
            if body.len() + chunk.len() > self.options.largest {
                return Err(PlatformError::TooLarge(self.options.largest));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body)
    }
}

fn builder(options: &ClientOptions) -> reqwest::ClientBuilder {
    reqwest::Client::builder()
        .connect_timeout(options.connect)
        .timeout(options.total)
        // Shorter than the idle limit of any sensible server, so that no pooled connection is already closed (A7).
        .pool_idle_timeout(Duration::from_secs(15))
        .redirect(Policy::none())
        .user_agent(concat!("ringside/", env!("CARGO_PKG_VERSION")))
}

struct Raw {
    status: u16,
    retry_after: Option<Duration>,
    body: Vec<u8>,
}

impl Raw {
    fn open(&self) -> Result<Answer, PlatformError> {
        envelope::open(self.status, &self.body).map_err(|error| match error {
            PlatformError::Http { status, .. } => PlatformError::Http { status, retry_after: self.retry_after },
            other => other,
        })
    }
}

fn endpoint(url: &str) -> Result<Url, PlatformError> {
    let bad = || PlatformError::BadUrl(url.chars().take(120).collect());
    let url = Url::parse(url.trim()).map_err(|_| bad())?;
    if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() {
        return Err(bad());
    }
    Ok(url)
}

pub(crate) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        Some(url::Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        None => false,
    }
}

/// The header in seconds or as a date. A date counts from the answer's `Date`, or from this computer's clock without one.
fn retry_after(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    let text = headers.get("retry-after")?.to_str().ok()?.trim();
    let pause = match text.parse() {
        Ok(seconds) => Duration::from_secs(seconds),
        Err(_) => {
            let date = |text: &str| rfc2822::parse(text).ok().map(|date| Timestamp(date.timestamp().as_millisecond()));
            let answered_at = headers.get("date").and_then(|text| date(text.to_str().ok()?)).unwrap_or(now);
            date(text)?.since(answered_at)
        }
    };
    Some(pause.min(LONGEST_PAUSE))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fs7_retry_after_is_read_in_seconds_and_as_a_date() {
        let now = Timestamp(1_700_000_000_000);
        let read = |retry_after: &str, date: Option<&str>| {
            let mut headers = HeaderMap::new();
            headers.insert("retry-after", retry_after.parse().unwrap());
            if let Some(date) = date {
                headers.insert("date", date.parse().unwrap());
            }
            super::retry_after(&headers, now).map(|pause| pause.as_secs())
        };
        assert_eq!((read("60", None), read(" 120 ", None), read("99999999", None)), (Some(60), Some(120), Some(3600)));
        let at = "Wed, 21 Oct 2015 07:28:00 GMT";
        assert_eq!(read(at, Some("Wed, 21 Oct 2015 07:26:30 GMT")), Some(90), "by the platform's clock");
        assert_eq!(read("Tue, 14 Nov 2023 22:14:20 GMT", None), Some(60), "by this computer's clock");
        assert_eq!(read(at, Some("Wed, 21 Oct 2015 08:00:00 GMT")), Some(0), "in the past");
        assert_eq!((read("soon", None), read("-1", None), read("", None)), (None, None, None));
    }

    #[test]
    fn a14_loopback_addresses_are_recognised() {
        for (url, loopback) in [
            ("http://127.0.0.1:8080/", true),
            ("http://127.9.9.9/", true),
            ("http://[::1]:1/", true),
            ("http://localhost/", true),
            ("http://call.example.com/", false),
            ("http://10.0.0.1/", false),
            ("http://localhost.example.com/", false),
        ] {
            assert_eq!(is_loopback(&endpoint(url).unwrap()), loopback, "{url}");
        }
    }
}
