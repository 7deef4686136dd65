//! Notifications with the real daemon: a click, many at a time, and while pages do not draw.

use ringside_simulator::{CallbackFault, CallbackKind, Phase};

use super::*;

/// Makes the daemon keep notifications back, as with «do not disturb»: none expires meanwhile, so all can be counted.
struct Held;

impl Held {
    fn new() -> Self {
        run("dunstctl", &["set-paused", "true"]);
        Self
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        run("dunstctl", &["set-paused", "false"]);
    }
}

/// T7: each call in the snapshot has one notification, and a call that ends makes room for the next one.
#[tokio::test(flavor = "multi_thread")]
async fn each_of_many_rings_has_one_notification_and_none_remains() {
    const RINGS: usize = 500;
    const IN_VIEW: u32 = 5;
    let simulator = platform().await;
    let folder = tempfile::tempdir().unwrap();
    let _app = available(folder.path(), &simulator, &[]).await;
    let notifications = Notifications::find().await;
    until("the desktop is clear", async || notifications.shown().await + notifications.held().await == 0).await;
    let held = Held::new();
    // The platform posts each callback twice.
    simulator.callback_fault(CallbackKind::State(Phase::Ring), CallbackFault::Repeat(2), None);
    let calls: Vec<_> = (0..RINGS).map(|n| ring(&simulator, &format!("0133875{n:05}"))).collect();
    until("all callbacks are posted", async || simulator.ledger().callbacks().len() >= 2 * RINGS).await;
    until("each call in the snapshot has one", async || notifications.held().await == IN_VIEW).await;
    let (last, others) = calls.split_last().unwrap();
    for call in others {
        simulator.hang_up(*call, Party::Customer).unwrap();
    }
    until("only the last call's is left", async || notifications.held().await == 1).await;
    drop(held);
    until("the last call's is shown", async || notifications.shown().await == 1).await;
    simulator.hang_up(*last, Party::Customer).unwrap();
    until("none is left", async || notifications.shown().await + notifications.held().await == 0).await;
}

/// A daemon that does nothing until this is dropped.
struct Stopped(String);

impl Stopped {
    fn new(process: u32) -> Self {
        run("kill", &["-STOP", &process.to_string()]);
        Self(process.to_string())
    }
}

impl Drop for Stopped {
    fn drop(&mut self) {
        run("kill", &["-CONT", &self.0]);
    }
}

/// The daemon is slow, so that it shows the notification only after it is asked to remove it.
#[tokio::test(flavor = "multi_thread")]
async fn a_notification_that_is_withdrawn_before_it_is_shown_does_not_stay() {
    let simulator = platform().await;
    let folder = tempfile::tempdir().unwrap();
    let app = available(folder.path(), &simulator, &[]).await;
    let notifications = Notifications::find().await;
    until("the desktop is clear", async || notifications.shown().await + notifications.held().await == 0).await;
    let _held = Held::new();
    let stopped = Stopped::new(notifications.process().await);
    let call = ring(&simulator, CUSTOMER);
    card_is(true).await;
    simulator.hang_up(call, Party::Customer).unwrap();
    card_is(false).await;
    drop(stopped);
    until("none is left after the hang-up", async || notifications.shown().await + notifications.held().await == 0).await;

    let stopped = Stopped::new(notifications.process().await);
    ring(&simulator, CUSTOMER);
    card_is(true).await;
    Tray::find().await.click("Quit").await;
    until("the window is gone", async || visible(MAIN).is_empty()).await;
    drop(stopped);
    app.gone().await;
    until("none is left after the end", async || notifications.shown().await + notifications.held().await == 0).await;
}

/// T17: the pages hang, so no card can be drawn. The notification is still shown, and the card when the pages continue.
#[tokio::test(flavor = "multi_thread")]
async fn a_notification_is_shown_while_the_pages_hang() {
    let simulator = platform().await;
    let folder = tempfile::tempdir().unwrap();
    let app = available(folder.path(), &simulator, &[]).await;
    let notifications = Notifications::find().await;
    let pages = app.web_processes();
    assert!(!pages.is_empty());
    let signal = |signal: &str| {
        for page in &pages {
            run("kill", &[signal, &page.to_string()]);
        }
    };
    signal("-STOP");
    let call = ring(&simulator, CUSTOMER);
    until("the notification is shown", async || notifications.shown().await == 1).await;
    simulator.hang_up(call, Party::Customer).unwrap();
    until("the notification is gone", async || notifications.shown().await == 0).await;
    let (_, body) = notifications.history().await.remove(0);
    assert!(body.contains(SHOWN), "{body}");

    let call = ring(&simulator, CUSTOMER);
    until("the next one is shown too", async || notifications.shown().await == 1).await;
    signal("-CONT");
    app.ring().await;
    app.text_with("[data-testid='ring-number']", SHOWN).await;
    simulator.hang_up(call, Party::Customer).unwrap();
    until("the notification is gone", async || notifications.shown().await == 0).await;
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
