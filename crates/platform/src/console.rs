//! Services that a person calls with fields of their choice: the console of the supervisor's desk, and `ringside api`.

use std::sync::LazyLock;

use ringside_domain::{Problem, ServiceExchange, ServiceForm};
use serde::Deserialize;
use serde_json::json;

use crate::{
    Client, Service,
    capture::{MASK, is_secret, mask},
};

/// The fields that the client adds itself.
const ADDED: &str = "token";

#[derive(Deserialize)]
struct Manifest {
    service: Vec<Row>,
}

#[derive(Deserialize)]
struct Row {
    name: String,
    does: String,
    changes: bool,
    required: Vec<String>,
    optional: Vec<String>,
}

static FORMS: LazyLock<Vec<ServiceForm>> = LazyLock::new(|| {
    let manifest: Manifest = match toml::from_str(include_str!("../services.toml")) {
        Ok(manifest) => manifest,
        Err(_) => unreachable!("a test reads the file"),
    };
    // A service without a token is the login; the accesskey that it needs is typed in one place only, and no page or command line has it.
    let callable = manifest.service.into_iter().filter(|row| row.required.iter().any(|field| field == ADDED));
    callable
        .map(|Row { name, does, changes, required, optional }| {
            let required = required.into_iter().filter(|field| field != ADDED).collect();
            ServiceForm { name, does, required, optional, changes }
        })
        .collect()
});

/// The services that a person can call: all but the login.
pub fn service_forms() -> &'static [ServiceForm] {
    &FORMS
}

/// The form of a service; None for the login.
pub fn service_form(service: Service) -> Option<&'static ServiceForm> {
    FORMS.iter().find(|form| form.name == service.name())
}

/// Whether the secrets of an answer are shown (N21).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Secrets {
    /// Passwords, links to recordings and tokens are masked.
    Masked,
    /// The answer is shown as it was sent.
    Shown,
}

/// A call of a service by a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Called {
    /// The request and its answer.
    pub exchange: ServiceExchange,
    /// Why it failed.
    pub problem: Option<Problem>,
}

impl Client {
    /// Calls a service with these fields, once, as the account that is signed in.
    pub async fn call_by_hand(&self, service: Service, fields: &[(String, String)], secrets: Secrets) -> Called {
        let sent: Vec<(&str, &str)> = fields.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
        let began = self.now();
        let outcome = self.call(service, &sent).await;
        let took_ms = u32::try_from(self.now().since(began).as_millis()).unwrap_or(u32::MAX);
        let (answer, problem) = match outcome {
            Ok(answer) => (String::from_utf8_lossy(&answer.raw).into_owned(), None),
            Err(error) => {
                let problem = Problem::from(&error);
                (json!({ "error": error.to_string(), "code": problem.number }).to_string(), Some(problem))
            }
        };
        let answer = match secrets {
            Secrets::Masked => mask(&answer, &[]),
            Secrets::Shown => answer,
        };
        let url = self.account().await.map(|account| account.url).unwrap_or_default();
        let (request, curl) = (request(service, fields), curl(&url, service, fields));
        Called { exchange: ServiceExchange { request, answer, curl, took_ms, ok: problem.is_none() }, problem }
    }
}

fn shown<'a>((name, text): &'a (String, String)) -> (&'a str, &'a str) {
    (name, if is_secret(name) { MASK } else { text })
}

fn request(service: Service, fields: &[(String, String)]) -> String {
    let lines = fields.iter().map(shown).map(|(name, text)| format!("\n{name}={text}"));
    std::iter::once(format!("service={}\n{ADDED}={MASK}", service.name())).chain(lines).collect()
}

/// The same request for a shell, in which `TOKEN` is a variable.
fn curl(url: &str, service: Service, fields: &[(String, String)]) -> String {
    let quoted = |text: &str| format!("'{}'", text.replace('\'', r"'\''"));
    let field = |name: &str, text: &str| format!(" --form-string {}", quoted(&format!("{name}={text}")));
    let fields: String = fields.iter().map(shown).map(|(name, text)| field(name, text)).collect();
    format!("curl {}{} --form-string \"{ADDED}=$TOKEN\"{fields}", quoted(url), field("service", service.name()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Repeat;

    #[test]
    fn every_service_but_the_login_has_a_form_without_the_token() {
        assert_eq!(service_forms().len(), Service::ALL.len() - 1);
        assert_eq!(service_form(Service::Login), None);
        for form in service_forms() {
            assert!(Service::named(&form.name).is_some() && !form.does.is_empty(), "{}", form.name);
            assert!(form.required.iter().chain(&form.optional).all(|field| !is_secret(field)), "{}", form.name);
        }
    }

    #[test]
    fn a_service_that_must_not_be_repeated_changes_something() {
        for service in Service::ALL.iter().filter(|service| service.repeat() == Repeat::UnlessSent) {
            assert!(service_form(*service).is_some_and(|form| form.changes), "{}", service.name());
        }
        let reads = |service| service_form(service).is_some_and(|form| !form.changes);
        assert!(reads(Service::GetQueueList) && reads(Service::GetBill) && !reads(Service::TaskSet) && !reads(Service::Logout));
    }

    #[test]
    fn a_service_is_found_by_its_whole_or_its_last_name() {
        for name in ["App.Sip_Queue.GetQueueList", "GetQueueList", "getqueuelist"] {
            assert_eq!(Service::named(name), Some(Service::GetQueueList), "{name}");
        }
        assert_eq!((Service::named("Queue"), Service::named("")), (None, None));
    }

    #[test]
    fn a_request_is_shown_without_its_secrets_and_can_be_typed_into_a_shell() {
        let fields = [("queuename", "it's"), ("password", "s3cret")].map(|(name, text)| (name.to_owned(), text.to_owned()));
        assert_eq!(request(Service::GetQueueList, &fields), "service=App.Sip_Queue.GetQueueList\ntoken=***\nqueuename=it's\npassword=***");
        let shell = curl("https://call.example.com/", Service::GetQueueList, &fields);
        let expected = r#"curl 'https://call.example.com/' --form-string 'service=App.Sip_Queue.GetQueueList' --form-string "token=$TOKEN" --form-string 'queuename=it'\''s' --form-string 'password=***'"#;
        assert_eq!(shell, expected);
    }
}
