//! Raw capture: the last exchanges with the platform, to find out what it really sends. No secret is kept (A16).

mod mask;

use std::{
    collections::VecDeque,
    fmt::{self, Write},
    ops::Range,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use ringside_domain::Timestamp;
use tracing::Level;

pub(crate) use mask::{MASK, is_secret, mask};

use crate::{PlatformError, Service, transport::Fields};

/// Limits: the number of exchanges, and the bytes of all of them.
const MOST: usize = 200;
const MOST_BYTES: usize = 1 << 20;
/// Bytes of one text; the rest of a longer text is cut off.
const LONGEST_BODY: usize = 64 << 10;
const LONGEST_PARAMETER: usize = 4 << 10;

/// A ring buffer of exchanges: at most 200, at most 1 MiB. It records while it is switched on. It is on from the start if this crate's log
/// level is trace when the buffer is created.
///
/// Tokens, accesskeys, passwords and links to recordings are masked before an exchange is kept. Customers' numbers and names are not
/// masked; a person who saves a capture must know that.
pub struct Capture {
    on: AtomicBool,
    kept: Mutex<Exchanges>,
}

#[derive(Default)]
struct Exchanges {
    exchanges: VecDeque<Exchange>,
    bytes: usize,
}

/// A request and its outcome.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exchange {
    /// The time of the request, by this computer's clock.
    pub at: Timestamp,
    /// Until the answer was read, or the request failed.
    pub took: Duration,
    /// The service.
    pub service: Service,
    /// The form's other fields, masked.
    pub parameters: Vec<(String, String)>,
    /// The answer or the failure.
    pub outcome: Captured,
}

/// The outcome of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Captured {
    /// Any answer, errors included.
    Answer {
        /// The HTTP status.
        status: u16,
        /// As sent, but masked; bytes that are not UTF-8 are replaced.
        body: String,
    },
    /// No answer could be read; the reason.
    Failure(String),
}

impl fmt::Debug for Capture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Capture").field("on", &self.is_on()).finish_non_exhaustive()
    }
}

impl Default for Capture {
    fn default() -> Self {
        let on = AtomicBool::new(tracing::enabled!(target: "ringside_platform", Level::TRACE));
        Self { on, kept: Mutex::default() }
    }
}

impl Capture {
    /// Switches the capture on or off; the exchanges are kept.
    pub fn switch(&self, on: bool) {
        self.on.store(on, Ordering::Relaxed);
    }

    /// Whether exchanges are being kept.
    pub fn is_on(&self) -> bool {
        self.on.load(Ordering::Relaxed)
    }

    /// The captured exchanges, the oldest first.
    pub fn exchanges(&self) -> Vec<Exchange> {
        self.kept().exchanges.iter().cloned().collect()
    }

    /// Deletes the captured exchanges.
    pub fn clear(&self) {
        *self.kept() = Exchanges::default();
    }

    /// The captured exchanges as a text to be saved; times in UTC.
    pub fn to_text(&self) -> String {
        let mut text = String::new();
        for exchange in &self.kept().exchanges {
            // Writing into a String does not fail.
            let _ = write!(text, "{exchange}");
        }
        text
    }

    pub(crate) fn keep(
        &self,
        service: Service,
        fields: &Fields<'_>,
        time: Range<Timestamp>,
        outcome: Result<(u16, &[u8]), &PlatformError>,
    ) {
        if !self.is_on() {
            return;
        }
        let secrets: Vec<&str> = fields.iter().filter(|(name, _)| mask::is_secret(name)).map(|(_, text)| *text).collect();
        let parameter = |(name, text): &(&str, &str)| {
            let text = if mask::is_secret(name) { mask::MASK.to_owned() } else { cut(mask::mask(text, &secrets), LONGEST_PARAMETER) };
            ((*name).to_owned(), text)
        };
        let outcome = match outcome {
            Ok((status, body)) => {
                Captured::Answer { status, body: cut(mask::mask(&String::from_utf8_lossy(body), &secrets), LONGEST_BODY) }
            }
            Err(error) => Captured::Failure(mask::mask(&error.to_string(), &secrets)),
        };
        let exchange = Exchange {
            at: time.start,
            took: time.end.since(time.start),
            service,
            parameters: fields.iter().map(parameter).collect(),
            outcome,
        };
        self.kept().push(exchange);
    }

    fn kept(&self) -> MutexGuard<'_, Exchanges> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Exchanges {
    fn push(&mut self, exchange: Exchange) {
        self.bytes += exchange.bytes();
        self.exchanges.push_back(exchange);
        while self.exchanges.len() > MOST || self.bytes > MOST_BYTES {
            let Some(oldest) = self.exchanges.pop_front() else { return };
            self.bytes -= oldest.bytes();
        }
    }
}

