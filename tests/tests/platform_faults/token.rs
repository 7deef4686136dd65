//! The life of a token: A1 to A5.

use std::time::Duration;

use futures_util::future::join_all;
use ringside_platform::PlatformError;
use ringside_simulator::{Clock, Fault, Options};
use ringside_wire::Code;
use secrecy::ExposeSecret;

use super::test_client::{KEY, LIST, TestClient, quick};

#[tokio::test]
async fn a1_many_calls_with_an_invalid_token_share_one_login() {
    let test = TestClient::new().await;
    test.simulator.expire_tokens();
    let calls = (0..20).map(|_| test.client.queue_list());
    for answer in join_all(calls).await {
        assert_eq!(answer.unwrap().len(), 2);
    }
    assert_eq!(test.asked("Login"), 2, "the first login and one more");
    assert!(test.asked(LIST) <= 40, "each call is repeated once at most");
}

#[tokio::test]
async fn a1_n8_code_1010_causes_one_logout_and_one_login() {
    let test = TestClient::new().await;
    test.simulator.change_extension("100001");
    test.client.queue_join(&super::test_client::queue(), &super::test_client::agent()).await.unwrap();
    assert_eq!((test.asked("Logout"), test.asked("Login"), test.asked("SipSignIn")), (1, 2, 2));
    test.simulator.fault("SipSignOut", Fault::Failed(1010), None);
    let error = test.client.queue_leave(&super::test_client::queue(), &super::test_client::agent()).await.unwrap_err();
    assert!(matches!(error, PlatformError::Failed { code: Code::ExtensionChanged, .. }), "{error:?}");
    assert_eq!((test.asked("Login"), test.asked("SipSignOut")), (3, 2), "once, not in a loop");
}

#[tokio::test]
async fn fs27_many_calls_with_code_1010_share_one_logout_and_one_login() {
    let test = TestClient::new().await;
    test.simulator.change_extension("100001");
    let (queue, agent) = (super::test_client::queue(), super::test_client::agent());
    let calls = (0..20).map(|_| test.client.queue_join(&queue, &agent));
    for answer in join_all(calls).await {
        answer.unwrap();
    }
    assert_eq!((test.asked("Logout"), test.asked("Login")), (1, 2));
}

#[tokio::test]
async fn fs7_logins_back_off_while_every_call_is_answered_with_1010() {
    let test = TestClient::new().await;
    test.simulator.fault("GetQueueList", Fault::Failed(1010), None);
    for _ in 0..3600 {
        let error = test.client.queue_list().await.unwrap_err();
        assert!(matches!(error, PlatformError::Failed { code: Code::ExtensionChanged, .. }), "{error:?}");
        test.turn(1);
    }
    let logins = test.asked("Login");
    assert!((4..=20).contains(&logins), "{logins} logins");
    assert!(test.asked("Logout") < logins);
    test.simulator.clear_faults();
    test.turn(700);
    test.client.queue_list().await.unwrap();
}

#[tokio::test]
async fn fs10_a_captive_portals_redirect_and_certificate_can_be_retried() {
    let test = TestClient::strange(Options::test(), quick()).await;
    test.simulator.fault("Login", Fault::Redirect("http://portal.invalid/".into()), 1);
    let error = test.client.sign_in(&test.account, KEY.to_owned().into()).await.unwrap_err();
    assert!(matches!(error, PlatformError::Redirected(_)), "{error:?}");
    for error in [error, PlatformError::Tls("self-signed".into())] {
        assert!(ringside_domain::Problem::from(&error).retryable, "{error:?}");
    }
    test.sign_in().await;
}

#[tokio::test]
async fn fs23_a_renewed_token_is_returned_once_for_storing() {
    let test = TestClient::new().await;
    let (account, first, company) = test.client.take_new_token().await.unwrap();
    assert!((account == test.account) && !company.company_name.is_empty() && test.client.take_new_token().await.is_none());
    test.simulator.expire_tokens();
    test.client.queue_list().await.unwrap();
    let (_, second, again) = test.client.take_new_token().await.unwrap();
    assert!(first.secret.expose_secret() != second.secret.expose_secret() && again == company);
}

