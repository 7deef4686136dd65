//! Nothing tells beforehand.

use ringside_engine::Handle;

pub fn watch(_handle: &Handle) {}
