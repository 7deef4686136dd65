//! The links to recordings: which hosts may be asked (R3), and links that expire (R11).

use std::time::Duration;

use ringside_domain::{Intent, LinkState, ProblemCode};
use ringside_platform::Downloads;
use ringside_simulator::{Fault, Seen};
use ringside_tests::OWN;
use secrecy::ExposeSecret;

use crate::desk::{downloads, has, hasty_options, is_whole, links, open, platform, recorded};

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
