//! The time from the first byte of a ring's callback to the number's pixels on the screen.
//!
//! The picture of each number's card is recorded once, when it no longer changes; after that a ring counts as painted when the screen shows
//! exactly these pixels. That is slightly later than the frame that drew them.

use std::{collections::HashSet, path::Path, time::Duration};

use ringside_simulator::{Party, RingSpec};
use ringside_tests::{
    OWN,
    desktop::{run, tell, until, visible},
};
use tokio::time::{Instant, interval, sleep, sleep_until};

use crate::{
    report::{Report, percentile, sorted},
    running_app::{RunningApp, bill, leg},
    screen::{Area, Screen},
};

const RINGS: usize = 250;
/// The number of different numbers, which take turns.
const NUMBERS: usize = 5;
/// Other events per second: most for other extensions, every fifth a call of ours, which changes the main view.
const EVENTS: u64 = 50;
const CARD: &str = "Ringside ring card";
const DESK: &str = "Ringside · Supervisor's desk";
/// Pixels that are not background in a drawn card.
const TEXT: usize = 1000;
/// Marks a pixel that changes by itself; no drawn pixel has this padding.
const MOVES: [u8; 4] = [1, 2, 3, 4];
const PATIENCE: Duration = Duration::from_secs(5);

/// Whether the supervisor's window is open meanwhile, with the wallboard in it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Supervisor {
    Off,
    Open,
}

/// Measures with the calls that the folder already holds; the limits are the same for any number of calls, and with the supervisor's window.
pub async fn measure(report: &mut Report, group: &'static str, folder: &Path, supervisor: Supervisor) {
    let arguments: &[&str] = if supervisor == Supervisor::Open { &["--supervisor-enabled", "true"] } else { &[] };
    let running = std::sync::Arc::new(RunningApp::open_with(folder, arguments).await);
    let screen = Screen::open();
    if supervisor == Supervisor::Open {
        open_wallboard(&running, folder, &screen).await;
    }

    // The number of the first ring has no recorded picture yet, so this waits for the card's window with text.
    let first = first_ring(&running, &screen).await;
    let pictures = learn(&running, &screen).await;

    let busy = tokio::spawn({
        let running = std::sync::Arc::clone(&running);
        async move {
            let mut pace = interval(Duration::from_millis(1000 / EVENTS));
            for n in 0.. {
                pace.tick().await;
                let event = if n % 5 == 0 { bill(OWN, n) } else { leg("ring", "100002", "013900000000", &format!("foreign-{n}")) };
                running.post(&event).await;
            }
        }
    });
    let mut times = Vec::new();
    for n in 0..RINGS {
        let (number, picture) = &pictures[n % pictures.len()];
        // At irregular intervals, so that the measurement follows neither the screen's refresh nor the other events.
        sleep_until(Instant::now() + Duration::from_millis(40 + (n as u64 * 37) % 90)).await;
        let uuid = format!("ring-{n}");
        let sent = running.post(&leg("ring", OWN, number, &uuid)).await;
        let painted = tokio::task::block_in_place(|| screen.watch(PATIENCE, |screen| picture.is_shown(screen)));
        times.push((painted.expect("the card was painted") - sent).as_secs_f64() * 1e3);
        running.post(&leg("hangup", OWN, number, &uuid)).await;
        gone(&screen, picture).await;
    }
    busy.abort();

    let times = sorted(times);
    report.limit(group, "the first ring after the start", first, "ms", 150.0);
    report.limit(group, format!("painted, p50 of {RINGS} beside {EVENTS} events/s"), percentile(&times, 50.0), "ms", 14.0);
    report.limit(group, "painted, p95", percentile(&times, 95.0), "ms", 24.0);
    report.limit(group, "painted, p99", percentile(&times, 99.0), "ms", 33.0);
    report.figure(group, "painted, worst", times[times.len() - 1], "ms");
    report.note(format!(
        "{group}: every ring was compared with the screen's pixels: {} of {RINGS} equal to their number's picture",
        times.len()
    ));
}

/// The place of «Wallboard» in the list of views, from the window's corner. The reading of a queue without this agent shows that it was hit.
const WALLBOARD: (i16, i16) = (80, 209);

async fn open_wallboard(running: &RunningApp, folder: &Path, screen: &Screen) {
    assert_eq!(tell(folder, &["--supervisor"]).0, Some(0));
    until("the supervisor's window", async || !visible(DESK).is_empty()).await;
    let window = visible(DESK).remove(0);
    // Small and in the other corner, so that it does not change what is beside the card.
    run("xdotool", &["windowsize", "--sync", &window, "960", "600", "windowmove", &window, "0", "0"]);
    let number = window.parse().unwrap();
    until("a board that reads all queues", async || {
        if let Some(area) = screen.area(number) {
            screen.click(area.x + WALLBOARD.0, area.y + WALLBOARD.1);
        }
        sleep(Duration::from_millis(500)).await;
        running
            .simulator
            .ledger()
            .requests("GetQueueSipStatus")
            .iter()
            .any(|request| request.parameters.get("queuename").is_some_and(|name| name == "queue-2"))
    })
    .await;
}

