//! Settings that cannot be used together with the company's gateway.

use ringside_domain::ArchiveScope;

use super::Config;

/// The gateway alone asks the platform and receives its callbacks, and says whose desk this is.
const OF_THE_GATEWAY: [&str; 5] = ["platform.", "callbacks.", "polling.", "agent.extension", "agent.agent_id"];

impl Config {
    /// Why these settings cannot be used together; `has_accesskey`: an accesskey was given for this run.
    pub fn conflict(&self, has_accesskey: bool) -> Option<String> {
        if self.values.fleet_url.is_none() {
            let alone = self.set().find(|key| key.starts_with("fleet."))?;
            return Some(format!("`{alone}` is set without `fleet.url`: name the gateway, or remove `{alone}`"));
        }
        if let Some(key) = self.set().find(|key| OF_THE_GATEWAY.iter().any(|of| key.starts_with(of))) {
            return Some(format!("`{key}` is set beside `fleet.url`, but the company's gateway decides on it: remove `{key}`"));
        }
        if has_accesskey {
            return Some(
                "an accesskey is given beside `fleet.url`, but only the company's gateway has it: remove RINGSIDE_ACCESSKEY".to_owned(),
            );
        }
        (self.values.archive == Some(ArchiveScope::All)).then(|| {
            "`recordings.archive` is \"all\" beside `fleet.url`, so each desk would fetch the recordings of the whole company: set it to \"mine\""
                .to_owned()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Given, SETTINGS, Sources};
    use super::*;

    fn config(given: &[(&str, &str)]) -> Config {
        let mut all = Given::default();
        for (key, text) in given {
            all.give(SETTINGS.iter().find(|setting| setting.key == *key).unwrap(), &[text]).unwrap();
        }
        Config::read(Sources { command_line: all, ..Sources::default() }).unwrap()
    }

    const URL: (&str, &str) = ("fleet.url", "tls://gateway.example.com:4222");

    #[test]
    fn with_a_gateway_the_settings_that_it_decides_on_are_refused_by_name() {
        for setting in SETTINGS.iter().filter(|setting| setting.key != "recordings.archive" && !setting.key.starts_with("fleet.")) {
            let example = setting.example();
            let is_refused = ["platform", "callbacks", "polling"].iter().any(|table| setting.key.starts_with(table))
                || ["agent.extension", "agent.agent_id"].contains(&setting.key);
            let refusal = config(&[URL, (setting.key, &example)]).conflict(false);
            assert_eq!(refusal.as_ref().is_some_and(|refusal| refusal.contains(setting.key)), is_refused, "{refusal:?}");
            assert_eq!(config(&[(setting.key, &example)]).conflict(true), None, "{}: without a gateway", setting.key);
        }
        assert!(config(&[URL]).conflict(true).unwrap().contains("RINGSIDE_ACCESSKEY"));
        assert!(config(&[URL, ("recordings.archive", "all")]).conflict(false).unwrap().contains("mine"));
        for scope in ["off", "mine"] {
            assert_eq!(config(&[URL, ("recordings.archive", scope)]).conflict(false), None);
        }
    }

    #[test]
    fn a_locked_key_without_a_value_is_no_conflict() {
        let machine = "locked = [\"platform.url\"]\n[fleet]\nurl = \"wss://gateway.example.com/\"\n";
        let file = super::super::File { path: std::path::Path::new("machine.toml"), text: machine };
        assert_eq!(Config::read(Sources { machine: Some(file), ..Sources::default() }).unwrap().conflict(false), None);
    }

    #[test]
    fn a_code_or_a_certificate_without_a_gateway_is_refused() {
        for (key, text) in [("fleet.code", "UWLR-Q7US-GNTB-VD2S"), ("fleet.ca", &*std::env::temp_dir().join("ca.pem").to_string_lossy())] {
            assert!(config(&[(key, text)]).conflict(false).unwrap().contains(key));
            assert_eq!(config(&[URL, (key, text)]).conflict(false), None);
        }
    }

    #[test]
    fn only_an_encrypted_address_or_this_computer_is_a_gateway() {
        let setting = SETTINGS.iter().find(|setting| setting.key == "fleet.url").unwrap();
        for fit in [
            "tls://gateway.example.com:4222",
            "tls://gateway",
            "wss://gateway.example.com/ringside",
            "nats://127.0.0.1:4222",
            "nats://localhost:4222",
            "ws://[::1]:8080",
        ] {
            assert_eq!(setting.check(fit), Ok(()), "{fit}");
        }
        for unfit in [
            "nats://gateway.example.com:4222",
            "ws://10.0.0.1",
            "https://gateway.example.com",
            "tls://",
            "gateway:4222",
            "tls://me:hunter2@gateway.example.com",
            "tls://gateway.example.com/path",
            "tls://gateway.example.com?a=b",
            "nats://127.0.0.1.example.com",
        ] {
            let refusal = setting.check(unfit).unwrap_err();
            assert!(!refusal.contains("hunter2"), "{refusal}");
        }
    }
}
