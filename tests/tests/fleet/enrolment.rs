//! A computer becomes a desk, ceases to be one, and becomes one again.

use std::time::Duration;

use ringside_domain::{GatewayState, Intent, Label, ProblemCode, SignInView, Snapshot};
use ringside_fleet::{
    desk::{Address, DeskKey, enrol},
    hub::Event,
    words::subject::Addressee,
};
use ringside_tests::Desk;
use ringside_vault::Vault;

use super::{
    company::{Company, Door, Gateway},
    enrolled, gateway, leg, open, open_at, personal, problem, ring,
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn g13_a_revoked_desk_is_out_within_two_seconds_and_a_new_code_lets_it_in_again() {
    let (company, folder, vault) = (Company::new(), tempfile::tempdir().unwrap(), Vault::memory());
    let hub = company.gateway().await;
    let desk = enrolled(folder.path(), &vault, &company, &hub).await;
    let (id, record) = hub.desk().await;
    let began = tokio::time::Instant::now();
    hub.hub.revoke(&id).await.unwrap();
    let now = desk.until(|now| gateway(now) == GatewayState::Revoked).await;
    assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());
    assert!(matches!(&now.sign_in, SignInView::Failed { problem, .. } if problem.code == ProblemCode::DeskRevoked));

    let code = hub.invite(personal()).await;
    desk.handle.intent(Intent::Enrol { code: code.into() });
    desk.until(|now| matches!(now.sign_in, SignInView::SignedIn { .. })).await;
    let desks = hub.hub.desks().await.unwrap();
    assert!(desks.iter().any(|(_, other)| other.key != record.key && other.revoked_at.is_none()), "by a new key");
    desk.close().await;
}

