//! Removes data that is older than the settings allow: calls with their recordings, recordings alone, and leftover files.
//!
//! A file that cannot be removed does not stop the others: it is counted, reported, and tried again at the next removal.

use std::{fs, io, path::Path, time::Duration};

use ringside_domain::{CallId, Cursor, Problem, Removal, Timestamp};
use ringside_store::{Fetch, KeptRecording, Recording, Write};

use super::{
    Recordings,
    folder::{gone, is_part, remove_leftovers},
    transfer::blocking,
    transfer::file_problem,
    verify::found,
};

/// The number of calls deleted, or files removed, at once, so that the store's writer is not blocked for long.
const PIECE: u32 = 200;
/// The time after its last byte for which a part can be resumed.
const PART_LIVES: Duration = Duration::from_secs(24 * 3600);

impl Recordings {
    pub async fn remove_old(&self, calls: Option<Timestamp>, recordings: Option<Timestamp>) -> Removal {
        let at = self.0.means.clock.now().wall;
        let mut removal = Removal { at, calls: 0, recordings: 0, bytes: 0, failed: 0, problem: None };
        if let Err(problem) = self.remove(calls, recordings, &mut removal).await {
            removal.problem = Some(problem);
        }
        if let Some(problem) = &removal.problem {
            tracing::warn!(%problem, files = removal.failed, "some old calls or recordings were not removed");
        }
        if removal.calls > 0 || removal.recordings > 0 {
            tracing::info!(calls = removal.calls, recordings = removal.recordings, bytes = removal.bytes, "old data was removed");
        }
        removal
    }

    async fn remove(&self, calls: Option<Timestamp>, recordings: Option<Timestamp>, removal: &mut Removal) -> Result<(), Problem> {
        let reads = &self.0.means.reads;
        let mut more = calls;
        while let Some(before) = more {
            let deleted = reads.read(move |store| Ok(store.delete_before(before, PIECE))).await?;
            let deleted = deleted.await.map_err(|error| Problem::from(&error))?;
            removal.calls += deleted.calls;
            more = calls.filter(|_| deleted.more);
        }
        let mut after = None;
        loop {
            let page = reads.read(move |store| store.discarded_recordings(after, PIECE)).await?;
            let Some(last) = page.last() else { break };
            after = Some(last.call);
            self.remove_files(page, removal).await?;
        }
        let mut after = None;
        while let Some(before) = recordings {
            let page = reads.read(move |store| store.kept_recordings(after, PIECE)).await?;
            after = page.last().map(|last| Cursor { started_at: last.started_at, id: last.call });
            let old: Vec<KeptRecording> = page.into_iter().filter(|kept| kept.started_at < before).collect();
            if old.is_empty() {
                break;
            }
            self.remove_files(old, removal).await?;
        }
        if let Some(before) = calls {
            let (failed, why) = reads.read(move |store| store.remove_set_aside(before)).await?;
            note(removal, failed, why);
        }
        self.remove_unknown(calls.max(recordings), removal).await
    }

    /// Removes old files without a row in the manifest, which a crash left. Only in the default folder: in a folder that the user chose,
    /// they may belong to another Ringside.
    async fn remove_unknown(&self, before: Option<Timestamp>, removal: &mut Removal) -> Result<(), Problem> {
        let (Some(before), folder) = (before, self.folder()) else { return Ok(()) };
        if folder != self.0.means.places.archive {
            return Ok(());
        }
        let running = self.running();
        let outcome = self.0.means.reads.read(move |store| {
            let known = |call: CallId, path: &Path| {
                running.contains(&call)
                    || match store.recording(call) {
                        Ok(Some(Recording::Kept(kept))) => Path::new(&kept.file).file_name() == path.file_name(),
                        Ok(Some(Recording::Wanted { .. })) => is_part(path),
                        Ok(Some(Recording::Lost { .. } | Recording::Removed) | None) => false,
                        Err(_) => true,
                    }
            };
            Ok(remove_leftovers(&folder, before, known))
        });
        match outcome.await? {
            Ok((failed, why)) => note(removal, failed, why),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => note(removal, 0, Some(error)),
        }
        Ok(())
    }

    /// Removes parts in the default folder that have not grown for a day: their transfers begin anew.
    pub async fn remove_old_parts(&self) {
        let (folder, before) = (self.0.means.places.archive.clone(), self.0.means.clock.now().wall.minus(PART_LIVES));
        let recordings = self.clone();
        let known = move |call: CallId, path: &Path| !is_part(path) || recordings.running().contains(&call);
        match blocking(move || remove_leftovers(&folder, before, known)).await.flatten() {
            Ok((0, _)) => {}
            Ok((files, why)) => tracing::warn!(files, ?why, "old parts of recordings could not be removed"),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => tracing::warn!(%error, "the folder of recordings could not be read for old parts"),
        }
    }

    async fn remove_files(&self, page: Vec<KeptRecording>, removal: &mut Removal) -> Result<(), Problem> {
        let folder = self.folder();
        let (removed, failed, why) = blocking(move || remove_files(page, &folder)).await.map_err(|error| file_problem(&error))?;
        removal.recordings += removed.len() as u64;
        removal.bytes += removed.iter().map(|(_, bytes)| bytes).sum::<u64>();
        note(removal, failed, why);
        let writes = removed.into_iter().map(|(call, _)| Write::Recording { call, fetch: Fetch::Removed }).collect();
        let written = self.0.means.reads.read(move |store| Ok(store.write(writes))).await?;
        written.await.map_err(|error| Problem::from(&error))
    }
}

fn note(removal: &mut Removal, failed: u64, why: Option<io::Error>) {
    removal.failed += failed;
    if let Some(error) = why {
        removal.problem = Some(file_problem(&error));
    }
}

/// Removes the files. Returns the removed ones with their bytes, how many could not be removed, and the last error.
fn remove_files(page: Vec<KeptRecording>, folder: &Path) -> (Vec<(CallId, u64)>, u64, Option<io::Error>) {
    let (mut removed, mut failed, mut why) = (Vec::new(), 0, None);
    for kept in page {
        let path = found(&kept.file, folder);
        let there = path.parent().is_some_and(Path::is_dir);
        let outcome = if there { gone(fs::remove_file(&path)) } else { Err(io::Error::from(io::ErrorKind::NotFound)) };
        match outcome {
            Ok(()) => removed.push((kept.call, kept.size)),
            Err(error) => (failed, why) = (failed + 1, Some(io::Error::new(error.kind(), format!("{}: {error}", path.display())))),
        }
    }
    (removed, failed, why)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fr2_a_file_that_cannot_be_removed_does_not_stop_the_removal_of_others() {
        let folder = tempfile::tempdir().unwrap();
        let kept = |call: u64| KeptRecording {
            call: CallId(call),
            started_at: Timestamp(0),
            file: folder.path().join(format!("call-{call}.wav")).to_str().unwrap().to_owned(),
            sha256: [0; 32],
            size: call,
            fetched_at: Timestamp(0),
        };
        let page: Vec<KeptRecording> = (1..=4).map(kept).collect();
        for kept in &page {
            fs::write(&kept.file, "RIFF").unwrap();
        }
        fs::remove_file(&page[1].file).unwrap();
        fs::create_dir(&page[1].file).unwrap();
        let (removed, failed, why) = remove_files(page, folder.path());
        assert_eq!(removed, [(CallId(1), 1), (CallId(3), 3), (CallId(4), 4)]);
        assert!(failed == 1 && why.unwrap().to_string().contains("call-2.wav"));
    }
}
