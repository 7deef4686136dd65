//! The system does not report a sleep or a log-off in advance.

use ringside_engine::Handle;

pub fn watch(_handle: &Handle) {}
