//! [`OutboxStore`], the handle.

use std::{
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use ringside_domain::Timestamp;

use super::{Desk, OutboxWrite, STEPS, Sent, Unmapped, Unsent, Wish, callback, desk, wish};
use crate::{
    Opened, StoreError, connection, dead_letter, life, migration, open,
    quarantine::with_suffix,
    readers::READERS,
    running::{PATIENCE, RETRY, Running},
    setting,
};

const FILE: &str = "outbox.db";

/// Cheap to clone. Dropping the last clone writes all that waits and closes the database; that drop blocks until it is done.
///
/// Reads block for as long as SQLite needs, milliseconds as a rule.
#[derive(Clone, Debug)]
pub struct OutboxStore(Arc<Running<OutboxWrite>>);

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OutboxCounts {
    /// Callbacks that were ever kept, deleted ones included.
    pub callbacks: u64,
    /// Callbacks that are not in the stream yet.
    pub unsent: u64,
    /// When the oldest of them was received.
    pub oldest_unsent: Option<Timestamp>,
    pub dead_letters: u64,
}

impl OutboxStore {
    /// Opens `outbox.db` in the folder; creates both if needed. A damaged file is set aside under a name with the time `now`. Blocks.
    pub fn open(folder: &Path, now: Timestamp) -> Result<(Self, Opened), StoreError> {
        Self::open_with(folder, now, RETRY)
    }

    pub(crate) fn open_with(folder: &Path, now: Timestamp, retry: Duration) -> Result<(Self, Opened), StoreError> {
        let opened = open::prepare(folder, FILE, now, PATIENCE, STEPS)?;
        let store = Self::connect(&opened.file, !opened.on_network, with_suffix(&opened.file, "-wal"), retry)?;
        Ok((store, opened))
    }

    /// A database in memory, for tests.
    pub fn in_memory() -> Result<Self, StoreError> {
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        let name = format!("file:/ringside-outbox-{}?vfs=memdb", NUMBER.fetch_add(1, Ordering::Relaxed));
        Self::connect(Path::new(&name), false, PathBuf::new(), RETRY)
    }

    fn connect(file: &Path, log: bool, log_file: PathBuf, retry: Duration) -> Result<Self, StoreError> {
        let mut writer = connection::writer(file, log, PATIENCE, STEPS)?;
        migration::run(&mut writer, STEPS)?;
        life::begin(&writer)?;
        let readers = (0..READERS).map(|_| connection::reader(file, PATIENCE)).collect::<Result<_, _>>()?;
        Ok(Self(Arc::new(Running::start(writer, readers, log_file, retry)?)))
    }

    /// Hands the batch to the writer at once. The batch is kept as a whole or not at all. The future resolves after the commit, and may
    /// be dropped.
    ///
    /// If more than 16 MiB of callbacks wait, the batch's callbacks are dropped and the answer is `Busy`, since the platform can send them
    /// again; the rest of the batch is written all the same. Entries of the registry, outcomes and settings that could not be written (the
    /// error says why) are tried again with every later write, every 5 seconds, and at the end.
    pub fn write(&self, batch: Vec<OutboxWrite>) -> impl Future<Output = Result<(), StoreError>> + Send + use<> {
        self.0.write(batch)
    }

    /// At most `limit` callbacks that are not in the stream, in the order of receipt, after the row `after`.
    pub fn unsent(&self, after: i64, limit: u32) -> Result<Vec<Unsent>, StoreError> {
        self.0.read(|db| callback::unsent(db, after, limit))
    }

    /// The callback with the highest number in the stream up to `seq`.
    pub fn sent_up_to(&self, seq: u64) -> Result<Option<Sent>, StoreError> {
        self.0.read(|db| callback::sent_up_to(db, seq))
    }

    /// At most `limit` callbacks before the row `before`, the latest first: row, time of receipt, payload.
    pub fn latest(&self, before: i64, limit: u32) -> Result<Vec<(i64, Timestamp, String)>, StoreError> {
        self.0.read(|db| callback::latest(db, before, limit))
    }

    /// The callback with this key, as it was sent.
    pub fn payload(&self, key: &[u8; 32]) -> Result<Option<String>, StoreError> {
        self.0.read(|db| callback::payload(db, key))
    }

    /// The extensions whose callbacks came since then while no desk had them, the latest first; at most `limit` (G17).
    pub fn unmapped(&self, since: Timestamp, limit: u32) -> Result<Vec<Unmapped>, StoreError> {
        self.0.read(|db| callback::unmapped(db, since, limit))
    }

    pub fn counts(&self) -> Result<OutboxCounts, StoreError> {
        self.0.read(|db| {
            let (callbacks, unsent, oldest_unsent) = callback::counts(db)?;
            Ok(OutboxCounts { callbacks, unsent, oldest_unsent, dead_letters: dead_letter::count(db)? })
        })
    }

    /// The registry's copy, by key.
    pub fn desks(&self) -> Result<Vec<Desk>, StoreError> {
        self.0.read(desk::all)
    }

    pub fn wish(&self, id: &str) -> Result<Option<Wish>, StoreError> {
        self.0.read(|db| wish::get(db, id))
    }

    /// The JSON text under this key.
    pub fn setting(&self, key: &str) -> Result<Option<String>, StoreError> {
        self.0.read(|db| setting::get(db, key))
    }

    /// Deletes up to `limit` callbacks that are in the stream, the oldest first, and all wishes, if they are older than `before`. True:
    /// there may be more.
    pub fn delete_older(&self, before: Timestamp, limit: u32) -> impl Future<Output = Result<bool, StoreError>> + Send + use<> {
        self.0.run(move |db| {
            wish::delete(db, before)?;
            Ok(callback::delete(db, before, limit)? >= limit as usize)
        })
    }

    /// Writes a sound copy of the database to the file, which must not exist; callbacks are taken meanwhile.
    pub fn back_up(&self, to: &Path) -> Result<(), StoreError> {
        let file = self.0.read(|db| Ok(db.path().map(PathBuf::from)))?.unwrap_or_default();
        // A connection of its own: those that read may not write, not even another file.
        let db = connection::connect(&file, false, PATIENCE)?;
        Ok(db.execute("VACUUM INTO ?1", [to.to_string_lossy()]).map(drop)?)
    }
}
