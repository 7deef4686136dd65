//! Exports the call log to a file: CSV, a workbook (XLSX) or JSON lines.

pub(crate) mod csv;
mod workbook;

use std::{
    fs::{self, File},
    io::{self, BufWriter, Write},
    ops::ControlFlow,
    path::{Path, PathBuf},
    time::{Duration, UNIX_EPOCH},
};

use jiff::tz::TimeZone;
use ringside_domain::{ExportFormat, Filter, LogRow, Problem, Timestamp};
use ringside_store::{Store, StoreError};
use serde::Serialize;
use serde_json::Value;
use thiserror::Error;

/// A part of an export that is older was left by a crash; an export takes minutes.
const PART_LIVES: Duration = Duration::from_secs(24 * 3600);

/// The folder of the exports, and the time zone of the times in them.
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
    /// The caller stopped the export; its file was removed.
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
    /// Writes the calls of the filter, oldest first, to a new file that only the user can read: the whole file or none.
    /// `each` is called after each page with the number of calls written so far, and can stop the export. Blocks.
    pub fn to_file(
        &self,
        store: &Store,
        filter: Filter,
        format: ExportFormat,
        now: Timestamp,
        each: impl FnMut(u64) -> ControlFlow<()>,
    ) -> Result<PathBuf, ExportError> {
        make_private(&self.folder)?;
        self.remove_old_parts(now);
        let extension = match format {
            ExportFormat::Csv => "csv",
            ExportFormat::Xlsx => "xlsx",
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
            // If this fails too, a later export removes the part.
            let _ = fs::remove_file(&part);
            return Err(error);
        }
        Ok(whole)
    }

    /// Removes the parts that a crash left: those older than [`PART_LIVES`].
    fn remove_old_parts(&self, now: Timestamp) {
        let Ok(entries) = fs::read_dir(&self.folder) else { return };
        let changed = |entry: &fs::DirEntry| entry.metadata().and_then(|about| about.modified()).ok()?.duration_since(UNIX_EPOCH).ok();
        let is_old = |at: Duration| i64::try_from(at.as_millis()).is_ok_and(|at| at < now.minus(PART_LIVES).0);
        for entry in entries.flatten() {
            let is_part = entry.file_name().to_str().is_some_and(|name| name.starts_with("calls-") && name.ends_with(".part"));
            if is_part
                && changed(&entry).is_some_and(is_old)
                && let Err(error) = fs::remove_file(entry.path())
            {
                tracing::warn!(%error, "the part of an unfinished export could not be removed");
            }
        }
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

    /// Writes the calls to any writer; otherwise as [`Self::to_file`].
    pub fn write(
        &self,
        store: &Store,
        filter: Filter,
        format: ExportFormat,
        out: &mut (impl Write + Send),
        each: impl FnMut(u64) -> ControlFlow<()>,
    ) -> Result<(), ExportError> {
        match format {
            ExportFormat::Csv => {
                csv::heads(out)?;
                rows(store, filter, each, |row| Ok(csv::line(out, self, row)?))
            }
            ExportFormat::Xlsx => workbook::write(self, out, |add| rows(store, filter, each, add)),
            ExportFormat::JsonLines => rows(store, filter, each, |row| {
                serde_json::to_writer(&mut *out, row).map_err(io::Error::from)?;
                Ok(out.write_all(b"\n")?)
            }),
        }
    }

    fn local(&self, at: Timestamp, format: &str) -> String {
        let at = jiff::Timestamp::from_millisecond(at.0).unwrap_or_default();
        at.to_zoned(self.zone.clone()).strftime(format).to_string()
    }
}

/// Passes each row to `add`, oldest first, and calls `each` after each page.
fn rows(
    store: &Store,
    filter: Filter,
    mut each: impl FnMut(u64) -> ControlFlow<()>,
    mut add: impl FnMut(&LogRow) -> Result<(), ExportError>,
) -> Result<(), ExportError> {
    let mut written = 0;
    for page in store.export(filter) {
        for row in page? {
            add(&row)?;
            written += 1;
        }
        if each(written).is_break() {
            return Err(ExportError::Stopped);
        }
    }
    Ok(())
}

/// The value of one column in a row.
enum Cell {
    Time(Option<Timestamp>),
    Number(Option<u32>),
    /// A word of the contract: never a formula.
    Word(String),
    /// Text from the platform or a person: it may look like a formula.
    Text(String),
}

const HEADS: [&str; 20] = [
    "started",
    "direction",
    "customer_number",
    "outcome",
    "queue",
    "rang",
    "answered",
    "ended",
    "waited_seconds",
    "talked_seconds",
    "hung_up_by",
    "ending",
    "disposition",
    "note",
    "done",
    "extension",
    "member_id",
    "customer_id",
    "maturity",
    "recording",
];

