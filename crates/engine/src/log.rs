//! Reading the log while the engine runs.

use std::sync::{Arc, PoisonError, RwLock};

use ringside_domain::{Begin, CallId, Filter, LogRow, NumberRules, Problem, ProblemCode, Sums, Timestamp};
use ringside_store::{Store, StoreError};

use crate::Handle;

/// Rows in one page at most: more are not in view.
const PAGE: usize = 500;

/// The store, for as long as the engine runs: when it stops, nobody keeps the database open.
#[derive(Clone)]
pub(crate) struct Reads(Arc<RwLock<Option<Store>>>);

impl Reads {
    pub fn new(store: Store) -> Self {
        Self(Arc::new(RwLock::new(Some(store))))
    }

    /// On a thread that may block.
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

    /// Waits for who reads; what waits to be written is written when this returns. Blocks.
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
    /// A page of the log: up to `limit` calls in the order walked, the first `skip` of them left out.
    pub async fn log_page(&self, filter: Filter, begin: Begin, skip: u64, limit: usize) -> Result<Vec<LogRow>, Problem> {
        let filter = self.with_rules(filter);
        let rows = self.reads.read(move |store| store.log(&filter, begin, skip, limit.min(PAGE))).await?;
        Ok(rows.into_iter().map(LogRow::seen).collect())
    }

    /// How many calls of the filter began between each boundary and the next; the boundaries must ascend.
    pub async fn log_counts(&self, filter: Filter, boundaries: Vec<Timestamp>) -> Result<Vec<u64>, Problem> {
        let filter = self.with_rules(filter);
        self.reads.read(move |store| store.log_counts(&filter, &boundaries)).await
    }

    /// Sums between each boundary and the next; the boundaries must ascend.
    pub async fn log_sums(&self, boundaries: Vec<Timestamp>) -> Result<Vec<Sums>, Problem> {
        let owner = self.snapshots.borrow().owner();
        self.reads.read(move |store| store.sums(Some(&owner), &boundaries)).await
    }

    /// One call of the log; none where it is not of who is signed in.
    pub async fn log_row(&self, call: CallId) -> Result<Option<LogRow>, Problem> {
        let owner = self.snapshots.borrow().owner();
        self.reads.read(move |store| Ok(store.entry(call)?.filter(|row| row.call.is_of(&owner)).map(LogRow::seen))).await
    }

    fn with_rules(&self, filter: Filter) -> Filter {
        Filter { numbers: NumberRules::clone(&self.numbers), owner: Some(self.snapshots.borrow().owner()), ..filter }
    }
}
