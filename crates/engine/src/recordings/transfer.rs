//! One transfer: asks for the link, downloads into a part, retries and resumes, and checks the finished file.

use std::{io, path::PathBuf, time::Duration};

use ringside_domain::{Backoff, CallId, KeptFile, LinkAnswer, Problem, ProblemCode};
use ringside_platform::{Download, DownloadError, Downloads, Part};
use ringside_store::StoreError;
use secrecy::SecretString;
use tokio::{
    fs::File,
    io::{AsyncSeekExt, AsyncWriteExt},
    sync::watch,
};

use super::{
    folder::{PartError, PartFile, PartRecord},
    kind::{self, Kind},
};
use crate::{Clock, requests::Counterpart};

/// The number of bytes after which a part is synced: a power failure loses no more.
const SYNCED: u64 = 8 << 20;
/// The longest pause between two attempts.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);
/// The interval between progress reports.
const TOLD: Duration = Duration::from_millis(200);

/// The limits of transfers. The defaults are those of the app; tests set others.
#[derive(Clone, Copy, Debug)]
pub struct TransferLimits {
    /// The largest recording, in bytes (R5).
    pub largest: u64,
    /// The bytes that must stay free on the disk.
    pub reserve: u64,
    /// The size of the cache, in bytes.
    pub cache: u64,
    /// The highest number of attempts. Only a failure that may pass is tried again.
    pub tries: u32,
    /// The pause before the second attempt; the later ones are longer.
    pub pause: Duration,
}

impl Default for TransferLimits {
    fn default() -> Self {
        Self { largest: 512 << 20, reserve: 256 << 20, cache: 256 << 20, tries: 4, pause: Duration::from_secs(1) }
    }
}

/// The destination of a transfer, with its limits.
pub(super) struct Aim {
    pub folder: PathBuf,
    /// The bytes that the archive's limit leaves.
    pub room: u64,
    /// The free bytes on the disk.
    pub free: u64,
}

