//! The real app on a real desktop: window, tray, keyring, notifications. Only the platform is simulated.
//!
//! `scripts/desktop` provides the desktop. One app at a time, since there is one tray and one keyboard.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "real_app/card.rs"]
mod card;
#[path = "real_app/checkup.rs"]
mod checkup;
#[path = "real_app/crm.rs"]
mod crm;
#[path = "real_app/day.rs"]
mod day;
#[path = "real_app/five_queues.rs"]
mod five_queues;
#[path = "real_app/hands.rs"]
mod hands;
#[path = "real_app/hot_desk.rs"]
mod hot_desk;
#[path = "real_app/lacking.rs"]
mod lacking;
#[path = "real_app/notifications.rs"]
mod notifications;
#[path = "real_app/safe_mode.rs"]
mod safe_mode;
#[path = "real_app/settings.rs"]
mod settings;
#[path = "real_app/shift.rs"]
mod shift;
#[path = "real_app/sound.rs"]
mod sound;
#[path = "real_app/window.rs"]
mod window;

use std::{
    fs,
    net::TcpListener,
    os::unix::fs::PermissionsExt,
    path::Path,
    process::{Command, Stdio},
};

use ringside_simulator::{Fault, Options, Pace, Party, QueueSpec, RingSpec, SeatState, Simulator};
use ringside_tests::{
    OWN,
    desktop::{
        App, Field, Notifications, PATIENCE, Tray, binary, close, eventually, focused, picture, run, selection, tell, until, visible,
    },
    platform,
};

const CUSTOMER: &str = "013387525701";
/// The customer's number as the window shows it.
const SHOWN: &str = "0133 8752 5701";
const KEY: &str = "demo-key";
const CARD: &str = "Ringside ring card";
const MAIN: &str = "Ringside";
/// Tests must not listen on the same port.
const ANY_PORT: [&str; 2] = ["--bind", "127.0.0.1:0"];

/// The app, signed in to queue-1 and available, with callbacks from this platform.
async fn available(folder: &Path, simulator: &Simulator, arguments: &[&str]) -> App {
    let arguments = [&ANY_PORT[..], &["--after-sign-in", "available"], arguments].concat();
    let app = App::start(folder, &arguments).await;
    app.sign_in(simulator.url().as_str(), KEY, "queue-1").await;
    app.label("available").await;
    call_back(&app, simulator).await;
    app
}

/// Sets the callback URL at the platform. Rust copies the URL to the clipboard, since the page never has it.
async fn call_back(app: &App, simulator: &Simulator) {
    app.click("nav-connection").await;
    app.click("copy-address").await;
    let address = eventually("the callback address is copied", async || {
        let copied = selection();
        copied.contains("/callbacks/").then_some(copied)
    })
    .await;
    let page = app.evaluate("document.documentElement.outerHTML").await;
    let secret = address.rsplit('/').next().unwrap();
    assert!(!page.as_str().unwrap().contains(secret), "the secret stays out of the page");
    simulator.set_callback_url(Some(address.parse().unwrap()));
    app.click("nav-work").await;
}

async fn card_is(shown: bool) {
    let what = if shown { "the ring card is shown" } else { "the ring card is gone" };
    until(what, async || visible(CARD).is_empty() != shown).await;
}

/// The number of colours in a visible window; a blank window has one.
fn colours(title: &str) -> usize {
    let Some(window) = visible(title).pop() else { return 0 };
    run("convert", &[&format!("x:{window}"), "-format", "%k", "info:"]).parse().unwrap_or(0)
}

