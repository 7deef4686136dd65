//! The way to the platform: one endpoint (N1), bounded in time and size, with a token that is kept alive (N8).

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use futures_util::StreamExt;
use jiff::tz::Offset;
use reqwest::{Url, multipart::Form, redirect::Policy};
use ringside_domain::{Account, Timestamp};
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::Mutex;

use crate::{
    Code, PlatformError, Retry, Service, SignedIn, Token,
    envelope::{self, Answer},
    token::Login,
    wire::Text,
};

/// The wall clock, given.
pub type WallClock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// How the client behaves; the defaults are for real life.
#[derive(Clone, Debug)]
pub struct ClientOptions {
    /// The platform's clock against UTC, in seconds (N5).
    pub utc_offset: i32,
    /// Until connected (A15).
    pub connect: Duration,
    /// Until answered, from the first byte sent.
    pub total: Duration,
    /// Bytes of an answer (A11).
    pub largest: usize,
    /// Seeds the jitter of pauses.
    pub seed: u64,
}

impl Default for ClientOptions {
    fn default() -> Self {
        Self { utc_offset: 8 * 3600, connect: Duration::from_secs(5), total: Duration::from_secs(15), largest: 8 << 20, seed: 0 }
    }
}

/// Cheap to clone; all clones share one login.
#[derive(Clone)]
pub struct Client(Arc<Inner>);

struct Inner {
    http: reqwest::Client,
    options: ClientOptions,
    offset: Offset,
    clock: WallClock,
    /// Held while logging in, so that callers who need a token wait for the one login (A1).
    login: Mutex<Login>,
    random: AtomicU64,
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").finish_non_exhaustive()
    }
}

/// A token for one attempt.
struct Pass {
    account: Account,
    token: SecretString,
    generation: u64,
}

impl Client {
    /// Fails only where the system's TLS cannot be used at all.
    pub fn new(options: ClientOptions, clock: WallClock) -> Result<Self, PlatformError> {
        let http = reqwest::Client::builder()
            .connect_timeout(options.connect)
            .timeout(options.total)
            // Younger than any sensible server's own limit, so that a pooled connection is not a dead one (A7).
            .pool_idle_timeout(Duration::from_secs(15))
            .redirect(Policy::none())
            .user_agent(concat!("ringside/", env!("CARGO_PKG_VERSION")))
            .build()?;
        let offset = Offset::from_seconds(options.utc_offset).unwrap_or(Offset::constant(8));
        let random = AtomicU64::new(options.seed);
        Ok(Self(Arc::new(Inner { http, options, offset, clock, login: Mutex::default(), random })))
    }

    /// Logs in («App.Sip_Auth.Login»), always anew; on success later calls are this account's.
    pub async fn sign_in(&self, account: &Account, accesskey: SecretString) -> Result<SignedIn, PlatformError> {
        let mut login = self.0.login.lock().await;
        let (token, signed_in) = self.log_in(account, &accesskey).await?;
        *login = Login::default();
        login.account = Some((account.clone(), accesskey));
        login.renewed(token);
        Ok(signed_in)
    }

    /// Goes on with a token from an earlier run, without a login of its own: a login could end the tokens of other desks.
    pub async fn resume(&self, account: &Account, accesskey: SecretString, token: Token) {
        let mut login = self.0.login.lock().await;
        *login = Login::default();
        login.account = Some((account.clone(), accesskey));
        login.renewed(token);
    }

    /// Ends the token («App.Sip_Auth.Logout») and forgets the account, whatever the platform answers.
    pub async fn sign_out(&self) -> Result<(), PlatformError> {
        let login = std::mem::take(&mut *self.0.login.lock().await);
        let (Some((account, _)), Some(token)) = (login.account, login.token) else { return Ok(()) };
        self.post(&account.url, Service::Logout, &[("token", token.secret.expose_secret())]).await.map(drop)
    }

    /// The token in use, for the vault.
    pub async fn token(&self) -> Option<Token> {
        self.0.login.lock().await.token.clone()
    }

    pub(crate) fn offset(&self) -> Offset {
        self.0.offset
    }

    pub(crate) fn now(&self) -> Timestamp {
        (self.0.clock)()
    }

    /// Calls a service with a token; heals a dead one once (A1, A2).
    pub(crate) async fn call(&self, service: Service, fields: &[(&str, &str)]) -> Result<Answer, PlatformError> {
        let pass = self.pass().await?;
        let error = match self.call_with(&pass, service, fields).await {
            Err(error) if error.retry() == Retry::AfterLogin => error,
            outcome => return outcome,
        };
        self.dead(&pass, &error).await;
        let pass = self.pass().await?;
        let again = self.call_with(&pass, service, fields).await;
        if matches!(again, Err(PlatformError::Ret { ret: 600, .. })) {
            // A fresh token that dies at once was taken; the next call logs in again, after the pause that is due.
            self.dead(&pass, &error).await;
        }
        again
    }

