//! The flags and environment variables of the administrator's settings, made from [`SETTINGS`].

use std::mem;

use clap::{
    Arg, ArgAction, ArgMatches, Args, Command, Error, FromArgMatches,
    builder::{PossibleValuesParser, ValueParser},
    error::ErrorKind,
    parser::ValueSource,
};
use ringside_engine::config::{Flag, Given, SETTINGS, Setting, Shape};

/// The flag that names the configuration file.
const CONFIG: &str = "config";
const HEADING: &str = "Provisioning (wins over config.toml, but for locked keys)";

#[derive(Debug)]
pub struct Provisioning {
    pub command_line: Given,
    pub environment: Given,
}

impl Args for Provisioning {
    fn augment_args(command: Command) -> Command {
        command.args(declared().map(|(setting, flag)| arg(setting, flag)))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for Provisioning {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, Error> {
        let (mut command_line, mut environment) = (Given::default(), Given::default());
        for (setting, _) in declared() {
            if let Some(texts) = matches.get_many::<String>(setting.key) {
                let is_of_environment = matches.value_source(setting.key) == Some(ValueSource::EnvVariable);
                let given = if is_of_environment { &mut environment } else { &mut command_line };
                let texts: Vec<_> = texts.map(String::as_str).collect();
                given.give(setting, &texts).map_err(|message| Error::raw(ErrorKind::ValueValidation, message))?;
            }
        }
        Ok(Self { command_line, environment })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

/// Accepts these flags also after a verb, without listing them in the help of each verb.
pub fn with_short_help(mut command: Command) -> Command {
    // Gives the verbs the flags.
    command.build();
    command.get_subcommands_mut().for_each(shorten);
    command
}

fn shorten(verb: &mut Command) {
    let is_listed_elsewhere = |arg: &Arg| arg.get_id() == CONFIG || arg.get_help_heading() == Some(HEADING);
    let mut shorter = mem::take(verb).mut_args(|arg| if is_listed_elsewhere(&arg) { arg.hide(true) } else { arg });
    if shorter.get_after_help().is_none() {
        shorter = shorter.after_help("The flags of the settings, which --help without a command lists, can be given here, too.");
    }
    shorter.get_subcommands_mut().for_each(shorten);
    *verb = shorter;
}

fn declared() -> impl Iterator<Item = (&'static Setting, &'static Flag)> {
    SETTINGS.iter().filter_map(|setting| Some((setting, setting.flag.as_ref()?)))
}

fn arg(setting: &'static Setting, flag: &'static Flag) -> Arg {
    let mut help = setting.english.to_owned();
    if setting.is_list() {
        help.push_str("; may be given several times");
    }
    if !setting.default.is_empty() {
        help.push_str(&format!(" [default: {}]", setting.default));
    }
    let mut arg = Arg::new(setting.key)
        .long(flag.name)
        .value_name(flag.value)
        .help(help)
        .help_heading(HEADING)
        .global(true)
        .value_parser(parser(setting));
    if let Some(variable) = setting.variable {
        arg = arg.env(variable);
    }
    if setting.is_list() {
        arg = arg.action(ArgAction::Append).value_delimiter(',');
    }
    // An offset from UTC can begin with a hyphen. Elsewhere a hyphen is more likely the next flag, after a forgotten value.
    let begins_with_hyphen = matches!(setting.shape, Shape::Text { example } if example.starts_with('-'));
    arg.allow_hyphen_values(begins_with_hyphen)
}

fn parser(setting: &'static Setting) -> ValueParser {
    match setting.shape {
        Shape::Choice(choices) => PossibleValuesParser::new(choices).into(),
        Shape::Switch => PossibleValuesParser::new(["true", "false"]).into(),
        _ => ValueParser::new(|text: &str| setting.check(text).map(|()| text.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use std::process;

    use clap::{CommandFactory, Parser};

    use super::*;
    use crate::cli::Cli;

    fn parsed(arguments: &[&str]) -> Result<String, Error> {
        Cli::try_parse_from([&["ringside"], arguments].concat()).map(|cli| format!("{:?}", cli.flags().command_line))
    }

    fn given(setting: &Setting, texts: &[&str]) -> String {
        let mut given = Given::default();
        given.give(setting, texts).unwrap();
        format!("{given:?}")
    }

    #[test]
    fn each_flag_sets_its_own_key_and_no_other() {
        for (setting, flag) in declared() {
            let (name, example) = (format!("--{}", flag.name), setting.example());
            assert_eq!(parsed(&[&name, &example]).unwrap(), given(setting, &[&example]), "{name}");
            let twice = parsed(&[&name, &example, &name, &example]);
            if setting.is_list() {
                assert_eq!(twice.unwrap(), given(setting, &[&example, &example]), "{name}");
            } else {
                assert!(twice.is_err(), "{name}");
            }
            assert!(parsed(&[&name]).is_err() && parsed(&[&name, "--demo"]).is_err(), "{name} needs a value");
        }
    }

    #[test]
    fn help_shows_the_meaning_variable_and_default_of_each_flag() {
        let help = Cli::command().term_width(0).render_long_help().to_string();
        for (setting, flag) in declared() {
            let from = help.find(&format!("--{} <{}>", flag.name, flag.value)).unwrap_or_else(|| panic!("--{}", flag.name));
            let shown = help[from..].lines().skip(1).take_while(|line| !line.trim_start().starts_with("--")).collect::<String>();
            assert!(shown.contains(setting.english), "--{}: {shown}", flag.name);
            assert!(shown.contains(&format!("[env: {}=", setting.variable.unwrap())), "--{}: {shown}", flag.name);
            let default = format!("[default: {}]", setting.default);
            assert_eq!(shown.contains(&default), !setting.default.is_empty(), "--{}: {shown}", flag.name);
        }
    }

    #[test]
    fn each_verb_accepts_the_flags_of_the_settings_and_its_help_does_not_list_them() {
        let before = parsed(&["--proxy", "none", "--queue", "a"]).unwrap();
        for verb in [&["config"][..], &["doctor"], &["diagnostics"], &["export"], &["receipt"], &["update"], &["api", "GetQueueList"]] {
            assert_eq!(parsed(&[verb, &["--proxy", "none", "--queue", "a"]].concat()).unwrap(), before, "{verb:?}");
            assert_eq!(parsed(&[&["--proxy", "none"], verb, &["--queue", "a"]].concat()).unwrap(), before, "{verb:?}");
            let file = Cli::try_parse_from([&["ringside"], verb, &["--config", "a.toml"]].concat()).unwrap().flags().file.unwrap();
            assert!(file.ends_with("a.toml"), "{}", file.display());
        }
        let both = parsed(&["--proxy", "system", "config", "--proxy", "none"]).unwrap();
        assert_eq!(both, parsed(&["--proxy", "none"]).unwrap(), "the last counts");
        let mut command = with_short_help(Cli::command());
        for verb in command.get_subcommands_mut().filter(|verb| verb.get_name() != "help") {
            let help = verb.render_long_help().to_string();
            assert!(!help.contains("--proxy") && !help.contains("--config <"), "{help}");
        }
        assert!(command.render_long_help().to_string().contains("--proxy"));
        let read = with_short_help(Cli::command()).try_get_matches_from(["ringside", "doctor", "--proxy", "none"]).unwrap();
        assert!(Cli::from_arg_matches(&read).unwrap().flags().command_line.proxy.is_some());
    }

    const TEST: &str = "cli::provisioning::tests::each_variable_sets_the_same_value_as_its_flag_and_the_flag_takes_precedence";
    const IN_CHILD: &str = "RINGSIDE_TEST_VARIABLES";

    /// Runs itself in a child process, whose environment has every variable.
    #[test]
    fn each_variable_sets_the_same_value_as_its_flag_and_the_flag_takes_precedence() {
        let variables = || declared().filter_map(|(setting, _)| Some((setting.variable?, setting.example())));
        if std::env::var_os(IN_CHILD).is_none() {
            let mut child = process::Command::new(std::env::current_exe().unwrap());
            let child = child.args([TEST, "--exact"]).env(IN_CHILD, "1").envs(variables()).output().unwrap();
            let said = String::from_utf8_lossy(&child.stdout).into_owned();
            assert!(child.status.success() && said.contains("1 passed"), "{said}{}", String::from_utf8_lossy(&child.stderr));
            return;
        }
        let mut all = Given::default();
        for (setting, _) in declared().filter(|(setting, _)| setting.variable.is_some()) {
            all.give(setting, &[&setting.example()]).unwrap();
        }
        let cli = Cli::try_parse_from(["ringside"]).unwrap();
        assert_eq!(format!("{:?}", cli.flags().environment), format!("{all:?}"));
        let over = parsed(&["--wrap-up-seconds", "7", "--queue", "other"]).unwrap();
        assert!(over.contains("wrap_up_seconds: Some(7)") && over.contains("queues: Some([QueueName(\"other\")])"), "{over}");
    }
}
