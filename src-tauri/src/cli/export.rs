//! `ringside export`: writes the log to a file, without a window, also while Ringside runs.

use std::{ops::ControlFlow, process::ExitCode};

use jiff::tz::TimeZone;
use ringside_engine::{Clock, ExportError, Exports, SystemClock};
use ringside_store::Store;

use crate::{
    cli::{Export, console},
    life::paths::Paths,
};

#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error("nothing is kept in {0} yet")]
    Nothing(String),
    #[error("--from and --to are no days of this calendar: {0}")]
    Day(jiff::Error),
    #[error(transparent)]
    Export(#[from] ExportError),
}

/// Prints the file's path. Status 0: done, 1: failed.
pub fn run(paths: &Paths, wanted: &Export) -> ExitCode {
    match export(paths, wanted) {
        Ok(path) => {
            console::say(&path);
            ExitCode::SUCCESS
        }
        Err(failure) => {
            console::report(&failure.to_string());
            ExitCode::FAILURE
        }
    }
}

fn export(paths: &Paths, wanted: &Export) -> Result<String, Failure> {
    let zone = TimeZone::system();
    let filter = wanted.filter(&zone).map_err(Failure::Day)?;
    let store = Store::open_to_read(&paths.data).map_err(ExportError::from)?;
    let store = store.ok_or_else(|| Failure::Nothing(paths.data.display().to_string()))?;
    let now = SystemClock::new().now().wall;
    let exports = Exports { folder: paths.exports(), zone };
    let path = exports.to_file(&store, filter, wanted.format(), now, |_| ControlFlow::Continue(()))?;
    Ok(path.display().to_string())
}
