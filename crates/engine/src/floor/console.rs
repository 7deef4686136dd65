//! Calls of a service as a person wrote them: in the console, and by `ringside api`.

use ringside_domain::{Account, Problem, ProblemCode};
use ringside_platform::{Client, PlatformError, Secrets, Service, Written, service_form};
use ringside_vault::Vault;
use secrecy::SecretString;

use crate::sign_in::SignIn;

/// The service with this name, if a person can call it.
pub(super) fn known(name: &str) -> Result<Service, Problem> {
    let service = Service::named(name).filter(|service| service_form(*service).is_some());
    service.ok_or_else(|| Problem::new(ProblemCode::BadRequest, name, false))
}

/// Whether the service changes something at the platform.
pub(super) fn changes(service: Service) -> bool {
    service_form(service).is_none_or(|form| form.changes)
}

/// The answer of a service to `ringside api`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Called {
    /// As the platform sent it; without an answer, the reason.
    pub answer: String,
    /// Why it failed.
    pub problem: Option<Problem>,
}

impl Called {
    pub(super) fn of(service: Service, written: Written) -> Self {
        let problem = |error: PlatformError| match error.fate_unknown() && changes(service) {
            true => Problem::new(ProblemCode::FateUnknown, error.to_string(), false),
            false => Problem::from(&error),
        };
        Self { answer: written.answer, problem: written.outcome.err().map(problem) }
    }
}

/// Signs in as the doctor does, and calls the service. For a process beside which no desk runs.
///
/// # Errors
/// The service cannot be called by a person, or the sign-in failed: it was not called.
pub async fn call_by_hand(
    (client, vault): (&Client, &Vault),
    account: &Account,
    accesskey: Option<SecretString>,
    (service, fields): (&str, &[(String, String)]),
    show: Secrets,
) -> Result<Called, Problem> {
    let service = known(service)?;
    let sign_in = SignIn::new(client.clone(), vault.clone());
    // A login could end the tokens of other desks (N8).
    let accesskey = if sign_in.has_token(account).await { None } else { accesskey };
    sign_in.sign_in(account, accesskey, |_| {}).await?;
    let written = client.call_written(service, fields, show).await;
    sign_in.keep_token(client).await;
    written.map(|written| Called::of(service, written)).map_err(|error| Problem::from(&error))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use ringside_platform::Lost;

    use super::*;

    #[test]
    fn the_login_cannot_be_called_by_hand() {
        assert_eq!(known("App.Sip_Queue.GetQueueList"), Ok(Service::GetQueueList));
        for name in ["App.Sip_Auth.Login", "GetNothing"] {
            assert_eq!(known(name).map_err(|problem| problem.code), Err(ProblemCode::BadRequest), "{name}");
        }
    }

    #[test]
    fn a_change_without_an_answer_may_have_been_made_and_a_reading_was_not() {
        let code = |service| {
            let outcome = Err(PlatformError::Unreachable { reason: "timed out".into(), lost: Lost::TimedOut });
            let (request, curl) = (String::new(), String::new());
            let written = Written { request, answer: String::new(), curl, took: Duration::ZERO, outcome };
            Called::of(service, written).problem.map(|problem| problem.code)
        };
        assert_eq!(code(Service::TaskSet), Some(ProblemCode::FateUnknown));
        assert_eq!(code(Service::GetQueueList), Some(ProblemCode::Unreachable));
    }
}
