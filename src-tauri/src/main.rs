//! The desktop shell: windows, tray, notifications. It has no rule, no SQL and no HTTP.

// A program that attached itself to the console it was started from would end with it. On Windows `ringsidectl` has the commands.
#![windows_subsystem = "windows"]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used))]

mod app;
mod desktop;
mod ipc;
mod updates;

use std::{
    env,
    process::{self, ExitCode},
    sync::Arc,
};

use clap::CommandFactory;
use ringside_engine::{Clock, SystemClock};
use ringside_shell::{
    cli::{
        self, Cli,
        remote::{self, Second},
    },
    diagnosis, doctor, floor,
    life::{
        self,
        crashes::{End, LastRuns},
        environment::{self, Secrets},
        instance, logging,
        paths::{self, Paths},
    },
    listener, receipt, sound, system, texts,
};

use crate::app::Ended;

fn main() -> ExitCode {
    // SAFETY: no other thread runs yet.
    #[allow(unsafe_code)]
    let secrets = unsafe { environment::prepare() };
    let identified = system::identify();
    let cli = match Cli::read(Cli::command()) {
        Ok(cli) => cli,
        Err(status) => return status,
    };
    let paths = Paths::new(cli.data_dir.clone(), cli.demo);
    if let Some(status) = cli.carry_out(&secrets, &paths) {
        return status;
    }
    // A folder that cannot be written is reported in the window. Without a lock other instances are not kept out.
    let lock = match paths.make().and_then(|()| instance::lock(&paths)) {
        // The running instance is already as its user wants it.
        Ok(None) if cli.hidden && !cli.supervisor => return ExitCode::SUCCESS,
        // On this thread: the process may still become the running instance, and no other thread may run yet.
        Ok(None) => match tokio::runtime::Builder::new_current_thread().enable_all().build() {
            Ok(runtime) => match runtime.block_on(remote::second_start(&paths, &cli.second_request())) {
                Second::Over(status) => return status,
                Second::Begins(lock) => Some(lock),
            },
            Err(error) => {
                cli::console::complain(&error.to_string());
                return ExitCode::FAILURE;
            }
        },
        Ok(Some(lock)) => Some(lock),
        Err(_) => None,
    };
    // Only a process with the lock counts as a run.
    let last_runs = lock.is_some().then(|| Arc::new(LastRuns::begin(paths.last_runs(), SystemClock::new().now().wall)));
    let safe = last_runs.as_ref().and_then(|last_runs| last_runs.safe);
    #[cfg(target_os = "linux")]
    // SAFETY: no other thread runs yet.
    #[allow(unsafe_code)]
    unsafe {
        if safe.is_some() {
            environment::draw_plainly();
        } else if last_runs.is_some() {
            life::no_driver::offer(&paths.drawing());
        }
    }
    let runtime = match cli::runtime() {
        Ok(runtime) => runtime,
        Err(error) => {
            cli::console::complain(&error.to_string());
            return ExitCode::FAILURE;
        }
    };
    let log = logging::start(&paths.logs());
    tracing::info!(version = env!("CARGO_PKG_VERSION"), folder = %paths.data.display(), "Ringside starts");
    if let Some(reason) = safe {
        tracing::warn!(?reason, "safe mode");
    }
    if let Err(error) = identified {
        tracing::warn!(%error, "the system does not know whose windows these are");
    }
    let again = secrets.clone();
    let ended = app::run(&runtime, &cli, secrets, paths, lock.as_ref(), &log, last_runs.as_ref());
    // A reported error is not a crash; a failure to create a window may be one. A run without an error was recorded as ended when its event
    // loop ended.
    if let (Some(last_runs), Err(error)) = (last_runs, &ended)
        && !matches!(error, app::AppError::Tauri(_))
    {
        last_runs.end(End::Well);
    }
    drop(lock);
    if let Err(error) = &ended {
        tracing::error!(%error, "Ringside could not start");
        cli::console::complain(&error.to_string());
    }
    // A blocking call, such as a keyring's dialog, must not keep the process alive.
    runtime.shutdown_background();
    match ended {
        Ok(Ended::With(status)) => status.into(),
        Ok(Ended::Again { hidden }) => start_again(&again, hidden),
        Err(_) => ExitCode::FAILURE,
    }
}

/// Starts this program again with the same arguments, but visible or hidden as wanted. After a blank window the next run learns from
/// [`LastRuns`] that it must be in safe mode.
fn start_again(secrets: &Secrets, hidden: bool) -> ExitCode {
    let arguments = env::args_os().skip(1).filter(|argument| argument != "--hidden").chain(hidden.then(|| "--hidden".into()));
    let started = life::program::file().and_then(|program| {
        let mut command = process::Command::new(program);
        if let Some(folder) = paths::called_from().filter(|folder| folder.is_dir()) {
            command.current_dir(folder);
        }
        secrets.give(environment::restore_environment(command.args(arguments))).spawn()
    });
    match started {
        Ok(_) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(%error, "Ringside could not start again");
            ExitCode::FAILURE
        }
    }
}
