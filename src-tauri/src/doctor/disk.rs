//! Checks of the data folder: it can be written, has free space, and is on a local drive.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use ringside_engine::doctor::{About, Check, Finding};

/// Free bytes below which the user should make space.
const LOW: u64 = 1 << 30;
/// Free bytes below which callbacks will soon be refused.
const OUT: u64 = 64 << 20;

pub fn examine(data: &Path) -> [Check; 3] {
    let shown = data.display().to_string();
    let folder = match is_writable(data) {
        Ok(()) => Check::new(About::Folder, Finding::FolderWritable, &shown),
        Err(error) => Check::new(About::Folder, Finding::FolderReadOnly, format!("{shown}: {error}")),
    };
    let space = match free(&existing(data)) {
        Ok(bytes) => Check::new(About::Space, enough(bytes), format!("{:.1} GiB", bytes as f64 / (1_u64 << 30) as f64)),
        Err(error) => Check::new(About::Space, Finding::SpaceUnknown, error.to_string()),
    };
    let drive = if ringside_store::is_network(&existing(data)) { Finding::NetworkDrive } else { Finding::LocalDrive };
    [folder, space, Check::new(About::Drive, drive, "")]
}

fn enough(bytes: u64) -> Finding {
    match bytes {
        0..OUT => Finding::SpaceOut,
        OUT..LOW => Finding::SpaceLow,
        LOW.. => Finding::SpaceLeft,
    }
}

/// Tests with a temporary file. If the folder does not exist yet, tests the folder in which it would be created.
fn is_writable(data: &Path) -> io::Result<()> {
    let file = existing(data).join(format!(".ringside-doctor-{}", std::process::id()));
    crate::life::paths::write_private(&file, "written")?;
    fs::remove_file(&file)
}

/// The folder, or its nearest ancestor that exists.
fn existing(folder: &Path) -> PathBuf {
    folder.ancestors().find(|above| above.exists()).unwrap_or(folder).to_owned()
}

/// Bytes that this user can still write.
#[cfg(unix)]
fn free(folder: &Path) -> io::Result<u64> {
    let found = rustix::fs::statvfs(folder)?;
    Ok(found.f_bavail.saturating_mul(found.f_frsize))
}

#[cfg(windows)]
fn free(folder: &Path) -> io::Result<u64> {
    use std::os::windows::ffi::OsStrExt;

    use windows_sys::Win32::Storage::FileSystem::GetDiskFreeSpaceExW;

    let wide: Vec<u16> = folder.as_os_str().encode_wide().chain([0]).collect();
    let mut bytes = 0;
    // SAFETY: the path ends with a zero, and path and variable live until the call returns; null means that the value is not wanted.
    #[allow(unsafe_code)]
    let done = unsafe { GetDiskFreeSpaceExW(wide.as_ptr(), &mut bytes, std::ptr::null_mut(), std::ptr::null_mut()) };
    if done == 0 { Err(io::Error::last_os_error()) } else { Ok(bytes) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_checked_where_it_is_or_would_be_created() {
        let folder = tempfile::tempdir().unwrap();
        for data in [folder.path().to_owned(), folder.path().join("not/yet")] {
            let [writable, space, drive] = examine(&data).map(|check| check.finding);
            assert_eq!(writable, Finding::FolderWritable);
            assert_ne!(space, Finding::SpaceUnknown);
            assert_eq!(drive, Finding::LocalDrive);
        }
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "no file is left");
    }

    #[test]
    fn a_data_folder_that_is_a_file_is_reported() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        fs::write(&file, "").unwrap();
        assert_eq!(examine(&file)[0].finding, Finding::FolderReadOnly);
    }

    #[test]
    fn free_space_is_enough_low_or_out() {
        assert_eq!(
            [0, OUT - 1, OUT, LOW, u64::MAX].map(enough),
            [Finding::SpaceOut, Finding::SpaceOut, Finding::SpaceLow, Finding::SpaceLeft, Finding::SpaceLeft]
        );
    }
}
