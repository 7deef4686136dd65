//! Calls from the ring to the log: a recording, a call back, an export.

use super::*;

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
