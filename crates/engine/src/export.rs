//! The log in a file: for a spreadsheet program, or for another program.

use std::{
    fs::{self, File},
    io::{self, BufWriter, Write},
    ops::ControlFlow,
    path::{Path, PathBuf},
};

use jiff::tz::TimeZone;
use ringside_domain::{ExportFormat, Filter, LogRow, Problem, Timestamp};
use ringside_store::{Store, StoreError};
use serde::Serialize;
use serde_json::Value;
use thiserror::Error;

/// Where exports lie, and in whose time zone their times are.
#[derive(Clone, Debug)]
pub struct Exports {
    pub folder: PathBuf,
    pub zone: TimeZone,
}

#[derive(Debug, Error)]
pub enum ExportError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("the file could not be written: {0}")]
    File(#[from] io::Error),
    /// Asked to; nothing is left of it.
    #[error("stopped")]
    Stopped,
}

impl From<&ExportError> for Problem {
    fn from(error: &ExportError) -> Self {
        match error {
            ExportError::Store(error) => Self::from(error),
            ExportError::File(error) => Self::from(&StoreError::from(io::Error::new(error.kind(), error.to_string()))),
            ExportError::Stopped => Self::from(&StoreError::Failed(error.to_string())),
        }
    }
}

impl Exports {
    /// Writes the calls of the filter, oldest first, to a file of its own that nobody else may read: the whole file or none.
    /// `each` is told after each page how many are written, and may stop it.
    pub fn to_file(
        &self,
        store: &Store,
        filter: Filter,
        format: ExportFormat,
        now: Timestamp,
        each: impl FnMut(u64) -> ControlFlow<()>,
    ) -> Result<PathBuf, ExportError> {
        make_private(&self.folder)?;
        let extension = match format {
            ExportFormat::Csv => "csv",
            ExportFormat::JsonLines => "jsonl",
        };
        let stem = format!("calls-{}", self.local(now, "%Y%m%d-%H%M%S"));
        let (mut part, mut whole) = (self.folder.join(format!("{stem}.part")), self.folder.join(format!("{stem}.{extension}")));
        for number in 2.. {
            if !part.exists() && !whole.exists() {
                break;
            }
            part = self.folder.join(format!("{stem}-{number}.part"));
            whole = self.folder.join(format!("{stem}-{number}.{extension}"));
        }
        let written = self.to_part(&part, store, filter, format, each);
        if let Err(error) = written.and_then(|()| Ok(fs::rename(&part, &whole)?)) {
            // What went wrong is said already; a part that stays is nobody's.
            let _ = fs::remove_file(&part);
            return Err(error);
        }
        Ok(whole)
    }

    fn to_part(
        &self,
        part: &Path,
        store: &Store,
        filter: Filter,
        format: ExportFormat,
        each: impl FnMut(u64) -> ControlFlow<()>,
    ) -> Result<(), ExportError> {
        let mut options = File::options();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut out = BufWriter::new(options.open(part)?);
        self.write(store, filter, format, &mut out, each)?;
        out.into_inner().map_err(|error| error.into_error())?.sync_all()?;
        Ok(())
    }

    /// As [`Self::to_file`], to anywhere.
    pub fn write(
        &self,
        store: &Store,
        filter: Filter,
        format: ExportFormat,
        out: &mut impl Write,
        mut each: impl FnMut(u64) -> ControlFlow<()>,
    ) -> Result<(), ExportError> {
        if format == ExportFormat::Csv {
            let heads: Vec<String> = self.cells(None).into_iter().map(|(head, _)| head.to_owned()).collect();
            out.write_all("\u{feff}".as_bytes())?;
            line(out, &heads)?;
        }
        let mut written = 0;
        for page in store.export(filter) {
            for row in page? {
                match format {
                    ExportFormat::Csv => {
                        let cells: Vec<String> = self.cells(Some(&row)).into_iter().map(|(_, cell)| cell).collect();
                        line(out, &cells)?;
                    }
                    ExportFormat::JsonLines => {
                        serde_json::to_writer(&mut *out, &row).map_err(io::Error::from)?;
                        out.write_all(b"\n")?;
                    }
                }
                written += 1;
            }
            if each(written).is_break() {
                return Err(ExportError::Stopped);
            }
        }
        Ok(())
    }

