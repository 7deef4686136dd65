//! The list of all settings: the value of each, where it comes from, and whether it is locked. Without secrets.

use std::fmt::Write as _;

use ringside_domain::SavedState;
use ringside_engine::{
    config::{Origin, SETTINGS, Saved, Setting, Shape},
    saved,
};
use ringside_platform::{NamedIn, Way};
use ringside_store::Store;
use serde_json::{Value, json};

use crate::life::{paths::Paths, provision::Provisioned};

/// Stands for the platform while no address is set.
const ANY: &str = "https://platform.invalid/";

/// The settings with which Ringside would start now.
#[derive(Debug)]
pub struct Listing<'a> {
    provisioned: &'a Provisioned,
    rows: Vec<Row>,
    proxy: Proxied,
    /// Why it is not known what was chosen in the app.
    unreadable: Option<String>,
}

/// A setting and its value in effect.
#[derive(Debug)]
struct Row {
    setting: &'static Setting,
    /// As a flag has it; a secret is not shown.
    value: Vec<String>,
    source: Source,
    locked: bool,
}

/// The proxy on the way to the platform, or to any platform while none is set.
#[derive(Debug, Default, PartialEq)]
struct Proxied {
    address: Option<String>,
    from: Option<NamedIn>,
    problem: Option<&'static str>,
}

impl Proxied {
    fn of(way: Way) -> Self {
        match way {
            Way::Direct => Self::default(),
            Way::Misnamed(from) => Self { address: None, from: Some(from), problem: Some("not the address of a proxy, so none is used") },
            Way::Through(hop) => {
                let problem = (!hop.is_of_web()).then_some("Ringside cannot use a proxy of this kind");
                Self { address: Some(hop.address.as_str().trim_end_matches('/').to_owned()), from: Some(hop.named_in), problem }
            }
        }
    }

