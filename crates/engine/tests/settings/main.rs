//! What holds for every setting that is declared, and the page that is generated from the declarations.

#![allow(clippy::unwrap_used, clippy::panic)]

mod page;
mod templates;

use std::{collections::BTreeSet, path::Path};

use ringside_domain::{Absent, Agent, Occasion, OwnAgent, Owner, SavedState, Settings};
use ringside_engine::config::{Config, File, Given, HIDDEN, Origin, SETTINGS, Saved, Setting, Shape, Sources};
use secrecy::ExposeSecret;

/// The line of a file for this setting, under its table.
fn line(setting: &Setting, text: &str) -> String {
    let (table, key) = setting.key.split_once('.').unwrap();
    let value = match setting.shape {
        Shape::Switch | Shape::Whole { .. } | Shape::Decimal { .. } => text.to_owned(),
        Shape::Text { .. } | Shape::Secret { .. } | Shape::Choice(_) => format!("'{text}'"),
        Shape::List { .. } => format!("['{text}']"),
        Shape::Breaks { .. } => {
            let (name, minutes) = text.split_once('=').unwrap();
            format!("[{{ name = '{name}', minutes = {minutes} }}]")
        }
    };
    format!("[{table}]\n{key} = {value}\n")
}

/// A value that is not the example.
fn other(setting: &Setting) -> String {
    let example = setting.example();
    match setting.shape {
        Shape::Choice(choices) => choices[0].to_owned(),
        Shape::Switch => (example == "false").to_string(),
        Shape::Whole { least, .. } => least.to_string(),
        Shape::Decimal { least, .. } => least.to_string(),
        Shape::Text { .. } | Shape::Secret { .. } | Shape::List { .. } | Shape::Breaks { .. } => {
            let short = &example[..example.len() - 1];
            let near = [format!("{example}0"), short.to_owned(), format!("{short}0")];
            let others = SETTINGS.iter().flat_map(|setting| [setting.example(), setting.default.to_owned()]);
            let mut fitting =
                near.into_iter().chain(others).chain(["calls".to_owned()]).filter(|text| *text != example && setting.check(text).is_ok());
            fitting.next().unwrap_or_else(|| panic!("{}: no second value was found", setting.key))
        }
    }
}

fn given(setting: &Setting, texts: &[&str]) -> Given {
    let mut given = Given::default();
    given.give(setting, texts).unwrap();
    given
}

fn read(user: Option<&str>, machine: Option<&str>, given: Given) -> Config {
    let file = |path, text| File { path: Path::new(path), text };
    Config::read(Sources {
        user: user.map(|text| file("user.toml", text)),
        machine: machine.map(|text| file("machine.toml", text)),
        command_line: given,
        ..Sources::default()
    })
    .unwrap()
}

fn none() -> Config {
    read(None, None, Given::default())
}

fn shown(config: &Config) -> String {
    let secrets = [&config.values.secret, &config.values.fleet_code].map(|secret| secret.as_ref().map(ExposeSecret::expose_secret));
    format!("{:?}, secrets {secrets:?}", config.values)
}

fn provisioned(config: &Config, mut saved: SavedState) -> SavedState {
    config.provision(&mut saved);
    saved
}

/// The state of a user who chose these values in the app. Each differs from the app's default.
fn chosen(values: Given) -> SavedState {
    let state = provisioned(&read(None, None, values), SavedState::default());
    let own = |agent: Agent| OwnAgent { extension: agent.extension, agent_id: agent.agent_id, queues: Some(agent.queues) };
    let (own_account, own_agent) = (state.account.clone(), state.agent.clone().map(own));
    let mut state = SavedState { own_account, own_agent, ..state };
    state.adopt_earlier(&SavedState::default(), &[]);
    state
}

