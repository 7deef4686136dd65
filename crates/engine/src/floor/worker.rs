//! The floor's store: its calls block, so they run on a thread for blocking work, one after the other in the order of the effects.

use ringside_domain::Problem;
use ringside_store::{FloorStore, StoreError};
use tokio::sync::{mpsc, oneshot};

use crate::supervise::part_failed;

type Job = Box<dyn FnOnce(&FloorStore) + Send>;

#[derive(Clone, Debug)]
pub(super) struct Worker {
    store: FloorStore,
    jobs: mpsc::UnboundedSender<Job>,
}

impl Worker {
    pub fn new(store: FloorStore) -> Self {
        let (jobs, mut queue) = mpsc::unbounded_channel::<Job>();
        let worker = Self { store: store.clone(), jobs };
        tokio::spawn(async move {
            while let Some(job) = queue.recv().await {
                let store = store.clone();
                if let Err(error) = tokio::task::spawn_blocking(move || job(&store)).await {
                    part_failed("a transaction of the floor's store", &error);
                }
            }
        });
        worker
    }

    /// Does the job after those before it. The receiver fails if the job panicked, or at the end of the program.
    pub fn queue<T: Send + 'static>(
        &self,
        job: impl FnOnce(&FloorStore) -> Result<T, StoreError> + Send + 'static,
    ) -> oneshot::Receiver<Result<T, StoreError>> {
        let (done, result) = oneshot::channel();
        // The worker ends after its last sender, and the caller may have given up.
        drop(self.jobs.send(Box::new(move |store| drop(done.send(job(store))))));
        result
    }

    /// Waits for a job.
    pub async fn write<T: Send + 'static>(
        &self,
        job: impl FnOnce(&FloorStore) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, Problem> {
        ended(self.queue(job).await)
    }

    /// Reads beside the jobs.
    pub async fn read<T: Send + 'static>(
        &self,
        query: impl FnOnce(&FloorStore) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, Problem> {
        let store = self.store.clone();
        match tokio::task::spawn_blocking(move || query(&store)).await {
            Ok(read) => read.map_err(|error| failed(&error)),
            Err(error) => Err(part_failed("a reading of the floor's store", &error)),
        }
    }

    /// For work that is on a thread for blocking work already.
    pub fn store(&self) -> &FloorStore {
        &self.store
    }
}

pub(super) fn ended<T>(result: Result<Result<T, StoreError>, oneshot::error::RecvError>) -> Result<T, Problem> {
    match result {
        Ok(done) => done.map_err(|error| failed(&error)),
        Err(_) => Err(Problem::new(ringside_domain::ProblemCode::PartFailed, "", true)),
    }
}

fn failed(error: &StoreError) -> Problem {
    tracing::warn!(%error, "the floor's store failed");
    Problem::from(error)
}
