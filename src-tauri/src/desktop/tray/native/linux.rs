//! Whether this desktop shows tray icons.

use ringside_domain::{Problem, ProblemCode, ShellReport};
use ringside_engine::Handle;

use crate::desktop::bus;

/// Why no icon can be made at all; Tauri would panic (T1).
pub fn missing() -> Option<Problem> {
    let names = ["libayatana-appindicator3.so.1", "libappindicator3.so.1"];
    // SAFETY: both are made to be loaded by anybody; what their initialisers do is what Tauri would have them do next.
    #[allow(unsafe_code)]
    let found = names.iter().any(|name| unsafe { libloading::Library::new(*name) }.is_ok());
    (!found).then(|| problem("libayatana-appindicator3 is not installed"))
}

/// Who shows tray icons has this name on the bus.
pub const HOST: &str = "org.kde.StatusNotifierWatcher";

/// Reports whether a tray is there, now and whenever that changes (T2, T3).
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
