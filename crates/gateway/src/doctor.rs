//! `ringside-gateway doctor`: what a person should know before a shift depends on the gateway.

use crate::{
    cli::Cli,
    commands::{CommandError, client, desks_settings, desks_url, say},
    config::{Config, NatsMode},
    data,
    folder::Folder,
    nats, secrets,
};

pub async fn run(cli: &Cli, folder: &Folder) -> Result<(), CommandError> {
    let settings = data::settings(cli, folder)?;
    let mut report = Report::default();
    report.line(true, &format!("the data are in {}", folder.path().display()));
    machine(&mut report, &settings, folder);
    match client(&settings, folder)?.read("/health").await {
        Err(error) => report.line(false, &error.to_string()),
        Ok(health) => match serde_json::from_str::<serde_json::Value>(&health) {
            Err(error) => report.line(false, &format!("the running gateway's health is not understood: {error}")),
            Ok(health) => running(&mut report, &health),
        },
    }
    if report.attention { Err(CommandError::Attention) } else { Ok(()) }
}

#[derive(Default)]
struct Report {
    attention: bool,
}

impl Report {
    fn line(&mut self, ok: bool, text: &str) {
        self.attention |= !ok;
        say(&format!("{} {text}", if ok { "ok  " } else { "FAIL" }));
    }
}

fn machine(report: &mut Report, settings: &Config, folder: &Folder) {
    if settings.nats.mode == NatsMode::Own {
        match nats::find(settings.nats.program.as_deref()) {
            Ok(program) => report.line(true, &format!("nats-server is {}", program.display())),
            Err(error) => report.line(false, &error.to_string()),
        }
        let reaches_others = !settings.nats.listen.ip().is_loopback();
        report.line(
            true,
            &if reaches_others {
                format!("the settings of desks: {}", desks_settings(settings, folder))
            } else {
                format!("desks of this machine only can connect, at {}", desks_url(settings))
            },
        );
    }
    for company in &settings.companies {
        match (&company.platform, secrets::accesskey(company)) {
            (None, _) => report.line(false, &format!("{}: no platform is configured, so nobody can sign in", company.name)),
            (Some(_), Err(error)) => report.line(false, &error.to_string()),
            (Some(platform), Ok(_)) => report.line(true, &format!("{}: account {} at {}", company.name, platform.appid, platform.url)),
        }
        if company.callbacks.public_url.is_none() && company.callbacks.bind.ip().is_loopback() {
            report
                .line(false, &format!("{}: the platform cannot reach {}: set callbacks.public_url", company.name, company.callbacks.bind));
        }
    }
}

fn running(report: &mut Report, health: &serde_json::Value) {
    for company in health["companies"].as_array().into_iter().flatten() {
        let name = company["company"].as_str().unwrap_or_default();
        let is = |key: &str| company[key].as_bool().unwrap_or_default();
        report.line(is("can_store"), &format!("{name}: callbacks can be stored"));
        report.line(is("publishes"), &format!("{name}: callbacks reach NATS"));
        report.line(!is("late"), &format!("{name}: {} callbacks wait to be published", company["unsent"]));
        match (is("leads"), company["platform"].as_str()) {
            (true, Some(platform)) => report.line(platform == "ok", &format!("{name}: this gateway leads; the platform: {platform}")),
            _ => report.line(true, &format!("{name}: this gateway does not lead")),
        }
    }
}
