//! Calls a service with a valid token (N8), and repeats a request only if a repetition can help and does no harm.

use std::time::Duration;

use ringside_domain::{Account, Backoff};
use ringside_wire::Code;
use secrecy::{ExposeSecret, SecretString};

use crate::{Client, PlatformError, Retry, Service, envelope::Answer, error::Lost, service::Repeat, transport::Fields};

/// If the platform asks for a longer pause, the call fails at once, and the caller can show that to a person.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// A token for one attempt.
pub(crate) struct Pass {
    pub account: Account,
    pub token: SecretString,
    generation: u64,
}

impl Client {
    /// Calls a service with a token.
    pub(crate) async fn call(&self, service: Service, fields: &Fields<'_>) -> Result<Answer, PlatformError> {
        let mut sent_again = 0;
        loop {
            let error = match self.healed(service, fields).await {
                Ok(answer) => return Ok(answer),
                Err(error) => error,
            };
            let pause = if sent_again < self.repeats { self.pause_before_repeat(service, &error, sent_again) } else { None };
            let Some(pause) = pause else { return Err(unsure(service, fields, error)) };
            sent_again += 1;
            tokio::time::sleep(pause).await;
        }
    }

    /// Calls a service whose answer must be readable to count as a success. If the answer to a request that must not be repeated cannot be
    /// read, the error is [`PlatformError::FateUnknown`].
    pub(crate) async fn call_for<T>(
        &self,
        service: Service,
        fields: &Fields<'_>,
        read: impl FnOnce(Answer) -> Result<T, PlatformError>,
    ) -> Result<T, PlatformError> {
        let answer = self.call(service, fields).await?;
        read(answer).map_err(|error| unsure(service, fields, error))
    }

    /// The pause before the request is sent again. None if it must not be sent again, or if a repetition would not help.
    fn pause_before_repeat(&self, service: Service, error: &PlatformError, sent_again: u32) -> Option<Duration> {
        let Retry::AfterPause(pause) = error.retry() else { return None };
        let cause = error.of_login().unwrap_or(error);
        let is_unsent =
            matches!(error, PlatformError::Unreachable { lost: Lost::BeforeSent, .. } | PlatformError::Http { status: 429, .. });
        // A request whose login failed was not sent.
        let harmless = error.of_login().is_some() || is_unsent || service.repeat() == Repeat::Freely;
        let is_named = matches!(cause, PlatformError::Http { retry_after: Some(_), .. } | PlatformError::TokenTaken { .. });
        let named = is_named.then_some(pause);
        let mut backoff = Backoff::new(self.shared.options.pause, LONGEST_PAUSE).after(sent_again);
        (harmless && named.is_none_or(|pause| pause <= LONGEST_PAUSE)).then(|| backoff.failed(named, self.jitter()))
    }

    /// Calls a service; if its token is invalid, obtains a new one and repeats the call once (A1, A2).
    async fn healed(&self, service: Service, fields: &Fields<'_>) -> Result<Answer, PlatformError> {
        let pass = self.pass().await?;
        let error = match self.call_with(&pass, service, fields).await {
            Err(error) if error.retry() == Retry::AfterLogin => error,
            outcome => return outcome,
        };
        if !self.dead(&pass, &error).await {
            return Err(error);
        }
        let account = pass.account;
        let pass = self.pass().await?;
        if pass.account != account {
            // Another account was signed in meanwhile; the request must not be sent in its name.
            return Err(PlatformError::NotSignedIn);
        }
        let again = self.call_with(&pass, service, fields).await;
        match &again {
            // If the new token is invalid at once, another login has ended it; the next call logs in again after the pause that `died` has
            // set.
            Err(taken @ PlatformError::Refused { code: Code::TokenInvalid, .. }) => drop(self.dead(&pass, taken).await),
            Err(PlatformError::Failed { code: Code::ExtensionChanged, .. }) => {
                let (now, jitter) = (self.now(), self.jitter());
                self.shared.login.lock().await.change_stays(now, jitter);
            }
            Ok(_) if is_change(&error) => self.shared.login.lock().await.change_is_known(),
            _ => {}
        }
        again
    }

    async fn call_with(&self, pass: &Pass, service: Service, fields: &Fields<'_>) -> Result<Answer, PlatformError> {
        let mut all = vec![("token", pass.token.expose_secret())];
        all.extend_from_slice(fields);
        self.post(&pass.account.url, service, &all).await
    }

