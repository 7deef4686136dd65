//! `ringside config`: prints each setting, where its value comes from and whether it is locked, without a window, also while Ringside runs.

use std::{fmt::Write as _, process::ExitCode};

use ringside_engine::{
    config::{Origin, SETTINGS, Saved, Setting, Shape},
    saved,
};
use ringside_store::Store;
use serde_json::{Value, json};

use super::{Cli, ShowConfig, console};
use crate::life::{
    environment::Secrets,
    paths::Paths,
    provision::{self, Provisioned},
};

/// Prints the settings with which Ringside would start now with this command line. Status 0: done, 1: a source has an error.
pub fn run(cli: &Cli, wanted: &ShowConfig, secrets: &Secrets, paths: &Paths) -> ExitCode {
    let provisioned = match provision::read(cli.flags(), secrets) {
        Ok(provisioned) => provisioned,
        Err(error) => {
            console::complain(&error.to_string());
            return ExitCode::FAILURE;
        }
    };
    let rows = rows(&provisioned, paths);
    console::say(if wanted.json { as_json(&provisioned, &rows).to_string() } else { in_words(&provisioned, &rows) }.trim_end());
    ExitCode::SUCCESS
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

#[derive(Clone, Copy, Debug, PartialEq)]
enum Source {
    Given(Origin),
    /// The user chose it in the app.
    App,
}

fn rows(provisioned: &Provisioned, paths: &Paths) -> Vec<Row> {
    let config = &provisioned.config;
    let stored = Store::open_to_read(&paths.data).and_then(|store| store.map(|store| saved(&store, config)).transpose());
    let mut state = stored.unwrap_or_else(|error| {
        console::remark(&format!("what was chosen in the app cannot be read: {error}"));
        None
    });
    let (mut account, mut agent) = (Default::default(), Default::default());
    if let Some(state) = &mut state {
        account = state.account.take().unwrap_or_default();
        agent = state.agent.take().unwrap_or_default();
    }
    let saved = state.as_mut().map(|state| Saved { account: &mut account, agent: &mut agent, settings: &mut state.settings });
    let row = |setting: &'static Setting| {
        let given = config.written(setting);
        let chosen = saved.as_ref().and_then(|saved| config.written_saved(setting, saved)).filter(|chosen| *chosen != given);
        let source = if chosen.is_some() { Source::App } else { Source::Given(config.origin(setting.key)) };
        Row { setting, value: chosen.unwrap_or(given), source, locked: config.is_locked(setting.key) }
    };
    SETTINGS.iter().map(row).collect()
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

fn warnings(provisioned: &Provisioned) -> Vec<&String> {
    provisioned.config.warnings.iter().chain(&provisioned.refused).collect()
}

fn in_words(provisioned: &Provisioned, rows: &[Row]) -> String {
    let width = rows.iter().map(|row| row.setting.key.len()).max().unwrap_or_default();
    let mut text = String::new();
    for Row { setting, value, source, locked } in rows {
        let value = if value.is_empty() { "–".to_owned() } else { value.join(", ") };
        let lock = if *locked { ", locked" } else { "" };
        // Writing to a text does not fail.
        let _ = writeln!(text, "{:width$}  {value}  ({}{lock})", setting.key, name(*source));
    }
    for warning in warnings(provisioned) {
        let _ = writeln!(text, "! {warning}");
    }
    text
}

fn as_json(provisioned: &Provisioned, rows: &[Row]) -> Value {
    let one = |Row { setting, value, source, locked }: &Row| {
        let is_secret = matches!(setting.shape, Shape::Secret { .. });
        let shown = if is_secret { Value::Null } else { json!(value) };
        json!({ "key": setting.key, "value": shown, "set": !value.is_empty(), "secret": is_secret, "from": name(*source), "locked": locked })
    };
    json!({
        "settings": rows.iter().map(one).collect::<Vec<_>>(),
        "userFile": provisioned.user,
        "machineFile": provisioned.machine,
        "warnings": warnings(provisioned),
    })
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

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
        let rows = rows(&provisioned, &paths);
        assert_eq!(rows.len(), SETTINGS.len());
        for (key, value, source, locked) in [
            ("platform.url", "https://call.example.com/", Origin::MachineFile, true),
            ("wrap_up.seconds", "7", Origin::CommandLine, false),
            ("recordings.limit_gb", "5", Origin::UserFile, false),
            ("platform.utc_offset", "+08:00", Origin::Default, false),
        ] {
            let expected = Row { setting: setting(key).unwrap(), value: vec![value.to_owned()], source: Source::Given(source), locked };
            assert_eq!(row(&rows, key).source, expected.source, "{key}");
            assert_eq!((&row(&rows, key).value, row(&rows, key).locked), (&expected.value, locked), "{key}");
        }
        let words = in_words(&provisioned, &rows);
        for line in [
            "platform.url                   https://call.example.com/  (machine's file, locked)",
            "log.dispositions               Sold, Later  (user's file)",
            "callbacks.secret               ••••  (environment)",
            "fleet.url                      –  (default)",
            "! /etc/ringside/config.toml is not used: its owner is not root",
        ] {
            assert!(words.lines().any(|shown| shown.split_whitespace().eq(line.split_whitespace())), "{line}\n{words}");
        }
        let json = as_json(&provisioned, &rows);
        let one = |key: &str| json["settings"].as_array().unwrap().iter().find(|row| row["key"] == key).unwrap().clone();
        assert_eq!(one("platform.url")["locked"], true);
        assert_eq!((&one("callbacks.secret")["value"], &one("callbacks.secret")["set"]), (&Value::Null, &Value::Bool(true)));
        assert_eq!(one("log.dispositions")["value"], json!(["Sold", "Later"]));
        assert!(!words.contains(SECRET) && !json.to_string().contains(SECRET));
    }

    #[tokio::test]
    async fn what_the_user_chose_in_the_app_is_printed_as_such() {
        let folder = tempfile::tempdir().unwrap();
        let paths = Paths::new(Some(folder.path().to_owned()), false);
        let (store, _) = Store::open(&paths.data, ringside_domain::Timestamp(0)).unwrap();
        let json = r#"{"account":{"url":"https://mine.example.com/","appid":"mine"},"settings":{"recordings":{"limitGb":9}}}"#;
        store.write(vec![Write::Setting { key: "session".to_owned(), json: json.to_owned() }]).await.unwrap();
        let rows = rows(&provisioned(), &paths);
        assert_eq!((row(&rows, "recordings.limit_gb").value[0].as_str(), row(&rows, "recordings.limit_gb").source), ("9", Source::App));
        assert_eq!((row(&rows, "platform.appid").value[0].as_str(), row(&rows, "platform.appid").source), ("mine", Source::App));
        let url = row(&rows, "platform.url");
        assert_eq!((url.value[0].as_str(), url.source), ("https://call.example.com/", Source::Given(Origin::MachineFile)), "locked");
        assert_eq!(row(&rows, "sound.ring_volume").source, Source::Given(Origin::Default));
    }
}