#[derive(Debug, thiserror::Error)]
pub(super) enum TransferError {
    #[error("{0}")]
    Link(Problem),
    #[error(transparent)]
    Download(#[from] DownloadError),
    #[error("{0}")]
    File(#[from] io::Error),
    #[error("another Ringside is at it in the same folder")]
    Taken,
    #[error("the first bytes are no recording's")]
    NotARecording,
    #[error("there is no sound in it")]
    Empty,
    #[error("more than {0} bytes")]
    TooLarge(u64),
    #[error("the archive's limit leaves {0} bytes")]
    Limit(u64),
    #[error("the disk has {0} bytes left")]
    Full(u64),
    #[error("stopped")]
    Stopped,
}

impl From<PartError> for TransferError {
    fn from(error: PartError) -> Self {
        match error {
            PartError::File(error) => Self::File(error),
            PartError::Taken => Self::Taken,
            PartError::NotARecording => Self::NotARecording,
            PartError::Empty => Self::Empty,
        }
    }
}

impl From<&TransferError> for Problem {
    fn from(error: &TransferError) -> Self {
        let (code, retryable) = match error {
            TransferError::Link(problem) => return problem.clone(),
            TransferError::Download(error) => return Self::from(error),
            TransferError::File(error) => return file_problem(error),
            TransferError::Taken => (ProblemCode::ArchiveFolder, true),
            TransferError::NotARecording => (ProblemCode::NotARecording, true),
            TransferError::Empty => (ProblemCode::RecordingEmpty, true),
            TransferError::TooLarge(_) => (ProblemCode::RecordingTooLarge, false),
            TransferError::Limit(_) => (ProblemCode::ArchiveLimit, true),
            TransferError::Full(_) => (ProblemCode::StoreFull, true),
            TransferError::Stopped => (ProblemCode::DownloadFailed, true),
        };
        Self::new(code, error.to_string(), retryable)
    }
}

/// The problem for an error in a folder of recordings.
pub(super) fn file_problem(error: &io::Error) -> Problem {
    match StoreError::from(io::Error::new(error.kind(), error.to_string())) {
        full @ StoreError::Full(_) => Problem::from(&full),
        _ => Problem::new(ProblemCode::ArchiveFolder, error.to_string(), true),
    }
}

pub(super) struct Transfer<'a> {
    pub counterpart: &'a Counterpart,
    pub downloads: &'a Downloads,
    pub clock: &'a dyn Clock,
    pub limits: TransferLimits,
    pub call: CallId,
    /// The recording's file name at the platform.
    pub recording: String,
    /// The URL from the bill, for a recording without a file name (P7). It is checked like a link.
    pub address: Option<SecretString>,
    /// The platform's URL.
    pub platform: String,
    /// Becomes true when the transfer must stop.
    pub stop: watch::Receiver<bool>,
    /// Called with the bytes received so far and the total, if known.
    pub tell: &'a (dyn Fn(u64, Option<u64>) + Send + Sync),
    /// The number of links asked for so far.
    pub links: usize,
}

impl Transfer<'_> {
    /// Fetches the recording. After a failure the part stays, to be resumed, unless it cannot be of use.
    pub async fn run(&mut self, aim: &Aim) -> Result<KeptFile, TransferError> {
        let (folder, call, recording) = (aim.folder.clone(), self.call, self.recording.clone());
        let mut part = blocking(move || PartFile::open(&folder, call, &recording)).await??;
        (self.tell)(part.about.bytes, part.about.total);
        let mut link = None;
        let mut tries = 0;
        let mut backoff = Backoff::new(self.limits.pause, LONGEST_PAUSE);
        while let Err(error) = self.attempt(&mut part, &mut link, aim).await {
            match &error {
                TransferError::Download(DownloadError::Changed) => {
                    part.about = PartRecord { recording: self.recording.clone(), ..PartRecord::default() }
                }
                TransferError::Download(DownloadError::LinkDied(_)) => link = None,
                TransferError::TooLarge(_) => part.about.bytes = 0,
                _ => {}
            }
            tries += 1;
            let may_pass = matches!(&error, TransferError::Download(error) if !matches!(error, DownloadError::Unsafe(_)));
            if !may_pass || tries >= self.limits.tries {
                if part.about.bytes == 0 {
                    blocking(move || part.discard()).await??;
                }
                return Err(error);
            }
            // A new link, or a new start, needs no pause.
            if !matches!(error, TransferError::Download(DownloadError::LinkDied(_) | DownloadError::Changed)) {
                self.or_stopped(tokio::time::sleep(backoff.failed(None, 1.0))).await?;
            }
        }
        let finished = blocking(move || part.finish()).await?;
        if let Err(PartError::NotARecording | PartError::Empty) = &finished {
            let folder = aim.folder.clone();
            blocking(move || super::folder::discard(&folder, call)).await??;
        }
        Ok(finished?)
    }

    async fn attempt(&mut self, part: &mut PartFile, link: &mut Option<LinkAnswer>, aim: &Aim) -> Result<(), TransferError> {
        if part.about.total == Some(part.about.bytes) && part.about.bytes > 0 {
            return Ok(());
        }
        // An expired link is replaced by a new one (R11, N13).
        let url = match (&self.address, link.take().filter(|link| link.expires_at > self.clock.now().wall)) {
            (Some(address), _) => address.clone(),
            (None, Some(living)) => link.insert(living).url.clone(),
            (None, None) => {
                self.links += 1;
                let (counterpart, recording) = (self.counterpart.clone(), self.recording.clone());
                let asked = self.or_stopped(async move { counterpart.recording_link(&recording).await }).await?;
                let asked = asked.map_err(TransferError::Link)?;
                link.insert(asked).url.clone()
            }
        };
        let at_hand = part.about.etag.clone().filter(|_| part.about.bytes > 0).map(|etag| Part {
            bytes: part.about.bytes,
            etag,
            total: part.about.total,
        });
        let (downloads, platform) = (self.downloads.clone(), self.platform.clone());
        let mut opened = self.or_stopped(async move { downloads.open(&url, &platform, at_hand.as_ref()).await }).await??;
        let bound = bound(aim, self.limits, part.about.bytes);
        let mut begin = Vec::new();
        if opened.begins_at == 0 {
            begin = self.or_stopped(begin_of(&mut opened)).await??;
            // Checked before the part is truncated, so that an error page in place of the recording does not cost the part (R7).
            let none = if begin.is_empty() { TransferError::Empty } else { TransferError::NotARecording };
            Kind::of(&begin).ok_or(none)?;
            (part.about.etag, part.about.bytes) = (opened.etag.clone(), 0);
        }
        part.about.total = opened.total;
        let file = part.file.try_clone()?;
        let mut file = File::from_std(file);
        file.set_len(opened.begins_at).await?;
        file.seek(io::SeekFrom::Start(opened.begins_at)).await?;
        let received = self.receive(begin, opened, &mut file, part, bound).await;
        // The description must not claim bytes that are not synced.
        file.flush().await?;
        file.sync_data().await?;
        if part.about.etag.is_some() {
            blocking(part.note()).await??;
        }
        received
    }