    /// Sends one request. If a stale connection lost it and a repetition is harmless, sends it a second time at once (A7), but only once
    /// until the platform answers again: otherwise a platform that cuts every connection would get twice the requests.
    pub(crate) async fn post(&self, url: &str, service: Service, fields: &Fields<'_>) -> Result<Answer, PlatformError> {
        match self.shared.transport.post(url, service, fields).await {
            Err(PlatformError::Unreachable { lost: Lost::CutOff, .. })
                if service.repeat() == Repeat::Freely && self.shared.transport.may_repeat() =>
            {
                self.shared.transport.post(url, service, fields).await
            }
            outcome => outcome,
        }
    }

    /// The token in use. Logs in first if there is none, or if it is old (A4). That a login's outcome is unknown says nothing about the
    /// request that needs the token: it was not sent.
    pub(crate) async fn pass(&self) -> Result<Pass, PlatformError> {
        let not_sent = |error: PlatformError| if error.fate_unknown() { PlatformError::NoToken(Box::new(error)) } else { error };
        self.valid_pass().await.map_err(not_sent)
    }

    async fn valid_pass(&self) -> Result<Pass, PlatformError> {
        let mut login = self.shared.login.lock().await;
        let (account, accesskey) = login.account.clone().ok_or(PlatformError::NotSignedIn)?;
        if self.only_for.as_deref().is_some_and(|only| *only != account) {
            return Err(PlatformError::NotSignedIn);
        }
        let now = self.now();
        if login.token.as_ref().is_none_or(|token| token.is_old(now)) {
            if let Some(pause) = login.pause(now) {
                return Err(PlatformError::TokenTaken { pause });
            }
            if let Some(refusal) = login.barred(now) {
                return Err(refusal);
            }
            let (token, signed_in) = self.log_in(&account, &accesskey).await.inspect_err(|error| login.refused(error, now))?;
            login.renewed(token, signed_in);
        }
        let token = login.token.as_ref().map(|token| token.secret.clone()).ok_or(PlatformError::NotSignedIn)?;
        Ok(Pass { account, token, generation: login.generation })
    }

    /// Marks this pass's token as invalid, unless another caller has already renewed it. Returns false if a login would not help yet.
    pub(crate) async fn dead(&self, pass: &Pass, error: &PlatformError) -> bool {
        let mut login = self.shared.login.lock().await;
        let now = self.now();
        if is_change(error) && login.awaits_change(now) {
            return false;
        }
        // Another caller may have ended the token without a new login yet.
        if login.generation != pass.generation || login.token.is_none() {
            return true;
        }
        if is_change(error) {
            // The extension is new or was changed: the documentation requires a logout before the login.
            let token = pass.token.expose_secret();
            if let Err(error) = self.post(&pass.account.url, Service::Logout, &[("token", token)]).await {
                tracing::debug!(%error, "the old token could not be ended");
            }
            login.token = None;
        } else {
            let jitter = self.jitter();
            login.died(now, jitter);
        }
        true
    }
}

/// Code 1010; the documentation requires a logout and a login.
fn is_change(error: &PlatformError) -> bool {
    matches!(error, PlatformError::Failed { code: Code::ExtensionChanged, .. })
}

/// Turns the error into [`PlatformError::FateUnknown`] if the request may have been carried out and must not be repeated (A6).
fn unsure(service: Service, fields: &Fields<'_>, error: PlatformError) -> PlatformError {
    if service.repeat() == Repeat::Freely || !error.fate_unknown() {
        return error;
    }
    let sent = fields.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect();
    PlatformError::FateUnknown { service, sent, cause: Box::new(error) }
}

