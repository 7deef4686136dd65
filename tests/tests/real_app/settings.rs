//! Settings with an effect outside the window.

use std::{fs, path::Path};

use ringside_tests::{desktop::until, platform};

use super::available;

fn log(folder: &Path) -> String {
    let files = fs::read_dir(folder.join("logs")).unwrap().map(|entry| entry.unwrap().path());
    files.filter(|file| file.extension().is_some_and(|end| end == "log")).map(|file| fs::read_to_string(file).unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_is_detailed_as_soon_as_the_setting_is_on() {
    let simulator = platform().await;
    let folder = tempfile::tempdir().unwrap();
    let app = available(folder.path(), &simulator, &[]).await;
    assert!(log(folder.path()).contains("Ringside starts") && !log(folder.path()).contains("DEBUG"));
    app.click("nav-settings").await;
    app.click("detailed-log").await;
    until("the log contains requests", async || log(folder.path()).contains("asked the platform")).await;
}
