//! The services that a person can call with fields of their choice, in the console of the supervisor's desk and by `ringside api`.

use std::sync::LazyLock;

use ringside_domain::ServiceForm;
use serde::Deserialize;

use crate::Service;

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
    chinese: String,
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
        .map(|Row { name, does, chinese, changes, required, optional }| {
            let required = required.into_iter().filter(|field| field != ADDED).collect();
            ServiceForm { name, does, chinese, required, optional, changes }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Repeat, capture::is_secret};

    #[test]
    fn every_service_but_the_login_has_a_form_without_the_token() {
        assert_eq!(service_forms().len(), Service::ALL.len() - 1);
        assert_eq!(service_form(Service::Login), None);
        for form in service_forms() {
            assert!(Service::named(&form.name).is_some() && !form.does.is_empty() && !form.chinese.is_ascii(), "{}", form.name);
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
}
