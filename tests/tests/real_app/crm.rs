//! The CRM page of a customer, opened by the system's program.

use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn a_customers_crm_page_is_opened_once_per_call() {
    let simulator = platform().await;
    let folder = tempfile::tempdir().unwrap();
    let (driver, opened) = opener(folder.path());
    let arguments = [
        "--after-sign-in",
        "available",
        "--crm-mode",
        "on_answer",
        "--crm-template",
        "https://crm.example.com/{customer_number}?q={queue}",
    ];
    let app = App::start_by(driver, &folder.path().join("data"), &[&ANY_PORT[..], &arguments].concat()).await;
    app.sign_in(simulator.url().as_str(), KEY, "queue-1").await;
    app.label("available").await;
    call_back(&app, &simulator).await;
    let field = Field::open("CRM").await;
    let page = format!("https://crm.example.com/{CUSTOMER}?q=queue-1");
    let call = ring(&simulator, CUSTOMER);
    card_is(true).await;
    picture("app-card-crm");
    app.ring().await;
    app.find("open-crm").await;
    assert_eq!(opened(), Vec::<String>::new(), "not during the ring");
    app.evaluate("document.querySelector('[data-testid=open-crm]').click()").await;
    until("opened by the button", async || opened() == [page.clone()]).await;
    let environment = fs::read_to_string(folder.path().join("xdg-open.environment")).unwrap();
    for own in ["JSC_", "WEBKIT_DISABLE_COMPOSITING_MODE", "__EGL_VENDOR", "RINGSIDE_PLAIN_PAGES"] {
        assert!(!environment.contains(own), "a browser gets Ringside's settings for its own pages: {environment}");
    }
    assert_eq!(focused(), field.window);
    simulator.answer(call).unwrap();
    until("opened at the answer", async || opened().len() == 2).await;
    simulator.hang_up(call, Party::Customer).unwrap();
    app.main().await;
    app.text_with("[data-testid='recent-call']", SHOWN).await;
    assert_eq!(opened(), [page.clone(), page.clone()]);
    app.click("nav-settings").await;
    app.text_with("[data-testid='crm-preview']", "https://crm.example.com/13800138000?q=queue-1").await;
    app.fill("crm-template", "javascript:alert(1)").await;
    app.text_with("[data-testid='crm-preview']", "javascript: are not allowed").await;
    picture("app-crm-settings");
}
