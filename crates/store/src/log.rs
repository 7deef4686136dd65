//! The methods of [`Store`] for the log: searching, counting, earlier calls, the ledger, the archive, retention.

use std::{future::Future, path::Path};

use ringside_domain::{Begin, CallId, Cursor, Extension, Filter, LogRow, NumberRules, Owner, Span, Sums, Timestamp};

use crate::{
    Archive, Chain, ChainHash, Deleted, Export, FetchOrder, KeptRecording, LedgerRow, Recording, Store, StoreError, Troubled, Wanted, day,
    entry, fetched, ledger, quarantine, recording, retention, search,
};

impl Store {
    /// A page of the log: up to `limit` calls from `begin` on, without the first `skip`. If there are fewer than `limit`, the log ends
    /// there. Skipping is fast for filters and for words of up to three characters; for longer words each call is read.
    pub fn log(&self, filter: &Filter, begin: Begin, skip: u64, limit: usize) -> Result<Vec<LogRow>, StoreError> {
        self.read(|db| search::page(db, filter, begin, skip, limit))
    }

    /// How many calls of the filter began between each boundary and the next: one number fewer than `boundaries`, which must ascend.
    /// With the user's days as boundaries, a list can be scrolled to any day.
    pub fn log_counts(&self, filter: &Filter, boundaries: &[Timestamp]) -> Result<Vec<u64>, StoreError> {
        self.read(|db| search::counts(db, filter, boundaries))
    }

    /// All calls of the filter, page by page, oldest first. Between the pages no transaction is open (S12).
    pub fn export(&self, filter: Filter) -> Export {
        Export::new(self.clone(), filter)
    }

    /// The call with its outcome and note.
    pub fn entry(&self, call: CallId) -> Result<Option<LogRow>, StoreError> {
        self.read(|db| entry::of_call(db, call))
    }

    /// The owner's calls with this customer number, in any spelling that the rules allow, that began before `before`; newest first.
    pub fn earlier_calls(
        &self,
        owner: &Owner,
        number: &str,
        rules: &NumberRules,
        before: Timestamp,
        limit: usize,
    ) -> Result<Vec<LogRow>, StoreError> {
        self.read(|db| entry::earlier(db, owner, number, rules, before, limit))
    }

    /// Sums of the owner's calls (`None`: of all calls) between each boundary and the next, such as hours: one fewer than `boundaries`,
    /// which must ascend.
    pub fn sums(&self, owner: Option<&Owner>, boundaries: &[Timestamp]) -> Result<Vec<Sums>, StoreError> {
        self.read(|db| day::sums(db, owner, boundaries))
    }

    /// Checks the ledger: its chain, the calls in the log, and a hash that was noted elsewhere. `each` gets the entries in order.
    pub fn ledger(&self, noted: Option<ChainHash>, each: impl FnMut(LedgerRow)) -> Result<Chain, StoreError> {
        self.read(|db| ledger::walk(db, noted, each))
    }

    /// The spans of time whose records were fetched for this scope, in order.
    pub fn fetched(&self, scope: &str) -> Result<Vec<Span>, StoreError> {
        self.read(|db| fetched::all(db, scope))
    }

    /// The state of the call's recording; `None` if the call has none.
    pub fn recording(&self, call: CallId) -> Result<Option<Recording>, StoreError> {
        self.read(|db| recording::get(db, call))
    }

    /// The link to the call's recording, if the recording has no name (P7). It gives access to the recording: never show or log it.
    pub fn recording_url(&self, call: CallId) -> Result<Option<String>, StoreError> {
        self.read(|db| recording::url(db, call))
    }

    /// Recordings to fetch now: of calls of this extension (`None`: of all) that began at `since` or later, and whose next try is due at
    /// `now`. Older recordings were deleted by the platform.
    pub fn wanted_recordings(
        &self,
        extension: Option<&Extension>,
        order: FetchOrder,
        since: Timestamp,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<Wanted>, StoreError> {
        self.read(|db| recording::wanted(db, extension, order, since, now, limit))
    }

    /// A page of the archive's manifest, ordered by the calls' starts, after this cursor.
    pub fn kept_recordings(&self, after: Option<Cursor>, limit: u32) -> Result<Vec<KeptRecording>, StoreError> {
        self.read(|db| recording::kept(db, after, limit))
    }

    /// A page of the recordings whose calls were deleted, ordered by the calls' ids, after this id. The caller deletes the files, then
    /// writes [`Fetch::Removed`](crate::Fetch::Removed).
    pub fn discarded_recordings(&self, after: Option<CallId>, limit: u32) -> Result<Vec<KeptRecording>, StoreError> {
        self.read(|db| recording::discarded(db, after, limit))
    }

    /// Whether a file of a kept recording is in this folder or below it.
    pub fn keeps_in(&self, folder: &str) -> Result<bool, StoreError> {
        self.read(|db| recording::keeps_in(db, folder))
    }

    /// The archive's figures at `now`. Recordings that are wanted or lost count if their calls began at `since` or later; wanted ones, if
    /// their calls are of this extension (`None`: of all).
    pub fn archive(&self, extension: Option<&Extension>, since: Timestamp, now: Timestamp) -> Result<Archive, StoreError> {
        self.read(|db| recording::archive(db, extension, since, now))
    }

    pub fn kept_bytes(&self) -> Result<u64, StoreError> {
        self.read(recording::kept_bytes)
    }

    /// Recordings that could not be fetched so far or are lost, of calls of any extension that began at `since` or later; newest first.
    pub fn troubled_recordings(&self, since: Timestamp, limit: u32) -> Result<Vec<Troubled>, StoreError> {
        self.read(|db| recording::troubled(db, since, limit))
    }

    /// Deletes calls that began, and callbacks that came, before `before`: up to `limit` of each, so that the writer is not blocked for
    /// long. To be called until `Deleted::more` is false.
    pub fn delete_before(&self, before: Timestamp, limit: u32) -> impl Future<Output = Result<Deleted, StoreError>> + Send + use<> {
        self.run(move |db| retention::delete(db, before, limit))
    }

    /// Removes the databases that were set aside before `before` (S4). Returns how many of their files could not be removed, and the
    /// last error.
    pub fn remove_set_aside(&self, before: Timestamp) -> Result<(u64, Option<std::io::Error>), StoreError> {
        let folder = self.read(|db| Ok(db.path().and_then(|file| Path::new(file).parent()).map(Path::to_owned)))?;
        Ok(match folder.filter(|folder| !folder.as_os_str().is_empty()) {
            Some(folder) => quarantine::remove(&folder, before)?,
            None => (0, None),
        })
    }

    /// Builds the search's tables anew from the calls (S13). Blocks the writer, with a million calls for some seconds.
    pub fn rebuild_search(&self) -> impl Future<Output = Result<(), StoreError>> + Send + use<> {
        self.run(search::rebuild)
    }
}
