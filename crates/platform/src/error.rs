//! What can go wrong between here and the platform, by what the caller does about it.

use std::{error::Error, time::Duration};

use ringside_domain::{Problem, ProblemCode};
use ringside_wire::Code;
use thiserror::Error;

use crate::Service;

/// Whether trying again can help.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Retry {
    /// It would fail in the same way.
    Never,
    /// With a new token (`ret` 600, code 1010).
    AfterLogin,
    /// After a pause; the platform's own where it named one.
    AfterPause(Duration),
}

impl Retry {
    /// The pause where nobody named another.
    pub const PAUSE: Duration = Duration::from_secs(2);
}

/// How far a request came that got no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lost {
    /// No connection: the platform has not seen it.
    BeforeSent,
    /// The connection broke while it was sent or answered, as one does that was kept open too long (A7).
    CutOff,
    /// No answer in time.
    TimedOut,
}

/// A service that was not done, or whose fate is not known. No variant holds a token or key (A16).
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum PlatformError {
    /// The account's address is no URL of the web.
    #[error("not an http(s) address: {0}")]
    BadUrl(String),
    /// Every service but Login needs a token.
    #[error("nobody is signed in")]
    NotSignedIn,
    /// No name, no route, refused, cut off, or no answer in time.
    #[error("no answer: {reason}")]
    Unreachable {
        /// The system's words.
        reason: String,
        /// How far the request came.
        lost: Lost,
    },
    /// The certificate was not accepted (A13); there is no switch to go on without one.
    #[error("the certificate was not accepted: {0}")]
    Tls(String),
    /// A body that is no envelope (A8).
    #[error("not the platform's answer (HTTP {status}): {first_bytes}")]
    NotThePlatform {
        /// HTTP's.
        status: u16,
        /// Of the body, so that a person sees who answers instead.
        first_bytes: String,
    },
    /// A redirect is not followed, so that the token goes nowhere else (A12).
    #[error("the address redirects to {0}")]
    Redirected(String),
    /// HTTP 429 or 5xx (A10).
    #[error("HTTP {status}")]
    Http {
        /// HTTP's.
        status: u16,
        /// From `Retry-After`, where it was sent.
        retry_after: Option<Duration>,
    },
    /// An answer of more bytes than are read (A11).
    #[error("the answer is larger than {0} bytes")]
    TooLarge(usize),
    /// `ret` other than 200: the call never reached its service (N2).
    #[error("ret {code}: {message}")]
    Refused {
        /// The `ret`.
        code: Code,
        /// The platform's words.
        message: String,
    },
    /// `data.status` other than 0: the service failed (N2).
    #[error("code {code}: {message}")]
    Failed {
        /// `data.errors.code`.
        code: Code,
        /// The platform's words, often Chinese.
        message: String,
    },
    /// The login was refused: `data.status` 1 on Login.
    #[error("login refused: {0}")]
    LoginRefused(String),
    /// Somebody else's logins keep ending our tokens (N8).
    #[error("the token is taken elsewhere")]
    TokenTaken {
        /// How long no login should be tried.
        pause: Duration,
    },
    /// The envelope was fine, but what it holds is not what the documentation says.
    #[error("the answer lacks {0}")]
    Incomplete(&'static str),
    /// The link to a recording is no address of the web (R2).
    #[error("the link is not a web address")]
    UnsafeLink,
    /// Nobody knows whether it was carried out, and doing it twice would do harm (A6): it is not sent again by itself.
    #[error("not known whether {} was carried out: {cause}", service.name())]
    FateUnknown {
        /// What was asked for.
        service: Service,
        /// The parameters that were sent, without the token, to be shown to a person.
        sent: Vec<(String, String)>,
        /// Why it is not known.
        cause: Box<PlatformError>,
    },
}

impl PlatformError {
    /// Whether the same request may succeed later.
    pub fn retry(&self) -> Retry {
        match self {
            Self::Refused { code, .. } | Self::Failed { code, .. } => retry_with(*code),
            Self::Http { retry_after: Some(pause), .. } | Self::TokenTaken { pause } => Retry::AfterPause(*pause),
            Self::Unreachable { .. } | Self::Http { .. } => Retry::AfterPause(Retry::PAUSE),
            // A captive portal lets go, sooner or later (A8): it redirects, shows a certificate or a page of its own.
            Self::Redirected(_) | Self::Tls(_) | Self::NotThePlatform { .. } | Self::TooLarge(_) | Self::Incomplete(_) => {
                Retry::AfterPause(Retry::PAUSE)
            }
            _ => Retry::Never,
        }
    }

    /// The request may have been carried out although it is not known to be (A6, N16).
    pub fn fate_unknown(&self) -> bool {
        match self {
            Self::Unreachable { lost, .. } => *lost != Lost::BeforeSent,
            Self::Http { status, .. } => *status != 429,
            Self::Refused { code, .. } => *code == Code::ServerError,
            Self::NotThePlatform { .. } | Self::Redirected(_) | Self::TooLarge(_) | Self::Incomplete(_) | Self::FateUnknown { .. } => true,
            _ => false,
        }
    }

    fn problem(&self) -> ProblemCode {
        match self {
            Self::BadUrl(_) => ProblemCode::BadUrl,
            Self::NotSignedIn => ProblemCode::AccesskeyMissing,
            Self::Unreachable { .. } => ProblemCode::Unreachable,
            Self::Tls(_) => ProblemCode::Tls,
            Self::NotThePlatform { .. } | Self::Redirected(_) | Self::TooLarge(_) | Self::Incomplete(_) => ProblemCode::NotThePlatform,
            Self::Http { .. } => ProblemCode::ServerError,
            Self::Refused { code, .. } | Self::Failed { code, .. } => code.problem(),
            Self::LoginRefused(_) => ProblemCode::WrongAccesskey,
            Self::TokenTaken { .. } => ProblemCode::TokenTaken,
            Self::UnsafeLink => ProblemCode::LinkUnsafe,
            Self::FateUnknown { .. } => ProblemCode::FateUnknown,
        }
    }
}

impl From<&PlatformError> for Problem {
    fn from(error: &PlatformError) -> Self {
        let number = match error {
            PlatformError::Refused { code, .. } | PlatformError::Failed { code, .. } => Some(code.number()),
            _ => None,
        };
        let retry_after = match error {
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
    /// The URL is left out: it is the person's own, and a link's would be a secret.
    fn from(error: reqwest::Error) -> Self {
        let error = error.without_url();
        let texts: Vec<String> = chain(&error).map(ToString::to_string).collect();
        // An encrypted connection that breaks later is cut off as any other.
        if let Some(text) = texts.iter().find(|text| error.is_connect() && is_of_tls(text)) {
            // OpenSSL says in brackets what a person can act on, after much that nobody can.
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

/// Whether a request that was answered with this code may succeed when it is sent again.
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

/// What went wrong, and what was behind it.
pub(crate) fn chain(error: &reqwest::Error) -> impl Iterator<Item = &(dyn Error + 'static)> {
    std::iter::successors(Some(error as &(dyn Error + 'static)), |error| (*error).source())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_three_kinds_of_failure_are_worth_another_try() {
        let again: Vec<u32> = Code::all().filter(|code| retry_with(*code) != Retry::Never).map(Code::number).collect();
        assert_eq!(again, [500, 600, 1001, 1010]);
    }

    #[test]
    fn n7_a_code_outside_the_tables_is_final() {
        for number in [0, 777, 1042, 10015, 10020, u32::MAX] {
            assert_eq!(retry_with(Code::from_number(number)), Retry::Never);
        }
    }
}
