//! Memory: the sum of the PSS of a process and all its descendants, against Chromium with the same page.

use std::{collections::VecDeque, time::Duration};

use ringside_tests::{
    OWN,
    desktop::{close, until, visible},
    machine::{memory, of_family},
};
use tokio::time::{interval, sleep};

use crate::{
    chromium,
    report::Report,
    running_app::{RunningApp, bill, end, leg},
};

/// A little longer than until the page of a hidden window is emptied.
const EMPTIED: Duration = Duration::from_secs(65);

pub async fn measure(report: &mut Report) {
    let profile = tempfile::tempdir().unwrap();
    let page = chromium::serve().await;
    let mut browser = chromium::start(&page, profile.path());
    until("Chromium's window", async || !visible("Ringside.*").is_empty()).await;
    let peer = at_rest(browser.id()).await;
    end(&mut browser);
    until("Chromium is gone", async || visible("Ringside.*").is_empty()).await;

    let folder = tempfile::tempdir().unwrap();
    let running = RunningApp::open(folder.path()).await;
    let shown = warm(&running).await;
    close("Ringside").await;
    // The views of a hidden window are unmounted after this time (`AFTER_MS` in `emptying.ts`), and nothing outside the page tells when.
    sleep(EMPTIED).await;
    let hidden = at_rest(running.app.id()).await;
    drop(running);

    let other = tempfile::tempdir().unwrap();
    let supervising = RunningApp::open_with(other.path(), &["--supervisor-enabled", "true"]).await;
    let with_mode = warm(&supervising).await;

    report.figure("memory", "Chromium --app with the same page, PSS", peer, "MB");
    report.figure("memory", "main window and warm ring window, PSS", shown, "MB");
    report.figure("memory", "hidden in the tray for a minute, PSS", hidden, "MB");
    report.limit("memory", "main and warm ring window / Chromium", shown / peer, "x", 0.62);
    report.limit("memory", "hidden in the tray / Chromium", hidden / peer, "x", 0.55);
    report.figure("memory", "with the supervisor's mode on, its window closed, PSS", with_mode, "MB");
    // Two runs of the same program differ by less than this.
    report.limit("memory", "without the mode / with it", shown / with_mode, "x", 1.01);
    report.note(format!("Chromium: --app=… {} and a new profile", chromium::FLAGS.join(" ")));
}

/// The memory with the main window shown and the ring window warm, which it is after it was shown.
async fn warm(running: &RunningApp) -> f64 {
    for n in 0..3 {
        let uuid = format!("warm-{n}");
        running.post(&leg("ring", OWN, "013987651234", &uuid)).await;
        until("a card", async || !visible("Ringside ring card").is_empty()).await;
        running.post(&leg("hangup", OWN, "013987651234", &uuid)).await;
        until("no card", async || visible("Ringside ring card").is_empty()).await;
    }
    at_rest(running.app.id()).await
}

/// More calls than an agent has in a month; each changes the main view.
const CALLS: usize = 8000;

/// Whether work leaves memory behind. The store's cache of log pages (32 MB) may stay, and what the page's garbage collector has not freed
/// yet.
pub async fn soak(report: &mut Report) {
    let folder = tempfile::tempdir().unwrap();
    let running = RunningApp::open(folder.path()).await;
    let before = at_rest(running.app.id()).await;
    let mut pace = interval(Duration::from_millis(12));
    for n in 0..CALLS {
        pace.tick().await;
        running.post(&bill(OWN, n)).await;
    }
    let after = at_rest(running.app.id()).await;
    report.figure("memory", "before a month of calls, PSS", before, "MB");
    report.figure("memory", format!("after {CALLS} calls in two minutes, PSS"), after, "MB");
    report.limit("memory", "after / before", after / before, "x", 1.5);
}

/// Megabytes, when they change by less than a hundredth.
async fn at_rest(root: u32) -> f64 {
    let mut last: VecDeque<f64> = VecDeque::new();
    loop {
        sleep(Duration::from_secs(1)).await;
        last.push_back(of_family(root, memory) / 1e6);
        if last.len() > 6 {
            last.pop_front();
            let (least, most) = last.iter().fold((f64::MAX, 0.0f64), |(least, most), value| (least.min(*value), most.max(*value)));
            if most - least < most / 100.0 {
                return last.iter().sum::<f64>() / last.len() as f64;
            }
        }
    }
}
