//! Logs: a file a day in the data folder, and standard error where that is a terminal.

use std::{
    fs,
    io::{self, IsTerminal},
    panic,
    path::{Path, PathBuf},
};

use tracing_appender::{
    non_blocking::WorkerGuard,
    rolling::{RollingFileAppender, Rotation},
};
use tracing_subscriber::{EnvFilter, fmt, layer::SubscriberExt, util::SubscriberInitExt};

/// Days that are kept.
const DAYS: usize = 7;
const FILTER: &str = "info,zbus=warn";

/// Keeps the log's writer alive; what waits is written when it is dropped.
pub struct Log {
    /// As shown to people: the folder and the pattern of the names.
    pub shown: PathBuf,
    _writer: Option<WorkerGuard>,
}

/// `RUST_LOG` says what is logged. Where the folder cannot be written to, standard error is all there is.
pub fn start(folder: &Path) -> Log {
    let appender = fs::create_dir_all(folder).map_err(|error| error.to_string()).and_then(|()| {
        RollingFileAppender::builder()
            .rotation(Rotation::DAILY)
            .filename_prefix("ringside")
            .filename_suffix("log")
            .max_log_files(DAYS)
            .build(folder)
            .map_err(|error| error.to_string())
    });
    let (writer, guard, failed) = match appender {
        Ok(appender) => {
            let (writer, guard) = tracing_appender::non_blocking(appender);
            (Some(writer), Some(guard), None)
        }
        Err(error) => (None, None, Some(error)),
    };
    let to_terminal = writer.is_none() || io::stderr().is_terminal();
    tracing_subscriber::registry()
        .with(EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(FILTER)))
        .with(writer.map(|writer| fmt::layer().with_ansi(false).with_writer(writer)))
        .with(to_terminal.then(|| fmt::layer().with_ansi(io::stderr().is_terminal()).with_writer(io::stderr)))
        .init();
    panic::set_hook(Box::new(|info| tracing::error!(%info, "panic")));
    if let Some(error) = failed {
        tracing::warn!(%error, folder = %folder.display(), "no log file can be written");
    }
    Log { shown: folder.join("ringside.*.log"), _writer: guard }
}
