//! Commands to the running app.

use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn the_command_line_controls_the_running_app() {
    let simulator = platform().await;
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(tell(folder.path(), &["--set", "busy"]).0, Some(3), "not running");
    for (arguments, status) in [
        (&["--set", "foo"][..], 2),
        (&["--url", "foo", "config"], 2),
        (&["--config", "missing.toml", "config"], 1),
        (&["export"], 1),
        (&["receipt", "verify", "--noted", "abc"], 2),
    ] {
        assert_eq!(tell(folder.path(), arguments).0, Some(status), "{arguments:?} ends without a dialogue");
    }
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
