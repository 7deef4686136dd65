//! The only thread that writes. All batches that wait go into one transaction, with one sync to disk.

use std::{
    collections::BTreeMap,
    fmt, fs,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
        mpsc::{Receiver, RecvTimeoutError, TryRecvError},
    },
    time::Duration,
};

use rusqlite::{Connection, Transaction, TransactionBehavior};
use tokio::sync::oneshot;

use crate::{StoreError, life};

/// Batches in one transaction, at most.
const GROUP: usize = 256;
/// Bytes above which the write-ahead log is one that a reader keeps from being copied into the database (S12).
const LOG_WARNING: u64 = 64 << 20;

/// What a database can be told to write; each database has its own kinds.
pub(crate) trait Change: Send + 'static {
    type Key: Ord + Clone;

    fn put(&self, db: &Connection) -> rusqlite::Result<()>;

    /// The value that this change sets: a later change with the same key replaces it. `None` for data that is sent or found again.
    fn key(&self) -> Option<Self::Key>;

    /// Bytes of a callback, at least 1; 0 for all other data.
    fn callback_bytes(&self) -> usize;

    /// One step of work that follows the changes, after the callers were answered. True: another step is due.
    fn tidy(_db: &mut Connection) -> rusqlite::Result<bool> {
        Ok(false)
    }
}

/// Other work for the writer's connection. It is done before the batches that were collected with it are written.
pub(crate) struct Task(pub Box<dyn FnOnce(&mut Connection) + Send>);

impl fmt::Debug for Task {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Task")
    }
}

#[derive(Debug)]
pub(crate) enum Job<C> {
    Batch {
        writes: Vec<C>,
        /// `None` if the caller was answered already.
        reply: Option<oneshot::Sender<Result<(), StoreError>>>,
    },
    Task(Task),
}

/// State shared by the writer and the handle.
#[derive(Debug, Default)]
pub(crate) struct Shared {
    /// Bytes of callbacks that wait to be written.
    pub waiting: AtomicUsize,
    /// Damage was found: this run is not marked as closed, so that the next start checks the database.
    pub damaged: AtomicBool,
    #[cfg(test)]
    pub commits: AtomicUsize,
}

impl Shared {
    pub fn note(&self, error: StoreError) -> StoreError {
        if matches!(error, StoreError::Damaged(_)) {
            self.damaged.store(true, Ordering::Relaxed);
        }
        error
    }
}

#[derive(Debug)]
pub(crate) struct Writer<C> {
    pub db: Connection,
    pub jobs: Receiver<Job<C>>,
    pub shared: Arc<Shared>,
    /// The write-ahead log's file, watched for its size.
    pub log: PathBuf,
    pub retry: Duration,
}

type Batches<C> = Vec<(Vec<C>, Option<oneshot::Sender<Result<(), StoreError>>>)>;

impl<C: Change> Writer<C> {
    /// Runs until every sender is dropped and the queue is empty, then closes the database.
    pub fn run(mut self) {
        // Calls and settings that could not be written, the latest version of each: nobody sends them again.
        let mut unsaved = BTreeMap::new();
        let mut log_is_long = false;
        let mut untidy = false;
        while let Some(batches) = self.next(if untidy { Some(Duration::ZERO) } else { (!unsaved.is_empty()).then_some(self.retry) }) {
            if !batches.is_empty() || !unsaved.is_empty() {
                self.write(batches, &mut unsaved);
            }
            untidy = self.tidy();
            self.watch_log(&mut log_is_long);
        }
        if !unsaved.is_empty() {
            self.write(Vec::new(), &mut unsaved);
        }
        if !unsaved.is_empty() {
            tracing::error!(count = unsaved.len(), "calls and settings could not be written before the end");
        }
        self.close();
    }

    /// All batches that wait, in order. Empty if none came within `patience`; `None` if every sender is dropped.
    fn next(&mut self, patience: Option<Duration>) -> Option<Batches<C>> {
        let first = match patience {
            Some(patience) => match self.jobs.recv_timeout(patience) {
                Ok(job) => job,
                Err(RecvTimeoutError::Timeout) => return Some(Vec::new()),
                Err(RecvTimeoutError::Disconnected) => return None,
            },
            None => self.jobs.recv().ok()?,
        };
        let mut batches = Vec::new();
        let mut next = Some(first);
        while let Some(job) = next {
            match job {
                Job::Batch { writes, reply } => batches.push((writes, reply)),
                Job::Task(task) => (task.0)(&mut self.db),
            }
            next = if batches.len() < GROUP { self.jobs.try_recv().map_err(|_: TryRecvError| ()).ok() } else { None };
        }
        Some(batches)
    }