#[tokio::test]
async fn fs4_a_logout_without_an_answer_can_be_repeated() {
    let test = TestClient::new().await;
    test.simulator.fault("Logout", Fault::HttpStatus(502), 1);
    test.client.sign_out().await.unwrap_err();
    test.client.sign_out().await.unwrap();
    assert_eq!((test.asked("Logout"), test.client.account().await), (2, None));
    test.client.sign_out().await.unwrap();
    assert_eq!(test.asked("Logout"), 2, "no token is left to end");
}

#[tokio::test]
async fn a2_ret_600_after_a_new_login_is_an_error() {
    let test = TestClient::new().await;
    test.simulator.fault(LIST, Fault::Ret(600), None);
    for _ in 0..20 {
        let error = test.client.queue_list().await.unwrap_err();
        let stops = matches!(error, PlatformError::Refused { code: Code::TokenInvalid, .. } | PlatformError::TokenTaken { .. });
        assert!(stops, "{error:?}");
    }
    assert!(test.asked("Login") <= 3, "{} logins", test.asked("Login"));
}

#[tokio::test]
async fn a3_a_refused_login_is_tried_three_times() {
    let test = TestClient::new().await;
    test.simulator.expire_tokens();
    test.simulator.fault("Login", Fault::Failed(1003), None);
    for _ in 0..50 {
        let error = test.client.queue_list().await.unwrap_err();
        assert!(matches!(error, PlatformError::LoginRefused(_) | PlatformError::Refused { .. }), "{error:?}");
        test.turn(3600);
    }
    assert_eq!(test.asked("Login"), 1 + 3);
    test.simulator.clear_faults();
    test.sign_in().await;
    test.client.queue_list().await.unwrap();
}

#[tokio::test]
async fn a3_permanent_refusals_are_returned_and_not_repeated() {
    for (ret, code) in [
        (400, Code::IllegalRequest),
        (601, Code::AppidUnauthorized),
        (602, Code::AppidExpired),
        (603, Code::ModuleNotLicensed),
        (604, Code::AddressNotAuthorized),
        (777, Code::Other(777)),
    ] {
        let test = TestClient::new().await;
        test.simulator.fault(LIST, Fault::Ret(ret), None);
        let error = test.client.patient().queue_list().await.unwrap_err();
        assert!(matches!(&error, PlatformError::Refused { code: told, .. } if *told == code), "{error:?}");
        assert_eq!((test.asked(LIST), test.asked("Login")), (1, 1), "{code:?}");
    }
}

#[tokio::test]
async fn a4_a_token_that_expired_during_a_sleep_is_renewed_before_it_is_used() {
    let clock = Clock::manual("2026-03-03T02:00:00Z".parse().unwrap());
    let test = TestClient::with(Options { clock, ..Options::test() }, quick()).await;
    let slept = Duration::from_secs(13 * 3600);
    test.simulator.advance(slept);
    test.turn(13 * 3600);
    test.client.queue_list().await.unwrap();
    assert_eq!((test.asked("Login"), test.asked(LIST)), (2, 1), "no request was sent with the expired token");
}

#[tokio::test]
async fn a5_a_changed_clock_causes_no_burst_of_logins() {
    let test = TestClient::new().await;
    for seconds in [86_400, -86_400, -86_400, 86_400, 86_400] {
        test.turn(seconds);
        for _ in 0..3 {
            test.client.queue_list().await.unwrap();
        }
    }
    assert!(test.asked("Login") <= 4, "{} logins", test.asked("Login"));
    assert_eq!(test.asked(LIST), 15);
}

#[tokio::test]
async fn n8_two_desks_that_end_each_others_tokens_pause() {
    let options = Options { one_token: true, ..Options::test() };
    let test = TestClient::with(options, quick()).await;
    let other = ringside_platform::Client::new(quick(), std::sync::Arc::new(|| ringside_domain::Timestamp(1_800_000_000_000)));
    other.sign_in(&test.account, KEY.to_owned().into()).await.unwrap();
    let mut taken = 0;
    for _ in 0..20 {
        for client in [&test.client, &other] {
            taken += u32::from(matches!(client.queue_list().await, Err(PlatformError::TokenTaken { .. })));
        }
    }
    assert!(test.asked("Login") < 10, "{} logins", test.asked("Login"));
    assert!(taken > 0);
}
