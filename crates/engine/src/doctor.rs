//! The setup doctor: its findings, and its checks from the account to the queues. Each check needs the earlier ones to succeed.

mod way;

pub use ringside_domain::{About, Verdict};
use ringside_domain::{Account, Agent, ClockReading, Extension, ProblemCode, Punctuality, QueueName, SignInView};
use ringside_platform::{Client, PlatformError};
use ringside_vault::{Vault, VaultError};
use ringside_wire::Code;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use url::Url;

pub(crate) use self::way::examine_host;
use self::way::examine_way;
pub use crate::fleet::examine_gateway;
use crate::sign_in::SignIn;

/// Clock difference in milliseconds from which the doctor warns.
const CLOCK_OFF: i64 = 5_000;
/// Clock difference in milliseconds from which the check fails.
const CLOCK_WRONG: i64 = 30_000;

/// The result of a check. The UI has a text for each, and a remedy where one is needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Finding {
    Complete,
    NoAccount,
    NoExtension,
    ConfigUnreadable,
    /// The machine's file of settings is not used.
    PolicyRefused,
    /// Some of the administrator's settings are not in effect.
    SettingsPassedOver,
    NameFound,
    NameUnknown,
    Connected,
    NotConnected,
    /// No proxy is used.
    NoProxy,
    ProxyTaken,
    /// A proxy is named, but its address cannot be read: requests go without one.
    ProxyMisnamed,
    /// The proxy is none of the kind that Ringside can use.
    ProxyUnusable,
    ProxyUnknown,
    ProxyAway,
    /// The proxy asks for a sign-in (HTTP 407).
    ProxyRefused,
    /// Not checked: the proxy looks the name up and connects.
    ByProxy,
    /// The proxy gets no answer from the platform, or gives none.
    NotByProxy,
    Encrypted,
    NotEncrypted,
    CertificateRefused,
    Answers,
    NoAnswer,
    ServerError,
    NotThePlatform,
    ClockRight,
    ClockOff,
    ClockWrong,
    ClockUnknown,
    SignedIn,
    NoAccesskey,
    LoginFailed,
    /// The running Ringside is not signed in.
    SignedOut,
    /// The company's gateway does not let this desk's agent in.
    GatewayRefused,
    ExtensionEnabled,
    ExtensionDisabled,
    ExtensionUnknown,
    PhoneRegistered,
    PhoneNotRegistered,
    QuestionRefused,
    InQueues,
    NotInQueues,
    QueueUnknown,
    NoQueues,
    CallbacksArrive,
    NoPublicAddress,
    CallbacksLost,
    NotListening,
    OnlyNamedSources,
    /// Callbacks through the proxy or tunnel have its source address, which is not among the allowed sources.
    ProxyNotAllowed,
    KeyringWorks,
    KeyringMissing,
    KeyringLocked,
    KeyringFailed,
    NotificationsShown,
    NoNotifications,
    /// Windows knows this program only after its first start.
    NotificationsUnregistered,
    TrayShown,
    NoTray,
    NoDesktop,
    SoundReady,
    SoundDeviceAbsent,
    NoSound,
    FolderWritable,
    FolderReadOnly,
    SpaceLeft,
    SpaceLow,
    SpaceOut,
    SpaceUnknown,
    LocalDrive,
    NetworkDrive,
    DeskReady,
    DeskFailed,
    /// The database, which keeps the enrolment, cannot be opened.
    DatabaseFailed,
    /// This desk is enrolled at the company's gateway.
    Enrolled,
    NotEnrolled,
    DeskRevoked,
    /// No encryption is needed.
    OnThisComputer,
    GatewayAnswers,
    GatewayAway,
    NoLeader,
    /// The gateway cannot ask the platform at present.
    GatewayInTrouble,
    /// Not checked: the gateway does it for the company.
    ByGateway,
    CallbacksByGateway,
    /// No callback of the company came to the gateway lately.
    CompanySilent,
    /// Not checked: the running Ringside's secret address is not known here.
    AddressUnknown,
    /// Not checked: the demo brings its own.
    NotInDemo,
    /// Not checked: an earlier check failed.
    NeedsOthers,
}

