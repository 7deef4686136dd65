//! Provisioning: settings from flags, environment variables and `config.toml`.
//!
//! A flag takes precedence over an environment variable, and an environment variable over the first file found. The first
//! file is the one named by a flag or `RINGSIDE_CONFIG`, else the user's, else the machine's. A value that the user saved in the
//! app replaces a value from a file ([`Origin::File`]), but not a flag or environment variable of this run. A key that the
//! machine's file lists in `locked` takes the value of that file (without one, the default), even if the user's file was found first.
//!
//! This module opens no file: the shell reads the files and passes their text.

use std::{
    collections::BTreeMap,
    fmt,
    net::{Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
};

use ringside_domain::{
    Account, Agent, BreakReason, CrmSettings, Extension, NumberRules, QueueName, RecordingSettings, SavedState, Settings, Shortcuts,
    SignInPolicy, WrapUpRules,
};
use ringside_platform::Zone;
use secrecy::SecretString;
use url::Url;

mod document;
mod encoding;
pub mod parse;

use document::Document;
pub use encoding::text;

/// The names of the keys in files and in `locked`.
pub const KEYS: [&str; 34] = [
    "platform.url",
    "platform.appid",
    "platform.utc_offset",
    "agent.extension",
    "agent.agent_id",
    "agent.queues",
    "agent.after_sign_in",
    "agent.breaks",
    "callbacks.bind",
    "callbacks.public_url",
    "callbacks.secret",
    "callbacks.allowed_sources",
    "callbacks.keep_foreign",
    "polling.requests_per_second",
    "log.dispositions",
    "log.number_prefixes",
    "log.keep_days",
    "log.detailed",
    "recordings.archive",
    "recordings.order",
    "recordings.folder",
    "recordings.limit_gb",
    "recordings.keep_days",
    "recordings.hosts",
    "shortcuts.available",
    "shortcuts.busy",
    "shortcuts.silence",
    "shortcuts.show",
    "wrap_up.seconds",
    "wrap_up.disposition",
    "wrap_up.note",
    "crm.mode",
    "crm.template",
    "crm.schemes",
];

/// A configuration file that was read.
#[derive(Clone, Copy, Debug)]
pub struct File<'a> {
    pub path: &'a Path,
    pub text: &'a str,
}

/// The values of one source: flags and environment together, or one file. `None`: the source does not set this key.
#[derive(Clone, Debug, Default)]
pub struct Given {
    pub url: Option<String>,
    pub appid: Option<String>,
    pub utc_offset: Option<Zone>,
    pub extension: Option<Extension>,
    pub agent_id: Option<String>,
    pub queues: Option<Vec<QueueName>>,
    pub after_sign_in: Option<SignInPolicy>,
    pub breaks: Option<Vec<BreakReason>>,
    pub bind: Option<SocketAddr>,
    pub public_url: Option<Url>,
    pub secret: Option<SecretString>,
    pub allowed_sources: Option<Vec<String>>,
    pub keep_foreign: Option<bool>,
    pub requests_per_second: Option<f64>,
    pub dispositions: Option<Vec<String>>,
    pub number_prefixes: Option<Vec<String>>,
    pub detailed_log: Option<bool>,
    pub recordings: RecordingSettings,
    pub recording_hosts: Option<Vec<String>>,
    pub shortcuts: Shortcuts,
    pub wrap_up_seconds: Option<u32>,
    pub disposition_required: Option<Vec<QueueName>>,
    pub note_required: Option<Vec<QueueName>>,
    pub crm: CrmSettings,
    pub crm_schemes: Option<Vec<String>>,
}

/// The source of a value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Origin {
    #[default]
    Default,
    File,
    /// A flag or the environment.
    Given,
    /// Locked by the machine's file.
    Locked,
}

/// The provisioning of this run.
#[derive(Clone, Debug)]
pub struct Config {
    pub platform: Platform,
    pub agent: AgentConfig,
    pub callbacks: Callbacks,
    pub log: Log,
    pub recordings: RecordingSettings,
    /// Hosts that recordings may be fetched from even at a private address; the platform's host needs no entry.
    pub recording_hosts: Vec<String>,
    pub shortcuts: Shortcuts,
    pub wrap_up: WrapUpRules,
    pub crm: CrmSettings,
    /// URL schemes that a CRM template may use.
    pub crm_schemes: Vec<String>,
    requests_per_second: f64,
    /// The first file found; its values were used.
    pub file: Option<PathBuf>,
    /// The keys that the administrator locked.
    pub locked: Vec<String>,
    origins: BTreeMap<&'static str, Origin>,
}