    fn write(&mut self, batches: Batches<C>, unsaved: &mut BTreeMap<C::Key, C>) {
        let outcomes = match commit(&mut self.db, &batches, unsaved) {
            Ok((saved, outcomes)) => {
                #[cfg(test)]
                self.shared.commits.fetch_add(1, Ordering::Relaxed);
                for key in saved {
                    unsaved.remove(&key);
                }
                outcomes
            }
            Err(error) => vec![Err(error); batches.len()],
        };
        for ((writes, reply), outcome) in batches.into_iter().zip(outcomes) {
            self.shared.waiting.fetch_sub(writes.iter().map(C::callback_bytes).sum(), Ordering::Relaxed);
            for write in writes {
                match (write.key(), &outcome) {
                    (Some(key), Ok(())) => drop(unsaved.remove(&key)),
                    (Some(key), Err(_)) => drop(unsaved.insert(key, write)),
                    (None, _) => {}
                }
            }
            if let Some(reply) = reply {
                // The caller may have dropped the future.
                let _ = reply.send(outcome.map_err(|error| self.shared.note(error)));
            }
        }
    }

    fn tidy(&mut self) -> bool {
        match C::tidy(&mut self.db) {
            Ok(more) => more,
            Err(error) => {
                // The next write tries again.
                tracing::warn!(error = %self.shared.note(error.into()), "the work after a write failed");
                false
            }
        }
    }

    fn watch_log(&self, is_long: &mut bool) {
        let bytes = fs::metadata(&self.log).map_or(0, |found| found.len());
        if bytes > LOG_WARNING && !*is_long {
            tracing::warn!(bytes, "the write-ahead log grows, since another program reads the database for a long time");
        }
        *is_long = bytes > LOG_WARNING;
    }

    fn close(self) {
        if self.shared.damaged.load(Ordering::Relaxed) {
            return;
        }
        if let Err(error) = life::end(&self.db) {
            tracing::warn!(%error, "the database could not be marked as closed; the next start checks it");
        }
    }
}

/// The keys of `unsaved` that are on disk now, and the outcome of each batch. If the transaction fails, its error is the outcome of all.
type Committed<K> = (Vec<K>, Vec<Result<(), StoreError>>);

fn commit<C: Change>(db: &mut Connection, batches: &Batches<C>, unsaved: &BTreeMap<C::Key, C>) -> Result<Committed<C::Key>, StoreError> {
    if unsaved.is_empty() && commit_all(db, batches)? {
        return Ok((Vec::new(), batches.iter().map(|_| Ok(())).collect()));
    }
    let mut transaction = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let mut saved = Vec::new();
    for (key, write) in unsaved {
        if apply(&mut transaction, std::slice::from_ref(write))?.is_ok() {
            saved.push(key.clone());
        }
    }
    let mut outcomes = Vec::with_capacity(batches.len());
    for (writes, _) in batches {
        outcomes.push(apply(&mut transaction, writes)?);
    }
    transaction.commit()?;
    Ok((saved, outcomes))
}

/// Writes all batches. False: one of them cannot be written, and none was. With a savepoint for each, SQLite copies every page that a batch
/// changes.
fn commit_all<C: Change>(db: &mut Connection, batches: &Batches<C>) -> Result<bool, StoreError> {
    let transaction = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
    match batches.iter().flat_map(|(writes, _)| writes).try_for_each(|write| write.put(&transaction)) {
        Ok(()) => transaction.commit()?,
        Err(error) if transaction.is_autocommit() => return Err(error.into()),
        Err(_) => return Ok(false),
    }
    Ok(true)
}

/// Writes the batch as a whole or not at all. The outer error: the whole transaction is lost.
fn apply<C: Change>(transaction: &mut Transaction<'_>, writes: &[C]) -> Result<Result<(), StoreError>, StoreError> {
    let savepoint = transaction.savepoint()?;
    match writes.iter().try_for_each(|write| write.put(&savepoint)) {
        Ok(()) => Ok(Ok(savepoint.commit()?)),
        Err(error) if savepoint.is_autocommit() => Err(error.into()),
        Err(error) => {
            savepoint.finish()?;
            Ok(Err(error.into()))
        }
    }
}
