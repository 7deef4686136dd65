//! The handle's part for the log: searching, counting, earlier calls, the ledger, the archive, retention.

use std::{future::Future, path::Path};

use ringside_domain::{Begin, CallId, Cursor, Extension, Filter, LogRow, NumberRules, Owner, Span, Sums, Timestamp};

use crate::{
    Archive, Chain, ChainHash, Deleted, Export, FetchOrder, KeptRecording, LedgerRow, Recording, Store, StoreError, Troubled, Wanted, day,
    entry, fetched, ledger, quarantine, recording, retention, search,
};

impl Store {
    /// A page of the log: up to `limit` calls, in the order walked, the first `skip` of them left out. Fewer than `limit`: the
    /// walk has come to its end. Skipping is quick for short texts and filters; a longer text is looked at call by call.
    pub fn log(&self, filter: &Filter, begin: Begin, skip: u64, limit: usize) -> Result<Vec<LogRow>, StoreError> {
        self.read(|db| search::page(db, filter, begin, skip, limit))
    }

    /// How many calls of the filter began between each boundary and the next: one number fewer than boundaries, which must
    /// ascend. With the limits of the user's days, the index of a list that can be scrolled to any of them.
    pub fn log_counts(&self, filter: &Filter, boundaries: &[Timestamp]) -> Result<Vec<u64>, StoreError> {
        self.read(|db| search::counts(db, filter, boundaries))
    }

    /// All that is filtered, page by page, oldest first. Holds nothing open between the pages (S12).
    pub fn export(&self, filter: Filter) -> Export {
        Export::new(self.clone(), filter)
    }

    /// The call with what is ours about it.
    pub fn entry(&self, call: CallId) -> Result<Option<LogRow>, StoreError> {
        self.read(|db| entry::of_call(db, call))
    }

    /// Calls of the owner with this number, however it is spelt under the rules, that began before `before`; newest first.
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

    /// Sums of the owner's calls, or everybody's, between each boundary and the next (hours, days): one fewer than boundaries, which must ascend.
    pub fn sums(&self, owner: Option<&Owner>, boundaries: &[Timestamp]) -> Result<Vec<Sums>, StoreError> {
        self.read(|db| day::sums(db, owner, boundaries))
    }

    /// Walks along the ledger and checks it, also against the calls in the log and a hash that was noted elsewhere; `each` sees
    /// the entries in order.
    pub fn ledger(&self, noted: Option<ChainHash>, each: impl FnMut(LedgerRow)) -> Result<Chain, StoreError> {
        self.read(|db| ledger::walk(db, noted, each))
    }

    /// What of the past has been fetched for this scope, in order.
    pub fn fetched(&self, scope: &str) -> Result<Vec<Span>, StoreError> {
        self.read(|db| fetched::all(db, scope))
    }

    /// How the call's recording stands; None where it has none.
    pub fn recording(&self, call: CallId) -> Result<Option<Recording>, StoreError> {
        self.read(|db| recording::get(db, call))
    }

    /// Where the call's recording can be had, if it has no name. A key to it: not to be shown or logged.
    pub fn recording_url(&self, call: CallId) -> Result<Option<String>, StoreError> {
        self.read(|db| recording::url(db, call))
    }

    /// Recordings to fetch now: of calls that began at `since` or later (what is older is gone from the platform), of this
    /// extension or of all, whose next try is due at `now`.
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

    /// The archive's manifest, by the start of the calls: a page after this place.
    pub fn kept_recordings(&self, after: Option<Cursor>, limit: u32) -> Result<Vec<KeptRecording>, StoreError> {
        self.read(|db| recording::kept(db, after, limit))
    }

    /// Recordings whose calls were deleted, by call, a page after this one. Delete the files, then write
    /// [`Fetch::Removed`](crate::Fetch::Removed).
    pub fn discarded_recordings(&self, after: Option<CallId>, limit: u32) -> Result<Vec<KeptRecording>, StoreError> {
        self.read(|db| recording::discarded(db, after, limit))
    }

    /// Whether any recording that is kept lies in this folder.
    pub fn keeps_in(&self, folder: &str) -> Result<bool, StoreError> {
        self.read(|db| recording::keeps_in(db, folder))
    }

    /// The archive at `now`, with what of this extension or of all is wanted of calls since.
    pub fn archive(&self, extension: Option<&Extension>, since: Timestamp, now: Timestamp) -> Result<Archive, StoreError> {
        self.read(|db| recording::archive(db, extension, since, now))
    }

    pub fn kept_bytes(&self) -> Result<u64, StoreError> {
        self.read(recording::kept_bytes)
    }

    /// Recordings of calls since, of any extension, that could not be fetched so far; the newest first.
    pub fn troubled_recordings(&self, since: Timestamp, limit: u32) -> Result<Vec<Troubled>, StoreError> {
        self.read(|db| recording::troubled(db, since, limit))
    }

    /// Deletes calls that began, and callbacks that came, before `before`: up to `limit` of each, so that the writer is not
    /// held for long. To be called until there is no more.
    pub fn delete_before(&self, before: Timestamp, limit: u32) -> impl Future<Output = Result<Deleted, StoreError>> + Send + use<> {
        self.run(move |db| retention::delete(db, before, limit))
    }

    /// Removes the databases that were set aside before `before` (S4). How many files of theirs are left, and why the last is.
    pub fn remove_set_aside(&self, before: Timestamp) -> Result<(u64, Option<std::io::Error>), StoreError> {
        let folder = self.read(|db| Ok(db.path().and_then(|file| Path::new(file).parent()).map(Path::to_owned)))?;
        Ok(match folder.filter(|folder| !folder.as_os_str().is_empty()) {
            Some(folder) => quarantine::remove(&folder, before)?,
            None => (0, None),
        })
    }

    /// Builds what the search needs anew, from the calls (S13). Holds the writer for some seconds with a million.
    pub fn rebuild_search(&self) -> impl Future<Output = Result<(), StoreError>> + Send + use<> {
        self.run(search::rebuild)
    }
}