impl Finding {
    pub fn verdict(self) -> Verdict {
        use Finding::*;
        match self {
            Complete | NoProxy | ProxyTaken | NameFound | Connected | Encrypted | Answers | ClockRight | SignedIn | ExtensionEnabled
            | PhoneRegistered | InQueues | CallbacksArrive | KeyringWorks | NotificationsShown | TrayShown | SoundReady
            | FolderWritable | SpaceLeft | LocalDrive | DeskReady | Enrolled | OnThisComputer | GatewayAnswers | CallbacksByGateway => {
                Verdict::Ok
            }
            ProxyMisnamed | NotEncrypted | ClockOff | NotInQueues | NoQueues | NoPublicAddress | NoNotifications | NoTray
            | SoundDeviceAbsent | NoSound | SettingsPassedOver | SpaceLow | NetworkDrive | CompanySilent => Verdict::Warning,
            ByProxy
            | ByGateway
            | ClockUnknown
            | AddressUnknown
            | NotificationsUnregistered
            | OnlyNamedSources
            | NoDesktop
            | SpaceUnknown
            | NotInDemo
            | NeedsOthers => Verdict::NotChecked,
            NoAccount | NoExtension | ConfigUnreadable | PolicyRefused | ProxyUnusable | ProxyUnknown | ProxyAway | ProxyRefused
            | NotByProxy | NameUnknown | NotConnected | CertificateRefused | NoAnswer | ServerError | NotThePlatform | ClockWrong
            | NoAccesskey | LoginFailed | SignedOut | GatewayRefused | ExtensionDisabled | ExtensionUnknown | PhoneNotRegistered
            | QuestionRefused | QueueUnknown | CallbacksLost | ProxyNotAllowed | NotListening | KeyringMissing | KeyringLocked
            | KeyringFailed | FolderReadOnly | SpaceOut | DeskFailed | DatabaseFailed | NotEnrolled | DeskRevoked | GatewayAway
            | NoLeader | GatewayInTrouble => Verdict::Failed,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Check {
    pub about: About,
    pub finding: Finding,
    /// Names and figures, or the error text of the system or the platform. Never a secret.
    pub detail: String,
}

impl Check {
    pub fn new(about: About, finding: Finding, detail: impl Into<String>) -> Self {
        Self { about, finding, detail: detail.into() }
    }

    /// The check of the setup also says what of the settings is not in effect.
    pub fn warned(mut self, warnings: &[String]) -> Self {
        if self.about == About::Setup && !warnings.is_empty() {
            if self.finding.verdict() == Verdict::Ok {
                self.finding = Finding::SettingsPassedOver;
            }
            let said = Some(self.detail).filter(|detail| !detail.is_empty());
            self.detail = said.iter().chain(warnings).map(String::as_str).collect::<Vec<_>>().join("; ");
        }
        self
    }

    fn needs_others(about: About) -> Self {
        Self::new(about, Finding::NeedsOthers, "")
    }
}

/// How the doctor learns whether the account is signed in.
pub enum SignedInBy<'a> {
    /// By the token or the accesskey of the vault, or by a login with this accesskey: no Ringside runs.
    Vault(&'a Vault, Option<SecretString>),
    /// By what the running Ringside says. No login is made, since it could end the token of that one (N8).
    Running(&'a SignInView),
}

/// Runs the checks from the setup to the queues and passes each result to `tell` at once. Changes nothing at the platform. Uses the
/// token in use or the one in the vault if there is one, since a login could end the tokens of other desks (N8).
pub async fn examine_platform(
    client: &Client,
    signed_in_by: SignedInBy<'_>,
    account: Option<&Account>,
    agent: Option<&Agent>,
    mut tell: impl FnMut(Check) + Send,
) {
    let extension = agent.map(|agent| &agent.extension).filter(|extension| !extension.0.is_empty());
    let setup = match (account.filter(|account| !account.url.is_empty() && !account.appid.is_empty()), extension) {
        (None, _) => Finding::NoAccount,
        (_, None) => Finding::NoExtension,
        _ => Finding::Complete,
    };
    tell(Check::new(About::Setup, setup, ""));
    let reached = match account.and_then(|account| Url::parse(&account.url).ok()) {
        Some(url) => examine_way(client, &url, &mut tell).await,
        None => {
            let way = [About::Proxy, About::Name, About::Connection, About::Tls, About::Platform];
            way.map(Check::needs_others).into_iter().for_each(&mut tell);
            false
        }
    };
    let login = match account.filter(|_| reached && setup != Finding::NoAccount) {
        Some(account) => login(client, signed_in_by, account).await,
        None => Check::needs_others(About::Login),
    };
    let is_in = login.finding == Finding::SignedIn;
    tell(clock(client.clock_reading()));
    tell(login);
    match agent.zip(extension).filter(|_| is_in) {
        Some((agent, extension)) => {
            tell(enabled(client, extension).await);
            tell(registered(client, extension).await);
            tell(queues(client, agent).await);
        }
        None => [About::Extension, About::Phone, About::Queues].map(Check::needs_others).into_iter().for_each(tell),
    }
}

/// The check of the login, if the running Ringside is not signed in.
pub(crate) fn signed_out(view: &SignInView) -> Option<Check> {
    let problem = match view {
        SignInView::SignedIn { .. } => return None,
        SignInView::Failed { problem, .. } => problem.to_string(),
        SignInView::SignedOut | SignInView::Pending => String::new(),
    };
    Some(Check::new(About::Login, Finding::SignedOut, problem))
}

async fn login(client: &Client, signed_in_by: SignedInBy<'_>, account: &Account) -> Check {
    if let SignedInBy::Running(view) = &signed_in_by
        && let Some(check) = signed_out(view)
    {
        return check;
    }
    let (vault, accesskey) = match signed_in_by {
        SignedInBy::Vault(vault, accesskey) if client.token().await.is_none() => (vault, accesskey),
        _ => {
            return match client.queue_list().await {
                Ok(_) => Check::new(About::Login, Finding::SignedIn, ""),
                Err(error) => Check::new(About::Login, Finding::LoginFailed, error.to_string()),
            };
        }
    };
    let sign_in = SignIn::new(client.clone(), vault.clone());
    // With an accesskey, `sign_in` would make a login; a token from the vault is preferred.
    let accesskey = if sign_in.has_token(account).await { None } else { accesskey };
    // The keyring has a check of its own.
    match sign_in.sign_in(account, accesskey, |_| {}).await {
        Ok(company) => Check::new(About::Login, Finding::SignedIn, company.company_name),
        Err(problem) => {
            use ProblemCode::*;
            let finding = match problem.code {
                AccesskeyMissing | KeyringMissing | KeyringLocked | KeyringTimeout | KeyringFailed => Finding::NoAccesskey,
                _ => Finding::LoginFailed,
            };
            Check::new(About::Login, finding, problem.detail)
        }
    }
}

/// The check of this computer's clock against the platform's.
pub(crate) fn clock(reading: Option<ClockReading>) -> Check {
    let mut punctuality = Punctuality::default();
    if let Some(reading) = reading {
        punctuality.answer(reading);
    }
    let Some(skew) = punctuality.skew() else { return Check::new(About::Clock, Finding::ClockUnknown, "") };
    let finding = match skew.abs() {
        CLOCK_WRONG.. => Finding::ClockWrong,
        CLOCK_OFF.. => Finding::ClockOff,
        _ => Finding::ClockRight,
    };
    // `+ 0.0` turns -0.0 into 0.0, which is shown without a minus.
    let seconds = (skew as f64 / 100.0).round() / 10.0 + 0.0;
    Check::new(About::Clock, finding, format!("{seconds:+.1} s"))
}

async fn enabled(client: &Client, extension: &Extension) -> Check {
    let asked = client.enabled_states(std::slice::from_ref(extension)).await;
    let code = asked.map(|rows| rows.into_iter().find(|(number, _)| number == extension).map(|(_, code)| code));
    of_extension(About::Extension, extension, code, "")
}

async fn registered(client: &Client, extension: &Extension) -> Check {
    let asked = client.registrations(std::slice::from_ref(extension)).await;
    let row = asked.map(|rows| rows.into_iter().find(|row| row.extension == *extension));
    let from = row.as_ref().ok().and_then(Option::as_ref).and_then(|row| row.phone_address.clone()).unwrap_or_default();
    of_extension(About::Phone, extension, row.map(|row| row.map(|row| row.code)), &from)
}

/// The finding for the code in the extension's row; `None`: the platform has no row for the extension.
fn of_extension(about: About, extension: &Extension, code: Result<Option<Code>, PlatformError>, detail: &str) -> Check {
    let code = match code {
        Err(PlatformError::Failed { code, .. }) => Some(code),
        Err(error) => return Check::new(about, Finding::QuestionRefused, error.to_string()),
        Ok(code) => code,
    };
    let detail = if detail.is_empty() { extension.0.clone() } else { format!("{extension}, {detail}") };
    let finding = match code {
        Some(Code::ExtensionEnabled) => Finding::ExtensionEnabled,
        Some(Code::Registered) => Finding::PhoneRegistered,
        Some(Code::NotRegistered) => Finding::PhoneNotRegistered,
        Some(Code::ExtensionDisabled) => Finding::ExtensionDisabled,
        Some(Code::ExtensionUnknown | Code::ExtensionForeign) | None => Finding::ExtensionUnknown,
        Some(other) => return Check::new(about, Finding::QuestionRefused, format!("{detail}: {other}")),
    };
    Check::new(about, finding, detail)
}

async fn queues(client: &Client, agent: &Agent) -> Check {
    let found = |finding: Finding, queues: &[&QueueName]| {
        let names: Vec<&str> = queues.iter().map(|queue| queue.0.as_str()).collect();
        Check::new(About::Queues, finding, names.join(", "))
    };
    let offered = match client.queue_list().await {
        Ok(offered) => offered,
        Err(error) => return Check::new(About::Queues, Finding::QuestionRefused, error.to_string()),
    };
    let (known, unknown): (Vec<&QueueName>, Vec<&QueueName>) =
        agent.queues.iter().partition(|queue| offered.iter().any(|offered| offered.name == **queue));
    if !unknown.is_empty() {
        return found(Finding::QueueUnknown, &unknown);
    }
    if known.is_empty() {
        return found(Finding::NoQueues, &offered.iter().map(|offered| &offered.name).collect::<Vec<_>>());
    }
    let mut out = Vec::new();
    for queue in &known {
        match client.queue_seats(queue).await {
            Ok(reading) if reading.seats.iter().any(|seat| seat.extension == agent.extension) => {}
            Ok(_) => out.push(*queue),
            Err(error) => return Check::new(About::Queues, Finding::QuestionRefused, format!("{queue}: {error}")),
        }
    }
    if out.is_empty() { found(Finding::InQueues, &known) } else { found(Finding::NotInQueues, &out) }
}

/// Checks the keyring by writing and deleting a test entry.
pub async fn examine_keyring(vault: &Vault) -> Check {
    const NAME: &str = "doctor";
    let kept = vault.set(NAME, "kept".to_owned().into()).await;
    let outcome = match kept {
        Ok(()) => vault.delete(NAME).await,
        failed => failed,
    };
    let (finding, detail) = match outcome {
        Ok(()) => (Finding::KeyringWorks, String::new()),
        Err(error @ VaultError::Missing(_)) => (Finding::KeyringMissing, error.to_string()),
        Err(error @ (VaultError::Locked(_) | VaultError::Timeout)) => (Finding::KeyringLocked, error.to_string()),
        Err(error @ VaultError::Failed(_)) => (Finding::KeyringFailed, error.to_string()),
    };
    Check::new(About::Keyring, finding, detail)
}
