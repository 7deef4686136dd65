//! The life of a token: A1 to A5.

use std::time::Duration;

use futures_util::future::join_all;
use ringside_platform::PlatformError;
use ringside_simulator::{Clock, Fault, Options};
use ringside_wire::Code;
use secrecy::ExposeSecret;

use super::desk::{Desk, KEY, LIST, quick};

#[tokio::test]
async fn a1_many_calls_with_a_dead_token_make_one_login() {
    let desk = Desk::new().await;
    desk.simulator.expire_tokens();
    let calls = (0..20).map(|_| desk.client.queue_list());
    for answer in join_all(calls).await {
        assert_eq!(answer.unwrap().len(), 2);
    }
    assert_eq!(desk.asked("Login"), 2, "the first, and one more");
    assert!(desk.asked(LIST) <= 40, "each call once more at most");
}

#[tokio::test]
async fn a1_n8_a_changed_extension_is_logged_out_and_in_once() {
    let desk = Desk::new().await;
    desk.simulator.change_extension("100001");
    desk.client.queue_join(&super::desk::queue(), &super::desk::agent()).await.unwrap();
    assert_eq!((desk.asked("Logout"), desk.asked("Login"), desk.asked("SipSignIn")), (1, 2, 2));
    desk.simulator.fault("SipSignOut", Fault::Failed(1010), None);
    let error = desk.client.queue_leave(&super::desk::queue(), &super::desk::agent()).await.unwrap_err();
    assert!(matches!(error, PlatformError::Failed { code: Code::ExtensionChanged, .. }), "{error:?}");
    assert_eq!((desk.asked("Login"), desk.asked("SipSignOut")), (3, 2), "once, not in a loop");
}

#[tokio::test]
async fn fs27_many_calls_at_a_changed_extension_make_one_logout_and_one_login() {
    let desk = Desk::new().await;
    desk.simulator.change_extension("100001");
    let (queue, agent) = (super::desk::queue(), super::desk::agent());
    let calls = (0..20).map(|_| desk.client.queue_join(&queue, &agent));
    for answer in join_all(calls).await {
        answer.unwrap();
    }
    assert_eq!((desk.asked("Logout"), desk.asked("Login")), (1, 2));
}

#[tokio::test]
async fn fs7_every_call_answers_1010_for_an_hour_and_logins_back_off() {
    let desk = Desk::new().await;
    desk.simulator.fault("GetQueueList", Fault::Failed(1010), None);
    for _ in 0..3600 {
        let error = desk.client.queue_list().await.unwrap_err();
        assert!(matches!(error, PlatformError::Failed { code: Code::ExtensionChanged, .. }), "{error:?}");
        desk.turn(1);
    }
    let logins = desk.asked("Login");
    assert!((4..=20).contains(&logins), "{logins} logins");
    assert!(desk.asked("Logout") < logins);
    desk.simulator.clear_faults();
    desk.turn(700);
    desk.client.queue_list().await.unwrap();
}

#[tokio::test]
async fn fs10_a_captive_portal_and_a_certificate_of_somebody_else_let_go_sooner_or_later() {
    let desk = Desk::strange(Options::test(), quick()).await;
    desk.simulator.fault("Login", Fault::Redirect("http://portal.invalid/".into()), 1);
    let error = desk.client.sign_in(&desk.account, KEY.to_owned().into()).await.unwrap_err();
    assert!(matches!(error, PlatformError::Redirected(_)), "{error:?}");
    for error in [error, PlatformError::Tls("self-signed".into())] {
        assert!(ringside_domain::Problem::from(&error).retryable, "{error:?}");
    }
    desk.sign_in().await;
}

#[tokio::test]
async fn fs23_a_token_that_was_healed_is_told_once_to_be_kept() {
    let desk = Desk::new().await;
    let (account, first, company) = desk.client.take_new_token().await.unwrap();
    assert!((account == desk.account) && !company.company_name.is_empty() && desk.client.take_new_token().await.is_none());
    desk.simulator.expire_tokens();
    desk.client.queue_list().await.unwrap();
    let (_, second, again) = desk.client.take_new_token().await.unwrap();
    assert!(first.secret.expose_secret() != second.secret.expose_secret() && again == company);
}

