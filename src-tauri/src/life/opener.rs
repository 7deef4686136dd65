//! Opens addresses, files and folders with the programs that the person has chosen for them.

#[cfg(target_os = "linux")]
use std::time::Duration;
use std::{ffi::OsStr, io};

/// A launcher that finds no program says so within this time.
#[cfg(target_os = "linux")]
const TELLS_WITHIN: Duration = Duration::from_millis(250);

/// Opens the target. Fails if the system has no program for it, as far as the system says so at once.
#[cfg(not(target_os = "linux"))]
pub fn open(target: impl AsRef<OsStr>) -> io::Result<()> {
    ::open::that_detached(target)
}

/// The program gets the environment that Ringside was started with: what Ringside sets there is for its own pages, and a browser may be made of
/// the same web engine.
#[cfg(target_os = "linux")]
pub fn open(target: impl AsRef<OsStr>) -> io::Result<()> {
    let mut failed: Option<io::Error> = None;
    for mut launcher in ::open::commands(target) {
        super::environment::restore_environment(&mut launcher);
        leave_image(&mut launcher);
        match start(launcher, TELLS_WITHIN) {
            Ok(()) => return Ok(()),
            // The first one that is installed says best what is wrong.
            Err(error) if failed.as_ref().is_none_or(|failed| failed.kind() == io::ErrorKind::NotFound) => failed = Some(error),
            Err(_) => {}
        }
    }
    Err(failed.unwrap_or_else(|| io::ErrorKind::NotFound.into()))
}

/// The folder of an AppImage exists only while the AppImage runs, so nothing of it is for another program.
#[cfg(target_os = "linux")]
fn leave_image(launcher: &mut std::process::Command) {
    use super::{paths, program};

    if program::mount().is_none() {
        return;
    }
    for name in ["APPDIR", "APPIMAGE", "ARGV0", "GSETTINGS_SCHEMA_DIR", "OWD"] {
        launcher.env_remove(name);
    }
    let folder = paths::called_from().filter(|folder| folder.is_dir());
    launcher.current_dir(folder.unwrap_or_else(|| "/".into()));
}

/// Starts a launcher. One that ends with an error within this time found no program; another may. One that runs longer is the program itself.
#[cfg(target_os = "linux")]
fn start(mut launcher: std::process::Command, tells_within: Duration) -> io::Result<()> {
    use std::{
        os::unix::process::CommandExt,
        process::{Child, Stdio},
        sync::mpsc,
        thread,
    };

    let (hand_over, handed_over) = mpsc::channel::<Child>();
    let (tell, told) = mpsc::channel();
    // Made before the launcher: if there can be no thread, nothing was opened that the next launcher would open again. It also takes the ended
    // process off the system's list.
    let wait = move || handed_over.recv().map(|mut child| tell.send(child.wait()));
    thread::Builder::new().name("launcher".to_owned()).spawn(wait)?;
    launcher.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    // A signal to Ringside's group is not for the program.
    let child = launcher.process_group(0).spawn()?;
    // The thread waits for it.
    let _ = hand_over.send(child);
    match told.recv_timeout(tells_within) {
        Ok(Ok(status)) if !status.success() => Err(io::Error::other(format!("{}: {status}", launcher.get_program().display()))),
        _ => Ok(()),
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::process::Command;

    use super::*;

    #[test]
    fn a_launcher_that_finds_no_program_fails_and_one_that_runs_on_has_opened_the_target() {
        let shell = |script: &str, within| {
            let mut command = Command::new("sh");
            command.args(["-c", script]);
            start(command, Duration::from_secs(within))
        };
        assert!(shell("exit 3", 20).unwrap_err().to_string().contains("exit status: 3"));
        assert!(shell("exit 0", 20).is_ok());
        assert!(shell("sleep 5", 0).is_ok());
        assert_eq!(start(Command::new("/nonexistent"), TELLS_WITHIN).unwrap_err().kind(), io::ErrorKind::NotFound);
    }
}
