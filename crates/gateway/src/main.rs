//! `ringside-gateway`.

use std::{io::IsTerminal, process::ExitCode, sync::Arc};

use clap::Parser;
use ringside_gateway::{
    Gateway,
    cli::Cli,
    commands::{self, desks_settings, say},
    company::Company,
    data, demo,
};
use secrecy::ExposeSecret;
use tracing_subscriber::EnvFilter;

#[tokio::main]
async fn main() -> ExitCode {
    let cli = Cli::parse();
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info,async_nats=warn"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_ansi(std::io::stderr().is_terminal()).init();
    let outcome = match &cli.command {
        Some(command) => commands::run(&cli, command).await.map_err(|error| error.to_string()),
        None if cli.demo => run_demo().await,
        None => run(&cli).await,
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// Runs until the system or a person ends it.
async fn run(cli: &Cli) -> Result<(), String> {
    let folder = data::folder(cli);
    let settings = data::settings(cli, &folder).map_err(|error| error.to_string())?;
    let desks = desks_settings(&settings, &folder);
    let mut gateway = Gateway::start(settings, &folder).await.map_err(|error| error.to_string())?;
    // On a terminal only: the address contains a secret, which a log must not hold.
    if std::io::stdout().is_terminal() {
        for company in &gateway.companies {
            say(&format!("{}: callback address for the platform: {}", company.settings.name, company.callback_url.expose_secret()));
        }
        say(&format!("desks: {desks}; a new one: ringside-gateway desk add --extension NUMBER --agent NUMBER"));
        say(&format!("desks and health: http://{}/", gateway.admin));
    }
    let companies = gateway.companies.clone();
    let ended = tokio::select! {
        ended = wait_for_end() => ended,
        () = gateway.failed() => Err("a part of the gateway has failed".to_owned()),
        never = first_desk(cli, companies, &desks) => match never {},
    };
    ended?;
    gateway.stop().await;
    Ok(())
}

/// Prints a code for the desk that the command line names, unless there is one; then waits for ever.
async fn first_desk(cli: &Cli, companies: Vec<Arc<Company>>, settings: &str) -> std::convert::Infallible {
    if let (Some(extension), Some(agent)) = (&cli.extension, &cli.agent) {
        let line = |extension: &str, code: Option<&str>| match code {
            Some(code) => format!("desk {extension}: {settings}; code {code}, valid for a day"),
            None => format!("desk {extension}: {settings}"),
        };
        commands::invite(&companies, &[(extension, agent)], line).await;
    }
    std::future::pending().await
}

async fn run_demo() -> Result<(), String> {
    let demo = demo::start(&demo::folder()).await.map_err(|error| error.to_string())?;
    say(&format!("desks and health: http://{}/; the simulated platform: {}", demo.gateway.admin, demo.simulator.url()));
    let line = |extension: &str, code: Option<&str>| {
        let code = code.map(|code| format!("RINGSIDE_FLEET_CODE={code} ")).unwrap_or_default();
        let data = demo::folder().path().join(format!("desk-{extension}"));
        format!("{code}ringside --fleet-url nats://127.0.0.1:4229 --queue queue-1 --data-dir {}", data.display())
    };
    say("A desk each; run both lines on this machine:");
    commands::invite(&demo.gateway.companies, &[("100001", "10"), ("100002", "11")], line).await;
    wait_for_end().await?;
    demo.gateway.stop().await;
    demo.simulator.stop().await;
    if let Some(process) = ringside_gateway::nats::running(&demo::folder().nats()) {
        ringside_gateway::nats::end(process);
    }
    Ok(())
}

async fn wait_for_end() -> Result<(), String> {
    #[cfg(unix)]
    {
        let mut ended = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()).map_err(|error| error.to_string())?;
        tokio::select! {
            _ = ended.recv() => Ok(()),
            pressed = tokio::signal::ctrl_c() => pressed.map_err(|error| error.to_string()),
        }
    }
    #[cfg(not(unix))]
    tokio::signal::ctrl_c().await.map_err(|error| error.to_string())
}
