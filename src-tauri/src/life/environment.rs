//! Reads and changes the environment before any thread starts.

// Changing the environment is unsafe while other threads read it.
#![allow(unsafe_code)]

use std::{env, process::Command};
#[cfg(target_os = "linux")]
use std::{ffi::OsString, sync::OnceLock};

use ringside_engine::config::{SETTINGS, Setting, Shape};
use secrecy::{ExposeSecret, SecretString};

#[cfg(target_os = "linux")]
use super::no_driver;

/// Secrets from the environment, for unattended installation.
#[derive(Clone, Debug, Default)]
pub struct Secrets {
    pub accesskey: Option<SecretString>,
    /// The secrets that are settings, each with its variable.
    pub settings: Vec<(&'static Setting, &'static str, SecretString)>,
}

const ACCESSKEY: &str = "RINGSIDE_ACCESSKEY";

impl Secrets {
    /// Passes the secrets to a process that replaces this one.
    pub fn give<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        let settings = self.settings.iter().map(|(_, name, secret)| (*name, secret));
        for (name, secret) in self.accesskey.iter().map(|secret| (ACCESSKEY, secret)).chain(settings) {
            command.env(name, secret.expose_secret());
        }
        command
    }
}

/// Removes the secrets from the environment, so that no child inherits them and no other program can read them there. Also makes WebKit use
/// less memory.
///
/// # Safety
/// No other thread may run yet.
pub unsafe fn prepare() -> Secrets {
    // SAFETY: the caller promises that no other thread runs.
    unsafe {
        #[cfg(target_os = "linux")]
        {
            no_driver::forget();
            // Set once: this is the start.
            let _ = AT_START.set(OWN.map(|name| (name, env::var_os(name))));
            lighten_webkit();
        }
        let secrets = SETTINGS.iter().filter(|setting| matches!(setting.shape, Shape::Secret { .. }));
        let given = secrets.filter_map(|setting| setting.variable.and_then(|name| Some((setting, name, take(name)?))));
        Secrets { accesskey: take(ACCESSKEY), settings: given.collect() }
    }
}

/// Variables that make WebKit draw without the graphics card.
#[cfg(target_os = "linux")]
pub const PLAIN_DRAWING: [&str; 2] = ["WEBKIT_DISABLE_DMABUF_RENDERER", "WEBKIT_DISABLE_COMPOSITING_MODE"];

/// Without WebKit's last compiler of scripts, which only hot loops reach, and with one thread that collects garbage, a web process needs 3 MB
/// less.
#[cfg(target_os = "linux")]
const SMALL_SCRIPTS: [(&str, &str); 2] = [("JSC_useFTLJIT", "0"), ("JSC_numberOfGCMarkers", "1")];

/// The variables that Ringside sets for its own pages, here and in [`no_driver`].
#[cfg(target_os = "linux")]
const OWN: [&str; 6] =
    [PLAIN_DRAWING[0], PLAIN_DRAWING[1], SMALL_SCRIPTS[0].0, SMALL_SCRIPTS[1].0, no_driver::FOLDERS_VARIABLE, no_driver::SERVED_VARIABLE];

/// What each of them was when Ringside was started.
#[cfg(target_os = "linux")]
static AT_START: OnceLock<[(&str, Option<OsString>); OWN.len()]> = OnceLock::new();

/// Lets a process start with the environment that Ringside was started with, so that it does not get what Ringside has set for its own pages.
pub fn restore_environment(command: &mut Command) -> &mut Command {
    #[cfg(target_os = "linux")]
    for (name, value) in AT_START.get().into_iter().flatten() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    command
}

/// For safe mode (T12, T21): draws without the graphics card, even if the user configured otherwise.
///
/// # Safety
/// Like [`prepare`].
#[cfg(target_os = "linux")]
pub unsafe fn draw_plainly() {
    for name in PLAIN_DRAWING {
        // SAFETY: the caller guarantees it.
        unsafe { env::set_var(name, "1") };
    }
}

