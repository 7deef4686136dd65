//! Where the gateway's data and settings are, and the settings of a small office.

use std::{
    env,
    path::{Path, PathBuf},
};

use crate::{
    cli::Cli,
    config::{self, Config, ConfigError},
    folder::Folder,
    secrets::write_private,
};

const DATA: &str = "/var/lib/ringside-gateway";
const SETTINGS: &str = "/etc/ringside-gateway/gateway.toml";

/// The data folder: the given one, the service manager's, or the packaged one.
pub fn folder(cli: &Cli) -> Folder {
    let state = env::var_os("STATE_DIRECTORY").map(PathBuf::from);
    Folder::new(cli.data.clone().or(state).unwrap_or_else(|| PathBuf::from(DATA)))
}

fn settings_file(cli: &Cli, folder: &Folder) -> PathBuf {
    let packaged = || Some(PathBuf::from(SETTINGS)).filter(|file| cli.data.is_none() && file.exists());
    cli.config.clone().or_else(packaged).unwrap_or_else(|| folder.path().join(config::FILE))
}

/// Reads the settings. With `--company` they are made if there are none.
pub fn settings(cli: &Cli, folder: &Folder) -> Result<Config, ConfigError> {
    let file = settings_file(cli, folder);
    if let Some(company) = &cli.company
        && !file.exists()
    {
        make(&file, company, cli)?;
    }
    config::read(&file)
}

/// Writes the settings of one company, with what is missing as comments.
fn make(file: &Path, company: &str, cli: &Cli) -> Result<(), ConfigError> {
    if !config::is_name(company) {
        let why = "a name has 1 to 32 small letters, digits or hyphens".to_owned();
        return Err(ConfigError::Value(file.to_owned(), format!("company.{company}"), why));
    }
    let line = |key: &str, value: Option<&str>, example: &str| match value {
        Some(value) => format!("{key} = {}\n", quoted(value)),
        None => format!("# {key} = {}\n", quoted(example)),
    };
    let text = format!(
        "# The settings of ringside-gateway; docs/gateway.md describes all of them.\n\n[company.{company}.platform]\n{}{}\
         # The file with the account's accesskey.\n# accesskey_file = \"/etc/ringside-gateway/accesskey\"\n\n\
         [company.{company}.callbacks]\n# Where the platform, or a proxy before this machine, posts callbacks to.\nbind = \"127.0.0.1:7780\"\n\
         # public_url = \"https://gateway.example.com\"\n\n\
         [nats]\n# The address of this machine that desks connect to; with 127.0.0.1 only desks on this machine can.\nlisten = \"{}\"\n\
         # public_url = \"tls://gateway.example.com:4222\"\n# A certificate of a public authority; without it the gateway makes its own.\n\
         # tls_cert = \"/etc/ringside-gateway/cert.pem\"\n# tls_key = \"/etc/ringside-gateway/key.pem\"\n",
        line("url", cli.platform_url.as_deref(), "https://platform.example.com/"),
        line("appid", cli.appid.as_deref(), "your-appid"),
        cli.listen.unwrap_or(config::Nats::default().listen),
    );
    write_private(file, text.as_bytes()).map_err(|error| ConfigError::Unreadable(file.to_owned(), error))
}

/// A text as TOML writes it; in texts, TOML knows all escapes of JSON that occur here.
pub fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[test]
    fn a_small_office_gets_settings_that_can_be_read_and_are_not_made_twice() {
        let data = tempfile::tempdir().unwrap();
        let cli = |words: &[&str]| Cli::try_parse_from([&["x", "--data", data.path().to_str().unwrap()], words].concat()).unwrap();
        let first = cli(&["--company", "lantern", "--platform-url", "https://p.example/\"", "--appid", "a"]);
        let settings = |cli: &Cli| settings(cli, &folder(cli));
        assert_eq!(settings(&first).unwrap().companies[0].platform.as_ref().unwrap().appid, "a");
        assert!(!settings(&first).unwrap().nats.needs_certificate());
        assert_eq!(settings(&cli(&["--company", "other"])).unwrap().companies[0].name, "lantern", "the file decides");
        assert_eq!(settings(&cli(&[])).unwrap().companies.len(), 1);
    }

    #[test]
    fn an_office_with_several_machines_names_an_address() {
        let data = tempfile::tempdir().unwrap();
        let words = ["x", "--data", data.path().to_str().unwrap(), "--company", "lantern", "--listen", "10.1.2.3:4222"];
        let cli = Cli::try_parse_from(words).unwrap();
        let settings = settings(&cli, &folder(&cli)).unwrap();
        assert!(settings.nats.needs_certificate());
        assert_eq!(crate::commands::desks_url(&settings), "tls://10.1.2.3:4222");
    }

    #[test]
    fn without_an_account_the_settings_say_what_is_missing() {
        let data = tempfile::tempdir().unwrap();
        let cli = Cli::try_parse_from(["x", "--data", data.path().to_str().unwrap(), "--company", "lantern"]).unwrap();
        assert!(settings(&cli, &folder(&cli)).unwrap().companies[0].platform.is_none());
        let bad = Cli::try_parse_from(["x", "--data", "/none", "--company", "Lantern"]).unwrap();
        assert!(settings(&bad, &folder(&bad)).unwrap_err().to_string().contains("small letters"));
    }
}
