//! Recordings as files. A recording is fetched once, for the user or the archive, checked, and put into the archive or the cache.

mod cache;
mod folder;
mod kind;
mod mpeg;
mod removal;
mod transfer;
mod verify;
mod wave;

use std::{
    collections::{HashMap, HashSet, VecDeque},
    fmt, fs, io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use ringside_domain::{ArchiveScope, Call, CallId, EndedTransfer, Input, LINKED, Problem, ProblemCode, Snapshot, Transfer, TransferEnd};
use ringside_platform::Downloads;
use ringside_store::Recording;
use secrecy::SecretString;
use tokio::sync::{OnceCell, mpsc, watch};

use cache::Cache;
use transfer::{Aim, TransferError, blocking, file_problem};
use verify::{found, is_there};

pub use kind::Kind;
pub use mpeg::behind_tags;
pub use transfer::TransferLimits;
pub use verify::{Verified, archive_folder, verify};
pub use wave::{Wave, WaveError};

use crate::{Clock, Handle, export::make_private, handle::Mail, log::Reads, requests::Counterpart, supervise::part_failed};

/// The number of finished recordings whose manifest rows may not be written yet.
const NEWEST: usize = 16;

/// The folders of recordings on this computer.
#[derive(Clone, Debug)]
pub struct RecordingFolders {
    /// The archive's default folder; the user or the administrator can choose another.
    pub archive: PathBuf,
    /// The cache for this run; emptied at the start.
    pub cache: PathBuf,
    /// Gives the free bytes on the disk of a folder: [`free_space`], or a fake in tests.
    pub free: fn(&Path) -> io::Result<u64>,
}

/// The bytes on the disk of this folder that this user can still write.
pub fn free_space(folder: &Path) -> io::Result<u64> {
    fs4::available_space(folder)
}

/// Fetches recordings and finds their files. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Recordings(Arc<Inner>);

/// The parts of the engine that fetching needs.
pub(crate) struct Means {
    pub places: RecordingFolders,
    pub limits: TransferLimits,
    pub counterpart: Counterpart,
    pub downloads: Downloads,
    pub clock: Arc<dyn Clock>,
    pub reads: Reads,
    pub mail: mpsc::UnboundedSender<Mail>,
    pub snapshots: watch::Receiver<Arc<Snapshot>>,
}

struct Inner {
    means: Means,
    running: Mutex<HashMap<CallId, Running>>,
    cache: Mutex<Cache>,
    /// The last recordings put into the archive: their manifest rows may not be written yet.
    newest: Mutex<VecDeque<(CallId, PathBuf)>>,
    /// Set once the last run's cache and old parts are removed.
    clean: OnceCell<()>,
}

/// Who wants a recording.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wanted {
    ByPerson,
    ByArchive,
}

type Ended = Option<Result<PathBuf, Problem>>;

struct Running {
    stop: watch::Sender<bool>,
    /// The user waits for it, not only the archive.
    awaited: bool,
    ended: watch::Receiver<Ended>,
}

impl fmt::Debug for Recordings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Recordings")
    }
}

/// The destination of a transfer.
enum Place {
    Archive(Aim),
    Cache(Aim),
}

impl Recordings {
    pub fn new(means: Means) -> Self {
        let (running, newest, clean) = (Mutex::default(), Mutex::default(), OnceCell::new());
        let cache = Mutex::new(Cache::new(means.limits.cache));
        Self(Arc::new(Inner { means, running, cache, newest, clean }))
    }

    /// The recording's file: from the archive or the cache, else fetched now.
    pub async fn file(&self, call: CallId) -> Result<PathBuf, Problem> {
        if let Some(path) = self.at_hand(call).await? {
            return Ok(path);
        }
        let mut ended = self.start(call, Wanted::ByPerson);
        let outcome = ended.wait_for(Option::is_some).await.ok().and_then(|outcome| outcome.clone());
        outcome.unwrap_or_else(|| Err(Problem::from(&TransferError::Stopped)))
    }

    async fn at_hand(&self, call: CallId) -> Result<Option<PathBuf>, Problem> {
        let kept = self.0.means.reads.read(move |store| store.recording(call)).await?;
        if let Some(Recording::Kept(kept)) = kept {
            let folder = self.folder();
            let there = blocking(move || Some(found(&kept.file, &folder)).filter(|path| is_there(path))).await;
            if let Some(path) = there.map_err(|error| file_problem(&error))? {
                return Ok(Some(path));
            }
        }
        let newest = locked(&self.0.newest).iter().find(|(of, _)| *of == call).map(|(_, path)| path.clone());
        Ok(newest.filter(|path| is_there(path)).or_else(|| locked(&self.0.cache).get(call)))
    }

