//! Transfers of recordings: resumed after a fault of the server, repeated, given up, shared and stopped (R6, R7, R9, R10, R14).

use std::{
    fs,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use ringside_domain::{Intent, ProblemCode};
use ringside_platform::{Client, ClientOptions, Downloads};
use ringside_simulator::{Fault, Seen};

use crate::desk::{downloads, has, is_whole, links, names, open, platform, recorded};

#[tokio::test]
async fn fs9_a_transfer_that_panics_returns_an_error_and_the_next_one_succeeds() {
    let (simulator, folder) = (platform(20).await, tempfile::tempdir().unwrap());
    let is_broken = Arc::new(AtomicBool::new(false));
    let broken = Arc::clone(&is_broken);
    let desk = open(folder.path(), &simulator, |parts| {
        let clock = Arc::clone(&parts.clock);
        let wall = move || {
            assert!(!broken.load(Ordering::Relaxed), "the client's clock is broken");
            clock.now().wall
        };
        parts.client = Client::new(ClientOptions::default(), Arc::new(wall));
    })
    .await;
    let call = recorded(&desk).await[0];
    is_broken.store(true, Ordering::Relaxed);
    for _ in 0..2 {
        has(&desk.handle.recording_file(call).await.unwrap_err(), ProblemCode::PartFailed, true);
    }
    is_broken.store(false, Ordering::Relaxed);
    assert!(is_whole(&desk.handle.recording_file(call).await.unwrap()));
    // No request waits for the failed transfer.
    desk.close().await;
}

#[tokio::test]
async fn r6_a_cut_download_is_resumed_only_if_the_file_is_the_same() {
    let (simulator, folder) = (platform(20).await, tempfile::tempdir().unwrap());
    let desk = open(folder.path(), &simulator, |_| {}).await;
    let calls = recorded(&desk).await;
    simulator.fault("download", Fault::Truncated, 1);
    let file = desk.handle.recording_file(calls[0]).await.unwrap();
    assert!(is_whole(&file));
    let half = fs::metadata(&file).unwrap().len() / 2;
    assert_eq!(downloads(&simulator, 0), [(200, None), (206, Some(format!("bytes={half}-")))]);

    let mark = simulator.ledger().mark();
    simulator.fault("download", Fault::Truncated, 1);
    simulator.fault("download", Fault::Changed, 1);
    let file = desk.handle.recording_file(calls[1]).await.unwrap();
    assert!(is_whole(&file));
    assert_eq!(
        downloads(&simulator, mark).iter().map(|(status, _)| *status).collect::<Vec<_>>(),
        [200, 200],
        "a changed file is fetched from its beginning"
    );
    assert_eq!(names(&folder.path().join("cache")).len(), 2, "no partial files are left");
    desk.close().await;
}

#[tokio::test]
async fn r6_a_download_that_keeps_failing_is_given_up_until_the_next_request() {
    let (simulator, folder) = (platform(20).await, tempfile::tempdir().unwrap());
    let desk = open(folder.path(), &simulator, |_| {}).await;
    let call = recorded(&desk).await[0];
    simulator.fault("download", Fault::Reset, None);
    has(&desk.handle.recording_file(call).await.unwrap_err(), ProblemCode::DownloadFailed, true);
    assert_eq!(downloads(&simulator, 0).len(), 4, "a bounded number of tries");
    simulator.clear_faults();
    assert!(is_whole(&desk.handle.recording_file(call).await.unwrap()));
    desk.close().await;
}

#[tokio::test]
async fn r7_a_web_page_with_status_200_is_not_a_recording() {
    let (simulator, folder) = (platform(20).await, tempfile::tempdir().unwrap());
    let desk = open(folder.path(), &simulator, |_| {}).await;
    let call = recorded(&desk).await[0];
    simulator.fault("download", Fault::Html, 1);
    has(&desk.handle.recording_file(call).await.unwrap_err(), ProblemCode::NotARecording, true);
    assert_eq!(names(&folder.path().join("cache")), [""; 0]);
    assert!(is_whole(&desk.handle.recording_file(call).await.unwrap()));
    desk.close().await;
}

#[tokio::test]
async fn r7_a_web_page_in_place_of_the_rest_does_not_lose_the_first_part() {
    let (simulator, folder) = (platform(20).await, tempfile::tempdir().unwrap());
    let desk = open(folder.path(), &simulator, |_| {}).await;
    let call = recorded(&desk).await[0];
    simulator.fault("download", Fault::Truncated, 1);
    simulator.fault("download", Fault::Html, 1);
    has(&desk.handle.recording_file(call).await.unwrap_err(), ProblemCode::NotARecording, true);
    assert!(is_whole(&desk.handle.recording_file(call).await.unwrap()));
    let seen: Vec<u16> = downloads(&simulator, 0).iter().map(|(status, _)| *status).collect();
    assert_eq!(seen, [200, 200, 206]);
    desk.close().await;
}

#[tokio::test]
async fn r9_a_recording_that_is_not_ready_is_requested_again_within_limits() {
    let (simulator, folder) = (platform(20).await, tempfile::tempdir().unwrap());
    let desk = open(folder.path(), &simulator, |_| {}).await;
    let calls = recorded(&desk).await;
    simulator.fault("download", Fault::HttpStatus(404), 2);
    assert!(is_whole(&desk.handle.recording_file(calls[0]).await.unwrap()));
    assert_eq!((downloads(&simulator, 0).len(), links(&simulator, 0)), (3, 1), "with the same link");
    let mark = simulator.ledger().mark();
    simulator.fault("download", Fault::HttpStatus(404), None);
    has(&desk.handle.recording_file(calls[1]).await.unwrap_err(), ProblemCode::RecordingMissing, true);
    assert_eq!(downloads(&simulator, mark).len(), 4);
    desk.close().await;
}

#[tokio::test]
async fn r9_a_recording_that_the_platform_does_not_have_is_reported_as_missing() {
    let (simulator, folder) = (platform(20).await, tempfile::tempdir().unwrap());
    let desk = open(folder.path(), &simulator, |_| {}).await;
    let call = recorded(&desk).await[0];
    simulator.fault("GetRecodeFile", Fault::Failed(1003), 1);
    has(&desk.handle.recording_file(call).await.unwrap_err(), ProblemCode::RecordingMissing, true);
    desk.close().await;
}

#[tokio::test]
async fn r10_requests_for_the_same_recording_share_one_transfer() {
    let (simulator, folder) = (platform(20).await, tempfile::tempdir().unwrap());
    let desk = open(folder.path(), &simulator, |_| {}).await;
    let call = recorded(&desk).await[0];
    simulator.fault("download", Fault::Slow(Duration::from_millis(100)), 1);
    let waiting: Vec<_> = (0..20)
        .map(|_| {
            let handle = desk.handle.clone();
            tokio::spawn(async move { handle.recording_file(call).await.unwrap() })
        })
        .collect();
    for file in waiting {
        assert!(is_whole(&file.await.unwrap()));
    }
    assert_eq!((downloads(&simulator, 0).len(), links(&simulator, 0)), (1, 1));
    desk.close().await;
}

#[tokio::test]
async fn r14_a_download_that_stalls_is_given_up() {
    let (simulator, folder) = (platform(20).await, tempfile::tempdir().unwrap());
    let desk = open(folder.path(), &simulator, |_| {}).await;
    let call = recorded(&desk).await[0];
    simulator.fault("download", Fault::Trickle(Duration::from_millis(20)), None);
    let problem = desk.handle.recording_file(call).await.unwrap_err();
    has(&problem, ProblemCode::DownloadFailed, true);
    assert!(problem.detail.contains("slowly"), "{problem}");
    simulator.clear_faults();
    assert!(is_whole(&desk.handle.recording_file(call).await.unwrap()));
    assert_eq!(downloads(&simulator, 0).last().unwrap().0, 206, "the received bytes are used");
    desk.close().await;
}

#[tokio::test]
async fn a_transfer_shows_its_progress_and_can_be_stopped() {
    let (simulator, folder) = (platform(20).await, tempfile::tempdir().unwrap());
    let desk =
        open(folder.path(), &simulator, |parts| parts.downloads = Downloads::new(ringside_platform::DownloadOptions::default())).await;
    let call = recorded(&desk).await[0];
    simulator.fault("download", Fault::Trickle(Duration::from_millis(5)), 1);
    let handle = desk.handle.clone();
    let file = tokio::spawn(async move { handle.recording_file(call).await });
    let seen = desk.until(|snapshot| snapshot.recordings.transfers.first().is_some_and(|transfer| transfer.bytes > 0)).await;
    let transfer = seen.recordings.transfers[0];
    assert_eq!(transfer.call, call);
    assert!(transfer.total.unwrap() > transfer.bytes, "{transfer:?}");
    desk.until(|snapshot| snapshot.recordings.transfers.first().is_some_and(|next| next.bytes > transfer.bytes)).await;
    desk.handle.intent(Intent::StopTransfer { call });
    has(&file.await.unwrap().unwrap_err(), ProblemCode::DownloadFailed, true);
    desk.until(|snapshot| snapshot.recordings.transfers.is_empty()).await;
    assert!(is_whole(&desk.handle.recording_file(call).await.unwrap()));
    assert_eq!(downloads(&simulator, 0).last().unwrap().0, 206);
    desk.close().await;
}

#[tokio::test]
async fn the_recording_of_an_unknown_call_is_reported_as_missing() {
    let (simulator, folder) = (platform(20).await, tempfile::tempdir().unwrap());
    let desk = open(folder.path(), &simulator, |_| {}).await;
    let problem = desk.handle.recording_file(ringside_domain::CallId(4711)).await.unwrap_err();
    has(&problem, ProblemCode::RecordingMissing, false);
    desk.close().await;
}

#[tokio::test]
async fn a_transfer_in_progress_is_stopped_with_the_engine() {
    let (simulator, folder) = (platform(20).await, tempfile::tempdir().unwrap());
    let desk = open(folder.path(), &simulator, |_| {}).await;
    let call = recorded(&desk).await[0];
    simulator.fault("download", Fault::Timeout, None);
    let handle = desk.handle.clone();
    let file = tokio::spawn(async move { handle.recording_file(call).await });
    simulator.ledger().wait_for(|entry| matches!(entry.seen, Seen::Download(_)), ringside_tests::PATIENCE).await.unwrap();
    desk.close().await;
    has(&file.await.unwrap().unwrap_err(), ProblemCode::DownloadFailed, true);
}
