//! The environment, read and put in order before any thread starts.

// Changing the environment is unsafe while other threads read it.
#![allow(unsafe_code)]

use std::env;

use secrecy::SecretString;

/// Secrets that were given by the environment, for unattended installation.
#[derive(Debug, Default)]
pub struct Secrets {
    pub accesskey: Option<SecretString>,
    pub callback: Option<SecretString>,
}

/// Takes the secrets out of the environment, so that no child inherits them, and makes WebKit smaller.
///
/// # Safety
/// No other thread may run yet.
pub unsafe fn prepare() -> Secrets {
    // SAFETY: the caller promises that no other thread runs.
    unsafe {
        // Saves about 50 MB, and is the cure for blank windows on some drivers.
        if cfg!(target_os = "linux") && env::var_os("WEBKIT_DISABLE_DMABUF_RENDERER").is_none() {
            env::set_var("WEBKIT_DISABLE_DMABUF_RENDERER", "1");
        }
        Secrets { accesskey: take("RINGSIDE_ACCESSKEY"), callback: take("RINGSIDE_CALLBACK_SECRET") }
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