    /// The archive's folder.
    pub fn folder(&self) -> PathBuf {
        let chosen = self.0.means.snapshots.borrow().settings.recordings.folder.clone().unwrap_or_default();
        if chosen.is_empty() { self.0.means.places.archive.clone() } else { PathBuf::from(chosen) }
    }

    /// Starts the transfer, or joins the running one (R10).
    fn start(&self, call: CallId, wanted: Wanted) -> watch::Receiver<Ended> {
        let mut running = locked(&self.0.running);
        if let Some(running) = running.get_mut(&call) {
            running.awaited |= wanted == Wanted::ByPerson;
            return running.ended.clone();
        }
        let (over, ended) = watch::channel(None);
        let (stop, stopped) = watch::channel(false);
        running.insert(call, Running { stop, awaited: wanted == Wanted::ByPerson, ended: ended.clone() });
        let recordings = self.clone();
        tokio::spawn(async move {
            let transferred = {
                let recordings = recordings.clone();
                tokio::spawn(async move {
                    let mut links = 0;
                    (recordings.transfer(call, wanted, stopped, &mut links).await, links)
                })
            };
            // Also after a panic, the waiting callers get an answer and the recording can be fetched again.
            let (outcome, links) =
                transferred.await.unwrap_or_else(|error| (Err(part_failed("transfer of a recording", &error).into()), 0));
            let (end, outcome) = match outcome {
                Ok((path, end)) => (end, Ok(path)),
                Err(error) => {
                    let problem = match &error {
                        Failure::Known(problem) => problem.clone(),
                        Failure::Transfer(error) => Problem::from(error),
                    };
                    match error {
                        Failure::Transfer(TransferError::Stopped) => (TransferEnd::Stopped, Err(problem)),
                        _ => {
                            tracing::warn!(call = call.0, %problem, "the recording was not fetched");
                            (TransferEnd::Failed(problem.clone()), Err(problem))
                        }
                    }
                }
            };
            locked(&recordings.0.running).remove(&call);
            // The engine may have stopped, and the waiting callers may have gone.
            let _ = recordings.0.means.mail.send(Mail::Input(Input::Transferred(EndedTransfer { call, end, links })));
            over.send_replace(Some(outcome));
        });
        ended
    }

    /// Starts a transfer for the archive; its outcome is an [`Input::Transferred`].
    pub fn archive(&self, call: CallId) {
        self.start(call, Wanted::ByArchive);
    }

    pub fn stop(&self, call: CallId, unless_awaited: bool) {
        if let Some(running) = locked(&self.0.running).get(&call).filter(|running| !(unless_awaited && running.awaited)) {
            running.stop.send_replace(true);
        }
    }

    /// The calls whose recordings are being fetched.
    fn running(&self) -> HashSet<CallId> {
        locked(&self.0.running).keys().copied().collect()
    }

    /// Stops all transfers and waits for them.
    pub async fn close(&self) {
        let ends: Vec<_> = locked(&self.0.running)
            .values()
            .map(|running| {
                running.stop.send_replace(true);
                running.ended.clone()
            })
            .collect();
        for mut ended in ends {
            // An error means that the channel is closed: the transfer has ended, too.
            let _ = ended.wait_for(Option::is_some).await;
        }
    }

    async fn transfer(
        &self,
        call: CallId,
        wanted: Wanted,
        stop: watch::Receiver<bool>,
        links: &mut usize,
    ) -> Result<(PathBuf, TransferEnd), Failure> {
        let means = &self.0.means;
        let found = means.reads.read(move |store| store.call(call)).await?;
        let missing = || Problem::new(ProblemCode::RecordingMissing, "", false);
        let found = found.ok_or_else(missing)?;
        let recording = found.recording.clone().ok_or_else(missing)?;
        let address = match recording.as_str() {
            LINKED => Some(means.reads.read(move |store| store.recording_url(call)).await?.ok_or_else(missing)?),
            _ => None,
        };
        let place = self.place(&found, wanted).await?;
        let (Place::Archive(aim) | Place::Cache(aim)) = &place;
        let mail = means.mail.clone();
        let tell = move |bytes, total| {
            // The engine may have stopped meanwhile.
            let _ = mail.send(Mail::Input(Input::Transferring(Transfer { call, bytes, total })));
        };
        let mut transfer = transfer::Transfer {
            counterpart: &means.counterpart,
            downloads: &means.downloads,
            clock: &*means.clock,
            limits: means.limits,
            call,
            recording,
            address: address.map(SecretString::from),
            platform: means.snapshots.borrow().account.url.clone(),
            stop,
            tell: &tell,
            links: 0,
        };
        let file = transfer.run(aim).await;
        *links = transfer.links;
        let file = file?;
        let path = PathBuf::from(&file.file);
        Ok(match place {
            Place::Archive(_) => {
                let mut newest = locked(&self.0.newest);
                newest.push_front((call, path.clone()));
                newest.truncate(NEWEST);
                (path, TransferEnd::Kept(file))
            }
            Place::Cache(_) => {
                locked(&self.0.cache).add(call, file);
                (path, TransferEnd::Cached)
            }
        })
    }

