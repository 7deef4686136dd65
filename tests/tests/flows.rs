//! The main job without a window: real HTTP in both directions, a real database, the simulator.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::time::Duration;

use ringside_domain::{
    Agent, CallState, CallbackTest, ConnectionState, Intent, Label, LinkState, Membership, NoticeKind, Phone, ProblemCode, QueueName,
    SetBy, SignInView, Wish, WishProgress,
};
use ringside_engine::WishEnd;
use ringside_simulator::{CallbackFault, CallbackKind, Encoding, Fault, Party, Phase, RingSpec, SeatState, Simulator};
use ringside_tests::{Desk, OWN, PATIENCE, platform};
use ringside_vault::Vault;
use secrecy::ExposeSecret;

const CUSTOMER: &str = "013387525701";

async fn failure(simulator: &Simulator, fault: Option<Fault>, accesskey: &str) -> ProblemCode {
    let folder = tempfile::tempdir().unwrap();
    if let Some(fault) = fault {
        simulator.fault("Login", fault, None);
    }
    let desk = Desk::open(folder.path(), Vault::memory());
    desk.sign_in(simulator, accesskey, &[]);
    let snapshot = desk.until(|snapshot| matches!(snapshot.sign_in, SignInView::Failed { .. })).await;
    simulator.clear_faults();
    let SignInView::Failed { problem, .. } = &snapshot.sign_in else { panic!() };
    assert!(!problem.detail.contains(accesskey), "A16: {problem:?}");
    problem.code
}

#[tokio::test]
async fn each_failure_to_sign_in_has_its_own_code() {
    let simulator = platform().await;
    assert_eq!(failure(&simulator, None, "wrong-key").await, ProblemCode::WrongAccesskey);
    for (fault, code) in [
        (Fault::Ret(400), ProblemCode::BadRequest),
        (Fault::Ret(601), ProblemCode::AppidUnknown),
        (Fault::Ret(602), ProblemCode::AppidExpired),
        (Fault::Ret(603), ProblemCode::ModuleNotLicensed),
        (Fault::Ret(604), ProblemCode::IpNotAuthorized),
        (Fault::Ret(500), ProblemCode::ServerError),
        (Fault::Html, ProblemCode::NotThePlatform),
        (Fault::NotJson, ProblemCode::NotThePlatform),
        (Fault::Reset, ProblemCode::Unreachable),
    ] {
        assert_eq!(failure(&simulator, Some(fault.clone()), "demo-key").await, code, "{fault:?}");
    }
}

#[tokio::test]
async fn an_unreachable_platform_and_an_invalid_address_are_different_errors() {
    for (url, code) in [
        ("http://127.0.0.1:9/", ProblemCode::Unreachable),
        ("http://no-such-host.invalid/", ProblemCode::Unreachable),
        ("not an address", ProblemCode::BadUrl),
        ("ftp://127.0.0.1/", ProblemCode::BadUrl),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let desk = Desk::open(folder.path(), Vault::memory());
        desk.sign_in_at(url, "demo-key", &[]);
        let snapshot = desk.until(|snapshot| matches!(snapshot.sign_in, SignInView::Failed { .. })).await;
        let SignInView::Failed { problem, .. } = &snapshot.sign_in else { panic!() };
        assert_eq!(problem.code, code, "{url}");
    }
}

