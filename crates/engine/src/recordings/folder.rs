//! A folder of recordings: readable by the user only, with file names of our own; symbolic links in it are never followed.

use std::{
    fs::{self, File, TryLockError},
    io::{self, Read, Seek, Write},
    path::{Path, PathBuf},
    time::UNIX_EPOCH,
};

use ringside_domain::{CallId, KeptFile, Timestamp};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::kind::{self, Kind};

/// The file name without extension: made from the call's id only (R1).
fn stem(call: CallId) -> String {
    format!("call-{}", call.0)
}

/// The description of a part, kept beside it on disk: a transfer is resumed only if the part is of the same file (R6).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct PartRecord {
    /// The recording's file name at the platform.
    pub recording: String,
    pub etag: Option<String>,
    pub total: Option<u64>,
    /// The number of bytes that are synced to disk.
    pub bytes: u64,
}

/// The file of an unfinished transfer, locked while it is open.
#[derive(Debug)]
pub(super) struct PartFile {
    pub file: File,
    pub about: PartRecord,
    folder: PathBuf,
    call: CallId,
}

/// Why a part could not be opened or finished.
#[derive(Debug)]
pub(super) enum PartError {
    File(io::Error),
    /// Another Ringside has locked the part of this name in the same folder.
    Taken,
    NotARecording,
    /// A header without sound.
    Empty,
}

impl From<io::Error> for PartError {
    fn from(error: io::Error) -> Self {
        Self::File(error)
    }
}

impl PartFile {
    /// Opens the part of this call's recording. `about.bytes` is the length from which the transfer can be resumed, or 0.
    pub fn open(folder: &Path, call: CallId, recording: &str) -> Result<Self, PartError> {
        let file = open_ours(&folder.join(stem(call) + ".part"))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(PartError::Taken),
            Err(TryLockError::Error(error)) if error.kind() == io::ErrorKind::Unsupported => {}
            Err(TryLockError::Error(error)) => return Err(error.into()),
        }
        let about = read_about(&folder.join(stem(call) + ".json"));
        let about = about.filter(|about| about.recording == recording && about.etag.is_some());
        let mut about = about.unwrap_or_else(|| PartRecord { recording: recording.to_owned(), ..PartRecord::default() });
        if file.metadata()?.len() < about.bytes {
            about.bytes = 0;
        }
        // Bytes behind `about.bytes` were not synced; a crash may have left them incomplete.
        file.set_len(about.bytes)?;
        Ok(Self { file, about, folder: folder.to_owned(), call })
    }

    /// Returns a function that writes the description beside the part. Call it only after the part's bytes are synced.
    pub fn note(&self) -> impl FnOnce() -> io::Result<()> + Send + 'static {
        let (path, about) = (self.folder.join(stem(self.call) + ".json"), self.about.clone());
        move || {
            gone(fs::remove_file(&path))?;
            let mut options = File::options();
            options.write(true).create_new(true);
            private(&mut options);
            options.open(path)?.write_all(&serde_json::to_vec(&about)?)
        }
    }

    /// Removes the part: it cannot be resumed.
    pub fn discard(self) -> io::Result<()> {
        let Self { file, folder, call, .. } = self;
        drop(file);
        discard(&folder, call)
    }

    /// Checks the content and renames the part to its final name: a file with such a name is always complete.
    pub fn finish(mut self) -> Result<KeptFile, PartError> {
        self.file.sync_all()?;
        let (kind, from) = Kind::of_file(&mut self.file)?.ok_or(PartError::NotARecording)?;
        if kind::is_empty(&mut self.file, kind, from)? {
            return Err(PartError::Empty);
        }
        self.file.rewind()?;
        let (sha256, size) = digest(&mut self.file)?;
        let name = free_name(&self.folder, self.call, kind.extension());
        fs::rename(self.folder.join(stem(self.call) + ".part"), &name)?;
        #[cfg(unix)]
        File::open(&self.folder)?.sync_all()?;
        let Self { file, folder, call, .. } = self;
        drop(file);
        gone(fs::remove_file(folder.join(stem(call) + ".json")))?;
        Ok(KeptFile { file: name.to_string_lossy().into_owned(), sha256, size })
    }
}

