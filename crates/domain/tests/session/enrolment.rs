//! How a desk becomes one of the company's: its code, a hot desk, another extension, its revocation.

use ringside_domain::*;
use secrecy::ExposeSecret;

use crate::{desk::*, gateway::*};

#[test]
fn a_new_desk_asks_for_a_code_and_signs_in_as_what_the_gateway_says() {
    let mut desk = Desk::new(start_with(gateway(None)));
    assert_eq!(desk.snapshot().gateway.as_ref().unwrap().state, GatewayState::NotEnrolled);
    assert!(desk.asked.is_empty());
    desk.intent(Intent::Enrol { code: "UWLR-Q7US-GNTB-VD2S".into() });
    assert_eq!(desk.snapshot().gateway.as_ref().unwrap().state, GatewayState::Enrolling);
    desk.intent(Intent::Enrol { code: "UWLR-Q7US-GNTB-VD2S".into() });
    assert_eq!(desk.asked.len(), 1, "one request at a time");
    // The answer names the extension; the gateway says the rest when the desk says hello.
    let first = Enrolment { account: Account::default(), agent_id: String::new(), ..personal() };
    desk.answer(|request| matches!(request, Request::Enrol { .. }), Ok(Outcome::Enrolled(first)));
    desk.wait_for(is_sign_in);
    desk.asked.clear();
    desk.apply(Input::Report(ShellReport::Enrolled(personal())));
    desk.wait_for(|request| matches!(request, Request::SignIn { account, agent, .. } if account.appid == "acme" && agent.agent_id == "10"));
    let now = desk.answer(is_sign_in, signed_in());
    assert_eq!((&now.account, &now.agent), (&account(), &agent(&[])));
    assert_eq!(now.owner(), Owner { account: "acme".into(), extension: Extension(OWN.into()), agent: None });
    let shown = now.gateway.clone().unwrap();
    assert_eq!((shown.shown.as_str(), shown.extension, shown.hot), ("gateway.example.com", Some(Extension(OWN.into())), false));

    let mut next = Desk::new(Start { saved: desk.saved.clone(), ..start_with(gateway(Some(personal()))) });
    next.wait_for(is_sign_in);
    next.answer(is_sign_in, signed_in());
    // Nobody can sign in as another extension.
    let other = Agent { extension: Extension("100009".into()), agent_id: "99".into(), queues: vec![] };
    let elsewhere = Account { url: "https://evil.example.com/".into(), appid: "other".into() };
    next.intent(Intent::SignIn { account: elsewhere, agent: other, accesskey: None });
    assert_eq!(
        (&next.snapshot().account, &next.snapshot().agent.extension, next.snapshot().agent.agent_id.as_str()),
        (&account(), &Extension(OWN.into()), "10")
    );
}

#[test]
fn at_a_hot_desk_the_agent_enters_their_own_number_and_signing_out_keeps_the_enrolment() {
    let mut desk = Desk::new(start_with(gateway(Some(hot()))));
    assert!(desk.asked.is_empty(), "{:?}", desk.asked);
    assert!(desk.snapshot().place.is_hot_desk());
    assert_eq!(desk.snapshot().agent.extension, Extension(OWN.into()));
    let typed = Agent { extension: Extension::default(), agent_id: "11".into(), queues: vec![] };
    desk.intent(Intent::SignIn { account: Account::default(), agent: typed, accesskey: None });
    desk.wait_for(|request| matches!(request, Request::SignIn { agent, .. } if agent.agent_id == "11" && agent.extension.0 == OWN));
    desk.answer(is_sign_in, signed_in());
    assert_eq!(desk.snapshot().owner().agent.as_deref(), Some("11"));
    desk.intent(Intent::SignOut);
    desk.pass_seconds(5);
    assert!(!desk.is_asked(|request| matches!(request, Request::EndToken { .. } | Request::ForgetSecrets { .. })));
    assert_eq!(desk.snapshot().gateway.as_ref().unwrap().extension, Some(Extension(OWN.into())));
}