#[derive(Clone, Debug)]
pub struct Platform {
    /// Empty: not set.
    pub url: String,
    pub appid: String,
    /// The time zone of the platform's local times (N5).
    pub utc_offset: Zone,
}

#[derive(Clone, Debug)]
pub struct AgentConfig {
    pub extension: Extension,
    pub agent_id: String,
    pub queues: Vec<QueueName>,
    pub after_sign_in: SignInPolicy,
    /// The reasons for a break that the agent can choose from.
    pub breaks: Vec<BreakReason>,
}

#[derive(Clone, Debug)]
pub struct Callbacks {
    pub bind: SocketAddr,
    /// The listener's URL as the platform reaches it, without the path that holds the secret.
    pub public_url: Option<Url>,
    /// `None`: a secret is made at the first start and kept in the vault.
    pub secret: Option<SecretString>,
    /// IP addresses or networks (`10.0.0.0/8`) that may post callbacks; empty: any address that can reach the socket.
    pub allowed_sources: Vec<String>,
    /// Whether callbacks for other extensions are stored as received, with customer numbers. False: only hash and time are stored.
    pub keep_foreign: bool,
}

#[derive(Clone, Debug, Default)]
pub struct Log {
    /// The dispositions that the agent can choose from.
    pub dispositions: Vec<String>,
    /// Prefixes that are ignored when two customer numbers are compared.
    pub numbers: NumberRules,
    /// Whether the program's own log is detailed. `None`: not set.
    pub detailed: Option<bool>,
}

/// A file that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError {
    pub file: PathBuf,
    /// Counted from 1.
    pub line: Option<usize>,
    /// The error and the expected value. Never quotes the value found, which could be a secret.
    pub message: String,
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.file.display())?;
        if let Some(line) = self.line {
            write!(f, ", line {line}")?;
        }
        write!(f, ": {}", self.message)
    }
}

impl std::error::Error for ConfigError {}

impl Default for Config {
    fn default() -> Self {
        Self {
            platform: Platform { url: String::new(), appid: String::new(), utc_offset: Zone::default() },
            agent: AgentConfig {
                extension: Extension::default(),
                agent_id: String::new(),
                queues: Vec::new(),
                after_sign_in: SignInPolicy::default(),
                breaks: BreakReason::usual(),
            },
            callbacks: Callbacks {
                bind: SocketAddr::from((Ipv4Addr::LOCALHOST, 7780)),
                public_url: None,
                secret: None,
                allowed_sources: Vec::new(),
                keep_foreign: false,
            },
            log: Log::default(),
            recordings: RecordingSettings::default(),
            recording_hosts: Vec::new(),
            shortcuts: Shortcuts::default(),
            wrap_up: WrapUpRules::default(),
            crm: CrmSettings::default(),
            crm_schemes: vec!["https".to_owned()],
            requests_per_second: 1.5,
            file: None,
            locked: Vec::new(),
            origins: BTreeMap::new(),
        }
    }
}

impl Config {
    /// `user` is the first file found other than the machine's.
    ///
    /// # Errors
    /// If a file is not TOML, has an unknown key, or has a value that is not allowed.
    pub fn read(user: Option<File<'_>>, machine: Option<File<'_>>, given: Given) -> Result<Self, ConfigError> {
        let machine_values = machine.map(Document::parse).transpose()?.unwrap_or_default();
        let first = match user {
            Some(file) => Document::parse(file)?.values,
            None => machine_values.values.clone(),
        };
        let file = user.or(machine).map(|file| file.path.to_owned());
        let mut config = Self { file, locked: machine_values.locked, ..Self::default() };
        config.merge(given, first, machine_values.values);
        Ok(config)
    }