#[tokio::test]
async fn an_agent_signs_in_takes_a_call_and_gets_its_recording() {
    let simulator = platform().await;
    let folder = tempfile::tempdir().unwrap();
    let desk = Desk::available(folder.path(), &simulator, &["queue-1"]).await;
    assert_eq!(simulator.seat("queue-1", OWN), Some(SeatState::Waiting));
    assert_eq!(desk.now().queues[0].remark, "Renewals");

    let call = simulator.ring(RingSpec::predictive(OWN, CUSTOMER, "queue-1"));
    let ringing = desk.until(|snapshot| snapshot.label == Label::Ringing).await;
    assert!(ringing.calls[0].card);
    assert_eq!(ringing.calls[0].customer_number, CUSTOMER);
    simulator.answer(call).unwrap();
    desk.until(|snapshot| snapshot.label == Label::OnCall).await;
    simulator.hang_up(call, Party::Customer).unwrap();
    let over = desk.until(|snapshot| snapshot.recent.first().is_some_and(|call| call.recording)).await;
    assert!(over.calls.is_empty() && over.recent[0].answered);
    for callback in simulator.ledger().callbacks() {
        assert!(callback.delivery.is_accepted(), "{callback:?}");
    }

    let id = over.recent[0].id;
    desk.handle.intent(Intent::FetchLink { call: id });
    desk.until(|snapshot| snapshot.link.as_ref().is_some_and(|link| matches!(link.state, LinkState::Ready { .. }))).await;
    let link = desk.handle.recording_link(id).await.unwrap();
    let response = reqwest::get(link.expose_secret()).await.unwrap();
    assert_eq!(response.status(), 200);
    assert!(response.bytes().await.unwrap().starts_with(b"RIFF"));
    desk.clock.pass(Duration::from_secs(301));
    desk.until(|snapshot| snapshot.link.as_ref().is_some_and(|link| link.state == LinkState::Expired)).await;
    assert!(desk.handle.recording_link(id).await.is_none());
}

#[tokio::test]
async fn busy_and_available_are_seen_by_the_platform_and_confirmed() {
    let simulator = platform().await;
    let folder = tempfile::tempdir().unwrap();
    let desk = Desk::available(folder.path(), &simulator, &["queue-1", "queue-2"]).await;
    assert_eq!(desk.handle.wish(Wish::Busy { reason: None }, SetBy::Window).await, WishEnd::Confirmed);
    assert_eq!(desk.now().label, Label::Busy);
    for queue in ["queue-1", "queue-2"] {
        assert_eq!(simulator.seat(queue, OWN), Some(SeatState::Paused));
    }
    let sent = simulator.ledger().requests("SetSeatsStatus");
    assert!(sent.iter().all(|request| request.parameter("crmid") == "10" && request.parameter("extnumber") == OWN));
    assert_eq!(desk.handle.wish(Wish::Available, SetBy::Window).await, WishEnd::Confirmed);
    assert_eq!(desk.now().label, Label::Available);
}

#[tokio::test]
async fn a_refused_wish_is_rolled_back() {
    let simulator = platform().await;
    let folder = tempfile::tempdir().unwrap();
    let desk = Desk::available(folder.path(), &simulator, &["queue-1"]).await;
    simulator.fault("SetSeatsStatus", Fault::Ret(400), None);
    let WishEnd::RolledBack(problem) = desk.handle.wish(Wish::Busy { reason: None }, SetBy::Window).await else { panic!() };
    assert_eq!(problem.code, ProblemCode::BadRequest);
    assert_eq!(desk.now().label, Label::Available, "as the platform says");
    assert!(matches!(desk.now().notices[0].what, NoticeKind::RolledBack { .. }));
}

#[tokio::test]
async fn a_wish_without_an_answer_is_unconfirmed() {
    let simulator = platform().await;
    let folder = tempfile::tempdir().unwrap();
    let desk = Desk::available(folder.path(), &simulator, &["queue-1"]).await;
    simulator.fault("SetSeatsStatus", Fault::Timeout, None);
    let wish = tokio::spawn({
        let handle = desk.handle.clone();
        async move { handle.wish(Wish::Busy { reason: None }, SetBy::Window).await }
    });
    desk.until(|snapshot| snapshot.wish.progress == WishProgress::Pending).await;
    desk.clock.pass(Duration::from_secs(11));
    assert_eq!(wish.await.unwrap(), WishEnd::Unconfirmed);
    assert_eq!(desk.now().label, Label::Unconfirmed);
}

