//! Reads what the administrator of this computer sets: the machine's file, the registry on Windows, the managed preferences on macOS. The
//! rules for these values are in [`ringside_engine::config`].

#[cfg(any(target_os = "macos", test))]
mod preferences;
#[cfg(windows)]
mod registry;
mod trust;

#[cfg(target_os = "macos")]
use std::path::Path;
use std::{
    env,
    fs::File,
    io::{self, Read},
    path::PathBuf,
};

use ringside_engine::config::Policy;

use super::provision::ProvisionError;

/// The machine's file.
#[derive(Debug)]
pub enum MachineFile {
    None,
    Read {
        path: PathBuf,
        bytes: Vec<u8>,
    },
    /// Not only administrators could have written it, so it is not used.
    Refused {
        reason: String,
    },
}

/// Reads the machine's file, if only administrators can write it.
pub fn machine_file() -> Result<MachineFile, ProvisionError> {
    // Tests of a debug build may name another file. In a release build the environment must not decide what is locked.
    if let Some(path) = env::var_os("RINGSIDE_MACHINE_CONFIG").filter(|_| cfg!(debug_assertions)) {
        let path = PathBuf::from(path);
        let file = File::open(&path).map(|file| (file, Ok(())));
        return read(path, file);
    }
    match folder() {
        Some(folder) => {
            let path = folder.join("config.toml");
            let file = trust::open(&path);
            read(path, file)
        }
        None => Ok(MachineFile::None),
    }
}

fn read(path: PathBuf, opened: io::Result<(File, Result<(), String>)>) -> Result<MachineFile, ProvisionError> {
    let mut bytes = Vec::new();
    match opened {
        Ok((_, Err(reason))) => Ok(MachineFile::Refused { reason }),
        Ok((mut file, Ok(()))) => match file.read_to_end(&mut bytes) {
            Ok(_) => Ok(MachineFile::Read { path, bytes }),
            Err(error) => Err(ProvisionError::MachineFile(path, error)),
        },
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(MachineFile::None),
        Err(error) => Err(ProvisionError::MachineFile(path, error)),
    }
}

/// The folder of the machine's file.
#[cfg(not(windows))]
fn folder() -> Option<PathBuf> {
    let folder = if cfg!(target_os = "macos") { "/Library/Application Support/Ringside" } else { "/etc/ringside" };
    Some(PathBuf::from(folder))
}

/// The folder of the machine's file, in the one that the system names. Its name in the environment could be the user's.
#[cfg(windows)]
fn folder() -> Option<PathBuf> {
    use std::ptr;

    use windows_sys::Win32::{
        Foundation::S_OK,
        System::Com::CoTaskMemFree,
        UI::Shell::{FOLDERID_ProgramData, KF_FLAG_DEFAULT, SHGetKnownFolderPath},
    };

    let mut text = ptr::null_mut();
    // SAFETY: the id is a constant of the system, no token is given, and the system writes a pointer to a text that ends with a zero, or null.
    // The text is freed after it was read, as the function's documentation says, also after a failure.
    #[allow(unsafe_code)]
    let found = unsafe {
        let result = SHGetKnownFolderPath(&FOLDERID_ProgramData, KF_FLAG_DEFAULT as u32, ptr::null_mut(), &mut text);
        let found = (result == S_OK && !text.is_null()).then(|| PathBuf::from(wide(text)));
        CoTaskMemFree(text.cast());
        found
    };
    found.map(|folder| folder.join("Ringside"))
}

/// A text of the system.
///
/// # Safety
/// `text` points to a text that ends with a zero.
#[cfg(windows)]
#[allow(unsafe_code)]
unsafe fn wide(text: *const u16) -> std::ffi::OsString {
    use std::os::windows::ffi::OsStringExt;

    // SAFETY: the caller guarantees it, and the text is read up to that zero.
    unsafe {
        let length = (0..).take_while(|at| *text.add(*at) != 0).count();
        std::ffi::OsString::from_wide(std::slice::from_raw_parts(text, length))
    }
}

/// What the system's management sets.
pub fn managed() -> Result<Policy, ProvisionError> {
    #[cfg(windows)]
    return registry::read(windows_registry::LOCAL_MACHINE, r"Software\Policies\Ringside");
    #[cfg(target_os = "macos")]
    return preferences::read(Path::new("/Library/Managed Preferences/io.github.ringside-desktop.ringside.plist"));
    #[cfg(not(any(windows, target_os = "macos")))]
    Ok(Policy::default())
}

/// The address of the script (PAC) by which the system chooses proxies, if it is known. Ringside does not follow it.
pub fn proxy_script() -> Option<String> {
    #[cfg(windows)]
    return registry::proxy_script(windows_registry::CURRENT_USER, r"Software\Microsoft\Windows\CurrentVersion\Internet Settings");
    #[cfg(not(windows))]
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_machine_file_that_only_administrators_write_is_read_and_another_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config.toml");
        assert!(matches!(read(path.clone(), trust::open(&path)), Ok(MachineFile::None)), "there is none");
        std::fs::write(&path, "locked = []\n").unwrap();
        let opened = |trusted: Result<(), &str>| Ok((File::open(&path).unwrap(), trusted.map_err(str::to_owned)));
        let found = read(path.clone(), opened(Ok(())));
        assert!(matches!(found, Ok(MachineFile::Read { bytes, .. }) if bytes == b"locked = []\n"));
        let found = read(path.clone(), opened(Err("others may write")));
        assert!(matches!(found, Ok(MachineFile::Refused { reason }) if reason == "others may write"));
    }
}
