//! The load of a desk on which nothing happens: processor time, and requests to the platform.

use std::time::Duration;

use ringside_simulator::{Seen, Simulator};
use ringside_tests::{
    desktop::close,
    machine::{of_family, processor},
};
use tokio::time::{Instant, sleep};

use crate::{report::Report, running_app::RunningApp, screen::now};

/// After a change of the window, drawing and clean-up are over within this time.
const SETTLED: Duration = Duration::from_secs(20);
/// A first start reads the calls of the past, one day every two seconds.
const PAST_READ: Duration = Duration::from_secs(300);
const SPAN: Duration = Duration::from_secs(60);

/// An agent who is available, with the main window first shown and then hidden in the tray.
pub async fn measure(report: &mut Report) {
    let folder = tempfile::tempdir().unwrap();
    let running = RunningApp::open(folder.path()).await;
    until_the_past_is_read(&running.simulator).await;
    sleep(SETTLED).await;
    for what in ["window shown", "hidden in the tray"] {
        if what != "window shown" {
            close("Ringside").await;
            sleep(SETTLED).await;
        }
        let (mark, before, began) = (running.simulator.ledger().mark(), of_family(running.app.id(), processor), now());
        sleep(SPAN).await;
        let seconds = began.elapsed().as_secs_f64();
        let busy = 100.0 * (of_family(running.app.id(), processor) - before) / seconds;
        let asked = running.simulator.ledger().entries_after(mark).iter().filter(|entry| matches!(entry.seen, Seen::Request(_))).count();
        report.limit("idle", format!("CPU of one core, {what}"), busy, "%", 0.3);
        report.limit("idle", format!("requests/s, {what}"), asked as f64 / seconds, "/s", 1.5);
    }
}

/// Waits until no request for the calls of an earlier day was seen for ten seconds. Requests for the latest calls end later each time;
/// requests for the past end earlier.
async fn until_the_past_is_read(simulator: &Simulator) {
    let began = Instant::now();
    loop {
        let mark = simulator.ledger().mark();
        sleep(Duration::from_secs(10)).await;
        let latest = bill_requests(simulator, 0).max();
        if !bill_requests(simulator, mark).any(|end| Some(&end) < latest.as_ref()) {
            return;
        }
        assert!(began.elapsed() < PAST_READ, "the past is still being read");
    }
}

/// The ends of the periods asked for after a mark, in the platform's local time.
fn bill_requests(simulator: &Simulator, mark: u64) -> impl Iterator<Item = String> {
    simulator
        .ledger()
        .entries_after(mark)
        .into_iter()
        .filter_map(|entry| entry.request("App.Sip_Cdr.GetBill").map(|r| r.parameter("endtime").to_owned()))
}
