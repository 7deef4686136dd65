//! Why a gateway does not do what a desk asked.

use std::time::Duration;

use ringside_domain::{Problem, ProblemCode};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    pub code: ErrorCode,
    /// The raw message of the platform or of the gateway; never a secret.
    #[serde(default)]
    pub detail: String,
    /// Trying again can help.
    #[serde(default)]
    pub retryable: bool,
    /// The platform's own code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after_ms: Option<u64>,
    /// The request was certainly not carried out.
    #[serde(default)]
    pub not_done: bool,
}

macro_rules! codes {
    (fleet { $($own:ident,)+ } platform { $($shared:ident,)+ }) => {
        /// The codes. Those of the platform have the domain's names and meanings.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "kebab-case")]
        pub enum ErrorCode {
            $($own,)+
            $($shared,)+
            /// A code of a newer gateway.
            #[serde(other)]
            Other,
        }

        impl ErrorCode {
            /// The domain's code; None: it is about the gateway or the desk, not about the platform.
            pub fn of_platform(self) -> Option<ProblemCode> {
                match self {
                    $(Self::$shared => Some(ProblemCode::$shared),)+
                    _ => None,
                }
            }
        }

        impl From<ProblemCode> for ErrorCode {
            /// A problem that a desk has no word for is a fault of the gateway.
            fn from(code: ProblemCode) -> Self {
                match code {
                    $(ProblemCode::$shared => Self::$shared,)+
                    _ => Self::GatewayFailed,
                }
            }
        }
    };
}

codes! {
    // NotUnderstood: the message cannot be read, or is of an unknown operation. NotAllowed: the role may not ask it. CodeUnknown: no such
    // enrolment code, or another machine has used it. CodeExpired: it is too old. KeyUnknown: no desk has this key here; the desk keeps
    // it. Revoked: the desk was revoked; its key is of no use any more. TooOften: above the desk's rate. TooLate: the desk has stopped
    // waiting. Busy: its turn at the platform did not come in time. TooLarge: the answer does not fit into a message. Again: another gateway
    // was faster; ask again. GatewayFailed: a fault of its own.
    fleet {
        NotUnderstood, NotAllowed, CodeUnknown, CodeExpired, KeyUnknown, Revoked, TooOften, TooLate, Busy, TooLarge, Again, GatewayFailed,
    }
    platform {
        Unreachable, Tls, NotThePlatform, BadRequest, ServerError, AppidUnknown, AppidExpired, ModuleNotLicensed,
        IpNotAuthorized, WrongAccesskey, AccesskeyMissing, TokenTaken, ExtensionUnknown, ExtensionDisabled, PhoneNotRegistered, QueueUnknown,
        AgentNumberMissing, SeatNotRecognised, Refused, NotConfirmed, FateUnknown, RecordingMissing, LinkUnsafe, NoCallbackAddress,
        CallbackNotArrived,
    }
}

impl Refusal {
    /// An earlier try of the same request may have been heard. A refusal that is not the outcome of this request says nothing about that try.
    pub fn of_a_later_try(self) -> Self {
        let is_outcome = self.code.of_platform().is_some() || matches!(self.code, ErrorCode::Busy | ErrorCode::TooLarge);
        Self { not_done: self.not_done && is_outcome, ..self }
    }

    pub fn new(code: ErrorCode, detail: impl Into<String>, retryable: bool) -> Self {
        Self { code, detail: detail.into(), retryable, number: None, retry_after_ms: None, not_done: false }
    }

    /// A refusal before anything was sent to the platform.
    pub fn not_done(code: ErrorCode, detail: impl Into<String>, retryable: bool) -> Self {
        Self { not_done: true, ..Self::new(code, detail, retryable) }
    }

    /// The platform's problem; None: the refusal is about the gateway or the desk.
    pub fn problem(&self) -> Option<Problem> {
        let code = self.code.of_platform()?;
        Some(
            Problem::new(code, self.detail.clone(), self.retryable)
                .numbered(self.number)
                .after(self.retry_after_ms.map(Duration::from_millis))
                .known_not_done(self.not_done),
        )
    }
}

impl From<Problem> for Refusal {
    fn from(problem: Problem) -> Self {
        Self {
            code: problem.code.into(),
            detail: problem.detail,
            retryable: problem.retryable,
            number: problem.number,
            retry_after_ms: problem.retry_after.map(|pause| u64::try_from(pause.as_millis()).unwrap_or(u64::MAX)),
            not_done: problem.not_done,
        }
    }
}