/// A computer that has the key, but no database, becomes the same desk.
async fn is_known_by_its_key(url: &str, vault: &Vault, hub: &Gateway) {
    let folder = tempfile::tempdir().unwrap();
    let desk = open_at(url, folder.path(), vault, None);
    desk.until(|now| now.label == Label::Busy).await;
    assert_eq!(hub.hub.desks().await.unwrap().len(), 1, "as the same desk");
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_desk_whose_database_was_lost_is_known_again_by_its_key() {
    let (company, folder, vault) = (Company::new(), tempfile::tempdir().unwrap(), Vault::memory());
    let hub = company.gateway().await;
    enrolled(folder.path(), &vault, &company, &hub).await.close().await;
    is_known_by_its_key(&company.url(), &vault, &hub).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_desk_that_lost_its_database_and_was_revoked_is_enrolled_by_a_new_code() {
    let (company, folder, vault) = (Company::new(), tempfile::tempdir().unwrap(), Vault::memory());
    let hub = company.gateway().await;
    enrolled(folder.path(), &vault, &company, &hub).await.close().await;
    let (id, _) = hub.desk().await;
    hub.hub.revoke(&id).await.unwrap();
    let other = tempfile::tempdir().unwrap();
    let desk = open(other.path(), &vault, &company, Some("NOT-A-CODE-AT-ALL"));
    desk.until(|now| problem(now) == Some(ProblemCode::EnrolmentRefused)).await;

    let code = hub.invite(personal()).await;
    desk.handle.intent(Intent::Enrol { code: code.into() });
    desk.until(|now| matches!(now.sign_in, SignInView::SignedIn { .. })).await;
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bad_code_costs_no_key() {
    let (company, folder, vault) = (Company::new(), tempfile::tempdir().unwrap(), Vault::memory());
    let hub = company.gateway().await;
    enrolled(folder.path(), &vault, &company, &hub).await.close().await;
    let lost = tempfile::tempdir().unwrap();
    let desk = open(lost.path(), &vault, &company, Some("NOT-A-CODE-AT-ALL"));
    desk.until(|now| problem(now) == Some(ProblemCode::EnrolmentRefused)).await;
    desk.close().await;

    is_known_by_its_key(&company.url(), &vault, &hub).await;
}

/// Between the two the gateway cannot be reached: the new key may or may not be known there.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bad_code_costs_no_key_if_the_connection_breaks_while_it_is_tried_with_a_new_key() {
    let (company, folder, vault) = (Company::new(), tempfile::tempdir().unwrap(), Vault::memory());
    let (hub, door) = (company.gateway().await, Door::before(&company).await);
    let code = hub.invite(personal()).await;
    let desk = open_at(&door.url(), folder.path(), &vault, Some(&code));
    desk.until(|now| now.label == Label::Busy).await;
    desk.close().await;

    // The gateway says that a new code needs a new key, and cannot be asked with one.
    door.let_through(1);
    let lost = tempfile::tempdir().unwrap();
    let desk = open_at(&door.url(), lost.path(), &vault, Some("NOT-A-CODE-AT-ALL"));
    desk.until(|now| problem(now) == Some(ProblemCode::GatewayUnreachable)).await;
    door.let_through(usize::MAX);
    desk.until(|now| problem(now) == Some(ProblemCode::EnrolmentRefused)).await;
    desk.close().await;

    is_known_by_its_key(&door.url(), &vault, &hub).await;
}

/// The desk asks at the second refusal of its token. Unless that comes soon it is away first, and its pauses become long.
async fn until_not_known(desk: &Desk) {
    desk.until(|now| matches!(gateway(now), GatewayState::Away | GatewayState::NotEnrolled)).await;
    desk.until(|now| gateway(now) == GatewayState::NotEnrolled).await;
}

/// The key stays: the other gateway may come back, and a code makes it a desk's at the new one.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn g22_a_desk_whose_key_the_gateway_does_not_know_asks_for_a_code_and_keeps_its_key() {
    let (mut company, folder, vault) = (Company::new(), tempfile::tempdir().unwrap(), Vault::memory());
    let hub = company.gateway().await;
    let desk = enrolled(folder.path(), &vault, &company, &hub).await;
    let (_, record) = hub.desk().await;
    company.kill();
    let mut other = Company::at(company.address());
    let other_hub = other.gateway().await;
    until_not_known(&desk).await;
    assert_eq!(problem(&desk.now()), Some(ProblemCode::NotEnrolled));

    other.kill();
    company.start();
    desk.until(|now| gateway(now) == GatewayState::Reached && now.label == Label::Busy).await;
    assert_eq!(hub.desk().await.1.key, record.key);

    company.kill();
    other.start();
    until_not_known(&desk).await;
    let code = other_hub.invite(personal()).await;
    desk.handle.intent(Intent::Enrol { code: code.into() });
    desk.until(|now| gateway(now) == GatewayState::Reached && now.label == Label::Busy).await;
    assert_eq!(other_hub.desk().await.1.key, record.key);
    desk.close().await;
}

/// A desk that was enrolled anew has the place of the one before in the database and in the keyring, or in one of them.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_desk_that_was_killed_during_a_new_enrolment_starts_as_the_desk_of_its_key() {
    let (company, folder, vault) = (Company::new(), tempfile::tempdir().unwrap(), Vault::memory());
    let hub = company.gateway().await;
    enrolled(folder.path(), &vault, &company, &hub).await.close().await;
    let name = format!("fleet {}", company.url());
    let old = vault.get(&name).await.unwrap().unwrap();
    let (first, _) = hub.desk().await;
    hub.hub.revoke(&first).await.unwrap();
    let (code, new) = (hub.invite(personal()).await, DeskKey::generate());
    let address = Address::parse(&company.url(), None).unwrap();
    let second = enrol(&address, &new, Some(&code), "", "").await.unwrap();
    let rings = async |uuid: &str| {
        let desk = open(folder.path(), &vault, &company, None);
        desk.until(|now| gateway(now) == GatewayState::Reached && matches!(now.sign_in, SignInView::SignedIn { .. })).await;
        for body in [ring(uuid), leg("hangup", uuid)] {
            let event = Event { to: Addressee::Desk(second.desk.clone()), body, received: company.now() };
            hub.hub.publish(&event).await.unwrap();
            let is_there = |now: &Snapshot| now.calls.is_empty() != event.body.contains("\"ring\"");
            desk.until(is_there).await;
        }
        desk.close().await;
    };

    // The database has the enrolment before.
    for name in [name.clone(), format!("{name} new")] {
        vault.set(&name, new.seed()).await.unwrap();
    }
    rings("a").await;
    // The keyring has the key before.
    vault.set(&name, old).await.unwrap();
    rings("b").await;
}