#[tokio::test]
async fn without_a_queue_no_availability_can_be_set() {
    let simulator = platform().await;
    let folder = tempfile::tempdir().unwrap();
    let desk = Desk::open(folder.path(), Vault::memory());
    desk.sign_in(&simulator, "demo-key", &[]);
    desk.until(|snapshot| snapshot.offered.len() == 2).await;
    assert_eq!(desk.handle.wish(Wish::Available, SetBy::Window).await, WishEnd::NotSignedIn);
}

#[tokio::test]
async fn a_queue_that_was_joined_before_can_be_joined_and_left() {
    let simulator = platform().await;
    simulator.sign_in("queue-1", OWN, "10");
    let folder = tempfile::tempdir().unwrap();
    let desk = Desk::open(folder.path(), Vault::memory());
    desk.sign_in(&simulator, "demo-key", &["queue-1"]);
    desk.until(|snapshot| snapshot.queues.iter().any(|queue| queue.membership == Membership::In && queue.seat.is_some())).await;
    assert!(simulator.ledger().requests("SetSeatsStatus").is_empty(), "1218: the state at the platform is kept");
    desk.handle.intent(Intent::LeaveQueue { queue: QueueName("queue-1".into()) });
    desk.until(|snapshot| snapshot.queues.is_empty()).await;
    assert_eq!(simulator.seat("queue-1", OWN), None);
}

#[tokio::test]
async fn an_extension_that_the_platform_does_not_know_is_reported() {
    let simulator = platform().await;
    simulator.set_phone(OWN, ringside_simulator::Phone::Unknown);
    let folder = tempfile::tempdir().unwrap();
    let desk = Desk::open(folder.path(), Vault::memory());
    desk.sign_in(&simulator, "demo-key", &["queue-1"]);
    let failed = |snapshot: &ringside_domain::Snapshot| {
        snapshot
            .queues
            .iter()
            .any(|queue| matches!(&queue.membership, Membership::Failed { problem } if problem.code == ProblemCode::ExtensionUnknown))
    };
    let snapshot = desk.until(failed).await;
    assert_eq!(snapshot.phone, Phone::NotFound);
    assert!(matches!(snapshot.sign_in, SignInView::SignedIn { .. }), "the agent stays signed in");
}

#[tokio::test]
async fn a_phone_that_is_not_registered_or_disabled_is_reported() {
    let simulator = platform().await;
    let folder = tempfile::tempdir().unwrap();
    let desk = Desk::available(folder.path(), &simulator, &["queue-1"]).await;
    for (state, phone) in
        [(ringside_simulator::Phone::NotRegistered, Phone::NotRegistered), (ringside_simulator::Phone::Disabled, Phone::Disabled)]
    {
        simulator.set_phone(OWN, state);
        let snapshot = desk.until(|snapshot| snapshot.phone == phone).await;
        assert_eq!(snapshot.label, Label::PhoneNotReady);
    }
    simulator.set_phone(OWN, ringside_simulator::Phone::Registered);
    desk.until(|snapshot| snapshot.label == Label::Available).await;
}

#[tokio::test]
async fn a_restart_signs_in_by_itself_and_keeps_the_calls() {
    let simulator = platform().await;
    let folder = tempfile::tempdir().unwrap();
    let desk = Desk::available(folder.path(), &simulator, &["queue-1"]).await;
    let call = simulator.ring(RingSpec::predictive(OWN, CUSTOMER, "queue-1"));
    desk.until(|snapshot| snapshot.label == Label::Ringing).await;
    simulator.answer(call).unwrap();
    simulator.hang_up(call, Party::Customer).unwrap();
    let before = desk.until(|snapshot| snapshot.recent.first().is_some_and(|call| call.recording)).await;
    let vault = desk.vault.clone();
    desk.close().await;

    let logins = simulator.ledger().requests("Login").len();
    let mut desk = Desk::open(folder.path(), vault);
    desk.listen(&simulator).await;
    let after = desk.until(|snapshot| snapshot.label == Label::Available).await;
    assert_eq!(after.recent, before.recent);
    assert_eq!(simulator.ledger().requests("Login").len(), logins, "N8: the stored token is used, since a login could end another desk's");
}