    async fn receive(
        &mut self,
        begin: Vec<u8>,
        mut download: Download,
        file: &mut File,
        part: &mut PartFile,
        bound: Bound,
    ) -> Result<(), TransferError> {
        let (most, error) = bound;
        let total = download.total;
        if total.is_some_and(|total| total > most) {
            return Err(error(most));
        }
        let (mut synced, mut told) = (part.about.bytes, self.clock.now().mono);
        (self.tell)(part.about.bytes, total);
        let mut next = Some(begin);
        while let Some(bytes) = next {
            if part.about.bytes + bytes.len() as u64 > most {
                return Err(error(most));
            }
            file.write_all(&bytes).await?;
            part.about.bytes += bytes.len() as u64;
            if part.about.bytes >= synced + SYNCED && part.about.etag.is_some() {
                file.flush().await?;
                file.sync_data().await?;
                blocking(part.note()).await??;
                synced = part.about.bytes;
            }
            let now = self.clock.now().mono;
            if now >= told + TOLD {
                told = now;
                (self.tell)(part.about.bytes, total);
            }
            next = self.or_stopped(download.next()).await??.map(Vec::from);
        }
        match total {
            Some(total) if part.about.bytes != total => {
                Err(DownloadError::CutOff(format!("{} of {total} bytes came", part.about.bytes)).into())
            }
            _ => {
                (self.tell)(part.about.bytes, Some(part.about.bytes));
                Ok(())
            }
        }
    }

    async fn or_stopped<T>(&mut self, work: impl Future<Output = T>) -> Result<T, TransferError> {
        tokio::select! {
            biased;
            _ = self.stop.wait_for(|stop| *stop) => Err(TransferError::Stopped),
            done = work => Ok(done),
        }
    }
}

/// The first bytes, until they tell the kind. Usually a few suffice, so that a slow transfer is shown and kept from its beginning.
async fn begin_of(download: &mut Download) -> Result<Vec<u8>, DownloadError> {
    let mut begin = Vec::new();
    while begin.len() < kind::LOOKED_AT && Kind::of(&begin).is_none() {
        let Some(bytes) = download.next().await? else { break };
        begin.extend_from_slice(&bytes);
    }
    Ok(begin)
}

/// The highest number of bytes of the file, and the error for a larger file.
type Bound = (u64, fn(u64) -> TransferError);

fn bound(aim: &Aim, limits: TransferLimits, at_hand: u64) -> Bound {
    let full = aim.free.saturating_sub(limits.reserve).saturating_add(at_hand);
    let bounds: [Bound; 3] = [(limits.largest, TransferError::TooLarge), (aim.room, TransferError::Limit), (full, TransferError::Full)];
    bounds.into_iter().min_by_key(|(most, _)| *most).unwrap_or((0, TransferError::TooLarge))
}

/// Runs the work on a thread that may block.
pub(super) async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> io::Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(io::Error::other)
}
