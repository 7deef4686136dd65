//! Paths of files and folders.

use std::{
    env, fs,
    io::{self, Write},
    path::{Path, PathBuf},
};

use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};

use super::program;

/// The folders of this run.
#[derive(Clone, Debug)]
pub struct Paths {
    /// The data folder; the demo's is inside the real one.
    pub data: PathBuf,
    /// The data folder of the command line; passed to a demo that is started from the window.
    pub given_data: Option<PathBuf>,
    /// Whether `data` is the user's default folder.
    pub is_default: bool,
    /// Whether these are the folders of the demo.
    pub is_demo: bool,
}

/// Whether the main window's web engine keeps nothing.
fn keeps_nothing() -> bool {
    cfg!(target_os = "linux") && !is_driven()
}

/// Whether a WebDriver may drive the windows.
pub fn is_driven() -> bool {
    env::var_os("TAURI_WEBVIEW_AUTOMATION").is_some()
}

impl Paths {
    /// `given_data`: the data folder that the command line names.
    pub fn new(given_data: Option<PathBuf>, demo: bool) -> Self {
        let base = given_data.clone().unwrap_or_else(default_data);
        let base = std::path::absolute(&base).unwrap_or(base);
        let is_default = given_data.is_none() && !demo;
        let data = if demo { base.join("demo") } else { base };
        Self { data, given_data, is_default, is_demo: demo }
    }

    /// Creates the data folder, readable by this user only.
    pub fn make(&self) -> io::Result<()> {
        make_private(&self.data)
    }

    /// The folder of the windows' web engine; another one in safe mode (T12, T21). None: the engine keeps nothing, as on Linux, where it
    /// would open databases that the pages do not use. A WebDriver reaches only pages of an engine with a folder, so the tests of the real
    /// app need one.
    pub fn web(&self, safe: bool) -> Option<PathBuf> {
        if keeps_nothing() { None } else { self.engine(if safe { "webview-safe" } else { "webview" }) }
    }

    /// The folder of the web engine of the supervisor's window. Where the engine keeps nothing, each window but the ring card's has an engine of
    /// its own, and Tauri registers the pages' scheme only at the first one without a folder: this window could load no page.
    pub fn desk_web(&self, safe: bool) -> Option<PathBuf> {
        if keeps_nothing() { self.engine(if safe { "webview-desk-safe" } else { "webview-desk" }) } else { self.web(safe) }
    }

    fn engine(&self, name: &str) -> Option<PathBuf> {
        let folder = self.data.join(name);
        fs::create_dir_all(&folder).ok().map(|()| folder)
    }

    /// The folder of the driver that draws nothing.
    #[cfg(target_os = "linux")]
    pub fn drawing(&self) -> PathBuf {
        self.data.join("drawing")
    }

    pub fn logs(&self) -> PathBuf {
        self.data.join("logs")
    }

    /// The positions of the windows.
    pub fn windows(&self) -> PathBuf {
        self.data.join("windows.json")
    }

    /// The record of the last runs.
    pub fn last_runs(&self) -> PathBuf {
        self.data.join("starts.json")
    }

    /// The folder for exports of the log and for receipts of shifts.
    pub fn exports(&self) -> PathBuf {
        self.data.join("exports")
    }

    /// The archive of recordings, unless another folder was chosen.
    pub fn recordings(&self) -> PathBuf {
        self.data.join("recordings")
    }

    /// Recordings that are kept for one run.
    pub fn cache(&self) -> PathBuf {
        self.data.join("cache")
    }

    /// Files of numbers while they are imported at the supervisor's desk.
    pub fn imports(&self) -> PathBuf {
        self.data.join("imports")
    }

    /// The file that names for each database the version of Ringside that used it last.
    pub fn version(&self) -> PathBuf {
        self.data.join("version.txt")
    }

    /// The file whose presence makes the next start use the copy of the databases.
    pub fn backup_wanted(&self) -> PathBuf {
        self.data.join("use-backup")
    }

    /// The newer version of Ringside, until it is installed.
    pub fn updates(&self) -> PathBuf {
        self.data.join("updates")
    }

    pub fn lock(&self) -> PathBuf {
        self.data.join("ringside.lock")
    }

    /// Identifies the data folder where a name must be short or plain: 16 hexadecimal digits.
    pub fn key(&self) -> String {
        let folder = fs::canonicalize(&self.data).unwrap_or_else(|_| self.data.clone());
        let digest = Sha256::digest(folder.as_os_str().as_encoded_bytes());
        HEXLOWER.encode(&digest[..8])
    }
}

/// Creates a folder that only this user may read.
pub fn make_private(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// Writes a file that only this user may read.
pub fn write_private(file: &Path, content: impl AsRef<[u8]>) -> io::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(file)?.write_all(content.as_ref())
}

/// Like [`write_private`], but atomic: afterwards the file is the old one or the new one.
pub fn replace_private(file: &Path, content: impl AsRef<[u8]>) -> io::Result<()> {
    let part = file.with_extension("part");
    write_private(&part, content)?;
    fs::rename(part, file)
}

fn default_data() -> PathBuf {
    let name = if cfg!(target_os = "linux") { "ringside" } else { "Ringside" };
    dirs::data_local_dir().unwrap_or_else(env::temp_dir).join(name)
}

/// The folder in which the command was given, if the program was started in another one: an AppImage starts it in a folder of its own, where
/// the web engine finds its processes.
pub fn called_from() -> Option<PathBuf> {
    program::mount()?;
    env::var_os("OWD").map(PathBuf::from).filter(|folder| folder.is_absolute())
}

/// A path that the command line or the environment names.
pub fn given(path: PathBuf) -> PathBuf {
    match called_from() {
        Some(folder) => folder.join(path),
        None => path,
    }
}

/// The user's configuration file.
pub fn user_config() -> Option<PathBuf> {
    let name = if cfg!(target_os = "linux") { "ringside" } else { "Ringside" };
    dirs::config_dir().map(|folder| folder.join(name).join("config.toml"))
}