async fn first_ring(running: &RunningApp, screen: &Screen) -> f64 {
    let corner = Area { x: 840, y: 560, width: 420, height: 190 };
    let before = screen.drawn(corner);
    let sent = running.post(&leg("ring", OWN, "013987650000", "first")).await;
    let shown = tokio::task::block_in_place(|| screen.watch(PATIENCE, |screen| screen.drawn(corner) > before + TEXT));
    let took = (shown.expect("the first card") - sent).as_secs_f64() * 1e3;
    running.post(&leg("hangup", OWN, "013987650000", "first")).await;
    until("the first card is gone", async || visible(CARD).is_empty()).await;
    took
}

/// The pixels of the card's number.
struct Picture {
    area: Area,
    pixels: Vec<u8>,
}

impl Picture {
    fn is_shown(&self, screen: &Screen) -> bool {
        screen.pixels(self.area) == self.pixels
    }
}

/// Rings once with each number and records the area in which the cards differ: their numbers.
async fn learn(running: &RunningApp, screen: &Screen) -> Vec<(String, Picture)> {
    let mut cards = Vec::new();
    for n in 0..NUMBERS {
        let number = format!("01398765{:04}", 1111 * (n + 1));
        // A call of the simulator, since Ringside asks the platform about a call that rings for so long.
        let call = running.simulator.ring(RingSpec::predictive(OWN, &number, "queue-1"));
        until("a card", async || !visible(CARD).is_empty()).await;
        let window = visible(CARD).remove(0).parse().unwrap();
        until("a card with text", async || screen.area(window).is_some_and(|area| screen.drawn(area) > TEXT)).await;
        // By now the page has measured itself, and the window has that size.
        let area = screen.area(window).unwrap();
        cards.push((number.clone(), area, still(screen, area).await));
        running.simulator.hang_up(call, Party::Customer).unwrap();
        until("no card", async || visible(CARD).is_empty()).await;
    }
    let area = difference(&cards[0].2, cards[1..].iter().map(|card| &card.2), cards[0].1);
    let learnt: Vec<(String, Picture)> = cards
        .iter()
        .map(|(number, card, pixels)| {
            assert_eq!(*card, cards[0].1, "all cards are in one place");
            (number.clone(), Picture { area, pixels: cut(pixels, *card, area) })
        })
        .collect();
    let different: HashSet<_> = learnt.iter().map(|(_, picture)| &picture.pixels).collect();
    assert_eq!(different.len(), NUMBERS, "each number has a picture of its own");
    learnt
}

/// The pixels that stay the same for longer than the icon's pulse and the running seconds; all others are [`MOVES`].
async fn still(screen: &Screen, area: Area) -> Vec<u8> {
    sleep(Duration::from_millis(300)).await;
    let mut still = screen.pixels(area);
    for _ in 0..15 {
        sleep(Duration::from_millis(100)).await;
        for (kept, next) in still.as_chunks_mut::<4>().0.iter_mut().zip(screen.pixels(area).as_chunks::<4>().0) {
            if kept != next {
                *kept = MOVES;
            }
        }
    }
    still
}

/// The smallest area in which any of the others differs, without the moving pixels.
fn difference<'a>(one: &[u8], others: impl Iterator<Item = &'a Vec<u8>>, card: Area) -> Area {
    let (mut left, mut top, mut right, mut bottom) = (card.width, card.height, 0, 0);
    for other in others {
        for (n, (a, b)) in one.as_chunks::<4>().0.iter().zip(other.as_chunks::<4>().0).enumerate() {
            if a != b && *a != MOVES && *b != MOVES {
                let (x, y) = ((n % usize::from(card.width)) as u16, (n / usize::from(card.width)) as u16);
                (left, right) = (left.min(x), right.max(x + 1));
                (top, bottom) = (top.min(y), bottom.max(y + 1));
            }
        }
    }
    assert!(left < right && bottom - top < 40, "the cards differ in their number only: {left},{top} to {right},{bottom}");
    Area { x: card.x + left as i16, y: card.y + top as i16, width: right - left, height: bottom - top }
}

fn cut(pixels: &[u8], from: Area, part: Area) -> Vec<u8> {
    let (x, y) = ((part.x - from.x) as usize, (part.y - from.y) as usize);
    let row = usize::from(from.width) * 4;
    (y..y + usize::from(part.height)).flat_map(|y| pixels[y * row + x * 4..][..usize::from(part.width) * 4].to_vec()).collect()
}

async fn gone(screen: &Screen, picture: &Picture) {
    until("the card is gone", async || !picture.is_shown(screen)).await;
}
