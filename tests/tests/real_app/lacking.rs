//! Desktops on which a part is missing, locked or crashes.

use std::os::unix::process::CommandExt;

use ringside_tests::desktop::{network_processes, web_processes};

use super::*;

/// Provisioned by environment and flags, like an unattended installation. WebDriver does not work if the web engine keeps no data, so this
/// test only looks at the screen.
#[tokio::test(flavor = "multi_thread")]
async fn the_app_works_with_an_unwritable_data_folder() {
    let simulator = platform().await;
    let folder = tempfile::tempdir().unwrap();
    // A folder below a file cannot be created, not even by root.
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
async fn the_app_works_on_a_desktop_without_tray_keyring_and_notifications() {
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

/// K3, K4: the keyring exists but is locked, and nobody answers its dialog.
#[tokio::test(flavor = "multi_thread")]
async fn with_a_locked_keyring_the_accesskey_is_used_for_this_run() {
    let simulator = platform().await;
    let folder = tempfile::tempdir().unwrap();
    let lock = "gdbus call --session --dest org.freedesktop.secrets --object-path /org/freedesktop/secrets \
        --method org.freedesktop.Secret.Service.Lock '[objectpath \"/org/freedesktop/secrets/collection/login\"]' >/dev/null && exec tauri-driver \"$@\"";
    let mut desktop = Command::new(Path::new(env!("CARGO_MANIFEST_DIR")).join("../scripts/desktop"));
    desktop.args(["--virtual", "--", "sh", "-c", lock, "sh"]);
    keeps_nothing(desktop, &simulator, folder.path(), "keyring").await;
}

/// K1, T19: there is no session bus.
#[tokio::test(flavor = "multi_thread")]
async fn the_app_works_without_a_session_bus() {
    let simulator = platform().await;
    let folder = tempfile::tempdir().unwrap();
    let mut driver = Command::new("tauri-driver");
    driver.env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nowhere");
    keeps_nothing(driver, &simulator, folder.path(), "This system has no keyring.").await;
}

/// Signs in, takes a ring, checks that the keyring's fault is shown, and that the accesskey is in no file.
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

/// T11: the web process crashes; the page is loaded again, and the next ring is shown.
#[tokio::test(flavor = "multi_thread")]
async fn crashed_pages_are_loaded_again() {
    let simulator = platform().await;
    let folder = tempfile::tempdir().unwrap();
    let app = available(folder.path(), &simulator, &[]).await;
    crash_the_pages(&app.web_processes(), &simulator, "app-after-a-crash").await;
    assert_eq!(app.tell(&["--set", "busy"]).0, Some(0), "the app runs");
}

/// The web engine's network process is ended when the pages run. The ring card needs none, and pages that are loaded again get a new one.
#[tokio::test(flavor = "multi_thread")]
async fn the_pages_work_without_the_network_process() {
    let simulator = platform().await;
    let folder = tempfile::tempdir().unwrap();
    let app = Plain(Plain::command(folder.path(), &simulator, &[]).process_group(0).spawn().unwrap());
    let group = app.0.id();
    until("signed in", async || simulator.seat("queue-1", OWN) == Some(SeatState::Waiting)).await;
    until("there is a network process", async || !network_processes(group).is_empty()).await;
    until("the network process has ended", async || network_processes(group).is_empty()).await;
    let call = ring(&simulator, CUSTOMER);
    until("the card is drawn", async || colours(CARD) > 20).await;
    simulator.hang_up(call, Party::Customer).unwrap();
    card_is(false).await;
    assert_eq!(network_processes(group), [0; 0]);
    crash_the_pages(&web_processes(group), &simulator, "app-after-a-late-crash").await;
}

/// Ends the web processes, and waits until a ring is shown by new ones.
async fn crash_the_pages(processes: &[u32], simulator: &Simulator, name: &str) {
    for process in processes {
        run("kill", &["-KILL", &process.to_string()]);
    }
    let call = ring(simulator, CUSTOMER);
    // The driver's session ended with the page.
    until("the card is drawn", async || colours(CARD) > 20).await;
    let notifications = Notifications::find().await;
    until("the notification is shown", async || notifications.shown().await == 1).await;
    picture(name);
    simulator.hang_up(call, Party::Customer).unwrap();
    card_is(false).await;
}

/// Started from a menu: the reason of a failed start is shown until it is closed, although the main window's page runs meanwhile.
#[tokio::test(flavor = "multi_thread")]
async fn a_start_with_an_unusable_configuration_shows_the_reason_until_it_is_closed() {
    let folder = tempfile::tempdir().unwrap();
    let (data, config) = (folder.path().join("data"), folder.path().join("config.toml"));
    fs::write(&config, "[agent]\nextensoin = \"801\"\n").unwrap();
    let mut command = Command::new(binary());
    command.arg("--data-dir").arg(&data).arg("--config").arg(&config);
    let mut app = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let log = || {
        let files = fs::read_dir(data.join("logs")).into_iter().flatten();
        files.map(|file| fs::read_to_string(file.unwrap().path()).unwrap()).collect::<String>()
    };
    until("the dialogue is shown, and the page runs", async || visible(MAIN).len() == 2 && log().contains("a page asked before the start"))
        .await;
    picture("app-unusable-configuration");
    close(MAIN).await;
    assert_eq!(app.wait().unwrap().code(), Some(1));
    assert!(log().contains("line 2"), "{}", log());
}
