//! The archive over real sockets and on a real disk: complete after interruptions, verified, and within its limits.

use std::{collections::BTreeSet, fs, path::Path, time::Duration};

use ringside_domain::{ArchiveOrder, ArchiveState, CallId, Damage, ProblemCode};
use ringside_engine::verify;
use ringside_platform::{DownloadOptions, Downloads};
use ringside_simulator::{Fault, Party, RingSpec, Seen, Simulator};
use ringside_store::Store;
use ringside_tests::{Desk, OWN, PATIENCE};
use ringside_vault::Vault;

use crate::desk::{LONGEST_PAUSE, all_fetched, checked, complete, downloads, given, hasty, is_whole, names, open, platform, recorded, set};

/// Makes the download send one byte every 5 ms: slow enough to be stopped, fast enough not to stall.
async fn dawdle(simulator: &Simulator) {
    simulator.fault("download", Fault::Trickle(Duration::from_millis(5)), 1);
}

fn patient(parts: &mut ringside_engine::Parts) {
    parts.downloads = Downloads::new(DownloadOptions::default());
}

async fn begun(desk: &Desk) -> CallId {
    desk.until(|snapshot| snapshot.recordings.transfers.first().is_some_and(|transfer| transfer.bytes > 0)).await.recordings.transfers[0]
        .call
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_archive_gets_all_recordings_despite_every_fault_and_a_restart() {
    let (simulator, folder) = (platform(360).await, tempfile::tempdir().unwrap());
    let vault = Vault::memory();
    let desk = Desk::open_as(folder.path(), vault.clone(), given(), hasty);
    desk.sign_in(&simulator, "demo-key", &[]);
    all_fetched(&desk).await;
    let calls = recorded(&desk).await;
    assert!(calls.len() >= 180, "{}", calls.len());
    let elsewhere = "http://169.254.169.254/latest/meta-data/".to_owned();
    let faults = [
        (Fault::Truncated, 7),
        (Fault::Html, 4),
        (Fault::HttpStatus(404), 9),
        (Fault::HttpStatus(403), 3),
        (Fault::HttpStatus(503), 3),
        (Fault::Reset, 3),
        (Fault::Redirect(elsewhere), 2),
        (Fault::Trickle(Duration::from_millis(20)), 2),
        (Fault::Truncated, 2),
        (Fault::Changed, 2),
    ];
    for (fault, times) in faults {
        simulator.fault("download", fault, times);
    }
    simulator.fault("GetRecodeFile", Fault::Failed(1003), 3);
    simulator.fault("GetRecodeFile", Fault::HttpStatus(502), 2);
    set(&desk, |_| {});
    while desk.now().recordings.kept < 100 {
        let kept = desk.now().recordings.kept;
        let now = desk
            .until(|snapshot| snapshot.recordings.kept > kept || matches!(snapshot.recordings.state, ArchiveState::Failing { .. }))
            .await;
        let state = now.recordings.state.clone();
        if matches!(state, ArchiveState::Failing { .. }) {
            desk.clock.pass(LONGEST_PAUSE);
            desk.until(|snapshot| snapshot.recordings.state != state).await;
        }
    }
    desk.close().await;
    let half = names(&folder.path().join("recordings")).len();
    assert!((100..calls.len()).contains(&half), "in the middle: {half}");
    let mark = simulator.ledger().mark();

    let desk = Desk::open_as(folder.path(), vault, given(), hasty);
    complete(&desk).await;
    let view = desk.now().recordings.clone();
    assert_eq!((view.kept, view.wanted, view.lost, view.troubles.len()), (calls.len() as u64, 0, 0, 0));
    assert!(downloads(&simulator, mark).len() <= calls.len() - 90, "the archive continued");
    let expected: BTreeSet<String> = calls.iter().map(|call| format!("call-{}.wav", call.0)).collect();
    let archive = folder.path().join("recordings");
    assert_eq!(names(&archive).into_iter().collect::<BTreeSet<_>>(), expected, "each file once, and no partial files");
    assert!(names(&archive).iter().all(|name| is_whole(&archive.join(name))));
    let bytes: u64 = names(&archive).iter().map(|name| fs::metadata(archive.join(name)).unwrap().len()).sum();
    assert_eq!(view.bytes, bytes);

    let verification = checked(&desk).await;
    assert_eq!((verification.checked, verification.total, verification.damaged_total), (view.kept, view.kept, 0));
    let (changed, missing) = (archive.join(format!("call-{}.wav", calls[3].0)), archive.join(format!("call-{}.wav", calls[150].0)));
    let mut damaged = fs::read(&changed).unwrap();
    damaged[1234] ^= 1;
    fs::write(&changed, damaged).unwrap();
    fs::remove_file(&missing).unwrap();
    let verification = checked(&desk).await;
    let named: Vec<(CallId, &str, Damage)> = verification.damaged.iter().map(|one| (one.call, one.file.as_str(), one.how)).collect();
    assert_eq!(named, [(calls[3], changed.to_str().unwrap(), Damage::Changed), (calls[150], missing.to_str().unwrap(), Damage::Missing)]);

    // Verified beside the running app, with another folder as the archive's.
    let store = Store::open_to_read(folder.path()).unwrap().unwrap();
    let mut found = Vec::new();
    let verified = verify(&store, Path::new("/nowhere"), |_, damaged| {
        found.extend(damaged);
        std::ops::ControlFlow::Continue(())
    })
    .unwrap();
    assert_eq!((verified.checked, verified.damaged, found), (view.kept, 2, verification.damaged));
    drop(store);

    let again = desk.handle.recording_file(calls[150]).await.unwrap();
    assert_eq!(again, missing, "a missing file is fetched again on demand");
    assert_eq!(checked(&desk).await.damaged_total, 1);
    desk.close().await;
}

#[tokio::test]
async fn r6_a_transfer_that_the_end_of_the_app_interrupted_is_resumed() {
    let (simulator, folder, vault) = (platform(20).await, tempfile::tempdir().unwrap(), Vault::memory());
    let desk = Desk::open_as(folder.path(), vault.clone(), given(), patient);
    desk.sign_in(&simulator, "demo-key", &[]);
    all_fetched(&desk).await;
    dawdle(&simulator).await;
    set(&desk, |_| {});
    let call = begun(&desk).await;
    desk.until(|snapshot| snapshot.recordings.transfers.first().is_some_and(|transfer| transfer.bytes > 50)).await;
    desk.close().await;
    let archive = folder.path().join("recordings");
    assert_eq!(names(&archive), [format!("call-{}.json", call.0), format!("call-{}.part", call.0)]);
    let part = fs::metadata(archive.join(format!("call-{}.part", call.0))).unwrap().len();
    let mark = simulator.ledger().mark();

    let desk = Desk::open_as(folder.path(), vault, given(), hasty);
    complete(&desk).await;
    assert_eq!(downloads(&simulator, mark)[0], (206, Some(format!("bytes={part}-"))));
    assert!(is_whole(&archive.join(format!("call-{}.wav", call.0))));
    assert_eq!(checked(&desk).await.damaged_total, 0);
    desk.close().await;
}

#[tokio::test]
async fn the_archive_has_the_chosen_order_but_a_requested_recording_comes_at_once() {
    let (simulator, folder) = (platform(20).await, tempfile::tempdir().unwrap());
    let desk = open(folder.path(), &simulator, |_| {}).await;
    let calls = recorded(&desk).await;
    let wanted = calls[calls.len() / 2];
    assert!(desk.handle.recording_file(wanted).await.unwrap().starts_with(folder.path().join("cache")), "no archive yet");
    let mark = simulator.ledger().mark();
    set(&desk, |set| set.order = Some(ArchiveOrder::Oldest));
    complete(&desk).await;
    let order: Vec<String> = simulator
        .ledger()
        .entries_after(mark)
        .iter()
        .filter_map(|entry| entry.request("GetRecodeFile").map(|request| request.parameter("filename").to_owned()))
        .collect();
    assert_eq!(order.len(), calls.len());
    assert!(order.is_sorted(), "by the time in their names: {order:?}");
    let file = desk.handle.recording_file(wanted).await.unwrap();
    assert_eq!(file, folder.path().join("recordings").join(format!("call-{}.wav", wanted.0)));
    desk.close().await;
}

#[tokio::test]
async fn a_requested_recording_is_stored_in_the_archive_if_it_is_on() {
    let (simulator, folder) = (platform(20).await, tempfile::tempdir().unwrap());
    let desk = open(folder.path(), &simulator, |_| {}).await;
    let calls = recorded(&desk).await;
    // The archive's own requests fail.
    simulator.fault("GetRecodeFile", Fault::HttpStatus(502), None);
    set(&desk, |_| {});
    desk.until(|snapshot| matches!(snapshot.recordings.state, ArchiveState::Failing { .. })).await;
    simulator.clear_faults();
    let mark = simulator.ledger().mark();
    let file = desk.handle.recording_file(calls[0]).await.unwrap();
    assert!(file.starts_with(folder.path().join("recordings")));
    assert_eq!(desk.handle.recording_file(calls[0]).await.unwrap(), file, "the file is at hand");
    assert_eq!(downloads(&simulator, mark).len(), 1);
    desk.until(|snapshot| snapshot.recordings.kept == 1).await;
    assert_eq!(checked(&desk).await.checked, 1);
    desk.close().await;
}

#[tokio::test]
async fn a_ring_stops_the_archive_but_not_a_requested_transfer() {
    let (simulator, folder) = (platform(20).await, tempfile::tempdir().unwrap());
    let mut desk = open(folder.path(), &simulator, patient).await;
    desk.listen(&simulator).await;
    dawdle(&simulator).await;
    set(&desk, |_| {});
    let call = begun(&desk).await;
    let ring = simulator.ring(RingSpec::predictive(OWN, "013387525701", "queue-1"));
    let stopped =
        desk.until(|snapshot| snapshot.recordings.state == ArchiveState::InCall && snapshot.recordings.transfers.is_empty()).await;
    assert_eq!((stopped.calls.len(), stopped.recordings.kept), (1, 0));
    let mark = simulator.ledger().mark();
    assert!(is_whole(&desk.handle.recording_file(call).await.unwrap()), "a requested transfer goes on");
    assert_eq!(downloads(&simulator, mark).iter().map(|(status, _)| *status).collect::<Vec<_>>(), [206], "the archive does not transfer");
    simulator.hang_up(ring, Party::Customer).unwrap();
    complete(&desk).await;
    assert_eq!(checked(&desk).await.damaged_total, 0);
    desk.close().await;
}

#[tokio::test]
async fn a_missing_archive_folder_is_reported_and_used_again_when_it_is_back() {
    let (simulator, folder) = (platform(20).await, tempfile::tempdir().unwrap());
    let desk = open(folder.path(), &simulator, |_| {}).await;
    let calls = recorded(&desk).await;
    let (disk, elsewhere) = (folder.path().join("disk"), folder.path().join("elsewhere"));
    // One recording is stored, then the disk is removed.
    simulator.fault("GetRecodeFile", Fault::HttpStatus(502), None);
    set(&desk, |set| set.folder = Some(disk.to_str().unwrap().to_owned()));
    desk.until(|snapshot| matches!(snapshot.recordings.state, ArchiveState::Failing { .. })).await;
    simulator.clear_faults();
    desk.handle.recording_file(calls[0]).await.unwrap();
    desk.until(|snapshot| snapshot.recordings.kept == 1).await;
    fs::rename(&disk, &elsewhere).unwrap();
    desk.clock.pass(Duration::from_secs(120));
    let says = |state: &ArchiveState, code| matches!(state, ArchiveState::Failing { problem, .. } if problem.code == code);
    desk.until(|snapshot| says(&snapshot.recordings.state, ProblemCode::ArchiveFolder)).await;
    assert!(!disk.exists(), "the folder is not created again");
    // The mount point of a disk that is not mounted looks like this.
    fs::create_dir(&disk).unwrap();
    let failed = desk.now().recordings.state.clone();
    desk.clock.pass(LONGEST_PAUSE);
    desk.until(|snapshot| snapshot.recordings.state != failed && says(&snapshot.recordings.state, ProblemCode::ArchiveFolder)).await;
    fs::remove_dir(&disk).unwrap();
    let heard = desk.handle.recording_file(calls[1]).await.unwrap();
    assert!(heard.starts_with(folder.path().join("cache")), "a recording can still be played");
    assert_eq!(checked(&desk).await.damaged[0].how, Damage::Missing);
    fs::rename(&elsewhere, &disk).unwrap();
    complete(&desk).await;
    assert_eq!((names(&disk).len(), checked(&desk).await.damaged_total), (calls.len(), 0));

    // The folder is moved by a person, who also changes the setting.
    fs::rename(&disk, &elsewhere).unwrap();
    set(&desk, |set| set.folder = Some(elsewhere.to_str().unwrap().to_owned()));
    desk.until(|snapshot| snapshot.settings.recordings.folder.as_deref() == elsewhere.to_str()).await;
    assert!(desk.handle.recording_file(calls[0]).await.unwrap().starts_with(&elsewhere));
    assert_eq!(checked(&desk).await.damaged_total, 0);
    desk.close().await;
}

#[tokio::test]
async fn the_size_limit_stops_the_archive_until_it_is_raised() {
    let (simulator, folder) = (platform(20).await, tempfile::tempdir().unwrap());
    let desk = open(folder.path(), &simulator, |_| {}).await;
    // As if a gigabyte was already stored.
    let store = Store::open(folder.path(), desk.clock_now()).unwrap().0;
    let calls = recorded(&desk).await;
    fs::create_dir_all(folder.path().join("recordings")).unwrap();
    let file = folder.path().join("recordings").join("large.wav");
    fs::write(&file, "").unwrap();
    let file = file.to_str().unwrap().to_owned();
    let large = ringside_store::Fetch::Kept { file, sha256: [0; 32], size: 999_990_000, at: desk.clock_now() };
    store.write(vec![ringside_store::Write::Recording { call: calls[0], fetch: large }]).await.unwrap();
    drop(store);
    set(&desk, |set| set.limit_gb = Some(1));
    let full = desk.until(|snapshot| matches!(snapshot.recordings.state, ArchiveState::Failing { .. })).await;
    let ArchiveState::Failing { problem, .. } = &full.recordings.state else { panic!() };
    assert_eq!((problem.code, full.recordings.kept), (ProblemCode::ArchiveLimit, 1));
    set(&desk, |set| set.limit_gb = Some(2));
    complete(&desk).await;
    assert_eq!(desk.now().recordings.kept, calls.len() as u64);
    desk.close().await;
}

#[tokio::test]
async fn two_desks_that_share_an_archive_folder_do_not_overwrite_each_others_files() {
    let shared = tempfile::tempdir().unwrap();
    let folder = shared.path().join("archive").to_str().unwrap().to_owned();
    let (one, other) = (
        platform(20).await,
        Simulator::local(ringside_simulator::Options { past_bills: 20, seed: 77, ..ringside_simulator::Options::test() }).await.unwrap(),
    );
    let mut kept = 0;
    let mut desks = Vec::new();
    for simulator in [&one, &other] {
        let own = tempfile::tempdir().unwrap();
        let desk = open(own.path(), simulator, |_| {}).await;
        set(&desk, |set| set.folder = Some(folder.clone()));
        kept += recorded(&desk).await.len();
        desks.push((desk, own));
    }
    for (desk, _) in &desks {
        complete(desk).await;
    }
    assert_eq!(names(Path::new(&folder)).len(), kept);
    for (desk, _own) in desks {
        assert_eq!(checked(&desk).await.damaged_total, 0);
        desk.close().await;
    }
}

#[tokio::test]
async fn the_archive_sends_no_token_to_the_download_host() {
    let (simulator, folder) = (platform(20).await, tempfile::tempdir().unwrap());
    let desk = open(folder.path(), &simulator, |_| {}).await;
    set(&desk, |_| {});
    complete(&desk).await;
    let entries = simulator.ledger().entries();
    let headers: Vec<_> = entries
        .iter()
        .filter_map(|entry| match &entry.seen {
            Seen::Download(download) => Some(&download.headers),
            _ => None,
        })
        .collect();
    assert!(!headers.is_empty());
    for headers in headers {
        assert!(["authorization", "cookie", "token", "referer"].iter().all(|name| !headers.contains_key(*name)), "R13: {headers:?}");
    }
    simulator.ledger().wait_for(|entry| entry.request("GetRecodeFile").is_some(), PATIENCE).await.unwrap();
    desk.close().await;
}
