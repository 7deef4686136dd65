//! Desktops on which something is missing, locked or dies.

use super::*;

/// Provisioned by the environment and by flags, as an unattended installation is. The driver cannot look into a web engine
/// that keeps nothing, so what is seen is the screen.
#[tokio::test(flavor = "multi_thread")]
async fn an_unwritable_folder_is_said_and_the_work_goes_on() {
    let simulator = platform().await;
    let folder = tempfile::tempdir().unwrap();
    // A folder below a file can be made by nobody, not even by root.
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    let app = Plain::start(&file.join("data"), &simulator);
    until("signed in", async || simulator.seat("queue-1", OWN) == Some(SeatState::Waiting)).await;
    let call = ring(&simulator, CUSTOMER);
    card_is(true).await;
    picture("app-unwritable-folder");
    simulator.hang_up(call, Party::Customer).unwrap();
    card_is(false).await;
    assert_eq!(fs::read(&file).unwrap(), b"");
    drop(app);
}

/// K1, K2, T2, T4: a desktop without keyring, tray and notifications.
#[tokio::test(flavor = "multi_thread")]
async fn a_bare_desktop_is_enough() {
    let simulator = Simulator::local(Options { callback_attempts: 3, ..Options::test() }).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let without = ["--dark", "--without", "tray", "--without", "keyring", "--without", "notifications"];
    let app = App::start_on(&without, folder.path(), &[&ANY_PORT[..], &["--after-sign-in", "available"]].concat()).await;
    app.sign_in(simulator.url().as_str(), KEY, "queue-1").await;
    app.label("available").await;
    let call = ring(&simulator, CUSTOMER);
    app.label("ringing").await;
    app.ring().await;
    app.text_with("[data-testid='ring-number']", SHOWN).await;
    simulator.hang_up(call, Party::Customer).unwrap();
    app.label("available").await;
    app.click("nav-settings").await;
    for said in ["This system has no keyring.", "This desktop shows no notifications.", "This desktop shows no tray icons."] {
        app.text_with("main", said).await;
    }
    let (status, said) = app.tell(&["--set", "busy"]);
    assert_eq!(status, Some(0), "{said}");
    app.quit().await;
    assert_no_secret(folder.path());
}

/// K3, K4: the keyring is there, but locked, and nobody answers its question.
#[tokio::test(flavor = "multi_thread")]
async fn a_locked_keyring_is_said_and_the_key_holds_for_this_run() {
    let simulator = platform().await;
    let folder = tempfile::tempdir().unwrap();
    let lock = "gdbus call --session --dest org.freedesktop.secrets --object-path /org/freedesktop/secrets \
        --method org.freedesktop.Secret.Service.Lock '[objectpath \"/org/freedesktop/secrets/collection/login\"]' >/dev/null && exec tauri-driver \"$@\"";
    let mut desktop = Command::new(Path::new(env!("CARGO_MANIFEST_DIR")).join("../scripts/desktop"));
    desktop.args(["--virtual", "--", "sh", "-c", lock, "sh"]);
    keeps_nothing(desktop, &simulator, folder.path(), "keyring").await;
}

/// K1, T19: no session bus at all.
#[tokio::test(flavor = "multi_thread")]
async fn without_a_session_bus_the_work_goes_on() {
    let simulator = platform().await;
    let folder = tempfile::tempdir().unwrap();
    let mut driver = Command::new("tauri-driver");
    driver.env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nowhere");
    keeps_nothing(driver, &simulator, folder.path(), "This system has no keyring.").await;
}

/// Signs in, works, says what is wrong with the keyring, and keeps the key nowhere.
async fn keeps_nothing(driver: Command, simulator: &Simulator, folder: &Path, said: &str) {
    let app = App::start_by(driver, folder, &[&ANY_PORT[..], &["--after-sign-in", "available"]].concat()).await;
    app.sign_in(simulator.url().as_str(), KEY, "queue-1").await;
    app.label("available").await;
    app.click("nav-settings").await;
    app.text_with("main", "kept until Ringside ends").await;
    app.text_with("main", said).await;
    let call = ring(simulator, CUSTOMER);
    app.label("ringing").await;
    simulator.hang_up(call, Party::Customer).unwrap();
    app.quit().await;
    assert_no_secret(folder);
}

/// T11: the process that draws dies; the page comes back, and the next ring is shown.
#[tokio::test(flavor = "multi_thread")]
async fn pages_that_died_come_back() {
    let simulator = platform().await;
    let folder = tempfile::tempdir().unwrap();
    let app = available(folder.path(), &simulator, &[]).await;
    for process in app.web_processes() {
        run("kill", &["-KILL", &process.to_string()]);
    }
    let call = ring(&simulator, CUSTOMER);
    // The driver's session died with the page.
    until("the card is drawn", async || colours(CARD) > 20).await;
    let notifications = Notifications::find().await;
    until("the notification is shown", async || notifications.shown().await == 1).await;
    picture("app-after-a-crash");
    simulator.hang_up(call, Party::Customer).unwrap();
    card_is(false).await;
    assert_eq!(app.tell(&["--set", "busy"]).0, Some(0), "alive");
}