/// What the app does by these settings, whether they are set or not.
fn in_effect(settings: &Settings) -> String {
    let Settings { recordings, crm, shortcuts, leaving, .. } = settings;
    let recordings =
        (recordings.scope(), recordings.order.unwrap_or_default(), recordings.limit(), recordings.keep(), recordings.keep_calls());
    let switches = (settings.detailed_log.unwrap_or(false), settings.has_supervisor());
    let leaving = [Occasion::Quit, Occasion::LogOff, Occasion::Sleep].map(|occasion| leaving.on(occasion));
    let others =
        (&settings.language, &settings.theme, &settings.do_not_disturb, &settings.sound, &settings.card, &settings.window, leaving);
    let shortcuts = shortcuts.set().collect::<Vec<_>>();
    format!("{:?}, {others:?}", (settings.after_sign_in, recordings, crm.mode(), crm.template(), shortcuts, switches))
}

#[test]
fn each_setting_has_names_of_its_own_and_a_meaning_in_both_languages() {
    let (mut keys, mut flags, mut variables) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    for setting in SETTINGS {
        assert!(keys.insert(setting.key), "{}", setting.key);
        assert!(setting.flag.as_ref().is_none_or(|flag| flags.insert(flag.name)), "{}: the flag of another", setting.key);
        assert!(setting.variable.is_none_or(|variable| variables.insert(variable)), "{}: the variable of another", setting.key);
        assert!(setting.english.starts_with(char::is_alphabetic), "{}", setting.key);
        assert!(setting.chinese.chars().any(|letter| ('\u{4e00}'..='\u{9fff}').contains(&letter)), "{}", setting.key);
        assert!(setting.check(&setting.example()).is_ok() && setting.example() != setting.default, "{}", setting.key);
        assert!(!matches!(setting.shape, Shape::Secret { .. }) || setting.flag.is_none(), "{}: a secret on a command line", setting.key);
    }
}

#[test]
fn the_default_that_is_declared_is_the_one_that_is_used() {
    for setting in SETTINGS.iter().filter(|setting| !setting.default.is_empty()) {
        let texts: Vec<_> = if setting.is_list() { setting.default.split(',').collect() } else { vec![setting.default] };
        let used = |config: &Config| match setting.is_saved() {
            true => in_effect(&provisioned(config, SavedState::default()).settings),
            false => shown(config),
        };
        let [default, example] = [&texts[..], &[&setting.example()]].map(|texts| used(&read(None, None, given(setting, texts))));
        assert_eq!(default, used(&none()), "{}", setting.key);
        assert_ne!(example, default, "{}: its value is used", setting.key);
    }
}

#[test]
fn a_flag_wins_over_the_users_file_and_that_over_the_machines() {
    for setting in SETTINGS {
        let (example, other) = (setting.example(), other(setting));
        let wanted = shown(&read(None, None, given(setting, &[&example])));
        assert_ne!(wanted, shown(&read(None, None, given(setting, &[&other]))), "{}", setting.key);
        for (config, origin) in [
            (read(Some(&line(setting, &other)), None, given(setting, &[&example])), Origin::CommandLine),
            (read(Some(&line(setting, &example)), Some(&line(setting, &other)), Given::default()), Origin::UserFile),
            (read(None, Some(&line(setting, &example)), Given::default()), Origin::MachineFile),
        ] {
            assert_eq!((shown(&config), config.origin(setting.key)), (wanted.clone(), origin), "{}", setting.key);
        }
    }
}