#[test]
fn a_personal_desk_stays_signed_out_over_a_restart() {
    let mut desk = in_queue(SeatState::Waiting);
    desk.intent(Intent::SignOut);
    desk.answer(|request| matches!(request, Request::LeaveQueue { .. }), Ok(Outcome::Done));
    assert!(desk.asked.iter().all(|(_, request)| !matches!(request, Request::EndToken { .. })), "{:?}", desk.asked);
    let next = Desk::new(Start { saved: desk.saved.clone(), ..start_with(gateway(Some(personal()))) });
    assert!(!next.is_asked(is_sign_in));
    assert_eq!(next.snapshot().sign_in, SignInView::SignedOut);
}

#[test]
fn a_desk_that_was_given_another_extension_owes_the_leaving_of_the_old_ones_queues() {
    let desk = in_queue(SeatState::Waiting);
    let moved = Enrolment { extension: Extension("100002".into()), agent_id: "12".into(), ..personal() };
    let mut next = Desk::new(Start { saved: desk.saved.clone(), ..start_with(gateway(Some(moved.clone()))) });
    next.wait_for(is_sign_in);
    assert_eq!(next.snapshot().agent.extension, moved.extension);
    assert!(next.saved.owed.iter().any(|debt| debt.extension.0 == OWN && matches!(debt.duty, Duty::Leave { .. })), "{:?}", next.saved.owed);
}

#[test]
fn a_refused_code_is_said_and_an_unreachable_gateway_is_asked_again() {
    let code = Some("UWLR-Q7US-GNTB-VD2S".into());
    let mut desk = Desk::new(start_with(GatewayStart { code, ..gateway(None) }));
    let is_enrol = |request: &Request| matches!(request, Request::Enrol { .. });
    desk.answer(is_enrol, Err(unreachable()));
    assert_eq!(desk.snapshot().gateway.as_ref().unwrap().problem.as_ref().unwrap().code, ProblemCode::GatewayUnreachable);
    desk.pass_seconds(10);
    desk.answer(is_enrol, Err(unreachable()));
    desk.intent(Intent::Enrol { code: "a better one".into() });
    let better = |request: &Request| matches!(request, Request::Enrol { code } if code.expose_secret() == "a better one");
    assert!(desk.is_asked(better), "a code without an answer can be replaced");
    let refused = Problem::new(ProblemCode::EnrolmentRefused, "", false);
    let now = desk.answer(is_enrol, Err(refused.clone()));
    let shown = now.gateway.as_ref().unwrap();
    assert_eq!((shown.state, shown.problem.as_ref()), (GatewayState::NotEnrolled, Some(&refused)));
    desk.pass_seconds(600);
    assert!(!desk.is_asked(is_enrol), "the code will not get better");
}

#[test]
fn the_connection_can_be_told_before_the_enrolment_is_answered() {
    let mut desk = Desk::new(start_with(gateway(None)));
    desk.intent(Intent::Enrol { code: "code".into() });
    say(&mut desk, GatewayState::Reached);
    desk.answer(|request| matches!(request, Request::Enrol { .. }), Ok(Outcome::Enrolled(personal())));
    assert_eq!(desk.snapshot().gateway.as_ref().unwrap().state, GatewayState::Reached);
    desk.answer(is_sign_in, signed_in());
}

#[test]
fn a_revoked_desk_is_out_and_can_be_enrolled_again() {
    let mut desk = in_queue(SeatState::Waiting);
    assert_eq!(desk.snapshot().label, Label::Available);
    desk.intent(wish(Wish::Busy { reason: None }));
    say(&mut desk, GatewayState::Revoked);
    let now = desk.snapshot();
    let SignInView::Failed { problem, next_try_at: None } = &now.sign_in else { panic!("{:?}", now.sign_in) };
    assert_eq!(problem.code, ProblemCode::DeskRevoked);
    assert_eq!((now.connection.state, now.label), (ConnectionState::Failed, Label::SignedOut));
    desk.asked.clear();
    desk.pass_seconds(600);
    assert!(desk.asked.is_empty(), "nothing is asked any more: {:?}", desk.asked);
    desk.intent(Intent::Enrol { code: "another".into() });
    desk.answer(|request| matches!(request, Request::Enrol { .. }), Ok(Outcome::Enrolled(personal())));
    desk.answer(is_sign_in, signed_in());
    assert!(matches!(desk.snapshot().sign_in, SignInView::SignedIn { .. }));
}
