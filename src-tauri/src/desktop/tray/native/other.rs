//! Windows and macOS: there is always a tray.

use ringside_domain::Problem;
use ringside_engine::Handle;

pub fn missing() -> Option<Problem> {
    None
}

pub async fn watch(_handle: Handle, has_tray: impl Fn(bool) + Send) {
    has_tray(true);
}
