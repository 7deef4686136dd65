//! A desk behind the company's gateway: the engine, a real NATS server, and the hub's side of the fleet.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "fleet/company.rs"]
mod company;
#[path = "fleet/enrolment.rs"]
mod enrolment;

use std::{path::Path, time::Duration};

use company::{Company, Gateway, QUEUE};
use ringside_domain::{
    Account, Agent, GatewayState, Intent, Label, ProblemCode, QueueName, SetBy, SignInView, Snapshot, Way, Wish, WishProgress,
};
use ringside_engine::{
    WishEnd,
    config::Given,
    doctor::{About, Finding},
};
use ringside_fleet::hub::NewDesk;
use ringside_store::Store;
use ringside_tests::{Desk, OWN};
use ringside_vault::Vault;

fn personal() -> NewDesk {
    NewDesk { extension: OWN.to_owned(), agent: Some("10".to_owned()), ..NewDesk::default() }
}

fn open(folder: &Path, vault: &Vault, company: &Company, code: Option<&str>) -> Desk {
    open_at(&company.url(), folder, vault, code)
}

fn open_at(url: &str, folder: &Path, vault: &Vault, code: Option<&str>) -> Desk {
    let given = Given {
        fleet_url: Some(url.parse().unwrap()),
        fleet_code: code.map(|code| code.to_owned().into()),
        queues: Some(vec![QueueName(QUEUE.to_owned())]),
        ..Given::default()
    };
    Desk::open_with(folder, vault.clone(), given)
}

fn gateway(now: &Snapshot) -> GatewayState {
    now.gateway.as_ref().unwrap().state
}

fn problem(now: &Snapshot) -> Option<ProblemCode> {
    now.gateway.as_ref().unwrap().problem.as_ref().map(|problem| problem.code)
}

fn ring(uuid: &str) -> String {
    leg("ring", uuid)
}

fn leg(status: &str, uuid: &str) -> String {
    serde_json::json!({
        "type": "call", "extnumber": OWN, "status": status, "uuid": uuid, "caller": OWN, "callee": "13387525701", "direction": "callout",
        "method": "3", "isbleg": "false", "companycode": "9024"
    })
    .to_string()
}

