//! Sounds of the app, recorded on sound devices that play into pipes.

use std::{path::Path, process::Command};

use ringside_simulator::{Party, Simulator};
use ringside_tests::{
    desktop::{App, Notifications, binary, until},
    platform,
    speaker::{Speakers, loudness},
    tone::{RATE, pitch},
};

use super::{ANY_PORT, CUSTOMER, KEY, call_back, card_is, ring};

/// The app with these speakers, signed in and available.
async fn heard(speakers: &Speakers, folder: &Path, simulator: &Simulator) -> App {
    let mut driver = Command::new("tauri-driver");
    driver.env("ALSA_CONFIG_PATH", speakers.config());
    let app = App::start_by(driver, &folder.join("data"), &[&ANY_PORT[..], &["--after-sign-in", "available"]].concat()).await;
    app.sign_in(simulator.url().as_str(), KEY, "queue-1").await;
    app.label("available").await;
    call_back(&app, simulator).await;
    app
}

async fn hears(speakers: &Speakers, hertz: f32) {
    until(&format!("{hertz} Hz are heard"), async || {
        speakers.last(0).is_some_and(|part| loudness(&part) > 0.01 && pitch(&part, hertz) > 0.3 * loudness(&part))
    })
    .await;
}

/// The device was closed, and all of its sound has arrived.
async fn falls_silent(speakers: &Speakers) {
    until("nothing is heard", async || speakers.is_silent(0)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ring_is_heard_until_it_is_silenced_answered_or_ended() {
    let simulator = platform().await;
    let folder = tempfile::tempdir().unwrap();
    let speakers = Speakers::new(folder.path(), &["one"]);
    let app = heard(&speakers, folder.path(), &simulator).await;

    let call = ring(&simulator, CUSTOMER);
    hears(&speakers, 880.0).await;
    simulator.hang_up(call, Party::Customer).unwrap();
    card_is(false).await;
    falls_silent(&speakers).await;

    speakers.forget();
    let call = ring(&simulator, CUSTOMER);
    hears(&speakers, 880.0).await;
    simulator.answer(call).unwrap();
    app.label("onCall").await;
    // The connected tone: two rising notes.
    hears(&speakers, 1175.0).await;
    falls_silent(&speakers).await;
    simulator.hang_up(call, Party::Agent).unwrap();
    app.label("available").await;

    speakers.forget();
    let call = ring(&simulator, CUSTOMER);
    hears(&speakers, 880.0).await;
    app.ring().await;
    app.click("silence").await;
    falls_silent(&speakers).await;
    card_is(true).await;
    simulator.hang_up(call, Party::Customer).unwrap();
    card_is(false).await;

    // With «do not disturb», only the card is shown.
    app.main().await;
    app.click("nav-settings").await;
    app.click("quiet-outgoing").await;
    speakers.forget();
    let notifications = Notifications::find().await;
    let before = notifications.history().await.len();
    let call = ring(&simulator, CUSTOMER);
    card_is(true).await;
    assert_eq!(notifications.shown().await, 0);
    simulator.hang_up(call, Party::Customer).unwrap();
    card_is(false).await;
    assert_eq!(notifications.history().await.len(), before);

    // The test button's sound comes after all commands of the ring; the app quits while it plays.
    app.click("test-sound").await;
    hears(&speakers, 880.0).await;
    assert_eq!(speakers.openings(0), 1, "opened for the test only, not for the ring");
    app.quit().await;
    falls_silent(&speakers).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recording_is_played_in_the_window_until_the_phone_rings() {
    let simulator = platform().await;
    let folder = tempfile::tempdir().unwrap();
    let speakers = Speakers::new(folder.path(), &["one"]);
    let app = heard(&speakers, folder.path(), &simulator).await;
    let call = ring(&simulator, CUSTOMER);
    simulator.answer(call).unwrap();
    app.label("onCall").await;
    simulator.hang_up(call, Party::Agent).unwrap();
    app.label("available").await;
    falls_silent(&speakers).await;

    speakers.forget();
    app.click("nav-calls").await;
    app.click("log-row").await;
    app.click("play").await;
    app.select("[data-testid='player'][data-kind='playing']").await;
    app.text_with("[data-testid='time']", "/ 0:03").await;
    until("the recording is heard", async || speakers.last(0).is_some_and(|part| loudness(&part) > 0.01)).await;
    ringside_tests::desktop::picture("app-playing");
    app.select("[data-testid='player'][data-kind='ended']").await;
    let count = speakers.count(0);
    assert!((RATE * 5 / 2..RATE * 5).contains(&count), "three seconds were heard: {count} samples");

    speakers.forget();
    app.click("play").await;
    until("it is heard again", async || speakers.last(0).is_some_and(|part| loudness(&part) > 0.01)).await;
    let call = ring(&simulator, CUSTOMER);
    app.select("[data-testid='player'][data-kind='interrupted']").await;
    hears(&speakers, 880.0).await;
    simulator.hang_up(call, Party::Customer).unwrap();
    falls_silent(&speakers).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_sound_device_the_card_is_shown_and_the_fault_is_reported() {
    let simulator = platform().await;
    let folder = tempfile::tempdir().unwrap();
    // An ALSA configuration without a device.
    let speakers = Speakers::new(folder.path(), &[]);
    let app = heard(&speakers, folder.path(), &simulator).await;
    app.click("nav-settings").await;
    app.text_with("[data-testid='health']", "No sound can be played here.").await;
    app.click("nav-work").await;
    let call = ring(&simulator, CUSTOMER);
    card_is(true).await;
    simulator.hang_up(call, Party::Customer).unwrap();
    card_is(false).await;
}

/// The doctor's finding about sound with this ALSA configuration.
fn sound_found(speakers: &Speakers, folder: &Path) -> String {
    let mut doctor = Command::new(binary());
    doctor.arg("--data-dir").arg(folder.join("data")).args(["doctor", "--json"]).env("ALSA_CONFIG_PATH", speakers.config());
    let said: serde_json::Value = serde_json::from_slice(&doctor.output().unwrap().stdout).unwrap();
    let sound = said["checks"].as_array().unwrap().iter().find(|check| check["about"] == "sound").unwrap();
    sound["finding"].as_str().unwrap().to_owned()
}

#[test]
fn the_doctor_reports_whether_a_ring_can_be_heard() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(sound_found(&Speakers::new(folder.path(), &["one"]), folder.path()), "soundReady");
    let nothing = tempfile::tempdir().unwrap();
    assert_eq!(sound_found(&Speakers::new(nothing.path(), &[]), nothing.path()), "noSound");
}
