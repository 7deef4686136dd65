//! Keeps the system's graphics driver out of the web process.
//!
//! WebKit opens a graphics display in its web process even if nothing is drawn with the graphics card, and ends without one. The system's
//! driver, with its compiler, needs 25 MB and 50 ms there. So Ringside offers a driver of its own that draws nothing (`native/no_driver.c`), before
//! the system's: if it cannot be loaded, those are used as usual.

// Changing the environment is unsafe while other threads read it.
#![allow(unsafe_code)]

use std::{
    env, fs, io,
    path::{Path, PathBuf},
    process,
};

use super::environment::PLAIN_DRAWING;

const LIBRARY: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/no_driver.so"));
/// Names the library to EGL's dispatcher.
const DESCRIPTION: &str = "no_driver.json";
/// Where EGL's dispatcher looks for drivers, in this order.
pub const FOLDERS_VARIABLE: &str = "__EGL_VENDOR_LIBRARY_DIRS";
/// Where it looks without the variable.
const SYSTEM: &str = "/etc/glvnd/egl_vendor.d:/usr/share/glvnd/egl_vendor.d";
/// Tells the driver the process whose web processes it serves.
pub const SERVED_VARIABLE: &str = "RINGSIDE_PLAIN_PAGES";

/// Forgets the driver that another Ringside, which started this one, offers to its own web processes.
///
/// # Safety
/// No other thread may run yet.
pub unsafe fn forget() {
    if env::var_os(SERVED_VARIABLE).is_some() {
        // SAFETY: the caller promises that no other thread runs.
        unsafe {
            env::remove_var(FOLDERS_VARIABLE);
            env::remove_var(SERVED_VARIABLE);
        }
    }
}

/// Lets the web processes find the driver, which is placed in this folder. On Wayland, and where the user configured drawing or drivers,
/// nothing changes.
///
/// # Safety
/// No other thread may run yet.
pub unsafe fn offer(folder: &Path) {
    if is_wanted()
        && let Some(folders) = env::join_paths([folder.to_owned()].into_iter().chain(env::split_paths(SYSTEM))).ok()
        // There is no log yet; the only loss is memory.
        && place(folder).is_ok()
    {
        // SAFETY: the caller promises that no other thread runs.
        unsafe {
            env::set_var(FOLDERS_VARIABLE, folders);
            env::set_var(SERVED_VARIABLE, process::id().to_string());
        }
    }
}

/// Lets web processes that start from now on find the system's driver only, in case the death of one came from this driver.
pub fn withdraw() {
    let offered = env::var_os(SERVED_VARIABLE).and(env::var_os(FOLDERS_VARIABLE));
    if let Some(folder) = offered.as_ref().and_then(|folders| env::split_paths(folders).next()) {
        // If the file is not there, it is not found either.
        let _ = fs::remove_file(folder.join(DESCRIPTION));
    }
}

fn is_wanted() -> bool {
    let draws_plainly = PLAIN_DRAWING.iter().all(|name| env::var_os(name).is_some_and(|value| value == "1"));
    let is_set = [FOLDERS_VARIABLE, "__EGL_VENDOR_LIBRARY_FILENAMES", "WAYLAND_DISPLAY"].iter().any(|name| env::var_os(name).is_some());
    draws_plainly && !is_set && env::split_paths(SYSTEM).any(|folder| folder.is_dir())
}

fn place(folder: &Path) -> io::Result<()> {
    let library = folder.join("no_driver.so");
    // JSON cannot name a path that is not Unicode.
    let path = library.to_str().ok_or(io::ErrorKind::InvalidFilename)?;
    let description = serde_json::json!({ "file_format_version": "1.0.0", "ICD": { "library_path": path } });
    fs::create_dir_all(folder)?;
    keep(&library, LIBRARY)?;
    keep(&folder.join(DESCRIPTION), description.to_string().as_bytes())
}

/// Writes the file if its content differs. A file in use is replaced, not changed: the web process of another version may have mapped it.
fn keep(file: &Path, content: &[u8]) -> io::Result<()> {
    if fs::read(file).is_ok_and(|found| found == content) {
        return Ok(());
    }
    let new: PathBuf = file.with_extension("new");
    fs::write(&new, content)?;
    fs::rename(new, file)
}

#[cfg(test)]
mod tests {
    use std::ffi::{c_int, c_uint, c_void};

    use super::*;

    const TEST: &str = "life::no_driver::tests::the_driver_serves_the_children_of_the_named_process_only";
    const SURFACELESS: c_uint = 0x31DD;

    /// Whether EGL gives this process a display and initialises it.
    fn has_display() -> bool {
        type Display = unsafe extern "C" fn(c_uint, *mut c_void, *const isize) -> *mut c_void;
        type Initialize = unsafe extern "C" fn(*mut c_void, *mut c_int, *mut c_int) -> c_uint;
        // SAFETY: the signatures are EGL's, and null is allowed for each argument but the display.
        unsafe {
            let egl = libloading::Library::new("libEGL.so.1").unwrap();
            let display = egl.get::<Display>(b"eglGetPlatformDisplay").unwrap()(SURFACELESS, std::ptr::null_mut(), std::ptr::null());
            let initialize = egl.get::<Initialize>(b"eglInitialize").unwrap();
            !display.is_null() && initialize(display, std::ptr::null_mut(), std::ptr::null_mut()) == 1
        }
    }

    #[test]
    fn a_folder_whose_name_is_no_text_gets_no_driver() {
        use std::{ffi::OsStr, os::unix::ffi::OsStrExt};
        let folder = tempfile::tempdir().unwrap();
        assert!(place(&folder.path().join(OsStr::from_bytes(b"\xff"))).is_err());
    }

    /// Runs itself in a child process, which got the variables of another Ringside.
    #[test]
    fn the_offer_of_the_ringside_that_started_this_one_is_forgotten() {
        const TEST: &str = "life::no_driver::tests::the_offer_of_the_ringside_that_started_this_one_is_forgotten";
        if env::var_os(SERVED_VARIABLE).is_some() {
            // SAFETY: this process runs only this test, and the test harness does not read the environment meanwhile.
            unsafe { forget() };
            return assert_eq!([env::var_os(FOLDERS_VARIABLE), env::var_os(SERVED_VARIABLE)], [None, None]);
        }
        let mut child = process::Command::new(env::current_exe().unwrap());
        let output = child.args([TEST, "--exact"]).env(FOLDERS_VARIABLE, "/of-the-other").env(SERVED_VARIABLE, "1").output().unwrap();
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success() && said.contains("1 passed"), "{said}");
    }

    /// Runs itself in child processes, which find no driver but this one.
    #[test]
    fn the_driver_serves_the_children_of_the_named_process_only() {
        const EXPECTED: &str = "RINGSIDE_TEST_EXPECTED";
        if let Ok(expected) = env::var(EXPECTED) {
            return assert_eq!(has_display().to_string(), expected);
        }
        let folder = tempfile::tempdir().unwrap();
        place(folder.path()).unwrap();
        for (served, expected) in [(process::id(), "true"), (1, "false")] {
            let mut child = process::Command::new(env::current_exe().unwrap());
            child
                .args([TEST, "--exact"])
                .env(FOLDERS_VARIABLE, folder.path())
                .env(SERVED_VARIABLE, served.to_string())
                .env(EXPECTED, expected);
            let output = child.output().unwrap();
            let said = String::from_utf8_lossy(&output.stdout);
            assert!(output.status.success() && said.contains("1 passed"), "{expected}: {said}");
        }
    }
}