/// A desk that is enrolled by a code, signed in, and in its queue.
async fn enrolled(folder: &Path, vault: &Vault, company: &Company, gateway: &Gateway) -> Desk {
    let code = gateway.invite(personal()).await;
    let desk = open(folder, vault, company, Some(&code));
    desk.until(|now| now.label == Label::Busy).await;
    desk
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_desk_is_enrolled_by_a_code_signs_in_and_works() {
    let (company, folder, vault) = (Company::new(), tempfile::tempdir().unwrap(), Vault::memory());
    let hub = company.gateway().await;
    let desk = open(folder.path(), &vault, &company, None);
    desk.until(|now| gateway(now) == GatewayState::NotEnrolled).await;
    desk.handle.intent(Intent::Enrol { code: "NOT-A-CODE-AT-ALL".into() });
    desk.until(|now| problem(now) == Some(ProblemCode::EnrolmentRefused)).await;

    let code = hub.invite(personal()).await;
    desk.handle.intent(Intent::Enrol { code: code.to_lowercase().into() });
    let now = desk.until(|now| now.label == Label::Busy).await;
    assert_eq!(now.sign_in, SignInView::SignedIn { company: "Lantern".into() });
    assert_eq!((now.agent.extension.0.as_str(), now.agent.agent_id.as_str(), now.account.appid.as_str()), (OWN, "10", "acme"));
    assert_eq!((gateway(&now), now.queues[0].others.talking, now.breaks[0].name.as_str()), (GatewayState::Reached, 4, "Prayer"));
    assert_eq!(desk.handle.wish(Wish::Available, SetBy::Window).await, WishEnd::Confirmed);
    assert_eq!(desk.handle.wish(Wish::Busy { reason: None }, SetBy::Window).await, WishEnd::Confirmed);

    hub.publish(&ring("a"), Duration::ZERO).await;
    let now = desk.until(|now| now.calls.first().is_some_and(|call| call.card)).await;
    assert_eq!((now.ways.rings[0].by, now.label), (Way::Gateway, Label::Ringing));
    hub.publish(&leg("hangup", "a"), Duration::ZERO).await;
    desk.until(|now| now.calls.is_empty()).await;
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn g5_what_came_while_the_desk_was_closed_is_stored_once_and_rings_nobody() {
    let (company, folder, vault) = (Company::new(), tempfile::tempdir().unwrap(), Vault::memory());
    let hub = company.gateway().await;
    let desk = enrolled(folder.path(), &vault, &company, &hub).await;
    hub.publish(&ring("first"), Duration::ZERO).await;
    desk.until(|now| !now.calls.is_empty()).await;
    hub.publish(&leg("hangup", "first"), Duration::ZERO).await;
    desk.until(|now| now.calls.is_empty()).await;
    desk.close().await;

    let days = Duration::from_secs(3 * 86_400);
    for place in 0..300 {
        hub.publish(&ring(&format!("old-{place}")), days).await;
    }
    let desk = open(folder.path(), &vault, &company, None);
    desk.until(|now| now.label == Label::Busy).await;
    // What comes live is behind the backlog.
    hub.publish(&ring("now"), Duration::ZERO).await;
    let now = desk.until(|now| now.calls.iter().any(|call| call.card)).await;
    assert_eq!((now.calls.len(), now.ways.rings.len(), now.connection.malformed), (1, 1, 0));
    hub.publish(&leg("hangup", "now"), Duration::ZERO).await;
    desk.until(|now| now.calls.is_empty()).await;
    desk.close().await;
    let events = || Store::open_to_read(folder.path()).unwrap().unwrap().counts().unwrap().events;
    assert_eq!(events(), 304);

    // From the kept position nothing comes again that was stored before.
    let desk = open(folder.path(), &vault, &company, None);
    desk.until(|now| now.label == Label::Busy).await;
    hub.publish(&ring("later"), Duration::ZERO).await;
    desk.until(|now| !now.calls.is_empty()).await;
    desk.close().await;
    assert_eq!(events(), 305);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn when_the_server_is_killed_the_desk_says_so_refuses_a_wish_at_once_and_rings_again_after_its_restart() {
    let (mut company, folder, vault) = (Company::new(), tempfile::tempdir().unwrap(), Vault::memory());
    let hub = company.gateway().await;
    let desk = enrolled(folder.path(), &vault, &company, &hub).await;
    hub.company_called_back();
    desk.until(|now| now.connection.callbacks_alive).await;
    let seats_set = || hub.done().iter().filter(|name| *name == "set-seat").count();
    let before = seats_set();
    company.kill();
    let now = desk.until(|now| gateway(now) == GatewayState::Away).await;
    assert!(!now.connection.callbacks_alive);
    let now = desk.until(|now| now.label == Label::Unconfirmed).await;
    assert_eq!(now.connection.problem.as_ref().map(|problem| problem.code), Some(ProblemCode::GatewayUnreachable));
    let began = tokio::time::Instant::now();
    let WishEnd::RolledBack(problem) = desk.handle.wish(Wish::Available, SetBy::Window).await else { panic!("{:?}", desk.now().wish) };
    assert_eq!(problem.code, ProblemCode::GatewayUnreachable);
    assert!(began.elapsed() < Duration::from_millis(500), "{:?}", began.elapsed());
    assert!(matches!(desk.now().wish.progress, WishProgress::RolledBack { .. }));

    company.start();
    desk.until(|now| gateway(now) == GatewayState::Reached && now.label == Label::Busy).await;
    hub.publish(&ring("after"), Duration::ZERO).await;
    desk.until(|now| now.calls.first().is_some_and(|call| call.card)).await;
    assert_eq!(seats_set(), before, "the refused wish is not sent later");
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_leader_rings_still_come_and_a_wish_is_refused_at_once() {
    let (company, folder, vault) = (Company::new(), tempfile::tempdir().unwrap(), Vault::memory());
    let mut hub = company.gateway().await;
    let desk = enrolled(folder.path(), &vault, &company, &hub).await;
    hub.lose_leader();
    desk.until(|now| gateway(now) == GatewayState::NoLeader).await;
    let WishEnd::RolledBack(problem) = desk.handle.wish(Wish::Available, SetBy::Window).await else { panic!() };
    assert_eq!(problem.code, ProblemCode::GatewayUnreachable);
    hub.publish(&ring("a"), Duration::ZERO).await;
    desk.until(|now| now.calls.first().is_some_and(|call| call.card)).await;
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_doctor_examines_the_gateway_in_the_platforms_place() {
    let (company, folder, vault) = (Company::new(), tempfile::tempdir().unwrap(), Vault::memory());
    let mut hub = company.gateway().await;
    let desk = enrolled(folder.path(), &vault, &company, &hub).await;
    let examine = async || {
        let mut found = Vec::new();
        desk.handle.examine_platform(|check| found.push((check.about, check.finding))).await;
        found
    };
    use About::{Clock, Connection, Extension, Gateway, GatewayName, Login, Phone, Proxy, Queues, Setup, Tls};
    let all = [
        (Setup, Finding::Enrolled),
        (Proxy, Finding::NoProxy),
        (GatewayName, Finding::NameFound),
        (Connection, Finding::Connected),
        (Tls, Finding::OnThisComputer),
        (Gateway, Finding::GatewayAnswers),
        (Clock, Finding::ClockRight),
        (Login, Finding::SignedIn),
        (Extension, Finding::ByGateway),
        (Phone, Finding::PhoneRegistered),
        (Queues, Finding::InQueues),
    ];
    assert_eq!(examine().await, all);
    hub.lose_leader();
    desk.until(|now| gateway(now) == GatewayState::NoLeader).await;
    let found = examine().await;
    assert!(found.contains(&(About::Gateway, Finding::NoLeader)) && found.contains(&(Queues, Finding::QuestionRefused)), "{found:?}");
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn at_a_hot_desk_each_agent_enters_their_own_number() {
    let (company, folder, vault) = (Company::new(), tempfile::tempdir().unwrap(), Vault::memory());
    let hub = company.gateway().await;
    let code = hub.invite(NewDesk { agent: None, hot: true, ..personal() }).await;
    let desk = open(folder.path(), &vault, &company, Some(&code));
    desk.until(|now| gateway(now) == GatewayState::Reached).await;
    assert_eq!(desk.now().sign_in, SignInView::SignedOut);
    for agent in ["10", "11"] {
        let agent = Agent { agent_id: agent.to_owned(), ..Agent::default() };
        desk.handle.intent(Intent::SignIn { account: Account::default(), agent: agent.clone(), accesskey: None });
        let now = desk.until(|now| now.label == Label::Busy && now.agent.agent_id == agent.agent_id).await;
        assert_eq!((now.owner().agent.as_deref(), now.account.appid.as_str()), (Some(agent.agent_id.as_str()), "acme"));
        desk.handle.intent(Intent::SignOut);
        desk.until(|now| now.sign_in == SignInView::SignedOut && now.owed.since.is_none()).await;
    }
    assert_eq!(hub.done().iter().filter(|name| *name == "leave-queue").count(), 2);
    let mut login = None;
    desk.handle.examine_platform(|check| login = Some(check.finding).filter(|_| check.about == About::Login).or(login)).await;
    assert_eq!(login, Some(Finding::SignedOut), "nobody is signed in, although the gateway would let an agent in");
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn at_a_hot_desk_an_owed_leave_is_asked_for_the_agent_who_was_in_the_queue() {
    let (mut company, folder, vault) = (Company::new(), tempfile::tempdir().unwrap(), Vault::memory());
    let hub = company.gateway().await;
    let code = hub.invite(NewDesk { agent: None, hot: true, ..personal() }).await;
    let desk = open(folder.path(), &vault, &company, Some(&code));
    desk.until(|now| gateway(now) == GatewayState::Reached).await;
    let sign_in = |agent: &str, queue: &str| {
        let agent = Agent { agent_id: agent.to_owned(), queues: vec![QueueName(queue.to_owned())], ..Agent::default() };
        desk.handle.intent(Intent::SignIn { account: Account::default(), agent, accesskey: None });
    };
    sign_in("10", QUEUE);
    desk.until(|now| now.label == Label::Busy).await;
    company.kill();
    desk.until(|now| gateway(now) == GatewayState::Away).await;
    desk.handle.intent(Intent::SignOut);
    desk.until(|now| now.owed.since.is_some()).await;
    sign_in("11", "queue-2");
    company.start();
    desk.until(|now| matches!(now.sign_in, SignInView::SignedIn { .. }) && now.owed.since.is_none()).await;
    assert_eq!((desk.now().agent.agent_id.as_str(), hub.agents_of("leave-queue")), ("11", vec![Some("10".to_owned())]));
    desk.close().await;
}
