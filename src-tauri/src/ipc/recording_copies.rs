//! The main window's commands about the files of recordings: saving a copy in the downloads folder, and opening the folders.

use std::{
    collections::BTreeMap,
    fs::{self, File},
    io,
    path::{Path, PathBuf},
    sync::Mutex,
};

use jiff::tz::TimeZone;
use ringside_domain::{Call, CallId, Problem, ProblemCode};
use ringside_engine::Handle;
use tauri::{Manager, Window};
use tauri_plugin_opener::OpenerExt;

use super::{Answer, commands::refused};
use crate::life::{locked, opener, paths::Paths};

/// The copies saved in this run; managed by Tauri.
#[derive(Default)]
pub struct Copies(Mutex<BTreeMap<CallId, PathBuf>>);

pub async fn save_recording(window: &Window, call: CallId) -> Answer<String> {
    let handle = window.state::<Handle>();
    let missing = || Problem::new(ProblemCode::RecordingMissing, "", false);
    let row = handle.log_row(call).await?.ok_or_else(missing)?;
    let recording = handle.recording_file(call).await?;
    let folder = dirs::download_dir().unwrap_or_else(|| window.state::<Paths>().exports());
    let copied = tokio::task::spawn_blocking(move || {
        let extension = recording.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
        copy(&recording, &folder, &stem(&row.call, &TimeZone::system()), extension)
    });
    let path = copied.await.map_err(refused)?.map_err(refused)?;
    let shown = path.display().to_string();
    locked(&window.state::<Copies>().0).insert(call, path);
    Ok(shown)
}

pub fn show_saved_recording(window: &Window, call: CallId) -> Answer {
    let copy = locked(&window.state::<Copies>().0).get(&call).cloned();
    let path = copy.ok_or_else(|| Problem::new(ProblemCode::RecordingMissing, "", false))?;
    window.opener().reveal_item_in_dir(path).map_err(refused)
}

pub fn open_archive_folder(window: &Window) -> Answer {
    let chosen = window.state::<Handle>().snapshots().borrow().settings.recordings.folder.clone().unwrap_or_default();
    let folder = if chosen.is_empty() { window.state::<Paths>().recordings() } else { PathBuf::from(chosen) };
    opener::open(folder).map_err(refused)
}

/// A file name without extension: when the call began, and the customer's number.
fn stem(call: &Call, zone: &TimeZone) -> String {
    let began = jiff::Timestamp::from_millisecond(call.started_at.0).unwrap_or_default().to_zoned(zone.clone());
    // Only digits of the number, which every file system accepts in a name.
    let number: String = call.customer_number.chars().filter(char::is_ascii_digit).take(24).collect();
    let stem = format!("{} {number}", began.strftime("%Y-%m-%d %H.%M.%S"));
    stem.trim_end().to_owned()
}

/// Copies the recording under a name that no file has yet, and returns the copy's path.
fn copy(recording: &Path, folder: &Path, stem: &str, extension: &str) -> io::Result<PathBuf> {
    fs::create_dir_all(folder)?;
    let mut from = File::open(recording)?;
    for number in 1.. {
        let name = if number == 1 { format!("{stem}.{extension}") } else { format!("{stem} ({number}).{extension}") };
        let path = folder.join(name);
        match File::options().write(true).create_new(true).open(&path) {
            Ok(mut to) => {
                io::copy(&mut from, &mut to)?;
                return Ok(path);
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
    Err(io::Error::from(io::ErrorKind::AlreadyExists))
}

#[cfg(test)]
mod tests {
    use ringside_domain::{Method, Owner, Timestamp};

    use super::*;

    fn call(customer_number: &str) -> Call {
        let started_at = Timestamp(1_779_249_600_000);
        Call {
            customer_number: customer_number.to_owned(),
            method: Method::Predictive,
            ..Call::blank(CallId(1), Owner::default(), started_at)
        }
    }

    #[test]
    fn r1_a_copys_name_has_the_calls_start_and_only_the_digits_of_the_number() {
        let zone = TimeZone::get("Asia/Shanghai").unwrap();
        assert_eq!(stem(&call("013387525701"), &zone), "2026-05-20 12.00.00 013387525701");
        assert_eq!(stem(&call("../..\\:*?<>|\u{202e}"), &zone), "2026-05-20 12.00.00");
        assert_eq!(stem(&call(&"9".repeat(300)), &zone).len(), 44);
    }

    #[test]
    fn a_copy_overwrites_no_file() {
        let folder = tempfile::tempdir().unwrap();
        let recording = folder.path().join("call-1.wav");
        fs::write(&recording, "RIFF").unwrap();
        let downloads = folder.path().join("downloads");
        let first = copy(&recording, &downloads, "a", "wav").unwrap();
        fs::write(&first, "edited").unwrap();
        let second = copy(&recording, &downloads, "a", "wav").unwrap();
        assert_eq!((first.file_name(), second.file_name()), (Some("a.wav".as_ref()), Some("a (2).wav".as_ref())));
        assert_eq!((fs::read_to_string(first).unwrap().as_str(), fs::read_to_string(second).unwrap().as_str()), ("edited", "RIFF"));
    }
}
