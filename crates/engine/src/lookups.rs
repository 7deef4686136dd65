//! What the session wants to know of the store: asked beside the task, after what was written before is on disk.

use std::{
    ops::ControlFlow,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use ringside_domain::{Call, CallId, CallRecord, ExportFormat, ExportState, ExportView, Filter, Input, NumberRules, Problem, Timestamp};
use ringside_store::{Store, StoreError};
use tokio::sync::mpsc;

use crate::{ExportError, Exports, handle::Mail, log::Reads};

/// A record and its call are taken to begin within this of each other.
const AROUND: Duration = Duration::from_secs(4 * 3600);
/// The progress of an export is told every so many calls.
const TOLD: u64 = 5000;

#[derive(Clone)]
pub(crate) struct Lookups {
    pub store: Store,
    pub reads: Reads,
    pub numbers: Arc<NumberRules>,
    pub mail: mpsc::UnboundedSender<Mail>,
}

impl Lookups {
    pub fn fetched(&self, scope: String) {
        let asked = scope.clone();
        self.ask(move |store| store.fetched(&asked), move |spans| Some(Input::Fetched { scope, spans }));
    }

    pub fn recall(&self, records: Vec<CallRecord>) {
        let times = || records.iter().map(|record| record.started_at);
        let (from, to) = (times().min().unwrap_or_default().minus(AROUND), times().max().unwrap_or_default().plus(AROUND));
        let known = move |store: &Store| -> Result<Vec<Call>, StoreError> { store.calls_between(from, to) };
        self.ask(known, move |known| Some(Input::Recalled { records, known }));
    }

    /// What could not be looked up is not known; that is shown as such.
    pub fn contact(&self, call: CallId, number: String, before: Timestamp) {
        let numbers = Arc::clone(&self.numbers);
        let last = move |store: &Store| store.earlier_calls(&number, &numbers, before, 1);
        self.ask(last, move |rows| rows.ok().map(|rows| Input::Contact { call, last: rows.into_iter().next().map(Box::new) }));
    }

    pub fn to_do(&self, since: Timestamp) {
        let filter = Filter { to_do: true, ..Filter::default() };
        let count = move |store: &Store| Ok(store.log_counts(&filter, &[since, Timestamp(i64::MAX)])?.into_iter().sum::<u64>());
        self.ask(count, |count| Some(Input::ToDo(count.ok().map(|count| u32::try_from(count).unwrap_or(u32::MAX)))));
    }

    pub fn recording(&self, call: CallId) {
        let file = move |store: &Store| Ok(store.call(call)?.and_then(|call| call.recording));
        self.ask(file, move |file| Some(Input::Recording { call, file }));
    }

    /// Says how far it has come every some thousand calls, and what came of it unless it was stopped.
    pub fn export(&self, id: u64, exports: Exports, filter: Filter, format: ExportFormat, now: Timestamp, stop: Arc<AtomicBool>) {
        // With an end: calls that come meanwhile are not in it.
        let to = filter.to.map_or(now, |to| to.min(now));
        let filter = Filter { numbers: NumberRules::clone(&self.numbers), to: Some(to), ..filter };
        let mail = self.mail.clone();
        let write = move |store: &Store| {
            let counts = store.log_counts(&filter, &[Timestamp(i64::MIN), Timestamp(i64::MAX)])?;
            let total = counts.iter().sum();
            let (mut written, mut told) = (0, 0);
            let outcome = exports.to_file(store, filter, format, now, |so_far| {
                written = so_far;
                if written >= told + TOLD {
                    told = written;
                    let view = ExportView { written, total, state: ExportState::Running };
                    // The engine may have stopped meanwhile.
                    let _ = mail.send(Mail::Input(Input::Exporting { id, view }));
                }
                if stop.load(Ordering::Relaxed) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            });
            Ok((written, total, outcome))
        };
        self.ask(write, move |ended| {
            let (written, total, state) = match ended {
                Ok((_, _, Err(ExportError::Stopped))) => return None,
                Ok((written, total, Ok(path))) => (written, total, ExportState::Done { path: path.display().to_string() }),
                Ok((written, total, Err(error))) => {
                    tracing::warn!(%error, "the log was not exported");
                    (written, total, ExportState::Failed { problem: Problem::from(&error) })
                }
                Err(problem) => (0, 0, ExportState::Failed { problem }),
            };
            Some(Input::Exporting { id, view: ExportView { written, total, state } })
        });
    }

    fn ask<T: Send + 'static>(
        &self,
        query: impl FnOnce(&Store) -> Result<T, StoreError> + Send + 'static,
        answer: impl FnOnce(Result<T, Problem>) -> Option<Input> + Send + 'static,
    ) {
        // An empty batch is on disk when all before it is.
        let written = self.store.write(Vec::new());
        let (reads, mail) = (self.reads.clone(), self.mail.clone());
        tokio::spawn(async move {
            let found = match written.await {
                Ok(()) => reads.read(query).await,
                Err(error) => Err(Problem::from(&error)),
            };
            if let Some(input) = answer(found) {
                // The engine may have stopped meanwhile.
                let _ = mail.send(Mail::Input(input));
            }
        });
    }
}
