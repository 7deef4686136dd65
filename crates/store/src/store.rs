//! [`Store`], the handle.

use std::{
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use ringside_domain::{Call, CallId, Timestamp};
use rusqlite::Connection;

#[cfg(test)]
use crate::writer::Shared;
use crate::{
    Opened, RestoredCalls, StoreError, Write, call, dead_letter, event,
    open::{self, Connections},
    quarantine::with_suffix,
    retention,
    running::{PATIENCE, RETRY, Running},
    set_aside, setting,
    writer::{Job, Task},
};

/// Cheap to clone. Dropping the last clone writes all that waits and closes the database; that drop blocks until it is done.
///
/// Reads block for as long as SQLite needs, milliseconds as a rule.
#[derive(Clone, Debug)]
pub struct Store(Arc<Running<Write>>);

/// How many rows were ever written, deleted ones included.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    pub events: u64,
    /// Only the last 500 are kept.
    pub dead_letters: u64,
}

impl Store {
    /// Opens `ringside.db` in the folder; creates both if needed. A damaged file is set aside under a name with the time `now`. Blocks.
    pub fn open(folder: &Path, now: Timestamp) -> Result<(Self, Opened), StoreError> {
        Self::open_with(folder, now, PATIENCE, RETRY)
    }

    pub(crate) fn open_with(folder: &Path, now: Timestamp, patience: Duration, retry: Duration) -> Result<(Self, Opened), StoreError> {
        let (connections, opened) = open::open(folder, now, patience)?;
        Ok((Self::start(connections, with_suffix(&opened.file, "-wal"), retry)?, opened))
    }

    /// Opens the database for reading only, also while another program uses it; `None` if there is no database. Writes fail.
    pub fn open_to_read(folder: &Path) -> Result<Option<Self>, StoreError> {
        let Some(readers) = open::readers(folder, PATIENCE)? else { return Ok(None) };
        Ok(Some(Self(Arc::new(Running::to_read(readers)))))
    }

    /// A database in memory, for tests and for a run whose folder cannot be written to (S3).
    pub fn in_memory() -> Result<Self, StoreError> {
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        let name = format!("file:/ringside-{}?vfs=memdb", NUMBER.fetch_add(1, Ordering::Relaxed));
        Self::start(open::connect(Path::new(&name), false, PATIENCE)?, PathBuf::new(), RETRY)
    }

    pub(crate) fn start(connections: Connections, log: PathBuf, retry: Duration) -> Result<Self, StoreError> {
        Ok(Self(Arc::new(Running::start(connections.writer, connections.readers, log, retry)?)))
    }

    /// Hands the batch to the writer at once. The batch is kept as a whole or not at all. The future resolves after the commit, and may
    /// be dropped.
    ///
    /// If more than 16 MiB of callbacks wait, the batch's callbacks are dropped and the answer is `Busy`, since the platform can send them
    /// again; the rest of the batch, which exists only here, is written all the same. Calls and settings that could not be written (the
    /// error says why) are tried again with every later write, every 5 seconds, and at the end.
    pub fn write(&self, batch: Vec<Write>) -> impl Future<Output = Result<(), StoreError>> + Send + use<> {
        self.0.write(batch)
    }

    pub(crate) fn send(&self, job: Job<Write>) {
        self.0.send(job);
    }

    /// The JSON text under this key.
    pub fn setting(&self, key: &str) -> Result<Option<String>, StoreError> {
        self.read(|db| setting::get(db, key))
    }

    /// The calls without an end that began at `since` or later, and of the newest `recent` calls those with an end, in any order; and the
    /// values that could not be read.
    pub fn restored_calls(&self, since: Timestamp, recent: u32) -> Result<RestoredCalls, StoreError> {
        self.read(|db| call::restore(db, since, recent))
    }

    /// Whether this content was set aside before.
    pub fn is_set_aside(&self, what: &str, content: &[u8]) -> Result<bool, StoreError> {
        self.read(|db| set_aside::holds(db, what, content))
    }

    /// The calls without an end that began at `since` or later, oldest first.
    pub fn open_calls(&self, since: Timestamp) -> Result<Vec<Call>, StoreError> {
        self.read(|db| call::open(db, since))
    }

    /// The calls that began from `from` to `to`, both included, oldest first.
    pub fn calls_between(&self, from: Timestamp, to: Timestamp) -> Result<Vec<Call>, StoreError> {
        self.read(|db| call::between(db, from, to))
    }

    /// At most `limit` calls, newest first: by start, then by id (S14).
    pub fn recent_calls(&self, limit: u32) -> Result<Vec<Call>, StoreError> {
        self.read(|db| call::recent(db, limit))
    }

    pub fn call(&self, id: CallId) -> Result<Option<Call>, StoreError> {
        self.read(|db| call::get(db, id))
    }

    /// The highest id that a call was given so far, also if it was deleted.
    pub fn max_call_id(&self) -> Result<Option<CallId>, StoreError> {
        self.read(|db| Ok(call::max_id(db)?.max(retention::highest_deleted(db)?)))
    }

    pub fn counts(&self) -> Result<Counts, StoreError> {
        self.read(|db| Ok(Counts { events: event::count(db)?, dead_letters: dead_letter::count(db)? }))
    }

    /// Frees the pages of the database that are kept in memory, up to 32 MiB for each connection that reads. Later reads read them again.
    pub fn release_memory(&self) -> Result<(), StoreError> {
        self.send(Job::Task(Task(Box::new(|db| {
            // Fails only if the connection is in use, which it is not.
            let _ = db.release_memory();
        }))));
        self.0.readers.release_memory().map_err(|error| self.0.shared.note(error.into()))
    }

    #[cfg(test)]
    pub(crate) fn shared(&self) -> &Shared {
        &self.0.shared
    }

    pub(crate) fn read<T>(&self, query: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> Result<T, StoreError> {
        self.0.read(query)
    }

    /// Runs the task on the writer's thread, after the jobs that wait, in a transaction of its own.
    pub(crate) fn run<T, F>(&self, task: F) -> impl Future<Output = Result<T, StoreError>> + Send + use<T, F>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    {
        self.0.run(task)
    }
}
