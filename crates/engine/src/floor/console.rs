//! Calls of a service as a person wrote them: in the console, and by `ringside api`.

use ringside_domain::{Account, FloorChange, FloorEntry, Problem, ProblemCode};
use ringside_platform::{Client, PlatformError, Secrets, Service, Written, fields_told, service_form};
use ringside_store::FloorStore;
use ringside_vault::Vault;
use secrecy::SecretString;

use crate::{
    Clock,
    sign_in::{SignIn, failed},
};

/// The most characters of a call's fields in the ledger.
const TOLD: usize = 200;

/// The service with this name, if a person can call it.
pub(super) fn known(name: &str) -> Result<Service, Problem> {
    let service = Service::named(name).filter(|service| service_form(*service).is_some());
    service.ok_or_else(|| Problem::new(ProblemCode::BadRequest, name, false))
}

/// Behind the company's gateway no service is called by hand: what a desk may ask is the table of its role, and a call by hand would pass it
/// by.
pub fn not_through_gateway() -> Problem {
    Problem::new(ProblemCode::GatewayRefuses, "services are not called by hand through the company's gateway", false).known_not_done(true)
}

/// Whether the service changes something at the platform.
pub(super) fn changes(service: Service) -> bool {
    service_form(service).is_none_or(|form| form.changes)
}

/// Whether a call is entered in the ledger.
pub(super) fn is_entered(service: Service, show: Secrets) -> bool {
    changes(service) || show == Secrets::Shown
}

/// The fields of a call, for the ledger.
pub(super) fn told(fields: &[(String, String)], show: Secrets) -> String {
    let shown = if show == Secrets::Shown { "--show-secrets " } else { "" };
    format!("{shown}{}", fields_told(fields)).trim_end().chars().take(TOLD).collect()
}

/// The result of a call and its detail, for the ledger.
pub(super) fn result_of(outcome: &Result<(), Problem>) -> (&'static str, String) {
    match outcome {
        Ok(()) => ("done", String::new()),
        Err(problem) if problem.not_done => ("failed", problem.detail.clone()),
        Err(problem) => ("unknown", problem.detail.clone()),
    }
}

/// The ledger for a process beside which no desk runs, and the person who calls.
pub struct Entered<'a> {
    pub store: &'a FloorStore,
    pub by: &'a str,
    pub clock: &'a dyn Clock,
}

impl Entered<'_> {
    fn enter(&self, service: Service, result: &str, detail: String) -> Result<(), Problem> {
        let entry = FloorEntry {
            at: self.clock.now().wall,
            by: self.by.to_owned(),
            what: "callService".to_owned(),
            subject: service.name().to_owned(),
            result: result.to_owned(),
            detail,
        };
        self.store.apply(&[FloorChange::Enter(entry)]).map(drop).map_err(|error| Problem::from(&error))
    }
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

/// Signs in as the doctor does, and calls the service. For a process beside which no desk runs. A call that changes something or shows secrets
/// is entered in `ledger`, if there is one.
///
/// # Errors
/// The service cannot be called by a person, the sign-in failed, or it could not be entered: it was not called.
pub async fn call_by_hand(
    (client, vault): (&Client, &Vault),
    account: &Account,
    accesskey: Option<SecretString>,
    (service, fields): (&str, &[(String, String)]),
    show: Secrets,
    ledger: Option<Entered<'_>>,
) -> Result<Called, Problem> {
    let service = known(service)?;
    let sign_in = SignIn::new(client.clone(), vault.clone());
    // A login could end the tokens of other desks (N8).
    let accesskey = if sign_in.has_token(account).await { None } else { accesskey };
    sign_in.sign_in(account, accesskey, |_| {}).await?;
    let ledger = ledger.filter(|_| is_entered(service, show));
    if let Some(ledger) = &ledger {
        ledger.enter(service, "", told(fields, show))?;
    }
    let written = client.call_written(service, fields, show).await;
    sign_in.keep_token(client).await;
    if let Some(ledger) = &ledger {
        let outcome = match &written {
            Ok(written) => written.outcome.as_ref().map(drop).map_err(Problem::from),
            Err(error) => Err(failed(error)),
        };
        let (result, detail) = result_of(&outcome);
        // The call was made: its answer counts.
        if let Err(problem) = ledger.enter(service, result, detail) {
            tracing::warn!(%problem, "the result of a call was not entered");
        }
    }
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
    fn the_ledger_has_the_fields_of_a_call_without_secrets_and_long_texts() {
        let field = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let fields = [field("taskid", "77"), field("accesskey", "k-123"), field("numbers", &"1".repeat(500))];
        let entered = told(&fields, Secrets::Masked);
        assert!(entered.starts_with("taskid=77 ") && entered.contains("numbers=<500>"), "{entered}");
        assert!(!entered.contains("k-123"), "{entered}");
        assert!(told(&[], Secrets::Shown).starts_with("--show-secrets"));
        let many: Vec<_> = (0..50).map(|n| field(&format!("field{n}"), "12345")).collect();
        assert_eq!(told(&many, Secrets::Masked).chars().count(), TOLD);
        assert!(is_entered(Service::GetSipnumberInfo, Secrets::Shown) && !is_entered(Service::GetSipnumberInfo, Secrets::Masked));
        assert!(is_entered(Service::TaskSet, Secrets::Masked));
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
