//! The tray's icon and menu.

use super::*;

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