#[tokio::test]
async fn signing_out_forgets_the_accesskey() {
    let simulator = platform().await;
    let folder = tempfile::tempdir().unwrap();
    let desk = Desk::available(folder.path(), &simulator, &["queue-1"]).await;
    for name in ["accesskey", "token"] {
        assert!(desk.vault.get(&format!("{name} demo {}", simulator.url())).await.unwrap().is_some(), "{name}: stored until then");
    }
    desk.handle.intent(Intent::SignOut);
    desk.until(|snapshot| snapshot.sign_in == SignInView::SignedOut && snapshot.owed.since.is_none()).await;
    assert_eq!(simulator.ledger().requests("Logout").len(), 1);
    assert_eq!(simulator.seat("queue-1", OWN), None);
    let vault = desk.vault.clone();
    for name in ["accesskey", "token"] {
        assert!(vault.get(&format!("{name} demo {}", simulator.url())).await.unwrap().is_none(), "{name}");
    }
    desk.close().await;
    let desk = Desk::open(folder.path(), vault);
    assert_eq!(desk.now().sign_in, SignInView::SignedOut);
    assert_eq!((desk.now().agent.clone(), desk.now().account.appid.as_str()), (Agent::default(), "demo"), "nothing of the agent is left");
}

#[tokio::test]
async fn an_invalid_token_is_renewed_without_a_visible_failure() {
    let simulator = platform().await;
    let folder = tempfile::tempdir().unwrap();
    let desk = Desk::available(folder.path(), &simulator, &["queue-1"]).await;
    simulator.expire_tokens();
    assert_eq!(desk.handle.wish(Wish::Busy { reason: None }, SetBy::Window).await, WishEnd::Confirmed);
    assert_eq!(simulator.ledger().requests("Login").len(), 2, "one login for all calls");
}

#[tokio::test]
async fn an_unreachable_platform_is_shown_as_unconfirmed() {
    let simulator = platform().await;
    let folder = tempfile::tempdir().unwrap();
    let desk = Desk::available(folder.path(), &simulator, &["queue-1"]).await;
    simulator.fault("*", Fault::Reset, None);
    desk.until(|snapshot| snapshot.connection.state == ConnectionState::Disconnected).await;
    desk.clock.pass(Duration::from_secs(31));
    desk.until(|snapshot| snapshot.label == Label::Unconfirmed).await;
    simulator.clear_faults();
    desk.until(|snapshot| snapshot.label == Label::Available && snapshot.connection.state == ConnectionState::Connected).await;
}

#[tokio::test]
async fn after_a_sleep_all_states_are_read_again() {
    let simulator = platform().await;
    let folder = tempfile::tempdir().unwrap();
    let desk = Desk::available(folder.path(), &simulator, &["queue-1"]).await;
    simulator.set_seat("queue-1", OWN, SeatState::Paused);
    desk.clock.sleep(Duration::from_secs(8 * 3600));
    let snapshot = desk.until(|snapshot| snapshot.label != Label::Available).await;
    assert_eq!(snapshot.label, Label::Unconfirmed);
    desk.until(|snapshot| snapshot.label == Label::Busy).await;
}

#[tokio::test]
async fn without_callbacks_a_ring_is_found_by_polling() {
    let simulator = platform().await;
    let folder = tempfile::tempdir().unwrap();
    let desk = Desk::available(folder.path(), &simulator, &["queue-1"]).await;
    simulator.set_callback_url(None);
    let call = simulator.ring(RingSpec::predictive(OWN, CUSTOMER, "queue-1"));
    let snapshot = desk.until(|snapshot| snapshot.calls.iter().any(|call| call.card)).await;
    assert_eq!(snapshot.calls[0].customer_number, CUSTOMER);
    assert!(!snapshot.connection.callbacks_alive);
    simulator.answer(call).unwrap();
    desk.until(|snapshot| snapshot.calls.iter().any(|call| call.state == CallState::Talking)).await;
    simulator.hang_up(call, Party::Agent).unwrap();
    desk.until(|snapshot| snapshot.calls.is_empty() && snapshot.recent.len() == 1).await;
}

