//! The policy of the machine: what the system's management sets, apart from `config.toml`.
//!
//! The reader in the shell lists what it finds, as tables and keys; these are the rules for it. A key that is set is locked. Under the table
//! `Recommended` it is not. A key that this version does not know is passed over with a warning: computers that are managed together may have
//! several versions of Ringside.

use std::path::PathBuf;

use super::{ConfigError, Given, Origin, SETTINGS, Setting, Shape};

/// What the system's management sets on this computer.
#[derive(Clone, Debug, Default)]
pub struct Policy {
    /// Where the entries come from.
    pub origin: Origin,
    pub entries: Vec<PolicyEntry>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct PolicyEntry {
    /// Where it was found, for people.
    pub place: String,
    /// Table and key, such as `platform.url`, in capital or small letters.
    pub key: String,
    /// The user may choose another value.
    pub is_recommended: bool,
    pub value: PolicyValue,
}

#[derive(Clone, Debug, PartialEq)]
pub enum PolicyValue {
    Text(String),
    List(Vec<String>),
    Number(u64),
    Switch(bool),
    /// A kind of value that no setting has.
    Other,
}

/// The values of a policy.
#[derive(Default)]
pub(super) struct Managed {
    pub origin: Origin,
    pub mandatory: Given,
    pub recommended: Given,
    /// The keys that are locked, with a value in `mandatory` or without.
    pub keys: Vec<&'static str>,
    /// Where there are keys that this version does not know.
    pub unknown: Vec<String>,
}

impl Policy {
    pub(super) fn settle(self) -> Result<Managed, ConfigError> {
        let mut managed = Managed { origin: self.origin, ..Managed::default() };
        for entry in self.entries {
            let Some(setting) = SETTINGS.iter().find(|setting| setting.key.eq_ignore_ascii_case(&entry.key)) else {
                managed.unknown.push(format!("{}: this version of Ringside has no such setting", entry.place));
                continue;
            };
            let values = if entry.is_recommended { &mut managed.recommended } else { &mut managed.mandatory };
            if !entry.is_recommended {
                managed.keys.push(setting.key);
            }
            let given = entry.value.texts(setting).and_then(|texts| {
                let texts: Vec<_> = texts.iter().map(String::as_str).collect();
                // As in a file, an empty text counts as not set.
                if texts == [""] { Ok(()) } else { values.give(setting, &texts) }
            });
            given.map_err(|message| ConfigError { file: PathBuf::from(entry.place), line: None, message })?;
        }
        Ok(managed)
    }
}

impl PolicyValue {
    /// The value as a flag has it.
    fn texts(&self, setting: &Setting) -> Result<Vec<String>, String> {
        let texts = match (self, setting.shape) {
            (Self::Number(number @ (0 | 1)), Shape::Switch) => vec![(*number == 1).to_string()],
            (Self::Number(_), Shape::Switch) => return Err("expected 0 or 1".to_owned()),
            (Self::Number(number), _) => vec![number.to_string()],
            (Self::Switch(is_on), _) => vec![is_on.to_string()],
            (Self::List(elements), _) => whole(elements.iter().map(String::as_str)),
            // An empty text counts as not set.
            (Self::Text(text), _) if setting.is_list() && !text.trim().is_empty() => whole(text.split(',')),
            (Self::Text(text), _) => vec![text.trim().to_owned()],
            (Self::Other, _) => return Err("expected a text, a number or a list of texts".to_owned()),
        };
        let has_control = |text: &String| text.chars().any(char::is_control);
        if texts.iter().any(has_control) { Err("there is a control character in the value".to_owned()) } else { Ok(texts) }
    }
}

/// The elements of a list, without those that are empty.
fn whole<'a>(elements: impl Iterator<Item = &'a str>) -> Vec<String> {
    elements.map(str::trim).filter(|element| !element.is_empty()).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use ringside_domain::{QueueName, SavedState, SettingChange};

    use super::*;
    use crate::config::{Config, File, Sources};

    fn entry(key: &str, value: PolicyValue) -> PolicyEntry {
        PolicyEntry { place: format!("HKLM\\Software\\Policies\\Ringside: {key}"), key: key.to_owned(), is_recommended: false, value }
    }

    fn text(text: &str) -> PolicyValue {
        PolicyValue::Text(text.to_owned())
    }

    fn policy(entries: Vec<PolicyEntry>) -> Policy {
        Policy { origin: Origin::Registry, entries }
    }

    const MACHINE: &str =
        "locked = [\"platform.url\", \"platform.appid\"]\n[platform]\nurl = \"https://machine.example.com/\"\nappid = \"1\"\n";
    const USER: &str = "[platform]\nurl = \"https://user.example.com/\"\nappid = \"2\"\n[wrap_up]\nseconds = 5\n";

    fn file<'a>(path: &'static str, text: &'a str) -> Option<File<'a>> {
        Some(File { path: std::path::Path::new(path), text })
    }

    #[test]
    fn each_setting_can_be_set_by_a_policy_and_is_then_locked() {
        for setting in SETTINGS {
            let example = setting.example();
            let config = Config::read(Sources { policy: policy(vec![entry(setting.key, text(&example))]), ..Sources::default() }).unwrap();
            assert_eq!((config.origin(setting.key), config.is_locked(setting.key)), (Origin::Registry, true), "{}", setting.key);
            let mut given = Given::default();
            given.give(setting, &[&example]).unwrap();
            let wanted = Config::read(Sources { command_line: given, ..Sources::default() }).unwrap();
            assert_eq!(config.written(setting), wanted.written(setting), "{}", setting.key);
        }
    }

    #[test]
    fn a_policy_comes_before_the_machines_file_and_what_it_sets_nobody_else_changes() {
        let mut given = Given { wrap_up_seconds: Some(7), ..Given::default() };
        given.url = Some("https://given.example.com/".to_owned());
        let entries = vec![entry("PLATFORM.Url", text("https://policy.example.com/")), entry("wrap_up.seconds", PolicyValue::Number(20))];
        let sources = Sources {
            command_line: given,
            user: file("user.toml", USER),
            machine: file("machine.toml", MACHINE),
            policy: policy(entries),
            ..Sources::default()
        };
        let config = Config::read(sources).unwrap();
        assert_eq!((config.values.url.as_str(), config.values.wrap_up_seconds), ("https://policy.example.com/", 20));
        assert_eq!((config.values.appid.as_str(), config.origin("platform.appid")), ("1", Origin::MachineFile), "locked by the file alone");
        assert_eq!(config.locked, ["platform.url", "platform.appid", "wrap_up.seconds"]);
    }

    #[test]
    fn a_recommended_value_counts_like_one_in_the_machines_file() {
        let recommended = |key: &str, value| PolicyEntry { is_recommended: true, ..entry(key, value) };
        let entries = || {
            vec![recommended("platform.url", text("https://policy.example.com/")), recommended("wrap_up.seconds", PolicyValue::Number(20))]
        };
        let machine = "[platform]\nurl = \"https://machine.example.com/\"\nappid = \"1\"\n";
        let read = |user, given| {
            let sources = Sources {
                command_line: given,
                user,
                machine: file("machine.toml", machine),
                policy: policy(entries()),
                ..Sources::default()
            };
            Config::read(sources).unwrap()
        };
        let config = read(None, Given { wrap_up_seconds: Some(7), ..Given::default() });
        assert_eq!((config.values.url.as_str(), config.values.appid.as_str()), ("https://policy.example.com/", "1"));
        assert_eq!((config.values.wrap_up_seconds, config.locked.len()), (7, 0));
        let config = read(file("user.toml", USER), Given::default());
        assert_eq!((config.values.url.as_str(), config.values.wrap_up_seconds), ("https://user.example.com/", 5));
        let mut saved = SavedState::default();
        saved.choose(SettingChange::KeepRecordingsDays(9));
        let days = vec![recommended("recordings.keep_days", PolicyValue::Number(30))];
        Config::read(Sources { policy: policy(days), ..Sources::default() }).unwrap().provision(&mut saved);
        assert_eq!(saved.settings.recordings.keep_days, Some(9), "the user chose");
    }

    #[test]
    fn numbers_switches_lists_and_texts_are_read_by_the_form_of_the_setting() {
        let read = |key: &str, value| Config::read(Sources { policy: policy(vec![entry(key, value)]), ..Sources::default() });
        for (value, is_on) in
            [(PolicyValue::Number(1), true), (PolicyValue::Number(0), false), (PolicyValue::Switch(true), true), (text("false"), false)]
        {
            assert_eq!(read("callbacks.keep_foreign", value).unwrap().values.keep_foreign, is_on);
        }
        let queues = [QueueName("a".into()), QueueName("b".into())];
        let list = |elements: &[&str]| PolicyValue::List(elements.iter().map(|element| (*element).to_owned()).collect());
        assert_eq!(read("agent.queues", list(&["a", "", " b "])).unwrap().values.queues, queues);
        assert_eq!(read("agent.queues", text("a, b")).unwrap().values.queues, queues);
        assert!((read("polling.requests_per_second", text("2.5")).unwrap().values.requests_per_second - 2.5).abs() < f64::EPSILON);
        let empty = read("platform.url", text("")).unwrap();
        assert_eq!((empty.values.url.as_str(), empty.is_locked("platform.url")), ("", true), "locked without a value: the default");
        for (key, value) in [
            ("callbacks.keep_foreign", PolicyValue::Number(2)),
            ("wrap_up.seconds", PolicyValue::Number(601)),
            ("platform.url", list(&["https://a.example.com/", "https://b.example.com/"])),
            ("platform.url", PolicyValue::Other),
            ("platform.appid", text("a\u{0}b")),
            ("callbacks.secret", text("short secret")),
        ] {
            let error = read(key, value).unwrap_err();
            assert!(error.to_string().contains(key) && !error.to_string().contains("short secret"), "{error}");
        }
    }

    #[test]
    fn a_key_of_another_version_is_passed_over_and_said() {
        let config = Config::read(Sources { policy: policy(vec![entry("platform.colour", text("blue"))]), ..Sources::default() }).unwrap();
        assert!(config.locked.is_empty() && config.warnings[0].contains("platform.colour"), "{:?}", config.warnings);
    }
}
