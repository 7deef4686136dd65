//! The files of recordings: their names and rights, the cache, partial files of an earlier run, and space on the disk (R1, R4, R5, R13).

use std::{
    fs, io,
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use ringside_domain::ProblemCode;
use ringside_engine::TransferLimits;
use ringside_simulator::{Fault, Seen};

use crate::desk::{downloads, has, is_whole, links, names, open, platform, recorded};

#[tokio::test]
async fn r1_r13_a_recording_is_a_private_file_with_the_calls_name_fetched_without_a_token() {
    let (simulator, folder) = (platform(20).await, tempfile::tempdir().unwrap());
    let desk = open(folder.path(), &simulator, |_| {}).await;
    let call = recorded(&desk).await[0];
    let file = desk.handle.recording_file(call).await.unwrap();
    assert_eq!(file, folder.path().join("cache").join(format!("call-{}.wav", call.0)));
    assert!(is_whole(&file));
    #[cfg(unix)]
    for (path, mode) in [(file.as_path(), 0o600), (file.parent().unwrap(), 0o700)] {
        assert_eq!(std::os::unix::fs::PermissionsExt::mode(&fs::metadata(path).unwrap().permissions()) & 0o777, mode);
    }
    let again = desk.handle.recording_file(call).await.unwrap();
    assert_eq!((again, downloads(&simulator, 0).len(), links(&simulator, 0)), (file, 1, 1), "at hand");
    let entries = simulator.ledger().entries();
    let headers = entries.iter().find_map(|entry| match &entry.seen {
        Seen::Download(download) => Some(&download.headers),
        _ => None,
    });
    let sent: Vec<&str> = headers.unwrap().keys().map(String::as_str).collect();
    assert_eq!(sent, ["accept", "accept-encoding", "host", "user-agent"]);
    assert_eq!(desk.now().recordings.transfers, []);
    desk.close().await;
}

#[tokio::test]
async fn the_cache_of_an_earlier_run_is_emptied() {
    let (simulator, folder) = (platform(20).await, tempfile::tempdir().unwrap());
    let cache = folder.path().join("cache");
    fs::create_dir(&cache).unwrap();
    fs::write(cache.join("call-1.wav"), "another call's").unwrap();
    let desk = open(folder.path(), &simulator, |_| {}).await;
    let call = recorded(&desk).await[0];
    assert!(is_whole(&desk.handle.recording_file(call).await.unwrap()));
    assert_eq!(names(&cache), [format!("call-{}.wav", call.0)]);
    desk.close().await;
}

#[tokio::test]
async fn fr2_partial_files_of_an_earlier_run_are_removed_after_a_day() {
    let (simulator, folder) = (platform(20).await, tempfile::tempdir().unwrap());
    let archive = folder.path().join("recordings");
    fs::create_dir(&archive).unwrap();
    let now = fs::metadata(&archive).unwrap().modified().unwrap();
    let hours = |hours: u64| now - Duration::from_secs(hours * 3600);
    for (name, changed) in [("call-7.part", hours(25)), ("call-7.json", hours(25)), ("call-8.part", hours(23)), ("call-9.wav", hours(999))]
    {
        fs::write(archive.join(name), "RIFF").unwrap();
        fs::File::options().write(true).open(archive.join(name)).unwrap().set_modified(changed).unwrap();
    }
    let desk = open(folder.path(), &simulator, |_| {}).await;
    desk.handle.recording_file(recorded(&desk).await[0]).await.unwrap();
    assert_eq!(names(&archive), ["call-8.part", "call-9.wav"], "complete files stay if no age is set");
    desk.close().await;
}

#[cfg(unix)]
#[tokio::test]
async fn r4_symbolic_links_in_the_cache_are_not_followed() {
    let (simulator, folder) = (platform(20).await, tempfile::tempdir().unwrap());
    let desk = open(folder.path(), &simulator, |_| {}).await;
    let call = recorded(&desk).await[0];
    desk.handle.recording_file(recorded(&desk).await[1]).await.unwrap();
    let (cache, precious) = (folder.path().join("cache"), folder.path().join("precious"));
    fs::write(&precious, "mine").unwrap();
    for name in ["part", "json", "wav"] {
        std::os::unix::fs::symlink(&precious, cache.join(format!("call-{}.{name}", call.0))).unwrap();
    }
    let file = desk.handle.recording_file(call).await.unwrap();
    assert_eq!(file, cache.join(format!("call-{}-2.wav", call.0)), "an existing name is not overwritten");
    assert!(is_whole(&file));
    assert_eq!(fs::read_to_string(precious).unwrap(), "mine");
    desk.close().await;
}

#[tokio::test]
async fn r5_a_recording_that_is_too_large_is_not_fetched_with_or_without_a_length() {
    let (simulator, folder) = (platform(20).await, tempfile::tempdir().unwrap());
    let desk = open(folder.path(), &simulator, |parts| parts.limits.largest = 40_000).await;
    let call = recorded(&desk).await[0];
    has(&desk.handle.recording_file(call).await.unwrap_err(), ProblemCode::RecordingTooLarge, false);
    simulator.fault("download", Fault::Huge(1 << 40), 1);
    has(&desk.handle.recording_file(call).await.unwrap_err(), ProblemCode::RecordingTooLarge, false);
    assert_eq!(names(&folder.path().join("cache")), [""; 0], "no partial file is left");
    desk.close().await;
}

#[tokio::test]
async fn r5_a_full_disk_is_reported_until_there_is_space() {
    static FREE: AtomicU64 = AtomicU64::new(0);
    let (simulator, folder) = (platform(20).await, tempfile::tempdir().unwrap());
    let desk = open(folder.path(), &simulator, |parts| {
        parts.recordings.free = |_| -> io::Result<u64> { Ok(FREE.load(Ordering::Relaxed)) };
    })
    .await;
    let call = recorded(&desk).await[0];
    has(&desk.handle.recording_file(call).await.unwrap_err(), ProblemCode::StoreFull, true);
    FREE.store(TransferLimits::default().reserve + 40_000, Ordering::Relaxed);
    has(&desk.handle.recording_file(call).await.unwrap_err(), ProblemCode::StoreFull, true);
    FREE.store(u64::MAX, Ordering::Relaxed);
    assert!(is_whole(&desk.handle.recording_file(call).await.unwrap()));
    desk.close().await;
}
