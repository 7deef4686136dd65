//! Lists that are saved as files for spreadsheet programs.

use std::{
    fs::{self, File},
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
};

use ringside_domain::{DoNotCall, RowRefusal, Timestamp};
use ringside_store::{FloorStore, StoreError};
use ringside_wire::{Zone, moment};

use crate::export::{
    csv::{BOM, harmless, put},
    make_private,
};

/// Rows that are read at once.
const PAGE: u64 = 1000;

/// The rows of an import that will not be sent: their row in the file, the reason, and their text.
pub(super) fn refused(store: &FloorStore, import: u64, folder: &Path, zone: &Zone, at: Timestamp) -> Result<PathBuf, StoreError> {
    to_file(folder, "refused", zone, at, |out| {
        put(out, &["row", "reason", "text"].map(str::to_owned))?;
        let mut skip = 0;
        loop {
            let rows = store.refused(import, skip, PAGE)?;
            for row in &rows {
                put(out, &[row.row.to_string(), reason(row.reason).to_owned(), harmless(&row.text)])?;
            }
            if rows.is_empty() {
                return Ok(());
            }
            skip += rows.len() as u64;
        }
    })
}

pub(super) fn do_not_call(store: &FloorStore, folder: &Path, zone: &Zone, at: Timestamp) -> Result<PathBuf, StoreError> {
    to_file(folder, "do-not-call", zone, at, |out| {
        put(out, &["number", "since", "by", "reason"].map(str::to_owned))?;
        let mut last: Option<DoNotCall> = None;
        loop {
            let mut entries = store.do_not_call_after(last.as_ref(), PAGE)?;
            for entry in &entries {
                // `+` begins a formula; a number from here is nothing but digits after it.
                let cells = [&entry.phone, &moment::format(entry.since, zone), &entry.by, &entry.reason].map(|cell| harmless(cell));
                put(out, &cells)?;
            }
            last = entries.pop();
            if last.is_none() {
                return Ok(());
            }
        }
    })
}

/// Writes a new file that only the user can read: the whole file or none.
fn to_file(
    folder: &Path,
    name: &str,
    zone: &Zone,
    at: Timestamp,
    write: impl FnOnce(&mut BufWriter<File>) -> Result<(), StoreError>,
) -> Result<PathBuf, StoreError> {
    make_private(folder)?;
    let stamp: String = moment::format(at, zone).chars().filter(char::is_ascii_digit).collect();
    let (path, file) = create(folder, &format!("{name}-{stamp}"))?;
    let mut out = BufWriter::new(file);
    let written = out
        .write_all(BOM.as_bytes())
        .map_err(StoreError::from)
        .and_then(|()| write(&mut out))
        .and_then(|()| out.flush().map_err(StoreError::from))
        .and_then(|()| out.get_ref().sync_all().map_err(StoreError::from));
    if let Err(error) = written {
        if let Err(error) = fs::remove_file(&path) {
            tracing::warn!(%error, "a file that could not be written in full could not be removed");
        }
        return Err(error);
    }
    Ok(path)
}

fn create(folder: &Path, stem: &str) -> io::Result<(PathBuf, File)> {
    let mut options = File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    for number in 1.. {
        let name = if number == 1 { format!("{stem}.csv") } else { format!("{stem}-{number}.csv") };
        let path = folder.join(name);
        match options.open(&path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            opened => return opened.map(|file| (path, file)),
        }
    }
    Err(io::ErrorKind::AlreadyExists.into())
}

fn reason(reason: RowRefusal) -> &'static str {
    match reason {
        RowRefusal::Empty => "no number",
        RowRefusal::Invalid => "not a telephone number",
        RowRefusal::Spoilt => "digits are lost",
        RowRefusal::LeftOut => "left out",
        RowRefusal::Duplicate => "in an earlier row",
        RowRefusal::InOtherCampaign => "in another campaign",
        RowRefusal::DoNotCall => "on the do-not-call list",
        RowRefusal::AttemptsToday => "called often enough today",
        RowRefusal::AttemptsInAll => "called often enough",
        RowRefusal::BadTime => "the preset time cannot be read",
    }
}
