//! The environment, read and put in order before any thread starts.

// Changing the environment is unsafe while other threads read it.
#![allow(unsafe_code)]

use std::{env, process::Command};

use ringside_engine::config::{SETTINGS, Setting, Shape};
use secrecy::{ExposeSecret, SecretString};

/// Secrets that were given by the environment, for unattended installation.
#[derive(Clone, Debug, Default)]
pub struct Secrets {
    pub accesskey: Option<SecretString>,
    /// Those that are settings, each with its variable.
    pub settings: Vec<(&'static Setting, &'static str, SecretString)>,
}

const ACCESSKEY: &str = "RINGSIDE_ACCESSKEY";

impl Secrets {
    /// Passes them on to a process that takes this one's place.
    pub fn give<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        let settings = self.settings.iter().map(|(_, name, secret)| (*name, secret));
        for (name, secret) in self.accesskey.iter().map(|secret| (ACCESSKEY, secret)).chain(settings) {
            command.env(name, secret.expose_secret());
        }
        command
    }
}

/// Takes the secrets out of the environment, so that no child inherits them and no other program reads them there, and makes WebKit
/// smaller.
///
/// # Safety
/// No other thread may run yet.
pub unsafe fn prepare() -> Secrets {
    // SAFETY: the caller promises that no other thread runs.
    unsafe {
        #[cfg(target_os = "linux")]
        lighten_webkit();
        let secrets = SETTINGS.iter().filter(|setting| matches!(setting.shape, Shape::Secret { .. }));
        let given = secrets.filter_map(|setting| setting.variable.and_then(|name| Some((setting, name, take(name)?))));
        Secrets { accesskey: take(ACCESSKEY), settings: given.collect() }
    }
}

/// What makes WebKit draw without the graphics card.
#[cfg(target_os = "linux")]
const PLAIN_DRAWING: [&str; 2] = ["WEBKIT_DISABLE_DMABUF_RENDERER", "WEBKIT_DISABLE_COMPOSITING_MODE"];

/// For safe mode (T12, T21): draws without the graphics card, whatever somebody wanted otherwise.
///
/// # Safety
/// As [`prepare`].
#[cfg(target_os = "linux")]
pub unsafe fn draw_plainly() {
    for name in PLAIN_DRAWING {
        // SAFETY: as the caller's.
        unsafe { env::set_var(name, "1") };
    }
}

/// Cards and lists need no graphics card: software drawing shows a card sooner, is the cure for blank windows on some drivers,
/// and takes some 70 MB less.
///
/// # Safety
/// As [`prepare`].
#[cfg(target_os = "linux")]
unsafe fn lighten_webkit() {
    for name in PLAIN_DRAWING {
        if env::var_os(name).is_none() {
            // SAFETY: as the caller's.
            unsafe { env::set_var(name, "1") };
        }
    }
    if env::var_os("WAYLAND_DISPLAY").is_none() {
        // SAFETY: as the caller's.
        unsafe { load_no_graphics_driver() };
    }
}

/// WebKit asks for a graphics display in this process too, where nothing is drawn with it, and so loads the driver with all
/// that it links to. EGL's dispatcher looks for drivers once: here, while it is told that there are none. WebKit's own
/// processes find them as usual.
///
/// # Safety
/// As [`prepare`].
#[cfg(target_os = "linux")]
unsafe fn load_no_graphics_driver() {
    use std::ffi::{c_char, c_int, c_void};

    type QueryString = unsafe extern "C" fn(*mut c_void, c_int) -> *const c_char;
    const DRIVERS: &str = "__EGL_VENDOR_LIBRARY_DIRS";
    const EXTENSIONS: c_int = 0x3055;

    if env::var_os(DRIVERS).is_some() {
        return;
    }
    // SAFETY: no other thread reads the environment; the library is the one that WebKit loads a moment later, and stays; a
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
/// As [`prepare`].
unsafe fn take(name: &str) -> Option<SecretString> {
    let value = env::var(name).ok();
    // SAFETY: as the caller's.
    unsafe {
        #[cfg(unix)]
        overwrite(name);
        env::remove_var(name);
    }
    value.filter(|value| !value.is_empty()).map(SecretString::from)
}

/// The system shows other programs of the same user the memory in which this program was given its environment
/// (`/proc/PID/environ`, `ps -E`), also after a variable was removed: so its value goes from there.
///
/// # Safety
/// As [`prepare`].
#[cfg(unix)]
unsafe fn overwrite(name: &str) {
    let Ok(name) = std::ffi::CString::new(name) else { return };
    // SAFETY: no other thread reads or changes the environment meanwhile. What is found is a text of the process's own, writable and
    // ended by a zero byte; only bytes before that one are written.
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

    const TEST: &str = "life::environment::tests::fs26_a_secret_given_by_the_environment_is_not_in_the_environment_any_more";
    const SECRET: &str = "sesame-open-26";

    /// Runs itself in a process of its own, whose environment is as the system gave it.
    #[test]
    fn fs26_a_secret_given_by_the_environment_is_not_in_the_environment_any_more() {
        let environ = || String::from_utf8_lossy(&std::fs::read("/proc/self/environ").unwrap()).into_owned();
        if !environ().contains(SECRET) {
            let child = Command::new(env::current_exe().unwrap()).args([TEST, "--exact"]).env(ACCESSKEY, SECRET).output().unwrap();
            let said = String::from_utf8_lossy(&child.stdout).into_owned();
            assert!(child.status.success() && said.contains("1 passed"), "{said}{}", String::from_utf8_lossy(&child.stderr));
            return;
        }
        // SAFETY: this process runs this test alone, and the test's harness does not look at the environment meanwhile.
        let taken = unsafe { take(ACCESSKEY) };
        assert_eq!(taken.unwrap().expose_secret(), SECRET);
        assert!(!environ().contains(SECRET), "{}", environ());
        let child = Command::new("env").output().unwrap();
        assert!(!String::from_utf8_lossy(&child.stdout).contains(ACCESSKEY), "no child has it");
    }
}