    fn in_words(&self) -> String {
        let said = [self.from.as_ref().map(ToString::to_string), self.problem.map(str::to_owned)];
        let said: Vec<String> = said.into_iter().flatten().collect();
        let address = self.address.as_deref().unwrap_or("none");
        if said.is_empty() { address.to_owned() } else { format!("{address}  ({})", said.join(": ")) }
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Source {
    Given(Origin),
    /// The user chose it in the app.
    App,
}

impl<'a> Listing<'a> {
    pub fn of(provisioned: &'a Provisioned, paths: &Paths) -> Self {
        let config = &provisioned.config;
        let stored = Store::open_to_read(&paths.data).and_then(|store| store.map(|store| saved(&store, config)).transpose());
        let (mut state, unreadable) = match stored {
            Ok(state) => (state, None),
            Err(error) => (None, Some(format!("what was chosen in the app cannot be read: {error}"))),
        };
        let (mut account, mut agent) = (Default::default(), Default::default());
        if let Some(state) = &mut state {
            account = state.account.take().unwrap_or_default();
            agent = state.agent.take().unwrap_or_default();
        }
        let keys = state.as_ref().map(SavedState::chosen).unwrap_or_default();
        let saved = state.as_mut().map(|state| Saved { account: &mut account, agent: &mut agent, settings: &mut state.settings });
        let row = |setting: &'static Setting| {
            let is_chosen = keys.contains(&setting.key) && !config.overrules(setting.key);
            let chosen = saved.as_ref().filter(|_| is_chosen).and_then(|saved| config.written_saved(setting, saved));
            let source = if chosen.is_some() { Source::App } else { Source::Given(config.origin(setting.key)) };
            Row { setting, value: chosen.unwrap_or_else(|| config.written(setting)), source, locked: config.is_locked(setting.key) }
        };
        let rows: Vec<Row> = SETTINGS.iter().map(row).collect();
        // A gateway is reached without a proxy.
        let proxy = if config.values.fleet_url.is_some() {
            Proxied::default()
        } else {
            let platform = rows.iter().find(|row| row.setting.key == "platform.url").and_then(|row| row.value.first()?.parse().ok());
            platform.or_else(|| ANY.parse().ok()).map(|url| Proxied::of(config.values.proxy.way(&url))).unwrap_or_default()
        };
        Self { provisioned, rows, proxy, unreadable }
    }

    fn warnings(&self) -> Vec<&String> {
        self.provisioned.config.warnings.iter().chain(&self.provisioned.refused).chain(&self.unreadable).collect()
    }

    pub fn in_words(&self) -> String {
        let width = self.rows.iter().map(|row| row.setting.key.len()).max().unwrap_or_default();
        let mut text = String::new();
        for Row { setting, value, source, locked } in &self.rows {
            let value = if value.is_empty() { "–".to_owned() } else { value.join(", ") };
            let lock = if *locked { ", locked" } else { "" };
            // Writing to a text does not fail.
            let _ = writeln!(text, "{:width$}  {value}  ({}{lock})", setting.key, name(*source));
            if setting.key == "network.proxy" {
                let _ = writeln!(text, "{:width$}  {}", "  in use", self.proxy.in_words());
            }
        }
        for warning in self.warnings() {
            let _ = writeln!(text, "! {warning}");
        }
        text
    }

    pub fn as_json(&self) -> Value {
        let one = |Row { setting, value, source, locked }: &Row| {
            let is_secret = matches!(setting.shape, Shape::Secret { .. });
            let shown = if is_secret { Value::Null } else { json!(value) };
            json!({ "key": setting.key, "value": shown, "set": !value.is_empty(), "secret": is_secret, "from": name(*source), "locked": locked })
        };
        json!({
            "settings": self.rows.iter().map(one).collect::<Vec<_>>(),
            "proxyInUse": {
                "address": self.proxy.address, "from": self.proxy.from.map(|from| from.to_string()), "problem": self.proxy.problem,
            },
            "userFile": self.provisioned.user,
            "machineFile": self.provisioned.machine,
            "warnings": self.warnings(),
        })
    }
}

fn name(source: Source) -> &'static str {
    match source {
        Source::App => "app",
        Source::Given(Origin::Default) => "default",
        Source::Given(Origin::UserFile) => "user's file",
        Source::Given(Origin::MachineFile) => "machine's file",
        Source::Given(Origin::Registry) => "registry",
        Source::Given(Origin::Preferences) => "managed preferences",
        Source::Given(Origin::Environment) => "environment",
        Source::Given(Origin::CommandLine) => "command line",
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use ringside_domain::{SettingChange, Theme};
    use ringside_engine::config::{Config, File, Given, Sources, setting};
    use ringside_store::Write;
    use secrecy::SecretString;

    use super::*;

    const SECRET: &str = "a-secret-of-many-letters";

    fn provisioned() -> Provisioned {
        let file = |path, text| Some(File { path: std::path::Path::new(path), text });
        let sources = Sources {
            command_line: Given { wrap_up_seconds: Some(7), ..Given::default() },
            environment: Given { secret: Some(SecretString::from(SECRET)), ..Given::default() },
            user: file("user.toml", "[log]\ndispositions = [\"Sold\", \"Later\"]\n[recordings]\nlimit_gb = 5\n"),
            machine: file("machine.toml", "locked = [\"platform.url\"]\n[platform]\nurl = \"https://call.example.com/\"\n"),
            ..Sources::default()
        };
        let refused = Some("/etc/ringside/config.toml is not used: its owner is not root".to_owned());
        Provisioned { config: Config::read(sources).unwrap(), user: PathBuf::from("user.toml"), machine: None, refused }
    }

    fn row<'a>(rows: &'a [Row], key: &str) -> &'a Row {
        rows.iter().find(|row| row.setting.key == key).unwrap()
    }

    #[test]
    fn each_setting_is_printed_once_with_its_source_and_its_lock_and_no_secret() {
        let folder = tempfile::tempdir().unwrap();
        let paths = Paths::new(Some(folder.path().to_owned()), false);
        let provisioned = provisioned();
        let listing = Listing::of(&provisioned, &paths);
        let rows = &listing.rows;
        assert_eq!(rows.len(), SETTINGS.len());
        for (key, value, source, locked) in [
            ("platform.url", "https://call.example.com/", Origin::MachineFile, true),
            ("wrap_up.seconds", "7", Origin::CommandLine, false),
            ("recordings.limit_gb", "5", Origin::UserFile, false),
            ("platform.utc_offset", "+08:00", Origin::Default, false),
        ] {
            let expected = Row { setting: setting(key).unwrap(), value: vec![value.to_owned()], source: Source::Given(source), locked };
            assert_eq!(row(rows, key).source, expected.source, "{key}");
            assert_eq!((&row(rows, key).value, row(rows, key).locked), (&expected.value, locked), "{key}");
        }
        let words = listing.in_words();
        for line in [
            "platform.url                   https://call.example.com/  (machine's file, locked)",
            "log.dispositions               Sold, Later  (user's file)",
            "callbacks.secret               ••••  (environment)",
            "fleet.url                      –  (default)",
            "! /etc/ringside/config.toml is not used: its owner is not root",
        ] {
            assert!(words.lines().any(|shown| shown.split_whitespace().eq(line.split_whitespace())), "{line}\n{words}");
        }
        let json = listing.as_json();
        let one = |key: &str| json["settings"].as_array().unwrap().iter().find(|row| row["key"] == key).unwrap().clone();
        assert_eq!(one("platform.url")["locked"], true);
        assert_eq!((&one("callbacks.secret")["value"], &one("callbacks.secret")["set"]), (&Value::Null, &Value::Bool(true)));
        assert_eq!(one("log.dispositions")["value"], json!(["Sold", "Later"]));
        assert!(!words.contains(SECRET) && !json.to_string().contains(SECRET));
    }

    #[test]
    fn the_proxy_in_use_is_printed_or_why_it_cannot_be_used() {
        let folder = tempfile::tempdir().unwrap();
        let paths = Paths::new(Some(folder.path().to_owned()), false);
        let listed = |proxy: &str| {
            let proxy = ringside_platform::Proxy::At(proxy.parse().unwrap());
            let sources = Sources { command_line: Given { proxy: Some(proxy), ..Given::default() }, ..Sources::default() };
            let provisioned = Provisioned { config: Config::read(sources).unwrap(), user: PathBuf::new(), machine: None, refused: None };
            let listing = Listing::of(&provisioned, &paths);
            (
                listing.in_words().lines().find(|line| line.starts_with("  in use")).unwrap().to_owned(),
                listing.as_json()["proxyInUse"].clone(),
            )
        };
        let (words, json) = listed("http://proxy.example.com:3128");
        assert!(words.ends_with("  http://proxy.example.com:3128  (network.proxy)"), "{words}");
        assert_eq!(json, json!({ "address": "http://proxy.example.com:3128", "from": "network.proxy", "problem": null }));
        let (words, _) = listed("socks5://proxy.example.com:1080");
        assert!(words.ends_with("(network.proxy: Ringside cannot use a proxy of this kind)"), "{words}");
        let misnamed = Proxied::of(Way::Misnamed(NamedIn::Variable("http_proxy"))).in_words();
        assert_eq!(misnamed, "none  (http_proxy: not the address of a proxy, so none is used)");
        assert_eq!(Proxied::of(Way::Direct).in_words(), "none");
    }

    #[tokio::test]
    async fn what_the_user_chose_in_the_app_is_printed_as_such() {
        let folder = tempfile::tempdir().unwrap();
        let paths = Paths::new(Some(folder.path().to_owned()), false);
        let (store, _) = Store::open(&paths.data, ringside_domain::Timestamp(0)).unwrap();
        let json = r#"{"account":{"url":"https://mine.example.com/","appid":"mine"},"settings":{"recordings":{"limitGb":9}}}"#;
        store.write(vec![Write::Setting { key: "session".to_owned(), json: json.to_owned() }]).await.unwrap();
        let provisioned = provisioned();
        let rows = &Listing::of(&provisioned, &paths).rows;
        assert_eq!((row(rows, "recordings.limit_gb").value[0].as_str(), row(rows, "recordings.limit_gb").source), ("9", Source::App));
        assert_eq!((row(rows, "platform.appid").value[0].as_str(), row(rows, "platform.appid").source), ("mine", Source::App));
        let url = row(rows, "platform.url");
        assert_eq!((url.value[0].as_str(), url.source), ("https://call.example.com/", Source::Given(Origin::MachineFile)), "locked");
        assert_eq!(row(rows, "sound.ring_volume").source, Source::Given(Origin::Default));
    }

    #[tokio::test]
    async fn only_what_the_user_chose_is_printed_as_chosen() {
        let folder = tempfile::tempdir().unwrap();
        let paths = Paths::new(Some(folder.path().to_owned()), false);
        let (store, _) = Store::open(&paths.data, ringside_domain::Timestamp(0)).unwrap();
        let machine = |text| {
            let machine = Some(File { path: std::path::Path::new("machine.toml"), text });
            let config = Config::read(Sources { machine, ..Sources::default() }).unwrap();
            Provisioned { config, user: PathBuf::new(), machine: None, refused: None }
        };
        // A user with these recommended values, who chose the theme, and the limit as it was recommended.
        let before = machine("[platform]\nurl = \"https://a.example.com/\"\n[sound]\nring_volume = 40\n[recordings]\nlimit_gb = 5\n");
        let mut saved = SavedState::default();
        before.config.provision(&mut saved);
        saved.choose(SettingChange::Theme(Theme::Dark));
        saved.choose(SettingChange::ArchiveLimitGb(5));
        let json = serde_json::to_string(&saved).unwrap();
        store.write(vec![Write::Setting { key: "session".to_owned(), json }]).await.unwrap();
        let after = machine("[platform]\nurl = \"https://b.example.com/\"\n[sound]\nring_volume = 50\n[recordings]\nlimit_gb = 7\n");
        let rows = &Listing::of(&after, &paths).rows;
        for (key, value, source) in [
            ("platform.url", "https://b.example.com/", Source::Given(Origin::MachineFile)),
            ("sound.ring_volume", "50", Source::Given(Origin::MachineFile)),
            ("recordings.limit_gb", "5", Source::App),
            ("appearance.theme", "dark", Source::App),
        ] {
            assert_eq!((row(rows, key).value[0].as_str(), row(rows, key).source), (value, source), "{key}");
        }
    }
}
