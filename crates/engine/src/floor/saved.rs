//! Lists that are saved as files for spreadsheet programs.

use std::{
    collections::VecDeque,
    fs::{self, File},
    io::{self, BufWriter, Write},
    ops::ControlFlow,
    path::{Path, PathBuf},
};

use ringside_domain::{DoNotCall, RefusedWords, SheetLayout, Timestamp};
use ringside_store::{FloorStore, RefusedRow, StoreError};
use ringside_wire::{Zone, moment};

use super::{
    imports::{Import, Imports},
    staging,
};
use crate::export::{
    csv::{BOM, harmless, put},
    make_private,
};

/// Rows that are read at once.
const PAGE: u64 = 1000;

/// The rows of an import that the last check refused: the row in the source, the reason, the number, and all that the source has of the row.
pub(super) fn refused(
    imports: &Imports,
    import: &Import,
    layout: &SheetLayout,
    words: &RefusedWords,
    folder: &Path,
    at: Timestamp,
) -> Result<PathBuf, StoreError> {
    to_file(folder, "refused", &imports.zone(), at, |out| {
        let mut rows = Refused { store: imports.store(), import: import.id, read: 0, page: VecDeque::new() };
        let mut next = rows.next()?;
        let mut is_first = true;
        let mut each = |row: u32, cells: Vec<String>| -> Result<ControlFlow<()>, StoreError> {
            if std::mem::take(&mut is_first) {
                let own = if layout.has_header { cells.as_slice() } else { &[] };
                put(out, &titles(own, layout, words))?;
                if layout.has_header {
                    return Ok(ControlFlow::Continue(()));
                }
            }
            // Two numbers of one cell are two refused rows.
            while let Some(refused) = next.take_if(|refused| refused.row <= row) {
                put(out, &line(&refused, if refused.row == row { &cells } else { &[] }, words))?;
                next = rows.next()?;
            }
            Ok(if next.is_some() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) })
        };
        let mut failed = None;
        let read = staging::texts(imports, import, layout, &mut |row, cells| {
            each(row, cells).unwrap_or_else(|error| {
                failed = Some(error);
                ControlFlow::Break(())
            })
        });
        match failed {
            Some(error) => Err(error),
            None => read.map_err(|failure| StoreError::Refused(failure.to_string())),
        }
    })
}

/// The first line: the titles of the source, or the meanings of its columns.
fn titles(own: &[String], layout: &SheetLayout, words: &RefusedWords) -> Vec<String> {
    let title = |at: usize| {
        let own = own.get(at).map(|title| title.trim()).filter(|title| !title.is_empty());
        let meaning = layout.columns.get(at).copied().flatten();
        let known = || words.meanings.iter().find(|(column, _)| Some(*column) == meaning).map(|(_, word)| word.clone());
        own.map(str::to_owned).or_else(known).unwrap_or_else(|| format!("{} {}", words.column, at + 1))
    };
    let titles = words.titles.iter().cloned().chain((0..layout.columns.len().max(own.len())).map(title));
    titles.map(|title| harmless(&title)).collect()
}

fn line(row: &RefusedRow, cells: &[String], words: &RefusedWords) -> Vec<String> {
    let reason = words.reasons.iter().find(|(reason, _)| *reason == row.reason).map(|(_, word)| word.clone()).unwrap_or_default();
    let number = if row.phone.is_empty() { &row.text } else { &row.phone };
    let own = [row.row.to_string(), reason, number.clone()];
    own.iter().chain(cells).map(|cell| harmless(cell)).collect()
}

/// The refused rows of an import in the order of the source.
struct Refused<'a> {
    store: &'a FloorStore,
    import: u64,
    read: u64,
    page: VecDeque<RefusedRow>,
}

impl Refused<'_> {
    fn next(&mut self) -> Result<Option<RefusedRow>, StoreError> {
        if self.page.is_empty() {
            self.page = self.store.refused(self.import, self.read, PAGE)?.into();
            self.read += self.page.len() as u64;
        }
        Ok(self.page.pop_front())
    }
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
