//! Puts a newer version in this program's place. Whatever fails, this version stays and runs on.

use std::path::Path;
#[cfg(target_os = "linux")]
use std::{
    fs::{self, TryLockError},
    io,
    path::PathBuf,
};

use ringside_domain::Problem;
use tauri_plugin_updater::Update;

use super::release::{failed, not_written};
#[cfg(target_os = "linux")]
use crate::life::program;

/// How this program was installed, if Ringside itself can replace it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Installation {
    /// One file, which the user can replace.
    #[cfg(target_os = "linux")]
    AppImage(PathBuf),
    /// By the setup program, for all users.
    #[cfg(windows)]
    Setup,
    /// A folder with the name `Ringside.app`.
    #[cfg(target_os = "macos")]
    Bundle,
}

impl Installation {
    /// None: something else replaces this program, such as the system's packages or group policy.
    #[cfg(target_os = "linux")]
    pub fn of_this_program() -> Option<Self> {
        let file = program::image()?;
        let is_writable = rustix::fs::access(file.parent()?, rustix::fs::Access::WRITE_OK).is_ok();
        is_writable.then_some(Self::AppImage(file))
    }

    #[cfg(windows)]
    pub fn of_this_program() -> Option<Self> {
        crate::life::installed::is_by_setup().then_some(Self::Setup)
    }

    #[cfg(target_os = "macos")]
    pub fn of_this_program() -> Option<Self> {
        let program = std::env::current_exe().ok()?;
        let bundle = program.ancestors().find(|folder| folder.extension().is_some_and(|end| end == "app"))?;
        // Otherwise the system would ask for a password, and block the windows until somebody answers.
        let is_writable = |folder: &Path| rustix::fs::access(folder, rustix::fs::Access::WRITE_OK).is_ok();
        (is_writable(bundle) && is_writable(bundle.parent()?)).then_some(Self::Bundle)
    }

    /// The key of its file under `platforms` in the server's answer.
    pub fn target(&self) -> String {
        let (system, kind) = match self {
            #[cfg(target_os = "linux")]
            Self::AppImage(_) => ("linux", "appimage"),
            #[cfg(windows)]
            Self::Setup => ("windows", "nsis"),
            #[cfg(target_os = "macos")]
            Self::Bundle => ("darwin", "app"),
        };
        format!("{system}-{}-{kind}", std::env::consts::ARCH)
    }

    /// Whether the system asks for an administrator's consent.
    pub fn needs_consent(&self) -> bool {
        cfg!(windows)
    }

    /// Installs the file, whose signature is checked once more, if `may` then still permits it. Blocks, on Windows until the setup has ended.
    ///
    /// # Errors
    /// That of `may`, `UpdateRefused`, `UpdateFailed` or `StoreFull`.
    pub fn install(&self, update: &Update, file: &Path, may: impl Fn() -> Result<(), Problem>) -> Result<(), Problem> {
        match self {
            #[cfg(target_os = "linux")]
            Self::AppImage(image) => {
                let bytes = fs::read(file).map_err(|error| not_written(&error))?;
                update.verify(&bytes).map_err(|error| failed(&error))?;
                let is_image = bytes.starts_with(b"\x7fELF") && bytes.get(8..11) == Some(b"AI\x02");
                if !is_image || bytes.get(MACHINE) != Some(&this_machine().map_err(|error| not_written(&error))?) {
                    return Err(of_another_kind("an AppImage for this processor"));
                }
                may()?;
                replace(image, &bytes).map_err(|error| not_written(&error))
            }
            #[cfg(windows)]
            Self::Setup => {
                // Until it has ended, no other program can write to the file that was checked.
                let (bytes, _held) = windows::read_and_hold(file).map_err(|error| not_written(&error))?;
                update.verify(&bytes).map_err(|error| failed(&error))?;
                // The processor of the setup program says nothing: it is a program of 32 bits, which also installs one of 64.
                if !bytes.starts_with(b"MZ") {
                    return Err(of_another_kind("a program for Windows"));
                }
                may()?;
                windows::run_setup(file, "/S")
            }
            #[cfg(target_os = "macos")]
            Self::Bundle => {
                let bytes = std::fs::read(file).map_err(|error| not_written(&error))?;
                update.verify(&bytes).map_err(|error| failed(&error))?;
                may()?;
                let failed =
                    |error: tauri_plugin_updater::Error| Problem::new(ringside_domain::ProblemCode::UpdateFailed, error.to_string(), true);
                update.install(bytes).map_err(failed)
            }
        }
    }
}

