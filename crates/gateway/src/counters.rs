//! Figures for the metrics.

use std::{
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

/// The upper bounds of a histogram's buckets, in milliseconds.
pub const BOUNDS: [u64; 12] = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000];

/// How long something took, in buckets; the last is for all that took longer.
#[derive(Debug, Default)]
pub struct Histogram(Mutex<([u64; BOUNDS.len() + 1], Duration)>);

impl Histogram {
    pub fn add(&self, took: Duration) {
        let mut inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let place = BOUNDS.iter().position(|bound| took <= Duration::from_millis(*bound)).unwrap_or(BOUNDS.len());
        inner.0[place] += 1;
        inner.1 += took;
    }

    /// The buckets, each with those below, and the sum.
    pub fn read(&self) -> ([u64; BOUNDS.len() + 1], Duration) {
        let inner = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut below = 0;
        let cumulative = inner.0.map(|count| {
            below += count;
            below
        });
        (cumulative, inner.1)
    }
}

#[derive(Debug, Default)]
pub struct Counter(AtomicU64);

impl Counter {
    pub fn add(&self, count: u64) {
        self.0.fetch_add(count, Ordering::Relaxed);
    }

    pub fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// The figures of one company.
#[derive(Debug, Default)]
pub struct Counters {
    /// From the offer of a callback to its commit.
    pub commits: Histogram,
    /// From the offer of a callback to the stream's acknowledgement.
    pub publishes: Histogram,
    pub published: Counter,
    pub publish_failed: Counter,
    /// Callbacks that named another company (G11).
    pub of_others: Counter,
    /// Records from GetBill that no callback had brought.
    pub bills_found: Counter,
    /// Desks' requests that were carried out, and those that were refused.
    pub carried_out: Counter,
    pub refused: Counter,
    /// How long the platform took.
    pub platform: Histogram,
    pub platform_failed: Counter,
    pub epochs_begun: Counter,
    /// When the last callback of the company came, in ms since 1970; 0: none.
    pub heard_at: AtomicU64,
}

impl Counters {
    pub fn heard(&self, at: i64) {
        self.heard_at.fetch_max(u64::try_from(at).unwrap_or(0), Ordering::Relaxed);
    }

    pub fn heard_at(&self) -> Option<i64> {
        Some(self.heard_at.load(Ordering::Relaxed)).filter(|at| *at > 0).and_then(|at| i64::try_from(at).ok())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_histogram_counts_each_time_in_its_bucket_and_all_above() {
        let histogram = Histogram::default();
        for millis in [0, 1, 3, 3, 10_000] {
            histogram.add(Duration::from_millis(millis));
        }
        let (buckets, sum) = histogram.read();
        assert_eq!((buckets[0], buckets[1], buckets[2], buckets[11], buckets[12]), (2, 2, 4, 4, 5));
        assert_eq!(sum, Duration::from_millis(10_007));
    }
}
