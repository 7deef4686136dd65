//! The errors of requests to the platform, grouped by how the caller handles them.

use std::{error::Error, time::Duration};

use ringside_domain::{Problem, ProblemCode};
use ringside_wire::Code;
use thiserror::Error;

use crate::Service;

/// Whether a repetition can help.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Retry {
    /// It would fail again.
    Never,
    /// After a login (`ret` 600, code 1010).
    AfterLogin,
    /// After this pause; the platform may have named it.
    AfterPause(Duration),
}

impl Retry {
    /// The pause if the platform names none.
    pub const PAUSE: Duration = Duration::from_secs(2);
}

/// How far a request without an answer came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lost {
    /// No connection was made: the platform has not received the request.
    BeforeSent,
    /// The connection broke during the request or the answer, for example because it had been idle too long (A7).
    CutOff,
    /// No answer came in time.
    TimedOut,
}

/// A request failed, or its outcome is unknown. No variant contains a token or a key (A16).
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum PlatformError {
    /// The account's address is not an http or https URL.
    #[error("not an http(s) address: {0}")]
    BadUrl(String),
    /// Every service except Login needs a token.
    #[error("nobody is signed in")]
    NotSignedIn,
    /// The name or the route is unknown, the connection was refused or cut off, or no answer came in time.
    #[error("no answer: {reason}")]
    Unreachable {
        /// The system's error text.
        reason: String,
        /// How far the request came.
        lost: Lost,
    },
    /// The certificate was not accepted (A13); no setting can ignore that.
    #[error("the certificate was not accepted: {0}")]
    Tls(String),
    /// The proxy wants a sign-in (HTTP 407): the platform has not received the request.
    #[error("the proxy asks for a sign-in (HTTP 407)")]
    ProxyRefused,
    /// The body is not an envelope (A8).
    #[error("not the platform's answer (HTTP {status}): {first_bytes}")]
    NotThePlatform {
        /// The HTTP status.
        status: u16,
        /// The first bytes of the body, so that a person can see which server answered.
        first_bytes: String,
    },
    /// A redirect is not followed, so that the token is sent to no other host (A12).
    #[error("the address redirects to {0}")]
    Redirected(String),
    /// HTTP 429 or 5xx (A10).
    #[error("HTTP {status}")]
    Http {
        /// The HTTP status.
        status: u16,
        /// From the `Retry-After` header, if it was sent.
        retry_after: Option<Duration>,
    },
    /// The answer has more bytes than the limit (A11).
    #[error("the answer is larger than {0} bytes")]
    TooLarge(usize),
    /// `ret` is not 200: the platform refused the request before it reached the service (N2).
    #[error("ret {code}: {message}")]
    Refused {
        /// The `ret`.
        code: Code,
        /// The platform's message.
        message: String,
    },
    /// `data.status` is not 0: the service failed (N2).
    #[error("code {code}: {message}")]
    Failed {
        /// `data.errors.code`.
        code: Code,
        /// The platform's message, often in Chinese.
        message: String,
    },
    /// The login was refused: `data.status` 1 on Login.
    #[error("login refused: {0}")]
    LoginRefused(String),
    /// Logins by others end our tokens again and again (N8).
    #[error("the token is taken elsewhere")]
    TokenTaken {
        /// How long no login should be tried.
        pause: Duration,
    },
    /// The envelope is valid, but its contents are not as documented.
    #[error("the answer lacks {0}")]
    Incomplete(&'static str),
    /// The link to a recording is not a web address (R2).
    #[error("the link is not a web address")]
    UnsafeLink,
    /// The login that the request needed has an unknown outcome; the request itself was not sent.
    #[error("not sent, since the login failed: {0}")]
    NoToken(Box<PlatformError>),
    /// The platform may have carried out the request, and a repetition could do harm (A6): it is not repeated automatically.
    #[error("not known whether {} was carried out: {cause}", service.name())]
    FateUnknown {
        /// The service that was called.
        service: Service,
        /// The parameters that were sent, without the token, to be shown to a person.
        sent: Vec<(String, String)>,
        /// Why the outcome is unknown.
        cause: Box<PlatformError>,
    },
}

impl PlatformError {
    /// Whether the same request may succeed later.
    pub fn retry(&self) -> Retry {
        match self {
            Self::Refused { code, .. } | Self::Failed { code, .. } => retry_with(*code),
            Self::NoToken(cause) => cause.retry(),
            Self::Http { retry_after: Some(pause), .. } | Self::TokenTaken { pause } => Retry::AfterPause(*pause),
            Self::Unreachable { .. } | Self::Http { .. } | Self::ProxyRefused => Retry::AfterPause(Retry::PAUSE),
            // These can come from a captive portal, which ends sooner or later (A8): it redirects, shows a certificate or a page of its
            // own.
            Self::Redirected(_) | Self::Tls(_) | Self::NotThePlatform { .. } | Self::TooLarge(_) | Self::Incomplete(_) => {
                Retry::AfterPause(Retry::PAUSE)
            }
            _ => Retry::Never,
        }
    }

    /// Whether the platform may have carried out the request (A6, N16).
    pub fn fate_unknown(&self) -> bool {
        match self {
            Self::Unreachable { lost, .. } => *lost != Lost::BeforeSent,
            Self::Http { status, .. } => *status != 429,
            Self::Refused { code, .. } => *code == Code::ServerError,
            Self::NotThePlatform { .. } | Self::Redirected(_) | Self::TooLarge(_) | Self::Incomplete(_) | Self::FateUnknown { .. } => true,
            _ => false,
        }
    }

    /// The error of the login without which the request was not sent.
    pub(crate) fn of_login(&self) -> Option<&Self> {
        if let Self::NoToken(cause) = self { Some(cause) } else { None }
    }

    fn problem(&self) -> ProblemCode {
        match self {
            Self::BadUrl(_) => ProblemCode::BadUrl,
            Self::NotSignedIn => ProblemCode::AccesskeyMissing,
            Self::Unreachable { .. } => ProblemCode::Unreachable,
            Self::Tls(_) => ProblemCode::Tls,
            Self::ProxyRefused => ProblemCode::ProxyRefused,
            Self::NotThePlatform { .. } | Self::Redirected(_) | Self::TooLarge(_) | Self::Incomplete(_) => ProblemCode::NotThePlatform,
            Self::Http { .. } => ProblemCode::ServerError,
            Self::Refused { code, .. } | Self::Failed { code, .. } => code.problem(),
            Self::LoginRefused(_) => ProblemCode::WrongAccesskey,
            Self::TokenTaken { .. } => ProblemCode::TokenTaken,
            Self::UnsafeLink => ProblemCode::LinkUnsafe,
            Self::FateUnknown { .. } => ProblemCode::FateUnknown,
            Self::NoToken(cause) => cause.problem(),
        }
    }
}

impl From<&PlatformError> for Problem {
    fn from(error: &PlatformError) -> Self {
        let cause = error.of_login().unwrap_or(error);
        let number = match cause {
            PlatformError::Refused { code, .. } | PlatformError::Failed { code, .. } => Some(code.number()),
            _ => None,
        };
        let retry_after = match cause {
            PlatformError::Http { retry_after, .. } => *retry_after,
            PlatformError::TokenTaken { pause } => Some(*pause),
            _ => None,
        };
        Problem::new(error.problem(), error.to_string(), error.retry() != Retry::Never)
            .numbered(number)
            .after(retry_after)
            .known_not_done(!error.fate_unknown())
    }
}

impl From<reqwest::Error> for PlatformError {
    /// Leaves out the URL: a link to a recording is a secret.
    fn from(error: reqwest::Error) -> Self {
        let error = error.without_url();
        let texts: Vec<String> = chain(&error).map(ToString::to_string).collect();
        // The library has no other name for this error.
        if texts.iter().any(|text| text.contains("proxy authorization required")) {
            return Self::ProxyRefused;
        }
        // Only while connecting: a TLS connection that breaks later counts as cut off.
        if let Some(text) = texts.iter().find(|text| error.is_connect() && is_of_tls(text)) {
            // OpenSSL puts the useful reason in brackets, after details that help nobody.
            let reason = text.rsplit_once(" (").map_or(text.as_str(), |(_, reason)| reason.trim_end_matches(')'));
            return Self::Tls(reason.to_owned());
        }
        let reason = texts.last().cloned().unwrap_or_default();
        let reason = if error.is_timeout() { "timed out".to_owned() } else { reason };
        let lost = match () {
            () if error.is_connect() || error.is_builder() => Lost::BeforeSent,
            () if error.is_timeout() => Lost::TimedOut,
            () => Lost::CutOff,
        };
        Self::Unreachable { reason, lost }
    }
}

/// Whether a request that failed with this code may succeed when it is repeated.
fn retry_with(code: Code) -> Retry {
    match code {
        Code::TokenInvalid | Code::ExtensionChanged => Retry::AfterLogin,
        Code::ServerError | Code::ConnectionFailed => Retry::AfterPause(Retry::PAUSE),
        _ => Retry::Never,
    }
}

fn is_of_tls(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    ["certificate", "ssl", "tls handshake"].iter().any(|word| text.contains(word))
}

/// The error and its causes.
pub(crate) fn chain(error: &reqwest::Error) -> impl Iterator<Item = &(dyn Error + 'static)> {
    std::iter::successors(Some(error as &(dyn Error + 'static)), |error| (*error).source())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_four_codes_can_be_retried() {
        let again: Vec<u32> = Code::all().filter(|code| retry_with(*code) != Retry::Never).map(Code::number).collect();
        assert_eq!(again, [500, 600, 1001, 1010]);
    }

    #[test]
    fn n7_a_code_that_no_table_contains_is_final() {
        for number in [0, 777, 1042, 10015, 10020, u32::MAX] {
            assert_eq!(retry_with(Code::from_number(number)), Retry::Never);
        }
    }
}
