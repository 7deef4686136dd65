//! The call log in the real app with a million calls: the time from a click or a key to the rows' pixels on the screen.
//!
//! The pixels of each list are recorded once, when the list no longer changes; after that the list counts as painted when the screen shows
//! exactly these pixels.

use std::{path::Path, time::Duration};

use ringside_domain::{Span, Timestamp};
use ringside_store::{Store, Write};
use ringside_tests::{
    OWN,
    desktop::{run, until, visible},
};
use tempfile::TempDir;
use tokio::time::{Instant, sleep, sleep_until};

use crate::{
    calls,
    report::{Report, percentile, sorted},
    running_app::RunningApp,
    screen::{Area, Screen},
};

const CALLS: u64 = 1_000_000;
const SEED: u64 = 1;
const TIMES: usize = 20;
/// Wide enough for the rail and the list only.
const WINDOW: [&str; 2] = ["940", "700"];
/// Positions in the window: two entries of the rail, and the list below the search field without its scroll bar.
const WORK: (i16, i16) = (60, 76);
const LOG: (i16, i16) = (60, 112);
const LIST: Area = Area { x: 190, y: 150, width: 700, height: 530 };
/// Pixels of a list with rows, or of the rows in which two lists differ.
const TEXT: usize = 2_000;
const PATIENCE: Duration = Duration::from_secs(5);
const SLASH: u32 = 0x2f;
const BACKSPACE: u32 = 0xff08;

pub async fn measure(report: &mut Report, folder: &Path) {
    let running = RunningApp::open(folder).await;
    let screen = Screen::open();
    let window = visible("Ringside").remove(0);
    let place = |screen: &Screen| screen.area(window.parse().unwrap()).unwrap();
    let width: u16 = WINDOW[0].parse().unwrap();
    let size = ["windowsize", &window, WINDOW[0], WINDOW[1], "windowmove", &window, "20", "40", "windowactivate", "--sync", &window];
    run("xdotool", &size);
    until("the window is where it was put", async || place(&screen).width == width && place(&screen).x < 40).await;
    let at = place(&screen);
    let list = Area { x: at.x + LIST.x, y: at.y + LIST.y, ..LIST };
    let click = |(x, y): (i16, i16)| screen.click(at.x + x, at.y + y);

    let work = still(&screen, list).await;
    click(LOG);
    let all = still(&screen, list).await;
    assert!(all != work && screen.drawn(list) > TEXT, "the list is there");
    let mut opened = Vec::new();
    for n in 0..TIMES {
        click(WORK);
        until("the log is left", async || screen.pixels(list) != all).await;
        rest(n).await;
        let clicked = click(LOG);
        opened.push(painted(&screen, list, &all) - clicked);
    }

    screen.key(SLASH);
    let mut typed = Vec::new();
    // Digits that the first calls do not all have.
    let mut learnt: Vec<(u32, Vec<u8>)> = Vec::new();
    for digit in b'0'..=b'9' {
        screen.key(digit.into());
        let found = still(&screen, list).await;
        screen.key(BACKSPACE);
        until("all calls again", async || screen.pixels(list) == all).await;
        if different(&found, &all) > TEXT && learnt.iter().all(|(_, other)| different(&found, other) > TEXT) {
            learnt.push((digit.into(), found));
        }
    }
    assert!(learnt.len() > 1, "digits find other calls");
    for n in 0..TIMES {
        let (digit, found) = &learnt[n % learnt.len()];
        for (key, expected) in [(*digit, found), (BACKSPACE, &all)] {
            rest(n).await;
            let pressed = screen.key(key);
            typed.push(painted(&screen, list, expected) - pressed);
        }
    }
    drop(running);

    let times = |all: Vec<Duration>| sorted(all.into_iter().map(|time| time.as_secs_f64() * 1e3).collect());
    for (what, times, limit) in [("the log opened to painted", times(opened), 100.0), ("a keystroke to painted", times(typed), 50.0)] {
        report.figure("log", format!("{what}, {CALLS} calls, p50 of {}", times.len()), percentile(&times, 50.0), "ms");
        report.limit("log", format!("{what}, p95"), percentile(&times, 95.0), "ms", limit);
    }
    report.note(format!("every list was compared with the screen's pixels; the calls are those of seed {SEED}"));
}

/// A data folder with a million calls.
pub async fn million() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fill(folder.path()).await;
    folder
}

async fn fill(folder: &Path) {
    let (store, _) = Store::open(folder, Timestamp(0)).unwrap();
    for page in calls::pages(CALLS, SEED) {
        store.write(page).await.unwrap();
    }
    // The whole past counts as fetched, so that no fetch runs during the measurement.
    let now = std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap().as_millis();
    let span = Span { since: Timestamp(0), until: Timestamp(i64::try_from(now).unwrap()) };
    store.write(vec![Write::Fetched { scope: format!("demo/{OWN}"), span }]).await.unwrap();
}

/// Waits at irregular intervals, so that the measurement does not follow the screen's refresh.
async fn rest(n: usize) {
    sleep_until(Instant::now() + Duration::from_millis(250 + (n as u64 * 37) % 90)).await;
}

fn painted(screen: &Screen, area: Area, expected: &[u8]) -> std::time::Instant {
    let shown = tokio::task::block_in_place(|| screen.watch(PATIENCE, |screen| screen.pixels(area) == expected));
    shown.expect("the list was painted")
}

fn different(one: &[u8], other: &[u8]) -> usize {
    one.as_chunks::<4>().0.iter().zip(other.as_chunks::<4>().0).filter(|(one, other)| one != other).count()
}

/// The area's pixels, when they have not changed for a while.
async fn still(screen: &Screen, area: Area) -> Vec<u8> {
    sleep(Duration::from_millis(500)).await;
    let mut last = screen.pixels(area);
    let mut same = 0;
    while same < 10 {
        sleep(Duration::from_millis(100)).await;
        let next = screen.pixels(area);
        same = if next == last { same + 1 } else { 0 };
        last = next;
    }
    last
}
