//! Every callback of a run: when it was sent, acknowledged, and taken by its desk. One process holds all clocks, so that no two are compared.

use std::{
    ops::Range,
    sync::atomic::{AtomicU32, AtomicU64, Ordering::Relaxed},
    time::Duration,
};

use ringside_tests::report::sorted;
use tokio::time::Instant;

/// Callbacks that a run can have.
const MOST: usize = 1_000_000;
/// As many bytes as a callback of the platform has, about.
const PADDING: usize = 420;

/// Times are nanoseconds since the ledger's start; 0: not yet.
#[derive(Default)]
struct Entry {
    desk: AtomicU32,
    sent: AtomicU64,
    acknowledged: AtomicU64,
    taken: AtomicU64,
}

pub struct Ledger {
    began: Instant,
    entries: Vec<Entry>,
    next: AtomicU32,
    /// Callbacks that came to a desk of another extension.
    pub foreign: AtomicU64,
}

impl Ledger {
    pub fn new() -> Self {
        let entries = (0..MOST).map(|_| Entry::default()).collect();
        Self { began: Instant::now(), entries, next: AtomicU32::new(0), foreign: AtomicU64::new(0) }
    }

    /// Never 0.
    pub fn now(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_nanos()).unwrap().max(1)
    }

    /// The number that the next callback gets.
    pub fn next(&self) -> u32 {
        self.next.load(Relaxed)
    }

    /// A new callback for this desk is being sent.
    pub fn send(&self, desk: usize) -> u32 {
        let number = self.next.fetch_add(1, Relaxed);
        let entry = &self.entries[number as usize];
        entry.desk.store(desk as u32, Relaxed);
        entry.sent.store(self.now(), Relaxed);
        number
    }

    pub fn acknowledge(&self, number: u32) {
        self.entries[number as usize].acknowledged.store(self.now(), Relaxed);
    }

    /// This desk got this body; a copy that comes later changes nothing.
    pub fn take(&self, desk: usize, body: &[u8]) {
        let now = self.now();
        let Some(entry) = number_in(body).and_then(|number| self.entries.get(number)) else { return };
        if entry.desk.load(Relaxed) as usize != desk {
            self.foreign.fetch_add(1, Relaxed);
        }
        let _ = entry.taken.compare_exchange(0, now, Relaxed, Relaxed);
    }

    /// The milliseconds from the sending to the acknowledgement, and to the desk, sorted.
    pub fn times(&self, numbers: Range<u32>) -> (Vec<f64>, Vec<f64>) {
        let entries = || self.entries[numbers.start as usize..numbers.end as usize].iter();
        let since = |entry: &Entry, end: &AtomicU64| {
            let (sent, end) = (entry.sent.load(Relaxed), end.load(Relaxed));
            (end != 0).then(|| (end - sent) as f64 / 1e6)
        };
        let acknowledged = entries().filter_map(|entry| since(entry, &entry.acknowledged)).collect();
        let taken = entries().filter_map(|entry| since(entry, &entry.taken)).collect();
        (sorted(acknowledged), sorted(taken))
    }

    /// How many of these were acknowledged, and how many of those their desks have not got.
    pub fn counts(&self, numbers: Range<u32>) -> (usize, usize) {
        let entries = self.entries[numbers.start as usize..numbers.end as usize].iter();
        let acknowledged: Vec<_> = entries.filter(|entry| entry.acknowledged.load(Relaxed) != 0).collect();
        (acknowledged.len(), acknowledged.iter().filter(|entry| entry.taken.load(Relaxed) == 0).count())
    }

    /// Waits until the desks have all of these that were acknowledged; how many they have not got after this time.
    pub async fn all_taken(&self, numbers: Range<u32>, patience: Duration) -> usize {
        let begun = Instant::now();
        loop {
            let (_, missing) = self.counts(numbers.clone());
            if missing == 0 || begun.elapsed() > patience {
                return missing;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

/// The callback with this number, as the platform posts it.
pub fn body(number: u32, extension: &str) -> String {
    let padding = ".".repeat(PADDING);
    format!(
        r#"{{"type":"call","status":"ring","uuid":"u{number}","extnumber":"{extension}","caller":"{extension}","callee":"0150{number}","direction":"callout","remark":"{padding}"}}"#
    )
}

fn number_in(body: &[u8]) -> Option<usize> {
    let text = std::str::from_utf8(body).ok()?;
    let (_, rest) = text.split_once(r#""uuid":"u"#)?;
    rest.split('"').next()?.parse().ok()
}
