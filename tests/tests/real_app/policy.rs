//! A computer whose administrator locked settings: they hold in the running app, whoever asks for another value.

use std::{
    fs,
    process::{Command, Stdio},
};

use ringside_simulator::SeatState;
use ringside_tests::{
    OWN,
    desktop::{App, binary, picture, until},
    platform,
};

use super::{ANY_PORT, KEY, supervisor::invoke};

#[tokio::test(flavor = "multi_thread")]
async fn locked_settings_hold_in_the_window_and_on_the_command_line() {
    let simulator = platform().await;
    let folder = tempfile::tempdir().unwrap();
    let (machine, data, home) = (folder.path().join("machine.toml"), folder.path().join("data"), folder.path().join("home"));
    let url = simulator.url();
    let keys = [
        "agent.after_sign_in",
        "leaving.quit",
        "notifications.discreet",
        "diagnostics.capture",
        "window.start_with_system",
        "supervisor.enabled",
    ];
    let provisioned = format!(
        "locked = {keys:?}\n[agent]\nafter_sign_in = \"available\"\n[leaving]\nquit = \"sign_out\"\n[notifications]\ndiscreet = true\n\
         [window]\nstart_with_system = true\nhidden_views = [\"day\"]\n"
    );
    fs::write(&machine, provisioned).unwrap();
    let mut driver = Command::new("tauri-driver");
    driver.env("RINGSIDE_MACHINE_CONFIG", &machine).env("HOME", &home).env("XDG_CONFIG_HOME", home.join(".config"));
    let app = App::start_by(driver, &data, &[&ANY_PORT[..], &["--after-sign-in", "busy"]].concat()).await;
    app.sign_in(url.as_str(), KEY, "queue-1").await;
    app.label("available").await;
    let starts = || fs::read_dir(home.join(".config/autostart")).is_ok_and(|entries| entries.count() == 1);
    until("Ringside starts with the system", async || starts()).await;

    assert_eq!(invoke(&app, "switch_capture", "{ on: true }").await, "settingLocked");
    assert_eq!(invoke(&app, "start_with_system", "{ on: false }").await, "settingLocked");
    for change in ["'onQuit', value: 'stay'", "'discreet', value: false", "'supervisor', value: true"] {
        let intent = format!("{{ intent: {{ kind: 'changeSettings', change: {{ setting: {change} }} }} }}");
        assert_eq!(invoke(&app, "intent", &intent).await, "settingLocked", "{change}");
    }
    assert!(!app.has("[data-testid='nav-day']").await, "the view is hidden");
    app.click("nav-settings").await;
    for id in ["leaving-quit", "discreet", "keep-exchanges", "start-with-system", "supervisor-on"] {
        assert_eq!(app.find(id).await.prop("disabled").await.unwrap().as_deref(), Some("true"), "{id}");
    }
    app.text_with("main", "Set by your administrator").await;
    picture("app-policy");
    assert!(starts(), "still");
    assert_eq!(app.tell(&["--supervisor"]).0, Some(4), "the local channel opens no supervisor's window");

    let output = Command::new(binary())
        .args(["config", "--json", "--data-dir"])
        .arg(&data)
        .env("RINGSIDE_MACHINE_CONFIG", &machine)
        .env("RINGSIDE_WRAP_UP_SECONDS", "7")
        .env("RINGSIDE_CALLBACK_SECRET", "a-secret-of-many-letters")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let printed: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let one = |key: &str| printed["settings"].as_array().unwrap().iter().find(|row| row["key"] == key).unwrap().clone();
    for (key, value, from, locked) in [
        ("agent.after_sign_in", "available", "machine's file", true),
        ("leaving.quit", "sign_out", "machine's file", true),
        ("wrap_up.seconds", "7", "environment", false),
        ("agent.extension", OWN, "app", false),
        ("platform.url", url.as_str(), "app", false),
        ("sound.ring_volume", "70", "default", false),
    ] {
        let row = one(key);
        assert_eq!((&row["value"][0], &row["from"], &row["locked"]), (&value.into(), &from.into(), &locked.into()), "{key}");
    }
    assert!(!String::from_utf8_lossy(&output.stdout).contains("a-secret"));

    app.quit().await;
    assert_eq!(simulator.seat("queue-1", OWN), None::<SeatState>, "as the administrator chose for a quit");
}
