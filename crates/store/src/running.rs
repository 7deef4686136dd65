//! A database in use: its writer's thread, and the connections that read.

use std::{
    fmt,
    path::PathBuf,
    sync::{
        Arc,
        atomic::Ordering,
        mpsc::{Sender, channel},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

use rusqlite::{Connection, TransactionBehavior};
use tokio::sync::oneshot;

use crate::{
    StoreError,
    readers::Readers,
    writer::{Change, Job, Shared, Task, Writer},
};

/// How long another program may hold the database before a write or a read gives up (S7).
pub(crate) const PATIENCE: Duration = Duration::from_secs(5);
/// How soon data that could not be written is tried again when nothing else is to be written.
pub(crate) const RETRY: Duration = Duration::from_secs(5);
/// Callbacks that may wait to be written, in bytes.
const WAITING_BYTES: usize = 16 << 20;

/// Dropping it writes all that waits and closes the database; that drop blocks until it is done.
pub(crate) struct Running<C> {
    /// `None` in a store that only reads, and while the store is dropped.
    jobs: Option<Sender<Job<C>>>,
    writer: Option<JoinHandle<()>>,
    pub readers: Readers,
    pub shared: Arc<Shared>,
}

impl<C: Change> Running<C> {
    pub fn start(writer: Connection, readers: Vec<Connection>, log: PathBuf, retry: Duration) -> Result<Self, StoreError> {
        let (jobs, queue) = channel();
        let shared = Arc::new(Shared::default());
        let writer = Writer { db: writer, jobs: queue, shared: Arc::clone(&shared), log, retry };
        let writer = thread::Builder::new().name("store".to_owned()).spawn(move || writer.run())?;
        Ok(Self { jobs: Some(jobs), writer: Some(writer), readers: Readers::new(readers), shared })
    }

    pub fn to_read(readers: Vec<Connection>) -> Self {
        Self { jobs: None, writer: None, readers: Readers::new(readers), shared: Arc::default() }
    }

    /// Hands the batch to the writer at once. The batch is kept as a whole or not at all. The future resolves after the commit, and may
    /// be dropped.
    ///
    /// If more than 16 MiB of callbacks wait, the batch's callbacks are dropped and the answer is `Busy`, since the platform can send them
    /// again; the rest of the batch, which exists only here, is written all the same.
    pub fn write(&self, mut batch: Vec<C>) -> impl Future<Output = Result<(), StoreError>> + Send + use<C> {
        let (reply, answer) = oneshot::channel();
        let mut reply = Some(reply);
        let bytes: usize = batch.iter().map(C::callback_bytes).sum();
        let waiting = &self.shared.waiting;
        if bytes > 0 && waiting.fetch_add(bytes, Ordering::Relaxed) > WAITING_BYTES.saturating_sub(bytes) {
            waiting.fetch_sub(bytes, Ordering::Relaxed);
            batch.retain(|write| write.callback_bytes() == 0);
            if let Some(reply) = reply.take() {
                let _ = reply.send(Err(StoreError::Busy("too many callbacks wait to be written".to_owned())));
            }
        }
        self.send(Job::Batch { writes: batch, reply });
        async move { answer.await.unwrap_or_else(|_| Err(StoreError::Failed("the writer has stopped".to_owned()))) }
    }

    pub fn send(&self, job: Job<C>) {
        if let Some(jobs) = &self.jobs {
            // Fails only if the writer has stopped: then the reply's sender is dropped, and the caller gets an error.
            let _ = jobs.send(job);
        }
    }

    pub fn read<T>(&self, query: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> Result<T, StoreError> {
        self.readers.with(query).map_err(|error| self.shared.note(error.into()))
    }

    /// Runs the task on the writer's thread, after the jobs that wait, in a transaction of its own.
    pub fn run<T, F>(&self, task: F) -> impl Future<Output = Result<T, StoreError>> + Send + use<C, T, F>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let shared = Arc::clone(&self.shared);
        self.send(Job::Task(Task(Box::new(move |db| {
            let done = db.transaction_with_behavior(TransactionBehavior::Immediate).and_then(|transaction| {
                let done = task(&transaction)?;
                transaction.commit()?;
                Ok(done)
            });
            // The caller may have dropped the future.
            let _ = reply.send(done.map_err(|error| shared.note(error.into())));
        }))));
        async move { answer.await.unwrap_or_else(|_| Err(StoreError::Failed("the writer has stopped".to_owned()))) }
    }
}

impl<C> fmt::Debug for Running<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Running").field("shared", &self.shared).finish_non_exhaustive()
    }
}

impl<C> Drop for Running<C> {
    fn drop(&mut self) {
        drop(self.jobs.take());
        if self.writer.take().is_some_and(|writer| writer.join().is_err()) {
            tracing::error!("the store's writer panicked");
        }
    }
}
