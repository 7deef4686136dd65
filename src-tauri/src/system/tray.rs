//! Whether this desktop can show tray icons.

use ringside_domain::{Problem, ProblemCode};

/// The program that shows tray icons owns this name on the bus.
pub const HOST: &str = "org.kde.StatusNotifierWatcher";

/// The reason why no icon can be created, if any; in that case Tauri would panic (T1).
pub fn missing() -> Option<Problem> {
    let names = ["libayatana-appindicator3.so.1", "libappindicator3.so.1"];
    // SAFETY: both libraries may be loaded by any program; Tauri loads the same one next.
    #[allow(unsafe_code)]
    let found = names.iter().any(|name| unsafe { libloading::Library::new(*name) }.is_ok());
    (!found).then(|| problem("libayatana-appindicator3 is not installed"))
}

pub fn problem(detail: &str) -> Problem {
    Problem::new(ProblemCode::TrayMissing, detail, true)
}