#[test]
fn what_was_saved_in_the_app_wins_over_a_file_and_a_flag_over_that() {
    let mut all = Given::default();
    for setting in SETTINGS.iter().filter(|setting| setting.is_saved()) {
        all.give(setting, &[&setting.example()]).unwrap();
    }
    let saved = chosen(all);
    let keys = SETTINGS.iter().filter(|setting| setting.is_saved()).map(|setting| setting.key);
    assert_eq!(saved.chosen().into_iter().collect::<BTreeSet<_>>(), keys.collect(), "each is chosen");
    for setting in SETTINGS.iter().filter(|setting| setting.is_saved()) {
        let (example, other) = (setting.example(), other(setting));
        let [by_file, by_file_alone] = [&other, &example].map(|text| read(Some(&line(setting, text)), None, Given::default()));
        assert_ne!(provisioned(&by_file_alone, SavedState::default()), SavedState::default(), "{}: nothing was chosen", setting.key);
        assert_eq!(provisioned(&by_file, saved.clone()), saved, "{}", setting.key);
        assert_ne!(provisioned(&read(None, None, given(setting, &[&other])), saved.clone()), saved, "{}", setting.key);
    }
}

/// Flags and environment are one source here; that a variable gives what its flag gives is tested in the shell.
#[test]
fn a_locked_setting_wins_over_file_flag_environment_and_what_was_saved_in_the_app() {
    for setting in SETTINGS {
        let lock = format!("locked = [\"{}\"]\n", setting.key);
        let (with_value, others) = (line(setting, &other(setting)), setting.example());
        for machine in [with_value.as_str(), ""] {
            let by_others = given(setting, &[&others]);
            let mut saved = chosen(by_others.clone());
            let owner = Owner { account: "1".into(), ..Owner::default() };
            saved.absent.push(Absent { owner, choices: saved.choices.clone(), ..Absent::default() });
            let config = read(Some(&line(setting, &others)), Some(&(lock.clone() + machine)), by_others);
            assert!(config.is_locked(setting.key) && config.locked == [setting.key], "{}", setting.key);
            let alone = read(None, Some(machine), Given::default());
            assert_eq!(shown(&config), shown(&alone), "{}", setting.key);
            let mut settled = provisioned(&config, saved);
            let absent = settled.absent.pop().unwrap();
            let alone = provisioned(&alone, SavedState::default());
            let in_effect = |state: &SavedState| (state.account.clone(), state.agent.clone(), state.settings.clone());
            assert_eq!(in_effect(&settled), in_effect(&alone), "{}", setting.key);
            assert_eq!(absent.settings, settled.settings, "{}: an agent who is not signed in", setting.key);
        }
    }
}

#[test]
fn each_value_is_written_as_a_flag_has_it_and_a_secret_is_not() {
    for setting in SETTINGS {
        let written = |config: &Config| config.written(setting);
        let default: Vec<_> = setting.default.split(',').filter(|part| !part.is_empty()).map(str::to_owned).collect();
        assert_eq!(written(&none()), default, "{}", setting.key);
        let config = read(None, None, given(setting, &[&setting.example()]));
        let shown = if matches!(setting.shape, Shape::Secret { .. }) { HIDDEN.to_owned() } else { setting.example() };
        let shown = vec![shown];
        assert_eq!(written(&config), shown, "{}", setting.key);
        let mut state = provisioned(&config, SavedState::default());
        let (mut account, mut agent) = (state.account.take().unwrap_or_default(), state.agent.take().unwrap_or_default());
        let saved = Saved { account: &mut account, agent: &mut agent, settings: &mut state.settings };
        let expected = setting.is_saved().then_some(shown);
        assert_eq!(none().written_saved(setting, &saved), expected, "{}: stored by the app", setting.key);
    }
}

#[test]
fn a_wrong_value_is_an_error_with_its_line_that_does_not_quote_it() {
    for setting in SETTINGS {
        let (table, key) = setting.key.split_once('.').unwrap();
        for value in ["{ hunter = 1987 }", "[1987]", "1987-01-01", "\"1987\\u0007\""] {
            let text = format!("# Ours\n[{table}]\n{key} = {value}\n");
            let file = File { path: Path::new("user.toml"), text: &text };
            let error = Config::read(Sources { user: Some(file), ..Sources::default() }).unwrap_err();
            assert_eq!((error.line, error.message.contains("1987")), (Some(3), false), "{}: {error}", setting.key);
        }
    }
}