/// Cards and lists need no graphics card. Software drawing shows a card sooner, prevents blank windows with some drivers, and needs some 70
/// MB less.
///
/// # Safety
/// Like [`prepare`].
#[cfg(target_os = "linux")]
unsafe fn lighten_webkit() {
    for (name, value) in PLAIN_DRAWING.map(|name| (name, "1")).into_iter().chain(SMALL_SCRIPTS) {
        if env::var_os(name).is_none() {
            // SAFETY: the caller guarantees it.
            unsafe { env::set_var(name, value) };
        }
    }
    if env::var_os("WAYLAND_DISPLAY").is_none() {
        // SAFETY: the caller guarantees it.
        unsafe { load_no_graphics_driver() };
    }
}

/// WebKit opens a graphics display in this process too, although it draws nothing here, and so loads the driver with all its libraries.
/// EGL's dispatcher looks for drivers only once. This function makes it look while a variable names a folder that does not exist. WebKit's
/// own processes find the drivers as usual.
///
/// # Safety
/// Like [`prepare`].
#[cfg(target_os = "linux")]
unsafe fn load_no_graphics_driver() {
    use std::ffi::{c_char, c_int, c_void};

    type QueryString = unsafe extern "C" fn(*mut c_void, c_int) -> *const c_char;
    const DRIVERS: &str = "__EGL_VENDOR_LIBRARY_DIRS";
    const EXTENSIONS: c_int = 0x3055;

    if env::var_os(DRIVERS).is_some() {
        return;
    }
    // SAFETY: no other thread reads the environment. The library is the one that WebKit loads a moment later, and it is never unloaded. A
    // query without a display takes null.
    unsafe {
        let Ok(egl) = libloading::Library::new("libEGL.so.1") else { return };
        env::set_var(DRIVERS, "/nonexistent");
        if let Ok(query) = egl.get::<QueryString>(b"eglQueryString") {
            query(std::ptr::null_mut(), EXTENSIONS);
        }
        env::remove_var(DRIVERS);
        std::mem::forget(egl);
    }
}

/// # Safety
/// Like [`prepare`].
unsafe fn take(name: &str) -> Option<SecretString> {
    let value = env::var(name).ok();
    // SAFETY: the caller guarantees it.
    unsafe {
        #[cfg(unix)]
        overwrite(name);
        env::remove_var(name);
    }
    value.filter(|value| !value.is_empty()).map(SecretString::from)
}

/// Overwrites a variable's value. The system shows other programs of the same user the memory of the initial environment
/// (`/proc/PID/environ`, `ps -E`), even after a variable was removed.
///
/// # Safety
/// Like [`prepare`].
#[cfg(unix)]
unsafe fn overwrite(name: &str) {
    let Ok(name) = std::ffi::CString::new(name) else { return };
    // SAFETY: no other thread reads or changes the environment meanwhile. `getenv` returns a writable text of this process that ends with a
    // zero byte; only bytes before that one are written.
    unsafe {
        let value = libc::getenv(name.as_ptr());
        if !value.is_null() {
            value.write_bytes(0, libc::strlen(value));
        }
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    const TEST: &str = "life::environment::tests::fs26_a_secret_is_removed_from_the_environment";
    const SECRET: &str = "sesame-open-26";

    /// Runs itself in a child process, whose environment is as the system passed it.
    #[test]
    fn fs26_a_secret_is_removed_from_the_environment() {
        let environ = || String::from_utf8_lossy(&std::fs::read("/proc/self/environ").unwrap()).into_owned();
        if !environ().contains(SECRET) {
            let child = Command::new(env::current_exe().unwrap()).args([TEST, "--exact"]).env(ACCESSKEY, SECRET).output().unwrap();
            let said = String::from_utf8_lossy(&child.stdout).into_owned();
            assert!(child.status.success() && said.contains("1 passed"), "{said}{}", String::from_utf8_lossy(&child.stderr));
            return;
        }
        // SAFETY: this process runs only this test, and the test harness does not read the environment meanwhile.
        let taken = unsafe { take(ACCESSKEY) };
        assert_eq!(taken.unwrap().expose_secret(), SECRET);
        assert!(!environ().contains(SECRET), "{}", environ());
        let child = Command::new("env").output().unwrap();
        assert!(!String::from_utf8_lossy(&child.stdout).contains(ACCESSKEY), "a child does not inherit it");
    }
}
