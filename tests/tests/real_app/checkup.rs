//! The setup doctor in the window and on the command line.

use ringside_simulator::Phone;

use super::*;

/// The verdict of each check, when a checkup is over.
async fn found(app: &App) -> std::collections::BTreeMap<String, String> {
    app.select("[data-testid='checkup-status'][data-running='false']:not(:empty)").await;
    let lines = app
        .evaluate("Object.fromEntries([...document.querySelectorAll(\"[data-testid='checkup-line']\")].map((line) => [line.dataset.about, line.dataset.verdict]))")
        .await;
    serde_json::from_value(lines).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_setup_is_checked_in_the_window() {
    let simulator = platform().await;
    let folder = tempfile::tempdir().unwrap();
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let (bind, public) = (format!("127.0.0.1:{port}"), format!("http://127.0.0.1:{port}/"));
    let app = App::start(folder.path(), &["--bind", &bind, "--public-url", &public, "--after-sign-in", "available"]).await;
    app.sign_in(simulator.url().as_str(), KEY, "queue-1").await;
    app.label("available").await;
    app.click("nav-connection").await;
    app.click("copy-address").await;
    let address =
        eventually("the callback address is copied", async || Some(selection()).filter(|copied| copied.contains("/callbacks/"))).await;
    let secret = address.rsplit('/').next().unwrap();

    app.click("nav-settings").await;
    app.click("checkup").await;
    let well = found(&app).await;
    for about in [
        "setup",
        "platform",
        "clock",
        "login",
        "extension",
        "phone",
        "queues",
        "callbacks",
        "keyring",
        "notifications",
        "tray",
        "folder",
        "drive",
    ] {
        assert_eq!(well[about], "ok", "{about}: {well:?}");
    }
    assert_eq!(well.len(), 19);
    assert_eq!(simulator.ledger().requests("Login").len(), 1, "the current token is used");
    picture("app-checkup-well");

    // The phone is no longer registered. The work view says so and offers the checkup.
    simulator.set_phone(OWN, Phone::NotRegistered);
    app.label("phoneNotReady").await;
    app.click("nav-work").await;
    app.click("offer-checkup").await;
    app.select("[data-testid='checkup-line'][data-about='phone'][data-verdict='failed']").await;
    let ill = found(&app).await;
    assert_eq!(ill.values().filter(|verdict| *verdict == "failed").count(), 1, "{ill:?}");
    app.text_with("[data-about='phone']", "Switch the phone on").await;
    app.text_with("[data-testid='checkup-status']", "Phone failed.").await;
    picture("app-checkup-phone");

    app.click("copy-checkup").await;
    let text = eventually("the report is copied", async || Some(selection()).filter(|copied| copied.contains("Switch the phone on"))).await;
    assert_eq!(text.lines().filter(|line| line.starts_with("FAILED")).count(), 1, "{text}");
    let page = app.evaluate("document.documentElement.outerHTML").await;
    for kept in [KEY, secret] {
        assert!(!text.contains(kept) && !page.as_str().unwrap().contains(kept), "no secret is shown");
    }
    // The texts come from Rust, in the window's language.
    app.evaluate("document.querySelector(\"[data-testid='language']\").value = 'chinese'").await;
    app.evaluate("document.querySelector(\"[data-testid='language']\").dispatchEvent(new Event('change', { bubbles: true }))").await;
    app.text_with("[data-about='phone']", "请打开话机").await;
}

/// The findings of `doctor --json`, and its exit status.
fn examined(folder: &Path, arguments: &[&str]) -> (Option<i32>, std::collections::BTreeMap<String, String>) {
    let (status, text) = tell(folder, &[arguments, &["doctor", "--json"]].concat());
    assert!(!text.contains(KEY), "{text}");
    let said: serde_json::Value = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"));
    let text_of = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    let checks = said["checks"].as_array().unwrap().iter().map(|check| (text_of(&check["about"]), text_of(&check["finding"])));
    (status, checks.collect())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_doctor_and_the_receipt_work_with_and_without_the_running_app() {
    let simulator = platform().await;
    let folder = tempfile::tempdir().unwrap();
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let (bind, public) = (format!("127.0.0.1:{port}"), format!("http://127.0.0.1:{port}/"));
    let arguments = ["--bind", &bind, "--public-url", &public, "--after-sign-in", "available"];
    let app = App::start(folder.path(), &arguments).await;
    app.sign_in(simulator.url().as_str(), KEY, "queue-1").await;
    app.label("available").await;

    let (status, well) = examined(folder.path(), &arguments);
    for (about, finding) in [
        ("login", "signedIn"),
        ("phone", "phoneRegistered"),
        ("queues", "inQueues"),
        ("callbacks", "callbacksArrive"),
        ("keyring", "keyringWorks"),
        ("notifications", "notificationsShown"),
        ("tray", "trayShown"),
        ("folder", "folderWritable"),
    ] {
        assert_eq!(well[about], finding, "{well:?}");
    }
    assert_eq!(status, Some(0));
    app.label("available").await;
    simulator.set_phone(OWN, ringside_simulator::Phone::NotRegistered);
    let (status, ill) = examined(folder.path(), &arguments);
    assert_eq!((status, ill["phone"].as_str()), (Some(1), "phoneNotRegistered"));
    // A public URL at which nothing listens.
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let (status, ill) = examined(folder.path(), &["--bind", &bind, "--public-url", &format!("http://{closed}/")]);
    assert_eq!((status, ill["callbacks"].as_str()), (Some(1), "callbacksLost"));
    simulator.set_phone(OWN, ringside_simulator::Phone::Registered);

    let (status, page) = tell(folder.path(), &["receipt"]);
    assert_eq!(status, Some(0), "{page}");
    assert!(page.contains("queue-1") && page.contains("100001"), "{page}");
    app.click("nav-day").await;
    app.click("save-receipt").await;
    let saved = app.text_with("[data-testid='receipt-saved']", ".txt").await;
    let file = &saved[saved.find('/').unwrap()..];
    assert!(fs::read_to_string(file).unwrap().contains("queue-1"), "{saved}");
    assert_eq!(fs::metadata(file).unwrap().permissions().mode() & 0o777, 0o600);
    picture("app-receipt");

    app.quit().await;
    let (status, well) = examined(folder.path(), &arguments);
    assert_eq!((status, well["callbacks"].as_str()), (Some(0), "callbacksArrive"), "{well:?}");
    let (status, text) = tell(folder.path(), &["receipt", "verify", "--json"]);
    let said: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!((status, &said["sound"]), (Some(0), &serde_json::Value::Bool(true)), "{text}");
    let noted = said["last"]["hash"].as_str().unwrap();
    assert_eq!(tell(folder.path(), &["receipt", "verify", "--noted", noted]).0, Some(0));
    assert_eq!(tell(folder.path(), &["receipt", "verify", "--noted", &"0".repeat(64)]).0, Some(1));
}
