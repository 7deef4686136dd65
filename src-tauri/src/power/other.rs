//! Nothing tells beforehand.

use ringside_engine::Handle;
use tauri::AppHandle;

pub fn watch(_app: &AppHandle, _handle: &Handle) {}
