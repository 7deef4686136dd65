//! Requests that a person writes field by field. Secrets are masked in everything that is shown.

use std::{fmt::Write, time::Duration};

use ringside_domain::ServiceExchange;
use secrecy::ExposeSecret;

use crate::{
    Client, PlatformError, Retry, Service,
    capture::{self, MASK},
    transport::Fields,
};

/// Bytes of an answer that a page shows.
const LONGEST_ANSWER: usize = 256 << 10;
/// The text that stands for the token in a curl command.
const TOKEN: &str = "YOUR_TOKEN";

/// A request and its answer, to be shown to a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// One field per line, masked.
    pub request: String,
    /// As the platform sent it, masked if that was wanted; without an answer, the reason.
    pub answer: String,
    /// The request as a curl command, with a placeholder for the token and for other secrets.
    pub curl: String,
    /// Until the answer was read.
    pub took: Duration,
    /// The request's outcome, by the envelope of the answer.
    pub outcome: Result<(), PlatformError>,
}

/// Whether the secrets of an answer are shown (N21).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Secrets {
    /// Tokens, passwords and links to recordings are masked.
    Masked,
    /// Only the secrets of the request are masked.
    Shown,
}

impl Written {
    /// For a page; a long answer is cut.
    pub fn exchange(self) -> ServiceExchange {
        let Self { request, answer, curl, took, outcome } = self;
        let took_ms = u32::try_from(took.as_millis()).unwrap_or(u32::MAX);
        ServiceExchange { request, answer: capture::cut(answer, LONGEST_ANSWER), curl, took_ms, ok: outcome.is_ok() }
    }
}

impl Client {
    /// Calls a service with these fields and the token; Login gets no token. If the token is invalid, logs in and repeats the request once
    /// (N8). No other error repeats it.
    ///
    /// # Errors
    /// [`PlatformError::NotSignedIn`] and the errors of a login: nothing was sent. All other errors are in the outcome.
    pub async fn call_written(&self, service: Service, fields: &[(String, String)], show: Secrets) -> Result<Written, PlatformError> {
        let given = fields.iter().map(|(name, text)| (name.trim(), text.as_str()));
        let given: Vec<(&str, &str)> = given.filter(|(name, _)| !matches!(*name, "" | "service" | "token")).collect();
        let began = self.now();
        let mut pass = self.pass().await?;
        let mut is_again = false;
        loop {
            let mut all = given.clone();
            if service != Service::Login {
                all.insert(0, ("token", pass.token.expose_secret()));
            }
            let (answer, body) = self.shared.transport.post_raw(&pass.account.url, service, &all).await;
            let outcome = answer.map(drop);
            if let Err(error) = &outcome
                && error.retry() == Retry::AfterLogin
                && !is_again
                && self.dead(&pass, error).await
            {
                let account = pass.account;
                pass = self.pass().await?;
                if pass.account != account {
                    return Err(PlatformError::NotSignedIn);
                }
                is_again = true;
                continue;
            }
            let secrets: Vec<&str> = all.iter().filter(|(name, _)| capture::is_secret(name)).map(|(_, text)| *text).collect();
            let answer = match (&body, &outcome) {
                (Some(body), _) => {
                    let body = String::from_utf8_lossy(body);
                    match show {
                        Secrets::Masked => capture::mask(&body, &secrets),
                        Secrets::Shown => secrets.iter().fold(body.into_owned(), |body, secret| body.replace(secret, MASK)),
                    }
                }
                (None, Err(error)) => capture::mask(&error.to_string(), &secrets),
                (None, Ok(())) => String::new(),
            };
            let took = self.now().since(began);
            return Ok(Written { request: request(service, &all), answer, curl: curl(&pass.account.url, service, &all), took, outcome });
        }
    }
}

/// A value longer than this is told by its length.
const LONGEST: usize = 40;

/// The fields of a request on one line, for a ledger: without secrets, and for a long text only the number of its characters.
pub fn fields_told(fields: &[(String, String)]) -> String {
    let told = |(name, value): &(String, String)| {
        if capture::is_secret(name) {
            return format!("{name}={MASK}");
        }
        match value.chars().count() {
            count if count > LONGEST => format!("{name}=<{count}>"),
            _ => format!("{name}={value}"),
        }
    };
    fields.iter().map(told).collect::<Vec<_>>().join(" ")
}

fn request(service: Service, fields: &Fields<'_>) -> String {
    let mut text = format!("service={}\n", service.name());
    for (name, value) in fields {
        let value = if capture::is_secret(name) { MASK } else { value };
        // Writing into a String does not fail.
        let _ = writeln!(text, "{name}={value}");
    }
    text
}

/// The request goes out as the same kind of form as Ringside's. A text is sent as it is, even if it begins with `@` or `<`.
fn curl(url: &str, service: Service, fields: &Fields<'_>) -> String {
    let mut text = format!("curl {} \\\n  --form-string {}", quoted(url.trim()), quoted(&format!("service={}", service.name())));
    for (name, value) in fields {
        let value = match *name {
            "token" => TOKEN,
            name if capture::is_secret(name) => MASK,
            _ => value,
        };
        // Writing into a String does not fail.
        let _ = write!(text, " \\\n  --form-string {}", quoted(&format!("{name}={value}")));
    }
    text
}

/// In single quotes, in which a shell changes nothing.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "'\\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a16_a_written_request_shows_no_secret_and_can_be_copied_into_a_shell() {
        let fields = [("token", "t0ken"), ("remark", "it's @home; $HOME"), ("accesskey", "k3y")];
        let (request, curl) = (request(Service::AddQueue, &fields), curl("https://call.example.com/", Service::AddQueue, &fields));
        assert_eq!(request, "service=App.Sip_Queue.AddQueue\ntoken=***\nremark=it's @home; $HOME\naccesskey=***\n");
        assert!(!curl.contains("t0ken") && !curl.contains("k3y"), "{curl}");
        assert!(curl.contains(r"--form-string 'remark=it'\''s @home; $HOME'") && curl.contains("'token=YOUR_TOKEN'"), "{curl}");
    }
}