    fn merge(&mut self, given: Given, first: Given, machine: Given) {
        let mut choice = Choice { locked: &self.locked, origins: BTreeMap::new() };
        let (platform, agent, callbacks) = (&mut self.platform, &mut self.agent, &mut self.callbacks);
        choice.make("platform.url", &mut platform.url, [given.url, first.url, machine.url]);
        choice.make("platform.appid", &mut platform.appid, [given.appid, first.appid, machine.appid]);
        choice.make("platform.utc_offset", &mut platform.utc_offset, [given.utc_offset, first.utc_offset, machine.utc_offset]);
        choice.make("agent.extension", &mut agent.extension, [given.extension, first.extension, machine.extension]);
        choice.make("agent.agent_id", &mut agent.agent_id, [given.agent_id, first.agent_id, machine.agent_id]);
        choice.make("agent.queues", &mut agent.queues, [given.queues, first.queues, machine.queues]);
        choice.make("agent.after_sign_in", &mut agent.after_sign_in, [given.after_sign_in, first.after_sign_in, machine.after_sign_in]);
        choice.make("agent.breaks", &mut agent.breaks, [given.breaks, first.breaks, machine.breaks]);
        choice.make("callbacks.bind", &mut callbacks.bind, [given.bind, first.bind, machine.bind]);
        let public_urls = [given.public_url, first.public_url, machine.public_url].map(|url| url.map(Some));
        choice.make("callbacks.public_url", &mut callbacks.public_url, public_urls);
        let secrets = [given.secret, first.secret, machine.secret].map(|secret| secret.map(Some));
        choice.make("callbacks.secret", &mut callbacks.secret, secrets);
        let sources = [given.allowed_sources, first.allowed_sources, machine.allowed_sources];
        choice.make("callbacks.allowed_sources", &mut callbacks.allowed_sources, sources);
        let foreign = [given.keep_foreign, first.keep_foreign, machine.keep_foreign];
        choice.make("callbacks.keep_foreign", &mut callbacks.keep_foreign, foreign);
        let budgets = [given.requests_per_second, first.requests_per_second, machine.requests_per_second];
        choice.make("polling.requests_per_second", &mut self.requests_per_second, budgets);
        choice.make("log.dispositions", &mut self.log.dispositions, [given.dispositions, first.dispositions, machine.dispositions]);
        let prefixes = [given.number_prefixes, first.number_prefixes, machine.number_prefixes];
        choice.make("log.number_prefixes", &mut self.log.numbers.prefixes, prefixes);
        let detailed = [given.detailed_log, first.detailed_log, machine.detailed_log].map(|detailed| detailed.map(Some));
        choice.make("log.detailed", &mut self.log.detailed, detailed);
        let hosts = [given.recording_hosts, first.recording_hosts, machine.recording_hosts];
        choice.make("recordings.hosts", &mut self.recording_hosts, hosts);
        choice.make_recordings(&mut self.recordings, [given.recordings, first.recordings, machine.recordings]);
        choice.make_shortcuts(&mut self.shortcuts, [given.shortcuts, first.shortcuts, machine.shortcuts]);
        let wrap_up = &mut self.wrap_up;
        choice.make("wrap_up.seconds", &mut wrap_up.seconds, [given.wrap_up_seconds, first.wrap_up_seconds, machine.wrap_up_seconds]);
        let queues = [given.disposition_required, first.disposition_required, machine.disposition_required];
        choice.make("wrap_up.disposition", &mut wrap_up.disposition, queues);
        choice.make("wrap_up.note", &mut wrap_up.note, [given.note_required, first.note_required, machine.note_required]);
        let crm = [&given.crm, &first.crm, &machine.crm];
        choice.make("crm.mode", &mut self.crm.mode, crm.map(|set| set.mode.map(Some)));
        choice.make("crm.template", &mut self.crm.template, crm.map(|set| set.template.clone().map(Some)));
        choice.make("crm.schemes", &mut self.crm_schemes, [given.crm_schemes, first.crm_schemes, machine.crm_schemes]);
        self.origins = choice.origins;
    }

    /// Whether the machine's file locks this key, which is one of [`KEYS`].
    pub fn is_locked(&self, key: &str) -> bool {
        self.origin(key) == Origin::Locked
    }

    pub fn origin(&self, key: &str) -> Origin {
        self.origins.get(key).copied().unwrap_or_default()
    }

    /// The highest number of requests to the platform per second.
    pub fn requests_per_second(&self) -> f64 {
        self.requests_per_second
    }

    /// Applies the provisioning to the saved state. A value from a file is used only where the user saved none; a flag, an
    /// environment variable or a locked value replaces the saved value.
    pub fn provision(&self, saved: &mut SavedState) {
        let fresh = saved.account.is_none() && saved.agent.is_none();
        let mut account = saved.account.take().unwrap_or_default();
        self.settle("platform.url", &mut account.url, &self.platform.url, String::is_empty);
        self.settle("platform.appid", &mut account.appid, &self.platform.appid, String::is_empty);
        saved.account = (account != Account::default()).then_some(account);
        let mut agent = saved.agent.take().unwrap_or_default();
        self.settle("agent.extension", &mut agent.extension, &self.agent.extension, |extension| extension.0.is_empty());
        self.settle("agent.agent_id", &mut agent.agent_id, &self.agent.agent_id, String::is_empty);
        self.settle("agent.queues", &mut agent.queues, &self.agent.queues, Vec::is_empty);
        saved.agent = (agent != Agent::default()).then_some(agent);
        self.provision_settings(&mut saved.settings, fresh);
        for absent in &mut saved.absent {
            self.provision_settings(&mut absent.settings, false);
        }
    }