fn ring(simulator: &Simulator, customer: &str) -> ringside_simulator::CallId {
    simulator.ring(RingSpec::predictive(OWN, customer, "queue-1"))
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_signs_in_takes_a_call_and_gets_its_recording() {
    let simulator = platform().await;
    let folder = tempfile::tempdir().unwrap();
    let app = App::start(folder.path(), &ANY_PORT).await;
    app.find("try-demo").await;
    picture("app-first-start");
    app.sign_in(simulator.url().as_str(), "not-the-key", "").await;
    app.select("[data-testid='sign-in-problem'][data-code='wrongAccesskey']").await;
    picture("app-wrong-key");
    app.fill("accesskey", KEY).await;
    app.click("submit").await;
    // Queues are offered after the sign-in.
    app.select("[data-testid='offered'][data-queue='queue-2']").await;
    app.select("[data-testid='offered'][data-queue='queue-1'] [data-testid='join']").await.click().await.unwrap();
    app.select("[data-testid='queue'][data-queue='queue-1'][data-membership='in']").await;
    app.label("busy").await;
    assert_eq!(simulator.seat("queue-1", OWN), Some(SeatState::Paused), "busy after signing in");
    app.click("state-button").await;
    app.label("available").await;
    assert_eq!(simulator.seat("queue-1", OWN), Some(SeatState::Waiting));
    call_back(&app, &simulator).await;

    let notifications = Notifications::find().await;
    let call = ring(&simulator, CUSTOMER);
    card_is(true).await;
    app.ring().await;
    app.text_with("[data-testid='ring-number']", SHOWN).await;
    until("the notification is shown", async || notifications.shown().await == 1).await;
    picture("app-ringing");
    app.label("ringing").await;
    simulator.answer(call).unwrap();
    app.label("onCall").await;
    card_is(false).await;
    until("the notification is gone", async || notifications.shown().await == 0).await;
    let (_, body) = notifications.history().await.remove(0);
    assert!(body.contains(SHOWN), "{body}");
    simulator.hang_up(call, Party::Customer).unwrap();
    app.text_with("[data-testid='recent-call']", SHOWN).await;

    app.click("ask-link").await;
    app.text_with("[data-testid='link-left']", ":").await;
    picture("app-recording-link");
    let page = app.evaluate("document.documentElement.outerHTML").await;
    app.click("copy-link").await;
    let link = eventually("the link is copied", async || Some(selection()).filter(|copied| !copied.contains("/callbacks/"))).await;
    assert!(!page.as_str().unwrap().contains(&link), "a link opens the recording, so it is not in the page");
    let recording = reqwest::get(&link).await.unwrap().bytes().await.unwrap();
    assert!(recording.starts_with(b"RIFF"));

    app.click("nav-connection").await;
    app.text_with("[data-testid='way']", "Rings come by callbacks").await;
    app.text_with("[data-testid='ring-times']", "by callback").await;
    app.text_with("[data-testid='ring-times']", "card drawn").await;
}

/// From the bar to the log, a call back to the customer by a task that the simulator dials, and the sums of the day.
#[tokio::test(flavor = "multi_thread")]
async fn a_missed_customer_is_called_back_and_the_days_sums_are_shown() {
    let pace = Pace { campaign: false, reached: 100, first: (0, 0), between: (0, 0), ..Pace::default() };
    let queues = vec![QueueSpec { wrap_up: 0, ..QueueSpec::new("queue-1", "Renewals") }];
    let simulator = Simulator::local(Options { pace: Some(pace), queues, ..Options::test() }).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    // This desktop cannot show a file in its folder, so the app opens the folder.
    let (driver, opened) = opener(folder.path());
    let data = folder.path().join("data");
    let app = App::start_by(driver, &data, &[&ANY_PORT[..], &["--after-sign-in", "available"]].concat()).await;
    app.sign_in(simulator.url().as_str(), KEY, "queue-1").await;
    app.label("available").await;
    call_back(&app, &simulator).await;
    let call = ring(&simulator, CUSTOMER);
    card_is(true).await;
    simulator.miss(call).unwrap();
    card_is(false).await;

    app.text_with("[data-testid='to-do']", "1 call to do").await;
    app.click("to-do").await;
    app.click("log-row").await;
    app.click("call-back").await;
    app.text_with("[data-testid='ask-call-back']", SHOWN).await;
    picture("app-call-back");
    assert!(simulator.ledger().requests("TaskCreat").is_empty(), "not before the confirmation");
    app.click("call-now").await;
    card_is(true).await;
    app.ring().await;
    app.text_with("[data-testid='ring-number']", SHOWN).await;
    let call = simulator.calls_at(OWN)[0];
    simulator.answer(call).unwrap();
    app.label("onCall").await;
    simulator.hang_up(call, Party::Customer).unwrap();
    until("done, since they talked", async || !app.has("[data-testid='to-do']").await).await;
    until("the task is ended", async || simulator.ledger().requests("TaskSet").iter().any(|set| set.parameter("taskstatus") == "3")).await;
    assert_eq!(simulator.ledger().requests("TaskCreat").len(), 1);

    app.click("nav-day").await;
    app.text_with("[data-testid='figures']", "Answered1").await;
    app.text_with("[data-testid='figures']", "Missed1").await;
    picture("app-my-day");
    app.click("nav-calls").await;
    // The view is as it was left: the call's details are open, and only calls to do are listed.
    app.click("close-details").await;
    app.click("log-to-do").await;
    app.click("log-exports").await;
    app.click("export").await;
    app.click("show-file").await;
    let shown = eventually("the folder was opened", async || opened().pop()).await;
    assert_eq!(Path::new(&shown), data.join("exports"));
}

/// Replaces the system's opener by a script that records its argument. Returns a driver that uses it, and a function that reads the
/// arguments.
fn opener(folder: &Path) -> (Command, impl Fn() -> Vec<String> + use<>) {
    let (opened, opener) = (folder.join("opened"), folder.join("xdg-open"));
    fs::write(&opener, format!("#!/bin/sh\nprintf '%s\\n' \"$1\" >>'{}'\n", opened.display())).unwrap();
    fs::set_permissions(&opener, fs::Permissions::from_mode(0o755)).unwrap();
    let mut driver = Command::new("tauri-driver");
    driver.env("PATH", format!("{}:{}", folder.display(), std::env::var("PATH").unwrap()));
    // Only complete lines count.
    (driver, move || {
        fs::read_to_string(&opened)
            .unwrap_or_default()
            .split_inclusive('\n')
            .filter_map(|line| line.strip_suffix('\n'))
            .map(str::to_owned)
            .collect()
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recording_is_opened_by_the_systems_program() {
    let simulator = platform().await;
    let folder = tempfile::tempdir().unwrap();
    let (driver, opened) = opener(folder.path());
    let app = App::start_by(driver, &folder.path().join("data"), &[&ANY_PORT[..], &["--after-sign-in", "available"]].concat()).await;
    app.sign_in(simulator.url().as_str(), KEY, "queue-1").await;
    app.label("available").await;
    call_back(&app, &simulator).await;
    let call = ring(&simulator, CUSTOMER);
    simulator.answer(call).unwrap();
    simulator.hang_up(call, Party::Agent).unwrap();
    app.click("ask-link").await;
    app.click("open-link").await;
    let link = eventually("the link was opened", async || opened().pop()).await;
    assert_eq!(reqwest::get(&link).await.unwrap().status(), 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_tray_switches_and_shows_the_state() {
    let simulator = platform().await;
    let folder = tempfile::tempdir().unwrap();
    let app = available(folder.path(), &simulator, &[]).await;
    let tray = Tray::find().await;
    tray.state("Available").await;
    until("the tray marks what holds", async || tray.menu().await.iter().any(|item| item.text == "Available" && item.checked)).await;
    let green = tray.icon().await;

    let mark = simulator.ledger().mark();
    let busy = tray.menu().await.into_iter().find(|item| item.text == "Busy").unwrap();
    assert!(busy.enabled && !busy.checked);
    tray.click("Busy").await;
    let asked = simulator.ledger().wait_for_after(mark, |entry| entry.request("SetSeatsStatus").is_some(), PATIENCE).await.unwrap();
    let asked = asked.request("SetSeatsStatus").unwrap();
    assert_eq!(["settype", "extnumber", "queuename", "crmid"].map(|name| asked.parameter(name)), ["1", OWN, "queue-1", "10"]);
    app.label("busy").await;
    until("the icon changes with the state", async || tray.icon().await != green).await;
    until("the tray marks what holds now", async || tray.menu().await.iter().any(|item| item.text == "Busy" && item.checked)).await;
    picture("app-tray-busy");

    // A refused change is rolled back, also in the tray.
    simulator.fault("SetSeatsStatus", Fault::Ret(400), None);
    tray.click("Available").await;
    app.select("[data-testid='notice'][data-kind='rolledBack']").await;
    app.label("busy").await;
    picture("app-rolled-back");
    simulator.clear_faults();

    tray.click("queue-2").await;
    until("signed in to the queue by the tray", async || simulator.seat("queue-2", OWN).is_some()).await;
    tray.click("Quit").await;
    app.gone().await;
}

/// T14. Several rings, since the window toolkit allows the focus after the first drawing.
#[tokio::test(flavor = "multi_thread")]
async fn no_ring_takes_the_keyboard_focus() {
    let simulator = platform().await;
    let folder = tempfile::tempdir().unwrap();
    let _app = available(folder.path(), &simulator, &[]).await;
    let field = Field::open("CRM").await;
    let text = "every letter that is typed while cards pop arrives in the field where it was typed and nowhere else";
    let mut typing = field.type_slowly(text);
    for n in 0..4 {
        let call = ring(&simulator, &format!("01338752571{n}"));
        card_is(true).await;
        assert_eq!(focused(), field.window, "ring {n}");
        if n == 1 {
            picture("app-card-over-another-program");
        }
        simulator.hang_up(call, Party::Customer).unwrap();
        card_is(false).await;
        assert_eq!(focused(), field.window, "after ring {n}");
    }
    typing.wait().unwrap();
    assert_eq!(field.finish(), text);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_cards_of_several_calls_are_stacked_and_removed_one_by_one() {
    let simulator = platform().await;
    let folder = tempfile::tempdir().unwrap();
    let app = available(folder.path(), &simulator, &[]).await;
    let calls: Vec<_> = (0..3).map(|n| ring(&simulator, &format!("01338752572{n}"))).collect();
    card_is(true).await;
    app.ring().await;
    until("three cards", async || app.evaluate("document.querySelectorAll('[data-testid=ring-card]').length").await == 3).await;
    // The oldest is at the top.
    app.text_with("[data-testid='ring-card']", "5720").await;
    picture("app-three-cards");
    simulator.hang_up(calls[0], Party::Customer).unwrap();
    app.text_with("[data-testid='ring-card']", "5721").await;
    for call in &calls[1..] {
        simulator.hang_up(*call, Party::Customer).unwrap();
    }
    card_is(false).await;
    app.main().await;
    app.select("[data-testid='notice'][data-kind='missed']").await;
    picture("app-missed");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_click_on_the_notification_shows_the_call() {
    let simulator = platform().await;
    let folder = tempfile::tempdir().unwrap();
    let app = available(folder.path(), &simulator, &[]).await;
    // Closing hides the window in the tray.
    close(MAIN).await;
    let notifications = Notifications::find().await;
    until("the notification that closing hides is shown", async || notifications.shown().await == 1).await;
    let call = ring(&simulator, CUSTOMER);
    until("the notification is shown", async || notifications.shown().await == 2).await;
    notifications.click().await;
    until("the window is back", async || !visible(MAIN).is_empty()).await;
    app.main().await;
    app.text_with("[data-testid='call-now']", SHOWN).await;
    simulator.hang_up(call, Party::Customer).unwrap();
    until("the notification is gone", async || notifications.shown().await == 0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_signs_in_by_itself_and_the_accesskey_is_in_no_file() {
    let simulator = platform().await;
    let folder = tempfile::tempdir().unwrap();
    let app = available(folder.path(), &simulator, &[]).await;
    let call = ring(&simulator, CUSTOMER);
    simulator.answer(call).unwrap();
    simulator.hang_up(call, Party::Customer).unwrap();
    app.text_with("[data-testid='recent-call']", SHOWN).await;
    app.quit().await;
    assert_no_secret(folder.path());

    let app = App::start(folder.path(), &ANY_PORT).await;
    app.label("available").await;
    app.text_with("[data-testid='recent-call']", SHOWN).await;
    assert_eq!(simulator.ledger().requests("Login").len(), 1, "N8: the token is stored too");

    // Signing out deletes accesskey and token.
    app.click("nav-settings").await;
    app.click("sign-out").await;
    app.find("submit").await;
    assert_eq!(app.find("accesskey").await.prop("value").await.unwrap().as_deref(), Some(""));
    until("out of the queue", async || simulator.seat("queue-1", OWN).is_none()).await;
}

/// A16: fails if a file in the app's folder contains the accesskey, logs included.
fn assert_no_secret(folder: &Path) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            assert_no_secret(&path);
        } else if let Ok(bytes) = fs::read(&path) {
            assert!(!bytes.windows(KEY.len()).any(|part| part == KEY.as_bytes()), "{}", path.display());
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_line_controls_the_running_app() {
    let simulator = platform().await;
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(tell(folder.path(), &["--set", "busy"]).0, Some(3), "not running");
    let app = App::start(folder.path(), &[&ANY_PORT[..], &["--after-sign-in", "available"]].concat()).await;
    assert_eq!(app.tell(&["--set", "busy"]).0, Some(4), "nobody is signed in");
    app.sign_in(simulator.url().as_str(), KEY, "queue-1").await;
    app.label("available").await;
    let (status, said) = app.tell(&["--set", "busy"]);
    assert_eq!(status, Some(0), "{said}");
    assert_eq!(simulator.seat("queue-1", OWN), Some(SeatState::Paused), "{said}");
    assert_eq!(app.tell(&["--set", "idle"]).0, Some(0));
    simulator.fault("SetSeatsStatus", Fault::Ret(400), None);
    let (status, said) = app.tell(&["--set", "busy"]);
    assert_eq!(status, Some(4), "{said}");
    assert!(said.contains("400"), "{said}");

    // A second start shows the first (T18).
    let window = visible(MAIN).remove(0);
    run("xdotool", &["windowminimize", "--sync", &window]);
    assert_eq!(app.tell(&[]).0, Some(0));
    until("the window is shown", async || !visible(MAIN).is_empty()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_test_buttons_ring_arrives_at_the_callback_url() {
    let simulator = platform().await;
    let folder = tempfile::tempdir().unwrap();
    let app = available(folder.path(), &simulator, &[]).await;
    app.click("nav-connection").await;
    app.click("test-callback").await;
    card_is(true).await;
    app.select("[data-testid='test-result'][data-kind='arrived']").await;
    app.text_with("[data-testid='test-result']", "ms").await;
    picture("app-test-ring");
    card_is(false).await;
    app.click("nav-work").await;
    assert!(!app.has("[data-testid='recent-call']").await, "a test is not in the log");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_port_in_use_is_shown_and_polling_goes_on() {
    let simulator = platform().await;
    let folder = tempfile::tempdir().unwrap();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let app = App::start(folder.path(), &["--bind", &address, "--after-sign-in", "available"]).await;
    app.sign_in(simulator.url().as_str(), KEY, "queue-1").await;
    app.label("available").await;
    app.click("nav-connection").await;
    app.text_with("main", &address).await;
    picture("app-port-in-use");
    let call = ring(&simulator, CUSTOMER);
    card_is(true).await;
    simulator.hang_up(call, Party::Customer).unwrap();
    card_is(false).await;
}

/// The app without a driver, signed in by flags and environment.
struct Plain(std::process::Child);

impl Plain {
    fn start(folder: &Path, simulator: &Simulator) -> Self {
        let mut command = Command::new(binary());
        command.arg("--data-dir").arg(folder).args(ANY_PORT).args(["--url", simulator.url().as_str(), "--appid", "demo"]);
        command.args(["--extension", OWN, "--agent-id", "10", "--queue", "queue-1"]);
        let environment = [("RINGSIDE_ACCESSKEY", KEY), ("RINGSIDE_AFTER_SIGN_IN", "available"), ("RINGSIDE_NO_DIALOGUE", "1")];
        Self(command.envs(environment).stdin(Stdio::null()).spawn().unwrap())
    }
}

impl Drop for Plain {
    fn drop(&mut self) {
        run("kill", &["-TERM", &self.0.id().to_string()]);
        let _ = self.0.wait();
    }
}

/// The demo's simulator dials by itself.
#[tokio::test(flavor = "multi_thread")]
async fn the_demo_rings_without_any_input() {
    let folder = tempfile::tempdir().unwrap();
    let app = App::start(folder.path(), &["--demo"]).await;
    card_is(true).await;
    picture("app-demo");
    app.main().await;
    app.find("call-now").await;
}
