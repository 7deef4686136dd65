//! The commands that need no gateway of their own: most ask the running one.

use std::{
    fs, io,
    io::Write,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use ringside_fleet::{hub::NewDesk, words::Role};

use crate::{
    admin::{
        client::{Client, ClientError},
        commands::{Add, Added, Bind, Listed, OfCompany, OfDesk, UnmappedRow, check},
    },
    authority::authority_file,
    cli::{self, Cli, Command, DeskCommand},
    company::Company,
    config::{Config, ConfigError, NatsMode},
    data,
    desks_file::{self, DesksFileError},
    folder::Folder,
    nats,
    secrets::{self, SecretError, private_folder, write_private},
};

/// How long a process may take to end.
const END: Duration = Duration::from_secs(20);
const STEP: Duration = Duration::from_millis(100);
/// New desks in one request to the gateway.
const AT_ONCE: usize = 200;

#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error(transparent)]
    Client(#[from] ClientError),
    #[error(transparent)]
    Secret(#[from] SecretError),
    #[error("{0}: {1}")]
    File(PathBuf, io::Error),
    #[error("{0}: {1}")]
    Desks(PathBuf, DesksFileError),
    #[error("{0} is no role: desk or supervisor")]
    Role(String),
    #[error("{0} has keys already: a backup is taken over into an empty folder only")]
    NotEmpty(PathBuf),
    #[error("{0} is no whole backup: it lacks the keys, or the databases below «company»")]
    NoBackup(PathBuf),
    #[error("another backup was begun meanwhile, and has ended this one; {0} is not whole")]
    BackupEnded(PathBuf),
    #[error("process {0} does not end")]
    StillRuns(u32),
    #[error("something needs attention")]
    Attention,
}

/// Prints a line to the person at the terminal.
pub fn say(line: &str) {
    // Nobody reads it any more if this fails.
    let _ = writeln!(io::stdout(), "{line}");
}

pub async fn run(cli: &Cli, command: &Command) -> Result<(), CommandError> {
    let folder = data::folder(cli);
    match command {
        Command::Down => return down(&folder).await,
        Command::Restore { folder: from } => return restore(from, &folder),
        Command::Doctor => return crate::doctor::run(cli, &folder).await,
        Command::Desk(_) | Command::Unmapped(_) | Command::Backup { .. } => {}
    }
    let settings = data::settings(cli, &folder)?;
    let client = client(&settings, &folder)?;
    match command {
        Command::Desk(command) => desk(&client, command, &settings, &folder).await,
        Command::Unmapped(of) => {
            let rows: Vec<UnmappedRow> = client.ask("unmapped", &OfCompany { company: of.of.clone() }).await?;
            rows.iter().for_each(|row| say(&format!("{}\t{} callbacks", row.extension, row.callbacks)));
            Ok(())
        }
        Command::Backup { folder: to } => {
            back_up(client, &folder, to).await?;
            say(&format!("{} holds the keys of all desks: keep it as you keep the accesskey", to.display()));
            Ok(())
        }
        Command::Down | Command::Restore { .. } | Command::Doctor => Ok(()),
    }
}

/// The way to the running gateway.
pub fn client(settings: &Config, folder: &Folder) -> Result<Client, SecretError> {
    Ok(Client::new(settings.admin, secrets::admin_token(&folder.keys())?))
}

async fn desk(client: &Client, command: &DeskCommand, settings: &Config, folder: &Folder) -> Result<(), CommandError> {
    match command {
        DeskCommand::Add(add) => {
            let desks = new_desks(add)?;
            // All of them, before the first code is made.
            check(&desks).map_err(ClientError::Refused)?;
            let mut left = desks.as_slice();
            while !left.is_empty() {
                // In parts, and the gateway may carry out the first desks of a part only: no code is lost by a later error.
                let part = left.iter().take(AT_ONCE).cloned().collect();
                let added: Vec<Added> = client.ask("desk/add", &Add { company: add.of.of.clone(), desks: part, days: add.days }).await?;
                added.iter().for_each(|one| say(&format!("{}\t{}", one.extension, one.code)));
                left = left.get(added.len().max(1)..).unwrap_or_default();
            }
            say(&format!("In Ringside's settings: {}. The code is valid once, for {} days.", desks_settings(settings, folder), add.days));
            Ok(())
        }
        DeskCommand::List(of) => {
            let desks: Vec<Listed> = client.ask("desk/list", &OfCompany { company: of.of.clone() }).await?;
            for desk in desks {
                let agent = if desk.hot { "hot".to_owned() } else { desk.agent.unwrap_or_default() };
                let state = match (desk.revoked, desk.connected) {
                    (true, _) => "revoked",
                    (false, true) => "connected",
                    (false, false) => "away",
                };
                let cells = [&desk.extension, &agent, desk.role.name(), &desk.name, &desk.host, &desk.version, state, desk.desk.as_str()];
                say(&cells.join("\t"));
            }
            Ok(())
        }
        DeskCommand::Bind(bind) => {
            let cli::Bind { desk, extension, agent, hot, name, of } = bind;
            let change = Bind {
                company: of.of.clone(),
                desk: desk.clone(),
                extension: extension.clone(),
                agent: agent.clone(),
                hot: Some(*hot),
                role: None,
                name: name.clone(),
            };
            Ok(client.ask("desk/bind", &change).await?)
        }
        DeskCommand::Role { desk, role, of } => {
            let role = Some(role_of(role)?);
            Ok(client.ask("desk/bind", &Bind { company: of.of.clone(), desk: desk.clone(), role, ..Bind::default() }).await?)
        }
        DeskCommand::Revoke { desk, of } => Ok(client.ask("desk/revoke", &OfDesk { company: of.of.clone(), desk: desk.clone() }).await?),
    }
}

fn role_of(text: &str) -> Result<Role, CommandError> {
    Role::of_desk(text).ok_or_else(|| CommandError::Role(text.to_owned()))
}

fn new_desks(add: &cli::Add) -> Result<Vec<NewDesk>, CommandError> {
    if let Some(file) = &add.csv {
        let text = fs::read_to_string(file).map_err(|error| CommandError::File(file.clone(), error))?;
        return desks_file::parse(&text).map_err(|error| CommandError::Desks(file.clone(), error));
    }
    let extension = add.extension.clone().unwrap_or_default();
    Ok(vec![NewDesk { extension, agent: add.agent.clone(), hot: add.hot, role: role_of(&add.role)?, name: add.name.clone() }])
}

/// The address that desks are told.
pub fn desks_url(settings: &Config) -> String {
    let nats = &settings.nats;
    match (nats.mode, &nats.public_url) {
        (_, Some(url)) => url.clone(),
        (NatsMode::External, None) => nats.urls.join(","),
        (NatsMode::Own, None) => nats::own_url(nats),
    }
}

/// Prints a line for each of these desks (extension, agent) of the first company, once NATS runs. `line`: of the extension and of a new code;
/// None: the desk exists already.
pub async fn invite(companies: &[Arc<Company>], desks: &[(&str, &str)], line: impl Fn(&str, Option<&str>) -> String) {
    let Some(company) = companies.first() else { return };
    let hub = loop {
        match company.stream.hub() {
            Some(hub) => break hub,
            None => tokio::time::sleep(STEP).await,
        }
    };
    let there = loop {
        match hub.desks().await {
            Ok(there) => break there,
            Err(error) => tracing::debug!(%error, "the desks cannot be read yet"),
        }
        tokio::time::sleep(STEP).await;
    };
    for (extension, agent) in desks {
        if there.iter().any(|(_, desk)| desk.of.extension == *extension && desk.revoked_at.is_none()) {
            say(&line(extension, None));
            continue;
        }
        let desk = NewDesk { extension: (*extension).to_owned(), agent: Some((*agent).to_owned()), ..NewDesk::default() };
        match hub.invite(&desk, Duration::from_secs(86_400)).await {
            Ok(code) => say(&line(extension, Some(&code))),
            Err(error) => say(&format!("desk {extension}: no code: {error}")),
        }
    }
}

/// The settings that a desk needs.
pub fn desks_settings(settings: &Config, folder: &Folder) -> String {
    let url = format!("fleet.url = \"{}\"", desks_url(settings));
    if !settings.nats.needs_certificate() {
        return url;
    }
    format!("{url}, and fleet.ca = a copy of {}", authority_file(&folder.keys()).display())
}

/// Ends the gateway, then its server.
async fn down(folder: &Folder) -> Result<(), CommandError> {
    let mut found = false;
    if let Some(process) = folder.running() {
        found = true;
        nats::end(process);
        wait_for_end(process, || folder.running().is_some()).await?;
        say("the gateway has ended");
    }
    if let Some(process) = nats::running(&folder.nats()) {
        found = true;
        nats::end(process);
        wait_for_end(process, || nats::running(&folder.nats()).is_some()).await?;
        say("nats-server has ended");
    }
    if !found {
        say("nothing runs");
    }
    Ok(())
}

async fn wait_for_end(process: u32, runs: impl Fn() -> bool) -> Result<(), CommandError> {
    let end = async {
        while runs() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(END, end).await.map_err(|_| CommandError::StillRuns(process))
}

/// Copies the keys, the databases and the registries into a folder. The gateway's user need not be able to write there.
pub async fn back_up(client: Client, folder: &Folder, to: &Path) -> Result<(), CommandError> {
    // First, and without the gateway: with the keys alone the desks can come back.
    copy(&folder.keys(), &to.join("keys"))?;
    let made: PathBuf = client.patient().ask("backup", &()).await?;
    let copied = copy(&made, to);
    if !made.exists() {
        return Err(CommandError::BackupEnded(to.to_owned()));
    }
    // Also if it failed: the copy fills the disk whose filling stops the callbacks.
    let removed = fs::remove_dir_all(&made);
    copied?;
    removed.map_err(|error| CommandError::File(made, error))
}

/// Takes a backup over. The shared registry is filled from the database's copy when the gateway starts.
fn restore(from: &Path, folder: &Folder) -> Result<(), CommandError> {
    let keys = from.join("keys");
    let companies = fs::read_dir(from.join("company")).into_iter().flatten().flatten();
    let has_databases = companies.map(|company| company.path().join("outbox.db").is_file()).reduce(|one, other| one && other);
    if !keys.join("operator").is_file() || has_databases != Some(true) {
        return Err(CommandError::NoBackup(from.to_owned()));
    }
    if folder.keys().exists() {
        return Err(CommandError::NotEmpty(folder.path().to_owned()));
    }
    copy(&from.join("company"), &folder.path().join("company"))?;
    copy(&keys, &folder.keys())?;
    say("taken over: start the gateway with the same settings, and the desks come back by themselves");
    Ok(())
}

fn copy(from: &Path, to: &Path) -> Result<(), CommandError> {
    copy_folder(from, to).map_err(|error| CommandError::File(from.to_owned(), error))
}

/// Copies a folder of private files.
pub fn copy_folder(from: &Path, to: &Path) -> io::Result<()> {
    private_folder(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_folder(&entry.path(), &target)?;
        } else {
            write_private(&target, fs::File::open(entry.path())?)?;
        }
    }
    Ok(())
}
