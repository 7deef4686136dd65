//! The process's life: where its files are, what it is given, one instance per data folder, how it starts and ends.

pub mod crashes;
pub mod demo;
pub mod environment;
pub mod instance;
pub mod logging;
pub mod paths;
pub mod provision;
pub mod quit;
pub mod start;
pub mod tasks;

use std::sync::{Mutex, MutexGuard, PoisonError};

/// A panic elsewhere does not make the value useless.
pub fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
