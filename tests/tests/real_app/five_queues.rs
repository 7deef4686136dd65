//! Five queues at a desk without callbacks, within the default budget of requests.

use ringside_simulator::{Options, QueueSpec, SeatState, Simulator};
use ringside_tests::{
    OWN,
    desktop::{App, Tray},
};

use super::{ANY_PORT, KEY};

const QUEUES: [&str; 5] = ["queue-1", "queue-2", "queue-3", "queue-4", "queue-5"];

/// Checks that the wish is confirmed before it is shown as not confirmed after ten seconds.
async fn confirmed(app: &App, simulator: &Simulator, label: &str, state: SeatState) {
    app.main().await;
    let shown = "[data-testid='state']";
    let end = app.select(&format!("{shown}[data-label='{label}'][data-progress='settled'], {shown}[data-progress='overdue']")).await;
    assert_eq!(end.attr("data-progress").await.unwrap().as_deref(), Some("settled"), "{label}");
    assert_eq!(QUEUES.map(|queue| simulator.seat(queue, OWN)), [Some(state); 5], "{label}");
}

#[tokio::test(flavor = "multi_thread")]
async fn fs1_busy_is_confirmed_in_five_queues_behind_nat() {
    let queues = QUEUES.map(|name| QueueSpec::new(name, "")).into();
    let simulator = Simulator::local(Options { queues, ..Options::test() }).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let app = App::start(folder.path(), &[&ANY_PORT[..], &["--after-sign-in", "available"]].concat()).await;
    app.sign_in(simulator.url().as_str(), KEY, &QUEUES.join(", ")).await;
    app.label("available").await;

    let (status, said) = app.tell(&["--set", "busy"]);
    assert_eq!(status, Some(0), "{said}");
    confirmed(&app, &simulator, "busy", SeatState::Paused).await;
    let tray = Tray::find().await;
    tray.click("Available").await;
    confirmed(&app, &simulator, "available", SeatState::Waiting).await;
    tray.click("Busy").await;
    confirmed(&app, &simulator, "busy", SeatState::Paused).await;
}
