//! A newer version at the update server: asked for, fetched and checked by Tauri's updater.

use std::{
    fs, io,
    path::{Path, PathBuf},
    time::Duration,
};

use data_encoding::BASE64;
use ringside_domain::{Problem, ProblemCode, belongs_to_part};
use ringside_engine::config::is_loopback;
use ringside_platform::{Proxy, stay_encrypted};
use sha2::{Digest, Sha256};
use tauri::{AppHandle, Runtime};
use tauri_plugin_updater::{Error, Update, UpdaterExt};
use tokio::{select, sync::Notify};
use url::Url;

use crate::life::paths::make_private;

/// Time for the server's answer, and for the whole file. The plugin reads the answer into memory, and can limit only its time.
const ANSWER: Duration = Duration::from_secs(30);
const FILE: Duration = Duration::from_secs(30 * 60);
/// A server that sends nothing for so long is given up.
const SILENCE: Duration = Duration::from_secs(30);
/// The largest file, in bytes; it is held in memory until it is checked.
const LARGEST: u64 = 512 << 20;

/// Where newer versions are, and what this computer is to the server.
pub struct Source {
    pub server: Url,
    /// The public key of minisign, as its one line.
    pub key: String,
    /// The kind of file, such as `linux-x86_64-appimage`: a key under `platforms` in the server's answer.
    pub target: String,
    pub proxy: Proxy,
    /// Tells this computer from others when only a part of them is to have a version.
    pub desk: String,
}

impl Source {
    /// Asks the server. None: it knows no newer version for this computer yet.
    ///
    /// # Errors
    /// [`ProblemCode::UpdateServer`]
    pub async fn look<R: Runtime>(&self, app: &AppHandle<R>) -> Result<Option<Update>, Problem> {
        // A proxy on another host would connect to itself.
        let proxy = if is_loopback(&self.server) { &Proxy::None } else { &self.proxy };
        let proxy = proxy.setter().map_err(|error| server(&error))?;
        let key = BASE64.encode(format!("untrusted comment: minisign public key\n{}\n", self.key).as_bytes());
        let builder = app.updater_builder().pubkey(key).target(&self.target).timeout(ANSWER);
        let builder = builder.configure_client(move |client| stay_encrypted(proxy(client)).connect_timeout(SILENCE).read_timeout(SILENCE));
        let updater = builder.endpoints(vec![self.server.clone()]).and_then(|builder| builder.build());
        let found = match updater {
            Ok(updater) => updater.check().await,
            Err(error) => Err(error),
        };
        let Some(mut update) = found.map_err(|error| server(&error))? else { return Ok(None) };
        // Without them the server's one file would be taken for any system's.
        if update.raw_json.get("platforms").is_none() {
            return Err(Problem::new(ProblemCode::UpdateServer, "the answer has no `platforms`", true));
        }
        if !self.is_for_this_desk(&update) {
            tracing::info!(version = update.version, "a newer version is not for this computer yet");
            return Ok(None);
        }
        update.timeout = Some(FILE);
        Ok(Some(update))
    }

    /// Whether this computer belongs to the part of all computers that is to have this version, as the server's `percent` says. A computer
    /// that belongs to it also belongs to every larger part.
    fn is_for_this_desk(&self, update: &Update) -> bool {
        let Some(percent) = update.raw_json.get("percent") else { return true };
        // A word that is no number lets nobody have it, so that a mistake does not reach everybody.
        percent.as_f64().is_some_and(|percent| belongs_to_part(mark(&self.desk, &update.version), percent))
    }
}

/// The mark of a computer, evenly spread over all computers; another one for each version.
fn mark(desk: &str, version: &str) -> u32 {
    let digest = Sha256::digest(format!("{desk}\n{version}"));
    digest.iter().take(4).fold(0, |number, byte| number << 8 | u32::from(*byte))
}

