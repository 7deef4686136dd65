//! The command line. Each provisioning flag has an environment variable; the flag takes precedence.

pub mod api;
pub mod config;
pub mod console;
mod diagnostics;
pub mod doctor;
pub mod export;
mod provisioning;
pub mod receipt;
pub mod remote;
mod status;
#[cfg(test)]
mod tests;
pub mod verify_archive;

use std::{env, ffi::OsString, io, path::PathBuf, process::ExitCode};

use clap::{CommandFactory, FromArgMatches, Parser, builder::TypedValueParser};
use jiff::civil::Date;
use provisioning::Provisioning;
use ringside_domain::Wish;
use ringside_platform::Service;
use ringside_store::ChainHash;
use tokio::runtime::{self, Runtime};

use crate::life::{environment::Secrets, instance::Request, paths::Paths, provision::Flags};

/// Ringside, the desktop companion of a call-centre agent.
///
/// The accesskey is never a flag: it is typed in the window, or read once from RINGSIDE_ACCESSKEY, and kept in the keyring.
#[derive(Debug, Parser)]
#[command(name = "ringside", version)]
pub struct Cli {
    /// Tell the running Ringside to switch, print the outcome, and exit: 0 done, 3 not running, 4 refused, 6 done in some queues
    #[arg(long, value_name = "idle|busy|break:NAME", conflicts_with = "show", value_parser = wish)]
    set: Option<Wish>,
    /// Show the running Ringside's window, and exit: 0 done, 3 not running
    #[arg(long)]
    show: bool,
    /// Silence the calls that ring at the running Ringside, and exit: 0 done, 3 not running
    #[arg(long, conflicts_with_all = ["set", "show"])]
    silence: bool,
    /// Open the supervisor's window, here or in the running Ringside
    #[arg(long, conflicts_with_all = ["set", "show", "silence"])]
    pub supervisor: bool,
    /// Start without showing the window, where there is a tray
    #[arg(long)]
    pub hidden: bool,
    /// Run against an embedded platform, with data of its own
    #[arg(long, global = true)]
    pub demo: bool,
    /// Read this configuration file
    #[arg(long, value_name = "FILE", env = "RINGSIDE_CONFIG", global = true, value_parser = path())]
    config: Option<PathBuf>,
    /// Keep everything in this folder
    #[arg(long, value_name = "DIR", env = "RINGSIDE_DATA_DIR", global = true, value_parser = path())]
    pub data_dir: Option<PathBuf>,
    #[command(flatten)]
    provisioning: Provisioning,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Write the calls of all who use the data folder to a file there, print its path, and exit: 0 done, 1 failed, 2 a wrong command
    Export(export::Export),
    /// Look after the archive of recordings
    Archive {
        #[command(subcommand)]
        task: Archive,
    },
    /// Print the receipt of a day's shift, and exit: 0 done, 1 failed, or the ledger is not sound
    Receipt(Receipt),
    /// Call a service of the platform, print its answer as JSON, and exit: 0 done, 1 no answer, 2 a wrong command, 4 refused, 7 not known
    /// whether it was done
    Api(Api),
    /// Save one file for support, without secrets and customers' numbers, print its path, and exit: 0 done, 1 failed
    Diagnostics(Diagnostics),
    /// Check the setup, say what is wrong and how to cure it, and exit: 0 nothing failed, 1 otherwise
    Doctor(Doctor),
    /// Make the running Ringside install a newer version, if the update server has one, and exit: 0 done or nothing newer, 3 not running, 4
    /// not done
    Update,
    /// Print every setting with its value, where it comes from and whether it is locked, and exit: 0 done, 1 a source has an error
    Config(ShowConfig),
}

#[derive(Debug, clap::Subcommand)]
pub enum Archive {
    /// Check every recording that is kept, name those that are damaged, and exit: 0 all whole, 1 not checked, 5 damaged
    Verify {
        /// As JSON
        #[arg(long)]
        json: bool,
    },
}

#[derive(Debug, clap::Args)]
#[command(after_help = api::services())]
pub struct Api {
    /// The whole name of the service, or its last part
    #[arg(value_parser = api::service)]
    pub service: Service,
    /// The fields of the request; the token is added
    #[arg(value_name = "KEY=VALUE", value_parser = api::field)]
    pub fields: Vec<(String, String)>,
    /// Do not ask before something is changed at the platform
    #[arg(long)]
    pub yes: bool,
    /// Show passwords and links, which are masked otherwise
    #[arg(long)]
    pub show_secrets: bool,
}

#[derive(Debug, clap::Args)]
pub struct Diagnostics {
    /// Save it in this folder
    #[arg(long, value_name = "FOLDER", value_parser = path())]
    pub out: Option<PathBuf>,
}

