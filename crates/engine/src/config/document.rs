//! Parses one `config.toml`.

use ringside_domain::{ArchiveOrder, ArchiveScope, BreakReason, CrmSettings, QueueName, RecordingSettings, Shortcuts, SignInPolicy};
use secrecy::SecretString;
use serde::{Deserialize, Deserializer, de::Error};
use toml::Spanned;

use super::{ConfigError, File, Given, KEYS, parse};

/// The values of a file and the keys that it locks.
#[derive(Default)]
pub(super) struct Document {
    pub values: Given,
    pub locked: Vec<String>,
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Tables {
    locked: Vec<Spanned<String>>,
    platform: PlatformTable,
    agent: AgentTable,
    callbacks: CallbacksTable,
    polling: PollingTable,
    log: LogTable,
    recordings: RecordingsTable,
    shortcuts: ShortcutsTable,
    wrap_up: WrapUpTable,
    crm: CrmTable,
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct PlatformTable {
    url: Option<Spanned<String>>,
    appid: Option<Spanned<String>>,
    utc_offset: Option<Spanned<String>>,
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct AgentTable {
    extension: Option<Spanned<String>>,
    #[serde(deserialize_with = "number_or_text")]
    agent_id: Option<Spanned<String>>,
    queues: Option<Vec<Spanned<String>>>,
    after_sign_in: Option<SignInPolicy>,
    breaks: Option<Vec<BreakTable>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct BreakTable {
    name: Spanned<String>,
    minutes: Option<Spanned<u32>>,
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct CallbacksTable {
    bind: Option<Spanned<String>>,
    public_url: Option<Spanned<String>>,
    secret: Option<Spanned<SecretString>>,
    allowed_sources: Option<Vec<Spanned<String>>>,
    keep_foreign: Option<bool>,
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct PollingTable {
    requests_per_second: Option<Spanned<f64>>,
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct LogTable {
    dispositions: Option<Vec<Spanned<String>>>,
    number_prefixes: Option<Vec<Spanned<String>>>,
    keep_days: Option<u32>,
    detailed: Option<bool>,
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct RecordingsTable {
    archive: Option<ArchiveScope>,
    order: Option<ArchiveOrder>,
    folder: Option<Spanned<String>>,
    limit_gb: Option<u32>,
    keep_days: Option<u32>,
    hosts: Option<Vec<Spanned<String>>>,
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct ShortcutsTable {
    available: Option<Spanned<String>>,
    busy: Option<Spanned<String>>,
    silence: Option<Spanned<String>>,
    show: Option<Spanned<String>>,
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct WrapUpTable {
    seconds: Option<Spanned<u32>>,
    disposition: Option<Vec<Spanned<String>>>,
    note: Option<Vec<Spanned<String>>>,
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct CrmTable {
    mode: Option<Spanned<String>>,
    template: Option<Spanned<String>>,
    schemes: Option<Vec<Spanned<String>>>,
}

/// Accepts `agent_id` as a number, as the platform has it, or as a string, as Ringside keeps it (N4).
fn number_or_text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Spanned<String>>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Either {
        Number(u64),
        Text(String),
    }
    let value = Spanned::<Either>::deserialize(deserializer).map_err(|_| D::Error::custom("expected the agent's number, digits only"))?;
    let span = value.span();
    let text = match value.into_inner() {
        Either::Number(number) => number.to_string(),
        Either::Text(text) => text,
    };
    Ok(Some(Spanned::new(span, text)))
}

impl Document {
    pub fn parse(file: File<'_>) -> Result<Self, ConfigError> {
        let text = file.text.strip_prefix('\u{feff}').unwrap_or(file.text);
        let reader = Reader { file, text };
        let tables: Tables =
            toml::from_str(text).map_err(|error| reader.broken(error.span().map(|span| span.start), &without_value(error.message())))?;
        let Tables { locked, platform, agent, callbacks, polling, log, recordings, shortcuts, wrap_up, crm } = tables;
        let values = Given {
            url: reader.value(platform.url, parse::url)?,
            appid: reader.value(platform.appid, |appid| Ok(appid.to_owned()))?,
            utc_offset: reader.value(platform.utc_offset, parse::utc_offset)?,
            extension: reader.value(agent.extension, parse::extension)?,
            agent_id: reader.value(agent.agent_id, parse::agent_id)?,
            queues: reader.queues(agent.queues)?,
            after_sign_in: agent.after_sign_in,
            breaks: agent.breaks.map(|breaks| breaks.into_iter().map(|found| reader.break_reason(found)).collect()).transpose()?,
            bind: reader.value(callbacks.bind, parse::bind)?,
            public_url: reader.value(callbacks.public_url, parse::public_url)?,
            secret: reader.secret(callbacks.secret)?,
            allowed_sources: callbacks.allowed_sources.map(|sources| reader.list(sources, parse::source)).transpose()?,
            keep_foreign: callbacks.keep_foreign,
            requests_per_second: reader.number(polling.requests_per_second, parse::requests_per_second)?,
            dispositions: log.dispositions.map(|names| reader.list(names, parse::disposition)).transpose()?,
            wrap_up_seconds: reader.number(wrap_up.seconds, parse::wrap_up_seconds)?,
            disposition_required: reader.queues(wrap_up.disposition)?,
            note_required: reader.queues(wrap_up.note)?,
            number_prefixes: log.number_prefixes.map(|prefixes| reader.list(prefixes, parse::number_prefix)).transpose()?,
            detailed_log: log.detailed,
            recordings: RecordingSettings {
                archive: recordings.archive,
                order: recordings.order,
                folder: reader.value(recordings.folder, parse::folder)?,
                limit_gb: recordings.limit_gb,
                keep_days: recordings.keep_days,
                keep_calls_days: log.keep_days,
            },
            shortcuts: Shortcuts {
                available: reader.value(shortcuts.available, parse::shortcut)?,
                busy: reader.value(shortcuts.busy, parse::shortcut)?,
                silence: reader.value(shortcuts.silence, parse::shortcut)?,
                show: reader.value(shortcuts.show, parse::shortcut)?,
            },
            crm: CrmSettings { mode: reader.value(crm.mode, parse::crm_mode)?, template: reader.value(crm.template, parse::crm_template)? },
            crm_schemes: crm.schemes.map(|schemes| reader.list(schemes, parse::crm_scheme)).transpose()?,
            recording_hosts: recordings.hosts.map(|hosts| reader.list(hosts, parse::host)).transpose()?,
        };
        let known = |key: &str| match KEYS.contains(&key) {
            true => Ok(key.to_owned()),
            false => Err(format!("`{key}` cannot be locked; expected one of {}", KEYS.join(", "))),
        };
        Ok(Self { values, locked: reader.list(locked, known)? })
    }
}

/// The remedy for a Windows path in double quotes.
const ESCAPES: &str = r#"in "…" a backslash begins an escape: write it in '…', or double it (\\)"#;

/// Removes the value found from serde's message for a wrong type: the value could be a secret.
fn without_value(message: &str) -> String {
    match message.rsplit_once(", expected ") {
        Some((found, expected)) if found.starts_with("invalid ") => format!("expected {expected}"),
        _ => message.to_owned(),
    }
}

struct Reader<'a> {
    file: File<'a>,
    text: &'a str,
}

impl Reader<'_> {
    /// An empty string counts as not set.
    fn value<T>(&self, found: Option<Spanned<String>>, parse: fn(&str) -> Result<T, String>) -> Result<Option<T>, ConfigError> {
        let Some(found) = found.filter(|found| !found.get_ref().is_empty()) else { return Ok(None) };
        self.one(&found, parse).map(Some)
    }

    fn list<T>(&self, found: Vec<Spanned<String>>, parse: impl Fn(&str) -> Result<T, String>) -> Result<Vec<T>, ConfigError> {
        found.iter().map(|found| self.one(found, &parse)).collect()
    }

    fn queues(&self, found: Option<Vec<Spanned<String>>>) -> Result<Option<Vec<QueueName>>, ConfigError> {
        found.map(|names| self.list(names, |name| Ok(QueueName(name.to_owned())))).transpose()
    }

    fn one<T>(&self, found: &Spanned<String>, parse: impl Fn(&str) -> Result<T, String>) -> Result<T, ConfigError> {
        let at = Some(found.span().start);
        // No valid value has a control character. `"C:\temp"` has one: its author meant a backslash, TOML reads a tab.
        if found.get_ref().chars().any(char::is_control) {
            return Err(self.error(at, &format!("there is a control character in the value; {ESCAPES}")));
        }
        parse(found.get_ref()).map_err(|message| self.error(at, &message))
    }

    /// The TOML parser's error; if the line has a backslash in double quotes, also the remedy for a Windows path.
    fn broken(&self, at: Option<usize>, message: &str) -> ConfigError {
        let line = at.and_then(|at| self.text.get(..at)).map(|before| before.rfind('\n').map_or(0, |end| end + 1));
        let line = line.and_then(|start| self.text.get(start..)?.lines().next()).unwrap_or_default();
        if line.contains('"') && line.contains('\\') {
            return self.error(at, &format!("{message}; {ESCAPES}"));
        }
        self.error(at, message)
    }

    fn secret(&self, found: Option<Spanned<SecretString>>) -> Result<Option<SecretString>, ConfigError> {
        use secrecy::ExposeSecret;
        let Some(found) = found.filter(|found| !found.get_ref().expose_secret().is_empty()) else { return Ok(None) };
        let read = parse::secret(found.get_ref().expose_secret());
        read.map(Some).map_err(|message| self.error(Some(found.span().start), &message))
    }

    fn number<T: Copy>(&self, found: Option<Spanned<T>>, parse: fn(T) -> Result<T, String>) -> Result<Option<T>, ConfigError> {
        let Some(found) = found else { return Ok(None) };
        parse(*found.get_ref()).map(Some).map_err(|message| self.error(Some(found.span().start), &message))
    }

    fn break_reason(&self, found: BreakTable) -> Result<BreakReason, ConfigError> {
        let name = self.one(&found.name, parse::break_name)?;
        Ok(BreakReason { name, minutes: self.number(found.minutes, parse::break_minutes)? })
    }

    fn error(&self, at: Option<usize>, message: &str) -> ConfigError {
        let line = at.map(|at| self.text.as_bytes().iter().take(at).filter(|byte| **byte == b'\n').count() + 1);
        ConfigError { file: self.file.path.to_owned(), line, message: message.to_owned() }
    }
}
