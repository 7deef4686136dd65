//! From the first byte of a ring's callback to the number's pixels on the screen.
//!
//! A card's picture is learnt once for each number, at rest; from then on a ring counts as painted when the screen shows
//! exactly those pixels. That is a little later than the frame that drew them.

use std::{collections::HashSet, time::Duration};

use ringside_tests::{
    OWN,
    desktop::{until, visible},
};
use tokio::time::{Instant, interval, sleep, sleep_until};

use crate::{
    desk::{Desk, bill, leg},
    report::{Report, percentile, sorted},
    screen::{Area, Screen},
};

const RINGS: usize = 250;
/// As many different numbers take turns.
const NUMBERS: usize = 5;
/// Other events a second: most for other extensions, every fifth a call of ours that changes the main view.
const EVENTS: u64 = 50;
const CARD: &str = "Ringside ring card";
const PATIENCE: Duration = Duration::from_secs(5);

pub async fn measure(report: &mut Report) {
    let folder = tempfile::tempdir().unwrap();
    let desk = std::sync::Arc::new(Desk::open(folder.path()).await);
    let screen = Screen::open();

    // The first ring of all: nobody has seen its number yet, so what is waited for is the card's window with text in it.
    let first = first_ring(&desk, &screen).await;
    let pictures = learn(&desk, &screen).await;

    let busy = tokio::spawn({
        let desk = std::sync::Arc::clone(&desk);
        async move {
            let mut pace = interval(Duration::from_millis(1000 / EVENTS));
            for n in 0.. {
                pace.tick().await;
                let event = if n % 5 == 0 { bill(OWN, n) } else { leg("ring", "100002", "013900000000", &format!("foreign-{n}")) };
                desk.post(&event).await;
            }
        }
    });
    let mut times = Vec::new();
    for n in 0..RINGS {
        let (number, picture) = &pictures[n % pictures.len()];
        // At no fixed beat with the screen's refresh or the other events.
        sleep_until(Instant::now() + Duration::from_millis(40 + (n as u64 * 37) % 90)).await;
        let uuid = format!("ring-{n}");
        let sent = desk.post(&leg("ring", OWN, number, &uuid)).await;
        let painted = tokio::task::block_in_place(|| screen.watch(PATIENCE, |screen| picture.is_shown(screen)));
        times.push((painted.expect("the card was painted") - sent).as_secs_f64() * 1e3);
        desk.post(&leg("hangup", OWN, number, &uuid)).await;
        gone(&screen, picture).await;
    }
    busy.abort();

    let times = sorted(times);
    report.figure("ring", "the first ring after the start", first, "ms");
    report.limit("ring", format!("painted, p50 of {RINGS} beside {EVENTS} events/s"), percentile(&times, 50.0), "ms", 25.0);
    report.limit("ring", "painted, p95", percentile(&times, 95.0), "ms", 40.0);
    report.limit("ring", "painted, p99", percentile(&times, 99.0), "ms", 60.0);
    report.figure("ring", "painted, worst", times[times.len() - 1], "ms");
    report.note(format!("every ring was compared with the screen's pixels: {} of {RINGS} equal to their number's picture", times.len()));
}

async fn first_ring(desk: &Desk, screen: &Screen) -> f64 {
    let corner = Area { x: 840, y: 560, width: 420, height: 190 };
    let before = screen.drawn(corner);
    let sent = desk.post(&leg("ring", OWN, "013987650000", "first")).await;
    let shown = tokio::task::block_in_place(|| screen.watch(PATIENCE, |screen| screen.drawn(corner) > before + 1000));
    let took = (shown.expect("the first card") - sent).as_secs_f64() * 1e3;
    desk.post(&leg("hangup", OWN, "013987650000", "first")).await;
    until("the first card is gone", async || visible(CARD).is_empty()).await;
    took
}

/// What the card's number looks like.
struct Picture {
    area: Area,
    pixels: Vec<u8>,
}

impl Picture {
    fn is_shown(&self, screen: &Screen) -> bool {
        screen.pixels(self.area) == self.pixels
    }
}

/// Rings once with each number and keeps where the cards differ: their numbers.
async fn learn(desk: &Desk, screen: &Screen) -> Vec<(String, Picture)> {
    let mut cards = Vec::new();
    for n in 0..NUMBERS {
        let number = format!("01398765{:04}", 1111 * (n + 1));
        let uuid = format!("learn-{n}");
        desk.post(&leg("ring", OWN, &number, &uuid)).await;
        until("a card", async || !visible(CARD).is_empty()).await;
        let window = visible(CARD).remove(0).parse().unwrap();
        // At rest: the same twice, a good while apart, within the first second of ringing.
        let mut last = Vec::new();
        let area = screen.area(window).unwrap();
        until("a card at rest", async || {
            sleep(Duration::from_millis(150)).await;
            let next = screen.pixels(area);
            std::mem::replace(&mut last, next.clone()) == next
        })
        .await;
        cards.push((number.clone(), area, last));
        desk.post(&leg("hangup", OWN, &number, &uuid)).await;
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

/// The smallest area in which any of the others differs.
fn difference<'a>(one: &[u8], others: impl Iterator<Item = &'a Vec<u8>>, card: Area) -> Area {
    let (mut left, mut top, mut right, mut bottom) = (card.width, card.height, 0, 0);
    for other in others {
        for (n, (a, b)) in one.as_chunks::<4>().0.iter().zip(other.as_chunks::<4>().0).enumerate() {
            if a != b {
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
