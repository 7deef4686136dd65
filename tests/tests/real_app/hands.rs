//! Shortcuts while another program has the keyboard focus.

use std::{fs, path::Path, process::Command};

use ringside_simulator::{Party, SeatState};
use ringside_tests::{
    OWN,
    desktop::{App, Field, focused, picture, run, until, visible},
    platform,
};

use super::{ANY_PORT, CUSTOMER, KEY, MAIN, available, card_is, ring};

/// Presses `keys` until `holds` is true: a shortcut that was just set may not be registered yet.
async fn press(keys: &str, what: &str, mut holds: impl AsyncFnMut() -> bool) {
    until(what, async || {
        run("xdotool", &["key", keys]);
        holds().await
    })
    .await;
}

/// Presses `keys` in the field of this shortcut, and waits until the field shows `shown`.
async fn set(app: &App, action: &str, keys: &str, shown: &str) {
    app.main().await;
    let window = visible(MAIN).remove(0);
    run("xdotool", &["windowactivate", "--sync", &window]);
    app.click(&format!("shortcut-{action}")).await;
    app.text_with(&format!("[data-testid='shortcut-{action}']"), "Press the keys").await;
    run("xdotool", &["key", keys]);
    app.text_with(&format!("[data-testid='shortcut-{action}']"), shown).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn shortcuts_work_while_another_program_has_the_focus() {
    let simulator = platform().await;
    let folder = tempfile::tempdir().unwrap();
    let app = available(folder.path(), &simulator, &[]).await;
    app.click("nav-settings").await;
    set(&app, "busy", "ctrl+alt+b", "Ctrl + Alt + B").await;
    set(&app, "available", "ctrl+alt+a", "Ctrl + Alt + A").await;
    set(&app, "silence", "super+F9", "Super + F9").await;
    set(&app, "show", "ctrl+alt+space", "Ctrl + Alt + Space").await;
    // While a new shortcut is pressed the old ones are off: these keys would make the agent busy.
    app.click("shortcut-show").await;
    app.text_with("[data-testid='shortcut-show']", "Press the keys").await;
    let mark = simulator.ledger().mark();
    run("xdotool", &["key", "ctrl+alt+b"]);
    app.text_with("[data-testid='wrong-show']", "already").await;
    picture("app-shortcut-twin");
    run("xdotool", &["key", "Escape"]);
    app.text_with("[data-testid='shortcut-show']", "Ctrl + Alt + Space").await;
    assert!(simulator.ledger().entries_after(mark).iter().all(|entry| entry.request("SetSeatsStatus").is_none()));

    let field = Field::open("CRM").await;
    run("xdotool", &["type", "13"]);
    press("ctrl+alt+b", "busy", async || simulator.seat("queue-1", OWN) == Some(SeatState::Paused)).await;
    app.label("busy").await;
    assert_eq!(focused(), field.window, "the focus stays");
    assert!(app.evaluate("document.querySelector('[data-testid=state]').title").await.as_str().unwrap().contains("set by keys"));
    press("ctrl+alt+a", "available again", async || simulator.seat("queue-1", OWN) == Some(SeatState::Waiting)).await;
    app.label("available").await;

    let call = ring(&simulator, CUSTOMER);
    card_is(true).await;
    app.ring().await;
    press("super+F9", "silent", async || app.has("[data-testid='silence']:disabled").await).await;
    assert_eq!(focused(), field.window);
    simulator.hang_up(call, Party::Customer).unwrap();
    card_is(false).await;

    app.main().await;
    let window = visible(MAIN).remove(0);
    press("ctrl+alt+space", "the window is in front", async || focused() == window).await;
    run("xdotool", &["windowactivate", "--sync", &field.window]);
    run("xdotool", &["type", "38"]);
    assert_eq!(field.finish(), "1338", "no key of a shortcut reaches the field");
    picture("app-shortcuts");
}

/// Another program has registered the keys; on Wayland no program can register any.
#[tokio::test(flavor = "multi_thread")]
async fn shortcuts_that_cannot_be_registered_are_reported() {
    let simulator = platform().await;
    let (first, second) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let app = available(first.path(), &simulator, &[]).await;
    app.click("nav-settings").await;
    set(&app, "busy", "ctrl+alt+b", "Ctrl + Alt + B").await;
    press("ctrl+alt+b", "the keys are taken", async || simulator.seat("queue-1", OWN) == Some(SeatState::Paused)).await;

    // Another program that registers the same keys.
    let other = App::start(second.path(), &[&ANY_PORT[..], &["--config", &config(second.path(), "busy = \"Ctrl+Alt+B\"")]].concat()).await;
    other.sign_in(simulator.url().as_str(), KEY, "").await;
    other.click("nav-settings").await;
    other.text_with("[data-testid='wrong-busy']", "Another program or the system has these keys.").await;
    picture("app-shortcut-taken");
    drop(other);
    drop(app);

    let mut driver = Command::new("tauri-driver");
    driver.env("XDG_SESSION_TYPE", "wayland");
    let app = App::start_by(driver, second.path(), &ANY_PORT).await;
    app.click("nav-settings").await;
    app.text_with("[data-testid='command-silence']", "ringside --silence").await;
    assert_eq!(app.tell(&["--silence"]).0, Some(0));
    assert!(!app.has("[data-testid='shortcut-busy']").await);
}

/// Writes a configuration file with these shortcuts. Returns its path.
fn config(folder: &Path, shortcuts: &str) -> String {
    let file = folder.join("config.toml");
    fs::write(&file, format!("[shortcuts]\n{shortcuts}\n")).unwrap();
    file.to_str().unwrap().to_owned()
}
