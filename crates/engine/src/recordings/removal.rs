//! Removing what is older than set: calls with their recordings, and recordings alone.

use std::{fs, io, path::Path};

use ringside_domain::{CallId, Cursor, Problem, Removal, Timestamp};
use ringside_store::{Fetch, Kept, Write};

use super::{Recordings, folder::gone, transfer::blocking, transfer::file_problem, verify::found};

/// Calls deleted, and files removed, at once: the writer is not held for long.
const PIECE: u32 = 200;

impl Recordings {
    /// What is in use or on a disk that is not there stays, is said, and is tried again another time.
    pub async fn remove_old(&self, calls: Option<Timestamp>, recordings: Option<Timestamp>) -> Removal {
        let at = self.0.means.clock.now().wall;
        let mut removal = Removal { at, calls: 0, recordings: 0, bytes: 0, problem: None };
        if let Err(problem) = self.remove(calls, recordings, &mut removal).await {
            tracing::warn!(%problem, "not everything that is older than set was removed");
            removal.problem = Some(problem);
        }
        if removal.calls > 0 || removal.recordings > 0 {
            tracing::info!(calls = removal.calls, recordings = removal.recordings, bytes = removal.bytes, "removed for its age");
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
        loop {
            let page = reads.read(|store| store.discarded_recordings(PIECE)).await?;
            if page.is_empty() {
                break;
            }
            self.remove_files(page, removal).await?;
        }
        let mut after = None;
        while let Some(before) = recordings {
            let page = reads.read(move |store| store.kept_recordings(after, PIECE)).await?;
            after = page.last().map(|last| Cursor { started_at: last.started_at, id: last.call });
            let old: Vec<Kept> = page.into_iter().filter(|kept| kept.started_at < before).collect();
            if old.is_empty() {
                break;
            }
            self.remove_files(old, removal).await?;
        }
        Ok(())
    }

    async fn remove_files(&self, page: Vec<Kept>, removal: &mut Removal) -> Result<(), Problem> {
        let folder = self.folder();
        let (removed, failed) = blocking(move || remove_files(page, &folder)).await.map_err(|error| file_problem(&error))?;
        removal.recordings += removed.len() as u64;
        removal.bytes += removed.iter().map(|(_, bytes)| bytes).sum::<u64>();
        let writes = removed.into_iter().map(|(call, _)| Write::Recording { call, fetch: Fetch::Removed }).collect();
        let written = self.0.means.reads.read(move |store| Ok(store.write(writes))).await?;
        written.await.map_err(|error| Problem::from(&error))?;
        failed.map_or(Ok(()), |error| Err(file_problem(&error)))
    }
}

/// Those that are gone now, with their bytes, and why others are not.
fn remove_files(page: Vec<Kept>, folder: &Path) -> (Vec<(CallId, u64)>, Option<io::Error>) {
    let (mut removed, mut failed) = (Vec::new(), None);
    for kept in page {
        let path = found(&kept.file, folder);
        let there = path.parent().is_some_and(Path::is_dir);
        let outcome = if there { gone(fs::remove_file(&path)) } else { Err(io::Error::from(io::ErrorKind::NotFound)) };
        match outcome {
            Ok(()) => removed.push((kept.call, kept.size)),
            Err(error) => failed = Some(io::Error::new(error.kind(), format!("{}: {error}", path.display()))),
        }
    }
    (removed, failed)
}
