//! What went wrong at the gateway, in the domain's terms.

use std::time::Duration;

use ringside_domain::{Problem, ProblemCode};
use ringside_fleet::{
    desk::{AskError, EnrolError},
    words::{ErrorCode, Refusal},
};

/// Nothing was sent.
pub fn unreachable(detail: &str) -> Problem {
    Problem::new(ProblemCode::GatewayUnreachable, detail, true).known_not_done(true)
}

pub fn of_ask(error: &AskError) -> Problem {
    tracing::warn!(%error, "a request to the gateway failed");
    match error {
        AskError::Unreachable { not_sent } => Problem::new(ProblemCode::GatewayUnreachable, "", true).known_not_done(*not_sent),
        AskError::TooLarge { .. } => Problem::new(ProblemCode::GatewayRefuses, error.to_string(), false).known_not_done(true),
        AskError::Refused(refusal) => of_refusal(refusal),
    }
}

pub fn of_enrolment(error: &EnrolError) -> Problem {
    tracing::warn!(%error, "this desk was not enrolled");
    match error {
        EnrolError::Unreachable(detail) => unreachable(detail),
        EnrolError::NoGateway => unreachable(&error.to_string()),
        EnrolError::Tls(detail) => Problem::new(ProblemCode::Tls, detail, true),
        EnrolError::Refused(refusal) => of_refusal(refusal),
    }
}

pub fn of_refusal(refusal: &Refusal) -> Problem {
    if let Some(problem) = refusal.problem() {
        return problem;
    }
    let (code, retryable) = match refusal.code {
        ErrorCode::CodeUnknown | ErrorCode::CodeExpired => (ProblemCode::EnrolmentRefused, false),
        ErrorCode::KeyUnknown => (ProblemCode::NotEnrolled, false),
        ErrorCode::Revoked => (ProblemCode::DeskRevoked, false),
        ErrorCode::NotUnderstood => (ProblemCode::BadRequest, false),
        ErrorCode::NotAllowed | ErrorCode::TooLarge => (ProblemCode::GatewayRefuses, false),
        ErrorCode::TooOften | ErrorCode::TooLate | ErrorCode::Busy => (ProblemCode::GatewayBusy, true),
        _ => (ProblemCode::GatewayUnreachable, true),
    };
    Problem::new(code, refusal.detail.clone(), retryable)
        .after(refusal.retry_after_ms.map(Duration::from_millis))
        .known_not_done(refusal.not_done)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_refusal_says_what_a_person_can_do_and_whether_the_request_was_carried_out() {
        for (code, told, retryable) in [
            (ErrorCode::CodeUnknown, ProblemCode::EnrolmentRefused, false),
            (ErrorCode::CodeExpired, ProblemCode::EnrolmentRefused, false),
            (ErrorCode::KeyUnknown, ProblemCode::NotEnrolled, false),
            (ErrorCode::Revoked, ProblemCode::DeskRevoked, false),
            (ErrorCode::NotAllowed, ProblemCode::GatewayRefuses, false),
            (ErrorCode::TooLarge, ProblemCode::GatewayRefuses, false),
            (ErrorCode::TooOften, ProblemCode::GatewayBusy, true),
            (ErrorCode::TooLate, ProblemCode::GatewayBusy, true),
            (ErrorCode::Busy, ProblemCode::GatewayBusy, true),
            (ErrorCode::GatewayFailed, ProblemCode::GatewayUnreachable, true),
            (ErrorCode::Other, ProblemCode::GatewayUnreachable, true),
        ] {
            for not_done in [true, false] {
                let refusal = Refusal { not_done, ..Refusal::new(code, "said", retryable) };
                let problem = of_ask(&AskError::Refused(refusal));
                assert_eq!((problem.code, problem.retryable, problem.not_done), (told, retryable, not_done), "{code:?}");
            }
        }
        let platforms = Refusal { number: Some(1014), ..Refusal::new(ErrorCode::PhoneNotRegistered, "", false) };
        let problem = of_ask(&AskError::Refused(platforms));
        assert_eq!((problem.code, problem.number), (ProblemCode::PhoneNotRegistered, Some(1014)));
        for not_sent in [true, false] {
            assert_eq!(of_ask(&AskError::Unreachable { not_sent }).not_done, not_sent);
        }
    }
}