#[tokio::test]
async fn fs4_a_logout_that_is_not_answered_can_be_tried_again() {
    let desk = Desk::new().await;
    desk.simulator.fault("Logout", Fault::HttpStatus(502), 1);
    desk.client.sign_out().await.unwrap_err();
    desk.client.sign_out().await.unwrap();
    assert_eq!((desk.asked("Logout"), desk.client.account().await), (2, None));
    desk.client.sign_out().await.unwrap();
    assert_eq!(desk.asked("Logout"), 2, "nothing is left to end");
}

#[tokio::test]
async fn a2_600_again_after_a_fresh_login_is_an_error_and_no_loop() {
    let desk = Desk::new().await;
    desk.simulator.fault(LIST, Fault::Ret(600), None);
    for _ in 0..20 {
        let error = desk.client.queue_list().await.unwrap_err();
        let stops = matches!(error, PlatformError::Refused { code: Code::TokenInvalid, .. } | PlatformError::TokenTaken { .. });
        assert!(stops, "{error:?}");
    }
    assert!(desk.asked("Login") <= 3, "{} logins", desk.asked("Login"));
}

#[tokio::test]
async fn a3_a_login_that_is_refused_is_not_tried_for_ever() {
    let desk = Desk::new().await;
    desk.simulator.expire_tokens();
    desk.simulator.fault("Login", Fault::Failed(1003), None);
    for _ in 0..50 {
        let error = desk.client.queue_list().await.unwrap_err();
        assert!(matches!(error, PlatformError::LoginRefused(_) | PlatformError::Refused { .. }), "{error:?}");
        desk.turn(3600);
    }
    assert_eq!(desk.asked("Login"), 1 + 3);
    desk.simulator.clear_faults();
    desk.sign_in().await;
    desk.client.queue_list().await.unwrap();
}

#[tokio::test]
async fn a3_permanent_refusals_are_told_and_not_retried() {
    for (ret, code) in [
        (400, Code::IllegalRequest),
        (601, Code::AppidUnauthorized),
        (602, Code::AppidExpired),
        (603, Code::ModuleNotLicensed),
        (604, Code::AddressNotAuthorized),
        (777, Code::Other(777)),
    ] {
        let desk = Desk::new().await;
        desk.simulator.fault(LIST, Fault::Ret(ret), None);
        let error = desk.client.patient().queue_list().await.unwrap_err();
        assert!(matches!(&error, PlatformError::Refused { code: told, .. } if *told == code), "{error:?}");
        assert_eq!((desk.asked(LIST), desk.asked("Login")), (1, 1), "{code:?}");
    }
}

#[tokio::test]
async fn a4_a_token_that_grew_old_in_sleep_is_renewed_before_it_is_used() {
    let clock = Clock::manual("2026-03-03T02:00:00Z".parse().unwrap());
    let desk = Desk::with(Options { clock, ..Options::test() }, quick()).await;
    let slept = Duration::from_secs(13 * 3600);
    desk.simulator.advance(slept);
    desk.turn(13 * 3600);
    desk.client.queue_list().await.unwrap();
    assert_eq!((desk.asked("Login"), desk.asked(LIST)), (2, 1), "nothing was asked with a dead token");
}

#[tokio::test]
async fn a5_a_clock_that_is_set_makes_no_storm() {
    let desk = Desk::new().await;
    for seconds in [86_400, -86_400, -86_400, 86_400, 86_400] {
        desk.turn(seconds);
        for _ in 0..3 {
            desk.client.queue_list().await.unwrap();
        }
    }
    assert!(desk.asked("Login") <= 4, "{} logins", desk.asked("Login"));
    assert_eq!(desk.asked(LIST), 15);
}

#[tokio::test]
async fn n8_two_desks_whose_logins_end_each_other_pause_instead() {
    let options = Options { one_token: true, ..Options::test() };
    let desk = Desk::with(options, quick()).await;
    let other = ringside_platform::Client::new(quick(), std::sync::Arc::new(|| ringside_domain::Timestamp(1_800_000_000_000))).unwrap();
    other.sign_in(&desk.account, KEY.to_owned().into()).await.unwrap();
    let mut taken = 0;
    for _ in 0..20 {
        for client in [&desk.client, &other] {
            taken += u32::from(matches!(client.queue_list().await, Err(PlatformError::TokenTaken { .. })));
        }
    }
    assert!(desk.asked("Login") < 10, "{} logins", desk.asked("Login"));
    assert!(taken > 0);
}
