//! Logs: one file per day in the data folder, and standard error if it is a terminal.

use std::{
    fs,
    io::{self, IsTerminal},
    panic,
    path::{Path, PathBuf},
};

use ringside_engine::Handle;
use tracing_appender::{
    non_blocking::{NonBlockingBuilder, WorkerGuard},
    rolling::{RollingFileAppender, Rotation},
};
use tracing_subscriber::{EnvFilter, Registry, fmt, layer::SubscriberExt, reload, util::SubscriberInitExt};

/// How many days are kept.
const DAYS: usize = 7;
/// Lines that may wait to be written; more are lost. All of their places are allocated at the start, 32 bytes each, and the library's
/// default of 128,000 lines needs 4 MB.
const LINES: usize = 4096;
const FILTER: &str = "info,zbus=warn";
/// Details of our own crates only; those of other crates would hide them.
const DETAILED: &str = "info,zbus=warn,ringside=debug";

/// Owns the log's writer; dropping it writes what is still buffered.
pub struct Log {
    /// Shown to people: the folder and the pattern of the file names.
    pub shown: PathBuf,
    /// `RUST_LOG` sets the level, unless the administrator decides on it.
    pub given: bool,
    pub detail: Detail,
    _writer: Option<WorkerGuard>,
}

/// Changes the level of the log.
#[derive(Clone)]
pub struct Detail(reload::Handle<EnvFilter, Registry>);

impl Detail {
    /// Follows the setting until the engine stops.
    pub async fn follow(self, handle: Handle) {
        let mut snapshots = handle.snapshots();
        let mut detailed = None;
        loop {
            let wanted = snapshots.borrow_and_update().settings.detailed_log.unwrap_or(false);
            if detailed != Some(wanted) {
                detailed = Some(wanted);
                if let Err(error) = self.0.reload(EnvFilter::new(if wanted { DETAILED } else { FILTER })) {
                    tracing::warn!(%error, "the log's level could not be changed");
                }
            }
            if snapshots.changed().await.is_err() {
                return;
            }
        }
    }
}

/// Starts the log. `RUST_LOG` sets the level; without it, the settings do. If the folder cannot be written, only standard error is used.
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
            let (writer, guard) = NonBlockingBuilder::default().buffered_lines_limit(LINES).finish(appender);
            (Some(writer), Some(guard), None)
        }
        Err(error) => (None, None, Some(error)),
    };
    let from_environment = EnvFilter::try_from_default_env().ok();
    let given = from_environment.is_some();
    let (filter, detail) = reload::Layer::new(from_environment.unwrap_or_else(|| EnvFilter::new(FILTER)));
    let to_terminal = writer.is_none() || io::stderr().is_terminal();
    tracing_subscriber::registry()
        .with(filter)
        .with(writer.map(|writer| fmt::layer().with_ansi(false).with_writer(writer)))
        .with(to_terminal.then(|| fmt::layer().with_ansi(io::stderr().is_terminal()).with_writer(io::stderr)))
        .init();
    panic::set_hook(Box::new(|info| tracing::error!(%info, "panic")));
    if let Some(error) = failed {
        tracing::warn!(%error, folder = %folder.display(), "no log file can be written");
    }
    Log { shown: folder.join("ringside.*.log"), given, detail: Detail(detail), _writer: guard }
}
