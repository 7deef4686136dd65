//! `ringside export`: writes the log to a file, without a window, also while Ringside runs.

use std::{ops::ControlFlow, process::ExitCode};

use jiff::{civil::Date, tz::TimeZone};
use ringside_domain::{ExportFormat, Filter, Timestamp};
use ringside_engine::{Clock, ExportError, Exports, SystemClock};
use ringside_store::Store;

use crate::{
    cli::{console, status},
    life::paths::Paths,
};

#[derive(Debug, clap::Args)]
pub struct Export {
    /// From the beginning of this day, such as 2026-01-31 [default: the first call]
    #[arg(long, value_name = "DAY")]
    from: Option<Date>,
    /// To the end of this day [default: the last call]
    #[arg(long, value_name = "DAY")]
    to: Option<Date>,
    /// A workbook (xlsx), comma-separated values, or one JSON object a line
    #[arg(long, value_enum, default_value_t = Format::Csv)]
    format: Format,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Format {
    Csv,
    Xlsx,
    Jsonl,
}

impl Export {
    /// Whether the first day is after the last.
    pub fn is_backwards(&self) -> bool {
        self.from.zip(self.to).is_some_and(|(from, to)| from > to)
    }

    /// The filter of the calls from the first day to the last. Days begin and end in this time zone.
    pub fn filter(&self, zone: &TimeZone) -> Result<Filter, jiff::Error> {
        let begins = |day: Date| day.to_zoned(zone.clone()).map(|at| Timestamp(at.timestamp().as_millisecond()));
        let from = self.from.map(begins).transpose()?;
        let to = self.to.map(|day| day.tomorrow().and_then(begins)).transpose()?;
        Ok(Filter { from, to, ..Filter::default() })
    }

    pub fn format(&self) -> ExportFormat {
        match self.format {
            Format::Csv => ExportFormat::Csv,
            Format::Xlsx => ExportFormat::Xlsx,
            Format::Jsonl => ExportFormat::JsonLines,
        }
    }
}

#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error("nothing is kept in {0} yet")]
    Nothing(String),
    #[error("--from and --to are no days of this calendar: {0}")]
    Day(jiff::Error),
    #[error("no day lies between: --from is after --to")]
    Backwards,
    #[error(transparent)]
    Export(#[from] ExportError),
}

/// Prints the file's path. Status 0: done, 1: failed, 2: a wrong command.
pub fn run(paths: &Paths, wanted: &Export) -> ExitCode {
    match export(paths, wanted) {
        Ok(path) => {
            console::say(&path);
            ExitCode::SUCCESS
        }
        Err(failure) => {
            console::report(&failure.to_string());
            if matches!(failure, Failure::Backwards) { status::USAGE.into() } else { ExitCode::FAILURE }
        }
    }
}

fn export(paths: &Paths, wanted: &Export) -> Result<String, Failure> {
    if wanted.is_backwards() {
        return Err(Failure::Backwards);
    }
    let zone = TimeZone::system();
    let filter = wanted.filter(&zone).map_err(Failure::Day)?;
    let store = Store::open_to_read(&paths.data).map_err(ExportError::from)?;
    let store = store.ok_or_else(|| Failure::Nothing(paths.data.display().to_string()))?;
    let now = SystemClock::new().now().wall;
    let exports = Exports { folder: paths.exports(), zone };
    let path = exports.to_file(&store, filter, wanted.format(), now, |_| ControlFlow::Continue(()))?;
    Ok(path.display().to_string())
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::cli::{Cli, Command};

    fn parsed(arguments: &[&str]) -> Result<Export, clap::Error> {
        match Cli::try_parse_from([&["ringside", "export"], arguments].concat())?.command {
            Some(Command::Export(wanted)) => Ok(wanted),
            _ => panic!("expected an export"),
        }
    }

    #[test]
    fn an_export_contains_whole_days() {
        let wanted = parsed(&["--from", "2026-03-08", "--to", "2026-03-08", "--format", "jsonl"]).unwrap();
        assert_eq!(wanted.format(), ExportFormat::JsonLines);
        let filter = wanted.filter(&TimeZone::get("America/New_York").unwrap()).unwrap();
        assert_eq!(filter.to.unwrap().since(filter.from.unwrap()).as_secs(), 23 * 3600, "on this day the clocks go forward");
        assert!(parsed(&["--from", "yesterday"]).is_err());
    }

    #[test]
    fn days_in_the_wrong_order_are_a_wrong_command() {
        let folder = tempfile::tempdir().unwrap();
        let paths = Paths::new(Some(folder.path().to_owned()), false);
        let ended = |from: &str, to: &str| run(&paths, &parsed(&["--from", from, "--to", to]).unwrap());
        assert_eq!(ended("2026-02-02", "2026-01-01"), ExitCode::from(status::USAGE), "said before calls are looked for");
        assert_eq!(ended("2026-02-02", "2026-02-02"), ExitCode::FAILURE, "nothing is kept");
    }
}
