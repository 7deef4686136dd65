//! Queries to the store on behalf of the session. They run beside the engine's task, after all earlier writes are on disk.

use std::{
    ops::ControlFlow,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use ringside_domain::{
    ArchiveLook, ArchiveOrder, Begin, Call, CallId, CallRecord, ExportFormat, ExportState, ExportView, Extension, Filter, FoundRecording,
    Input, LINKED, LogRow, NumberRules, Owner, Problem, Timestamp, Verification, VerificationState,
};
use ringside_store::{FetchOrder, Store, StoreError};
use tokio::sync::mpsc;

use crate::{ExportError, Exports, floor::link::Link, handle::Mail, log::Reads, trouble, verify};

/// The longest assumed time between the start of a record and the start of its call.
const AROUND: Duration = Duration::from_secs(4 * 3600);
/// An export reports its progress each time that it has written so many more calls.
const TOLD: u64 = 5000;

/// The number of wanted recordings in one answer; the session fetches them one after the other.
const WANTED: u32 = 20;
/// The number of recordings with a failed transfer in one answer: all that are shown.
const TROUBLES: u32 = 3;
/// A check of the archive reports its progress every so many recordings.
const VERIFIED: u64 = 25;
/// The number of damaged recordings that are shown.
const DAMAGED: u64 = 8;

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

    pub fn to_do(&self, owner: Owner) {
        let filter = Filter { to_do: true, owner: Some(owner), ..Filter::default() };
        let count = move |store: &Store| store.log_counts(&filter, &[Timestamp(i64::MIN), Timestamp(i64::MAX)]);
        self.ask(count, |counts| Some(Input::ToDo(counts.map(|counts| counts.iter().sum()))));
    }

    pub fn recall(&self, records: Vec<CallRecord>) {
        let times = || records.iter().map(|record| record.started_at);
        let (from, to) = (times().min().unwrap_or_default().minus(AROUND), times().max().unwrap_or_default().plus(AROUND));
        let known = move |store: &Store| -> Result<Vec<Call>, StoreError> { store.calls_between(from, to) };
        self.ask(known, move |known| Some(Input::Recalled { records, known }));
    }

    /// The customer's last call before this one. After an error there is no answer, and the contact stays unknown in the view.
    pub fn contact(&self, owner: Owner, call: CallId, number: String, before: Timestamp) {
        let numbers = Arc::clone(&self.numbers);
        let last = move |store: &Store| store.earlier_calls(&owner, &number, &numbers, before, 1);
        self.ask(last, move |rows| rows.ok().map(|rows| Input::Contact { call, last: rows.into_iter().next().map(Box::new) }));
    }

    /// A call whose customer is to be called back, unless the supervisor's desk forbids it.
    pub fn call_to_return(&self, call: CallId, floor: Link, is_on: bool) {
        let find = move |store: &Store| {
            let row = store.entry(call)?;
            let refusal = row.as_ref().and_then(|row| floor.refusal(&row.call.customer_number, is_on));
            Ok((row, refusal))
        };
        let found = |(row, refusal): (Option<LogRow>, Option<Problem>)| refusal.map_or(Ok(row), Err);
        self.ask(find, move |read| Some(Input::Found { call, row: Box::new(read.and_then(found)) }));
    }

    pub fn recording(&self, call: CallId) {
        let find = move |store: &Store| {
            Ok(match store.call(call)?.and_then(|call| call.recording) {
                Some(file) if file == LINKED => store.recording_url(call)?.map(|url| FoundRecording::Address(url.into())),
                file => file.map(FoundRecording::Name),
            })
        };
        self.ask(find, move |found| Some(Input::Recording { call, found }));
    }

    /// Sends the progress every [`TOLD`] calls or so, and the outcome unless the export was stopped.
    pub fn export(&self, id: u64, exports: Exports, filter: Filter, format: ExportFormat, now: Timestamp, stop: Arc<AtomicBool>) {
        let filter = Filter { numbers: NumberRules::clone(&self.numbers), ..filter };
        let mail = self.mail.clone();
        let write = move |store: &Store| {
            // Ends at the newest call, whose start is by the platform's clock and may be ahead of ours. Later calls are not exported.
            let newest = store.log(&filter, Begin::Newest, 0, 1)?.pop();
            let to = newest.map(|newest| Timestamp(newest.call.started_at.0.saturating_add(1))).or(filter.to);
            let filter = Filter { to, ..filter };
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

    /// The state of the archive on disk, and the recordings to fetch next.
    pub fn archive(&self, extension: Option<Extension>, order: ArchiveOrder, since: Timestamp, now: Timestamp) {
        let order = match order {
            ArchiveOrder::Newest => FetchOrder::NewestFirst,
            ArchiveOrder::Oldest => FetchOrder::ClosestToDeletion,
        };
        let look = move |store: &Store| {
            let archive = store.archive(extension.as_ref(), since, now)?;
            let wanted = store.wanted_recordings(extension.as_ref(), order, since, now, WANTED)?;
            let troubles = store.troubled_recordings(since, TROUBLES)?;
            Ok(ArchiveLook {
                kept: archive.kept,
                bytes: archive.bytes,
                wanted: archive.wanted,
                oldest_wanted: archive.oldest_wanted,
                next_try_at: archive.next_try_at,
                lost: archive.lost,
                next: wanted.into_iter().map(|wanted| (wanted.call.id, wanted.tries)).collect(),
                troubles: troubles.into_iter().map(trouble::of).collect(),
            })
        };
        self.ask(look, |look| Some(Input::ArchiveSeen(look)));
    }

    /// Sends the progress every [`VERIFIED`] recordings, and the result unless the check was stopped.
    pub fn verify(&self, id: u64, folder: PathBuf, now: Timestamp, stop: Arc<AtomicBool>) {
        let mail = self.mail.clone();
        let stopped = Arc::clone(&stop);
        let check = move |store: &Store| {
            // `since` does not limit the count of kept recordings.
            let total = store.archive(None, Timestamp(i64::MAX), now)?.kept;
            let mut view = Verification { checked: 0, total, damaged: Vec::new(), damaged_total: 0, state: VerificationState::Running };
            verify(store, &folder, |so_far, damaged| {
                view.damaged.extend(damaged.filter(|_| so_far.damaged <= DAMAGED));
                (view.checked, view.damaged_total, view.total) = (so_far.checked, so_far.damaged, total.max(so_far.checked));
                if so_far.checked.is_multiple_of(VERIFIED) {
                    // The engine may have stopped meanwhile.
                    let _ = mail.send(Mail::Input(Input::Verifying { id, view: view.clone() }));
                }
                if stop.load(Ordering::Relaxed) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            })?;
            Ok(Verification { state: VerificationState::Done { at: now }, ..view })
        };
        self.ask(check, move |checked| {
            if stopped.load(Ordering::Relaxed) {
                return None;
            }
            let failed = |problem| Verification {
                checked: 0,
                total: 0,
                damaged: Vec::new(),
                damaged_total: 0,
                state: VerificationState::Failed { problem },
            };
            Some(Input::Verifying { id, view: checked.unwrap_or_else(failed) })
        });
    }

    fn ask<T: Send + 'static>(
        &self,
        query: impl FnOnce(&Store) -> Result<T, StoreError> + Send + 'static,
        answer: impl FnOnce(Result<T, Problem>) -> Option<Input> + Send + 'static,
    ) {
        // The store writes in order: when this empty batch is done, all earlier writes are on disk.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn fs9_a_look_up_that_panics_is_answered_with_an_error_and_the_next_one_works() {
        let store = Store::in_memory().unwrap();
        let (mail, mut inbox) = mpsc::unbounded_channel();
        let lookups = Lookups { reads: Reads::new(store.clone()), store, numbers: Arc::default(), mail };
        let broken = |_: &Store| -> Result<u64, StoreError> { panic!("a broken query") };
        for _ in 0..2 {
            lookups.ask(broken, |found| Some(Input::ToDo(found)));
            let Some(Mail::Input(Input::ToDo(Err(problem)))) = inbox.recv().await else { panic!("no answer") };
            assert_eq!(problem.code, ringside_domain::ProblemCode::StoreFailed);
        }
        lookups.ask(|_| Ok(5), |found| Some(Input::ToDo(found)));
        assert!(matches!(inbox.recv().await, Some(Mail::Input(Input::ToDo(Ok(5))))), "the store still works");
    }
}
