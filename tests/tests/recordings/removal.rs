//! The removal of old recordings and calls, as the settings say.

use std::{fs, path::Path, time::Duration};

use ringside_domain::{ArchiveScope, ProblemCode, Removal};
use ringside_store::Store;

use crate::desk::{checked, complete, names, open, platform, recorded, set};

const DAY: Duration = Duration::from_secs(24 * 3600);

#[tokio::test]
async fn recordings_and_calls_older_than_the_setting_are_removed_and_counted() {
    let (simulator, folder) = (platform(120).await, tempfile::tempdir().unwrap());
    let desk = open(folder.path(), &simulator, |_| {}).await;
    let calls = recorded(&desk).await;
    set(&desk, |set| set.archive = Some(ArchiveScope::All));
    complete(&desk).await;
    let archive = folder.path().join("recordings");
    let before: u64 = desk.now().recordings.bytes;
    assert_eq!(names(&archive).len(), calls.len());

    set(&desk, |set| set.keep_days = Some(3));
    desk.until(|snapshot| snapshot.recordings.removal_due.is_some()).await;
    desk.clock.pass(Duration::from_secs(601));
    let removed = desk.until(|snapshot| snapshot.recordings.removal.is_some()).await.recordings.removal.clone().unwrap();
    let left = names(&archive);
    assert_eq!((removed.calls, removed.recordings, &removed.problem), (0, (calls.len() - left.len()) as u64, &None));
    assert!(!left.is_empty() && left.len() < calls.len(), "{}", left.len());
    let now = desk.until(|snapshot| snapshot.recordings.kept == left.len() as u64).await;
    assert_eq!(now.recordings.bytes + removed.bytes, before);
    complete(&desk).await;
    assert_eq!(names(&archive), left, "removed recordings are not fetched again");
    assert_eq!(recorded(&desk).await, calls, "the calls are kept");
    assert_eq!(checked(&desk).await.damaged_total, 0);

    set(&desk, |set| (set.keep_days, set.keep_calls_days) = (Some(0), Some(1)));
    desk.until(|snapshot| snapshot.settings.recordings.keep_calls_days == Some(1)).await;
    let revision = desk.now().log.revision;
    desk.clock.pass(Duration::from_secs(601));
    let now = desk.until(|snapshot| snapshot.recordings.removal.as_ref().is_some_and(|removal| removal.calls > 0)).await;
    let Removal { calls: gone, recordings, .. } = now.recordings.removal.clone().unwrap();
    desk.until(|snapshot| snapshot.log.revision > revision).await;
    let (left_calls, left_files) = (recorded(&desk).await, names(&archive));
    assert!(gone > 0 && left_calls.len() < calls.len());
    assert_eq!(recordings, (left.len() - left_files.len()) as u64, "the calls' recordings are removed, too");
    assert_eq!(left_files.len(), left_calls.len());
    assert!(now.recent.iter().all(|call| desk.clock_now().since(call.started_at) <= DAY), "removed calls are not among the recent ones");
    desk.close().await;
}

#[tokio::test]
async fn a_removal_that_fails_is_reported_and_repeated() {
    let (simulator, folder) = (platform(60).await, tempfile::tempdir().unwrap());
    let desk = open(folder.path(), &simulator, |_| {}).await;
    set(&desk, |_| {});
    complete(&desk).await;
    let (archive, elsewhere) = (folder.path().join("recordings"), folder.path().join("elsewhere"));
    fs::rename(&archive, &elsewhere).unwrap();
    set(&desk, |set| set.keep_days = Some(2));
    desk.until(|snapshot| snapshot.recordings.removal_due.is_some()).await;
    desk.clock.pass(Duration::from_secs(601));
    let now = desk.until(|snapshot| snapshot.recordings.removal.is_some()).await;
    let removal = now.recordings.removal.clone().unwrap();
    assert_eq!((removal.recordings, removal.problem.map(|problem| problem.code)), (0, Some(ProblemCode::ArchiveFolder)));
    fs::rename(&elsewhere, &archive).unwrap();
    let before = names(&archive).len();
    desk.clock.pass(DAY);
    let now = desk.until(|snapshot| snapshot.recordings.removal.as_ref().is_some_and(|removal| removal.recordings > 0)).await;
    let removal = now.recordings.removal.clone().unwrap();
    assert_eq!((removal.recordings, removal.problem), ((before - names(&archive).len()) as u64, None));
    desk.close().await;
}

#[tokio::test]
async fn fr2_a_file_that_cannot_be_removed_does_not_keep_the_others() {
    let (simulator, folder) = (platform(60).await, tempfile::tempdir().unwrap());
    let desk = open(folder.path(), &simulator, |_| {}).await;
    set(&desk, |_| {});
    complete(&desk).await;
    let archive = folder.path().join("recordings");
    // A folder with contents in place of the oldest file, so that all other files come after it.
    let store = Store::open_to_read(folder.path()).unwrap().unwrap();
    let oldest = store.kept_recordings(None, 1).unwrap().remove(0);
    drop(store);
    fs::remove_file(&oldest.file).unwrap();
    fs::create_dir(&oldest.file).unwrap();
    fs::write(Path::new(&oldest.file).join("something"), "").unwrap();
    let before = names(&archive).len();
    // Old files of an earlier run for calls that do not exist.
    for name in ["call-900001.part", "call-900001.json", "call-900002.wav"] {
        fs::write(archive.join(name), "RIFF").unwrap();
        fs::File::options().write(true).open(archive.join(name)).unwrap().set_modified(std::time::UNIX_EPOCH).unwrap();
    }
    set(&desk, |set| set.keep_days = Some(2));
    desk.until(|snapshot| snapshot.recordings.removal_due.is_some()).await;
    desk.clock.pass(Duration::from_secs(601));
    let now = desk.until(|snapshot| snapshot.recordings.removal.is_some()).await;
    let removal = now.recordings.removal.clone().unwrap();
    let problem = removal.problem.unwrap();
    assert!(removal.recordings > 1 && problem.detail.contains(&oldest.file), "{} {problem:?}", removal.recordings);
    assert_eq!((removal.failed, problem.code), (1, ProblemCode::ArchiveFolder));
    assert_eq!(names(&archive).len() as u64, before as u64 - removal.recordings, "files of unknown calls are removed, too");
    desk.close().await;
}