/// Fetches the update into the folder, unless it is there, and returns the file. Its signature and its version are right then.
/// `progress` gets the bytes that have come and the length of the file, if the server says it.
pub async fn fetch(update: &Update, folder: &Path, mut progress: impl FnMut(u64, Option<u64>)) -> Result<PathBuf, Problem> {
    if update.download_url.scheme() != "https" && !is_loopback(&update.download_url) {
        return Err(Problem::new(ProblemCode::UpdateServer, "the file's address does not begin with https://", true));
    }
    let file = folder.join(file_name(update));
    let (of_file, kept) = (file.clone(), update.clone());
    let is_there = tokio::task::spawn_blocking(move || {
        let may_be = fs::metadata(&of_file).is_ok_and(|found| found.is_file() && found.len() <= LARGEST);
        may_be && fs::read(&of_file).is_ok_and(|bytes| kept.verify(&bytes).is_ok())
    });
    if is_there.await.unwrap_or(false) {
        return Ok(file);
    }
    let (too_large, mut received) = (Notify::new(), 0_u64);
    let on_chunk = |bytes: usize, length: Option<u64>| {
        received = received.saturating_add(bytes as u64);
        if received > LARGEST || length.is_some_and(|length| length > LARGEST) {
            too_large.notify_one();
        }
        progress(received, length);
    };
    let bytes = select! {
        biased;
        () = too_large.notified() => {
            return Err(Problem::new(ProblemCode::UpdateServer, format!("the file is larger than {LARGEST} bytes"), true));
        }
        bytes = update.download(on_chunk, || {}) => bytes.map_err(|error| failed(&error))?,
    };
    let (folder, to) = (folder.to_owned(), file.clone());
    let kept = tokio::task::spawn_blocking(move || keep(&folder, &to, &bytes));
    kept.await.map_err(io::Error::other).flatten().map_err(|error| not_written(&error))?;
    Ok(file)
}

/// A name of our own: one from the server could lead elsewhere.
fn file_name(update: &Update) -> String {
    let end = if cfg!(windows) { "-setup.exe" } else { "" };
    // The version is one that the semver library has read.
    format!("Ringside-{}{end}", update.version)
}

/// Writes the file into the folder, which has only this one then.
fn keep(folder: &Path, file: &Path, bytes: &[u8]) -> io::Result<()> {
    make_private(folder)?;
    for other in fs::read_dir(folder)? {
        let other = other?.path();
        if other != file
            && let Err(error) = fs::remove_file(&other)
        {
            tracing::warn!(%error, file = %other.display(), "an earlier update stays");
        }
    }
    let mut written = fs::File::create(file)?;
    io::Write::write_all(&mut written, bytes).and_then(|()| written.sync_all()).inspect_err(|_| {
        // What there is of it takes room on a full disk.
        if let Err(error) = fs::remove_file(file) {
            tracing::warn!(%error, "a part of an update stays");
        }
    })
}

/// Removes what was fetched.
pub fn forget(folder: &Path) -> io::Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// What the updater says of a file.
pub fn failed(error: &Error) -> Problem {
    use Error::{Base64, Io, Minisign, MissingSignedVersion, SignatureUtf8, SignedVersionMismatch};
    match error {
        Minisign(_) | Base64(_) | SignatureUtf8(_) | SignedVersionMismatch { .. } | MissingSignedVersion => {
            Problem::new(ProblemCode::UpdateRefused, error.to_string(), false)
        }
        Io(error) => not_written(error),
        _ => server(error),
    }
}

/// The file could not be written.
pub fn not_written(error: &io::Error) -> Problem {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Problem::new(ProblemCode::StoreFull, error.to_string(), true),
        _ => Problem::new(ProblemCode::UpdateFailed, error.to_string(), true),
    }
}

fn server(error: &dyn std::error::Error) -> Problem {
    // The message of an HTTP error says little; its cause says why.
    let causes = std::iter::successors(Some(error), |error| error.source());
    let detail: Vec<String> = causes.map(ToString::to_string).collect();
    Problem::new(ProblemCode::UpdateServer, detail.join(": "), true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_computer_has_a_mark_of_its_own_for_each_version() {
        let marks: Vec<u32> = (0..1000).map(|desk| mark(&format!("desk {desk}"), "1.2.3")).collect();
        let early = marks.iter().filter(|mark| belongs_to_part(**mark, 20.0)).count();
        assert!((150..250).contains(&early), "about a fifth of all: {early}");
        assert_eq!(mark("desk 1", "1.2.3"), marks[1]);
        assert_ne!(mark("desk 1", "1.2.4"), marks[1]);
    }
}
