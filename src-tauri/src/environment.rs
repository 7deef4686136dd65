//! The environment, read and put in order before any thread starts.

// Changing the environment is unsafe while other threads read it.
#![allow(unsafe_code)]

use std::{env, process::Command};

use secrecy::{ExposeSecret, SecretString};

/// Secrets that were given by the environment, for unattended installation.
#[derive(Clone, Debug, Default)]
pub struct Secrets {
    pub accesskey: Option<SecretString>,
    pub callback: Option<SecretString>,
}

const ACCESSKEY: &str = "RINGSIDE_ACCESSKEY";
const CALLBACK_SECRET: &str = "RINGSIDE_CALLBACK_SECRET";

impl Secrets {
    /// Passes them on to a process that takes this one's place.
    pub fn give<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        for (name, secret) in [(ACCESSKEY, &self.accesskey), (CALLBACK_SECRET, &self.callback)] {
            if let Some(secret) = secret {
                command.env(name, secret.expose_secret());
            }
        }
        command
    }
}

/// Takes the secrets out of the environment, so that no child inherits them, and makes WebKit smaller.
///
/// # Safety
/// No other thread may run yet.
pub unsafe fn prepare() -> Secrets {
    // SAFETY: the caller promises that no other thread runs.
    unsafe {
        #[cfg(target_os = "linux")]
        lighten_webkit();
        Secrets { accesskey: take(ACCESSKEY), callback: take(CALLBACK_SECRET) }
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
    unsafe { env::remove_var(name) };
    value.filter(|value| !value.is_empty()).map(SecretString::from)
}