    /// For the user: the archive if it can be used and its scope includes the call, else the cache. For the archive: always the archive.
    async fn place(&self, call: &Call, wanted: Wanted) -> Result<Place, Problem> {
        if wanted == Wanted::ByArchive {
            return self.archive_aim().await.map(Place::Archive);
        }
        if self.is_archived(call) {
            match self.archive_aim().await {
                Ok(aim) => return Ok(Place::Archive(aim)),
                Err(problem) => tracing::warn!(%problem, "the archive cannot be used"),
            }
        }
        self.cache_aim().await.map(Place::Cache)
    }

    fn is_archived(&self, call: &Call) -> bool {
        let snapshot = self.0.means.snapshots.borrow();
        match snapshot.settings.recordings.scope() {
            ArchiveScope::Off => false,
            ArchiveScope::Mine => call.extension == snapshot.agent.extension,
            ArchiveScope::All => true,
        }
    }

    async fn archive_aim(&self) -> Result<Aim, Problem> {
        let folder = self.folder();
        let limit = self.0.means.snapshots.borrow().settings.recordings.limit();
        let of = folder.to_string_lossy().into_owned();
        // The store writes in order: when this empty batch is done, all earlier writes are on disk.
        let written = self.0.means.reads.read(|store| Ok(store.write(Vec::new()))).await?;
        written.await.map_err(|error| Problem::from(&error))?;
        let (bytes, used) = self.0.means.reads.read(move |store| Ok((store.kept_bytes()?, store.keeps_in(&of)?))).await?;
        let room = limit.saturating_sub(bytes);
        if room == 0 {
            return Err(Problem::from(&TransferError::Limit(0)));
        }
        let free = self.0.means.places.free;
        blocking(move || ready(folder, used, free))
            .await
            .flatten()
            .map(|(folder, free)| Aim { folder, room, free })
            .map_err(|error| file_problem(&error))
    }

    async fn cache_aim(&self) -> Result<Aim, Problem> {
        self.clean().await;
        let (folder, free) = (self.0.means.places.cache.clone(), self.0.means.places.free);
        blocking(move || ready(folder, false, free))
            .await
            .flatten()
            .map(|(folder, free)| Aim { folder, room: u64::MAX, free })
            .map_err(|error| file_problem(&error))
    }

    /// Removes the last run's cache, since its call ids may not be valid any more, and old parts.
    pub async fn clean(&self) {
        let folder = self.0.means.places.cache.clone();
        let clean = async {
            if let Err(error) = blocking(move || folder::gone(fs::remove_dir_all(folder))).await.flatten() {
                tracing::warn!(%error, "the last run's cache of recordings could not be removed");
            }
            self.remove_old_parts().await;
        };
        self.0.clean.get_or_init(|| clean).await;
    }
}

/// Prepares the folder and gives its free bytes. A `used` folder that is gone or empty is an error: its disk is probably not
/// connected, so no new folder must be made in its place.
fn ready(folder: PathBuf, used: bool, free: fn(&Path) -> io::Result<u64>) -> io::Result<(PathBuf, u64)> {
    if !folder.is_absolute() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, format!("{} is not a whole path", folder.display())));
    }
    if used && !fs::read_dir(&folder).is_ok_and(|mut files| files.next().is_some()) {
        return Err(io::Error::new(io::ErrorKind::NotFound, format!("what was kept in {} is gone", folder.display())));
    }
    make_private(&folder)?;
    let free = free(&folder)?;
    Ok((folder, free))
}

enum Failure {
    Known(Problem),
    Transfer(TransferError),
}

impl From<Problem> for Failure {
    fn from(problem: Problem) -> Self {
        Self::Known(problem)
    }
}

impl From<TransferError> for Failure {
    fn from(error: TransferError) -> Self {
        Self::Transfer(error)
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Handle {
    /// The file of a call's recording: from the archive or the cache, else fetched now, with the progress in the snapshot. The file may
    /// be removed when the engine stops; an open file can be read to its end.
    pub async fn recording_file(&self, call: CallId) -> Result<PathBuf, Problem> {
        self.recordings.file(call).await
    }
}