#[tokio::test]
async fn repeated_callbacks_in_any_encoding_give_one_row() {
    for encoding in [Encoding::Json, Encoding::UrlEncoded, Encoding::Multipart] {
        let simulator = platform().await;
        let folder = tempfile::tempdir().unwrap();
        let desk = Desk::available(folder.path(), &simulator, &["queue-1"]).await;
        simulator.set_encoding(encoding);
        simulator.callback_fault(None, CallbackFault::Repeat(3), None);
        let call = simulator.ring(RingSpec::predictive(OWN, CUSTOMER, "queue-1"));
        desk.until(|snapshot| snapshot.label == Label::Ringing).await;
        simulator.answer(call).unwrap();
        simulator.hang_up(call, Party::Customer).unwrap();
        simulator.ledger().wait_for(|entry| entry.callback().is_some_and(|sent| sent.kind == CallbackKind::Bill), PATIENCE).await.unwrap();
        let snapshot = desk.until(|snapshot| snapshot.recent.first().is_some_and(|call| call.recording)).await;
        assert_eq!((snapshot.recent.len(), snapshot.calls.len()), (1, 0), "{encoding:?}");
    }
}

#[tokio::test]
async fn callbacks_for_other_extensions_and_malformed_ones_are_counted_and_not_shown() {
    let simulator = platform().await;
    let folder = tempfile::tempdir().unwrap();
    let desk = Desk::available(folder.path(), &simulator, &["queue-1"]).await;
    simulator.ring(RingSpec::predictive("100002", CUSTOMER, ""));
    let ring = CallbackKind::State(Phase::Ring);
    let sent = simulator.ledger().wait_for(|entry| entry.callback().is_some_and(|sent| sent.kind == ring), PATIENCE).await.unwrap();
    assert!(sent.callback().unwrap().delivery.is_accepted(), "N22: it is the company's address");
    for (body, kind) in [("{", "application/json"), ("detail=", "application/x-www-form-urlencoded"), ("", ""), ("\u{0}", "text/plain")] {
        let ringside_simulator::Delivery::Answered { status, .. } = simulator.deliver_raw(body, kind).await else { panic!() };
        assert_eq!(status, 400, "{body:?}");
    }
    desk.clock.pass(Duration::from_secs(2));
    let snapshot = desk.until(|snapshot| snapshot.connection.foreign == 1 && snapshot.connection.malformed == 4).await;
    assert!(snapshot.calls.is_empty());
}

#[tokio::test]
async fn the_test_button_posts_a_ring_that_arrives_as_a_card() {
    let simulator = platform().await;
    let folder = tempfile::tempdir().unwrap();
    let desk = Desk::available(folder.path(), &simulator, &["queue-1"]).await;
    desk.handle.intent(Intent::TestCallback);
    let snapshot = desk.until(|snapshot| snapshot.calls.iter().any(|call| call.test && call.card)).await;
    desk.handle.intent(Intent::CardPainted { call: snapshot.calls[0].id });
    let arrived = |test: &Option<CallbackTest>| matches!(test, Some(CallbackTest::Arrived { painted_ms: Some(_), .. }));
    let snapshot = desk.until(|snapshot| arrived(&snapshot.listener.test)).await;
    assert!(snapshot.connection.callbacks_alive && snapshot.recent.is_empty());
    assert_eq!(snapshot.label, Label::Available, "a test is not a call");
}

#[tokio::test]
async fn no_secret_is_in_the_data_folder() {
    let simulator = platform().await;
    let folder = tempfile::tempdir().unwrap();
    let desk = Desk::available(folder.path(), &simulator, &["queue-1"]).await;
    let secret = desk.listening.as_ref().unwrap().url.expose_secret().rsplit('/').next().unwrap().to_owned();
    desk.close().await;
    for entry in std::fs::read_dir(folder.path()).unwrap() {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap();
        for secret in ["demo-key", &secret] {
            assert!(!bytes.windows(secret.len()).any(|part| part == secret.as_bytes()));
        }
    }
}