/// The signature does not say for which system a file is.
#[cfg(not(target_os = "macos"))]
fn of_another_kind(expected: &str) -> Problem {
    Problem::new(ringside_domain::ProblemCode::UpdateRefused, format!("the file is not {expected}"), false)
}

/// The bytes of an ELF header that name the processor.
#[cfg(target_os = "linux")]
const MACHINE: std::ops::Range<usize> = 18..20;

/// The processor of the running program, which the image has too.
#[cfg(target_os = "linux")]
fn this_machine() -> io::Result<[u8; 2]> {
    let mut header = [0; MACHINE.end];
    io::Read::read_exact(&mut fs::File::open("/proc/self/exe")?, &mut header)?;
    Ok([header[MACHINE.start], header[MACHINE.start + 1]])
}

/// Replaces the image at once: afterwards the file is the old one or the new one. The running program keeps the old one open. Tauri's own
/// way moves the old one away before it writes the new one, so a power cut between would leave none.
#[cfg(target_os = "linux")]
fn replace(image: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut name = image.file_name().unwrap_or_default().to_owned();
    name.push(format!(".new-{}", std::process::id()));
    let new = image.with_file_name(name);
    // Another Ringside with another data folder may replace the same image.
    let folder = fs::File::open(image.parent().unwrap_or(image));
    match folder.as_ref().map(fs::File::try_lock) {
        Ok(Err(TryLockError::WouldBlock)) => return Err(io::Error::other("another Ringside installs an update in the same folder")),
        // Some network drives have no locks, and a folder that can be written to need not be readable.
        Ok(Err(TryLockError::Error(error))) => tracing::debug!(%error, "the folder of the image is not locked"),
        Err(error) => tracing::debug!(%error, "the folder of the image is not locked"),
        Ok(Ok(())) => {}
    }
    if let Err(error) = remove_parts(image) {
        tracing::warn!(%error, "parts of earlier updates stay");
    }
    let mut file = fs::File::options().write(true).create_new(true).open(&new)?;
    let mut write = || {
        io::Write::write_all(&mut file, bytes)?;
        file.set_permissions(fs::metadata(image)?.permissions())?;
        file.sync_all()?;
        fs::rename(&new, image)
    };
    write().inspect_err(|_| {
        if let Err(error) = fs::remove_file(&new) {
            tracing::warn!(%error, file = %new.display(), "a part of an update stays");
        }
    })
}

/// Removes what is left of replacements that were killed. Without locks, one of another process may be under way: it fails, and changes nothing.
#[cfg(target_os = "linux")]
fn remove_parts(image: &Path) -> io::Result<()> {
    let mut begin = image.file_name().unwrap_or_default().to_owned();
    begin.push(".new-");
    let Some(folder) = image.parent() else { return Ok(()) };
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        let process = name.as_encoded_bytes().strip_prefix(begin.as_encoded_bytes());
        let is_part = process.is_some_and(|number| !number.is_empty() && number.iter().all(u8::is_ascii_digit));
        // One of another user may stay for good: in the way is only one with the name of this process.
        if is_part && let Err(error) = fs::remove_file(entry.path()) {
            tracing::warn!(%error, file = %entry.path().display(), "a part of an earlier update stays");
        }
    }
    Ok(())
}

/// The setup program, as an administrator. Tauri's own way ends this program before it knows whether the setup was started; this setup needs
/// no such end, since it sets the program's file aside.
#[cfg(windows)]
mod windows {
    use std::{
        fs::File,
        io::{self, Read},
        iter::once,
        os::windows::{ffi::OsStrExt, fs::OpenOptionsExt},
        path::Path,
        ptr::null,
    };

    use windows_sys::{
        Win32::{
            Foundation::{CloseHandle, ERROR_CANCELLED, WAIT_TIMEOUT},
            Storage::FileSystem::FILE_SHARE_READ,
            System::Threading::{GetExitCodeProcess, WaitForSingleObject},
            UI::{
                Shell::{SEE_MASK_FLAG_NO_UI, SEE_MASK_NOASYNC, SEE_MASK_NOCLOSEPROCESS, SHELLEXECUTEINFOW, ShellExecuteExW},
                WindowsAndMessaging::SW_HIDE,
            },
        },
        w,
    };

    use ringside_domain::ProblemCode;

    use super::Problem;

