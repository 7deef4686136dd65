//! The agent's day in the real app: breaks by tray and command line, and the farewell before a sleep and at the end.

use std::{fs, os::unix::process::CommandExt, process::Command};

use ringside_simulator::{Party, SeatState};
use ringside_tests::{
    OWN,
    desktop::{App, Logind, Notifications, Tray, eventually, picture, run, until, web_processes},
    platform,
};

use super::{ANY_PORT, CUSTOMER, KEY, Plain, SHOWN, available, ring};

#[tokio::test(flavor = "multi_thread")]
async fn a_break_by_the_tray_and_by_the_command_line_ends_with_a_notification() {
    let simulator = platform().await;
    let folder = tempfile::tempdir().unwrap();
    let app = available(folder.path(), &simulator, &["--break", "Lunch=1", "--break", "祷告"]).await;
    let notifications = Notifications::find().await;
    let tray = Tray::find().await;
    tray.click("Lunch").await;
    app.label("break").await;
    app.text_with("[data-testid='limit']", "until").await;
    assert_eq!(simulator.seat("queue-1", OWN), Some(SeatState::Paused));
    until("the tray shows the limit", async || tray.line("On break · Lunch · until").await.id > 0).await;
    until("the tray marks it", async || tray.menu().await.iter().any(|item| item.text == "Lunch" && item.checked)).await;
    // In steps that are each shorter than the tests' time limit.
    app.text_with("[data-testid='state']", "0:2").await;
    app.text_with("[data-testid='limit']", "left").await;
    until("the end is announced", async || notifications.shown().await == 1).await;
    app.text_with("[data-testid='state']", "0:5").await;
    app.text_with("[data-testid='limit']", "over by").await;
    tray.line("On break · Lunch · over since").await;
    picture("app-break-over");

    let (status, said) = app.tell(&["--set", "break:Coffee"]);
    assert_eq!(status, Some(4));
    assert!(said.contains("Lunch") && said.contains("祷告"), "{said}");
    assert_eq!(app.tell(&["--set", "break:祷告"]).0, Some(0));
    app.text_with("[data-testid='state']", "祷告").await;
    until("the notification goes with its break", async || notifications.shown().await == 0).await;
    let titles: Vec<_> = notifications.history().await.into_iter().map(|(title, _)| title).collect();
    assert_eq!(titles.iter().filter(|title| title.starts_with("Your break")).count(), 2, "{titles:?}");
    app.click("state-menu").await;
    app.text_with("[data-testid='told']", "from the command line").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_leaving_setting_is_applied_before_a_sleep_and_at_the_end() {
    let simulator = platform().await;
    let logind = Logind::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut driver = Command::new("tauri-driver");
    let (name, address) = logind.variable();
    driver.env(name, address);
    let app = App::start_by(driver, folder.path(), &[&ANY_PORT[..], &["--after-sign-in", "available"]].concat()).await;
    app.sign_in(simulator.url().as_str(), KEY, "queue-1").await;
    app.label("available").await;
    picture("app-leaving");
    app.click("leave-busy").await;
    logind.is_inhibited().await;

    logind.prepare_for_sleep().await;
    assert_eq!(simulator.seat("queue-1", OWN), Some(SeatState::Paused), "before the system continued");
    app.label("unconfirmed").await;
    logind.wake().await;
    app.label("busy").await;
    logind.is_inhibited().await;
    app.click("state-menu").await;
    app.text_with("[data-testid='told']", "when you left").await;

    app.click("go-available").await;
    app.label("available").await;
    app.click("nav-settings").await;
    app.click("quit").await;
    until("busy at the end", async || simulator.seat("queue-1", OWN) == Some(SeatState::Paused)).await;
    app.gone().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_required_disposition_is_set_by_a_key_and_the_last_allowed_miss_is_announced() {
    let simulator = platform().await;
    simulator.set_max_no_answer("queue-1", 1);
    let folder = tempfile::tempdir().unwrap();
    let rules = ["--disposition", "No interest", "--disposition", "Sold", "--require-disposition", "queue-1"];
    let app = available(folder.path(), &simulator, &rules).await;
    app.text_with("[data-testid='last-miss']", "queue-1").await;
    Tray::find().await.line("Available · the next missed call").await;
    let call = ring(&simulator, CUSTOMER);
    simulator.answer(call).unwrap();
    app.label("onCall").await;
    simulator.hang_up(call, Party::Customer).unwrap();
    app.label("wrapUp").await;
    app.text_with("[data-testid='wrap-up']", SHOWN).await;
    app.text_with("[data-testid='wrap-up-told']", "Required: disposition").await;
    app.fill("note", "half a sentence").await;
    picture("app-wrap-up");
    // Until the disposition is set, the platform gives the agent no call.
    until("busy until then", async || simulator.seat("queue-1", OWN) == Some(SeatState::Paused)).await;
    app.text_with("[data-testid='wrap-up-told']", "You are busy for it").await;
    app.evaluate("document.activeElement.blur()").await;
    app.evaluate("document.body.dispatchEvent(new KeyboardEvent('keydown', { key: '2', bubbles: true }))").await;
    app.select("[data-testid='dispositions'] [aria-pressed='true']").await;
    app.click("finish").await;
    app.label("available").await;
    assert_eq!(simulator.seat("queue-1", OWN), Some(SeatState::Waiting));
    app.click("nav-calls").await;
    app.text_with("[data-testid='log-row']", "Sold").await;
    app.text_with("[data-testid='log-row']", "half a sentence").await;
}

/// The page hangs, so that only the engine runs: the sign-in waits for the drawing no longer than a few seconds, and the farewell not at all.
#[tokio::test(flavor = "multi_thread")]
async fn a_log_off_without_a_drawn_window_is_told_to_the_platform() {
    let simulator = platform().await;
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("given.toml");
    fs::write(&config, "[leaving]\nlog_off = \"busy\"\n").unwrap();
    let mut command = Plain::command(folder.path(), &simulator, &["--config", config.to_str().unwrap()]);
    let mut app = Plain(command.process_group(0).spawn().unwrap());
    let page = eventually("a web process", async || web_processes(app.0.id()).pop()).await;
    run("kill", &["-STOP", &page.to_string()]);
    until("available", async || simulator.seat("queue-1", OWN) == Some(SeatState::Waiting)).await;
    run("kill", &["-TERM", &app.0.id().to_string()]);
    until("the app has ended", async || app.0.try_wait().unwrap().is_some()).await;
    assert_eq!(simulator.seat("queue-1", OWN), Some(SeatState::Paused));
}