impl Exchange {
    fn bytes(&self) -> usize {
        let outcome = match &self.outcome {
            Captured::Answer { body, .. } => body.len(),
            Captured::Failure(reason) => reason.len(),
        };
        self.parameters.iter().map(|(name, text)| name.len() + text.len()).sum::<usize>() + outcome
    }
}

impl fmt::Display for Exchange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at = jiff::Timestamp::from_millisecond(self.at.0).unwrap_or_default();
        writeln!(f, "{at:.3} {} ({} ms)", self.service.name(), self.took.as_millis())?;
        for (name, text) in &self.parameters {
            writeln!(f, "  {name}={text}")?;
        }
        match &self.outcome {
            Captured::Answer { status, body } => writeln!(f, "HTTP {status}\n{body}\n"),
            Captured::Failure(reason) => writeln!(f, "no answer: {reason}\n"),
        }
    }
}

pub(crate) fn cut(mut text: String, longest: usize) -> String {
    if text.len() > longest {
        let end = (0..=longest).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
        let left_out = text.len() - end;
        text.truncate(end);
        // Writing into a String does not fail.
        let _ = write!(text, "… ({left_out} bytes more)");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const AT: Timestamp = Timestamp(1_612_836_003_000);

    fn keep(capture: &Capture, body: &str) {
        let fields = [("token", "t0ken-of-ours"), ("filename", "a.wav")];
        capture.keep(Service::GetRecodeFile, &fields, AT..Timestamp(AT.0 + 12), Ok((200, body.as_bytes())));
    }

    #[test]
    fn exchanges_are_captured_only_while_the_capture_is_on() {
        let capture = Capture::default();
        keep(&capture, "{}");
        assert_eq!(capture.exchanges(), []);
        capture.switch(true);
        keep(&capture, "{}");
        capture.switch(false);
        keep(&capture, "{}");
        assert_eq!(
            capture.to_text(),
            "2021-02-09T02:00:03.000Z App.Sip_Cdr.GetRecodeFile (12 ms)\n  token=***\n  filename=a.wav\nHTTP 200\n{}\n\n"
        );
        capture.clear();
        assert_eq!(capture.to_text(), "");
    }

    #[test]
    fn a_capture_that_the_log_level_trace_started_can_be_switched_off() {
        let log = tracing_subscriber::fmt().with_max_level(Level::TRACE).with_writer(std::io::sink).finish();
        tracing::subscriber::with_default(log, || {
            let capture = Capture::default();
            assert!(capture.is_on());
            capture.switch(false);
            keep(&capture, "{}");
            assert_eq!((capture.is_on(), capture.exchanges()), (false, Vec::new()));
        });
    }

    #[test]
    fn a_capture_is_limited_in_number_and_in_bytes() {
        let capture = Capture::default();
        capture.switch(true);
        for _ in 0..MOST + 50 {
            keep(&capture, "{}");
        }
        assert_eq!(capture.exchanges().len(), MOST);
        for _ in 0..50 {
            keep(&capture, &"号".repeat(1 << 20));
        }
        let exchanges = capture.exchanges();
        let bytes: usize = exchanges.iter().map(Exchange::bytes).sum();
        assert!(bytes <= MOST_BYTES && bytes > MOST_BYTES / 2, "{bytes}");
        assert_eq!(capture.kept().bytes, bytes);
        assert!(exchanges.iter().all(|exchange| exchange.bytes() < LONGEST_BODY + 100));
    }

    #[test]
    fn a16_secrets_are_masked_in_the_request_and_in_an_answer_that_repeats_them() {
        let capture = Capture::default();
        capture.switch(true);
        keep(&capture, "<p>token t0ken-of-ours is unknown</p>");
        let fields = [("appid", "demo"), ("accesskey", "k3y-of-ours")];
        let body = br#"{"ret":200,"data":{"result":{"token":"fr3sh-token","companyname":"k3y-of-ours"}}}"#;
        capture.keep(Service::Login, &fields, AT..AT, Ok((200, body)));
        let error = PlatformError::LoginRefused("accesskey k3y-of-ours is wrong".into());
        capture.keep(Service::Login, &fields, AT..AT, Err(&error));
        let text = capture.to_text();
        for secret in ["t0ken", "k3y", "fr3sh"] {
            assert!(!text.contains(secret), "{text}");
        }
        assert!(text.contains("appid=demo") && text.contains("<p>token *** is unknown</p>"), "{text}");
    }
}