    /// The columns' heads, each with what the row says there.
    fn cells(&self, row: Option<&LogRow>) -> [(&'static str, String); 20] {
        let of = |cell: &dyn Fn(&LogRow) -> String| row.map(cell).unwrap_or_default();
        let time = |at: &dyn Fn(&LogRow) -> Option<Timestamp>| {
            of(&|row| at(row).map(|at| self.local(at, "%Y-%m-%d %H:%M:%S")).unwrap_or_default())
        };
        let text = |text: &dyn Fn(&LogRow) -> Option<&str>| of(&|row| harmless(text(row).unwrap_or_default()));
        let seconds = |seconds: Option<u32>| seconds.map(|seconds| seconds.to_string()).unwrap_or_default();
        [
            ("started", time(&|row| Some(row.call.started_at))),
            ("direction", of(&|row| word(&row.call.direction))),
            ("customer_number", text(&|row| Some(&row.call.customer_number))),
            ("outcome", of(&|row| word(&row.outcome))),
            ("queue", text(&|row| row.call.queue.as_ref().map(|queue| queue.0.as_str()))),
            ("rang", time(&|row| row.call.rang_at)),
            ("answered", time(&|row| row.call.answered_at)),
            ("ended", time(&|row| row.call.ended_at)),
            ("waited_seconds", of(&|row| seconds(row.call.waited_seconds))),
            ("talked_seconds", of(&|row| seconds(row.call.talked_seconds))),
            ("hung_up_by", of(&|row| word(&row.call.hung_up_by))),
            ("ending", of(&|row| word(&row.call.ending))),
            ("disposition", text(&|row| row.note.disposition.as_deref())),
            ("note", text(&|row| Some(&row.note.text))),
            ("done", time(&|row| row.note.done_at)),
            ("extension", text(&|row| Some(&row.call.extension.0))),
            ("member_id", text(&|row| row.call.member_id.as_deref())),
            ("customer_id", text(&|row| row.call.customer_id.as_deref())),
            ("maturity", text(&|row| row.call.maturity.as_deref())),
            ("recording", text(&|row| row.call.recording.as_deref())),
        ]
    }

    fn local(&self, at: Timestamp, format: &str) -> String {
        let at = jiff::Timestamp::from_millisecond(at.0).unwrap_or_default();
        at.to_zoned(self.zone.clone()).strftime(format).to_string()
    }
}

/// The word by which the contract knows it; the platform's number where we have no word (N7).
fn word(value: &impl Serialize) -> String {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    match serde_json::to_value(value) {
        Ok(Value::Object(fields)) => fields.get("code").or_else(|| fields.get("kind")).map(text).unwrap_or_default(),
        Ok(Value::Null) | Err(_) => String::new(),
        Ok(value) => text(&value),
    }
}

/// A spreadsheet program takes a text that begins so for a formula.
fn harmless(text: &str) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠']) { format!("'{text}") } else { text.to_owned() }
}

fn line(out: &mut impl Write, cells: &[String]) -> io::Result<()> {
    for (place, cell) in cells.iter().enumerate() {
        if place > 0 {
            out.write_all(b",")?;
        }
        if cell.contains(['"', ',', '\r', '\n']) {
            write!(out, "\"{}\"", cell.replace('"', "\"\""))?;
        } else {
            out.write_all(cell.as_bytes())?;
        }
    }
    out.write_all(b"\r\n")
}

/// Makes the folder, for nobody else to read; what is there stays.
pub(crate) fn make_private(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}
