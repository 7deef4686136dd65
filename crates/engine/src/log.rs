//! Reads the call log while the engine runs.

use std::sync::{Arc, PoisonError, RwLock};

use ringside_domain::{Begin, CallId, Filter, LogRow, NumberRules, Problem, ProblemCode, Sums, Timestamp};
use ringside_store::{Store, StoreError};

use crate::Handle;

/// The highest number of rows in one page: a view shows no more at once.
const PAGE: usize = 500;

/// Read access to the store. `close` takes the store away, so that no clone keeps the database open after the engine stopped.
#[derive(Clone)]
pub(crate) struct Reads(Arc<RwLock<Option<Store>>>);

impl Reads {
    pub fn new(store: Store) -> Self {
        Self(Arc::new(RwLock::new(Some(store))))
    }

    /// Runs the query on a thread that may block.
    pub async fn read<T, F>(&self, query: F) -> Result<T, Problem>
    where
        T: Send + 'static,
        F: FnOnce(&Store) -> Result<T, StoreError> + Send + 'static,
    {
        let reads = self.clone();
        let read = tokio::task::spawn_blocking(move || {
            let store = reads.0.read().unwrap_or_else(PoisonError::into_inner);
            store.as_ref().map(query)
        });
        match read.await {
            Ok(Some(found)) => found.map_err(|error| {
                tracing::warn!(%error, "the log could not be read");
                Problem::from(&error)
            }),
            Ok(None) => Err(Problem::new(ProblemCode::StoreFailed, "the engine has stopped", false)),
            Err(error) => Err(Problem::new(ProblemCode::StoreFailed, error.to_string(), false)),
        }
    }

    /// Waits for the running queries, then closes the store, which first writes what is pending. Blocks.
    pub fn close(&self) {
        drop(self.0.write().unwrap_or_else(PoisonError::into_inner).take());
    }
}

impl std::fmt::Debug for Reads {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Reads")
    }
}

impl Handle {
    /// A page of the log: up to `limit` calls, at most 500, in the direction of `begin`, without the first `skip`.
    pub async fn log_page(&self, filter: Filter, begin: Begin, skip: u64, limit: usize) -> Result<Vec<LogRow>, Problem> {
        let filter = self.with_rules(filter);
        let rows = self.reads.read(move |store| store.log(&filter, begin, skip, limit.min(PAGE))).await?;
        Ok(rows.into_iter().map(LogRow::seen).collect())
    }

    /// The number of calls of the filter that began between each boundary and the next; the boundaries must ascend.
    pub async fn log_counts(&self, filter: Filter, boundaries: Vec<Timestamp>) -> Result<Vec<u64>, Problem> {
        let filter = self.with_rules(filter);
        self.reads.read(move |store| store.log_counts(&filter, &boundaries)).await
    }

    /// Sums of the agent's calls that began between each boundary and the next; the boundaries must ascend.
    pub async fn log_sums(&self, boundaries: Vec<Timestamp>) -> Result<Vec<Sums>, Problem> {
        let owner = self.snapshots.borrow().owner();
        self.reads.read(move |store| store.sums(Some(&owner), &boundaries)).await
    }

    /// Frees the pages of the database that are kept in memory.
    pub async fn release_memory(&self) -> Result<(), Problem> {
        self.reads.read(Store::release_memory).await
    }

    /// One call of the log; `None` if it does not belong to the signed-in agent.
    pub async fn log_row(&self, call: CallId) -> Result<Option<LogRow>, Problem> {
        let owner = self.snapshots.borrow().owner();
        self.reads.read(move |store| Ok(store.entry(call)?.filter(|row| row.call.is_of(&owner)).map(LogRow::seen))).await
    }

    fn with_rules(&self, filter: Filter) -> Filter {
        Filter { numbers: NumberRules::clone(&self.numbers), owner: Some(self.snapshots.borrow().owner()), ..filter }
    }
}