/// Removes the part of a call's recording and its description.
pub(super) fn discard(folder: &Path, call: CallId) -> io::Result<()> {
    gone(fs::remove_file(folder.join(stem(call) + ".part")))?;
    gone(fs::remove_file(folder.join(stem(call) + ".json")))
}

/// Removes files that have names of our own, are older than `before` and are not `known` to be of use: a crash, or a database that is
/// gone, left them. Returns how many files could not be removed, and the last error.
pub(super) fn remove_leftovers(
    folder: &Path,
    before: Timestamp,
    known: impl Fn(CallId, &Path) -> bool,
) -> io::Result<(u64, Option<io::Error>)> {
    let (mut failed, mut why) = (0, None);
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let Some(call) = entry.file_name().to_str().and_then(call_of) else { continue };
        // A file that has gone meanwhile, or has no known age, must not keep the others from being removed.
        let Ok(changed) = entry.metadata().and_then(|about| about.modified()) else { continue };
        let age = changed.duration_since(UNIX_EPOCH).unwrap_or_default();
        let is_old = i64::try_from(age.as_millis()).is_ok_and(|changed| changed < before.0);
        if is_old
            && !known(call, &entry.path())
            && let Err(error) = gone(fs::remove_file(entry.path()))
        {
            (failed, why) = (failed + 1, Some(io::Error::new(error.kind(), format!("{}: {error}", entry.path().display()))));
        }
    }
    Ok((failed, why))
}

/// Whether the file is a part or its description.
pub(super) fn is_part(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "part" || extension == "json")
}

/// The call of a file with a name of our own.
fn call_of(name: &str) -> Option<CallId> {
    let (stem, _) = name.split_once('.')?;
    let number = stem.strip_prefix("call-")?.split('-').next()?;
    number.parse().ok().map(CallId)
}

/// SHA-256 and length in bytes, from the current position to the end of the file.
pub(super) fn digest(file: &mut File) -> io::Result<([u8; 32], u64)> {
    let mut hash = Sha256::new();
    let mut buffer = vec![0; 64 << 10];
    let mut size = 0;
    loop {
        let read = fill(file, &mut buffer)?;
        hash.update(&buffer[..read]);
        size += read as u64;
        if read < buffer.len() {
            return Ok((hash.finalize().into(), size));
        }
    }
}

/// A name that no file has: an existing file is never overwritten, since it may belong to an earlier database (S4).
fn free_name(folder: &Path, call: CallId, extension: &str) -> PathBuf {
    let named = |number: u64| match number {
        1 => folder.join(format!("{}.{extension}", stem(call))),
        _ => folder.join(format!("{}-{number}.{extension}", stem(call))),
    };
    let mut number = 1;
    while fs::symlink_metadata(named(number)).is_ok() {
        number += 1;
    }
    named(number)
}

/// Opens the file or makes it. A symbolic link in its place is removed, not followed (R4).
fn open_ours(path: &Path) -> io::Result<File> {
    if fs::symlink_metadata(path).is_ok_and(|found| !found.is_file()) {
        fs::remove_file(path)?;
    }
    let mut options = File::options();
    options.read(true).write(true);
    private(&mut options);
    match options.clone().create_new(true).open(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => options.open(path),
        made => made,
    }
}

/// Opens the file to read it; does not follow a symbolic link in its place (R4).
pub(super) fn open_to_read(path: &Path) -> io::Result<File> {
    let mut options = File::options();
    options.read(true);
    private(&mut options);
    options.open(path)
}

#[cfg(unix)]
fn private(options: &mut fs::OpenOptions) {
    use std::os::unix::fs::OpenOptionsExt;
    options.mode(0o600).custom_flags(libc::O_NOFOLLOW);
}

#[cfg(windows)]
fn private(options: &mut fs::OpenOptions) {
    const FILE_FLAG_OPEN_REPARSE_POINT: u32 = 0x0020_0000;
    std::os::windows::fs::OpenOptionsExt::custom_flags(options, FILE_FLAG_OPEN_REPARSE_POINT);
}

