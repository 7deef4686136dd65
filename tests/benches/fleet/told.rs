//! What the platform was told to be kept, and what the desks' stores hold of it.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
    sync::{
        Mutex,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
};

use ringside_store::Store;

use crate::program;

/// The callbacks of some extensions.
pub struct Told {
    extensions: Vec<String>,
    /// By extension: the calls that were begun, and the bodies that were acknowledged.
    of: Vec<Mutex<OfDesk>>,
    acknowledged: AtomicU64,
    unanswered: AtomicU64,
}

#[derive(Default)]
struct OfDesk {
    begun: BTreeSet<String>,
    acknowledged: Vec<String>,
    /// Bodies that were sent, of which the answers may have been lost.
    sent: u64,
}

/// What is wrong with what is kept.
#[derive(Default)]
pub struct Kept {
    pub lost: u64,
    pub twice: u64,
    pub foreign: usize,
    pub examples: Vec<String>,
}

impl Told {
    pub fn new(extensions: Vec<String>) -> Self {
        let of = extensions.iter().map(|_| Mutex::default()).collect();
        Self { extensions, of, acknowledged: AtomicU64::new(0), unanswered: AtomicU64::new(0) }
    }

    fn of(&self, desk: usize) -> std::sync::MutexGuard<'_, OfDesk> {
        self.of[desk % self.of.len()].lock().unwrap()
    }

    /// The body of a callback that is to be posted.
    pub fn begin(&self, desk: usize, number: u32, status: &str) -> String {
        let extension = &self.extensions[desk % self.extensions.len()];
        let mut of = self.of(desk);
        of.begun.insert(uuid(number));
        of.sent += 1;
        serde_json::json!({
            "type": "call", "status": status, "uuid": uuid(number), "extnumber": extension, "caller": extension,
            "callee": format!("0150{number}"), "direction": "callout", "method": "3", "isbleg": "false",
        })
        .to_string()
    }

    pub fn ended(&self, desk: usize, is_kept: bool, body: String) {
        if is_kept {
            self.of(desk).acknowledged.push(body);
            self.acknowledged.fetch_add(1, Relaxed);
        } else {
            self.unanswered.fetch_add(1, Relaxed);
        }
    }

    /// How many were acknowledged, and how many were not within the time.
    pub fn counts(&self) -> (u64, u64) {
        (self.acknowledged.load(Relaxed), self.unanswered.load(Relaxed))
    }

    /// How many were acknowledged so far, by desk.
    pub fn acknowledged(&self) -> Vec<u64> {
        (0..self.of.len()).map(|desk| self.of(desk).acknowledged.len() as u64).collect()
    }

    /// All bodies of a desk that were acknowledged.
    pub fn bodies(&self, desk: usize) -> Vec<String> {
        self.of(desk).acknowledged.clone()
    }

    pub fn extension(&self, desk: usize) -> &str {
        &self.extensions[desk]
    }

    /// How many fewer callbacks than these numbers the desks have stored.
    pub fn missing(&self, folders: &[PathBuf], wanted: &[u64]) -> u64 {
        folders.iter().zip(wanted).map(|(folder, wanted)| wanted.saturating_sub(stored(folder).unwrap_or(0))).sum()
    }

    /// Compares the desks' stores with what was acknowledged.
    pub fn compare(&self, folders: &[PathBuf]) -> Kept {
        let mut kept = Kept::default();
        for (desk, folder) in folders.iter().enumerate() {
            let of = self.of(desk);
            let (stored, wanted) = (stored(folder).unwrap_or(0), of.acknowledged.len() as u64);
            kept.lost += wanted.saturating_sub(stored);
            kept.twice += stored.saturating_sub(of.sent);
            let mut calls: BTreeMap<String, u64> = BTreeMap::new();
            let store = Store::open_to_read(&program::data(folder)).ok().flatten();
            for call in store.and_then(|store| store.recent_calls(u32::MAX).ok()).unwrap_or_default() {
                *calls.entry(call.uuid.unwrap_or_default()).or_default() += 1;
            }
            kept.twice += calls.values().map(|count| count - 1).sum::<u64>();
            kept.foreign += calls.keys().filter(|uuid| !of.begun.contains(*uuid)).count();
            let example = |what: &str| format!("{what} at {} ({stored} of {wanted} callbacks)", self.extensions[desk]);
            let acknowledged: BTreeSet<String> = of.acknowledged.iter().filter_map(|body| uuid_in(body)).collect();
            for uuid in acknowledged.iter().filter(|uuid| !calls.contains_key(*uuid)) {
                // A call of which nothing is in the log, although its callbacks are counted.
                kept.lost += u64::from(stored >= wanted);
                kept.examples.push(example(&format!("call {uuid} is lost")));
            }
            for (uuid, _) in calls.iter().filter(|(_, count)| **count > 1) {
                kept.examples.push(example(&format!("call {uuid} is shown twice")));
            }
        }
        kept
    }
}

fn uuid(number: u32) -> String {
    format!("u{number}")
}

fn uuid_in(body: &str) -> Option<String> {
    Some(serde_json::from_str::<serde_json::Value>(body).ok()?["uuid"].as_str()?.to_owned())
}

/// How many callbacks a desk has stored; None: it has no database yet.
fn stored(folder: &std::path::Path) -> Option<u64> {
    Some(Store::open_to_read(&program::data(folder)).ok()??.counts().ok()?.events)
}
