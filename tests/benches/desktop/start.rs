//! From the start of the process to a painted main window, against Chromium with the same page.

use std::{process::Child, time::Duration};

use ringside_tests::{
    desktop::{until, visible},
    platform,
};

use crate::{
    chromium,
    report::{Report, percentile, sorted},
    running_app::{self, end},
    screen::{Screen, now},
};

const TIMES: usize = 7;
/// Pixels that are not background: a window with text has many thousands, an empty one none.
const TEXT: usize = 2500;
const PATIENCE: Duration = Duration::from_secs(30);

pub async fn measure(report: &mut Report) {
    let screen = Screen::open();
    let simulator = platform().await;
    let page = chromium::serve().await;
    let (folder, profile) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (mut ours, mut peer) = (Vec::new(), Vec::new());
    // Once each before anything counts: files are read from memory from then on. In turns, so that both have the same weather.
    for n in 0..=TIMES {
        let own = painted(&screen, "Ringside", || running_app::start(folder.path(), &simulator, "127.0.0.1:0")).await;
        let other = painted(&screen, "Ringside.*", || chromium::start(&page, profile.path())).await;
        if n > 0 {
            ours.push(own);
            peer.push(other);
        }
    }
    let (ours, peer) = (percentile(&sorted(ours), 50.0), percentile(&sorted(peer), 50.0));
    report.figure("start", format!("Ringside to a painted main window, median of {TIMES}"), ours, "ms");
    report.figure("start", "Chromium --app with the same page", peer, "ms");
    report.limit("start", "Ringside / Chromium", ours / peer, "x", 0.8);
    report.note(
        "of a start's time most is not ours: loading the web engine's libraries, the toolkit's first window, a web process begun \
         from nothing; Chromium forks one that is warm, and keeps compiled scripts",
    );
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
