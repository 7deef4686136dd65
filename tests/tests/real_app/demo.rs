//! The demo.

use super::*;

/// The demo's simulator dials by itself.
#[tokio::test(flavor = "multi_thread")]
async fn the_demo_rings_without_any_input() {
    let folder = tempfile::tempdir().unwrap();
    let app = App::start(folder.path(), &["--demo"]).await;
    card_is(true).await;
    picture("app-demo");
    app.main().await;
    app.find("call-now").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_demo_opens_the_supervisors_desk_if_asked() {
    let folder = tempfile::tempdir().unwrap();
    let _app = App::start(folder.path(), &["--demo", "--supervisor"]).await;
    until("the supervisor's window", async || !visible("Ringside ·.*").is_empty()).await;
}
