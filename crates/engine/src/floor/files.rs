//! The files of imports, in a folder that only the user can read.

use std::{
    fs::{self, File},
    io,
    path::Path,
};

use crate::export::make_private;

pub(super) fn create(folder: &Path, path: &Path) -> io::Result<File> {
    make_private(folder)?;
    let mut options = File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Deletes the files that an earlier run left.
pub(super) fn remove_left(folder: &Path) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    let is_import = |entry: &fs::DirEntry| entry.path().extension().is_some_and(|extension| extension == "import");
    for entry in entries.flatten().filter(is_import) {
        if let Err(error) = fs::remove_file(entry.path()) {
            tracing::warn!(%error, "a file of an earlier import could not be deleted");
        }
    }
}
