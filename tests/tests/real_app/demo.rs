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