fn read_about(path: &Path) -> Option<PartRecord> {
    let mut text = Vec::new();
    open_to_read(path).ok()?.take(4 << 10).read_to_end(&mut text).ok()?;
    serde_json::from_slice(&text).ok()
}

fn fill(file: &mut File, buffer: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match file.read(&mut buffer[filled..]) {
            Ok(0) => break,
            Ok(read) => filled += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

/// The result of removing a file, where a file that does not exist counts as removed.
pub(super) fn gone(removed: io::Result<()>) -> io::Result<()> {
    match removed {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        removed => removed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A WAV file with two bytes of sound.
    const WAV: &[u8] = b"RIFF\x26\0\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0\x40\x1f\0\0\x80\x3e\0\0\x02\0\x10\0data\x02\0\0\0\x01\x02";

    fn part(folder: &Path, call: u64, recording: &str) -> PartFile {
        PartFile::open(folder, CallId(call), recording).unwrap()
    }

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    /// Leaves a part with these bytes and a description that says that they are synced.
    fn fetched(folder: &Path, recording: &str, bytes: &[u8]) {
        let mut part = part(folder, 1, recording);
        part.file.write_all(bytes).unwrap();
        part.about = PartRecord { etag: Some("\"a\"".to_owned()), bytes: bytes.len() as u64, ..part.about };
        part.note()().unwrap();
    }

    #[test]
    fn r1_the_file_name_depends_on_the_call_only_and_not_on_the_platforms_name() {
        let outside = tempfile::tempdir().unwrap();
        let folder = outside.path().join("archive");
        fs::create_dir(&folder).unwrap();
        let long = "a".repeat(300) + ".wav";
        let recordings = [
            "../../etc/passwd",
            "/etc/passwd",
            "C:\\Windows\\win.ini",
            "\\\\host\\share\\a.wav",
            "a\0b.wav",
            "a.wav.",
            "a.wav ",
            "CON",
            "NUL.wav",
            "..",
            "",
            &long,
            "a/b.wav",
            "a.wav:stream",
            "\u{202e}vaw.exe",
        ];
        for (call, recording) in (1..).zip(recordings) {
            let mut part = part(&folder, call, recording);
            part.file.write_all(WAV).unwrap();
            let kept = part.finish().unwrap();
            assert_eq!(kept.file, folder.join(format!("call-{call}.wav")).to_str().unwrap(), "{recording:?}");
        }
        assert_eq!((names(&folder).len(), names(outside.path()).len()), (recordings.len(), 1));
    }

    #[test]
    fn a_finished_recording_has_its_final_name_and_no_part_is_left() {
        let folder = tempfile::tempdir().unwrap();
        fetched(folder.path(), "a.wav", WAV);
        let kept = part(folder.path(), 1, "a.wav").finish().unwrap();
        assert_eq!((kept.size, kept.sha256), (WAV.len() as u64, Sha256::digest(WAV).into()));
        assert_eq!(names(folder.path()), ["call-1.wav"]);
        fetched(folder.path(), "a.wav", WAV);
        let second = part(folder.path(), 1, "a.wav").finish().unwrap();
        assert!(second.file.ends_with("call-1-2.wav"), "nothing is overwritten: {}", second.file);
        fetched(folder.path(), "a.wav", b"<!doctype html>");
        assert!(matches!(part(folder.path(), 1, "a.wav").finish(), Err(PartError::NotARecording)));
        fetched(folder.path(), "a.wav", &WAV[..44]);
        assert!(matches!(part(folder.path(), 1, "a.wav").finish(), Err(PartError::Empty)));
    }

    #[test]
    fn r6_a_part_is_resumed_only_for_the_same_recording_and_only_its_synced_bytes() {
        let folder = tempfile::tempdir().unwrap();
        fetched(folder.path(), "a.wav", b"RIFF");
        assert_eq!(part(folder.path(), 1, "a.wav").about.bytes, 4);
        assert_eq!(part(folder.path(), 1, "b.wav").about.bytes, 0, "another recording: a new database begins its ids anew");
        fetched(folder.path(), "a.wav", b"RIFF");
        File::options().append(true).open(folder.path().join("call-1.part")).unwrap().write_all(b"half written").unwrap();
        let part_of_it = part(folder.path(), 1, "a.wav");
        assert_eq!((part_of_it.about.bytes, part_of_it.file.metadata().unwrap().len()), (4, 4), "bytes that were not synced are cut off");
        drop(part_of_it);
        File::options().write(true).open(folder.path().join("call-1.part")).unwrap().set_len(2).unwrap();
        assert_eq!(part(folder.path(), 1, "a.wav").about.bytes, 0, "the part is shorter than its description says");
        for torn in ["", "{", "{\"recording\":\"a.wav\"}", "null"] {
            fs::write(folder.path().join("call-1.json"), torn).unwrap();
            assert_eq!(part(folder.path(), 1, "a.wav").about.bytes, 0, "{torn}");
        }
    }

    #[test]
    fn fr2_old_files_that_the_store_does_not_know_are_removed() {
        let folder = tempfile::tempdir().unwrap();
        let ours = ["call-1.wav", "call-2-2.mp3", "call-3.part", "call-3.json", "call-4.wav"];
        let others = ["call-x.wav", "notes.txt", "call-.wav", "recall-1.wav"];
        for (name, at) in ours.iter().chain(&others).map(|name| (name, 1000)).chain([(&"call-5.wav", 3000)]) {
            fs::write(folder.path().join(name), "").unwrap();
            let file = File::options().write(true).open(folder.path().join(name)).unwrap();
            file.set_modified(UNIX_EPOCH + std::time::Duration::from_millis(at)).unwrap();
        }
        let known = |call, path: &Path| call == CallId(1) || is_part(path);
        assert_eq!(remove_leftovers(folder.path(), Timestamp(2000), known).unwrap().0, 0);
        let mut left = [&others[..], &["call-1.wav", "call-3.json", "call-3.part", "call-5.wav"]].concat();
        left.sort_unstable();
        assert_eq!(names(folder.path()), left);
        fs::create_dir(folder.path().join("call-6.wav")).unwrap();
        let (failed, why) = remove_leftovers(folder.path(), Timestamp(i64::MAX), known).unwrap();
        assert!(failed == 1 && why.unwrap().to_string().contains("call-6.wav"));
    }

    #[test]
    fn r10_a_part_can_be_opened_by_only_one_transfer_at_a_time() {
        let folder = tempfile::tempdir().unwrap();
        let first = part(folder.path(), 1, "a.wav");
        assert!(matches!(PartFile::open(folder.path(), CallId(1), "a.wav"), Err(PartError::Taken)));
        part(folder.path(), 2, "b.wav");
        drop(first);
        part(folder.path(), 1, "a.wav");
    }

    #[cfg(unix)]
    #[test]
    fn r4_a_symbolic_link_in_place_of_a_part_is_replaced_and_one_in_place_of_a_recording_is_not_read() {
        let folder = tempfile::tempdir().unwrap();
        let precious = folder.path().join("precious");
        fs::write(&precious, "mine").unwrap();
        for name in ["call-1.part", "call-1.json", "call-9.wav"] {
            std::os::unix::fs::symlink(&precious, folder.path().join(name)).unwrap();
        }
        fetched(folder.path(), "a.wav", WAV);
        assert!(fs::symlink_metadata(folder.path().join("call-1.part")).unwrap().is_file());
        assert_eq!(fs::read_to_string(&precious).unwrap(), "mine");
        assert!(open_to_read(&folder.path().join("call-9.wav")).is_err());
    }

    #[cfg(unix)]
    #[test]
    fn recordings_are_readable_by_the_user_only() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        fetched(folder.path(), "a.wav", WAV);
        for name in names(folder.path()) {
            assert_eq!(fs::metadata(folder.path().join(name)).unwrap().permissions().mode() & 0o777, 0o600);
        }
    }
}
