//! The desktop shell: windows, tray, notifications, the command line, and the callback listener's life. It holds no rule, no
//! SQL and no HTTP of its own.

#![cfg_attr(all(windows, not(debug_assertions)), windows_subsystem = "windows")]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used))]

mod app;
mod archive;
mod autostart;
mod bridge;
#[cfg(target_os = "linux")]
mod bus;
mod call_log;
mod callbacks;
mod cli;
mod commands;
mod console;
mod demo;
mod doctor;
mod environment;
mod export;
mod instance;
mod logging;
mod notification;
mod paths;
mod power;
mod provision;
mod receipt;
mod recordings;
mod remote;
mod secret;
mod shell;
mod shortcuts;
mod sound;
mod start;
mod starts;
mod tasks;
mod texts;
mod tray;
mod windows;

use std::{
    env,
    process::{self, ExitCode},
};

use clap::Parser;
use ringside_engine::{Clock, SystemClock};

use crate::{
    app::Ended,
    cli::{Archive, Cli, Command},
    environment::Secrets,
    paths::Paths,
    starts::{End, Starts},
};

/// For the store, the network and what blocks there are threads of their own.
const WORKERS: usize = 2;

fn main() -> ExitCode {
    // SAFETY: nothing has started a thread yet.
    #[allow(unsafe_code)]
    let secrets = unsafe { environment::prepare() };
    console::attach();
    let cli = Cli::parse();
    let paths = Paths::new(&cli);
    match cli.wanted() {
        Some(Command::Export(wanted)) => return export::run(&paths, wanted),
        Some(Command::Archive { task: Archive::Verify { json } }) => return archive::run(&paths, *json),
        Some(Command::Receipt(wanted)) => return receipt::run(&paths, wanted),
        Some(Command::Doctor(_)) | None => {}
    }
    let request = cli.request();
    // A folder that cannot be written to is said in the window; without a lock there is nobody to be kept out.
    let lock = (cli.wanted().is_none() && request.is_none()).then(|| paths.make().and_then(|()| instance::lock(&paths)));
    // Only who holds the lock starts: one that another instance answers is no start.
    let starts = matches!(lock, Some(Ok(Some(_)))).then(|| Starts::begin(paths.starts(), SystemClock::new().now().wall));
    let safe = starts.as_ref().and_then(|starts| starts.safe);
    #[cfg(target_os = "linux")]
    if safe.is_some() {
        // SAFETY: nothing has started a thread yet.
        #[allow(unsafe_code)]
        unsafe {
            environment::draw_plainly();
        }
    }
    let runtime = match tokio::runtime::Builder::new_multi_thread().worker_threads(WORKERS).enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            console::complain(&error.to_string());
            return ExitCode::FAILURE;
        }
    };
    if let Some(Command::Doctor(wanted)) = cli.wanted() {
        let status = runtime.block_on(doctor::run(&cli, wanted, &secrets, &paths));
        runtime.shutdown_background();
        return status;
    }
    if let Some(request) = request {
        return runtime.block_on(remote::request(&paths, &request));
    }
    let lock = match lock {
        Some(Ok(Some(lock))) => Some(lock),
        // The one that runs is where its person wants it.
        Some(Ok(None)) if cli.hidden => return ExitCode::SUCCESS,
        Some(Ok(None)) => return runtime.block_on(remote::second_start(&paths)),
        Some(Err(_)) | None => None,
    };
    let log = logging::start(&paths.logs());
    tracing::info!(version = env!("CARGO_PKG_VERSION"), folder = %paths.data.display(), "Ringside starts");
    if let Some(reason) = safe {
        tracing::warn!(?reason, "safe mode");
    }
    let again = secrets.clone();
    let ended = app::run(&runtime, cli, secrets, paths, lock.as_ref(), &log, safe);
    let end = match &ended {
        Ok(Ended::Blank) => Some(End::Blank),
        // What is said and understood is no crash; that a window could not be made may be one.
        Err(app::AppError::Tauri(_)) => None,
        Ok(Ended::With(_)) | Err(_) => Some(End::Well),
    };
    if let Some((starts, end)) = starts.zip(end) {
        starts.end(end);
    }
    drop(lock);
    if let Err(error) = &ended {
        tracing::error!(%error, "Ringside could not start");
        console::complain(&error.to_string());
    }
    // What still blocks, a keyring's question for instance, must not keep the process.
    runtime.shutdown_background();
    match ended {
        Ok(Ended::With(status)) => status.into(),
        Ok(Ended::Blank) => start_again(&again),
        Err(_) => ExitCode::FAILURE,
    }
}

/// As this run was started, but to be seen. The next one knows from [`Starts`] that it has to be a safe one.
fn start_again(secrets: &Secrets) -> ExitCode {
    let program = tauri::process::current_binary(&tauri::Env::default());
    let arguments = env::args_os().skip(1).filter(|argument| argument != "--hidden");
    let started = program.and_then(|program| secrets.give(process::Command::new(program).args(arguments)).spawn());
    match started {
        Ok(_) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(%error, "Ringside could not start again");
            ExitCode::FAILURE
        }
    }
}
