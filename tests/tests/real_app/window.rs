//! The main window: its saved position, hiding in the tray, autostart, always on top.

use super::*;

/// Left, top, width and height of a window.
pub fn frame(title: &str) -> [i32; 4] {
    let window = visible(title).remove(0);
    let said = run("xdotool", &["getwindowgeometry", "--shell", &window]);
    ["X", "Y", "WIDTH", "HEIGHT"].map(|name| {
        let line = said.lines().find_map(|line| line.strip_prefix(&format!("{name}=")));
        line.and_then(|value| value.parse().ok()).unwrap_or_else(|| panic!("no {name} in {said:?}"))
    })
}

/// The number of colours in a window; one if nothing is drawn.
fn colours(title: &str) -> u32 {
    let window = visible(title).remove(0);
    run("import", &["-window", &window, "-format", "%k", "info:"]).parse().unwrap()
}

/// How many notifications have said that closing hides the window.
async fn told(notifications: &Notifications) -> usize {
    notifications.history().await.iter().filter(|(title, _)| title == "Ringside goes on in the tray").count()
}

pub fn state() -> String {
    run("xprop", &["-id", &visible(MAIN).remove(0), "_NET_WM_STATE"])
}

#[tokio::test(flavor = "multi_thread")]
async fn the_pages_are_drawn_without_a_graphics_driver_of_the_system() {
    let simulator = platform().await;
    let folder = tempfile::tempdir().unwrap();
    let app = available(folder.path(), &simulator, &[]).await;
    let maps = fs::read_to_string(format!("/proc/{}/maps", app.web_processes()[0])).unwrap();
    assert!(maps.contains("no_driver.so"), "{maps}");
    for of_system in ["_dri.so", "libgallium", "libLLVM"] {
        assert!(!maps.contains(of_system), "{of_system}");
    }
    app.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_main_page_requests_the_file_of_its_language_with_itself() {
    let simulator = platform().await;
    let folder = tempfile::tempdir().unwrap();
    let app = available(folder.path(), &simulator, &[]).await;
    let files = "[...document.querySelectorAll('head > link[rel=modulepreload]')].map((link) => link.getAttribute('href').slice(0, 11))";
    let files = app.evaluate(files).await;
    assert!(files.as_array().unwrap().contains(&"/assets/en-".into()), "{files}");
    app.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_windows_position_is_kept_and_closing_hides_it_with_one_notification() {
    let simulator = platform().await;
    let folder = tempfile::tempdir().unwrap();
    let app = available(folder.path(), &simulator, &[]).await;
    Tray::find().await;
    app.click("nav-settings").await;
    app.click("always-on-top").await;
    until("above the others", async || state().contains("_NET_WM_STATE_ABOVE")).await;
    let window = visible(MAIN).remove(0);
    run("xdotool", &["windowsize", "--sync", &window, "700", "500", "windowmove", "--sync", &window, "40", "60"]);
    until("the window is moved", async || frame(MAIN)[2..] == [700, 500] && frame(MAIN)[0] < 60).await;
    let moved = frame(MAIN);

    let notifications = Notifications::find().await;
    let before = told(&notifications).await;
    for round in 0..2 {
        run("xdotool", &["windowactivate", "--sync", &visible(MAIN).remove(0), "key", "alt+F4"]);
        until("closing hides the window", async || visible(MAIN).is_empty()).await;
        if round == 0 {
            until("the notification is shown", async || notifications.shown().await == 1).await;
            picture("app-goes-on-in-the-tray");
            notifications.click().await;
        } else {
            assert_eq!(app.tell(&["--show"]).0, Some(0));
        }
        until("the window is where it was", async || !visible(MAIN).is_empty() && frame(MAIN) == moved).await;
        until("no notification is left", async || notifications.shown().await == 0).await;
    }
    assert_eq!(told(&notifications).await, before + 1, "one notification");
    app.quit().await;

    let app = App::start(folder.path(), &ANY_PORT).await;
    until("the window is where it was", async || !visible(MAIN).is_empty() && frame(MAIN) == moved).await;
    until("and above the others", async || state().contains("_NET_WM_STATE_ABOVE")).await;
    picture("app-window-remembered");
    app.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_app_started_by_autostart_is_in_the_tray_and_shows_rings() {
    let simulator = platform().await;
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("data of a desk");
    let start = async || {
        let mut driver = Command::new("tauri-driver");
        driver.env("HOME", home.path());
        App::start_by(driver, &folder, &[&ANY_PORT[..], &["--after-sign-in", "available"]].concat()).await
    };
    let app = start().await;
    app.sign_in(simulator.url().as_str(), KEY, "queue-1").await;
    app.label("available").await;
    app.click("nav-settings").await;
    app.click("start-with-system").await;
    let entries = || {
        let entries = fs::read_dir(home.path().join(".config/autostart")).into_iter().flatten();
        entries.map(|entry| fs::read_to_string(entry.unwrap().path()).unwrap()).collect::<Vec<_>>()
    };
    let entry = eventually("the autostart entry exists", async || entries().pop().filter(|entry| entry.contains("Terminal="))).await;
    let command = entry.lines().find_map(|line| line.strip_prefix("Exec=")).unwrap().to_owned();
    app.quit().await;

    // Started like by the system. It gets no callbacks, so it polls the phone.
    let started = Command::new("sh").args(["-c", &format!("exec {command} --bind 127.0.0.1:0")]).env("RINGSIDE_NO_DIALOGUE", "1").spawn();
    let started = Plain(started.unwrap());
    Tray::find().await.state("Available").await;
    let call = ring(&simulator, CUSTOMER);
    card_is(true).await;
    assert!(visible(MAIN).is_empty(), "hidden");
    until("the card is drawn", async || colours(CARD) > 20).await;
    picture("app-hidden-start");
    simulator.hang_up(call, Party::Customer).unwrap();
    card_is(false).await;
    assert_eq!(tell(&folder, &["--hidden"]).0, Some(0));
    assert!(visible(MAIN).is_empty(), "a second hidden start shows no window");
    assert_eq!(tell(&folder, &["--show"]).0, Some(0));
    until("the window is shown", async || !visible(MAIN).is_empty()).await;
    picture("app-shown-after-hidden-start");
    drop(started);

    let app = start().await;
    app.click("nav-settings").await;
    app.click("start-with-system").await;
    until("the autostart entry is gone", async || entries().is_empty()).await;
    app.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hidden_windows_page_is_emptied_after_a_minute_and_shown_with_its_views_and_the_newest_state() {
    let simulator = platform().await;
    let folder = tempfile::tempdir().unwrap();
    let app = available(folder.path(), &simulator, &[]).await;
    Tray::find().await;
    app.click("nav-settings").await;
    app.find("theme").await;
    // The page's minute passes at once.
    app.evaluate("(() => { const later = setTimeout; window.setTimeout = (run, ms) => later(run, ms === 60000 ? 0 : ms); })()").await;
    close(MAIN).await;
    until("the window is hidden", async || visible(MAIN).is_empty()).await;
    until("no view is left", async || app.evaluate("document.querySelector('#app').childElementCount").await == 0).await;

    assert_eq!(app.tell(&["--set", "busy"]).0, Some(0));
    assert_eq!(app.evaluate("document.querySelector('#app').childElementCount").await, 0, "a hidden window is told nothing");
    assert_eq!(app.tell(&["--show"]).0, Some(0));
    until("the window is shown", async || !visible(MAIN).is_empty()).await;
    app.label("busy").await;
    app.find("theme").await;
    until("the views are painted", async || colours(MAIN) > 20).await;
    picture("app-shown-after-a-minute");
    app.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_change_the_size_of_the_page_for_later_runs_too_and_none_loads_it_again() {
    let simulator = platform().await;
    let folder = tempfile::tempdir().unwrap();
    let app = available(folder.path(), &simulator, &[]).await;
    let width = async |app: &App| app.evaluate("innerWidth").await.as_f64().unwrap();
    let press = |keys: &str| run("xdotool", &["windowactivate", "--sync", &visible(MAIN).remove(0), "key", keys]);
    app.evaluate("window.isSame = true").await;
    let normal = width(&app).await;
    press("ctrl+plus");
    press("ctrl+plus");
    until("the page is a quarter larger", async || (width(&app).await - normal / 1.25).abs() < 2.0).await;
    picture("app-larger");
    let larger = width(&app).await;
    for keys in ["F5", "ctrl+r", "ctrl+F5"] {
        press(keys);
    }
    // A menu of the web engine could load the page again, except that of a text field.
    let menu = "(() => { const event = new MouseEvent('contextmenu', { bubbles: true, cancelable: true }); document.body.dispatchEvent(event); return event.defaultPrevented; })()";
    assert_eq!(app.evaluate(menu).await, true);
    assert_eq!(app.evaluate("window.isSame").await, true, "the page was not loaded again");
    app.quit().await;

    let app = App::start(folder.path(), &ANY_PORT).await;
    until("the page is as large as before", async || !visible(MAIN).is_empty() && (width(&app).await - larger).abs() < 2.0).await;
    press("ctrl+0");
    until("the page has its normal size", async || (width(&app).await - normal).abs() < 2.0).await;
    app.quit().await;
}
