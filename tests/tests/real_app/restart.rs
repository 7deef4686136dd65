//! What a restart and a sign-out keep.

use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_signs_in_by_itself_and_the_accesskey_is_in_no_file() {
    let simulator = platform().await;
    let folder = tempfile::tempdir().unwrap();
    let app = available(folder.path(), &simulator, &[]).await;
    let call = ring(&simulator, CUSTOMER);
    simulator.answer(call).unwrap();
    simulator.hang_up(call, Party::Customer).unwrap();
    app.text_with("[data-testid='recent-call']", SHOWN).await;
    app.quit().await;
    assert_no_secret(folder.path());

    let app = App::start(folder.path(), &ANY_PORT).await;
    app.label("available").await;
    app.text_with("[data-testid='recent-call']", SHOWN).await;
    assert_eq!(simulator.ledger().requests("Login").len(), 1, "N8: the token is stored too");

    // Signing out deletes accesskey and token.
    app.click("nav-settings").await;
    app.click("sign-out").await;
    app.find("submit").await;
    assert_eq!(app.find("accesskey").await.prop("value").await.unwrap().as_deref(), Some(""));
    until("out of the queue", async || simulator.seat("queue-1", OWN).is_none()).await;
}
