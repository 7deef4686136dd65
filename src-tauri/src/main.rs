//! The desktop shell: windows, tray, notifications, the command line, and the task of the callback listener. It has no rule, no SQL and no
//! HTTP.

#![cfg_attr(all(windows, not(debug_assertions)), windows_subsystem = "windows")]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used))]

mod app;
mod cli;
mod desktop;
mod doctor;
mod floor;
mod ipc;
mod life;
mod listener;
mod receipt;
mod sound;
mod texts;

use std::{
    env,
    process::{self, ExitCode},
};

use clap::Parser;
use ringside_engine::{Clock, SystemClock};

use crate::{
    app::Ended,
    cli::{Archive, Cli, Command, remote::Second},
    life::{
        crashes::{End, LastRuns},
        environment::Secrets,
        paths::Paths,
    },
};

/// Few: the store, the network and blocking calls have threads of their own.
const WORKERS: usize = 2;

fn main() -> ExitCode {
    // SAFETY: no other thread runs yet.
    #[allow(unsafe_code)]
    let secrets = unsafe { life::environment::prepare() };
    cli::console::attach();
    let cli = Cli::parse();
    let paths = Paths::new(cli.data_dir.clone(), cli.demo);
    match cli.wanted() {
        Some(Command::Export(wanted)) => return cli::export::run(&paths, wanted),
        Some(Command::Archive { task: Archive::Verify { json } }) => return cli::verify_archive::run(&paths, *json),
        Some(Command::Receipt(wanted)) => return cli::receipt::run(&paths, wanted),
        Some(Command::Doctor(_) | Command::Api(_)) | None => {}
    }
    let request = cli.request();
    // A folder that cannot be written is reported in the window. Without a lock other instances are not kept out.
    let lock = (cli.wanted().is_none() && request.is_none()).then(|| paths.make().and_then(|()| life::instance::lock(&paths)));
    let lock = match lock {
        // The running instance is already as its user wants it.
        Some(Ok(None)) if cli.hidden && !cli.supervisor => return ExitCode::SUCCESS,
        // On this thread: the process may still become the running instance, and no other thread may run yet.
        Some(Ok(None)) => match tokio::runtime::Builder::new_current_thread().enable_all().build() {
            Ok(runtime) => match runtime.block_on(cli::remote::second_start(&paths, &cli.second_request())) {
                Second::Over(status) => return status,
                Second::Begins(lock) => Some(lock),
            },
            Err(error) => {
                cli::console::complain(&error.to_string());
                return ExitCode::FAILURE;
            }
        },
        Some(Ok(Some(lock))) => Some(lock),
        Some(Err(_)) | None => None,
    };
    // Only a process with the lock counts as a run, not one that another instance answers.
    let last_runs = lock.is_some().then(|| LastRuns::begin(paths.last_runs(), SystemClock::new().now().wall));
    let safe = last_runs.as_ref().and_then(|last_runs| last_runs.safe);
    #[cfg(target_os = "linux")]
    // SAFETY: no other thread runs yet.
    #[allow(unsafe_code)]
    unsafe {
        if safe.is_some() {
            life::environment::draw_plainly();
        } else if last_runs.is_some() {
            life::no_driver::offer(&paths.drawing());
        }
    }
    let runtime = match tokio::runtime::Builder::new_multi_thread().worker_threads(WORKERS).enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            cli::console::complain(&error.to_string());
            return ExitCode::FAILURE;
        }
    };
    if let Some(Command::Doctor(wanted)) = cli.wanted() {
        let status = runtime.block_on(cli::doctor::run(&cli, wanted, &secrets, &paths));
        runtime.shutdown_background();
        return status;
    }
    if let Some(Command::Api(wanted)) = cli.wanted() {
        let status = runtime.block_on(cli::api::run(&cli, wanted, &secrets, &paths));
        runtime.shutdown_background();
        return status;
    }
    if let Some(request) = request {
        return runtime.block_on(cli::remote::request(&paths, &request));
    }
    let log = life::logging::start(&paths.logs());
    tracing::info!(version = env!("CARGO_PKG_VERSION"), folder = %paths.data.display(), "Ringside starts");
    if let Some(reason) = safe {
        tracing::warn!(?reason, "safe mode");
    }
    let again = secrets.clone();
    let ended = app::run(&runtime, &cli, secrets, paths, lock.as_ref(), &log, safe);
    let end = match &ended {
        Ok(Ended::Blank) => Some(End::Blank),
        // A reported error is not a crash; a failure to create a window may be one.
        Err(app::AppError::Tauri(_)) => None,
        Ok(Ended::With(_) | Ended::Replaced { .. }) | Err(_) => Some(End::Well),
    };
    if let Some((last_runs, end)) = last_runs.zip(end) {
        last_runs.end(end);
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
        Ok(Ended::Blank) => start_again(&again, false),
        Ok(Ended::Replaced { hidden }) => start_again(&again, hidden),
        Err(_) => ExitCode::FAILURE,
    }
}

/// Starts this program again with the same arguments, but visible or hidden as wanted. After a blank window the next run learns from
/// [`LastRuns`] that it must be in safe mode.
fn start_again(secrets: &Secrets, hidden: bool) -> ExitCode {
    let program = tauri::process::current_binary(&tauri::Env::default());
    let arguments = env::args_os().skip(1).filter(|argument| argument != "--hidden").chain(hidden.then(|| "--hidden".into()));
    let started = program.and_then(|program| secrets.give(process::Command::new(program).args(arguments)).spawn());
    match started {
        Ok(_) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(%error, "Ringside could not start again");
            ExitCode::FAILURE
        }
    }
}