    /// The setup's status if all is installed but the firewall's rule (`packaging/windows/ringside.nsi`).
    const WITHOUT_RULE: u32 = 3;
    /// Most time for the setup, in milliseconds.
    const LONGEST: u32 = 15 * 60 * 1000;

    pub fn read_and_hold(file: &Path) -> io::Result<(Vec<u8>, File)> {
        let mut held = File::options().read(true).share_mode(FILE_SHARE_READ).open(file)?;
        let mut bytes = Vec::new();
        held.read_to_end(&mut bytes)?;
        Ok((bytes, held))
    }

    /// Runs the setup to its end.
    pub fn run_setup(file: &Path, arguments: &str) -> Result<(), Problem> {
        match run_as_administrator(file, arguments) {
            Ok(0) => Ok(()),
            Ok(WITHOUT_RULE) => {
                tracing::warn!("the setup could not make its rule for the firewall");
                Ok(())
            }
            Ok(status) => Err(failed(&format!("the setup ended with status {status}"))),
            // What it does then cannot be seen here; a running Ringside notices that another version is installed.
            Err(error) if error.kind() == io::ErrorKind::TimedOut => Err(failed("the setup has not ended within 15 minutes, and goes on")),
            Err(error) if error.raw_os_error() == i32::try_from(ERROR_CANCELLED).ok() => Err(failed("an administrator did not consent")),
            Err(error) => Err(failed(&error.to_string())),
        }
    }

    fn failed(detail: &str) -> Problem {
        Problem::new(ProblemCode::UpdateFailed, detail, true)
    }

    /// Returns the exit status.
    pub fn run_as_administrator(file: &Path, arguments: &str) -> io::Result<u32> {
        let file: Vec<u16> = file.as_os_str().encode_wide().chain(once(0)).collect();
        let arguments: Vec<u16> = arguments.encode_utf16().chain(once(0)).collect();
        let mut wanted = SHELLEXECUTEINFOW {
            cbSize: size_of::<SHELLEXECUTEINFOW>() as u32,
            // A failure is said in the window; a box of the system would wait for somebody.
            fMask: SEE_MASK_NOCLOSEPROCESS | SEE_MASK_NOASYNC | SEE_MASK_FLAG_NO_UI,
            lpVerb: w!("runas"),
            lpFile: file.as_ptr(),
            lpParameters: arguments.as_ptr(),
            lpDirectory: null(),
            nShow: SW_HIDE,
            ..Default::default()
        };
        let mut status = 0;
        // SAFETY: the texts end with a zero and live until the call returns; the process' handle is closed once.
        #[allow(unsafe_code)]
        unsafe {
            if ShellExecuteExW(&raw mut wanted) == 0 {
                return Err(io::Error::last_os_error());
            }
            let waited = WaitForSingleObject(wanted.hProcess, LONGEST);
            let known = GetExitCodeProcess(wanted.hProcess, &raw mut status);
            let error = io::Error::last_os_error();
            CloseHandle(wanted.hProcess);
            if waited == WAIT_TIMEOUT {
                return Err(io::ErrorKind::TimedOut.into());
            }
            if known == 0 {
                return Err(error);
            }
        }
        Ok(status)
    }

    #[cfg(test)]
    mod tests {
        use std::{env, path::PathBuf};

        use super::*;

        fn shell() -> PathBuf {
            PathBuf::from(env::var_os("ComSpec").unwrap())
        }

        #[test]
        fn a_setup_that_fails_or_cannot_be_started_is_said() {
            assert_eq!(run_setup(&shell(), "/c exit 0"), Ok(()));
            assert_eq!(run_setup(&shell(), "/c exit 3"), Ok(()), "all but the firewall's rule");
            assert!(run_setup(&shell(), "/c exit 1638").unwrap_err().detail.contains("1638"));
            assert_eq!(run_setup(&shell().with_file_name("none.exe"), "/S").unwrap_err().code, ProblemCode::UpdateFailed);
        }

        #[test]
        fn nobody_can_change_a_setup_between_its_check_and_its_end() {
            let folder = tempfile::tempdir().unwrap();
            let file = folder.path().join("setup.exe");
            std::fs::write(&file, "checked").unwrap();
            let (bytes, held) = read_and_hold(&file).unwrap();
            assert_eq!(bytes, b"checked");
            assert!(std::fs::write(&file, "changed").is_err());
            assert!(std::fs::remove_file(&file).is_err());
            drop(held);
            std::fs::write(&file, "changed").unwrap();
        }
    }
}
