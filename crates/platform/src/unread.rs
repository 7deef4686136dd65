//! Records that could not be read in full: they are kept, not only logged.

use std::{
    collections::HashSet,
    hash::{DefaultHasher, Hash, Hasher},
    sync::{Mutex, PoisonError},
};

use ringside_domain::Flaw;

/// Most records per run; more would say nothing new.
const MOST: usize = 100;

#[derive(Debug, Default)]
pub(crate) struct Unread(Mutex<Known>);

#[derive(Debug, Default)]
struct Known {
    /// Of the records that were reported, since records are read again and again.
    hashes: HashSet<u64>,
    new: Vec<Flaw>,
}

impl Unread {
    pub fn add(&self, body: String, reason: &str) {
        let mut hasher = DefaultHasher::new();
        body.hash(&mut hasher);
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.hashes.len() < MOST && known.hashes.insert(hasher.finish()) {
            tracing::warn!(reason, "a record cannot be read in full");
            known.new.push(Flaw { body: body.into_bytes(), reason: reason.to_owned() });
        }
    }

    pub fn take(&self) -> Vec<Flaw> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner).new)
    }
}
