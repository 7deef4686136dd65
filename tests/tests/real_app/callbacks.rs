//! The callback URL: its test button, and a port that another program uses.

use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn the_test_buttons_ring_arrives_at_the_callback_url() {
    let simulator = platform().await;
    let folder = tempfile::tempdir().unwrap();
    let app = available(folder.path(), &simulator, &[]).await;
    app.click("nav-connection").await;
    app.click("test-callback").await;
    card_is(true).await;
    app.select("[data-testid='test-result'][data-kind='arrived']").await;
    app.text_with("[data-testid='test-result']", "ms").await;
    picture("app-test-ring");
    card_is(false).await;
    app.click("nav-work").await;
    assert!(!app.has("[data-testid='recent-call']").await, "a test is not in the log");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_port_in_use_is_shown_and_polling_goes_on() {
    let simulator = platform().await;
    let folder = tempfile::tempdir().unwrap();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let app = App::start(folder.path(), &["--bind", &address, "--after-sign-in", "available"]).await;
    app.sign_in(simulator.url().as_str(), KEY, "queue-1").await;
    app.label("available").await;
    app.click("nav-connection").await;
    app.text_with("main", &address).await;
    picture("app-port-in-use");
    let call = ring(&simulator, CUSTOMER);
    card_is(true).await;
    simulator.hang_up(call, Party::Customer).unwrap();
    card_is(false).await;
}