/// The cells of a row, in the order of [`HEADS`].
fn cells(row: &LogRow) -> [Cell; HEADS.len()] {
    let (call, note) = (&row.call, &row.note);
    let text = |text: Option<&str>| Cell::Text(text.unwrap_or_default().to_owned());
    [
        Cell::Time(Some(call.started_at)),
        Cell::Word(word(&call.direction)),
        text(Some(&call.customer_number)),
        Cell::Word(word(&row.outcome)),
        text(call.queue.as_ref().map(|queue| queue.0.as_str())),
        Cell::Time(call.rang_at),
        Cell::Time(call.answered_at),
        Cell::Time(call.ended_at),
        Cell::Number(call.waited_seconds),
        Cell::Number(call.talked_seconds),
        Cell::Word(word(&call.hung_up_by)),
        Cell::Word(word(&call.ending)),
        text(note.disposition.as_deref()),
        text(Some(&note.text)),
        Cell::Time(note.done_at),
        text(Some(&call.extension.0)),
        text(call.member_id.as_deref()),
        text(call.customer_id.as_deref()),
        text(call.maturity.as_deref()),
        text(call.recording.as_deref()),
    ]
}

/// The value's word in the contract; the platform's number for an unknown code (N7).
fn word(value: &impl Serialize) -> String {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    match serde_json::to_value(value) {
        Ok(Value::Object(fields)) => fields.get("code").or_else(|| fields.get("kind")).map(text).unwrap_or_default(),
        Ok(Value::Null) | Err(_) => String::new(),
        Ok(value) => text(&value),
    }
}

/// Makes the folder, readable by the user only. An existing folder stays as it is.
pub(crate) fn make_private(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

#[cfg(test)]
mod tests {
    use std::io::{Cursor, Read};

    use ringside_domain::{Call, CallId, Edit, Method, Owner};
    use ringside_store::Write as StoreWrite;

    use super::*;

    /// The export of one call whose texts a spreadsheet program would change.
    async fn written(format: ExportFormat) -> Vec<u8> {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::in_memory().unwrap();
        let call = Call {
            customer_number: "013387525701".to_owned(),
            method: Method::Predictive,
            member_id: Some("18533700187590656".to_owned()),
            ..Call::blank(CallId(1), Owner::default(), Timestamp(1_779_249_600_000))
        };
        let note = Edit::Text("ok;=1+1".to_owned());
        store.write(vec![StoreWrite::Call(Box::new(call)), StoreWrite::Note { call: CallId(1), edit: note }]).await.unwrap();
        let exports = Exports { folder: folder.path().join("exports"), zone: TimeZone::UTC };
        let mut out = Vec::new();
        exports.write(&store, Filter::default(), format, &mut out, |_| ControlFlow::Continue(())).unwrap();
        out
    }

    #[tokio::test]
    async fn fr3_a_workbook_keeps_all_digits_and_has_no_formula() {
        let mut archive = zip::ZipArchive::new(Cursor::new(written(ExportFormat::Xlsx).await)).unwrap();
        let mut sheet = String::new();
        archive.by_name("xl/worksheets/sheet1.xml").unwrap().read_to_string(&mut sheet).unwrap();
        for text in ["013387525701", "18533700187590656", "ok;=1+1", "customer_number"] {
            assert!(sheet.contains(&format!(">{text}</t>")), "{text} is a text: {sheet}");
        }
        assert!(!sheet.contains("<f>"), "{sheet}");
    }

    #[tokio::test]
    async fn fr3_csv_has_no_formula_for_a_program_that_splits_at_semicolons() {
        let text = String::from_utf8(written(ExportFormat::Csv).await).unwrap();
        assert!(text.contains(",\"ok;'=1+1\","), "{text}");
        assert!(text.contains(",013387525701,") && text.contains(",18533700187590656,"), "{text}");
    }

    #[test]
    fn fr2_an_export_removes_parts_older_than_a_day_that_a_crash_left() {
        let folder = tempfile::tempdir().unwrap();
        let exports = Exports { folder: folder.path().to_owned(), zone: TimeZone::UTC };
        let now = Timestamp(100 * 24 * 3_600_000);
        for (name, hours) in [("calls-1.part", 25), ("calls-2.part", 23), ("calls-3.csv", 999), ("mine.part", 999)] {
            fs::write(folder.path().join(name), "").unwrap();
            let at = now.minus(Duration::from_secs(hours * 3600)).0;
            let file = File::options().write(true).open(folder.path().join(name)).unwrap();
            file.set_modified(UNIX_EPOCH + Duration::from_millis(at.unsigned_abs())).unwrap();
        }
        let store = Store::in_memory().unwrap();
        let path = exports.to_file(&store, Filter::default(), ExportFormat::Csv, now, |_| ControlFlow::Continue(())).unwrap();
        let names = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let mut left: Vec<String> = names.filter(|name| *name != path.file_name().unwrap().to_str().unwrap()).collect();
        left.sort();
        assert_eq!(left, ["calls-2.part", "calls-3.csv", "mine.part"]);
    }
}
