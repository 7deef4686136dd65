//! The process: its files, environment, provisioning, one instance per data folder, start and end.

pub mod crashes;
pub mod demo;
pub mod environment;
pub mod installed;
pub mod instance;
pub mod listing;
pub mod logging;
pub mod memory;
#[cfg(target_os = "linux")]
pub mod network_process;
#[cfg(target_os = "linux")]
pub mod no_driver;
pub mod opener;
pub mod paths;
pub mod policy;
pub mod program;
pub mod provision;
pub mod quit;
#[cfg(windows)]
pub mod registry;
pub mod start;
pub mod tasks;
pub mod versions;

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Locks the mutex even after a panic elsewhere; the value is still usable.
pub fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
