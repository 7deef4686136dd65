//! What can go wrong between here and the platform, by what the caller does about it.

use std::{error::Error, time::Duration};

use ringside_domain::{Problem, ProblemCode};
use thiserror::Error;

use crate::Code;

/// Whether trying again can help.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Retry {
    Never,
    /// With a new token (`ret` 600, code 1010).
    AfterLogin,
    /// After a pause; the platform's own where it named one.
    AfterPause(Duration),
}

/// A service that was not done, or whose fate is not known. No variant holds a token or key (A16).
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum PlatformError {
    #[error("not an http(s) address: {0}")]
    BadUrl(String),
    #[error("nobody is signed in")]
    NotSignedIn,
    /// No name, no route, refused, cut off, or no answer in time. `sent`: the request may have arrived.
    #[error("no answer: {reason}")]
    Unreachable { reason: String, sent: bool },
    #[error("the certificate was not accepted: {0}")]
    Tls(String),
    /// HTTP 200, or another status, with a body that is no envelope; its first bytes.
    #[error("not the platform's answer (HTTP {status}): {first_bytes}")]
    NotThePlatform { status: u16, first_bytes: String },
    /// A redirect is not followed, so that the token goes nowhere else (A12).
    #[error("the address redirects to {0}")]
    Redirected(String),
    /// HTTP 429 or 5xx.
    #[error("HTTP {status}")]
    Http { status: u16, retry_after: Option<Duration> },
    #[error("the answer is larger than {0} bytes")]
    TooLarge(usize),
    /// `ret` other than 200 (N2).
    #[error("ret {ret}: {message}")]
    Ret { ret: u32, message: String },
    /// `data.status` other than 0 (N2).
    #[error("code {}: {message}", code.0)]
    Failed { code: Code, message: String },
    /// The login was refused: `data.status` 1 on Login.
    #[error("login refused: {0}")]
    LoginRefused(String),
    /// Somebody else's logins keep ending our tokens (N8).
    #[error("the token is taken elsewhere")]
    TokenTaken { pause: Duration },
    /// The envelope was fine, but what it holds is not what the documentation says.
    #[error("the answer lacks {0}")]
    Incomplete(&'static str),
    #[error("the link is not a web address")]
    UnsafeLink,
}

const PAUSE: Duration = Duration::from_secs(2);

impl PlatformError {
    pub fn retry(&self) -> Retry {
        match self {
            Self::Ret { ret: 600, .. } | Self::Failed { code: Code(1010), .. } => Retry::AfterLogin,
            Self::Http { retry_after: Some(pause), .. } | Self::TokenTaken { pause } => Retry::AfterPause(*pause),
            Self::Unreachable { .. } | Self::Http { .. } | Self::Ret { ret: 500, .. } | Self::Failed { code: Code(1001), .. } => {
                Retry::AfterPause(PAUSE)
            }
            // A captive portal lets go, sooner or later (A8).
            Self::NotThePlatform { .. } | Self::TooLarge(_) | Self::Incomplete(_) => Retry::AfterPause(PAUSE),
            _ => Retry::Never,
        }
    }

    /// The request may have been carried out although it is not known to be (A6, N16).
    pub fn fate_unknown(&self) -> bool {
        matches!(
            self,
            Self::Unreachable { sent: true, .. }
                | Self::Http { .. }
                | Self::Ret { ret: 500, .. }
                | Self::NotThePlatform { .. }
                | Self::TooLarge(_)
                | Self::Incomplete(_)
        )
    }

    fn code(&self) -> ProblemCode {
        match self {
            Self::BadUrl(_) => ProblemCode::BadUrl,
            Self::NotSignedIn => ProblemCode::AccesskeyMissing,
            Self::Unreachable { .. } => ProblemCode::Unreachable,
            Self::Tls(_) => ProblemCode::Tls,
            Self::NotThePlatform { .. } | Self::Redirected(_) | Self::TooLarge(_) | Self::Incomplete(_) => ProblemCode::NotThePlatform,
            Self::Http { .. } => ProblemCode::ServerError,
            Self::Ret { ret, .. } => match ret {
                400 => ProblemCode::BadRequest,
                500 => ProblemCode::ServerError,
                600 => ProblemCode::TokenTaken,
                601 => ProblemCode::AppidUnknown,
                602 => ProblemCode::AppidExpired,
                603 => ProblemCode::ModuleNotLicensed,
                604 => ProblemCode::IpNotAuthorized,
                _ => ProblemCode::Refused,
            },
            Self::Failed { code, .. } => code.problem(),
            Self::LoginRefused(_) => ProblemCode::WrongAccesskey,
            Self::TokenTaken { .. } => ProblemCode::TokenTaken,
            Self::UnsafeLink => ProblemCode::LinkUnsafe,
        }
    }
}

impl From<&PlatformError> for Problem {
    fn from(error: &PlatformError) -> Self {
        Problem::new(error.code(), error.to_string(), error.retry() != Retry::Never)
    }
}

impl From<reqwest::Error> for PlatformError {
    /// The URL is left out: it is the person's own, and a link's would be a secret.
    fn from(error: reqwest::Error) -> Self {
        let error = error.without_url();
        let texts: Vec<String> = chain(&error).map(ToString::to_string).collect();
        let all = texts.join(": ").to_ascii_lowercase();
        let reason = texts.last().cloned().unwrap_or_default();
        if ["certificate", "ssl", "tls handshake"].iter().any(|word| all.contains(word)) {
            return Self::Tls(reason);
        }
        let reason = if error.is_timeout() { "timed out".to_owned() } else { reason };
        Self::Unreachable { reason, sent: !error.is_connect() && !error.is_builder() }
    }
}

fn chain(error: &reqwest::Error) -> impl Iterator<Item = &(dyn Error + 'static)> {
    std::iter::successors(Some(error as &(dyn Error + 'static)), |error| (*error).source())
}