#[cfg(test)]
mod healing;
#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use ringside_domain::{Agent, Problem, QueueName, Timestamp};
    use tokio::{io::AsyncReadExt, net::TcpListener};

    use super::*;
    use crate::{ClientOptions, SignedIn, Token};

    fn pauses(service: Service, error: &PlatformError) -> Vec<Option<f64>> {
        let client = Client::new(ClientOptions::default(), Arc::new(|| Timestamp(0)));
        (0..3).map(|n| client.pause_before_repeat(service, error, n).map(|pause| pause.as_secs_f64())).collect()
    }

    #[test]
    fn a10_pauses_grow_have_jitter_and_keep_to_what_the_platform_asks_for() {
        let error = PlatformError::Http { status: 502, retry_after: None };
        let [Some(first), Some(second), Some(third)] = pauses(Service::GetQueueList, &error)[..] else { panic!() };
        assert!((1.0..2.0).contains(&first) && (2.0..4.0).contains(&second) && (4.0..8.0).contains(&third));
        assert!((second / first - 2.0).abs() > 1e-6, "jitter");
        let named = |seconds| PlatformError::Http { status: 429, retry_after: Some(Duration::from_secs(seconds)) };
        assert!(pauses(Service::TaskCreat, &named(7)).iter().flatten().all(|pause| (7.0..10.5).contains(pause)));
        assert_eq!(pauses(Service::GetQueueList, &named(61)), [None; 3]);
        assert_eq!(pauses(Service::TaskCreat, &error), [None; 3], "A6");
        assert_eq!(pauses(Service::GetQueueList, &PlatformError::LoginRefused(String::new())), [None; 3]);
    }

    /// A client that is signed in to a platform that reads each request and then cuts the connection; the channel receives the requests.
    async fn cut_off() -> (Client, tokio::sync::mpsc::UnboundedReceiver<String>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let account = Account { url: format!("http://{}/", listener.local_addr().unwrap()), appid: "acme".into() };
        let (heard, requests) = tokio::sync::mpsc::unbounded_channel();
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let (mut request, mut part) = (String::new(), [0; 4096]);
                // Reads to the end of the form.
                while !request.ends_with("--\r\n") {
                    let Ok(count @ 1..) = stream.read(&mut part).await else { break };
                    request.push_str(&String::from_utf8_lossy(&part[..count]));
                }
                let _ = heard.send(request);
            }
        });
        let client = Client::new(ClientOptions { pause: Duration::ZERO, ..ClientOptions::default() }, Arc::new(|| Timestamp(0)));
        let token = Token { secret: "t".into(), obtained_at: Timestamp(0) };
        client.resume(&account, "k".into(), Some((token, SignedIn::default()))).await;
        (client, requests)
    }

    #[tokio::test]
    async fn fs6_a_join_whose_connection_is_cut_is_sent_once_and_may_have_been_carried_out() {
        let (queue, agent) = (QueueName("queue-1".into()), Agent::default());
        for patient in [false, true] {
            let (client, mut requests) = cut_off().await;
            let client = if patient { client.patient() } else { client };
            let error = client.queue_join(&queue, &agent).await.unwrap_err();
            assert!(matches!(error, PlatformError::Unreachable { lost: Lost::CutOff, .. }), "{error:?}");
            let problem = Problem::from(&error);
            assert!(
                problem.retryable && !problem.not_done,
                "the caller may try again, since it knows that the first try may have succeeded"
            );
            assert!(requests.try_recv().unwrap().contains("SipSignIn"));
            assert!(requests.try_recv().is_err(), "a repetition's answer would hide whether the first request succeeded");
        }
        // A request whose repetition changes nothing is sent again at once (A7).
        let (client, mut requests) = cut_off().await;
        client.set_seat(&queue, &agent, true).await.unwrap_err();
        assert!(requests.try_recv().is_ok() && requests.try_recv().is_ok() && requests.try_recv().is_err());
    }

    #[tokio::test]
    async fn a_request_for_one_account_is_not_sent_in_the_name_of_another() {
        let (client, mut requests) = cut_off().await;
        let account = client.account().await.unwrap();
        let another = Account { appid: "another".into(), ..account.clone() };
        let refused = client.only_for(&another).set_task("t1", ringside_domain::Running::Over).await.unwrap_err();
        assert!(refused == PlatformError::NotSignedIn && Problem::from(&refused).not_done);
        assert!(requests.try_recv().is_err(), "nothing was sent");
        client.only_for(&account).set_task("t1", ringside_domain::Running::Over).await.unwrap_err();
        assert!(requests.try_recv().unwrap().contains("TaskSet"));
    }

    #[tokio::test]
    async fn fs6_a_join_that_was_never_sent_is_known_not_to_be_done() {
        let (queue, agent) = (QueueName("queue-1".into()), Agent::default());
        let free = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
        let client = Client::new(ClientOptions::default(), Arc::new(|| Timestamp(0)));
        let account = Account { url: format!("http://{free}/"), appid: "acme".into() };
        let token = Token { secret: "t".into(), obtained_at: Timestamp(0) };
        client.resume(&account, "k".into(), Some((token, SignedIn::default()))).await;
        let problem = Problem::from(&client.queue_join(&queue, &agent).await.unwrap_err());
        assert!(problem.retryable && problem.not_done, "{problem:?}");
        let busy = Problem::from(&PlatformError::Http { status: 429, retry_after: None });
        assert!(busy.not_done && !Problem::from(&PlatformError::Http { status: 502, retry_after: None }).not_done);
    }
}
