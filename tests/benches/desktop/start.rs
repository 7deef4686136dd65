//! The time from the start of the process to a painted main window, against Chromium with the same page.

use std::{path::Path, process::Child, time::Duration};

use ringside_simulator::Simulator;
use ringside_tests::{
    desktop::{Tray, close, until, visible},
    platform,
};
use tokio::time::sleep;

use crate::{
    chromium,
    report::{Report, percentile, sorted},
    running_app::{self, end},
    screen::{Screen, now},
};

const TIMES: usize = 7;
/// Pixels that are not background: a window with text has many thousands, an empty one has none.
const TEXT: usize = 2500;
const PATIENCE: Duration = Duration::from_secs(30);
/// Time after which a start is over.
const AT_REST: Duration = Duration::from_secs(3);

pub async fn measure(report: &mut Report) {
    let screen = Screen::open();
    let simulator = platform().await;
    let page = chromium::serve().await;
    let (folder, profile) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (mut ours, mut peer, mut log_on, mut show) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    // The first run of each does not count, since later runs read files from memory. They take turns, so that both run under the same
    // conditions.
    for n in 0..=TIMES {
        let own = painted(&screen, "Ringside", || running_app::start(folder.path(), &simulator, "127.0.0.1:0")).await;
        let other = painted(&screen, "Ringside.*", || chromium::start(&page, profile.path())).await;
        let hidden = hidden(&screen, folder.path(), &simulator).await;
        if n > 0 {
            ours.push(own);
            peer.push(other);
            log_on.push(hidden.confirmed);
            show.push(hidden.shown);
        }
    }
    let [ours, peer, log_on, show] = [ours, peer, log_on, show].map(|times| percentile(&sorted(times), 50.0));
    report.figure("start", format!("Ringside to a painted main window, median of {TIMES}"), ours, "ms");
    report.figure("start", "Chromium --app with the same page", peer, "ms");
    report.limit("start", "Ringside / Chromium", ours / peer, "x", 0.9);
    report.figure("start", "log-on: started hidden, to the confirmed state in the tray", log_on, "ms");
    report.limit("start", "log-on / Chromium to a painted window", log_on / peer, "x", 0.6);
    report.limit("start", "show: from the tray's click to a painted main window", show, "ms", 50.0);
    report.note(
        "most of a start's time is not ours: loading the web engine's libraries, the toolkit's first window, a web process begun \
         from nothing; Chromium forks one that is warm, and keeps compiled scripts",
    );
}

/// Times of a run that begins hidden in the tray, in milliseconds.
struct Hidden {
    confirmed: f64,
    shown: f64,
}

async fn hidden(screen: &Screen, folder: &Path, simulator: &Simulator) -> Hidden {
    let began = now();
    let mut process = running_app::command(folder, simulator, "127.0.0.1:0").arg("--hidden").spawn().unwrap();
    let tray = Tray::find().await;
    tray.state("Available").await;
    let confirmed = began.elapsed().as_secs_f64() * 1e3;
    sleep(AT_REST).await;
    // The first time shows where the window will be.
    tray.click("Show").await;
    until("a window", async || !visible("Ringside").is_empty()).await;
    sleep(AT_REST).await;
    let area = screen.area(visible("Ringside").remove(0).parse().unwrap()).unwrap();
    close("Ringside").await;
    until("no window", async || visible("Ringside").is_empty()).await;
    sleep(AT_REST).await;
    assert!(screen.drawn(area) < TEXT, "nothing else is there");
    let asked = now();
    tray.click("Show").await;
    let shown = tokio::task::block_in_place(|| screen.watch(PATIENCE, |screen| screen.drawn(area) > TEXT));
    let shown = (shown.expect("the main window") - asked).as_secs_f64() * 1e3;
    end(&mut process);
    until("the window is gone", async || visible("Ringside").is_empty()).await;
    Hidden { confirmed, shown }
}

async fn painted(screen: &Screen, title: &str, start: impl FnOnce() -> Child) -> f64 {
    let began = now();
    let mut process = start();
    let shown = tokio::task::block_in_place(|| {
        screen.watch(PATIENCE, |screen| {
            let window = visible(title).into_iter().find_map(|window| window.parse().ok());
            window.and_then(|window| screen.area(window)).is_some_and(|area| screen.drawn(area) > TEXT)
        })
    });
    let took = (shown.expect("a window with text") - began).as_secs_f64() * 1e3;
    end(&mut process);
    until("the window is gone", async || visible(title).is_empty()).await;
    took
}
