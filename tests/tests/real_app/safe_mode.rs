//! An app that crashes again and again (T21), or whose window stays blank (T12), starts in safe mode, says so, and starts normally again
//! after a run that ended well.

use ringside_tests::desktop::{gone, web_processes};

use super::{
    window::{frame, state},
    *,
};

/// Set to 0 by a user who wants the graphics card to be used.
const COMPOSITING: &str = "WEBKIT_DISABLE_COMPOSITING_MODE";

async fn start(folder: &Path) -> App {
    let mut driver = Command::new("tauri-driver");
    driver.env(COMPOSITING, "0");
    App::start_by(driver, folder, &[&ANY_PORT[..], &["--after-sign-in", "available"]].concat()).await
}

/// The variable's value in the environment of a web process.
fn compositing(page: u32) -> String {
    let environment = String::from_utf8(fs::read(format!("/proc/{page}/environ")).unwrap()).unwrap();
    let value = environment.split('\0').find_map(|pair| pair.strip_prefix(&format!("{COMPOSITING}=")));
    value.unwrap().to_owned()
}

/// Starts the app and kills it when its window is visible.
async fn crash(folder: &Path) {
    let mut app = Command::new(binary()).arg("--data-dir").arg(folder).args(ANY_PORT).stdin(Stdio::null()).spawn().unwrap();
    until("the window is there", async || !visible(MAIN).is_empty()).await;
    assert_eq!(tell(folder, &[]).0, Some(0), "a second start does not count as a run");
    app.kill().unwrap();
    app.wait().unwrap();
    until("the window is gone", async || visible(MAIN).is_empty()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn after_three_crashes_the_app_is_in_safe_mode_until_a_run_ends_well() {
    let simulator = platform().await;
    let folder = tempfile::tempdir().unwrap();
    let app = start(folder.path()).await;
    app.sign_in(simulator.url().as_str(), KEY, "queue-1").await;
    app.label("available").await;
    app.click("nav-settings").await;
    app.click("always-on-top").await;
    until("above the others", async || state().contains("_NET_WM_STATE_ABOVE")).await;
    let window = visible(MAIN).remove(0);
    run("xdotool", &["windowsize", "--sync", &window, "700", "500"]);
    until("the window is changed", async || frame(MAIN)[2..] == [700, 500]).await;
    assert_eq!(compositing(app.web_processes()[0]), "0");
    app.quit().await;

    for _ in 0..3 {
        crash(folder.path()).await;
    }
    let app = start(folder.path()).await;
    app.label("available").await;
    app.text_with("[data-testid='safe-mode']", "quit Ringside and start it again").await;
    assert_eq!(frame(MAIN)[2..], [380, 640], "as at the first start");
    assert!(!state().contains("_NET_WM_STATE_ABOVE"));
    assert_eq!(compositing(app.web_processes()[0]), "1");
    picture("app-safe-mode");
    call_back(&app, &simulator).await;
    let call = ring(&simulator, CUSTOMER);
    card_is(true).await;
    simulator.hang_up(call, Party::Customer).unwrap();
    card_is(false).await;
    app.quit().await;

    let app = start(folder.path()).await;
    app.label("available").await;
    until("the window is as it was", async || frame(MAIN)[2..] == [700, 500] && state().contains("_NET_WM_STATE_ABOVE")).await;
    assert!(!app.has("[data-testid='safe-mode']").await);
    assert_eq!(compositing(app.web_processes()[0]), "0");
    app.quit().await;
}

/// Kills the group of processes at the end of the test.
struct Group(u32);

impl Drop for Group {
    fn drop(&mut self) {
        run("kill", &["-KILL", "--", &format!("-{}", self.0)]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_blank_window_the_app_restarts_in_safe_mode_until_a_run_ends_well() {
    let folder = tempfile::tempdir().unwrap();
    // In a session of its own: the system kills an orphaned process group that contains a stopped process.
    let mut app = Command::new("setsid")
        .arg(binary())
        .arg("--data-dir")
        .arg(folder.path())
        .args(ANY_PORT)
        .env(COMPOSITING, "0")
        .stdin(Stdio::null())
        .spawn()
        .unwrap();
    let group = Group(app.id());
    let stuck = eventually("a web process", async || web_processes(group.0).pop()).await;
    run("kill", &["-STOP", &stuck.to_string()]);
    assert_eq!(compositing(stuck), "0");
    until("a window", async || !visible(MAIN).is_empty()).await;
    until("only the background is drawn", async || colours(MAIN) == 1).await;
    until("the app with the blank window has ended", async || app.try_wait().unwrap().is_some()).await;
    assert!(app.wait().unwrap().success());
    run("kill", &["-KILL", &stuck.to_string()]);

    until("the next one has drawn", async || colours(MAIN) > 20).await;
    let page = web_processes(group.0).pop().unwrap();
    assert_eq!(compositing(page), "1");
    picture("app-blank-begun-anew");
    let logs = fs::read_dir(folder.path().join("logs")).unwrap();
    let logs: String = logs.map(|log| fs::read_to_string(log.unwrap().path()).unwrap()).collect();
    assert_eq!(logs.matches("Ringside starts").count(), 2, "one restart: {logs}");
    run("kill", &["-TERM", "--", &format!("-{}", group.0)]);
    gone(folder.path()).await;

    let app = start(folder.path()).await;
    app.find("try-demo").await;
    assert!(!app.has("[data-testid='safe-mode']").await);
    assert_eq!(compositing(app.web_processes()[0]), "0");
}
