//! Faults R1 to R14 of a download, as far as a server can cause them.

use std::{
    fs, io,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use ringside_domain::{Intent, LinkState, Problem, ProblemCode};
use ringside_engine::TransferLimits;
use ringside_platform::{Client, ClientOptions, Downloads};
use ringside_simulator::{Fault, Seen};
use ringside_tests::OWN;
use secrecy::ExposeSecret;

use crate::desk::{downloads, hasty_options, is_whole, links, names, open, platform, recorded};

fn has(problem: &Problem, code: ProblemCode, retryable: bool) {
    assert_eq!((problem.code, problem.retryable), (code, retryable), "{problem}");
}

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
        parts.client = Client::new(ClientOptions::default(), Arc::new(wall)).unwrap();
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

#[tokio::test]
async fn r3_a_redirect_to_an_address_that_is_not_public_is_refused() {
    let (simulator, folder) = (platform(20).await, tempfile::tempdir().unwrap());
    let desk = open(folder.path(), &simulator, |_| {}).await;
    let call = recorded(&desk).await[0];
    let port = simulator.url().port().unwrap();
    for target in
        ["http://169.254.169.254/latest/meta-data/", &format!("http://localhost:{port}/"), "http://[::1]/", "file:///etc/passwd", "//"]
    {
        simulator.fault("download", Fault::Redirect(target.to_owned()), 1);
        let problem = desk.handle.recording_file(call).await.unwrap_err();
        has(&problem, ProblemCode::LinkUnsafe, false);
        assert!(!problem.detail.contains("recordings/"), "the link is a secret: {problem}");
    }
    assert_eq!(downloads(&simulator, 0).len(), 5, "each is refused at once");
    // An endless redirect is refused even on trusted hosts.
    simulator.fault("download", Fault::Redirect(simulator.url().join("recordings/x/y.wav").unwrap().into()), None);
    has(&desk.handle.recording_file(call).await.unwrap_err(), ProblemCode::LinkUnsafe, false);
    assert_eq!(downloads(&simulator, 0).len(), 5 + 6);
    desk.close().await;
}

#[tokio::test]
async fn r3_an_administrator_can_allow_a_host() {
    let (simulator, folder) = (platform(20).await, tempfile::tempdir().unwrap());
    let desk = open(folder.path(), &simulator, |parts| {
        let options = ringside_platform::DownloadOptions { hosts: vec!["localhost".to_owned()], ..hasty_options() };
        parts.downloads = Downloads::new(options);
    })
    .await;
    let call = recorded(&desk).await[0];
    let elsewhere = format!("http://localhost:{}/recordings/none/none.wav", simulator.url().port().unwrap());
    simulator.fault("download", Fault::Redirect(elsewhere), 1);
    simulator.fault("download", Fault::HttpStatus(404), None);
    has(&desk.handle.recording_file(call).await.unwrap_err(), ProblemCode::RecordingMissing, true);
    assert!(downloads(&simulator, 0).len() > 1, "the host got a request");
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
    use std::sync::atomic::{AtomicU64, Ordering};
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
async fn r11_a_new_link_is_requested_for_an_expired_one() {
    let (simulator, folder) = (platform(20).await, tempfile::tempdir().unwrap());
    let desk = open(folder.path(), &simulator, |_| {}).await;
    let calls = recorded(&desk).await;
    for (call, status) in calls.iter().zip([401, 403, 410]) {
        let mark = simulator.ledger().mark();
        simulator.fault("download", Fault::HttpStatus(status), 1);
        assert!(is_whole(&desk.handle.recording_file(*call).await.unwrap()));
        assert_eq!((downloads(&simulator, mark).len(), links(&simulator, mark)), (2, 2), "{status}");
    }
    desk.close().await;
}

#[tokio::test]
async fn r11_a_new_link_is_requested_if_the_link_expires_during_a_pause() {
    let (simulator, folder) = (platform(20).await, tempfile::tempdir().unwrap());
    let desk = open(folder.path(), &simulator, |parts| parts.limits.pause = Duration::from_millis(300)).await;
    let call = recorded(&desk).await[0];
    simulator.fault("download", Fault::Truncated, 1);
    let handle = desk.handle.clone();
    let file = tokio::spawn(async move { handle.recording_file(call).await });
    simulator.ledger().wait_for(|entry| matches!(entry.seen, Seen::Download(_)), ringside_tests::PATIENCE).await.unwrap();
    desk.clock.pass(Duration::from_secs(400));
    assert!(is_whole(&file.await.unwrap().unwrap()));
    assert_eq!(links(&simulator, 0), 2);
    assert_eq!(downloads(&simulator, 0).last().unwrap().0, 206, "the new link leads to the same file");
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

#[tokio::test]
async fn fc16_a_recording_without_a_file_name_is_fetched_by_the_link_in_its_bill() {
    let (simulator, folder) = (platform(20).await, tempfile::tempdir().unwrap());
    let mut desk = open(folder.path(), &simulator, |_| {}).await;
    desk.listen(&simulator).await;
    let named = recorded(&desk).await;
    desk.handle.intent(Intent::FetchLink { call: named[0] });
    desk.until(|snapshot| snapshot.link.as_ref().is_some_and(|link| matches!(link.state, LinkState::Ready { .. }))).await;
    let link = desk.handle.recording_link(named[0]).await.unwrap().expose_secret().to_owned();
    let asked = links(&simulator, 0);
    let url = simulator.url();
    for (id, address, outcome) in [
        (1, link.as_str(), None),
        (2, "http://169.254.169.254/latest/x.mp3", Some(ProblemCode::LinkUnsafe)),
        (3, url.join("recordings/none/none.wav").unwrap().as_str(), Some(ProblemCode::RecordingMissing)),
    ] {
        let time = |ago: u64| {
            let at = desk.clock_now().minus(Duration::from_secs(600 * id + ago)).plus(Duration::from_secs(8 * 3600));
            jiff::Timestamp::from_millisecond(at.0).unwrap().strftime("%Y-%m-%d %H:%M:%S").to_string()
        };
        let bill = serde_json::json!({
            "type": "callout", "callmethod": 2, "id": format!("{id}"), "uuid": format!("linked-{id}"), "extnumber": OWN,
            "destnumber": format!("1380013800{id}"), "starttime": time(60), "answertime": time(50), "endtime": time(10),
            "duration": 10, "billsec": 40, "recordfilename": "", "recordurl": address,
        });
        let known = recorded(&desk).await;
        assert!(simulator.deliver_raw(bill.to_string(), "application/json").await.is_accepted());
        let revision = desk.now().log.revision;
        let mut now = recorded(&desk).await;
        while now.len() == known.len() {
            desk.until(|snapshot| snapshot.log.revision > revision).await;
            now = recorded(&desk).await;
        }
        let call = *now.iter().find(|call| !known.contains(call)).unwrap();
        let fetched = desk.handle.recording_file(call).await;
        match outcome {
            None => assert!(is_whole(&fetched.unwrap())),
            Some(code) => assert_eq!(fetched.unwrap_err().code, code, "{address}"),
        }
    }
    assert_eq!(links(&simulator, 0), asked, "without a file name no link is requested");
    desk.close().await;
}
