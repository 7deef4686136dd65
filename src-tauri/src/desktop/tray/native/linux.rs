//! Whether this desktop shows tray icons.

use ringside_domain::{Problem, ProblemCode, ShellReport};
use ringside_engine::Handle;

use crate::desktop::bus;

/// The reason why no icon can be created, if any; in that case Tauri would panic (T1).
pub fn missing() -> Option<Problem> {
    let names = ["libayatana-appindicator3.so.1", "libappindicator3.so.1"];
    // SAFETY: both libraries may be loaded by any program; Tauri loads the same one next.
    #[allow(unsafe_code)]
    let found = names.iter().any(|name| unsafe { libloading::Library::new(*name) }.is_ok());
    (!found).then(|| problem("libayatana-appindicator3 is not installed"))
}

/// The program that shows tray icons owns this name on the bus.
pub const HOST: &str = "org.kde.StatusNotifierWatcher";

/// Reports whether the desktop has a tray, now and after each change (T2, T3).
pub async fn watch(handle: Handle, has_tray: impl Fn(bool) + Send) {
    let told = bus::watch_name(HOST, |owned| {
        has_tray(owned);
        let problem = (!owned).then(|| problem("nothing on this desktop shows tray icons (no StatusNotifierWatcher)"));
        handle.report(ShellReport::Tray(problem));
        std::future::ready(())
    });
    if let Err(error) = told.await {
        has_tray(false);
        handle.report(ShellReport::Tray(Some(problem(&format!("no session bus: {error}")))));
    }
}

fn problem(detail: &str) -> Problem {
    Problem::new(ProblemCode::TrayMissing, detail, true)
}
