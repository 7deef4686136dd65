//! Whether every recording that is kept is still as it was kept: by the manifest's size and hash.

use std::{
    fs, io,
    ops::ControlFlow,
    path::{Path, PathBuf},
};

use ringside_domain::{Cursor, Damage, Damaged, SavedState};
use ringside_store::{Kept, Store, StoreError};
use serde::Serialize;

use super::folder::{digest, open_to_read};
use crate::restore::SESSION;

/// Manifest rows read at once.
const PAGE: u32 = 200;

/// How far a check has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Verified {
    /// Recordings.
    pub checked: u64,
    /// Of those that are as they were kept.
    pub bytes: u64,
    /// Recordings that are not.
    pub damaged: u64,
}

/// Checks every recording of the manifest. `folder` is where files are looked for that are no longer where they were kept.
/// `each` is told after each recording how far it has come and whether that one is damaged, and may stop it. Blocks.
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

/// The archive's folder, as it was set last; `default` where nobody chose another.
pub fn archive_folder(store: &Store, default: &Path) -> Result<PathBuf, StoreError> {
    let saved = store.setting(SESSION)?;
    // A state of another version says nothing of its folder; where the files were kept says the manifest.
    let saved: SavedState = saved.and_then(|json| serde_json::from_str(&json).ok()).unwrap_or_default();
    Ok(saved.settings.recordings.folder.filter(|folder| !folder.is_empty()).map_or_else(|| default.to_owned(), PathBuf::from))
}

/// Where a file of the manifest is: as it was kept, or in today's folder if it was moved there.
pub(super) fn found(file: &str, folder: &Path) -> PathBuf {
    let path = PathBuf::from(file);
    match path.file_name().map(|name| folder.join(name)) {
        Some(moved) if !is_there(&path) && is_there(&moved) => moved,
        _ => path,
    }
}

/// A file, not what a link in its place leads to (R4).
pub(super) fn is_there(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok_and(|found| found.is_file())
}

fn damage(kept: &Kept, path: &Path) -> Option<Damage> {
    match open_to_read(path).and_then(|mut file| digest(&mut file)) {
        Ok((sha256, size)) => (sha256 != kept.sha256 || size != kept.size).then_some(Damage::Changed),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Some(Damage::Missing),
        Err(_) => Some(Damage::Unreadable),
    }
}