    async fn call_with(&self, pass: &Pass, service: Service, fields: &[(&str, &str)]) -> Result<Answer, PlatformError> {
        let mut all = vec![("token", pass.token.expose_secret())];
        all.extend_from_slice(fields);
        self.post(&pass.account.url, service, &all).await
    }

    /// The token in use, or a new one where there is none or it is old.
    async fn pass(&self) -> Result<Pass, PlatformError> {
        let mut login = self.0.login.lock().await;
        let (account, accesskey) = login.account.clone().ok_or(PlatformError::NotSignedIn)?;
        let now = self.now();
        if login.token.as_ref().is_none_or(|token| token.is_old(now)) {
            if let Some(pause) = login.pause(now) {
                return Err(PlatformError::TokenTaken { pause });
            }
            let (token, _) = self.log_in(&account, &accesskey).await?;
            login.renewed(token);
        }
        let token = login.token.as_ref().map(|token| token.secret.clone()).ok_or(PlatformError::NotSignedIn)?;
        Ok(Pass { account, token, generation: login.generation })
    }

    /// This pass's token is of no use any more, unless another caller has renewed it already.
    async fn dead(&self, pass: &Pass, error: &PlatformError) {
        let mut login = self.0.login.lock().await;
        if login.generation != pass.generation {
            return;
        }
        if matches!(error, PlatformError::Failed { code: Code(1010), .. }) {
            // The extension is new or was changed: the documentation asks for a logout before the login.
            let token = pass.token.expose_secret();
            if let Err(error) = self.post(&pass.account.url, Service::Logout, &[("token", token)]).await {
                tracing::debug!(%error, "the old token could not be ended");
            }
            login.token = None;
        } else {
            let jitter = self.jitter();
            let now = self.now();
            login.died(now, jitter);
        }
    }

    async fn log_in(&self, account: &Account, accesskey: &SecretString) -> Result<(Token, SignedIn), PlatformError> {
        #[derive(serde::Deserialize)]
        struct Wire {
            token: Text,
            #[serde(default)]
            companyname: Text,
        }
        let fields = [("appid", account.appid.as_str()), ("accesskey", accesskey.expose_secret())];
        let answer = match self.post(&account.url, Service::Login, &fields).await {
            Err(PlatformError::Failed { code: Code(1002 | 1003), message }) => return Err(PlatformError::LoginRefused(message)),
            answer => answer?,
        };
        let wire: Wire = answer.read("a token")?;
        let secret = wire.token.some().ok_or(PlatformError::Incomplete("a token"))?.into();
        Ok((Token { secret, obtained_at: self.now() }, SignedIn { company_name: wire.companyname.owned() }))
    }

    async fn post(&self, url: &str, service: Service, fields: &[(&str, &str)]) -> Result<Answer, PlatformError> {
        let url = endpoint(url)?;
        let form = fields
            .iter()
            .fold(Form::new().text("service", service.name()), |form, (name, text)| form.text((*name).to_owned(), (*text).to_owned()));
        let answer = async {
            let response = self.0.http.post(url).multipart(form).send().await?;
            let status = response.status();
            if status.is_redirection() {
                let to = response.headers().get("location").and_then(|to| to.to_str().ok()).unwrap_or_default();
                let host = Url::parse(to).ok().and_then(|to| to.host_str().map(str::to_owned));
                return Err(PlatformError::Redirected(host.unwrap_or_else(|| "elsewhere".to_owned())));
            }
            let pause = retry_after(&response);
            let body = self.read(response).await?;
            envelope::open(status.as_u16(), &body).map_err(|error| match error {
                PlatformError::Http { status, .. } => PlatformError::Http { status, retry_after: pause },
                other => other,
            })
        }
        .await;
        tracing::debug!(service = service.name(), ok = answer.is_ok(), "asked the platform");
        answer
    }

    /// The body, as far as it may go (A11).
    async fn read(&self, response: reqwest::Response) -> Result<Vec<u8>, PlatformError> {
        let largest = self.0.options.largest;
        let mut body = Vec::new();
        let mut stream = response.bytes_stream();
        while let Some(chunk) = stream.next().await {
            let chunk = chunk?;
            if body.len() + chunk.len() > largest {
                return Err(PlatformError::TooLarge(largest));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body)
    }

    fn jitter(&self) -> f64 {
        let mut z = self.0.random.fetch_add(0x9e37_79b9_7f4a_7c15, Ordering::Relaxed);
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z ^= z >> 27;
        (z >> 11) as f64 / (1u64 << 53) as f64
    }
}

fn endpoint(url: &str) -> Result<Url, PlatformError> {
    let bad = || PlatformError::BadUrl(url.chars().take(120).collect());
    let url = Url::parse(url.trim()).map_err(|_| bad())?;
    if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() {
        return Err(bad());
    }
    Ok(url)
}

/// Seconds only: a date would need the platform's clock.
fn retry_after(response: &reqwest::Response) -> Option<Duration> {
    let seconds: u64 = response.headers().get("retry-after")?.to_str().ok()?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds.min(300)))
}
