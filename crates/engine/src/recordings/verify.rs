//! Checks the files of the archive against the sizes and hashes in the manifest.

use std::{
    fs, io,
    ops::ControlFlow,
    path::{Path, PathBuf},
};

use ringside_domain::{Cursor, Damage, Damaged, SavedState};
use ringside_store::{KeptRecording, Store, StoreError};
use serde::Serialize;

use super::folder::{digest, open_to_read};
use crate::restore::SESSION;

/// The number of manifest rows read at once.
const PAGE: u32 = 200;

/// The progress of a check.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Verified {
    /// The number of recordings checked.
    pub checked: u64,
    /// The bytes of the undamaged ones.
    pub bytes: u64,
    /// The number of damaged ones.
    pub damaged: u64,
}

/// Checks every recording of the manifest. A file that is not at its path in the manifest is looked for in `folder`.
/// `each` is called after each recording with the progress and its damage, if any, and can stop the check. Blocks.
pub fn verify(
    store: &Store,
    folder: &Path,
    mut each: impl FnMut(Verified, Option<Damaged>) -> ControlFlow<()>,
) -> Result<Verified, StoreError> {
    let mut verified = Verified::default();
    let mut after = None;
    loop {
        let page = store.kept_recordings(after, PAGE)?;
        let Some(last) = page.last() else { return Ok(verified) };
        after = Some(Cursor { started_at: last.started_at, id: last.call });
        for kept in page {
            let path = found(&kept.file, folder);
            let damaged = damage(&kept, &path).map(|how| Damaged {
                call: kept.call,
                started_at: kept.started_at,
                file: path.to_string_lossy().into_owned(),
                how,
            });
            verified.checked += 1;
            verified.bytes += if damaged.is_none() { kept.size } else { 0 };
            verified.damaged += u64::from(damaged.is_some());
            if each(verified, damaged).is_break() {
                return Ok(verified);
            }
        }
    }
}

/// The archive's folder by the saved settings; `default` if none is set.
pub fn archive_folder(store: &Store, default: &Path) -> Result<PathBuf, StoreError> {
    let saved = store.setting(SESSION)?;
    // If the saved state cannot be read, the default does no harm: the manifest has the full paths.
    let saved: SavedState = saved.and_then(|json| serde_json::from_str(&json).ok()).unwrap_or_default();
    Ok(saved.settings.recordings.folder.filter(|folder| !folder.is_empty()).map_or_else(|| default.to_owned(), PathBuf::from))
}

/// The path of a manifest's file: as stored, or in the current folder if the file was moved there.
pub(super) fn found(file: &str, folder: &Path) -> PathBuf {
    let path = PathBuf::from(file);
    match path.file_name().map(|name| folder.join(name)) {
        Some(moved) if !is_there(&path) && is_there(&moved) => moved,
        _ => path,
    }
}

/// Whether there is a regular file; a symbolic link does not count (R4).
pub(super) fn is_there(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok_and(|found| found.is_file())
}

fn damage(kept: &KeptRecording, path: &Path) -> Option<Damage> {
    match open_to_read(path).and_then(|mut file| digest(&mut file)) {
        Ok((sha256, size)) => (sha256 != kept.sha256 || size != kept.size).then_some(Damage::Changed),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Some(Damage::Missing),
        Err(_) => Some(Damage::Unreadable),
    }
}
