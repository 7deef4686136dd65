//! Calls of a service as a person wrote them.

use ringside_domain::{Problem, ProblemCode, ServiceExchange};
use ringside_platform::{Client, Service, Written};

/// Whether the service changes something at the platform.
pub(super) fn changes(service: Service) -> bool {
    !service.name().rsplit('.').next().is_some_and(|name| name.starts_with("Get"))
}

pub(super) fn exchange(written: Written) -> ServiceExchange {
    let Written { request, answer, curl, took, outcome } = written;
    ServiceExchange { request, answer, curl, took_ms: u32::try_from(took.as_millis()).unwrap_or(u32::MAX), ok: outcome.is_ok() }
}

/// Calls a service by this client, without a desk: for the command line. Secrets are masked.
///
/// # Errors
/// There is no such service, or nobody is signed in. What the platform refuses is in the answer.
pub async fn call_service(client: &Client, service: &str, fields: &[(String, String)]) -> Result<ServiceExchange, Problem> {
    let service = Service::named(service).ok_or_else(|| Problem::new(ProblemCode::BadRequest, service, false))?;
    client.call_written(service, fields).await.map(exchange).map_err(|error| Problem::from(&error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn services_that_only_read_are_the_ones_whose_names_say_so() {
        let reading: Vec<&str> = Service::ALL.iter().filter(|service| !changes(**service)).map(|service| service.name()).collect();
        assert_eq!(reading.len(), 10, "{reading:?}");
    }
}
