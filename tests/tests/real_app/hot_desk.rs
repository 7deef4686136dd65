//! Two agents at a hot desk, whose extension the administrator has locked.

use std::{fs, process::Command};

use ringside_simulator::{Party, SeatState};
use ringside_tests::{
    OWN,
    desktop::{App, Tray, picture, until},
    platform,
};

use super::{ANY_PORT, CUSTOMER, KEY, SHOWN, call_back, ring};

#[tokio::test(flavor = "multi_thread")]
async fn the_next_agent_signs_in_by_number_and_sees_nothing_of_the_one_before() {
    let simulator = platform().await;
    let folder = tempfile::tempdir().unwrap();
    let machine = folder.path().join("machine.toml");
    let provisioned = format!(
        "locked = [\"platform.url\", \"platform.appid\", \"agent.extension\"]\n\
         [platform]\nurl = \"{}\"\nappid = \"demo\"\n[agent]\nextension = \"{OWN}\"\nqueues = [\"queue-1\"]\nafter_sign_in = \"available\"\n",
        simulator.url()
    );
    fs::write(&machine, provisioned).unwrap();
    let mut driver = Command::new("tauri-driver");
    driver.env("RINGSIDE_MACHINE_CONFIG", &machine).env("RINGSIDE_ACCESSKEY", KEY);
    let app = App::start_by(driver, &folder.path().join("data"), &ANY_PORT).await;
    app.find("fixed").await;
    app.fill("agent-id", "10").await;
    app.click("submit").await;
    app.label("available").await;
    call_back(&app, &simulator).await;
    app.click("nav-settings").await;
    app.select("[data-testid='theme'] [value='dark']").await.click().await.unwrap();
    app.click("nav-work").await;
    let call = ring(&simulator, CUSTOMER);
    simulator.answer(call).unwrap();
    simulator.hang_up(call, Party::Customer).unwrap();
    app.text_with("[data-testid='recent-call']", SHOWN).await;
    let missed = ring(&simulator, "013387525702");
    app.label("ringing").await;
    simulator.hang_up(missed, Party::Customer).unwrap();
    app.select("[data-testid='notice'][data-kind='missed']").await;
    let tray = Tray::find().await;
    until("the tray has the call", async || tray.menu().await.iter().any(|item| item.text.contains(SHOWN))).await;

    app.click("nav-settings").await;
    app.click("sign-out").await;
    app.find("fixed").await;
    assert_eq!(app.find("agent-id").await.prop("value").await.unwrap().as_deref(), Some(""));
    until("out of the queue", async || simulator.seat("queue-1", OWN).is_none()).await;
    until("the tray has no call", async || !tray.menu().await.iter().any(|item| item.text.contains(SHOWN))).await;
    picture("app-hot-desk");

    app.fill("agent-id", "11").await;
    app.click("submit").await;
    app.label("available").await;
    assert_eq!(simulator.seat("queue-1", OWN), Some(SeatState::Waiting));
    assert_eq!(simulator.ledger().requests("Login").len(), 1, "N8: one token for all agents of the desk");
    let joined = simulator.ledger().requests("SipSignIn");
    assert_eq!(joined.iter().map(|request| request.parameter("crmid")).collect::<Vec<_>>(), ["10", "11"]);
    for view in ["work", "calls", "day"] {
        app.click(&format!("nav-{view}")).await;
        app.find(&format!("view-{view}")).await;
        let text = app.evaluate("document.body.textContent").await;
        assert!(!text.as_str().unwrap().contains(SHOWN), "{view}");
    }
    assert!(!app.has("[data-testid='notice']").await);
    picture("app-hot-desk-next");

    // The first agent finds the own calls again.
    app.click("nav-settings").await;
    app.click("sign-out").await;
    app.find("fixed").await;
    app.fill("agent-id", "10").await;
    app.click("submit").await;
    app.label("available").await;
    app.text_with("[data-testid='view-work']", SHOWN).await;
    assert_eq!(app.evaluate("document.documentElement.dataset.theme ?? ''").await, "dark");
}