    fn provision_settings(&self, settings: &mut Settings, fresh: bool) {
        // The policy always has a value. If nobody has signed in so far, the user did not choose it.
        self.settle("agent.after_sign_in", &mut settings.after_sign_in, &self.agent.after_sign_in, |_| fresh);
        let (kept, set) = (&mut settings.recordings, &self.recordings);
        self.settle("recordings.archive", &mut kept.archive, &set.archive, Option::is_none);
        self.settle("recordings.order", &mut kept.order, &set.order, Option::is_none);
        self.settle("recordings.folder", &mut kept.folder, &set.folder, Option::is_none);
        self.settle("recordings.limit_gb", &mut kept.limit_gb, &set.limit_gb, Option::is_none);
        self.settle("recordings.keep_days", &mut kept.keep_days, &set.keep_days, Option::is_none);
        self.settle("log.keep_days", &mut kept.keep_calls_days, &set.keep_calls_days, Option::is_none);
        self.settle("log.detailed", &mut settings.detailed_log, &self.log.detailed, Option::is_none);
        let (kept, set) = (&mut settings.shortcuts, &self.shortcuts);
        self.settle("shortcuts.available", &mut kept.available, &set.available, Option::is_none);
        self.settle("shortcuts.busy", &mut kept.busy, &set.busy, Option::is_none);
        self.settle("shortcuts.silence", &mut kept.silence, &set.silence, Option::is_none);
        self.settle("shortcuts.show", &mut kept.show, &set.show, Option::is_none);
        let (kept, set) = (&mut settings.crm, &self.crm);
        self.settle("crm.mode", &mut kept.mode, &set.mode, Option::is_none);
        self.settle("crm.template", &mut kept.template, &set.template, Option::is_none);
    }

    fn settle<T: Clone>(&self, key: &str, saved: &mut T, configured: &T, unsaid: impl Fn(&T) -> bool) {
        let replaces = match self.origin(key) {
            Origin::Default => false,
            Origin::File => unsaid(saved),
            Origin::Given | Origin::Locked => true,
        };
        if replaces {
            saved.clone_from(configured);
        }
    }
}

/// Chooses each value by the module's order of precedence and records its origin.
struct Choice<'a> {
    locked: &'a [String],
    origins: BTreeMap<&'static str, Origin>,
}

impl Choice<'_> {
    fn make<T>(&mut self, key: &'static str, value: &mut T, [given, first, machine]: [Option<T>; 3]) {
        debug_assert!(KEYS.contains(&key));
        let (origin, chosen) = if self.locked.iter().any(|locked| locked == key) {
            (Origin::Locked, machine)
        } else if given.is_some() {
            (Origin::Given, given)
        } else if first.is_some() {
            (Origin::File, first)
        } else {
            return;
        };
        self.origins.insert(key, origin);
        if let Some(chosen) = chosen {
            *value = chosen;
        }
    }

    fn make_recordings(&mut self, value: &mut RecordingSettings, [given, first, machine]: [RecordingSettings; 3]) {
        let all = [given, first, machine];
        self.make("recordings.archive", &mut value.archive, all.each_ref().map(|set| set.archive.map(Some)));
        self.make("recordings.order", &mut value.order, all.each_ref().map(|set| set.order.map(Some)));
        self.make("recordings.folder", &mut value.folder, all.each_ref().map(|set| set.folder.clone().map(Some)));
        self.make("recordings.limit_gb", &mut value.limit_gb, all.each_ref().map(|set| set.limit_gb.map(Some)));
        self.make("recordings.keep_days", &mut value.keep_days, all.each_ref().map(|set| set.keep_days.map(Some)));
        self.make("log.keep_days", &mut value.keep_calls_days, all.each_ref().map(|set| set.keep_calls_days.map(Some)));
    }

    fn make_shortcuts(&mut self, value: &mut Shortcuts, [given, first, machine]: [Shortcuts; 3]) {
        let all = [given, first, machine];
        self.make("shortcuts.available", &mut value.available, all.each_ref().map(|set| set.available.clone().map(Some)));
        self.make("shortcuts.busy", &mut value.busy, all.each_ref().map(|set| set.busy.clone().map(Some)));
        self.make("shortcuts.silence", &mut value.silence, all.each_ref().map(|set| set.silence.clone().map(Some)));
        self.make("shortcuts.show", &mut value.show, all.each_ref().map(|set| set.show.clone().map(Some)));
    }
}

#[cfg(test)]
mod tests;
