//! The supervisor's desk: its switch, its window, and the command line.

use std::time::Duration;

use super::{window::frame, *};

const DESK: &str = "Ringside · Supervisor's desk";
/// The line of the tray's menu.
const LINE: &str = "Supervisor's desk";

/// Switches the desk on in the settings.
async fn switch_on(app: &App) {
    app.main().await;
    app.click("nav-settings").await;
    app.click("supervisor-on").await;
    app.find("open-supervisor").await;
}

async fn open(app: &App) {
    app.main().await;
    app.click("open-supervisor").await;
    until("the window is shown", async || visible(DESK).len() == 1).await;
}

/// The answer to a command that this page calls, or the code or the text of its refusal.
pub async fn invoke(app: &App, command: &str, arguments: &str) -> String {
    let call = format!("window.__TAURI_INTERNALS__.invoke('{command}', {arguments})");
    let answer =
        app.evaluate(&format!("{call}.then((answer) => JSON.stringify(answer) ?? '', (problem) => problem.code ?? String(problem))")).await;
    answer.as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_supervisors_window_and_its_web_process_exist_only_while_it_is_open() {
    let simulator = platform().await;
    let folder = tempfile::tempdir().unwrap();
    let app = available(folder.path(), &simulator, &[]).await;
    switch_on(&app).await;
    let before = app.web_processes();
    open(&app).await;
    assert!(app.supervisor().await.starts_with("Ringside"));
    until("it has a web process of its own", async || app.web_processes().len() == before.len() + 1).await;
    let window = visible(DESK).remove(0);
    run("xdotool", &["windowsize", "--sync", &window, "1000", "700", "windowmove", "--sync", &window, "30", "40"]);
    until("the window is moved", async || frame(DESK)[2..] == [1000, 700] && frame(DESK)[0] < 60).await;
    let moved = frame(DESK);

    assert_eq!(invoke(&app, "set_full_screen", "{ on: true }").await, "null");
    until("it covers the screen", async || frame(DESK)[2] > 1000 && frame(DESK)[..2] == [0, 0]).await;
    assert_eq!(invoke(&app, "set_full_screen", "{ on: false }").await, "null");
    until("it is where it was", async || frame(DESK) == moved).await;

    // A second opening brings the window to the front.
    run("xdotool", &["windowactivate", "--sync", &visible(MAIN).remove(0)]);
    app.main().await;
    app.click("open-supervisor").await;
    until("it has the keyboard", async || visible(DESK) == [focused()]).await;
    picture("app-supervisor");

    close(DESK).await;
    until("its web process has ended", async || app.web_processes() == before).await;
    open(&app).await;
    until("the window is where it was", async || frame(DESK) == moved).await;
    app.supervisor().await;
    app.quit().await;
}

/// A web engine that a WebDriver controls has a folder. Without a WebDriver the main window's has none, as in use, so this test starts the
/// app without one.
#[tokio::test(flavor = "multi_thread")]
async fn without_a_webdriver_the_window_shows_its_page_each_time_that_it_is_opened() {
    let simulator = platform().await;
    let folder = tempfile::tempdir().unwrap();
    let app = Plain::start_with(folder.path(), &simulator, &["--supervisor-enabled", "true"]);
    until("available", async || simulator.seat("queue-1", OWN) == Some(SeatState::Waiting)).await;
    for _ in 0..2 {
        until("it opens", async || tell(folder.path(), &["--supervisor"]).0 == Some(0)).await;
        // The web engine's message about a page that it cannot load has no colours but greys.
        until("the page is drawn", async || coloured(DESK)).await;
        picture("app-supervisor-undriven");
        close(DESK).await;
    }
    drop(app);
}

/// Whether a visible window has pixels that are not grey.
fn coloured(title: &str) -> bool {
    let Some(window) = visible(title).pop() else { return false };
    let saturation =
        run("convert", &[&format!("x:{window}"), "-colorspace", "HSL", "-channel", "G", "-separate", "-format", "%[fx:maxima]", "info:"]);
    saturation.parse::<f64>().is_ok_and(|most| most > 0.5)
}

#[tokio::test(flavor = "multi_thread")]
async fn while_the_desk_is_off_nothing_leads_to_it() {
    let simulator = platform().await;
    let folder = tempfile::tempdir().unwrap();
    let app = available(folder.path(), &simulator, &[]).await;
    let tray = Tray::find().await;
    tray.state("Available").await;
    let in_tray = async || tray.menu().await.iter().any(|item| item.text == LINE);
    assert!(!in_tray().await);
    assert_eq!(invoke(&app, "open_supervisor", "{}").await, "supervisorOff");
    assert_eq!(invoke(&app, "do_not_call", "{ phone: '1', reason: '' }").await, "supervisorOff");
    assert!(invoke(&app, "watch_topics", "{ topics: [] }").await.contains("not allowed"), "of another window");
    assert_eq!(app.tell(&["--supervisor"]).0, Some(4));
    assert_eq!(app.tell(&["api", "GetQueueList"]).0, Some(4));
    assert!(visible(DESK).is_empty());
    assert!(!folder.path().join("floor.db").exists());

    switch_on(&app).await;
    until("the tray leads to it", in_tray).await;
    until("its database is there", async || folder.path().join("floor.db").exists()).await;
    tray.click(LINE).await;
    until("the window is shown", async || visible(DESK).len() == 1).await;
    app.main().await;
    app.click("supervisor-on").await;
    until("the window is closed", async || visible(DESK).is_empty()).await;
    until("the tray does not lead to it any more", async || !in_tray().await).await;
    assert_eq!(app.tell(&["--supervisor"]).0, Some(4));
    app.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_line_opens_the_desk_and_calls_services() {
    let simulator = platform().await;
    let folder = tempfile::tempdir().unwrap();
    let app = available(folder.path(), &simulator, &["--supervisor-enabled", "true"]).await;
    assert_eq!(app.tell(&["--supervisor"]).0, Some(0));
    until("the window is shown", async || visible(DESK).len() == 1).await;

    let (status, said) = app.tell(&["api", "GetQueueList"]);
    assert_eq!(status, Some(0), "{said}");
    let answer: serde_json::Value = serde_json::from_str(&said).unwrap();
    assert!(answer["data"]["result"].to_string().contains("queue-1"), "{said}");
    assert_eq!(simulator.ledger().requests("Login").len(), 1, "the current token is used");
    let (_, said) = app.tell(&["api", "GetSipnumberInfo", "status=3"]);
    assert!(said.contains(OWN) && !said.contains("sip-100001"), "{said}");
    let (_, said) = app.tell(&["api", "GetSipnumberInfo", "status=3", "--show-secrets"]);
    assert!(said.contains("sip-100001"), "{said}");

    // N21: a password leaves the platform only when a person asks for it, and Rust copies it.
    app.supervisor().await;
    let extension = format!("{{ extension: '{OWN}' }}");
    assert_eq!(invoke(&app, "copy_password", &extension).await, "null");
    until("the password is copied", async || selection() == "sip-100001").await;
    assert_eq!(invoke(&app, "show_password", &extension).await, "\"sip-100001\"");
    let page = app.evaluate("document.documentElement.outerHTML").await;
    assert!(!page.as_str().unwrap().contains("sip-100001"));

    // There is no terminal to ask at.
    let delete = ["api", "DelQueue", "queuename=queue-2"];
    let mark = simulator.ledger().mark();
    assert_eq!(app.tell(&delete).0, Some(2));
    assert_eq!(simulator.ledger().requests("DelQueue").len(), 0);
    let (status, said) = app.tell(&[&delete[..], &["--yes"]].concat());
    assert_eq!(status, Some(0), "{said}");
    assert!(simulator.ledger().wait_for_after(mark, |entry| entry.request("DelQueue").is_some(), PATIENCE).await.is_ok());
    let (status, said) = app.tell(&[&delete[..], &["--yes"]].concat());
    assert_eq!(status, Some(4), "the platform refuses: {said}");
    app.quit().await;

    // Without a running instance it signs in by itself, with what the keyring keeps.
    let (status, said) = tell(folder.path(), &["--supervisor-enabled", "true", "api", "GetQueueList"]);
    assert_eq!(status, Some(0), "{said}");
    assert_no_secret(folder.path());
    assert!(!log(folder.path()).contains("sip-100001"));
}

/// N21: shown one at a time to a person who asks, and gone from the page when the person hides it; copied by Rust.
#[tokio::test(flavor = "multi_thread")]
async fn a_password_is_shown_hidden_and_copied_by_clicks() {
    let simulator = platform().await;
    let folder = tempfile::tempdir().unwrap();
    let app = available(folder.path(), &simulator, &["--supervisor-enabled", "true"]).await;
    assert_eq!(app.tell(&["--supervisor"]).0, Some(0));
    app.supervisor().await;
    app.click("nav-extensions").await;
    let row = app.select("[data-testid='extensions-row']").await;
    let extension = row.text().await.unwrap().chars().take_while(char::is_ascii_digit).collect::<String>();
    row.click().await.unwrap();
    let password = format!("sip-{extension}");
    app.text_with("[data-testid='password-text']", "••••••••").await;

    // The desk has just read the extensions; a person does not wait for its readings.
    let asked = tokio::time::Instant::now();
    app.click("show-password").await;
    app.text_with("[data-testid='password-text']", &password).await;
    assert!(asked.elapsed() < Duration::from_secs(2), "shown after {:?}", asked.elapsed());
    picture("app-supervisor-password");
    app.click("hide-password").await;
    app.text_with("[data-testid='password-text']", "••••••••").await;
    let page = app.evaluate("document.documentElement.outerHTML").await;
    assert!(!page.as_str().unwrap().contains(&password));
    app.click("copy-password").await;
    app.text_with("[data-testid='password-said']", "asking the platform").await;
    until("the password is copied", async || selection() == password).await;
    app.text_with("[data-testid='password-said']", "Copied").await;
    app.quit().await;
    let log = log(folder.path());
    assert!(!log.contains(&password));
    assert!(!log.contains("not allowed"), "a window calls a command that it may not call: {log}");
}

fn log(folder: &Path) -> String {
    let files = fs::read_dir(folder.join("logs")).unwrap();
    files.map(|file| fs::read_to_string(file.unwrap().path()).unwrap()).collect()
}
