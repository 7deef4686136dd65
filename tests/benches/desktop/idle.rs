//! The cost of an idle desk: processor time, and requests to the platform.

use std::time::Duration;

use ringside_simulator::Seen;
use ringside_tests::desktop::close;
use tokio::time::sleep;

use crate::{processes::ticks, report::Report, running_app::RunningApp, screen::now};

/// Time after which start and sign-in are over.
const SETTLED: Duration = Duration::from_secs(20);
const SPAN: Duration = Duration::from_secs(60);
/// The kernel's clock ticks per second, as reported to programs.
const TICKS: f64 = 100.0;

/// An agent who is available, with the main window first shown and then hidden in the tray.
pub async fn measure(report: &mut Report) {
    let folder = tempfile::tempdir().unwrap();
    let running = RunningApp::open(folder.path()).await;
    sleep(SETTLED).await;
    for what in ["window shown", "hidden in the tray"] {
        if what != "window shown" {
            close("Ringside").await;
            sleep(SETTLED).await;
        }
        let (mark, before, began) = (running.simulator.ledger().mark(), ticks(running.app.id()), now());
        sleep(SPAN).await;
        let seconds = began.elapsed().as_secs_f64();
        let busy = 100.0 * ticks(running.app.id()).saturating_sub(before) as f64 / TICKS / seconds;
        let asked = running.simulator.ledger().entries_after(mark).iter().filter(|entry| matches!(entry.seen, Seen::Request(_))).count();
        report.limit("idle", format!("CPU of one core, {what}"), busy, "%", 0.3);
        report.limit("idle", format!("requests/s, {what}"), asked as f64 / seconds, "/s", 1.5);
    }
}
