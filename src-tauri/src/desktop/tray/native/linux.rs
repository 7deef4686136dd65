//! Whether this desktop shows tray icons.

use ringside_domain::ShellReport;
use ringside_engine::Handle;

pub use crate::system::tray::missing;
use crate::system::{
    bus,
    tray::{HOST, problem},
};

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
