//! One file for support: versions, settings and where each comes from, the doctor's checks, the state of the running app, and the last
//! log. It has no secret, and each customer's number is replaced by a label.

mod numbers;
#[cfg(test)]
mod tests;

use std::{
    env, fs,
    io::{self, Cursor, Read, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
};

use jiff::{Zoned, tz::TimeZone};
use ringside_domain::Snapshot;
use ringside_engine::{Clock, SystemClock};
use serde_json::{Value, json};
use zip::{ZipWriter, result::ZipError, write::SimpleFileOptions};

use crate::{
    doctor,
    life::{
        environment::Secrets,
        listing::Listing,
        paths::{Paths, replace_private},
        provision::{self, Flags},
    },
    texts::Texts,
};
use numbers::Numbers;

/// Where the running app has its settings from. Managed by Tauri; exists once.
#[derive(Debug)]
pub struct Source {
    pub flags: Flags,
    /// Without the accesskey, which the running app is asked about.
    pub secrets: Secrets,
}

/// Log files, the newest first, and the bytes of each.
const LOGS: usize = 2;
const LOG: u64 = 4 << 20;

#[derive(Debug, thiserror::Error)]
pub enum DiagnosisError {
    #[error(transparent)]
    Examine(#[from] doctor::ExamineError),
    #[error("{0}: {1}")]
    File(PathBuf, io::Error),
    #[error("the file could not be packed: {0}")]
    Packed(#[from] ZipError),
}

/// Saves the file into this folder, and returns its path. `running`: what only the running app knows, if this is it.
pub async fn save(
    folder: &Path,
    flags: Flags,
    secrets: &Secrets,
    paths: &Paths,
    running: Option<Value>,
) -> Result<PathBuf, DiagnosisError> {
    let now = SystemClock::new().now().wall;
    let at = jiff::Timestamp::from_millisecond(now.0).unwrap_or_default().to_zoned(TimeZone::system());
    let checks = doctor::examine(flags.clone(), secrets, paths).await?;
    let healthy = doctor::is_healthy(&checks);
    let texts = &Texts::system().doctor;
    let settings = match provision::read(flags, secrets) {
        Ok(provisioned) => without_queries(&Listing::of(&provisioned, paths).in_words()),
        // The doctor says it as well.
        Err(error) => error.to_string(),
    };
    let mut numbers = Numbers::default();
    let mut json = |mut value: Value| {
        numbers.mask_json(&mut value);
        format!("{value:#}")
    };
    let doctor_json = json(doctor::as_json(&checks, healthy, texts));
    let running = running.map(json);
    let mut parts = vec![
        ("about.txt".to_owned(), about(&at)),
        ("settings.txt".to_owned(), settings),
        ("doctor.txt".to_owned(), numbers.mask(&doctor::in_words(&checks, texts))),
        ("doctor.json".to_owned(), doctor_json),
    ];
    parts.extend(running.map(|text| ("running.json".to_owned(), text)));
    if let Ok(runs) = fs::read_to_string(paths.last_runs()) {
        parts.push(("starts.json".to_owned(), runs));
    }
    for (name, text) in logs(&paths.logs()) {
        parts.push((name, numbers.mask(&text)));
    }
    let packed = pack(&parts)?;
    let file = folder.join(format!("ringside-diagnostics-{}.zip", at.strftime("%Y%m%d-%H%M%S")));
    let failed = |error| DiagnosisError::File(file.clone(), error);
    fs::create_dir_all(folder).map_err(failed)?;
    replace_private(&file, packed).map_err(failed)?;
    Ok(file)
}

/// What the running app knows of itself, without customers, names and texts of calls.
pub fn running(snapshot: &Snapshot, engine: Option<String>) -> Value {
    json!({
        "webEngine": engine,
        "revision": snapshot.revision,
        "connection": snapshot.connection,
        "gateway": snapshot.gateway.as_ref().map(|gateway| json!({ "state": gateway.state, "problem": gateway.problem })),
        "listener": snapshot.listener,
        "ways": snapshot.ways,
        "queues": snapshot.queues.len(),
        "callsNow": snapshot.calls.len(),
        "keyring": snapshot.vault,
        "database": snapshot.store,
        "notifications": snapshot.notifications,
        "tray": snapshot.tray,
        "sound": snapshot.sound,
        "safeMode": snapshot.place.safe_mode,
    })
}

/// The text without what follows the question mark of an address: a page of a CRM may want a key there.
fn without_queries(text: &str) -> String {
    let line = |line: &str| match line.split_once('?') {
        Some((before, after)) if before.contains("://") => format!("{before}?…{}\n", after.find("  (").map_or("", |end| &after[end..])),
        _ => format!("{line}\n"),
    };
    text.lines().map(line).collect()
}

fn about(at: &Zoned) -> String {
    let system = os_info::get();
    let desktop = ["XDG_CURRENT_DESKTOP", "XDG_SESSION_TYPE"].map(|name| env::var(name).unwrap_or_default()).join(" ");
    format!(
        "Ringside {}\nMade {}\nSystem {system}\nProcessor {}\nDesktop {desktop}\nLanguage {}\n",
        env!("CARGO_PKG_VERSION"),
        at.strftime("%Y-%m-%d %H:%M:%S %:z"),
        env::consts::ARCH,
        sys_locale::get_locale().unwrap_or_default(),
    )
}

/// The last log files with their names, the newest first; of a long one its end.
fn logs(folder: &Path) -> Vec<(String, String)> {
    let mut names: Vec<PathBuf> = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    names.retain(|path| path.extension().is_some_and(|kind| kind == "log"));
    // The names contain the day.
    names.sort();
    let read = |path: &PathBuf| {
        let mut file = fs::File::open(path)?;
        let length = file.metadata()?.len();
        file.seek(SeekFrom::Start(length.saturating_sub(LOG)))?;
        let mut end = Vec::new();
        file.take(LOG).read_to_end(&mut end)?;
        io::Result::Ok(String::from_utf8_lossy(&end).into_owned())
    };
    let newest = names.iter().rev().take(LOGS);
    newest
        .map(|path| {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            (name, read(path).unwrap_or_else(|error| error.to_string()))
        })
        .collect()
}

fn pack(parts: &[(String, String)]) -> Result<Vec<u8>, ZipError> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, text) in parts {
        writer.start_file(name, SimpleFileOptions::default())?;
        writer.write_all(text.as_bytes())?;
    }
    Ok(writer.finish()?.into_inner())
}