#[derive(Debug, clap::Args)]
pub struct Doctor {
    /// For machines
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, clap::Args)]
pub struct ShowConfig {
    /// For machines
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Receipt {
    /// Of this day, such as 2026-01-31 [default: today]
    #[arg(long, value_name = "DAY")]
    pub day: Option<Date>,
    /// Write it to this file, and print the file's path
    #[arg(long, value_name = "FILE", value_parser = path())]
    pub out: Option<PathBuf>,
    #[command(subcommand)]
    command: Option<ReceiptCommand>,
}

#[derive(Debug, clap::Subcommand)]
enum ReceiptCommand {
    /// Check the whole ledger, and name the first entry that does not fit: 0 sound, 1 not
    Verify(Verify),
}

#[derive(Debug, clap::Args)]
pub struct Verify {
    /// A last hash that was noted elsewhere, to be looked for in the chain
    #[arg(long, value_name = "HASH")]
    pub noted: Option<ChainHash>,
    /// For machines
    #[arg(long)]
    pub json: bool,
}

impl Receipt {
    pub fn verify(&self) -> Option<&Verify> {
        self.command.as_ref().map(|ReceiptCommand::Verify(verify)| verify)
    }
}

/// Does not check the reason: only the running instance knows the configured breaks.
fn wish(text: &str) -> Result<Wish, String> {
    match text.split_once(':') {
        Some(("break", reason)) if !reason.is_empty() => Ok(Wish::Busy { reason: Some(reason.to_owned()) }),
        None if text == "idle" => Ok(Wish::Available),
        None if text == "busy" => Ok(Wish::Busy { reason: None }),
        _ => Err("expected idle, busy, or break: with a reason such as break:Lunch".to_owned()),
    }
}

fn path() -> impl TypedValueParser<Value = PathBuf> {
    clap::builder::PathBufValueParser::new().map(crate::life::paths::given)
}

/// Few: the store, the network and blocking calls have threads of their own.
const WORKERS: usize = 2;

/// The threads of a process. No other thread of it may run before.
pub fn runtime() -> io::Result<Runtime> {
    runtime::Builder::new_multi_thread().worker_threads(WORKERS).enable_all().build()
}

/// The flags that ask the running instance for something.
const REQUESTS: [&str; 3] = ["--set", "--show", "--silence"];

/// Whether these arguments, which may have an error, ask for something else than a start.
fn is_command(arguments: impl Iterator<Item = OsString>) -> bool {
    let command = Cli::command();
    arguments.filter_map(|argument| argument.into_string().ok()).any(|argument| {
        let name = argument.split_once('=').map_or(argument.as_str(), |(name, _)| name);
        REQUESTS.contains(&name) || command.find_subcommand(name).is_some()
    })
}

fn finish(command: impl Future<Output = ExitCode>) -> ExitCode {
    match runtime() {
        Ok(runtime) => {
            let status = runtime.block_on(command);
            // A blocking call, such as a keyring's dialog, must not keep the process alive.
            runtime.shutdown_background();
            status
        }
        Err(error) => {
            console::report(&error.to_string());
            ExitCode::FAILURE
        }
    }
}

impl Cli {
    /// Reads the command line and the environment. An error is reported; it holds the exit status.
    pub fn read(command: clap::Command) -> Result<Self, ExitCode> {
        let read = provisioning::with_short_help(command).try_get_matches().and_then(|matches| Self::from_arg_matches(&matches));
        read.map_err(|error| {
            let text = error.render().to_string();
            if error.use_stderr() {
                if is_command(env::args_os().skip(1)) {
                    console::report(&text)
                } else {
                    console::complain(&text)
                }
                status::USAGE.into()
            } else {
                console::say(text.trim_end());
                status::DONE.into()
            }
        })
    }

    /// Carries out a command that needs no window, and returns the exit status. None: there is no such command.
    pub fn carry_out(&self, secrets: &Secrets, paths: &Paths) -> Option<ExitCode> {
        match &self.command {
            Some(Command::Export(wanted)) => return Some(export::run(paths, wanted)),
            Some(Command::Archive { task: Archive::Verify { json } }) => return Some(verify_archive::run(paths, *json)),
            Some(Command::Receipt(wanted)) => return Some(receipt::run(paths, wanted)),
            Some(Command::Config(wanted)) => return Some(config::run(self, wanted, secrets, paths)),
            Some(Command::Doctor(_) | Command::Diagnostics(_) | Command::Api(_) | Command::Update) | None => {}
        }
        match (&self.command, self.request()) {
            (Some(Command::Doctor(wanted)), _) => Some(finish(doctor::run(self, wanted, secrets, paths))),
            (Some(Command::Diagnostics(wanted)), _) => Some(finish(diagnostics::run(self, wanted, secrets, paths))),
            (Some(Command::Api(wanted)), _) => Some(finish(api::run(self, wanted, secrets, paths))),
            (_, Some(request)) => Some(finish(remote::request(paths, &request))),
            (_, None) => None,
        }
    }

    /// The status of a program without windows whose command line has no command. It opens the supervisor's window in the running Ringside,
    /// but starts none.
    pub fn without_windows(&self, paths: &Paths) -> ExitCode {
        if self.supervisor {
            return finish(remote::request(paths, &Request::Supervisor));
        }
        console::remark("no command is given; --help lists them");
        status::USAGE.into()
    }

    /// The request with which a second start ends.
    pub fn second_request(&self) -> Request {
        if self.supervisor { Request::Supervisor } else { Request::Show }
    }

    /// The request to the running instance. None: this process becomes an instance.
    pub fn request(&self) -> Option<Request> {
        match &self.set {
            Some(wish) => Some(Request::Set { wish: wish.clone() }),
            None if matches!(self.command, Some(Command::Update)) => Some(Request::Update),
            None if self.silence => Some(Request::Silence),
            None => self.show.then_some(Request::Show),
        }
    }

    /// The configuration from the command line and the environment, without secrets.
    pub fn flags(&self) -> Flags {
        let Provisioning { command_line, environment } = &self.provisioning;
        Flags { file: self.config.clone(), command_line: command_line.clone(), environment: environment.clone() }
    }
}
