//! Opens addresses, files and folders with the programs that the person has chosen for them.

use std::{ffi::OsStr, io};

/// Opens the target. Fails if the system has no program for it, as far as the system says so at once.
#[cfg(not(target_os = "linux"))]
pub fn open(target: impl AsRef<OsStr>) -> io::Result<()> {
    ::open::that_detached(target)
}

/// The program gets the environment that Ringside was started with: what Ringside sets there is for its own pages, and a browser may be made of
/// the same web engine.
#[cfg(target_os = "linux")]
pub fn open(target: impl AsRef<OsStr>) -> io::Result<()> {
    let mut failed = io::Error::from(io::ErrorKind::NotFound);
    for mut launcher in ::open::commands(target) {
        super::environment::give_back(&mut launcher);
        match started(launcher) {
            Ok(()) => return Ok(()),
            Err(error) => failed = error,
        }
    }
    Err(failed)
}

/// Starts a launcher. One that ends with an error within this time found no program; another may. One that runs longer is the program itself.
#[cfg(target_os = "linux")]
fn started(mut launcher: std::process::Command) -> io::Result<()> {
    use std::{os::unix::process::CommandExt, process::Stdio, sync::mpsc, thread, time::Duration};

    const TELLS_WITHIN: Duration = Duration::from_millis(250);

    launcher.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    // A signal to Ringside's group is not for the program.
    let mut child = launcher.process_group(0).spawn()?;
    let (tell, told) = mpsc::channel();
    // Also takes the ended process off the system's list.
    thread::Builder::new().name("launcher".to_owned()).spawn(move || tell.send(child.wait()))?;
    match told.recv_timeout(TELLS_WITHIN) {
        Ok(Ok(status)) if !status.success() => Err(io::Error::other(format!("{}: {status}", launcher.get_program().display()))),
        _ => Ok(()),
    }
}
